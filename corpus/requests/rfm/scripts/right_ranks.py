"""RFM segments from percentile ranks, cut at the median, with the figures beside them."""

from __future__ import annotations

import logging

import pandas as pd

import audience_io
import cdp_client

log = logging.getLogger("ranks")

NAME = "rfm_segments"


def segment_users() -> pd.DataFrame:
    totals = cdp_client.get_order_totals()
    recency = totals["last_order"].rank(pct=True)
    worth = (totals["orders"].rank(pct=True) + totals["revenue"].rank(pct=True)) / 2
    segment = pd.Series("lost", index=totals.index)
    segment[worth >= 0.5] = "at_risk"
    segment[recency >= 0.5] = "loyal"
    segment[(recency >= 0.7) & (worth >= 0.6)] = "champions"
    score = (recency + 2 * worth) / 3
    segments = pd.DataFrame({"user_id": totals["user_id"], "score": score, "segment": segment})
    return segments.assign(recency=recency, frequency=totals["orders"], value=totals["revenue"])


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    segments = segment_users()
    written = audience_io.write_audience(segments, NAME, holdout_col=None)
    log.info("wrote %s with %d users", written, len(segments))


if __name__ == "__main__":
    main()
