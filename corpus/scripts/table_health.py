"""Nightly look at the warehouse: rows, nulls, and whether every region has users."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd

import cdp_client

log = logging.getLogger("table_health")

MAX_NULL_SHARE = 0.10
REPORT_FILE = Path("table_health.csv")


def column_report() -> pd.DataFrame:
    """Describe every column of every table."""
    frames = []
    for name in cdp_client.list_tables():
        table = cdp_client.describe_table(name)
        frame = table.to_frame().assign(table=name, null_share=0.0)
        if table.rows:
            frame["null_share"] = (frame["nulls"] / table.rows).round(4)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    report = column_report()
    report.to_csv(REPORT_FILE, index=False)
    bad = report[report["null_share"] > MAX_NULL_SHARE]
    for row in bad.itertuples():
        log.warning("%s.%s: %.0f%% nulls", row.table, row.name, 100 * row.null_share)
    empty = cdp_client.segment_sizes().loc[lambda sizes: sizes == 0]
    if len(empty):
        raise SystemExit(f"no users in region(s) {', '.join(empty.index)}")
    log.info("%d columns in %d tables", len(report), report["table"].nunique())


if __name__ == "__main__":
    main()
