"""Exceptions of the metrics library, and the check that every metric starts with."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


class MetricsError(Exception):
    """Base class of all errors raised by `metrics`."""


class MissingColumns(MetricsError):
    """A frame lacks columns that a metric needs.

    Attributes:
        columns: The missing columns.
    """

    def __init__(self, metric: str, columns: Iterable[str], present: Iterable[str]) -> None:
        self.columns = list(columns)
        super().__init__(
            f"{metric} needs column(s) {', '.join(self.columns)}; "
            f"the frame has {', '.join(map(str, present)) or 'none'}"
        )


class NotEnoughData(MetricsError):
    """There are too few rows for the metric to mean anything."""


def _require(df: pd.DataFrame, metric: str, columns: Iterable[str]) -> None:
    missing = [column for column in columns if column not in df.columns]
    if missing:
        raise MissingColumns(metric, missing, df.columns)
    if df.empty:
        raise NotEnoughData(f"{metric} got a frame without rows")
