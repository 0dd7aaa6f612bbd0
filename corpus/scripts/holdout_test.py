"""Evaluate a finished campaign against its holdout, and say how large the next one must be."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

import cdp_client
import metrics

log = logging.getLogger("holdout_test")

CAMPAIGN_ID = "CMP-004"
MIN_RELATIVE_LIFT = 0.10
SEED = 99
REPORT_FILE = Path("holdout_test.csv")


def evaluate(results: pd.DataFrame) -> pd.DataFrame:
    """Measure lift in conversion and revenue."""
    lift = metrics.measure_lift(results)
    revenue, low, high = metrics.bootstrap_revenue_lift(results, seed=SEED, draws=500)
    return pd.DataFrame(
        {
            "target_rate": [lift.target_rate],
            "holdout_rate": [lift.holdout_rate],
            "lift": [lift.lift],
            "p_value": [lift.p_value],
            "revenue_per_user": [revenue],
            "revenue_low": [low],
            "revenue_high": [high],
        }
    ).round(5)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    results = cdp_client.get_campaign_results(CAMPAIGN_ID)
    report = evaluate(results)
    report.to_csv(REPORT_FILE, index=False)
    needed = metrics.required_sample_size(float(report["holdout_rate"].iloc[0]), MIN_RELATIVE_LIFT)
    log.info("%s:\n%s", CAMPAIGN_ID, report.T)
    log.info("a lift of %.0f%% needs %d users per group", 100 * MIN_RELATIVE_LIFT, needed)


if __name__ == "__main__":
    main()
