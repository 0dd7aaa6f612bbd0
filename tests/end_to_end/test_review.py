"""A person at a terminal: approves, edits, rejects, saves, deploys, and presses Ctrl-C."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pty
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT, Exchange

RECORDING = ROOT / "corpus" / "recordings" / "lookalike"
LOOKALIKE = (ROOT / "corpus" / "requests" / "lookalike" / "request.md").read_text().strip()
REQUEST = "Write the numbers from 1 to 3 into numbers.csv."
DIFFERENT = "What should be different?"
DECIDE = "[s]ave for later? "
DEPLOY = 'cat > "$TMP_OUT/deployed.py"; printf %s "$INHOUSE_SCRIPT_SHA256" > "$TMP_OUT/digest"'

JOB = '''"""Writes the numbers from 1 to {last}."""

from __future__ import annotations

from pathlib import Path


def main() -> None:
    lines = ["number"] + [str(number) for number in range(1, {last} + 1)]
    Path("numbers.csv").write_text("\\n".join(lines) + "\\n")


if __name__ == "__main__":
    main()
'''


class Terminal:
    """A program on a pseudo-terminal of its own, which it can be interrupted from."""

    def __init__(self, arguments: list[object], **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**os.environ, "NO_COLOR": "1", **environment},
        )
        os.close(theirs)
        self.text = ""
        self._seen = 0
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):  # the other side is closed
            while piece := os.read(self._ours, 4096):
                self.text += piece.decode(errors="replace").replace("\r\n", "\n")

    def poll(self) -> int | None:
        """The exit code, once there is one."""
        return self._process.poll()

    def expect(self, words: str, seconds: float = 300) -> str:
        """Waits until the program has written `words`; what it wrote since the last time."""
        until = time.monotonic() + seconds
        while (at := self.text.find(words, self._seen)) < 0:
            assert time.monotonic() < until and self.poll() is None, self.text
            time.sleep(0.01)
        before, self._seen = self._seen, at + len(words)
        return self.text[before : self._seen]

    def type(self, keys: str) -> None:
        """Presses keys; "\\x03" is Ctrl-C."""
        os.write(self._ours, keys.encode())

    def end(self, seconds: float = 120) -> int:
        """The exit code; all that was written is in `text`."""
        code = self._process.wait(timeout=seconds)
        self._reader.join(timeout=seconds)
        return code

    def close(self) -> None:
        """Ends the program, if it still runs."""
        if self._process.poll() is None:
            self._process.kill()
        self.end()
        os.close(self._ours)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Those that are to be closed."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def decisions(session: Path) -> list[tuple[str, str]]:
    """What was decided, of which script."""
    events = [json.loads(line) for line in (session / "trace.jsonl").read_text().splitlines()]
    return [
        (event["data"]["decision"], event["data"]["script_sha256"])
        for event in events
        if event["type"] == "review"
    ]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_saved_interrupted_and_approved_later(
    binary: Path,
    index: Path,
    data: tuple[Path, Path],
    tmp_path: Path,
    terminals: list[Terminal],
) -> None:
    session = tmp_path / "session"
    common = [
        *("--config", ROOT / "corpus" / "inhouse.toml", "--data", data[0], "--index", index),
        *("--out", session, "--model", f"recorded:{RECORDING}", "--no-patterns"),
    ]
    first = Terminal([binary, "run", LOOKALIKE, *common])
    terminals.append(first)
    first.expect(DIFFERENT)
    first.type("\n")
    shown = first.expect(DECIDE)
    assert "def main(" in shown
    first.type("s\n")
    assert first.end() == 0, first.text
    script = digest(session / "script.py")
    assert decisions(session) == [("saved", script)]

    interrupted = Terminal([binary, "run", "--resume", *common])
    terminals.append(interrupted)
    assert "def main(" in interrupted.expect(DECIDE)
    interrupted.type("\x03")
    assert interrupted.end() == 130
    assert decisions(session) == [("saved", script)]

    deploying = ["--deploy", DEPLOY]
    approving = Terminal([binary, "run", "--resume", *common, *deploying], TMP_OUT=str(tmp_path))
    terminals.append(approving)
    approving.expect(DECIDE)
    approving.type("a\n")
    assert approving.end() == 0, approving.text
    assert decisions(session) == [("saved", script), ("approved", script), ("deployed", script)]
    assert (tmp_path / "digest").read_text() == script
    assert digest(tmp_path / "deployed.py") == script

    over = subprocess.run(
        [str(part) for part in (binary, "run", "--resume", *common, "--yes")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert over.returncode == 3, over.stderr
    assert "is over (done)" in over.stderr


@pytest.fixture
def small(binary: Path, index: Path, tmp_path: Path) -> list[object]:
    """Arguments of a run whose model the test plays."""
    config = tmp_path / "inhouse.toml"
    config.write_text(f'[run]\npython = "{ROOT}/.venv/bin/python"\n')
    return [
        *(binary, "run", "--config", config, "--index", index, "--out", tmp_path / "session"),
        *("--model", f"exchange:{tmp_path / 'exchange'}", "--no-patterns"),
    ]


def final(last: int) -> str:
    return f"```python\n# final script\n{JOB.format(last=last)}```\n"


def test_rejected_with_a_reason_mended_edited_and_deployed(
    small: list[object], tmp_path: Path, terminals: list[Terminal]
) -> None:
    session = tmp_path / "session"
    editor = tmp_path / "editor.py"  # spoils the script the first time, then changes it
    editor.write_text(
        "import pathlib, sys\n"
        "path, spoiled = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).with_name('spoiled')\n"
        "if spoiled.exists():\n"
        "    path.write_text(path.read_text().replace('range(1, 4 + 1)', 'range(1, 5 + 1)'))\n"
        "else:\n"
        "    spoiled.touch()\n"
        "    path.write_text(path.read_text().replace('range(1, ', 'rnge(1, '))\n"
    )
    exchange = Exchange(tmp_path / "exchange")
    person = Terminal(
        [*small, REQUEST, "--deploy", DEPLOY],
        TMP_OUT=str(tmp_path),
        VISUAL="",
        EDITOR=f"{ROOT}/.venv/bin/python {editor}",
    )
    terminals.append(person)
    exchange.await_prompt(person)
    exchange.answer(final(3))
    person.expect(DIFFERENT)
    person.type("\n")
    person.expect(DECIDE)
    rejected = digest(session / "script.py")
    person.type("r\n")
    person.expect("What is wrong?")
    person.type("it should go up to four\n")

    exchange.await_prompt(person)
    prompt = exchange.folder / f"{exchange.seen:04d}.prompt.md"
    assert "it should go up to four" in prompt.read_text()
    exchange.answer(final(4))
    person.expect(DIFFERENT)
    person.type("\n")
    assert "changed since the version before" in person.expect(DECIDE)
    mended = digest(session / "script.py")
    assert (session / "outputs" / "numbers.csv").read_text() == "number\n1\n2\n3\n4\n"

    person.type("e\n")
    refused = person.expect(DECIDE)
    assert "rnge" in refused
    assert "the edited script did not pass; the one before it stays" in refused
    assert digest(session / "script.py") == mended
    person.type("e\n")
    assert "the edited script passed" in person.expect(DECIDE)
    assert (session / "outputs" / "numbers.csv").read_text() == "number\n1\n2\n3\n4\n5\n"
    person.type("a\n")
    assert person.end() == 0, person.text

    edited = digest(session / "script.py")
    assert decisions(session) == [("rejected", rejected), ("edited", edited), ("deployed", edited)]
    assert (tmp_path / "deployed.py").read_bytes() == (session / "script.py").read_bytes()
    assert (tmp_path / "digest").read_text() == edited
    assert "range(1, 5 + 1)" in (tmp_path / "deployed.py").read_text()


def test_ctrl_c_at_the_first_question_is_no_answer(
    small: list[object], tmp_path: Path, terminals: list[Terminal]
) -> None:
    session = tmp_path / "session"
    exchange = Exchange(tmp_path / "exchange")
    person = Terminal([*small, REQUEST])
    terminals.append(person)
    exchange.await_prompt(person)
    exchange.answer("ASK: Up to which number?\n")
    person.expect("Your answer")
    person.type("\x03")
    assert person.end() == 130, person.text

    person = Terminal([*small, "--resume"])
    terminals.append(person)
    person.expect("Your answer")
    person.type("three\n")
    exchange.await_prompt(person)
    exchange.answer(final(3))
    person.expect(DIFFERENT)
    person.type("\x03")
    assert person.end() == 130, person.text
    assert "--resume asks again" in person.text
    assert decisions(session) == []

    person = Terminal([*small, "--resume"])
    terminals.append(person)
    person.expect(DECIDE)
    person.type("a\n")
    assert person.end() == 0, person.text
    assert decisions(session) == [("approved", digest(session / "script.py"))]
