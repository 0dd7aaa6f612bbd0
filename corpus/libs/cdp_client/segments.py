"""Named parts of the user base: by region, by country, by when people signed up."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import pandas as pd

from cdp_client.errors import CdpError
from cdp_client.warehouse import query

_EU_CODES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"

#: Countries whose users fall under the EU segment, as the warehouse writes them.
EU_COUNTRIES = frozenset(_EU_CODES.split())


class Segment(enum.Enum):
    """The regions that `user_features.region` knows.

    Attributes:
        EU: Member states of the European Union.
        UK: The United Kingdom, which is not part of the EU segment.
        NA: The United States and Canada.
        APAC: Asia and the Pacific.
        LATAM: Latin America.
    """

    EU = "EU"
    UK = "UK"
    NA = "NA"
    APAC = "APAC"
    LATAM = "LATAM"

    @classmethod
    def parse(cls, text: str) -> Segment:
        """Read a segment from what people type, such as `eu` or ` Latam`.

        Args:
            text: The name of a segment.

        Returns:
            The segment.

        Raises:
            CdpError: If there is no such segment; the message lists all of them.
        """
        try:
            return cls(text.strip().upper())
        except ValueError:
            names = ", ".join(segment.value for segment in cls)
            raise CdpError(f"unknown segment '{text}'; segments are {names}") from None


def segment_users(segment: Segment | str) -> list[str]:
    """List the users of a segment.

    Args:
        segment: A segment or its name.

    Returns:
        User ids in ascending order.

    Raises:
        CdpError: If there is no such segment.
    """
    region = _as_segment(segment).value
    frame = query(
        "SELECT user_id FROM user_features WHERE region = :region ORDER BY user_id",
        {"region": region},
    )
    return frame["user_id"].tolist()


def eu_users() -> list[str]:
    """List the users of the EU segment.

    Returns:
        User ids in ascending order.
    """
    return segment_users(Segment.EU)


def filter_segment(df: pd.DataFrame, segment: Segment | str) -> pd.DataFrame:
    """Keep the rows of a frame whose user is in a segment.

    Uses the frame's own `region` or `country` column where it has one, and asks the warehouse
    otherwise.

    Args:
        df: A frame with a `user_id` column.
        segment: A segment or its name, for example `"EU"`.

    Returns:
        The rows of the segment, with their index.

    Raises:
        CdpError: If there is no such segment.
        KeyError: If the frame has neither of the three columns.

    Example:
        >>> eu = cdp_client.filter_segment(cdp_client.get_all_user_features(), "EU")
    """
    wanted = _as_segment(segment)
    if "region" in df.columns:
        return df[df["region"] == wanted.value]
    if "country" in df.columns and wanted is Segment.EU:
        return df[df["country"].isin(EU_COUNTRIES)]
    if "user_id" not in df.columns:
        raise KeyError("filter_segment needs a column region, country or user_id")
    return df[df["user_id"].isin(segment_users(wanted))]


def segment_sizes() -> pd.Series:
    """Count the users of every segment.

    Returns:
        Number of users by segment name, in alphabetical order; empty segments have 0.
    """
    frame = query("SELECT region, count(*) AS users FROM user_features GROUP BY region")
    counts = frame.set_index("region")["users"]
    names = sorted(segment.value for segment in Segment)
    return counts.reindex(names, fill_value=0).astype("int64")


def users_in_countries(countries: Iterable[str]) -> list[str]:
    """List the users of some countries.

    Args:
        countries: Two-letter codes, in any case.

    Returns:
        User ids in ascending order.
    """
    codes = sorted({country.strip().upper() for country in countries})
    frame = query(
        "SELECT user_id FROM user_features WHERE country IN :codes ORDER BY user_id",
        {"codes": codes or [""]},
    )
    return frame["user_id"].tolist()


def _as_segment(segment: Segment | str) -> Segment:
    return segment if isinstance(segment, Segment) else Segment.parse(segment)
