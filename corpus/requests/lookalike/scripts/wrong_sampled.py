"""Wrong: a random half of the best fifth instead of the best tenth."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pandas as pd

import audience_io
import cdp_client

log = logging.getLogger("sampled")

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
    fifth = audience_io.select_top_share(eligible, 2 * AUDIENCE_SHARE)
    count = audience_io.share_to_rows(len(eligible), AUDIENCE_SHARE)
    best = fifth.sample(count, random_state=SEED).reset_index(drop=True)
    audience = audience_io.assign_holdout(best, HOLDOUT_SHARE, seed=SEED)
    written = audience_io.write_audience(audience[["user_id", "score", "group"]], NAME)
    log.info("wrote %s with %d users", written, len(audience))


if __name__ == "__main__":
    main()
