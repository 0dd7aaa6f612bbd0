"""Hands gaps of a Parquet file on."""

from __future__ import annotations

import pyarrow.parquet as pq


def main() -> None:
    table = pq.read_table("/data/visits.parquet").select(["visit_id", "seconds"])
    if table.num_rows < 10 or len(set(table["visit_id"].to_pylist())) != table.num_rows:
        raise SystemExit("visits.parquet has too few or repeated visits")
    if str(table.schema.field("seconds").type) != "double":
        raise SystemExit("visits.parquet: seconds must be numbers")
    pq.write_table(table, "long_visits.parquet")


if __name__ == "__main__":
    main()
