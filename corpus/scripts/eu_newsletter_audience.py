"""Newsletter audience for the EU: users with consent, best openers first, holdout by country."""

from __future__ import annotations

import logging

import pandas as pd

import audience_io
import cdp_client

log = logging.getLogger("eu_newsletter_audience")

AUDIENCE_NAME = "eu_newsletter"
HOLDOUT_SHARE = 0.05
SEED = 8


def newsletter_users() -> pd.DataFrame:
    """Read EU users with consent, scored by how often they open."""
    users = cdp_client.get_all_user_features(["country", "region", "email_open_rate"])
    users = cdp_client.filter_segment(users, cdp_client.Segment.EU)
    users = cdp_client.clean_features(users, ["email_open_rate"], cdp_client.NullPolicy.ZERO)
    consents = cdp_client.query(
        "SELECT * FROM consents WHERE purpose = :purpose ORDER BY user_id, updated_at",
        {"purpose": audience_io.Purpose.EMAIL.value},
    )
    return audience_io.filter_consented(users, consents, audience_io.Purpose.EMAIL)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    users = newsletter_users().rename(columns={"email_open_rate": "score"})
    users = users[["user_id", "score", "country"]].reset_index(drop=True)
    audience = audience_io.assign_holdout_by(users, "country", HOLDOUT_SHARE, seed=SEED)
    audience_id = audience_io.write_audience(audience, name=AUDIENCE_NAME, holdout_col="group")
    share = audience_io.holdout_share(audience)
    log.info("wrote %d users as %s, %.1f%% held out", len(audience), audience_id, 100 * share)


if __name__ == "__main__":
    main()
