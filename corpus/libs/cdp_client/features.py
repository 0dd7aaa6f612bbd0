"""The `user_features` table: reading it, and making its columns fit for arithmetic."""

from __future__ import annotations

import enum
import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from cdp_client.errors import UnknownUsers
from cdp_client.warehouse import LEGACY_COLUMNS, query

FEATURE_TABLE = "user_features"

#: Columns in which a small value is the good one.
LOWER_IS_BETTER = frozenset({"days_last_purch"})

_ID_CHUNK = 10_000


class NullPolicy(enum.Enum):
    """What to do with users who have no value in a feature column.

    Attributes:
        DROP: Leave the user out. The audience is then smaller than the table; say so in the report.
        MEDIAN: Put the column's median. The default for scores over the whole table.
        WORST: Put the column's worst value: a gap must never help a user into an audience.
        ZERO: Put zero. Only for counts.
    """

    DROP = "drop"
    MEDIAN = "median"
    WORST = "worst"
    ZERO = "zero"


def get_user_features(
    user_ids: Iterable[str], columns: Sequence[str] | None = None, *, on_missing: str = "raise"
) -> pd.DataFrame:
    """Read the feature rows of some users.

    The columns carry their legacy names: `purch_freq` (orders in the last 12 months), `avg_ov`
    (average order value), `days_last_purch` (days since the last purchase). They have gaps; see
    `clean_features`.

    Args:
        user_ids: The users to read. Repeated ids are read once.
        columns: The feature columns wanted beside `user_id`; by default all.
        on_missing: `"raise"` or `"drop"`: what to do about ids that the table does not have.

    Returns:
        One row per user, in the order of `user_ids`, with `user_id` as the first column.

    Raises:
        UnknownUsers: If ids are not in the table and `on_missing` is `"raise"`.
        UnknownColumn: If one of `columns` does not exist.
        ValueError: If `on_missing` is something else.

    Example:
        >>> cdp_client.get_user_features(seed_ids, columns=["purch_freq", "avg_ov"])
    """
    if on_missing not in ("raise", "drop"):
        raise ValueError(f"on_missing must be 'raise' or 'drop', got '{on_missing}'")
    wanted = list(dict.fromkeys(str(user_id) for user_id in user_ids))
    select = _select_list(columns)
    chunks = [wanted[i : i + _ID_CHUNK] for i in range(0, len(wanted), _ID_CHUNK)] or [[""]]
    frames = [
        query(f"SELECT {select} FROM {FEATURE_TABLE} WHERE user_id IN :ids", {"ids": chunk})
        for chunk in chunks
    ]
    frame = pd.concat(frames, ignore_index=True).set_index("user_id")
    missing = [user_id for user_id in wanted if user_id not in frame.index]
    if missing and on_missing == "raise":
        raise UnknownUsers(missing, FEATURE_TABLE)
    present = [user_id for user_id in wanted if user_id in frame.index]
    return frame.loc[present].reset_index()


def get_all_user_features(columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read the feature rows of every user, for jobs that score the whole table.

    Args:
        columns: The feature columns wanted beside `user_id`; by default all.

    Returns:
        One row per user, ordered by `user_id`.

    Raises:
        UnknownColumn: If one of `columns` does not exist; the message lists near matches.
    """
    return query(f"SELECT {_select_list(columns)} FROM {FEATURE_TABLE} ORDER BY user_id")


def rename_legacy_columns(df: pd.DataFrame) -> pd.DataFrame:
    """Give legacy feature columns their spelled-out names, for reports that people read.

    Args:
        df: A frame with some of `purch_freq`, `avg_ov`, `days_last_purch`.

    Returns:
        A copy with `purchase_frequency`, `average_order_value`, `days_since_last_purchase`.
    """
    return df.rename(columns={legacy: name for name, legacy in LEGACY_COLUMNS.items()})


def feature_nulls(df: pd.DataFrame) -> pd.Series:
    """Measure the gaps in a feature frame.

    Args:
        df: A frame as `get_user_features` returns it.

    Returns:
        The share of rows without a value, per column that has gaps, largest first.
    """
    shares = df.isna().mean()
    shares = shares[shares > 0].rename("null_share")
    return shares.sort_values(ascending=False, kind="stable")


def clean_features(
    df: pd.DataFrame,
    columns: Sequence[str],
    policy: NullPolicy = NullPolicy.MEDIAN,
    *,
    reference: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Apply a null policy to feature columns and make them floats.

    Args:
        df: The frame to clean; other columns are left alone.
        columns: The feature columns that must have no gaps afterwards.
        policy: What to put in the gaps, or `NullPolicy.DROP`.
        reference: The frame that medians and worst values come from; by default `df` itself. Pass
            the whole table when cleaning a part of it, so that both are filled alike.

    Returns:
        A copy without nulls in `columns`. The index is kept, rows may be fewer under `DROP`.

    Raises:
        KeyError: If a column is not in the frame.
        ValueError: If a column has no value at all to take a median or a worst value from.

    Example:
        >>> clean_features(features, ["purch_freq", "avg_ov"], NullPolicy.WORST)
    """
    absent = [column for column in columns if column not in df.columns]
    if absent:
        raise KeyError(f"no column(s) {', '.join(absent)}; the frame has {', '.join(df.columns)}")
    cleaned = df.copy()
    for column in columns:
        cleaned[column] = pd.to_numeric(cleaned[column]).astype("float64")
        cleaned[column] = cleaned[column].replace([np.inf, -np.inf], np.nan)
    if policy is NullPolicy.DROP:
        return cleaned.dropna(subset=list(columns))
    source = df if reference is None else reference
    for column in columns:
        cleaned[column] = cleaned[column].fillna(_fill_value(source[column], column, policy))
    return cleaned


def standardize_features(
    df: pd.DataFrame, columns: Sequence[str], *, reference: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Scale feature columns to mean 0 and standard deviation 1.

    Args:
        df: The frame to scale; clean it first.
        columns: The columns to scale.
        reference: The frame that mean and deviation come from; by default `df` itself.

    Returns:
        A frame with only the scaled columns, with the index of `df`. A constant column becomes 0.
    """
    source = (df if reference is None else reference)[list(columns)].astype("float64")
    deviation = source.std(ddof=0).replace(0.0, 1.0)
    return (df[list(columns)].astype("float64") - source.mean()) / deviation


def percentile_ranks(df: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Replace feature values by their percentile among all users, between 0 and 1.

    Args:
        df: The frame to rank; clean it first.
        columns: The columns to rank. Those in `LOWER_IS_BETTER` are turned round, so that 1 is
            always the best value.

    Returns:
        A frame with only the ranked columns, with the index of `df`. Equal values rank equally.
    """
    return pd.DataFrame(
        {
            column: df[column].rank(pct=True, ascending=column not in LOWER_IS_BETTER)
            for column in columns
        },
        index=df.index,
    )


def fetch_features(ids: Iterable[str]) -> pd.DataFrame:
    """Read feature rows, silently leaving out unknown users.

    .. deprecated:: 2.0
        Use :func:`get_user_features` instead; it says which users are missing.

    Args:
        ids: The users to read.

    Returns:
        One row per known user.
    """
    warnings.warn(
        "cdp_client.fetch_features is deprecated, use cdp_client.get_user_features",
        DeprecationWarning,
        stacklevel=2,
    )
    return get_user_features(ids, on_missing="drop")


def _select_list(columns: Sequence[str] | None) -> str:
    if columns is None:
        return "*"
    names = ["user_id", *(column for column in columns if column != "user_id")]
    return ", ".join(f"user_features.{name}" for name in dict.fromkeys(names))


def _fill_value(values: pd.Series, column: str, policy: NullPolicy) -> float:
    if policy is NullPolicy.ZERO:
        return 0.0
    numbers = pd.to_numeric(values).replace([np.inf, -np.inf], np.nan).dropna()
    if numbers.empty:
        raise ValueError(f"column '{column}' has no value to fill its gaps with")
    if policy is NullPolicy.MEDIAN:
        return float(numbers.median())
    return float(numbers.max() if column in LOWER_IS_BETTER else numbers.min())
