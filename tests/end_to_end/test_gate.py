"""inhouse gate: every check of a final script, outside of a run, as a person calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import GOOD, ROOT, Runner

# What every way to be careless looks like: an empty result whenever anything is wrong.
CARELESS = GOOD.replace("raise SystemExit(", "rows = list(").replace(
    'rows = list("users.csv', 'rows = [] or list() or list("" and "users.csv'
)


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("users") / "data"
    folder.mkdir()  # unlike its parent readable for others, as the sandbox's user needs it
    lines = ["user_id,country", *(f"u{i},{'DE' if i % 2 else 'FR'}" for i in range(20))]
    (folder / "users.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A good script, in a folder with an empty configuration."""
    (tmp_path / "inhouse.toml").write_text("")
    (tmp_path / "job.py").write_text(GOOD)
    return tmp_path / "job.py"


def test_a_good_script_passes_every_gate(
    inhouse: Runner, index: Path, users: Path, job: Path
) -> None:
    done = inhouse(
        "gate", job, "--data", users, "--index", index, "--json", "--out", "kept", cwd=job.parent
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["schema"] == 1
    assert report["passed"] is True
    assert [gate["gate"] for gate in report["gates"]] == [
        "text", "house rules", "contract", "runs", "reproducible", "fault probes",
    ]  # fmt: skip
    assert report["outputs"] == ["known.csv"]
    assert (job.parent / "kept" / "known.csv").read_text().count("\n") == 21
    probes = report["gates"][-1]["output"].splitlines()
    assert len(probes) >= 7
    assert all(": clear error: " in line for line in probes), probes


def test_findings_are_exit_one_with_file_and_line(
    inhouse: Runner, index: Path, users: Path, job: Path
) -> None:
    assert "rows = [] or list()" in CARELESS
    job.write_text(CARELESS)
    done = inhouse("gate", "job.py", "--data", users, "--index", index, cwd=job.parent)
    assert done.returncode == 1
    assert "fault probes: failed" in done.stdout
    assert "known.csv: it has no rows" in done.stdout
    job.write_text(GOOD + "\nPASSWORD = 'hunter2hunter2'\n")
    done = inhouse("gate", "job.py", "--data", users, "--index", index, cwd=job.parent)
    assert done.returncode == 1
    assert "job.py:26: error: the value of 'PASSWORD'" in done.stdout
    assert "runs:" not in done.stdout


def test_the_contract_check_is_one_of_them(
    inhouse: Runner, index: Path, users: Path, job: Path
) -> None:
    job.write_text(GOOD.replace("import csv", "import csv\nimport audience_io\naudience_io.nope()"))
    done = inhouse("gate", "job.py", "--data", users, "--index", index, cwd=job.parent)
    assert done.returncode == 1
    assert "contract: failed" in done.stdout
    missing = inhouse("gate", "job.py", "--data", users, "--index", "none", cwd=job.parent)
    assert missing.returncode == 4


def test_probes_and_team_gates_are_configured(inhouse: Runner, users: Path, job: Path) -> None:
    header = "import json, sys; code = sys.stdin.read(); print(json.dumps({'message': 'no owner'}))"
    job.with_name("check.py").write_text(header)
    job.with_name("inhouse.toml").write_text(
        "[gates]\nprobes = false\n"
        '[[gates.command]]\nname = "owner"\ncommand = ["python3", "check.py"]\n'
    )
    done = inhouse("gate", "job.py", "--data", users, cwd=job.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "job.py: warning: no owner [owner]" in done.stdout
    assert "fault probes" not in done.stdout
    assert "there is no index here" in done.stderr
    job.with_name("check.py").write_text("print('fine')")
    done = inhouse("gate", "job.py", "--data", users, cwd=job.parent)
    assert done.returncode == 1
    assert "the gate could not judge the script: it printed 'fine'" in done.stdout


def test_ctrl_c_ends_a_gate_command(binary: Path, users: Path, job: Path) -> None:
    job.with_name("slow.sh").write_text("echo $$ > pid\nsleep 300 &\nwait\n")
    job.with_name("inhouse.toml").write_text(
        '[[gates.command]]\nname = "slow"\ncommand = ["sh", "slow.sh"]\n'
    )
    process = subprocess.Popen(
        [str(binary), "gate", "job.py", "--data", str(users)], cwd=job.parent,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    pid_file = job.with_name("pid")
    await_true(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    group = int(pid_file.read_text())
    await_true(lambda: not group_lives(group))


def await_true(condition: Callable[[], bool]) -> None:
    """Look until it holds, at most for a minute."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_rule_that_names_no_api_is_said(
    inhouse: Runner, index: Path, users: Path, job: Path
) -> None:
    job.with_name("inhouse.toml").write_text(
        "[gates]\nprobes = false\n"
        '[[rules.prefer]]\nuse = "audience_io.write_audience"\n'
        'instead_of = "DataFrame.to_parquet"\n'
        '[[rules.prefer]]\nuse = "audience_io.write_audiences"\ninstead_of = "DataFrame.to_csv"\n'
    )
    done = inhouse("gate", "job.py", "--data", users, "--index", index, cwd=job.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    notes = [line for line in done.stderr.splitlines() if "rules.prefer" in line]
    assert len(notes) == 1
    assert "inhouse.toml:6: [[rules.prefer]] use = 'audience_io.write_audiences'" in notes[0]
    assert "mend the name" in notes[0]


def test_declared_invariants_are_held_against_outputs(
    inhouse: Runner, users: Path, job: Path
) -> None:
    job.with_name("inhouse.toml").write_text(
        '[[invariants]]\noutput = "known.csv"\nmin_rows = 10\nunique = ["user_id"]\n'
        'share = { column = "country", value = "DE", min = 0.8 }\n'
    )
    done = inhouse("gate", "job.py", "--data", users, cwd=job.parent)
    assert done.returncode == 1
    assert "50% of the rows have country 'DE', 80% to 100% are wanted" in done.stdout


def test_bad_input_is_one_line(inhouse: Runner, users: Path, job: Path) -> None:
    absent = inhouse("gate", "absent.py", "--data", users, cwd=job.parent)
    assert absent.returncode == 3
    assert absent.stderr.count("\n") == 1
    assert inhouse("gate", "job.py", "--data", "nowhere", cwd=job.parent).returncode == 3
    job.with_name("inhouse.toml").write_text(
        '[[gates.command]]\nname = "owner"\ncommand = ["no-such-program"]\n'
    )
    done = inhouse("gate", "job.py", "--data", users, cwd=job.parent)
    assert done.returncode == 3
    assert "no-such-program is not a program" in done.stderr


def test_the_team_s_lookalike_script_passes(
    inhouse: Runner, index: Path, data: tuple[Path, Path]
) -> None:
    request = ROOT / "corpus" / "requests" / "lookalike"
    done = inhouse(
        "gate", request / "scripts" / "right_percentile.py",
        "--data", data[0], "--config", ROOT / "corpus" / "inhouse.toml", "--index", index,
        "--request", (request / "request.md").read_text(),
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_rules_are_suggested_with_their_evidence(
    inhouse: Runner, index: Path, tmp_path: Path
) -> None:
    done = inhouse("rules", "suggest", "--index", index, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rules = {rule["instead_of"]: rule for rule in json.loads(done.stdout)["prefer"]}
    assert rules["duckdb.connect"]["use"] == "cdp_client.query"
    assert "jobs call cdp_client.query" in rules["duckdb.connect"]["reason"]
    assert not any(rule["use"].split(".")[0] == name.split(".")[0] for name, rule in rules.items())
