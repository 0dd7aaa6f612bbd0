"""Lookalike audience by Mahalanobis distance to the centre of the seeds."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pandas as pd

import audience_io
import cdp_client

log = logging.getLogger("mahalanobis")

SEED_FILE = Path(os.environ.get("DATA_DIR", "/data")) / "high_value_q1.csv"
FEATURES = ["purch_freq", "avg_ov", "days_last_purch"]
NAME = "lookalike_audience_scored"
AUDIENCE_SHARE = 0.10
HOLDOUT_SHARE = 0.20
SEED = 20260401


def score_users(features: pd.DataFrame, seeds: list[str]) -> np.ndarray:
    logs = np.log1p(features[FEATURES])
    of_seeds = logs[features["user_id"].isin(seeds)]
    gap = (logs - of_seeds.mean()).to_numpy()
    inverse = np.linalg.inv(np.cov(of_seeds.to_numpy(), rowvar=False))
    return 1.0 / (1.0 + np.sqrt(np.einsum("ij,jk,ik->i", gap, inverse, gap)))


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    seeds = audience_io.read_seed_list(SEED_FILE)
    features = cdp_client.get_all_user_features(FEATURES)
    features = cdp_client.clean_features(features, FEATURES)
    scored = features.assign(score=score_users(features, seeds))
    eligible = audience_io.exclude_users(scored, seeds)
    best = audience_io.select_top_share(eligible, AUDIENCE_SHARE)
    audience = audience_io.assign_holdout(best, HOLDOUT_SHARE, seed=SEED)
    written = audience_io.write_audience(audience[["user_id", "score", "group"]], NAME)
    log.info("wrote %s with %d users", written, len(audience))


if __name__ == "__main__":
    main()
