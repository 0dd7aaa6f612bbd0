"""Retention by signup month over twelve weeks, as a table and a heat map."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

import cdp_client
import metrics

log = logging.getLogger("retention_heatmap")

WEEKS = 12
MONTHS = 11
TABLE_FILE = Path("retention.csv")
CHART_FILE = Path("retention.png")


def first_cohort(today: pd.Timestamp) -> pd.Timestamp:
    """Return the first day of the oldest cohort that the events cover in full."""
    return (today - pd.DateOffset(months=MONTHS)).normalize().replace(day=1)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    today = cdp_client.snapshot_date()
    since = first_cohort(today)
    signups = cdp_client.get_signups(since=since)
    counts = metrics.retention_counts(signups, cdp_client.get_events(since=since), weeks=WEEKS)
    rates = metrics.retention_rates(counts, as_of=today)
    rates.round(4).to_csv(TABLE_FILE)
    metrics.retention_heatmap(rates, CHART_FILE, title="Weekly retention by signup month")
    average = metrics.average_retention(rates, counts)
    log.info("week 4 retention is %.1f%%", 100 * average[4])


if __name__ == "__main__":
    main()
