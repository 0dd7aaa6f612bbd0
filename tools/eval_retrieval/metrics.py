"""Measures of one answer, and what many of them say together.

A row of a set wants one or more definitions. Where any of them answers (house queries), a rank is
that of the first; where all are wanted (questions, usage), NDCG and recall count each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

CUT = 10
RESAMPLES = 2000
SEED = 7


def any_wanted(ranks: list[int | None]) -> dict[str, float]:
    """Measure an answer by the first wanted definition; ranks from 1, None if not found."""
    found = [rank for rank in ranks if rank is not None and rank <= CUT]
    best = min(found, default=None)
    return {
        "ndcg@10": 1 / math.log2(1 + best) if best else 0.0,
        "mrr": 1 / best if best else 0.0,
        **{f"recall@{k}": float(best is not None and best <= k) for k in (1, 5, 10)},
    }


def all_wanted(ranks: list[int | None]) -> dict[str, float]:
    """Measure an answer that should hold every wanted definition."""
    found = sorted(rank for rank in ranks if rank is not None and rank <= CUT)
    ideal = sum(1 / math.log2(1 + rank) for rank in range(1, min(len(ranks), CUT) + 1))
    gained = sum(1 / math.log2(1 + rank) for rank in found)
    return {
        "ndcg@10": gained / ideal,
        "mrr": 1 / found[0] if found else 0.0,
        **{f"recall@{k}": sum(rank <= k for rank in found) / len(ranks) for k in (1, 5, 10)},
    }


@dataclass(frozen=True)
class Estimate:
    """A mean with its 95% bootstrap interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return "0.812 (0.780-0.842)"."""
        return f"{self.mean:.3f} ({self.low:.3f}-{self.high:.3f})"


def estimate(values: list[float]) -> Estimate:
    """Return mean and interval of per-query values (or of paired differences)."""
    array = np.array(values, dtype="float64")
    if not len(array):
        return Estimate(math.nan, math.nan, math.nan)
    picks = np.random.default_rng(SEED).integers(0, len(array), (RESAMPLES, len(array)))
    low, high = np.quantile(array[picks].mean(axis=1), [0.025, 0.975])
    return Estimate(float(array.mean()), float(low), float(high))


def paired(ours: dict[str, float], theirs: dict[str, float]) -> Estimate:
    """Return the mean difference over the queries that both answered."""
    return estimate([ours[key] - theirs[key] for key in sorted(ours.keys() & theirs.keys())])
