"""The example team's warehouse through a broker: the cell has no network, no file and no key."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from conftest import ROOT, Exchange, Runner, facts

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
        log = path.with_suffix(".log")
        with log.open("w") as written:
            broker = subprocess.Popen(
                [sys.executable, ROOT / "corpus/broker/warehouse_broker.py", warehouse, path],
                stdin=subprocess.PIPE,
                stdout=written,
                env={**os.environ, "CDP_WAREHOUSE_KEY": KEY},
            )
        try:
            while "ready\n" not in log.read_text():
                assert broker.poll() is None
                time.sleep(0.02)
            yield path
        finally:
            broker.communicate()


def asked(socket: Path) -> int:
    """How many statements the broker has answered."""
    return socket.with_suffix(".log").read_text().count("statement:")


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
        required = os.environ.get("INHOUSE_REQUIRE", "").split(",")
        assert sandbox not in ["bubblewrap", *required], done.stderr
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


CELLS = [
    "import cdp_client\nusers = cdp_client.query('SELECT country FROM user_features')\nlen(users)",
    "cdp_client.query_value('SELECT count(*) FROM user_features')\n1 / 0",
    "n = cdp_client.query_value(\n"
    "    'SELECT count(*) FROM user_features WHERE country = :c', {'c': users.country[0]}\n)\nn",
]
REQUEST = "Count the users of each country."


def run_through(binary: Path, team: Path, session: Path, index: Path, kill: bool) -> None:
    """Plays the cells and the job through an exchange folder; kills the program after each step."""
    exchange = Exchange(team / f"{session.name}-exchange")
    common = [
        *("--out", session, "--index", index, "--model", f"exchange:{exchange.folder}", "--yes"),
        *("--config", team / "inhouse.toml"),
    ]
    replies = [f"Next.\n\n```python\n{cell}\n```" for cell in CELLS]
    replies.append(f"```python\n# final script\n{JOB}```")
    process = None
    for number, text in enumerate(replies):
        if process is None:
            begin = [REQUEST] if number == 0 else ["--resume"]
            process = subprocess.Popen(
                [str(part) for part in (binary, "run", *begin, *common)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            exchange.await_prompt(process)
        exchange.answer(text)
        if number + 1 < len(replies):
            exchange.await_prompt(process)
        if kill and number + 1 < len(replies):  # the step is done, and recorded
            os.kill(process.pid, signal.SIGKILL)
            process.wait(timeout=60)
            process = None
    assert process.wait(timeout=300) == 0


def test_a_killed_run_asks_its_broker_nothing_twice(
    inhouse: Runner, binary: Path, index: Path, team: Path, socket: Path
) -> None:
    begun = asked(socket)
    run_through(binary, team, team / "whole", index, kill=False)
    whole = asked(socket) - begun
    assert whole >= 5  # three cells, two runs of the job
    run_through(binary, team, team / "killed", index, kill=True)
    assert asked(socket) - begun == 2 * whole
    assert facts(team / "killed") == facts(team / "whole")
    script = (team / "killed" / "outputs" / "countries.csv").read_text()
    assert script == "country,users\nDE,10\nFR,20\n"
    # Nor does a replay, also of its job.
    done = inhouse("replay", team / "killed", "--out", "again", "--index", index, cwd=team)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every observation is as it was" in done.stdout
    assert asked(socket) - begun == 2 * whole
    assert ", from the record" in (team / "again" / "trace.jsonl").read_text()


def test_a_block_that_asks_something_else_now_is_not_rebuilt(
    binary: Path, index: Path, team: Path, socket: Path
) -> None:
    exchange = Exchange(team / "exchange")
    arguments = [
        *("--out", "session", "--index", index, "--model", f"exchange:{exchange.folder}", "--yes"),
        *("--steps", "3"),
    ]
    begun = asked(socket)
    cells = [
        "import os, cdp_client\nother = 7\n"
        "noise = cdp_client.query(f\"SELECT '{os.urandom(8).hex()}' AS x\")",
        "print('other is', other)",
    ]
    for number, cell in enumerate(cells):
        process = subprocess.Popen(
            [str(p) for p in (binary, "run", "--resume" if number else REQUEST, *arguments)],
            cwd=team,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        exchange.await_prompt(process)
        exchange.answer(f"```python\n{cell}\n```")
        exchange.await_prompt(process)
        # The last one tidies up after itself and the killed one.
        process.send_signal(signal.SIGTERM if number else signal.SIGKILL)
        process.wait(timeout=60)
    assert asked(socket) - begun == 1
    told = [fact[3] for fact in facts(team / "session") if fact[1] == "observation"][-1]
    assert "these names are gone:" in told
    assert "noise" in told
    assert "what the block of step 1 made could not be rebuilt" in told
