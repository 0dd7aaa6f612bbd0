"""Choosing the users of an audience: exclusion, top share, top count."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from audience_io.errors import AudienceError
from audience_io.schema import SCORE_COLUMN, USER_COLUMN


def share_to_rows(rows: int, share: float) -> int:
    """Turn a share into a number of rows, rounded half up.

    This is the one rounding rule for audiences and holdouts: 10% of 25 users are 3 users.

    Args:
        rows: How many rows the share is of.
        share: Between 0 and 1, both included.

    Returns:
        The number of rows, to the row.

    Raises:
        AudienceError: If the share is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:
        raise AudienceError(f"a share must be between 0 and 1, got {share}")
    # The rounding of the last digit keeps 0.35 * 10, stored as 3.4999..., on the side it means.
    return math.floor(round(rows * share, 6) + 0.5)


def exclude_users(df: pd.DataFrame, user_ids: Iterable[str]) -> pd.DataFrame:
    """Leave users out of a frame, such as the seed users of the audience.

    Args:
        df: A frame with a `user_id` column.
        user_ids: The users to leave out; ids that do not occur are ignored.

    Returns:
        The remaining rows, with their index.
    """
    return df[~df[USER_COLUMN].isin(list(user_ids))]


def select_top_share(
    df: pd.DataFrame, share: float, *, score_col: str = SCORE_COLUMN
) -> pd.DataFrame:
    """Keep the best-scored share of the rows.

    House rule: the share is of the eligible users. Leave out users who cannot be in the audience
    before calling this, not afterwards.

    Args:
        df: The eligible users with their scores.
        share: The share to keep, for example 0.1; rounded half up to the row.
        score_col: The score column; higher is better.

    Returns:
        The best rows by falling score, equal scores by `user_id`, with a fresh index.

    Raises:
        AudienceError: If scores are null or the share is not between 0 and 1.

    Example:
        >>> best = audience_io.select_top_share(scored, 0.05)
    """
    return select_top_count(df, share_to_rows(len(df), share), score_col=score_col)


def select_top_count(
    df: pd.DataFrame, count: int, *, score_col: str = SCORE_COLUMN
) -> pd.DataFrame:
    """Keep a number of best-scored rows.

    Args:
        df: The eligible users with their scores.
        count: How many to keep; all if there are fewer.
        score_col: The score column; higher is better.

    Returns:
        The best rows by falling score, equal scores by `user_id`, with a fresh index.

    Raises:
        AudienceError: If scores are null or the count is negative.
    """
    if count < 0:
        raise AudienceError(f"count must not be negative, got {count}")
    nulls = int(df[score_col].isna().sum())
    if nulls:
        raise AudienceError(f"{nulls} user(s) have no {score_col}; score every user first")
    ranked = df.sort_values([score_col, USER_COLUMN], ascending=[False, True], kind="stable")
    return ranked.head(count).reset_index(drop=True)


def overlap(left: pd.DataFrame, right: pd.DataFrame) -> float:
    """Measure how much of one audience is in another.

    Args:
        left: The audience whose users are counted.
        right: The audience that they are looked for in.

    Returns:
        The share of the users of `left` that are in `right`; 0 for an empty `left`.
    """
    if left.empty:
        return 0.0
    return float(left[USER_COLUMN].isin(set(right[USER_COLUMN])).mean())
