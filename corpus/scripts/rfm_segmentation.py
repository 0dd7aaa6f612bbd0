"""Segment the customer base by RFM and hand the champions over as an audience.

Runs monthly. The segments of everyone go out as `rfm_champions` only; the summary goes to the log.
"""

from __future__ import annotations

import logging

import pandas as pd

import audience_io
import cdp_client
import metrics

log = logging.getLogger("rfm_champions")

AUDIENCE_NAME = "rfm_champions"
HOLDOUT_SHARE = 0.1
SEED = 20260401


def segment_customers() -> pd.DataFrame:
    """Score and segment every user with a paid order."""
    orders = cdp_client.get_orders()
    table = metrics.rfm_table(orders, cdp_client.snapshot_date())
    return metrics.rfm_segment(metrics.rfm_score(table))


def champions(segmented: pd.DataFrame) -> pd.DataFrame:
    """Keep the champions, with the RFM sum as their score."""
    chosen = segmented[segmented["segment"] == metrics.RfmSegment.CHAMPIONS]
    return chosen.rename(columns={"rfm": "score"})[["user_id", "score", "segment"]]


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    segmented = segment_customers()
    log.info("segments:\n%s", metrics.segment_summary(segmented).round(3))
    audience = audience_io.assign_holdout(champions(segmented), HOLDOUT_SHARE, seed=SEED)
    audience_id = audience_io.write_audience(audience, name=AUDIENCE_NAME, holdout_col="group")
    log.info("wrote %s (%d users) as %s", AUDIENCE_NAME, len(audience), audience_id)


if __name__ == "__main__":
    main()
