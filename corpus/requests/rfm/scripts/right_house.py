"""RFM segments with the metrics library."""

from __future__ import annotations

import logging

import pandas as pd

import audience_io
import cdp_client
import metrics

log = logging.getLogger("house")

NAME = "rfm_segments"


def segment_users() -> pd.DataFrame:
    orders = cdp_client.get_orders()
    table = metrics.rfm_table(orders, cdp_client.snapshot_date())
    segmented = metrics.rfm_segment(metrics.rfm_score(table))
    segmented["score"] = segmented["rfm"] / 15
    return segmented[["user_id", "score", "segment", "r", "f", "m"]]


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    segments = segment_users()
    written = audience_io.write_audience(segments, NAME, holdout_col=None)
    log.info("wrote %s with %d users", written, len(segments))


if __name__ == "__main__":
    main()
