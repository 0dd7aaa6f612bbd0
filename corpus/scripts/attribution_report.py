"""Multi-touch attribution of the last quarter's orders, with the return on what was spent."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

import cdp_client
import metrics

log = logging.getLogger("attribution_report")

MODEL = metrics.AttributionModel.POSITION
PERIOD_DAYS = 60
REPORT_FILE = Path("attribution.csv")
COMPARISON_FILE = Path("attribution_models.csv")


def channel_spend(since: pd.Timestamp) -> pd.Series:
    """Sum the budget of the campaigns that ran in the period, by channel."""
    frame = cdp_client.query(
        "SELECT channel, sum(budget) AS budget FROM campaigns"
        " WHERE ended_on >= :since GROUP BY channel ORDER BY channel",
        {"since": since},
    )
    return frame.set_index("channel")["budget"]


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    since = cdp_client.snapshot_date() - pd.Timedelta(days=PERIOD_DAYS)
    orders = cdp_client.get_orders(since=since)
    paths = metrics.build_paths(cdp_client.get_touchpoints(), orders)
    report = metrics.channel_report(
        metrics.attribute_conversions(paths, MODEL), channel_spend(since)
    )
    report.round(4).to_csv(REPORT_FILE)
    metrics.compare_models(paths).round(4).to_csv(COMPARISON_FILE)
    log.info("%s attribution:\n%s", MODEL, report.round(2))


if __name__ == "__main__":
    main()
