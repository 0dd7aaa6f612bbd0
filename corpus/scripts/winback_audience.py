"""Win-back audience: good customers who have gone quiet, with consent, without suppressed users."""

from __future__ import annotations

import logging

import pandas as pd

import audience_io
import cdp_client
import metrics

log = logging.getLogger("winback_audience")

AUDIENCE_NAME = "winback_q2"
QUIET_DAYS = (120, 365)
MIN_ORDERS = 3
TOP_SHARE = 0.25
HOLDOUT_SHARE = 0.2
SEED = 4711


def quiet_customers() -> pd.DataFrame:
    """Find customers with several orders whose last one is some months ago."""
    table = metrics.rfm_table(cdp_client.get_orders(), cdp_client.snapshot_date())
    quiet = table["recency_days"].between(*QUIET_DAYS)
    return table[quiet & (table["frequency"] >= MIN_ORDERS)].reset_index(drop=True)


def contactable(users: pd.DataFrame) -> pd.DataFrame:
    """Drop suppressed users and those without e-mail consent."""
    suppressed = cdp_client.query("SELECT DISTINCT user_id FROM suppressions")["user_id"]
    consents = cdp_client.query("SELECT * FROM consents ORDER BY user_id, updated_at")
    allowed = audience_io.filter_consented(users, consents, audience_io.Purpose.EMAIL)
    return audience_io.apply_suppression(allowed, set(suppressed))


def score_by_value(users: pd.DataFrame) -> pd.DataFrame:
    """Score users by what they are likely to spend if they come back."""
    predicted = metrics.ltv_predict(users, horizon_days=180)
    return users.assign(score=predicted["ltv"])


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    eligible = contactable(score_by_value(quiet_customers()))
    best = audience_io.select_top_share(eligible, TOP_SHARE)
    audience = audience_io.assign_holdout(best, HOLDOUT_SHARE, seed=SEED)
    columns = ["user_id", "score", "group", "recency_days"]
    audience_id = audience_io.write_audience(audience[columns], name=AUDIENCE_NAME)
    log.info("wrote %d of %d eligible users as %s", len(audience), len(eligible), audience_id)


if __name__ == "__main__":
    main()
