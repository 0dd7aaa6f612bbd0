"""Holdout groups: the part of an audience that is left alone to measure a campaign against."""

from __future__ import annotations

import hashlib

import pandas as pd

from audience_io.errors import AudienceError
from audience_io.schema import GROUP_COLUMN, USER_COLUMN, Group
from audience_io.selection import share_to_rows

DEFAULT_HOLDOUT_SHARE = 0.2


def assign_holdout(
    df: pd.DataFrame,
    share: float = DEFAULT_HOLDOUT_SHARE,
    *,
    seed: int,
    group_col: str = GROUP_COLUMN,
) -> pd.DataFrame:
    """Put a share of an audience into the holdout group.

    Every user is drawn by a hash of seed and user id, so the result depends neither on the order of
    the rows nor on a random state: the same users and seed always give the same groups. The number
    of holdout users is exact, rounded half up to the row.

    Args:
        df: The audience; the holdout is taken out of these users and stays part of the audience.
        share: The share of users in the holdout.
        seed: Any number. Use another one for every campaign, or the same users are always left
            alone.
        group_col: The column to add.

    Returns:
        A copy with the group column, in the same order and with the same index.

    Raises:
        AudienceError: If there is no `user_id` column, users occur twice, or the share is not
            between 0 and 1.

    Example:
        >>> audience = audience_io.assign_holdout(audience, share=0.2, seed=20260401)
    """
    if USER_COLUMN not in df.columns:
        raise AudienceError(f"assign_holdout needs a column '{USER_COLUMN}'")
    if df[USER_COLUMN].duplicated().any():
        raise AudienceError("assign_holdout needs every user once; drop the duplicates first")
    draws = df[USER_COLUMN].map(lambda user: holdout_draw(user, seed))
    chosen = draws.sort_values(kind="stable").index[: share_to_rows(len(df), share)]
    assigned = df.copy()
    assigned[group_col] = Group.TARGET.value
    assigned.loc[chosen, group_col] = Group.HOLDOUT.value
    return assigned


def assign_holdout_by(
    df: pd.DataFrame,
    strata: str,
    share: float = DEFAULT_HOLDOUT_SHARE,
    *,
    seed: int,
    group_col: str = GROUP_COLUMN,
) -> pd.DataFrame:
    """Put a share of every stratum into the holdout, so that the groups have the same mix.

    Args:
        df: The audience.
        strata: The column with the strata, such as a region or a segment.
        share: The share of each stratum in the holdout, rounded half up in each.
        seed: Any number, as in `assign_holdout`.
        group_col: The column to add.

    Returns:
        A copy with the group column, in the same order and with the same index.

    Raises:
        AudienceError: If the column is missing or has nulls.
    """
    if strata not in df.columns or df[strata].isna().any():
        raise AudienceError(f"assign_holdout_by needs a column '{strata}' without nulls")
    parts = [
        assign_holdout(part, share, seed=seed, group_col=group_col)
        for _, part in df.groupby(strata, sort=True, observed=True)
    ]
    return pd.concat(parts).loc[df.index] if parts else df.assign(**{group_col: ""})


def holdout_draw(user_id: str, seed: int) -> str:
    """Return the draw that decides who is in a holdout: the lowest draws are.

    Args:
        user_id: The user.
        seed: The seed of the assignment.

    Returns:
        A SHA-256 digest in hexadecimal.
    """
    return hashlib.sha256(f"{seed}:{user_id}".encode()).hexdigest()


def holdout_share(df: pd.DataFrame, group_col: str = GROUP_COLUMN) -> float:
    """Measure the share of users in the holdout.

    Args:
        df: An audience with groups.
        group_col: The group column.

    Returns:
        A number between 0 and 1; 0 for an empty audience.
    """
    return float((df[group_col] == Group.HOLDOUT.value).mean()) if len(df) else 0.0
