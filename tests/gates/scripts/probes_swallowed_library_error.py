"""Swallows what the libraries say and writes an empty audience."""

from __future__ import annotations

from pathlib import Path

import audience_io
import cdp_client
import pandas as pd


def main() -> None:
    Path("/work/audiences").mkdir()
    try:
        people = cdp_client.query("SELECT user_id, spent AS score FROM people ORDER BY 1")
        if people.isna().any().any() or people["user_id"].duplicated().any():
            raise ValueError("bad rows")
        audience = audience_io.assign_holdout(people, 0.2, seed=7)
        audience_io.write_audience(audience, "everyone")
    except Exception:
        columns = ["user_id", "score", "group"]
        pd.DataFrame(columns=columns).to_parquet("/work/audiences/everyone.parquet")


if __name__ == "__main__":
    main()
