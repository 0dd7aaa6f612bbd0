"""RFM segments with quintiles in SQL, cut by recency and by frequency with value."""

from __future__ import annotations

import logging

import pandas as pd

import audience_io
import cdp_client

log = logging.getLogger("sql")

NAME = "rfm_segments"


SQL = """
WITH users AS (
    SELECT user_id, max(ordered_at) AS last_order, count(*) AS orders, sum(amount) AS revenue
    FROM orders WHERE status = 'paid' GROUP BY user_id
), scored AS (
    SELECT user_id,
        ntile(5) OVER (ORDER BY last_order, user_id) AS r,
        ntile(5) OVER (ORDER BY orders, revenue, user_id) AS f,
        ntile(5) OVER (ORDER BY revenue, user_id) AS m
    FROM users
)
SELECT user_id, (r + f + m) / 15.0 AS score,
    CASE WHEN r >= 4 AND f + m >= 8 THEN 'champions'
         WHEN r >= 3 THEN 'loyal'
         WHEN f + m >= 6 THEN 'at risk'
         ELSE 'lost' END AS segment
FROM scored ORDER BY user_id
"""


def segment_users() -> pd.DataFrame:
    return cdp_client.query(SQL)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    segments = segment_users()
    written = audience_io.write_audience(segments, NAME, holdout_col=None)
    log.info("wrote %s with %d users", written, len(segments))


if __name__ == "__main__":
    main()
