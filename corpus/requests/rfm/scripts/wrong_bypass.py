"""Wrong: the right segments, written with to_parquet past audience_io."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pandas as pd

import cdp_client
import metrics

log = logging.getLogger("bypass")

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
    segments.to_parquet(Path(os.environ["AUDIENCE_DEST"]) / f"{NAME}.parquet", index=False)
    log.info("wrote %d users", len(segments))


if __name__ == "__main__":
    main()
