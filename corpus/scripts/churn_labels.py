"""Make churn labels with features from before the cutoff, as training data for the churn model."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

import cdp_client
import metrics

log = logging.getLogger("churn_labels")

WINDOW_DAYS = metrics.CHURN_WINDOW_DAYS
TEST_SHARE = 0.25
SEED = 17
OUTPUT_FILE = Path("churn_training.parquet")


def labelled_features(orders: pd.DataFrame, cutoff: pd.Timestamp) -> pd.DataFrame:
    """Join features from before the cutoff with labels from after it."""
    labels = metrics.label_churn(orders, cutoff, window_days=WINDOW_DAYS)
    return metrics.churn_features(orders, cutoff).merge(labels, on="user_id", validate="1:1")


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    cutoff = cdp_client.snapshot_date() - pd.Timedelta(days=WINDOW_DAYS)
    table = labelled_features(cdp_client.get_orders(), cutoff)
    _, test = metrics.split_by_user(table, test_share=TEST_SHARE, seed=SEED)
    table["part"] = table["user_id"].isin(test["user_id"]).map({True: "test", False: "train"})
    table.to_parquet(OUTPUT_FILE, index=False)
    log.info("churn rate %.1f%% of %d users", 100 * metrics.churn_rate(table), len(table))


if __name__ == "__main__":
    main()
