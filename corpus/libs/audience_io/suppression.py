"""Who must not be contacted: suppression lists and consent."""

from __future__ import annotations

import enum
from pathlib import Path

import pandas as pd

from audience_io.errors import AudienceError, SeedListError
from audience_io.schema import USER_COLUMN
from audience_io.seeds import read_seed_list
from audience_io.selection import exclude_users


class Purpose(enum.StrEnum):
    """What a user can consent to, as the `consents` table writes it.

    Attributes:
        EMAIL: Marketing by e-mail.
        ADS: Matching with advertising platforms.
        PROFILING: Being scored.
    """

    EMAIL = "email"
    ADS = "ads"
    PROFILING = "profiling"


def read_suppression_list(path: str | Path) -> set[str]:
    """Read a suppression list.

    Args:
        path: A CSV file like a seed list, of any length, also with no users at all.

    Returns:
        The users on it.

    Raises:
        SeedListError: If the file is missing or has no id column.
    """
    return set(read_seed_list(path, min_users=0))


def merge_suppressions(*lists: set[str]) -> list[str]:
    """Merge suppression lists into one.

    Args:
        *lists: The lists.

    Returns:
        Every user on any of them, in ascending order.
    """
    return sorted(set().union(*lists))


def apply_suppression(df: pd.DataFrame, suppressed: set[str]) -> pd.DataFrame:
    """Leave suppressed users out of an audience.

    Args:
        df: The audience, before its top share is chosen and its holdout assigned.
        suppressed: Users who must not be contacted.

    Returns:
        The remaining rows with a fresh index.

    Raises:
        AudienceError: If nobody remains.
    """
    remaining = exclude_users(df, suppressed).reset_index(drop=True)
    if remaining.empty and len(df):
        raise AudienceError("every user of the audience is suppressed")
    return remaining


def filter_consented(
    df: pd.DataFrame, consents: pd.DataFrame, purpose: Purpose | str
) -> pd.DataFrame:
    """Keep the users who consent to a purpose.

    The latest word of a user counts. A user who was never asked has not consented.

    Args:
        df: A frame with a `user_id` column.
        consents: Rows of the `consents` table: `user_id`, `purpose`, `granted`, `updated_at`.
        purpose: What the users are wanted for.

    Returns:
        The rows of consenting users, with their index.

    Raises:
        AudienceError: If the purpose does not exist.

    Example:
        >>> consents = cdp_client.query("SELECT * FROM consents")
        >>> audience_io.filter_consented(users, consents, audience_io.Purpose.EMAIL)
    """
    try:
        wanted = Purpose(purpose)
    except ValueError:
        names = ", ".join(item.value for item in Purpose)
        raise AudienceError(f"unknown purpose '{purpose}'; purposes are {names}") from None
    relevant = consents[consents["purpose"] == wanted.value]
    latest = relevant.sort_values("updated_at", kind="stable").groupby(USER_COLUMN).tail(1)
    granted = set(latest.loc[latest["granted"].astype(bool), USER_COLUMN])
    return df[df[USER_COLUMN].isin(granted)]


def is_suppression_file(path: str | Path) -> bool:
    """Tell whether a file can be read as a suppression list.

    Args:
        path: The file.

    Returns:
        Whether `read_suppression_list` accepts it.
    """
    try:
        read_suppression_list(path)
    except SeedListError:
        return False
    return True
