"""What an audience must look like before the activation platform takes it."""

from __future__ import annotations

import enum

import numpy as np
import pandas as pd

USER_COLUMN = "user_id"
SCORE_COLUMN = "score"
GROUP_COLUMN = "group"


class Group(enum.StrEnum):
    """The two groups of an audience.

    Attributes:
        TARGET: The user gets the campaign.
        HOLDOUT: The user is in the audience but is left alone, to measure the campaign against.
    """

    TARGET = "target"
    HOLDOUT = "holdout"


GROUPS = tuple(group.value for group in Group)


def validate_schema(df: pd.DataFrame, *, holdout_col: str | None = GROUP_COLUMN) -> list[str]:
    """Check a frame against the audience schema and list every problem.

    An audience has a `user_id` column of unique, non-empty strings, a `score` column of finite
    numbers without nulls, and a group column with `target` or `holdout` for every user. Further
    columns are allowed if their names are unique, lower-case strings.

    Args:
        df: The audience.
        holdout_col: The group column, or `None` for an audience that has no holdout on purpose.

    Returns:
        One sentence per problem; an empty list means that the audience can be written.

    Example:
        >>> problems = audience_io.validate_schema(audience)
        >>> assert not problems, problems
    """
    if not isinstance(df, pd.DataFrame):
        return [f"the audience must be a DataFrame, got {type(df).__name__}"]
    problems = _column_problems(df, holdout_col)
    if df.empty:
        problems.append("the audience is empty")
        return problems
    if list(df.columns).count(USER_COLUMN) == 1:
        problems += _user_problems(df[USER_COLUMN])
    if list(df.columns).count(SCORE_COLUMN) == 1:
        problems += _score_problems(df[SCORE_COLUMN])
    if holdout_col is not None and list(df.columns).count(holdout_col) == 1:
        problems += _group_problems(df[holdout_col], holdout_col)
    return problems


def is_valid(df: pd.DataFrame, *, holdout_col: str | None = GROUP_COLUMN) -> bool:
    """Tell whether an audience can be written.

    Args:
        df: The audience.
        holdout_col: The group column, as in `validate_schema`.

    Returns:
        Whether `validate_schema` finds no problem.
    """
    return not validate_schema(df, holdout_col=holdout_col)


def group_counts(df: pd.DataFrame, group_col: str = GROUP_COLUMN) -> dict[str, int]:
    """Count the users of each group.

    Args:
        df: An audience.
        group_col: The group column.

    Returns:
        Users by group, with 0 for a group that does not occur.
    """
    counts = df[group_col].value_counts()
    return {group: int(counts.get(group, 0)) for group in GROUPS}


def _column_problems(df: pd.DataFrame, holdout_col: str | None) -> list[str]:
    problems = []
    required = [USER_COLUMN, SCORE_COLUMN, *([holdout_col] if holdout_col else [])]
    for column in required:
        if column not in df.columns:
            problems.append(f"column '{column}' is missing")
    names = [str(column) for column in df.columns]
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"column '{name}' occurs {names.count(name)} times")
    for column in df.columns:
        if not isinstance(column, str) or column != column.lower() or not column.strip():
            problems.append(f"column name {column!r} must be a lower-case string")
    return problems


def _user_problems(users: pd.Series) -> list[str]:
    problems = []
    nulls = int(users.isna().sum())
    if nulls:
        problems.append(f"{nulls} user_id value(s) are null")
    present = users.dropna()
    if not present.map(lambda user: isinstance(user, str)).all():
        return [*problems, "user_id must hold strings"]
    if (blank := int((present.str.strip() == "").sum())) > 0:
        problems.append(f"{blank} user_id value(s) are empty")
    repeated = present[present.duplicated(keep=False)]
    if len(repeated):
        shown = ", ".join(str(user) for user in repeated.unique()[:3])
        problems.append(f"{repeated.nunique()} user_id value(s) occur more than once, e.g. {shown}")
    return problems


def _score_problems(scores: pd.Series) -> list[str]:
    if not pd.api.types.is_numeric_dtype(scores) or pd.api.types.is_bool_dtype(scores):
        return [f"score must be numeric, got {scores.dtype}"]
    problems = []
    nulls = int(scores.isna().sum())
    if nulls:
        problems.append(f"{nulls} score value(s) are null")
    infinite = int(np.isinf(scores.dropna().to_numpy(dtype="float64")).sum())
    if infinite:
        problems.append(f"{infinite} score value(s) are infinite")
    return problems


def _group_problems(groups: pd.Series, name: str) -> list[str]:
    problems = []
    nulls = int(groups.isna().sum())
    if nulls:
        problems.append(f"{nulls} {name} value(s) are null")
    unknown = sorted(set(groups.dropna().map(str)) - set(GROUPS))
    if unknown:
        problems.append(f"{name} must be target or holdout, found {', '.join(unknown[:3])}")
    elif not (groups == Group.TARGET.value).any():
        problems.append(f"no user has {name} target")
    return problems
