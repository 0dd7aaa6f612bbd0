"""Recency, frequency, monetary value: scores and the four segments that the team speaks of."""

from __future__ import annotations

import enum

import numpy as np
import pandas as pd

from metrics.errors import MetricsError, _require

_QUINTILES = 5


class RfmSegment(enum.StrEnum):
    """The segments of the customer base, as they are written into audiences.

    Attributes:
        CHAMPIONS: Bought recently and often.
        LOYAL: Bought often or not long ago, but not both to the full.
        AT_RISK: Used to buy often and has gone quiet.
        LOST: Bought rarely and long ago.
    """

    CHAMPIONS = "champions"
    LOYAL = "loyal"
    AT_RISK = "at_risk"
    LOST = "lost"


def rfm_table(orders: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """Compute recency, frequency and monetary value per user from orders.

    Args:
        orders: Paid orders with `user_id`, `ordered_at`, `amount`.
        as_of: The day to count recency to; use `cdp_client.snapshot_date()`, not the clock.

    Returns:
        Columns `user_id`, `recency_days`, `frequency`, `monetary`, ordered by `user_id`.

    Raises:
        MissingColumns: If a column is missing.
        MetricsError: If orders lie after `as_of`.
    """
    _require(orders, "rfm_table", ["user_id", "ordered_at", "amount"])
    if (late := int((orders["ordered_at"] > as_of).sum())) > 0:
        raise MetricsError(f"{late} order(s) lie after {as_of:%Y-%m-%d}")
    table = orders.groupby("user_id", sort=True, as_index=False).agg(
        last_order=("ordered_at", "max"),
        frequency=("ordered_at", "size"),
        monetary=("amount", "sum"),
    )
    table["recency_days"] = (as_of - table.pop("last_order")).dt.days
    return table[["user_id", "recency_days", "frequency", "monetary"]]


def rfm_score(df: pd.DataFrame) -> pd.DataFrame:
    """Score users from 1 to 5 on recency, frequency and monetary value.

    Scores are quintiles among the users given: 5 is best, so for recency the fewest days. Users
    with the same value get the same score. The sum, `rfm`, goes from 3 to 15.

    Args:
        df: One row per user with `user_id`, `recency_days`, `frequency`, `monetary`, as `rfm_table`
            returns it.

    Returns:
        A copy with the integer columns `r`, `f`, `m`, `rfm`.

    Raises:
        MissingColumns: If a column is missing.
        MetricsError: If values are null, or a user occurs twice.

    Example:
        >>> table = metrics.rfm_table(cdp_client.get_orders(), cdp_client.snapshot_date())
        >>> metrics.rfm_score(table)[["user_id", "rfm"]]
    """
    columns = ["recency_days", "frequency", "monetary"]
    _require(df, "rfm_score", ["user_id", *columns])
    if (nulls := int(df[columns].isna().any(axis=1).sum())) > 0:
        raise MetricsError(f"rfm_score: {nulls} user(s) have null values")
    if df["user_id"].duplicated().any():
        raise MetricsError("rfm_score needs one row per user")
    scored = df.copy()
    scored["r"] = _quintile(df["recency_days"], ascending=False)
    scored["f"] = _quintile(df["frequency"])
    scored["m"] = _quintile(df["monetary"])
    scored["rfm"] = scored["r"] + scored["f"] + scored["m"]
    return scored


def rfm_segment(scored: pd.DataFrame) -> pd.DataFrame:
    """Name the segment of every scored user.

    Champions have `r >= 4` and `f >= 4`; loyal users `r >= 3` otherwise; users at risk `r <= 2` and
    `f >= 3`; the rest is lost.

    Args:
        scored: What `rfm_score` returned.

    Returns:
        A copy with the column `segment`.

    Raises:
        MissingColumns: If the scores are missing.
    """
    _require(scored, "rfm_segment", ["r", "f"])
    segments = pd.Series(RfmSegment.LOST.value, index=scored.index, dtype="str")
    segments[(scored["r"] <= 2) & (scored["f"] >= 3)] = RfmSegment.AT_RISK.value
    segments[scored["r"] >= 3] = RfmSegment.LOYAL.value
    segments[(scored["r"] >= 4) & (scored["f"] >= 4)] = RfmSegment.CHAMPIONS.value
    return scored.assign(segment=segments)


def segment_summary(segmented: pd.DataFrame) -> pd.DataFrame:
    """Summarise segments for a report.

    Args:
        segmented: What `rfm_segment` returned.

    Returns:
        One row per segment in the order of `RfmSegment`: `users`, `share`, `revenue`,
        `revenue_share`.
    """
    _require(segmented, "segment_summary", ["segment", "user_id", "monetary"])
    order = [segment.value for segment in RfmSegment]
    summary = segmented.groupby("segment").agg(
        users=("user_id", "size"), revenue=("monetary", "sum")
    )
    summary = summary.reindex(order, fill_value=0)
    summary.insert(1, "share", summary["users"] / summary["users"].sum())
    summary["revenue_share"] = summary["revenue"] / summary["revenue"].sum()
    return summary


def _quintile(values: pd.Series, *, ascending: bool = True) -> pd.Series:
    share = values.rank(method="average", pct=True, ascending=ascending)
    return np.ceil(share * _QUINTILES - 1e-9).clip(lower=1).astype("int64")
