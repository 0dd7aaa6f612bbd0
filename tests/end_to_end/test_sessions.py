"""Sessions from the outside: killed and resumed, looked at, replayed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import jsonschema
import pytest

from conftest import ROOT, Exchange, Runner, facts

RECORDING = ROOT / "corpus" / "recordings" / "lookalike"
REQUEST = (ROOT / "corpus" / "requests" / "lookalike" / "request.md").read_text().strip()


def options(index: Path, data: tuple[Path, Path], out: Path) -> list[str]:
    config = ROOT / "corpus" / "inhouse.toml"
    return [
        *("--config", str(config), "--data", str(data[0]), "--index", str(index)),
        *("--out", str(out)),
    ]


def story(session: Path) -> list[tuple]:
    """What the trace says without times, numbers of lines and ends."""
    lines = (session / "trace.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    return [
        (event["step"], event["type"], json.dumps(event["data"].get("text")))
        for event in events
        if event["type"] not in ("end", "review") and (event["type"] != "task" or event["seq"] == 0)
    ]


@pytest.fixture(scope="module")
def whole(
    inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A run that nobody disturbed."""
    out = tmp_path_factory.mktemp("whole") / "session"
    model = ("--model", f"recorded:{RECORDING}", "--yes")
    done = inhouse("run", REQUEST, *options(index, data, out), *model)
    assert done.returncode == 0, done.stderr
    return out


def kill_after(binary: Path, arguments: list[str], session: Path, lines: int) -> None:
    """Runs the program and kills it when the trace holds so many lines."""
    process = subprocess.Popen(
        [str(binary), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    trace = session / "trace.jsonl"
    while process.poll() is None:
        if trace.exists() and trace.read_bytes().count(b"\n") >= lines:
            os.kill(process.pid, signal.SIGKILL)
            break
        time.sleep(0.005)
    process.wait(timeout=60)


def recorded_replies() -> list[str]:
    """What the model of the recording said."""
    events = [json.loads(line) for line in (RECORDING / "trace.jsonl").read_text().splitlines()]
    texts = [event["data"]["content"] for event in events if event["type"] == "reply"]
    return [
        text if isinstance(text, str) else (RECORDING / "blobs" / text["blob"]).read_text()
        for text in texts
    ]


def test_killed_at_every_step_it_comes_to_the_same_end(
    whole: Path, binary: Path, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    session = tmp_path / "session"
    exchange = Exchange(tmp_path / "exchange")
    common = [*options(index, data, session), "--yes", "--model", f"exchange:{exchange.folder}"]
    replies = recorded_replies()
    for number, reply in enumerate(replies):
        begin = ["--resume"] if number > 0 else [REQUEST]
        process = subprocess.Popen(
            [str(binary), "run", *begin, *common],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        exchange.await_prompt(process)
        exchange.answer(reply)
        if number + 1 == len(replies):
            assert process.wait(timeout=600) == 0
            break
        exchange.await_prompt(process)  # the step is done, and recorded
        os.kill(process.pid, signal.SIGKILL)
        process.wait(timeout=60)
    assert facts(session) == facts(whole)
    assert (session / "script.py").read_bytes() == (whole / "script.py").read_bytes()
    files = sorted(path for path in (whole / "outputs").rglob("*") if path.is_file())
    assert files
    for path in files:
        again = session / "outputs" / path.relative_to(whole / "outputs")
        assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("lines", [6, 12])
def test_a_killed_run_is_resumed(
    lines: int,
    whole: Path,
    inhouse: Runner,
    binary: Path,
    index: Path,
    data: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    session = tmp_path / "session"
    model = ["--model", f"recorded:{RECORDING}", "--yes"]
    kill_after(binary, ["run", REQUEST, *options(index, data, session), *model], session, lines)
    assert not (session / "script.py").exists()
    done = inhouse("run", "--resume", *options(index, data, session), *model)
    assert done.returncode == 0, done.stderr
    assert (session / "script.py").read_bytes() == (whole / "script.py").read_bytes()
    before, now = story(whole), story(session)
    if before == now:
        return
    # A block that was running is not run again: its observation says so.
    told = [text for _, kind, text in now if kind == "observation" and "not run again" in text]
    assert len(told) == 1, now


def test_resume_needs_a_session_and_no_request(
    inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    model = ("--model", f"recorded:{RECORDING}")
    done = inhouse("run", "--resume", *options(index, data, tmp_path / "none"), *model)
    assert done.returncode == 3
    assert "is no session" in done.stderr
    done = inhouse("run", "x", "--resume", *options(index, data, tmp_path / "none"), *model)
    assert done.returncode == 2
    done = inhouse("run", *options(index, data, tmp_path / "none"), *model)
    assert done.returncode == 2
    assert "no request" in done.stderr
    done = inhouse("run", " \t\n", *options(index, data, tmp_path / "none"), *model)
    assert done.returncode == 2, "a blank request is none"
    done = inhouse("run", "x", "--usd", "-1", *options(index, data, tmp_path / "none"), *model)
    assert done.returncode == 2
    assert "'-1' is no amount above 0" in done.stderr


def first_replies(folder: Path, count: int) -> str:
    """A model that gives the first replies of the recording, and then none."""
    folder.mkdir()
    shutil.copytree(RECORDING / "blobs", folder / "blobs")
    kept, given = [], 0
    for line in (RECORDING / "trace.jsonl").read_text().splitlines():
        given += json.loads(line)["type"] == "reply"
        kept.append(line)
        if given == count:
            break
    (folder / "trace.jsonl").write_text("\n".join(kept) + "\n")
    return f"recorded:{folder}"


def test_a_session_goes_on_as_it_was_begun(
    inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    session = tmp_path / "session"
    common = [*options(index, data, session), "--yes"]
    one = ("--model", first_replies(tmp_path / "one", 1))
    broken = inhouse("run", REQUEST, *common, *one, "--steps", "20")
    # The model has no more to say: the line tells how to go on.
    assert broken.returncode == 5, broken.stderr
    assert f"inhouse run --resume --out {session}" in broken.stderr
    other = inhouse("run", "--resume", *common, *one, "--strategy", "react")
    assert other.returncode == 2
    assert "begun with codeact" in other.stderr
    unknown = inhouse("run", "--resume", *common, *one, "--strategy", "nosuch")
    assert unknown.returncode == 2
    empty = tmp_path / "inhouse.toml"
    empty.touch()
    bare = [*("--config", str(empty), "--index", str(index)), *("--out", str(session)), "--yes"]
    without = inhouse("run", "--resume", *bare, *one, cwd=tmp_path)
    assert without.returncode == 3, without.stderr
    assert "--data" in without.stderr
    every = ("--model", f"recorded:{RECORDING}")
    done = inhouse("run", "--resume", *common, *every)
    assert done.returncode == 0, done.stderr
    tasks = [
        event["data"]["limits"]["steps"]
        for event in map(json.loads, (session / "trace.jsonl").read_text().splitlines())
        if event["type"] == "task"
    ]
    assert tasks == [20, 20]


def test_an_interrupted_run_says_how_to_go_on(
    binary: Path, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    session = tmp_path / "session"
    exchange = Exchange(tmp_path / "exchange")
    model = ("--model", f"exchange:{exchange.folder}")
    process = subprocess.Popen(
        [str(binary), "run", REQUEST, *options(index, data, session), *model],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    exchange.await_prompt(process)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert f"inhouse run --resume --out {session}" in errors


def test_a_finished_run_says_how_to_go_on(
    whole: Path, inhouse: Runner, index: Path, data: tuple[Path, Path]
) -> None:
    model = ("--model", f"recorded:{RECORDING}")
    done = inhouse("run", "--resume", *options(index, data, whole), *model)
    assert done.returncode == 3
    assert "--then" in done.stderr


def test_a_script_that_nobody_decided_on_is_reviewed_later(
    whole: Path, inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    session = tmp_path / "session"
    shutil.copytree(whole, session)
    trace = session / "trace.jsonl"
    lines = trace.read_text().splitlines(keepends=True)
    assert json.loads(lines[-1])["type"] == "review"
    trace.write_text("".join(lines[:-1]))  # as Ctrl-C in the review leaves it
    resume = ("run", "--resume", *options(index, data, session), "--model", f"recorded:{RECORDING}")
    deployed = tmp_path / "deployed.py"
    done = inhouse(*resume, "--yes", "--deploy", f"cat > {deployed}")
    assert done.returncode == 0, done.stderr
    assert "outcome  done" in done.stdout
    assert deployed.read_bytes() == (session / "script.py").read_bytes()
    done = inhouse(*resume, "--yes")
    assert done.returncode == 3, "it was decided on"


def test_the_trace_is_shown(whole: Path, inhouse: Runner) -> None:
    done = inhouse("trace", whole)
    assert done.returncode == 0
    assert "step 1\n" in done.stdout
    assert "gate        reproducible passed" in done.stdout
    assert "end         done" in done.stdout
    done = inhouse("trace", whole, "--step", "1")
    assert "== observation" in done.stdout
    done = inhouse("trace", whole, "--step", "99")
    assert done.returncode == 1
    assert inhouse("trace", whole.parent).returncode == 3


def test_a_replay_sees_what_changed(
    whole: Path, inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    done = inhouse("replay", whole, *options(index, data, tmp_path / "again"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "every observation is as it was" in done.stdout
    empty = tmp_path / "empty"
    empty.mkdir()
    changed = (empty, data[1])
    done = inhouse("replay", whole, *options(index, changed, tmp_path / "changed"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert "step 1" in done.stdout


def test_the_time_limit_holds_while_the_model_is_awaited(
    inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    exchange = tmp_path / "exchange"
    arguments = ("--model", f"exchange:{exchange}", "--seconds", "1", "--yes")
    done = inhouse("run", "Say hello", *options(index, data, tmp_path / "s"), *arguments)
    assert done.returncode == 7, done.stderr
    assert "limit of 1 seconds" in done.stderr


def test_a_recording_of_another_request_plays_with_a_note(
    inhouse: Runner, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    session = tmp_path / "s"
    model = ("--model", f"recorded:{RECORDING}", "--yes")
    done = inhouse("run", "Do nothing at all", *options(index, data, session), *model)
    assert "given to another prompt" in done.stdout
    assert "given to another prompt" in (session / "report.md").read_text()


def test_output_that_is_cut_stands_whole_beside_the_trace(
    inhouse: Runner, binary: Path, index: Path, data: tuple[Path, Path], tmp_path: Path
) -> None:
    session = tmp_path / "session"
    exchange = Exchange(tmp_path / "exchange")
    model = ["--model", f"exchange:{exchange.folder}", "--yes"]
    process = subprocess.Popen(
        [str(binary), "run", "Count", *options(index, data, session), *model],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    exchange.await_prompt(process)
    exchange.answer("```python\nfor number in range(30000):\n    print(number)\n```")
    exchange.await_prompt(process)
    process.kill()
    process.wait(timeout=60)
    numbers = "".join(f"{number}\n" for number in range(30000))
    assert (session / "cell-output" / "0001.txt").read_text() == numbers
    prompt = (exchange.folder / "0002.prompt.md").read_text()
    assert "0001.txt" not in prompt  # what the model is told is as it was
    schema = json.loads((ROOT / "docs" / "trace.schema.json").read_text())
    events = [json.loads(line) for line in (session / "trace.jsonl").read_text().splitlines()]
    for event in events:
        jsonschema.validate(event, schema)
    cells = [event["data"] for event in events if event["type"] == "observation"]
    assert cells[0]["output_file"] == "cell-output/0001.txt"
    assert cells[0]["output_bytes"] == len(numbers)
    shown = inhouse("trace", session).stdout
    assert f"whole output cell-output/0001.txt, {len(numbers)} bytes" in shown
