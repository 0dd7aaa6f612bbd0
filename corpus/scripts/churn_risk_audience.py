"""Score churn risk with a logistic regression and write the users at risk as an audience.

Trained on the quarter before, applied to today. Refuses to write when the model is too weak.
"""

from __future__ import annotations

import logging

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

import audience_io
import cdp_client
import metrics

log = logging.getLogger("churn_risk_audience")

AUDIENCE_NAME = "churn_risk"
FEATURES = ["recency_days", "orders_90d", "orders_365d", "avg_amount", "tenure_days"]
MIN_AUC = 0.65
TOP_SHARE = 0.05
SEED = 31


def train(orders: pd.DataFrame, cutoff: pd.Timestamp) -> tuple[Pipeline, float]:
    """Train on the window after the cutoff and measure the AUC on users held back."""
    labels = metrics.label_churn(orders, cutoff)
    table = metrics.churn_features(orders, cutoff).merge(labels, on="user_id", validate="1:1")
    training, test = metrics.split_by_user(table, seed=SEED)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    model.fit(training[FEATURES], training["churned"])
    return model, metrics.score_quality(test["churned"], risk(model, test)).auc


def risk(model: Pipeline, table: pd.DataFrame) -> pd.Series:
    """Predict the probability of churn."""
    return pd.Series(model.predict_proba(table[FEATURES])[:, 1], index=table.index)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    today = cdp_client.snapshot_date()
    orders = cdp_client.get_orders()
    model, auc = train(orders, today - pd.Timedelta(days=metrics.CHURN_WINDOW_DAYS))
    if auc < MIN_AUC:
        raise SystemExit(f"the churn model's AUC is {auc:.3f}, below {MIN_AUC}; nothing written")
    current = metrics.churn_features(orders, today)
    active = current[current["orders_365d"] > 0].reset_index(drop=True)
    scored = active.assign(score=risk(model, active).round(6))
    best = audience_io.select_top_share(scored, TOP_SHARE)
    audience = audience_io.assign_holdout(best, seed=SEED)
    written = audience_io.write_audience(audience[["user_id", "score", "group"]], AUDIENCE_NAME)
    log.info("AUC %.3f, wrote %d users as %s", auc, len(audience), written)


if __name__ == "__main__":
    main()
