"""The generator: the same content each time, and a world that hangs together."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import generate

GENERATOR = Path(generate.__file__)
FEATURES = ["purch_freq", "avg_ov", "days_last_purch"]


def read(data: Path, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(data / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(sql).df()


def test_same_seed_gives_the_same_content_in_another_process(world, tmp_path):
    command = [sys.executable, str(GENERATOR), "--out", str(tmp_path / "data")]
    command += ["--truth", str(tmp_path / "truth"), "--users", "8000", "--seed", "7"]
    subprocess.run(command, check=True, capture_output=True)
    for file in ("data.json", "high_value_q1.csv", "high_value_tiny.csv"):
        assert (tmp_path / "data" / file).read_bytes() == (world.data / file).read_bytes()
    truths = [pd.read_parquet(f / "affinity.parquet") for f in (tmp_path / "truth", world.truth)]
    assert truths[0].equals(truths[1])


def test_another_seed_gives_another_world(world):
    other = generate.build_world(2_000, seed=8)
    same_size = generate.build_world(2_000, seed=9)
    assert generate.frame_digest(other.tables["orders"]) != generate.frame_digest(
        same_size.tables["orders"]
    )


def test_listing_has_the_digest_of_what_is_in_the_warehouse(world):
    listing = json.loads((world.data / "data.json").read_text())
    assert set(listing["tables"]) == set(world.tables)
    for name, digest in listing["tables"].items():
        assert generate.frame_digest(world.tables[name]) == digest
        assert len(read(world.data, f'SELECT * FROM "{name}"')) == len(world.tables[name])


def test_truth_is_not_in_the_warehouse(world):
    columns = read(world.data, "SELECT column_name FROM information_schema.columns")
    assert not columns["column_name"].str.contains("affinity").any()
    assert not list(world.data.rglob("*affinity*"))


def test_features_come_from_the_orders(world):
    frame = read(
        world.data,
        "SELECT f.purch_freq, f.avg_ov, f.days_last_purch, o.* FROM user_features f JOIN ("
        " SELECT user_id, avg(amount) AS mean,"
        "  count(*) FILTER (ordered_at >= TIMESTAMP '2025-04-01') AS recent,"
        "  date_diff('day', max(ordered_at)::DATE, DATE '2026-04-01') AS days"
        " FROM orders WHERE status = 'paid' GROUP BY user_id) o USING (user_id)",
    )
    assert len(frame) == len(world.tables["user_features"])
    full = frame.dropna()
    assert (full["purch_freq"] == full["recent"]).all()
    assert np.allclose(full["avg_ov"], full["mean"], atol=0.006)
    assert (full["days"] - full["days_last_purch"]).between(0, 1).all()


def test_features_have_gaps_and_seeds_have_some_too(world):
    features = world.tables["user_features"].set_index("user_id")[FEATURES]
    assert features.isna().mean().between(0.02, 0.04).all()
    seeds = pd.read_csv(world.data / "high_value_q1.csv")
    assert list(seeds.columns) == ["user_id", "country", "added_on", "source"]
    assert features.loc[seeds["user_id"]].isna().any(axis=None)


def test_seeds_lean_towards_the_affinity_but_not_all(world):
    truth = pd.read_parquet(world.truth / "affinity.parquet").set_index("user_id")["affinity"]
    seeds = pd.read_csv(world.data / "high_value_q1.csv")["user_id"]
    assert truth[seeds].mean() > 3 * truth.mean()
    assert (truth[seeds] < truth.quantile(0.9)).mean() > 0.05


def test_rows_belong_to_known_users_and_lie_before_the_snapshot(world):
    known = set(world.tables["user_features"]["user_id"])
    for name, frame in world.tables.items():
        if "user_id" in frame.columns:
            assert set(frame["user_id"]) <= known, name
        for column in frame.select_dtypes("datetime").columns:
            if column != "ended_on":
                assert frame[column].max() < generate.SNAPSHOT, (name, column)


def test_nothing_happens_before_the_signup(world):
    for table, column in (("orders", "ordered_at"), ("user_events", "event_at")):
        early = read(
            world.data,
            f"SELECT count(*) AS n FROM {table} t JOIN user_features USING (user_id)"
            f" WHERE t.{column} < signup_date",
        )
        assert early["n"].iloc[0] == 0, table


def test_touchpoints_belong_to_campaigns_of_their_channel(world):
    merged = world.tables["touchpoints"].merge(
        world.tables["campaigns"], on="campaign_id", how="left", suffixes=("", "_campaign")
    )
    assert (merged["channel"] == merged["channel_campaign"]).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--users", "10"], "at least 2000"), (["--truth", "{out}/truth"], "must not lie inside")],
)
def test_bad_arguments_are_refused(tmp_path, capsys, arguments, message):
    out = tmp_path / "data"
    filled = [argument.format(out=out) for argument in arguments]
    assert generate.main(["--out", str(out), *filled]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()
