"""Wrong: generic code that does not know the team's stack; the columns do not exist, it crashes."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
from sklearn.linear_model import LogisticRegression

DATA = Path(os.environ.get("DATA_DIR", "/data"))
FEATURES = ["purchase_frequency", "average_order_value", "days_since_last_purchase"]


def main() -> None:
    seeds = pd.read_csv(DATA / "high_value_q1.csv")
    users = pd.read_csv(DATA / "user_features.csv")
    is_seed = users["user_id"].isin(seeds["user_id"])
    model = LogisticRegression().fit(users[FEATURES], is_seed)
    users["score"] = model.predict_proba(users[FEATURES])[:, 1]
    users.nlargest(len(users) // 10, "score").to_parquet("lookalike_audience_scored.parquet")


if __name__ == "__main__":
    main()
