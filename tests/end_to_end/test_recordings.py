"""Every recorded run goes the same way again: prompts, observations and script."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conftest import ROOT, Runner

RECORDINGS = sorted(path.parent for path in (ROOT / "corpus" / "recordings").glob("*/trace.jsonl"))


def last_script(recording: Path) -> str:
    """The final script that the recorded run ended with."""
    script = ""
    for line in (recording / "trace.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["type"] != "action" or not event["data"]["final"]:
            continue
        text = event["data"]["text"]
        script = text if isinstance(text, str) else (recording / "blobs" / text["blob"]).read_text()
    return script


def failed_probes(recording: Path) -> bool:
    """Whether a script of the run went back because of the fault probes."""
    events = [json.loads(line) for line in (recording / "trace.jsonl").read_text().splitlines()]
    gates = [event["data"] for event in events if event["type"] == "gate"]
    return any(gate["gate"] == "fault probes" and not gate["passed"] for gate in gates)


def config_for(recording: Path, folder: Path) -> Path:
    """The team's configuration; without the probes where they found nothing, which takes long."""
    config = ROOT / "corpus" / "inhouse.toml"
    if failed_probes(recording):
        return config
    text = config.read_text().replace('["libs"]', f'["{ROOT / "corpus" / "libs"}"]')
    copy = folder / "inhouse.toml"
    copy.write_text(text + "\n[gates]\nprobes = false\n")
    return copy


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_a_recording_replays_strictly(
    recording: Path, inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    out = tmp_path / "session"
    done = inhouse(
        *("replay", recording, "--strict", "--out", out, "--data", data[0], "--index", index),
        *("--config", config_for(recording, tmp_path)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every observation is as it was" in done.stdout
    script = last_script(recording)
    if script:
        assert (out / "script.py").read_text() == script
