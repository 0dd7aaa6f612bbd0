"""The example team's warehouse through a broker: the cell has no network, no file and no key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from conftest import ROOT, Runner

KEY = "key-of-the-warehouse"

JOB = '''"""Counts the users of each country, from the warehouse."""

from __future__ import annotations

import cdp_client


def main() -> None:
    users = cdp_client.query(
        "SELECT country, count(*) AS users FROM user_features GROUP BY country ORDER BY country"
    )
    if users.empty:
        raise SystemExit("user_features is empty")
    users.to_csv("countries.csv", index=False)


if __name__ == "__main__":
    main()
'''

EXPLORE = """import os, cdp_client
print(cdp_client.list_tables(), os.path.exists("/data"), os.environ.get("CDP_WAREHOUSE_KEY"))
print(cdp_client.query_value("SELECT count(*) FROM user_features"))"""


@pytest.fixture(scope="module")
def socket() -> Iterator[Path]:
    """A broker with an encrypted warehouse; the key is in its environment alone."""
    with tempfile.TemporaryDirectory() as folder:  # short: a socket's path has 107 bytes at most
        warehouse = Path(folder, "warehouse.duckdb")
        connection = duckdb.connect(config={"force_mbedtls_unsafe": "true"})
        connection.execute(f"ATTACH '{warehouse}' AS w (ENCRYPTION_KEY '{KEY}')")
        connection.execute(
            "CREATE TABLE w.user_features AS SELECT 'U' || i AS user_id,"
            " CASE WHEN i % 3 = 0 THEN 'DE' ELSE 'FR' END AS country FROM range(30) t(i)"
        )
        connection.close()
        path = Path(folder, "warehouse.sock")
        broker = subprocess.Popen(
            [sys.executable, ROOT / "corpus/broker/warehouse_broker.py", warehouse, path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "CDP_WAREHOUSE_KEY": KEY},
        )
        try:
            assert broker.stdout.readline() == b"ready\n"
            yield path
        finally:
            broker.communicate()


@pytest.fixture
def team(tmp_path: Path, socket: Path) -> Path:
    """A team's folder: its configuration, a job, and a recording of two replies."""
    libs = ROOT / "corpus" / "libs"
    (tmp_path / "inhouse.toml").write_text(
        f'[run]\npython = "{ROOT}/.venv/bin/python"\npython_path = ["{libs}"]\n'
        f'sockets = ["{socket}"]\nenv = ["CDP_DSN=broker:////run/brokers/warehouse.sock"]\n'
    )
    (tmp_path / "job.py").write_text(JOB)
    replies = [f"I look.\n\n```python\n{EXPLORE}\n```", f"```python\n# final script\n{JOB}```"]
    recording = tmp_path / "recording"
    recording.mkdir()
    events = [
        {"v": 1, "seq": i, "t_ms": 0, "step": i + 1, "type": "reply", "data": reply(text)}
        for i, text in enumerate(replies)
    ]
    (recording / "trace.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))
    return tmp_path


def reply(text: str) -> dict:
    return {"prompt_sha256": "0" * 64, "content": text, "reasoning": "", "tool_calls": [],
            "finish": "stop", "truncated": False, "model": "m", "latency_ms": 0, "warnings": [],
            "usage": {"input_tokens": 0, "output_tokens": 0, "reported": False}}  # fmt: skip


@pytest.mark.parametrize("sandbox", ["bubblewrap", "gvisor", "podman"])
def test_a_job_reads_the_warehouse_in_each_sandbox(
    inhouse: Runner, index: Path, team: Path, sandbox: str
) -> None:
    done = inhouse(
        "gate", "job.py", "--index", index, "--out", "kept", "--no-probes", "--sandbox", sandbox,
        cwd=team,
    )  # fmt: skip
    if done.returncode == 6:
        assert sandbox != "bubblewrap", done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (team / "kept" / "countries.csv").read_text() == "country,users\nDE,10\nFR,20\n"
    uses = [line for line in done.stderr.splitlines() if "broker warehouse.sock" in line]
    assert len(uses) == 2, done.stderr  # two runs
    assert all("bytes sent" in line for line in uses)


def test_every_use_is_in_the_trace(inhouse: Runner, index: Path, team: Path) -> None:
    done = inhouse(
        "run", "Count the users of each country.", "--out", "session", "--index", index,
        "--model", f"recorded:{team / 'recording'}", "--yes", cwd=team,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    trace = (team / "session" / "trace.jsonl").read_text()
    events = [json.loads(line) for line in trace.splitlines()]
    used = {
        (event["type"], event["data"].get("kind", event["data"].get("gate"))): event["data"]
        for event in events
        if "brokers" in event["data"]
    }
    assert set(used) == {("observation", "cell"), ("gate", "runs")}
    cell = used["observation", "cell"]
    assert "['user_features'] False None\n30\n" in cell["output"]
    assert len(cell["brokers"]) == 2
    assert all(line.startswith("warehouse.sock: ") for line in cell["brokers"])
    assert KEY not in trace
    assert "broker socket: warehouse.sock" in events[0]["data"]["sandbox"]
    assert "broker socket: warehouse.sock" in (team / "session" / "report.md").read_text()
