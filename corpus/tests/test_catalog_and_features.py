"""cdp_client: the catalogue, user features, null policies and segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cdp_client
from cdp_client import NullPolicy, Segment

FEATURES = ["purch_freq", "avg_ov", "days_last_purch"]


def test_tables_are_listed_in_order(job, world):
    assert cdp_client.list_tables() == sorted(world.tables)


def test_description_agrees_with_the_table(job, world):
    table = world.tables["user_features"]
    described = cdp_client.describe_table("user_features")
    assert described.rows == len(table)
    assert [column.name for column in described.columns] == list(table.columns)
    for column in described.columns:
        assert column.nulls == table[column.name].isna().sum()
        assert column.distinct == table[column.name].nunique()
    assert described.column("signup_date").type == "DATE"
    assert set(described.to_frame().columns) == {"name", "type", "nulls", "distinct"}
    with pytest.raises(KeyError, match="purchase_frequency"):
        described.column("purchase_frequency")


def test_counting_and_sampling(job, world):
    assert cdp_client.count_rows("orders") == len(world.tables["orders"])
    sample = cdp_client.sample_rows("orders", rows=3)
    assert sample["order_id"].tolist() == ["o00000001", "o00000002", "o00000003"]
    for call in (cdp_client.count_rows, cdp_client.sample_rows, cdp_client.describe_table):
        with pytest.raises(cdp_client.UnknownTable, match="orders"):
            call("order")


def test_features_come_in_the_order_of_the_request(job):
    frame = cdp_client.get_user_features(["u0000009", "u0000002", "u0000009"], columns=FEATURES)
    assert frame["user_id"].tolist() == ["u0000009", "u0000002"]
    assert list(frame.columns) == ["user_id", *FEATURES]


def test_no_users_give_an_empty_frame(job):
    frame = cdp_client.get_user_features([])
    assert frame.empty
    assert "purch_freq" in frame.columns


def test_many_users_are_read_in_chunks(job, world, monkeypatch):
    monkeypatch.setattr("cdp_client.features._ID_CHUNK", 1500)
    ids = world.tables["user_features"]["user_id"].tolist()[::-1]
    assert cdp_client.get_user_features(ids, columns=["region"])["user_id"].tolist() == ids


def test_unknown_users_are_named_or_dropped(job):
    with pytest.raises(cdp_client.UnknownUsers, match=r"1 user\(s\).*nobody") as caught:
        cdp_client.get_user_features(["u0000001", "nobody"])
    assert caught.value.user_ids == ["nobody"]
    frame = cdp_client.get_user_features(["u0000001", "nobody"], on_missing="drop")
    assert frame["user_id"].tolist() == ["u0000001"]
    with pytest.raises(ValueError, match="on_missing"):
        cdp_client.get_user_features(["u0000001"], on_missing="ignore")


def test_all_features_cover_every_user_once(job, world):
    frame = cdp_client.get_all_user_features(FEATURES)
    assert frame["user_id"].tolist() == sorted(world.tables["user_features"]["user_id"])
    with pytest.raises(cdp_client.UnknownColumn, match="avg_ov"):
        cdp_client.get_all_user_features(["average_order_value"])


def test_legacy_names_can_be_spelled_out():
    renamed = cdp_client.rename_legacy_columns(pd.DataFrame(columns=["user_id", *FEATURES]))
    assert list(renamed.columns) == ["user_id", *cdp_client.LEGACY_COLUMNS]


@pytest.fixture
def gappy():
    return pd.DataFrame(
        {"purch_freq": [1.0, 3.0, np.nan, 5.0], "days_last_purch": [10.0, np.inf, 30.0, np.nan]}
    )


@pytest.mark.parametrize(
    ("policy", "freq", "days"),
    [
        (NullPolicy.MEDIAN, 3.0, 20.0),
        (NullPolicy.WORST, 1.0, 30.0),
        (NullPolicy.ZERO, 0.0, 0.0),
    ],
)
def test_null_policies_fill_gaps(gappy, policy, freq, days):
    cleaned = cdp_client.clean_features(gappy, list(gappy.columns), policy)
    assert cleaned["purch_freq"].tolist() == [1.0, 3.0, freq, 5.0]
    assert cleaned["days_last_purch"].tolist() == [10.0, days, 30.0, days]
    assert gappy.isna().sum().sum() == 2


def test_dropping_keeps_the_index(gappy):
    cleaned = cdp_client.clean_features(gappy, ["purch_freq"], NullPolicy.DROP)
    assert cleaned.index.tolist() == [0, 1, 3]


def test_gaps_are_filled_from_the_reference(gappy):
    part = gappy.iloc[[2]]
    cleaned = cdp_client.clean_features(part, ["purch_freq"], reference=gappy)
    assert cleaned["purch_freq"].tolist() == [3.0]
    with pytest.raises(ValueError, match="no value"):
        cdp_client.clean_features(part, ["purch_freq"])
    with pytest.raises(KeyError, match="avg_ov"):
        cdp_client.clean_features(gappy, ["avg_ov"])


def test_gap_shares(job):
    shares = cdp_client.feature_nulls(cdp_client.get_all_user_features())
    assert set(FEATURES) <= set(shares.index)
    assert shares[FEATURES].between(0.02, 0.04).all()
    assert shares.is_monotonic_decreasing


def test_standardizing():
    df = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [7.0, 7.0, 7.0]}, index=[5, 6, 7])
    scaled = cdp_client.standardize_features(df, ["a", "b"])
    assert scaled["a"].mean() == pytest.approx(0)
    assert scaled["a"].std(ddof=0) == pytest.approx(1)
    assert scaled["b"].tolist() == [0, 0, 0]
    assert scaled.index.tolist() == [5, 6, 7]
    other = cdp_client.standardize_features(df.head(1), ["a"], reference=df)
    assert other["a"].iloc[0] == scaled["a"].iloc[0]


def test_percentiles_have_the_best_at_one():
    df = pd.DataFrame({"purch_freq": [1, 2, 2, 9], "days_last_purch": [1, 50, 60, 90]})
    ranks = cdp_client.percentile_ranks(df, ["purch_freq", "days_last_purch"])
    assert ranks["purch_freq"].tolist() == [0.25, 0.625, 0.625, 1.0]
    assert ranks["days_last_purch"].tolist() == [1.0, 0.75, 0.5, 0.25]


def test_deprecated_readers_warn_and_still_work(job):
    with pytest.warns(DeprecationWarning, match="get_user_features"):
        frame = cdp_client.fetch_features(["u0000001", "nobody"])
    assert len(frame) == 1
    with pytest.warns(DeprecationWarning, match="get_orders"):
        orders = cdp_client.load_orders(days=30)
    since = cdp_client.snapshot_date() - pd.Timedelta(days=30)
    assert orders.equals(cdp_client.get_orders(since=since))


def test_segments_split_the_users(job, world):
    users = world.tables["user_features"]
    assert cdp_client.eu_users() == sorted(users.loc[users["region"] == "EU", "user_id"])
    sizes = cdp_client.segment_sizes()
    assert sizes.sum() == len(users)
    assert sizes["EU"] == len(cdp_client.segment_users(" eu "))


@pytest.mark.parametrize("columns", [["region"], ["country"], ["sessions_30d"]])
def test_filtering_a_segment_needs_no_particular_column(job, columns):
    frame = cdp_client.get_all_user_features(columns)
    filtered = cdp_client.filter_segment(frame, Segment.EU)
    assert filtered["user_id"].tolist() == cdp_client.eu_users()
    assert set(filtered.index) <= set(frame.index)


def test_bad_segments_are_explained(job):
    with pytest.raises(cdp_client.CdpError, match="EU, UK, NA, APAC, LATAM"):
        cdp_client.filter_segment(pd.DataFrame({"region": ["EU"]}), "Europe")
    with pytest.raises(KeyError, match="region, country or user_id"):
        cdp_client.filter_segment(pd.DataFrame({"x": [1]}), "EU")


def test_users_by_country(job, world):
    users = world.tables["user_features"]
    wanted = sorted(users.loc[users["country"].isin(["DE", "FR"]), "user_id"])
    assert cdp_client.users_in_countries(["de", " FR", "de"]) == wanted
    assert cdp_client.users_in_countries([]) == []


def test_the_eu_segment_is_the_eu(world):
    users = world.tables["user_features"]
    in_eu = users["country"].isin(cdp_client.EU_COUNTRIES)
    assert ((users["region"] == "EU") == in_eu).all()
    assert len(cdp_client.EU_COUNTRIES) == 27
