"""Refresh the VIP audience by lifetime value and report how many users changed.

VIPs get no holdout: the perks are promised to all of them.
"""

from __future__ import annotations

import logging

import pandas as pd

import audience_io
import cdp_client
import metrics

log = logging.getLogger("vip_refresh")

AUDIENCE_NAME = "vip_customers"
VIP_COUNT = 500
HORIZON_DAYS = 180


def best_customers() -> pd.DataFrame:
    """Score customers by lifetime value and keep the best."""
    table = metrics.rfm_table(cdp_client.get_orders(), cdp_client.snapshot_date())
    predicted = metrics.ltv_predict(table, horizon_days=HORIZON_DAYS)
    scored = predicted.rename(columns={"ltv": "score"})[["user_id", "score"]]
    return audience_io.select_top_count(scored, VIP_COUNT)


def previous_vips() -> pd.DataFrame | None:
    """Read the VIPs of the last run, if there was one."""
    if AUDIENCE_NAME not in audience_io.list_audiences():
        return None
    return audience_io.read_audience(AUDIENCE_NAME)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    before = previous_vips()
    audience = best_customers()
    if before is not None:
        log.info("%.0f%% were VIPs before", 100 * audience_io.overlap(audience, before))
    audience_id = audience_io.write_audience(audience, name=AUDIENCE_NAME, holdout_col=None)
    log.info("wrote %d users as %s", len(audience), audience_id)


if __name__ == "__main__":
    main()
