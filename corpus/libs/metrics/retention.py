"""Retention by cohort: who comes back, how many weeks after signing up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from metrics.errors import MetricsError, _require


def retention_counts(
    signups: pd.DataFrame, events: pd.DataFrame, *, weeks: int = 12
) -> pd.DataFrame:
    """Count active users by signup month and week since signup.

    Week 0 is the seven days that begin with the signup day. Each user counts once a week.

    Args:
        signups: `user_id` and `signup_date`, one row per user.
        events: `user_id` and `event_at`.
        weeks: The last week wanted.

    Returns:
        One row per signup month (`2025-04`), columns `users` and 0 to `weeks`.

    Raises:
        MissingColumns: If a column is missing.
        MetricsError: If `weeks` is negative or a user signed up twice.
    """
    _require(signups, "retention_counts", ["user_id", "signup_date"])
    if weeks < 0:
        raise MetricsError(f"weeks must not be negative, got {weeks}")
    if signups["user_id"].duplicated().any():
        raise MetricsError("retention_counts needs one signup per user")
    cohort = signups.assign(cohort=signups["signup_date"].dt.strftime("%Y-%m"))
    merged = events[["user_id", "event_at"]].merge(cohort, on="user_id")
    merged["week"] = (merged["event_at"] - merged["signup_date"]).dt.days // 7
    merged = merged[merged["week"].between(0, weeks)].drop_duplicates(["user_id", "week"])
    counts = merged.pivot_table(
        index="cohort", columns="week", values="user_id", aggfunc="count", fill_value=0
    )
    sizes = cohort.groupby("cohort")["user_id"].size()
    counts = counts.reindex(index=sizes.index, columns=range(weeks + 1), fill_value=0)
    counts.insert(0, "users", sizes)
    counts.columns.name = None
    return counts.astype("int64")


def retention_rates(counts: pd.DataFrame, as_of: pd.Timestamp | None = None) -> pd.DataFrame:
    """Turn retention counts into shares of the cohort.

    Args:
        counts: What `retention_counts` returned.
        as_of: The day up to which events are loaded. Weeks that are not over for the whole cohort
            become null: a week that has not happened is not a week without visits.

    Returns:
        One row per cohort, one column per week, values between 0 and 1 or null.
    """
    _require(counts, "retention_rates", ["users"])
    weeks = counts.drop(columns="users")
    rates = weeks.div(counts["users"], axis=0)
    if as_of is not None:
        ends = pd.to_datetime(pd.Series(counts.index, index=counts.index) + "-01")
        ends = ends + pd.offsets.MonthEnd(0)
        for week in weeks.columns:
            unfinished = ends + pd.Timedelta(days=7 * (int(week) + 1)) > as_of
            rates.loc[unfinished, week] = np.nan
    return rates


def average_retention(rates: pd.DataFrame, counts: pd.DataFrame) -> pd.Series:
    """Average retention over cohorts, weighted by their size.

    Args:
        rates: What `retention_rates` returned.
        counts: What `retention_counts` returned.

    Returns:
        Retention by week, over the cohorts that have reached it.
    """
    weights = rates.notna().mul(counts["users"], axis=0)
    return (rates.fillna(0.0) * weights).sum() / weights.sum()


def retention_heatmap(rates: pd.DataFrame, path: str | Path, *, title: str = "Retention") -> Path:
    """Draw retention as a heat map.

    Args:
        rates: What `retention_rates` returned.
        path: A PNG file.
        title: The title above the map.

    Returns:
        The path written.
    """
    figure, axes = _new_figure(rates)
    image = axes.imshow(rates.to_numpy(dtype="float64"), cmap="viridis", vmin=0, vmax=1)
    axes.set_xticks(range(len(rates.columns)), [str(week) for week in rates.columns])
    axes.set_yticks(range(len(rates)), list(rates.index))
    axes.set_xlabel("weeks since signup")
    axes.set_title(title)
    for row, column in np.argwhere(rates.notna().to_numpy()):
        share = rates.iat[row, column]
        color = "black" if share > 0.6 else "white"
        axes.text(column, row, f"{share:.0%}", ha="center", va="center", color=color, fontsize=7)
    figure.colorbar(image, ax=axes, shrink=0.8)
    figure.savefig(path, metadata={"Software": None}, bbox_inches="tight")
    return Path(path)


def _new_figure(rates: pd.DataFrame) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2 + 0.6 * len(rates.columns), 1.5 + 0.4 * len(rates)), dpi=100)
    return figure, figure.add_subplot()
