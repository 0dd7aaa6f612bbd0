"""Experiments: how many users a test needs, and what a holdout says about a campaign."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from metrics.errors import MetricsError, NotEnoughData, _require


@dataclass(frozen=True)
class LiftResult:
    """What a campaign did, measured against its holdout.

    Attributes:
        target_users: Users who got the campaign.
        holdout_users: Users who were left alone.
        target_rate: Conversion rate of the target group.
        holdout_rate: Conversion rate of the holdout group.
        lift: Relative difference of the rates; null if the holdout has no conversion.
        difference: Absolute difference of the rates.
        interval: Confidence interval of the difference.
        p_value: Two-sided p-value of the difference.
    """

    target_users: int
    holdout_users: int
    target_rate: float
    holdout_rate: float
    lift: float
    difference: float
    interval: tuple[float, float]
    p_value: float

    def is_significant(self, alpha: float = 0.05) -> bool:
        """Tell whether the difference is significant.

        Args:
            alpha: The level of the test.

        Returns:
            Whether the p-value lies below it.
        """
        return self.p_value < alpha


def measure_lift(
    results: pd.DataFrame,
    *,
    group_col: str = "group",
    outcome_col: str = "converted",
    confidence: float = 0.95,
) -> LiftResult:
    """Measure the lift of a campaign over its holdout with a two-proportion z-test.

    Args:
        results: One row per user of the audience.
        group_col: The column with `target` and `holdout`.
        outcome_col: The column that says whether the user converted.
        confidence: The level of the interval.

    Returns:
        Rates, lift, interval and p-value.

    Raises:
        MissingColumns: If a column is missing.
        NotEnoughData: If one of the groups has no users.
    """
    _require(results, "measure_lift", [group_col, outcome_col])
    converted = results[outcome_col].astype("int64")
    target, holdout = (converted[results[group_col] == group] for group in ("target", "holdout"))
    if target.empty or holdout.empty:
        raise NotEnoughData("measure_lift needs users in target and in holdout")
    rates = float(target.mean()), float(holdout.mean())
    difference = rates[0] - rates[1]
    pooled = float(pd.concat([target, holdout]).mean())
    pooled_error = math.sqrt(pooled * (1 - pooled) * (1 / len(target) + 1 / len(holdout)))
    z = difference / pooled_error if pooled_error else 0.0
    error = math.sqrt(
        rates[0] * (1 - rates[0]) / len(target) + rates[1] * (1 - rates[1]) / len(holdout)
    )
    width = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return LiftResult(
        target_users=len(target),
        holdout_users=len(holdout),
        target_rate=rates[0],
        holdout_rate=rates[1],
        lift=difference / rates[1] if rates[1] else math.nan,
        difference=difference,
        interval=(difference - width, difference + width),
        p_value=2 * (1 - NormalDist().cdf(abs(z))),
    )


def required_sample_size(
    base_rate: float, relative_lift: float, *, power: float = 0.8, alpha: float = 0.05
) -> int:
    """Compute how many users each group needs to show a lift.

    Args:
        base_rate: Conversion rate without the campaign.
        relative_lift: The smallest lift worth finding, for example 0.1 for ten per cent.
        power: Probability of finding it if it is there.
        alpha: Level of the two-sided test.

    Returns:
        Users per group, rounded up.

    Raises:
        MetricsError: If a rate lies outside 0 to 1, or the lift is zero.
    """
    changed = base_rate * (1 + relative_lift)
    if not 0 < base_rate < 1 or not 0 < changed < 1:
        raise MetricsError(f"rates must lie between 0 and 1, got {base_rate} and {changed}")
    if relative_lift == 0:
        raise MetricsError("relative_lift must not be zero")
    z = NormalDist().inv_cdf(1 - alpha / 2) + NormalDist().inv_cdf(power)
    variance = base_rate * (1 - base_rate) + changed * (1 - changed)
    return math.ceil(z**2 * variance / (base_rate - changed) ** 2)


def experiment_power(
    users_per_group: int, base_rate: float, relative_lift: float, *, alpha: float = 0.05
) -> float:
    """Compute the probability that a test of a given size finds a lift.

    Args:
        users_per_group: Users in each group.
        base_rate: Conversion rate without the campaign.
        relative_lift: The lift that is really there.
        alpha: Level of the two-sided test.

    Returns:
        A number between 0 and 1.

    Raises:
        MetricsError: If there are no users or a rate lies outside 0 to 1.
    """
    changed = base_rate * (1 + relative_lift)
    if users_per_group < 1 or not 0 < base_rate < 1 or not 0 < changed < 1:
        raise MetricsError("experiment_power needs users, and rates between 0 and 1")
    variance = base_rate * (1 - base_rate) + changed * (1 - changed)
    effect = abs(changed - base_rate) / math.sqrt(variance / users_per_group)
    return NormalDist().cdf(effect - NormalDist().inv_cdf(1 - alpha / 2))


def minimum_detectable_lift(
    users_per_group: int, base_rate: float, *, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Compute the smallest relative lift that a test of a given size can be expected to find.

    Args:
        users_per_group: Users in each group.
        base_rate: Conversion rate without the campaign.
        power: Probability of finding the lift.
        alpha: Level of the two-sided test.

    Returns:
        The relative lift, to four digits.

    Raises:
        MetricsError: If even the largest possible lift is not found.
    """
    low, high = 0.0, (1 - base_rate) / base_rate * 0.999
    if experiment_power(users_per_group, base_rate, high, alpha=alpha) < power:
        raise MetricsError(f"{users_per_group} users per group cannot show any lift")
    while high - low > 1e-6:
        middle = (low + high) / 2
        found = experiment_power(users_per_group, base_rate, middle, alpha=alpha) >= power
        low, high = (low, middle) if found else (middle, high)
    return round(high, 4)


def bootstrap_revenue_lift(
    results: pd.DataFrame, *, seed: int, draws: int = 1000, group_col: str = "group"
) -> tuple[float, float, float]:
    """Estimate the difference in revenue per user between target and holdout.

    Args:
        results: One row per user with the group column and `revenue`.
        seed: Any number; the same number gives the same interval.
        draws: How many times the groups are drawn again.
        group_col: The column with `target` and `holdout`.

    Returns:
        The difference, and the 2.5% and 97.5% quantiles of its bootstrap distribution.

    Raises:
        NotEnoughData: If one of the groups has no users.
    """
    _require(results, "bootstrap_revenue_lift", [group_col, "revenue"])
    revenue = results["revenue"].to_numpy(dtype="float64")
    groups = [revenue[(results[group_col] == group).to_numpy()] for group in ("target", "holdout")]
    if not all(len(group) for group in groups):
        raise NotEnoughData("bootstrap_revenue_lift needs users in target and in holdout")
    rng = np.random.default_rng(seed)
    target, holdout = (
        np.array([group[rng.integers(0, len(group), len(group))].mean() for _ in range(draws)])
        for group in groups
    )
    low, high = np.quantile(target - holdout, [0.025, 0.975])
    return float(groups[0].mean() - groups[1].mean()), float(low), float(high)
