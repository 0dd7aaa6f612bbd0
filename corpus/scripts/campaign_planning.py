"""Plan a test: how many users per group, and what can be found with those that there are."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

import cdp_client
import metrics

log = logging.getLogger("campaign_planning")

SEGMENTS = ("EU", "UK", "NA")
BASE_RATE = 0.06
HOLDOUT_SHARE = 0.2
LIFTS = (0.05, 0.10, 0.20)
PLAN_FILE = Path("campaign_plan.csv")


def plan_segment(segment: str) -> dict[str, object]:
    """Work out what a test in one segment can show."""
    users = len(cdp_client.segment_users(segment))
    holdout = int(users * HOLDOUT_SHARE)
    powers = {
        f"power_{lift:.0%}": round(metrics.experiment_power(holdout, BASE_RATE, lift), 3)
        for lift in LIFTS
    }
    smallest = metrics.minimum_detectable_lift(holdout, BASE_RATE)
    return {"segment": segment, "users": users, "smallest_lift": smallest, **powers}


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    plan = pd.DataFrame([plan_segment(segment) for segment in SEGMENTS])
    plan.to_csv(PLAN_FILE, index=False)
    for lift in LIFTS:
        needed = metrics.required_sample_size(BASE_RATE, lift)
        log.info("a lift of %.0f%% needs %d users per group", 100 * lift, needed)


if __name__ == "__main__":
    main()
