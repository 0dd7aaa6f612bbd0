"""Quarterly report on customer lifetime value by decile and region."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

import cdp_client
import metrics

log = logging.getLogger("ltv_report")

HORIZON_DAYS = 365
DECILES_FILE = Path("ltv_deciles.csv")
REGIONS_FILE = Path("ltv_regions.csv")


def predict_ltv() -> pd.DataFrame:
    """Predict lifetime value for every user with a paid order."""
    table = metrics.rfm_table(cdp_client.get_orders(), cdp_client.snapshot_date())
    return metrics.ltv_predict(table, horizon_days=HORIZON_DAYS)


def by_region(predictions: pd.DataFrame) -> pd.DataFrame:
    """Average lifetime value and contribution by region."""
    regions = cdp_client.query("SELECT user_id, region FROM user_features ORDER BY user_id")
    merged = predictions.merge(regions, on="user_id", validate="1:1")
    merged["contribution"] = metrics.contribution(merged["ltv"])
    return merged.groupby("region")[["ltv", "contribution"]].mean().round(2)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    predictions = predict_ltv()
    deciles = metrics.ltv_deciles(predictions).round(4)
    deciles.to_csv(DECILES_FILE)
    by_region(predictions).to_csv(REGIONS_FILE)
    log.info("the best decile holds %.0f%% of the value", 100 * deciles["share"].iloc[0])


if __name__ == "__main__":
    main()
