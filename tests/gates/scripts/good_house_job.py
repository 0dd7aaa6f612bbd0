"""A job in the house way: the libraries find what is wrong."""

from __future__ import annotations

import audience_io
import cdp_client
import pandas as pd


def main() -> None:
    people = cdp_client.query("SELECT user_id, spent FROM people ORDER BY user_id")
    if len(people) < 10 or not pd.api.types.is_numeric_dtype(people["spent"]):
        raise SystemExit("table people has too few rows, or spent is not numeric")
    if people.isna().any().any():
        raise SystemExit("table people has nulls in user_id or spent")
    if people["user_id"].duplicated().any():
        raise SystemExit("table people: user_id is not unique")
    scored = people.rename(columns={"spent": "score"})
    best = audience_io.select_top_share(scored, 0.5)
    audience = audience_io.assign_holdout(best, 0.2, seed=7)
    audience_io.write_audience(audience[["user_id", "score", "group"]], "best_half")


if __name__ == "__main__":
    main()
