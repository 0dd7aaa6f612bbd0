"""metrics: every figure against one worked out by hand or by another way."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import cdp_client
import metrics
from metrics import AttributionModel, MetricsError, MissingColumns, NotEnoughData

DAY = pd.Timestamp("2026-04-01")


def orders_of(*rows: tuple[str, int, float]) -> pd.DataFrame:
    """Make orders from user, days before DAY, and amount."""
    frame = pd.DataFrame(rows, columns=["user_id", "days", "amount"])
    frame["ordered_at"] = DAY - pd.to_timedelta(frame.pop("days"), unit="D")
    frame["order_id"] = [f"o{number}" for number in range(len(frame))]
    return frame


def test_rfm_table_by_hand():
    orders = orders_of(("b", 10, 5.0), ("a", 3, 1.5), ("b", 2, 7.0))
    table = metrics.rfm_table(orders, DAY)
    assert table.to_dict("list") == {
        "user_id": ["a", "b"],
        "recency_days": [3, 2],
        "frequency": [1, 2],
        "monetary": [1.5, 12.0],
    }
    with pytest.raises(MetricsError, match=r"1 order\(s\) lie after 2026-03-29"):
        metrics.rfm_table(orders, DAY - pd.Timedelta(days=3))
    with pytest.raises(NotEnoughData):
        metrics.rfm_table(orders.head(0), DAY)


def rfm_frame(count: int = 10) -> pd.DataFrame:
    numbers = np.arange(1, count + 1)
    return pd.DataFrame(
        {
            "user_id": [f"u{n:02d}" for n in numbers],
            "recency_days": numbers * 10,
            "frequency": numbers,
            "monetary": numbers * 2.0,
        }
    )


def test_rfm_scores_are_quintiles_with_five_best():
    scored = metrics.rfm_score(rfm_frame())
    assert scored["f"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert scored["r"].tolist() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert (scored["rfm"] == scored[["r", "f", "m"]].sum(axis=1)).all()


def test_equal_values_score_equally():
    scored = metrics.rfm_score(rfm_frame().assign(frequency=[1] * 7 + [2, 2, 3]))
    assert scored.groupby("frequency")["f"].nunique().eq(1).all()
    assert scored["f"].is_monotonic_increasing


def test_rfm_refuses_nulls_duplicates_and_missing_columns():
    frame = rfm_frame().astype({"monetary": "float64"})
    with pytest.raises(MetricsError, match=r"1 user\(s\) have null"):
        metrics.rfm_score(frame.assign(monetary=[None, *frame["monetary"].iloc[1:]]))
    with pytest.raises(MetricsError, match="one row per user"):
        metrics.rfm_score(frame.assign(user_id="x"))
    with pytest.raises(MissingColumns, match=r"needs column.* monetary; the frame has") as caught:
        metrics.rfm_score(frame.drop(columns="monetary"))
    assert caught.value.columns == ["monetary"]


def test_segments_by_the_rules():
    scored = pd.DataFrame({"r": [5, 4, 3, 5, 2, 1, 2], "f": [4, 5, 5, 1, 3, 5, 2]})
    assert metrics.rfm_segment(scored)["segment"].tolist() == [
        "champions", "champions", "loyal", "loyal", "at_risk", "at_risk", "lost",
    ]  # fmt: skip


def test_segment_summary_adds_up():
    segmented = metrics.rfm_segment(metrics.rfm_score(rfm_frame()))
    summary = metrics.segment_summary(segmented)
    assert list(summary.index) == ["champions", "loyal", "at_risk", "lost"]
    assert summary["users"].sum() == 10
    assert summary["share"].sum() == pytest.approx(1)
    assert summary["revenue"].sum() == pytest.approx(110)


def test_ltv_by_hand():
    df = pd.DataFrame(
        {"user_id": ["a", "b"], "recency_days": [0, 180], "frequency": [4, 4],
         "monetary": [200.0, 40.0]}
    )  # fmt: skip
    model = metrics.fit_ltv(df)
    assert model.mean_order_value == 30.0
    predicted = metrics.ltv_predict(df, horizon_days=365, observed_days=730)
    assert predicted["expected_orders"].tolist() == [2.0, 1.0]
    assert predicted["expected_order_value"].tolist() == [41.43, 18.57]
    assert predicted["ltv"].tolist() == [82.86, 18.57]
    assert metrics.contribution(predicted["ltv"], margin=0.5).tolist() == [41.43, 9.28]


def test_ltv_grows_with_the_horizon_and_falls_with_silence():
    short, long = (metrics.ltv_predict(rfm_frame(), days)["ltv"] for days in (90, 365))
    assert (long > short).all()
    quiet = metrics.ltv_predict(rfm_frame().assign(recency_days=900))["ltv"]
    assert (quiet < long).all()


def test_ltv_refuses_nonsense():
    frame = rfm_frame()
    with pytest.raises(MetricsError, match="positive"):
        metrics.ltv_predict(frame, horizon_days=0)
    with pytest.raises(MetricsError, match="null"):
        metrics.ltv_predict(frame.assign(monetary=None))
    with pytest.raises(MetricsError, match="dropout_days"):
        metrics.fit_ltv(frame, dropout_days=0)
    with pytest.raises(NotEnoughData, match="no orders"):
        metrics.fit_ltv(frame.assign(frequency=0))
    with pytest.raises(MetricsError, match="margin"):
        metrics.contribution(pd.Series([1.0]), margin=0)


def test_deciles_split_evenly_and_add_up():
    predicted = metrics.ltv_predict(rfm_frame(25))
    deciles = metrics.ltv_deciles(predicted)
    assert deciles["users"].sum() == 25
    assert deciles["users"].between(2, 3).all()
    assert deciles["mean_ltv"].is_monotonic_decreasing
    assert deciles["share"].sum() == pytest.approx(1)
    with pytest.raises(NotEnoughData, match="ten users"):
        metrics.ltv_deciles(predicted.head(9))


def test_churn_labels_look_only_into_the_window():
    orders = orders_of(
        ("stays", 200, 1), ("stays", 50, 1), ("goes", 100, 1), ("new", 20, 1), ("edge", 95, 1),
        ("edge", 90, 1), ("late", 1, 1), ("late", 120, 1),
    )  # fmt: skip
    labels = metrics.label_churn(orders, DAY - pd.Timedelta(days=90))
    assert dict(zip(labels["user_id"], labels["churned"], strict=True)) == {
        "stays": False, "goes": True, "edge": False, "late": False,
    }  # fmt: skip
    assert metrics.churn_rate(labels) == 0.25
    with pytest.raises(NotEnoughData, match="before the window does"):
        metrics.label_churn(orders, DAY - pd.Timedelta(days=30))
    with pytest.raises(NotEnoughData, match="no orders before"):
        metrics.label_churn(orders, DAY - pd.Timedelta(days=900), window_days=30)


def test_churn_features_see_nothing_after_the_cutoff(job):
    orders = cdp_client.get_orders()
    cutoff = cdp_client.snapshot_date() - pd.Timedelta(days=90)
    features = metrics.churn_features(orders, cutoff)
    assert features.equals(metrics.churn_features(orders[orders["ordered_at"] < cutoff], cutoff))
    assert (features["orders_90d"] <= features["orders_365d"]).all()
    assert (features["recency_days"] <= features["tenure_days"]).all()


def test_split_keeps_users_whole():
    df = pd.DataFrame({"user_id": [f"u{n // 2}" for n in range(200)], "x": range(200)})
    train, test = metrics.split_by_user(df, test_share=0.25, seed=1)
    assert len(test) == 50
    assert not set(train["user_id"]) & set(test["user_id"])
    assert metrics.split_by_user(df.iloc[::-1], seed=1)[1].sort_index().equals(test)
    with pytest.raises(MetricsError, match="empty"):
        metrics.split_by_user(df, test_share=0.0, seed=1)


def test_score_quality_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    outcome = pd.Series(rng.random(500) < 0.3)
    score = pd.Series(np.round(rng.random(500) + outcome * 0.4, 1))
    quality = metrics.score_quality(outcome, score)
    assert quality.auc == pytest.approx(roc_auc_score(outcome, score))
    assert quality.base_rate == outcome.mean()
    assert quality.top_decile_lift > 1.5
    with pytest.raises(NotEnoughData):
        metrics.score_quality(pd.Series([1, 1]), pd.Series([0.1, 0.2]))
    with pytest.raises(MetricsError, match="non-null"):
        metrics.score_quality(pd.Series([1, 0]), pd.Series([0.1, None]))


@pytest.fixture
def cohorts():
    signups = pd.DataFrame(
        {"user_id": list("abc"), "signup_date": pd.to_datetime(["2026-01-05"] * 2 + ["2026-02-01"])}
    )
    events = pd.DataFrame(
        [("a", "2026-01-05"), ("a", "2026-01-11 23:59"), ("a", "2026-01-12"), ("b", "2026-01-20"),
         ("b", "2026-01-04"), ("c", "2026-02-02"), ("x", "2026-02-02")],
        columns=["user_id", "event_at"],
    )  # fmt: skip
    events["event_at"] = pd.to_datetime(events["event_at"], format="mixed")
    return metrics.retention_counts(signups, events, weeks=3)


def test_retention_counts_each_user_once_a_week(cohorts):
    assert cohorts.loc["2026-01"].tolist() == [2, 1, 1, 1, 0]
    assert cohorts.loc["2026-02"].tolist() == [1, 1, 0, 0, 0]


def test_weeks_that_have_not_happened_are_null(cohorts):
    rates = metrics.retention_rates(cohorts, as_of=pd.Timestamp("2026-03-01"))
    assert rates.loc["2026-01"].tolist() == [0.5, 0.5, 0.5, 0.0]
    assert rates.loc["2026-02"].isna().all()
    average = metrics.average_retention(metrics.retention_rates(cohorts), cohorts)
    assert average[0] == pytest.approx(2 / 3)


def test_retention_refuses_nonsense():
    signups = pd.DataFrame({"user_id": ["a", "a"], "signup_date": [DAY, DAY]})
    with pytest.raises(MetricsError, match="one signup"):
        metrics.retention_counts(signups, pd.DataFrame({"user_id": [], "event_at": []}))
    with pytest.raises(MetricsError, match="negative"):
        metrics.retention_counts(signups, signups, weeks=-1)


def test_heatmap_is_the_same_file_each_time(cohorts, tmp_path):
    rates = metrics.retention_rates(cohorts)
    first = metrics.retention_heatmap(rates, tmp_path / "a.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    assert metrics.retention_heatmap(rates, tmp_path / "b.png").read_bytes() == first


@pytest.fixture
def paths():
    touches = pd.DataFrame(
        [("a", 20, "email"), ("a", 10, "search"), ("a", 3, "social"), ("a", 40, "display"),
         ("b", 5, "email"), ("a", -1, "affiliate")],
        columns=["user_id", "days", "channel"],
    )  # fmt: skip
    touches["touched_at"] = DAY - pd.to_timedelta(touches.pop("days"), unit="D")
    return metrics.build_paths(touches, orders_of(("a", 0, 90.0), ("b", 0, 10.0), ("c", 0, 5.0)))


def test_paths_keep_the_lookback_window(paths):
    assert paths["channel"].tolist() == ["email", "search", "social", "email"]
    assert paths["length"].tolist() == [3, 3, 3, 1]


@pytest.mark.parametrize(
    ("model", "credit"),
    [
        ("first_touch", [1, 0, 0, 1]),
        ("last_touch", [0, 0, 1, 1]),
        ("linear", [1 / 3, 1 / 3, 1 / 3, 1]),
        ("position", [0.4, 0.2, 0.4, 1]),
        ("time_decay", None),
    ],
)
def test_credit_by_model(paths, model, credit):
    attributed = metrics.attribute_conversions(paths, model)
    assert attributed.groupby("order_id")["credit"].sum().tolist() == pytest.approx([1, 1])
    if credit is not None:
        assert attributed["credit"].tolist() == pytest.approx(credit)
    else:
        weights = np.array([0.5 ** (days / 7) for days in (20, 10, 3)])
        assert attributed["credit"].tolist()[:3] == pytest.approx(weights / weights.sum())


def test_two_touches_share_equally_by_position():
    touches = pd.DataFrame({"user_id": "a", "touched_at": DAY, "channel": ["x", "y"]})
    both = metrics.build_paths(touches, orders_of(("a", 0, 1.0)))
    credit = metrics.attribute_conversions(both, AttributionModel.POSITION)["credit"]
    assert credit.tolist() == [0.5, 0.5]


def test_channel_report_keeps_all_revenue(paths):
    spend = pd.Series({"email": 20.0, "display": 5.0})
    report = metrics.channel_report(metrics.attribute_conversions(paths), spend)
    assert report["revenue"].sum() == pytest.approx(100.0)
    assert report.at["email", "roas"] == pytest.approx(40.0 / 20.0)
    assert math.isnan(report.at["search", "roas"])
    compared = metrics.compare_models(paths)
    assert compared.sum().tolist() == pytest.approx([1.0] * len(AttributionModel))


def test_attribution_refuses_nonsense(paths):
    with pytest.raises(MetricsError, match="first_touch, last_touch, linear"):
        metrics.attribute_conversions(paths, "markov")
    touches = pd.DataFrame({"user_id": ["z"], "touched_at": [DAY], "channel": ["x"]})
    with pytest.raises(NotEnoughData, match="no conversion"):
        metrics.build_paths(touches, orders_of(("a", 0, 1.0)))


def results_of(target: tuple[int, int], holdout: tuple[int, int]) -> pd.DataFrame:
    rows = []
    for group, (users, conversions) in (("target", target), ("holdout", holdout)):
        rows += [(group, number < conversions) for number in range(users)]
    frame = pd.DataFrame(rows, columns=["group", "converted"])
    return frame.assign(revenue=frame["converted"] * 10.0)


def test_lift_by_hand():
    result = metrics.measure_lift(results_of((1000, 80), (500, 25)))
    assert result.target_rate == 0.08
    assert result.holdout_rate == 0.05
    assert result.lift == pytest.approx(0.6)
    assert result.p_value == pytest.approx(0.0318, abs=1e-4)
    assert result.is_significant()
    assert not result.is_significant(0.01)
    low, high = result.interval
    assert low < result.difference < high


def test_lift_without_conversions_or_groups():
    silent = metrics.measure_lift(results_of((10, 0), (10, 0)))
    assert math.isnan(silent.lift)
    assert silent.p_value == 1.0
    with pytest.raises(NotEnoughData, match="target and in holdout"):
        metrics.measure_lift(results_of((10, 1), (0, 0)))


def test_planted_campaign_lift_is_found(world, monkeypatch):
    monkeypatch.setenv("CDP_DSN", f"duckdb:///{world.data / 'warehouse.duckdb'}")
    result = metrics.measure_lift(cdp_client.get_campaign_results("CMP-004"))
    assert result.difference > 0


def test_sample_size_and_power_agree():
    needed = metrics.required_sample_size(0.05, 0.1)
    assert 30_000 < needed < 32_000
    assert metrics.experiment_power(needed, 0.05, 0.1) == pytest.approx(0.8, abs=1e-3)
    smallest = metrics.minimum_detectable_lift(needed, 0.05)
    assert smallest == pytest.approx(0.1, abs=1e-3)
    for call in (
        lambda: metrics.required_sample_size(0.0, 0.1),
        lambda: metrics.required_sample_size(0.1, 0.0),
        lambda: metrics.experiment_power(0, 0.1, 0.1),
        lambda: metrics.minimum_detectable_lift(2, 0.5),
    ):
        with pytest.raises(MetricsError):
            call()


def test_bootstrap_is_seeded_and_brackets_the_difference():
    results = results_of((400, 60), (400, 30))
    first = metrics.bootstrap_revenue_lift(results, seed=1, draws=200)
    assert first == metrics.bootstrap_revenue_lift(results, seed=1, draws=200)
    assert first[0] == pytest.approx(0.75)
    assert first[1] < first[0] < first[2]
    with pytest.raises(NotEnoughData):
        metrics.bootstrap_revenue_lift(results_of((5, 1), (0, 0)), seed=1)
