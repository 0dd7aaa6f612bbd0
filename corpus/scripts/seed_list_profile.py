"""Profile a seed list before anything is built on it: who is on it, and how do they differ."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pandas as pd

import audience_io
import cdp_client

log = logging.getLogger("seed_list_profile")

SEED_FILE = Path(os.environ.get("DATA_DIR", "/data")) / "high_value_q1.csv"
PROFILE_COLUMNS = ["sessions_30d", "email_open_rate", "support_tickets"]
REPORT_FILE = Path("seed_profile.csv")


def profile(seeds: pd.DataFrame, everyone: pd.DataFrame) -> pd.DataFrame:
    """Compare the medians and gaps of seed users with those of all users."""
    return pd.DataFrame(
        {
            "seed_median": seeds[PROFILE_COLUMNS].median(),
            "all_median": everyone[PROFILE_COLUMNS].median(),
            "seed_nulls": seeds[PROFILE_COLUMNS].isna().mean(),
        }
    ).round(4)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    seed_ids = audience_io.read_seed_list(SEED_FILE)
    seeds = cdp_client.get_user_features(seed_ids, columns=[*PROFILE_COLUMNS, "region"])
    everyone = cdp_client.get_all_user_features(PROFILE_COLUMNS)
    profile(seeds, everyone).to_csv(REPORT_FILE, index_label="feature")
    log.info("%d seed users by region: %s", len(seeds), seeds["region"].value_counts().to_dict())


if __name__ == "__main__":
    main()
