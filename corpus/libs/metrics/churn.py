"""Churn: labels without leakage, a split by time, and how good a churn score is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.errors import MetricsError, NotEnoughData, _require

#: A customer who buys nothing for this long has churned.
CHURN_WINDOW_DAYS = 90


def label_churn(
    orders: pd.DataFrame, cutoff: pd.Timestamp, *, window_days: int = CHURN_WINDOW_DAYS
) -> pd.DataFrame:
    """Label customers as churned if they buy nothing in the window after a cutoff.

    Only customers with an order before the cutoff get a label. Build features from what lies before
    the cutoff only, or the label leaks into them.

    Args:
        orders: Orders with `user_id`, `ordered_at`.
        cutoff: Start of the window.
        window_days: Length of the window.

    Returns:
        Columns `user_id`, `churned` (bool), ordered by `user_id`.

    Raises:
        NotEnoughData: If nobody ordered before the cutoff, or the window is not over yet.
    """
    _require(orders, "label_churn", ["user_id", "ordered_at"])
    end = cutoff + pd.Timedelta(days=window_days)
    if orders["ordered_at"].max() < end - pd.Timedelta(days=1):
        raise NotEnoughData(f"label_churn: orders end before the window does ({end:%Y-%m-%d})")
    before = orders.loc[orders["ordered_at"] < cutoff, "user_id"]
    if before.empty:
        raise NotEnoughData(f"label_churn: no orders before {cutoff:%Y-%m-%d}")
    inside = (orders["ordered_at"] >= cutoff) & (orders["ordered_at"] < end)
    active = set(orders.loc[inside, "user_id"])
    users = np.sort(before.unique())
    return pd.DataFrame({"user_id": users, "churned": [user not in active for user in users]})


def churn_features(orders: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Build churn features from the orders before a cutoff.

    Args:
        orders: Orders with `user_id`, `ordered_at`, `amount`.
        cutoff: Nothing from this moment on is looked at.

    Returns:
        Columns `user_id`, `recency_days`, `orders_90d`, `orders_365d`, `avg_amount`, `tenure_days`,
        ordered by `user_id`.
    """
    _require(orders, "churn_features", ["user_id", "ordered_at", "amount"])
    past = orders[orders["ordered_at"] < cutoff]
    if past.empty:
        raise NotEnoughData(f"churn_features: no orders before {cutoff:%Y-%m-%d}")
    days_ago = (cutoff - past["ordered_at"]).dt.days
    past = past.assign(
        days_ago=days_ago,
        in_90d=(days_ago < 90).astype("int64"),
        in_365d=(days_ago < 365).astype("int64"),
    )
    return past.groupby("user_id", sort=True, as_index=False).agg(
        recency_days=("days_ago", "min"),
        orders_90d=("in_90d", "sum"),
        orders_365d=("in_365d", "sum"),
        avg_amount=("amount", "mean"),
        tenure_days=("days_ago", "max"),
    )


def churn_rate(labels: pd.DataFrame) -> float:
    """Compute the share of churned customers.

    Args:
        labels: What `label_churn` returned.

    Returns:
        A number between 0 and 1.
    """
    _require(labels, "churn_rate", ["churned"])
    return float(labels["churned"].mean())


def split_by_user(
    df: pd.DataFrame, *, test_share: float = 0.25, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a frame into training and test rows, whole users at a time.

    Args:
        df: A frame with a `user_id` column.
        test_share: The share of users in the test part.
        seed: Any number; the same number gives the same split.

    Returns:
        Training and test rows, each in the order of `df`.

    Raises:
        MetricsError: If the share leaves one of the parts empty.
    """
    _require(df, "split_by_user", ["user_id"])
    users = np.sort(df["user_id"].unique())
    tests = round(len(users) * test_share)
    if not 0 < tests < len(users):
        raise MetricsError(f"test_share {test_share} leaves a part of {len(users)} users empty")
    chosen = set(np.random.default_rng(seed).permutation(users)[:tests])
    in_test = df["user_id"].isin(chosen)
    return df[~in_test], df[in_test]


@dataclass(frozen=True)
class ScoreQuality:
    """How well a score orders users by a yes-or-no outcome.

    Attributes:
        auc: Probability that a user with the outcome is scored above one without.
        top_decile_lift: Rate of the outcome in the best tenth, relative to all users.
        base_rate: Rate of the outcome among all users.
    """

    auc: float
    top_decile_lift: float
    base_rate: float


def score_quality(outcome: pd.Series, score: pd.Series) -> ScoreQuality:
    """Evaluate a score against what happened.

    Args:
        outcome: True or 1 for users with the outcome.
        score: The score of the same users, higher for a likelier outcome.

    Returns:
        The quality.

    Raises:
        MetricsError: If lengths differ or scores are null.
        NotEnoughData: If all outcomes are the same.
    """
    if len(outcome) != len(score) or score.isna().any():
        raise MetricsError("score_quality needs one non-null score per outcome")
    happened = outcome.to_numpy(dtype="bool")
    positives, negatives = int(happened.sum()), int((~happened).sum())
    if not positives or not negatives:
        raise NotEnoughData("score_quality: all outcomes are the same")
    ranks = score.rank().to_numpy()
    area = (ranks[happened].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    top = np.argsort(-score.to_numpy(), kind="stable")[: max(1, len(score) // 10)]
    base = positives / len(happened)
    return ScoreQuality(float(area), float(happened[top].mean() / base), base)
