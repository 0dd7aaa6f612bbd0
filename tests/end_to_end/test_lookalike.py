"""The lookalike request, word for word, through the CodeAct agent with recorded replies."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import nbformat
import pytest

from conftest import ROOT, Runner

REQUEST = ROOT / "corpus" / "requests" / "lookalike"
RECORDING = ROOT / "corpus" / "recordings" / "lookalike"


@pytest.fixture(scope="module")
def session(
    inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The session folder of one recorded run."""
    out = tmp_path_factory.mktemp("run") / "session"
    done = inhouse(
        "run",
        (REQUEST / "request.md").read_text().strip(),
        "--config",
        ROOT / "corpus" / "inhouse.toml",
        "--data",
        data[0],
        "--out",
        out,
        "--index",
        index,
        "--model",
        f"recorded:{RECORDING}",
        "--strict",
        "--yes",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def test_the_checker_accepts_the_result(session: Path, data: tuple[Path, Path]) -> None:
    done = subprocess.run(
        [
            str(ROOT / ".venv" / "bin" / "python"),
            str(REQUEST / "check.py"),
            "--out",
            str(session / "outputs" / "audiences"),
            "--data",
            str(data[0]),
            "--truth",
            str(data[1]),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_trace_event_follows_the_documented_schema(session: Path) -> None:
    schema = json.loads((ROOT / "docs" / "trace.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    events = [json.loads(line) for line in (session / "trace.jsonl").read_text().splitlines()]
    for event in events:
        validator.validate(event)
    assert [event["seq"] for event in events] == list(range(len(events)))
    assert {"task", "retrieval", "prompt", "reply", "action", "observation", "gate", "end"} <= {
        event["type"] for event in events
    }


def test_the_notebook_is_valid(session: Path) -> None:
    notebook = nbformat.read(session / "session.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert any(cell.cell_type == "code" and cell.outputs for cell in notebook.cells)


def test_the_script_uses_the_house_apis(session: Path) -> None:
    script = (session / "script.py").read_text()
    assert "audience_io" in script
    assert "cdp_client" in script
    assert "to_parquet" not in script
