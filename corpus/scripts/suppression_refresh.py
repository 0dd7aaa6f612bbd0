"""Rebuild the suppression list from complaints, bounces and withdrawn consent."""

from __future__ import annotations

import logging
from pathlib import Path

import audience_io
import cdp_client

log = logging.getLogger("suppression_refresh")

OUTPUT_FILE = Path("suppressions.csv")
REASONS = ("complaint", "bounce", "legal")


def reported() -> set[str]:
    """Return users who are suppressed for one of the reasons."""
    frame = cdp_client.query(
        "SELECT DISTINCT user_id FROM suppressions WHERE reason IN :reasons ORDER BY user_id",
        {"reasons": list(REASONS)},
    )
    return set(frame["user_id"])


def withdrawn() -> set[str]:
    """Return users whose last word on e-mail was no."""
    frame = cdp_client.query(
        "SELECT user_id FROM consents WHERE purpose = 'email'"
        " GROUP BY user_id HAVING NOT arg_max(granted, updated_at) ORDER BY user_id"
    )
    return set(frame["user_id"])


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    previous = set()
    if audience_io.is_suppression_file(OUTPUT_FILE):
        previous = audience_io.read_suppression_list(OUTPUT_FILE)
    suppressed = audience_io.merge_suppressions(reported(), withdrawn())
    written = audience_io.write_seed_list(suppressed, OUTPUT_FILE)
    log.info("%d users suppressed, %d of them new", written, len(set(suppressed) - previous))


if __name__ == "__main__":
    main()
