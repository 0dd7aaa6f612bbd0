"""Metrics on frames: no warehouse access and no files, apart from charts.

Example:
    >>> import metrics
    >>> scored = metrics.rfm_score(metrics.rfm_table(orders, as_of))
"""

from metrics.attribution import (
    AttributionModel,
    attribute_conversions,
    build_paths,
    channel_report,
    compare_models,
)
from metrics.churn import (
    CHURN_WINDOW_DAYS,
    ScoreQuality,
    churn_features,
    churn_rate,
    label_churn,
    score_quality,
    split_by_user,
)
from metrics.errors import MetricsError, MissingColumns, NotEnoughData
from metrics.experiments import (
    LiftResult,
    bootstrap_revenue_lift,
    experiment_power,
    measure_lift,
    minimum_detectable_lift,
    required_sample_size,
)
from metrics.ltv import LtvModel, contribution, fit_ltv, ltv_deciles, ltv_predict
from metrics.retention import (
    average_retention,
    retention_counts,
    retention_heatmap,
    retention_rates,
)
from metrics.rfm import RfmSegment, rfm_score, rfm_segment, rfm_table, segment_summary

__all__ = [
    "CHURN_WINDOW_DAYS",
    "AttributionModel",
    "LiftResult",
    "LtvModel",
    "MetricsError",
    "MissingColumns",
    "NotEnoughData",
    "RfmSegment",
    "ScoreQuality",
    "attribute_conversions",
    "average_retention",
    "bootstrap_revenue_lift",
    "build_paths",
    "channel_report",
    "churn_features",
    "churn_rate",
    "compare_models",
    "contribution",
    "experiment_power",
    "fit_ltv",
    "label_churn",
    "ltv_deciles",
    "ltv_predict",
    "measure_lift",
    "minimum_detectable_lift",
    "required_sample_size",
    "retention_counts",
    "retention_heatmap",
    "retention_rates",
    "rfm_score",
    "rfm_segment",
    "rfm_table",
    "score_quality",
    "segment_summary",
    "split_by_user",
]
