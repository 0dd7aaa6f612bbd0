"""Multi-touch attribution: which channels a conversion is credited to."""

from __future__ import annotations

import enum

import numpy as np
import pandas as pd

from metrics.errors import MetricsError, NotEnoughData, _require

#: Touchpoints older than this are not credited with a conversion.
LOOKBACK_DAYS = 30


class AttributionModel(enum.StrEnum):
    """How the credit of a conversion is shared among its touchpoints.

    Attributes:
        FIRST_TOUCH: All to the first touchpoint.
        LAST_TOUCH: All to the last touchpoint.
        LINEAR: The same to each.
        TIME_DECAY: Half as much for every seven days before the conversion.
        POSITION: 40% to the first, 40% to the last, the rest shared by those between.
    """

    FIRST_TOUCH = "first_touch"
    LAST_TOUCH = "last_touch"
    LINEAR = "linear"
    TIME_DECAY = "time_decay"
    POSITION = "position"


def build_paths(
    touchpoints: pd.DataFrame, conversions: pd.DataFrame, *, lookback_days: int = LOOKBACK_DAYS
) -> pd.DataFrame:
    """Collect the touchpoints that lead to each conversion.

    Args:
        touchpoints: `user_id`, `touched_at`, `channel`.
        conversions: `order_id`, `user_id`, `ordered_at`, `amount`.
        lookback_days: How far before the conversion a touchpoint may lie.

    Returns:
        One row per conversion and touchpoint: `order_id`, `user_id`, `channel`, `days_before`,
        `position` (from 0), `length`, `amount`. Conversions without a touchpoint do not appear.

    Raises:
        MissingColumns: If a column is missing.
        NotEnoughData: If no conversion has a touchpoint.
    """
    _require(touchpoints, "build_paths", ["user_id", "touched_at", "channel"])
    _require(conversions, "build_paths", ["order_id", "user_id", "ordered_at", "amount"])
    paths = conversions.merge(touchpoints, on="user_id", suffixes=("_order", ""))
    gap = paths["ordered_at"] - paths["touched_at"]
    inside = (gap >= pd.Timedelta(0)) & (gap <= pd.Timedelta(days=lookback_days))
    paths = paths[inside].assign(days_before=gap[inside].dt.total_seconds() / 86_400)
    if paths.empty:
        raise NotEnoughData("build_paths: no conversion has a touchpoint in the lookback window")
    paths = paths.sort_values(["order_id", "touched_at", "channel"], kind="stable")
    grouped = paths.groupby("order_id", sort=False)["channel"]
    paths = paths.assign(position=grouped.cumcount(), length=grouped.transform("size"))
    columns = ["order_id", "user_id", "channel", "days_before", "position", "length", "amount"]
    return paths[columns].reset_index(drop=True)


def attribute_conversions(
    paths: pd.DataFrame,
    model: AttributionModel | str = AttributionModel.LINEAR,
    *,
    half_life_days: float = 7.0,
) -> pd.DataFrame:
    """Share the credit of every conversion among its touchpoints.

    Args:
        paths: What `build_paths` returned.
        model: The model, or its name.
        half_life_days: For `TIME_DECAY`: the days over which credit halves.

    Returns:
        A copy with `credit`, which sums to 1 for each conversion, and `revenue`.

    Raises:
        MetricsError: If there is no such model; the message lists all of them.
    """
    _require(paths, "attribute_conversions", ["order_id", "position", "length", "days_before"])
    weights = _weights(paths, _as_model(model), half_life_days)
    totals = weights.groupby(paths["order_id"]).transform("sum")
    credit = weights / totals
    return paths.assign(credit=credit, revenue=credit * paths["amount"])


def channel_report(attributed: pd.DataFrame, spend: pd.Series | None = None) -> pd.DataFrame:
    """Sum credit by channel.

    Args:
        attributed: What `attribute_conversions` returned.
        spend: Money spent by channel, for the return on it.

    Returns:
        One row per channel by falling revenue: `conversions`, `revenue`, `share`, and with `spend`
        also `spend` and `roas`, null where nothing was spent.
    """
    _require(attributed, "channel_report", ["channel", "credit", "revenue"])
    report = attributed.groupby("channel").agg(
        conversions=("credit", "sum"), revenue=("revenue", "sum")
    )
    report["share"] = report["revenue"] / report["revenue"].sum()
    if spend is not None:
        report["spend"] = spend.reindex(report.index).fillna(0.0)
        report["roas"] = report["revenue"] / report["spend"].replace(0.0, np.nan)
    report = report.reset_index().sort_values(["revenue", "channel"], ascending=[False, True])
    return report.set_index("channel")


def compare_models(paths: pd.DataFrame) -> pd.DataFrame:
    """Attribute the same conversions with every model.

    Args:
        paths: What `build_paths` returned.

    Returns:
        Share of revenue by channel (rows) and model (columns).
    """
    shares = {
        model.value: channel_report(attribute_conversions(paths, model))["share"]
        for model in AttributionModel
    }
    return pd.DataFrame(shares).sort_index().fillna(0.0)


def _as_model(model: AttributionModel | str) -> AttributionModel:
    try:
        return AttributionModel(model)
    except ValueError:
        names = ", ".join(item.value for item in AttributionModel)
        raise MetricsError(f"unknown attribution model '{model}'; models are {names}") from None


def _weights(paths: pd.DataFrame, model: AttributionModel, half_life_days: float) -> pd.Series:
    first = paths["position"] == 0
    last = paths["position"] == paths["length"] - 1
    if model is AttributionModel.FIRST_TOUCH:
        return first.astype("float64")
    if model is AttributionModel.LAST_TOUCH:
        return last.astype("float64")
    if model is AttributionModel.LINEAR:
        return pd.Series(1.0, index=paths.index)
    if model is AttributionModel.TIME_DECAY:
        return 0.5 ** (paths["days_before"] / half_life_days)
    between = 0.2 / (paths["length"] - 2).clip(lower=1)
    return between.where(~(first | last), 0.4)
