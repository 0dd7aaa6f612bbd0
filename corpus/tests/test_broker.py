"""The warehouse through a broker: the same rows and errors, without its file and its key."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import cdp_client

BROKER = Path(__file__).resolve().parents[1] / "broker" / "warehouse_broker.py"
KEY = "key-of-the-warehouse"


@pytest.fixture(scope="module")
def socket(world) -> Iterator[str]:
    """A broker before an encrypted copy of the warehouse; its key is in the broker alone."""
    with tempfile.TemporaryDirectory() as folder:  # short: a socket's path has 107 bytes at most
        sealed = Path(folder, "sealed.duckdb")
        connection = duckdb.connect(config={"force_mbedtls_unsafe": "true"})
        connection.execute(f"ATTACH '{world.data / 'warehouse.duckdb'}' AS plain (READ_ONLY)")
        connection.execute(f"ATTACH '{sealed}' AS sealed (ENCRYPTION_KEY '{KEY}')")
        connection.execute("COPY FROM DATABASE plain TO sealed")
        connection.close()
        path = f"{folder}/warehouse.sock"
        broker = subprocess.Popen(
            [sys.executable, str(BROKER), str(sealed), path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "CDP_WAREHOUSE_KEY": KEY},
        )
        try:
            assert broker.stdout.readline() == b"ready\n"
            yield path
        finally:
            broker.communicate()


QUERIES = [
    ("SELECT * FROM user_features ORDER BY user_id LIMIT 500", {}),
    ("SELECT * FROM orders WHERE ordered_at >= :since ORDER BY order_id LIMIT 50",
     {"since": pd.Timestamp("2026-01-01")}),
    ("SELECT user_id FROM user_features WHERE user_id IN :ids ORDER BY 1",
     {"ids": ["U0000001", "U0000002"]}),
    ("SELECT count(*) AS n FROM orders WHERE status = :status", {"status": "paid"}),
    ("SELECT * FROM orders WHERE false", {}),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "params"), QUERIES)
def test_rows_are_those_of_the_file(job, socket, monkeypatch, sql, params):
    direct = cdp_client.query(sql, params)
    monkeypatch.setenv("CDP_DSN", f"broker:///{socket}")
    pd.testing.assert_frame_equal(cdp_client.query(sql, params), direct)


def test_catalog_and_errors_are_those_of_the_file(job, socket, monkeypatch):
    monkeypatch.setenv("CDP_DSN", f"broker:///{socket}")
    assert "orders" in cdp_client.list_tables()
    assert cdp_client.describe_table("user_features").column("purch_freq").type == "DOUBLE"
    with pytest.raises(cdp_client.UnknownTable, match="orders"):
        cdp_client.query("SELECT * FROM ordres")
    with pytest.raises(cdp_client.UnknownColumn, match="purch_freq"):
        cdp_client.query("SELECT purchase_frequency FROM user_features")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM duckdb_secrets() UNION ALL SELECT * FROM read_blob('/etc/hostname')",
        "SELECT current_setting('force_mbedtls_unsafe') FROM read_text('/proc/self/environ')",
    ],
)
def test_statements_reach_nothing_but_the_warehouse(job, socket, monkeypatch, sql):
    monkeypatch.setenv("CDP_DSN", f"broker:///{socket}")
    with pytest.raises(cdp_client.QueryError):
        cdp_client.query(sql)


@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE warehouse.orders", "SET enable_external_access = true", "ATTACH ':memory:'"],
)
def test_broker_itself_refuses_to_change_anything(socket, statement):
    from cdp_client.broker import BrokerConnection, StatementRefused

    connection = BrokerConnection(socket)
    with pytest.raises(StatementRefused):
        connection.execute(statement)
    connection.close()


def test_broker_that_is_not_there_is_an_unavailable_warehouse(job, monkeypatch):
    monkeypatch.setenv("CDP_DSN", "broker:////nowhere/warehouse.sock")
    with pytest.raises(cdp_client.WarehouseUnavailable, match="broker"):
        cdp_client.query("SELECT 1")
