"""cdp_client: DSN, queries, parameters, and errors that help."""

from __future__ import annotations

import sqlite3

import pandas as pd
import pytest

import cdp_client


def test_query_returns_rows_in_the_order_asked_for(job, world):
    frame = cdp_client.query("SELECT user_id, region FROM user_features ORDER BY user_id DESC")
    assert list(frame.columns) == ["user_id", "region"]
    assert frame["user_id"].iloc[0] == world.tables["user_features"]["user_id"].max()


def test_empty_result_keeps_its_columns(job):
    frame = cdp_client.query("SELECT order_id, amount FROM orders WHERE amount < 0")
    assert frame.empty
    assert list(frame.columns) == ["order_id", "amount"]


def test_parameters_are_values_not_text(job):
    hostile = "EU'; DROP TABLE orders; --"
    sql = "SELECT count(*) FROM user_features WHERE region = :region"
    assert cdp_client.query_value(sql, {"region": hostile}) == 0
    assert cdp_client.query_value(sql, {"region": "EU"}) > 0


@pytest.mark.parametrize("kind", [list, tuple, set, pd.Series, pd.Index])
def test_in_takes_any_collection(job, kind):
    ids = kind(["u0000001", "u0000002"])
    frame = cdp_client.query(
        "SELECT user_id FROM user_features WHERE user_id IN :ids", {"ids": ids}
    )
    assert sorted(frame["user_id"]) == ["u0000001", "u0000002"]


def test_colons_in_strings_casts_and_comments_are_no_parameters(job):
    sql = "-- at 12:30 :nothing\nSELECT 'a:b' AS text, 1::DOUBLE AS number, :x AS value"
    row = cdp_client.query(sql, {"x": 3}).iloc[0]
    assert (row["text"], row["number"], row["value"]) == ("a:b", 1.0, 3)


@pytest.mark.parametrize(
    ("sql", "params", "message"),
    [
        ("  ", None, "empty"),
        ("DROP TABLE orders", None, "only queries are allowed"),
        ("SELECT :a", None, "no value for parameter"),
        ("SELECT 1", {"a": 1}, "do not occur"),
        ("SELECT FROM WHERE", None, "refused"),
    ],
)
def test_bad_statements_are_refused(job, sql, params, message):
    with pytest.raises(cdp_client.QueryError, match=message) as caught:
        cdp_client.query(sql, params)
    assert caught.value.sql == sql


def test_unknown_table_names_near_matches(job):
    with pytest.raises(cdp_client.UnknownTable, match="user_features") as caught:
        cdp_client.query("SELECT * FROM users_feature")
    assert caught.value.name == "users_feature"
    assert caught.value.near[0] == "user_features"


@pytest.mark.parametrize(
    ("spelled_out", "legacy"),
    [
        ("purchase_frequency", "purch_freq"),
        ("average_order_value", "avg_ov"),
        ("avg_order_value", "avg_ov"),
        ("days_since_last_purchase", "days_last_purch"),
        ("days_last_purchase", "days_last_purch"),
    ],
)
def test_spelled_out_column_leads_to_its_legacy_name(job, spelled_out, legacy):
    with pytest.raises(cdp_client.UnknownColumn) as caught:
        cdp_client.query(f"SELECT {spelled_out} FROM user_features")
    assert caught.value.near[0] == legacy
    assert "in user_features" in str(caught.value)


def test_unknown_column_behind_an_alias(job):
    with pytest.raises(cdp_client.UnknownColumn, match="amount"):
        cdp_client.query("SELECT o.amout FROM orders o")


def test_a_name_like_nothing_says_so(job):
    with pytest.raises(cdp_client.UnknownTable, match="nothing is similar"):
        cdp_client.query("SELECT * FROM zzzzzzzz")


def test_query_value_wants_one_value(job):
    with pytest.raises(cdp_client.QueryError, match="expected one value"):
        cdp_client.query_value("SELECT user_id FROM user_features")


def test_batches_cover_the_result_in_order(job):
    sql = "SELECT user_id FROM user_features ORDER BY user_id"
    batches = list(cdp_client.query_batches(sql, batch_rows=3000))
    assert [len(batch) for batch in batches] == [3000, 3000, 2000]
    assert pd.concat(batches, ignore_index=True).equals(cdp_client.query(sql))
    with pytest.raises(ValueError, match="at least 1"):
        next(cdp_client.query_batches(sql, batch_rows=0))


def test_connect_serves_several_queries_and_cannot_write(job):
    with cdp_client.connect() as connection:
        first = cdp_client.query("SELECT 1 AS one", connection=connection)
        second = cdp_client.query("SELECT 2 AS two", connection=connection)
        assert (first["one"].iloc[0], second["two"].iloc[0]) == (1, 2)
        with pytest.raises(Exception, match="read-only"):
            connection.execute("CREATE TABLE x (y INTEGER)")


@pytest.mark.parametrize(
    ("dsn", "message"),
    [
        ("", "not set"),
        ("warehouse", "no scheme"),
        ("duckdb:////nowhere/at/all.duckdb", "does not exist"),
        ("duckdb:///", "must look like"),
        ("nosuchdialect://host/db", "cannot open the 'nosuchdialect' warehouse"),
    ],
)
def test_unusable_dsn_is_explained(monkeypatch, dsn, message):
    monkeypatch.setenv("CDP_DSN", dsn)
    with pytest.raises(cdp_client.WarehouseUnavailable, match=message):
        cdp_client.query("SELECT 1")


def test_a_file_that_is_no_warehouse_is_explained(monkeypatch, tmp_path):
    (tmp_path / "x.duckdb").write_text("this is text, and rather more of it than a header " * 200)
    monkeypatch.setenv("CDP_DSN", f"duckdb:///{tmp_path / 'x.duckdb'}")
    with pytest.raises(cdp_client.WarehouseUnavailable, match="cannot open"):
        cdp_client.query("SELECT 1")


@pytest.fixture
def sqlite_warehouse(tmp_path, monkeypatch):
    path = tmp_path / "w.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE user_features (user_id TEXT, purch_freq REAL)")
        connection.executemany("INSERT INTO user_features VALUES (?, ?)", [("a", 1.0), ("b", None)])
    monkeypatch.setenv("CDP_DSN", f"sqlite:///{path}")


def test_other_schemes_go_through_sqlalchemy(sqlite_warehouse):
    frame = cdp_client.query(
        "SELECT * FROM user_features WHERE user_id IN :ids", {"ids": ["a", "z"]}
    )
    assert frame["user_id"].tolist() == ["a"]
    assert cdp_client.get_user_features(["b", "a"])["user_id"].tolist() == ["b", "a"]
    assert cdp_client.describe_table("user_features").column("purch_freq").nulls == 1


def test_other_schemes_give_the_same_errors(sqlite_warehouse):
    with pytest.raises(cdp_client.UnknownColumn) as caught:
        cdp_client.query("SELECT purchase_frequency FROM user_features")
    assert caught.value.near == ["purch_freq"]
    with pytest.raises(cdp_client.UnknownTable, match="user_features"):
        cdp_client.query("SELECT * FROM user_feature")
