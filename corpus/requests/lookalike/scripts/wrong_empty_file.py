"""Wrong: a file with the right columns and no rows."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pandas as pd

import audience_io
import cdp_client

log = logging.getLogger("empty_file")

SEED_FILE = Path(os.environ.get("DATA_DIR", "/data")) / "high_value_q1.csv"
FEATURES = ["purch_freq", "avg_ov", "days_last_purch"]
NAME = "lookalike_audience_scored"
AUDIENCE_SHARE = 0.10
HOLDOUT_SHARE = 0.20
SEED = 20260401


def score_users(features: pd.DataFrame, seeds: list[str]) -> pd.Series:
    ranks = cdp_client.percentile_ranks(features, FEATURES)
    centre = ranks[features["user_id"].isin(seeds)].mean()
    return 1.0 - ((ranks - centre) ** 2).mean(axis=1) ** 0.5


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    seeds = audience_io.read_seed_list(SEED_FILE)
    features = cdp_client.get_all_user_features(FEATURES)
    features = cdp_client.clean_features(features, FEATURES)
    scored = features.assign(score=score_users(features, seeds))
    eligible = audience_io.exclude_users(scored, seeds)
    best = audience_io.select_top_share(eligible, AUDIENCE_SHARE)
    audience = audience_io.assign_holdout(best, HOLDOUT_SHARE, seed=SEED)
    empty = audience.head(0)[["user_id", "score", "group"]]
    empty.to_parquet(Path(os.environ["AUDIENCE_DEST"]) / f"{NAME}.parquet", index=False)
    log.info("wrote %d users", len(empty))


if __name__ == "__main__":
    main()
