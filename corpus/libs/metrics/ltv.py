"""Customer lifetime value: what a user is likely to spend over a horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from metrics.errors import MetricsError, NotEnoughData, _require

#: Share of revenue that remains after goods and shipping.
GROSS_MARGIN = 0.38


@dataclass(frozen=True)
class LtvModel:
    """The population values that single users are pulled towards.

    Attributes:
        mean_order_value: Mean order value of the population.
        dropout_days: Days of silence after which half of the users do not come back.
        shrinkage: How many orders the population value counts for.
    """

    mean_order_value: float
    dropout_days: float = 180.0
    shrinkage: float = 3.0

    def alive(self, recency_days: pd.Series) -> pd.Series:
        """Estimate the probability that a user still buys.

        Args:
            recency_days: Days since the last order.

        Returns:
            A number between 0 and 1 per user, 1/2 after `dropout_days`.
        """
        return 0.5 ** (recency_days.clip(lower=0) / self.dropout_days)


def fit_ltv(df: pd.DataFrame, *, dropout_days: float = 180.0) -> LtvModel:
    """Fit the population values of the lifetime value model.

    Args:
        df: One row per user with `frequency` and `monetary`, as `rfm_table` returns it.
        dropout_days: Days of silence after which half of the users do not come back.

    Returns:
        The fitted model.

    Raises:
        NotEnoughData: If there are no orders.
        MetricsError: If `dropout_days` is not positive.
    """
    _require(df, "fit_ltv", ["frequency", "monetary"])
    if dropout_days <= 0:
        raise MetricsError(f"dropout_days must be positive, got {dropout_days}")
    orders = float(df["frequency"].sum())
    if orders <= 0:
        raise NotEnoughData("fit_ltv: the frame has no orders")
    return LtvModel(float(df["monetary"].sum()) / orders, dropout_days)


def ltv_predict(
    df: pd.DataFrame,
    horizon_days: int = 365,
    *,
    observed_days: int = 730,
    model: LtvModel | None = None,
) -> pd.DataFrame:
    """Predict what every user will spend over a horizon.

    The prediction is order rate times order value times the probability that the user still buys.
    The order value is shrunk towards the population for users with few orders.

    Args:
        df: One row per user with `user_id`, `recency_days`, `frequency`, `monetary`.
        horizon_days: The days to look ahead.
        observed_days: The days that `frequency` was counted over.
        model: Population values; by default fitted to `df`.

    Returns:
        Columns `user_id`, `expected_orders`, `expected_order_value`, `ltv`, in the order of `df`.

    Raises:
        MissingColumns: If a column is missing.
        MetricsError: If a number of days is not positive, or values are null.

    Example:
        >>> metrics.ltv_predict(table, horizon_days=180).nlargest(10, "ltv")
    """
    columns = ["recency_days", "frequency", "monetary"]
    _require(df, "ltv_predict", ["user_id", *columns])
    if horizon_days <= 0 or observed_days <= 0:
        raise MetricsError("horizon_days and observed_days must be positive")
    if df[columns].isna().any(axis=None):
        raise MetricsError("ltv_predict: values are null; clean the frame first")
    model = model or fit_ltv(df)
    prior = model.shrinkage * model.mean_order_value
    order_value = (df["monetary"] + prior) / (df["frequency"] + model.shrinkage)
    orders = df["frequency"] / observed_days * horizon_days * model.alive(df["recency_days"])
    return pd.DataFrame(
        {
            "user_id": df["user_id"],
            "expected_orders": orders.round(6),
            "expected_order_value": order_value.round(2),
            "ltv": (orders * order_value).round(2),
        },
        index=df.index,
    )


def ltv_deciles(predictions: pd.DataFrame) -> pd.DataFrame:
    """Cut users into ten equal parts by lifetime value.

    Args:
        predictions: What `ltv_predict` returned.

    Returns:
        One row per decile, 1 being the best: `users`, `mean_ltv`, `total_ltv`, `share`.

    Raises:
        NotEnoughData: If there are fewer than ten users.
    """
    _require(predictions, "ltv_deciles", ["user_id", "ltv"])
    if len(predictions) < 10:
        raise NotEnoughData(f"ltv_deciles needs ten users, got {len(predictions)}")
    ranked = predictions.sort_values(["ltv", "user_id"], ascending=[False, True])
    decile = pd.Series(np.arange(len(ranked)) * 10 // len(ranked) + 1, index=ranked.index)
    table = ranked.groupby(decile.rename("decile"))["ltv"].agg(["size", "mean", "sum"])
    table.columns = ["users", "mean_ltv", "total_ltv"]
    total = table["total_ltv"].sum()
    table["share"] = table["total_ltv"] / total if total else 0.0
    return table


def contribution(ltv: pd.Series, *, margin: float = GROSS_MARGIN) -> pd.Series:
    """Turn lifetime value into contribution after goods and shipping.

    Args:
        ltv: Predicted revenue.
        margin: The share of revenue that remains.

    Returns:
        Contribution per user, rounded to cents.

    Raises:
        MetricsError: If the margin is not between 0 and 1.
    """
    if not 0 < margin <= 1:
        raise MetricsError(f"a margin must be between 0 and 1, got {margin}")
    return (ltv * margin).round(2)
