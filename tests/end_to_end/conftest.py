"""Shared by the end-to-end tests: where the built program is, and an index of the corpus."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# A script that passes every gate.
GOOD = '''"""Copies the users whose country is known."""

from __future__ import annotations

import csv


def main() -> None:
    with open("/data/users.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    if len(rows) < 5 or "country" not in rows[0] or "user_id" not in rows[0]:
        raise SystemExit("users.csv needs the columns user_id and country, and five users")
    if not all(row["user_id"] and row["country"] for row in rows):
        raise SystemExit("users.csv: user_id or country is empty")
    if len({row["user_id"] for row in rows}) != len(rows):
        raise SystemExit("users.csv: user_id is not unique")
    with open("known.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, ["user_id", "country"], lineterminator="\\n")
        writer.writeheader()
        writer.writerows({c: row[c] for c in ("user_id", "country")} for row in rows)


if __name__ == "__main__":
    main()
'''


@pytest.fixture(scope="session")
def binary() -> Path:
    """The program under test."""
    return Path(os.environ.get("INHOUSE_BINARY", ROOT / "build" / "inhouse"))


Runner = Callable[..., subprocess.CompletedProcess]


@pytest.fixture(scope="session")
def inhouse(binary: Path) -> Runner:
    """Runs the program; returns the completed process with text output."""

    def run(*arguments: object, **options: object) -> subprocess.CompletedProcess:
        options.setdefault("timeout", 600)
        return subprocess.run(
            [str(binary), *map(str, arguments)],
            capture_output=True,
            text=True,
            check=False,
            **options,
        )

    return run


@pytest.fixture(scope="session")
def index(inhouse: Runner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the corpus libraries and jobs."""
    folder = tmp_path_factory.mktemp("index")
    done = inhouse(
        "index", ROOT / "corpus" / "libs", ROOT / "corpus" / "scripts", "--index", folder
    )
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(data folder, truth folder) of the example team, freshly generated."""
    folder = tmp_path_factory.mktemp("world")
    subprocess.run(
        [
            str(ROOT / ".venv" / "bin" / "python"),
            str(ROOT / "corpus" / "data" / "generate.py"),
            "--out",
            str(folder / "data"),
            "--truth",
            str(folder / "truth"),
        ],
        check=True,
        timeout=300,
    )
    return folder / "data", folder / "truth"


class Exchange:
    """The model's side of an exchange folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen = 0

    def await_prompt(self, process: subprocess.Popen) -> None:
        """Waits for the next prompt while the program runs."""
        path = self.folder / f"{self.seen + 1:04d}.prompt.md"
        while not path.exists():
            assert process.poll() is None, "the program ended without asking"
            time.sleep(0.005)
        self.seen += 1

    def answer(self, text: str) -> None:
        """Publishes the reply to the newest prompt by rename."""
        new = self.folder / ".reply.new"
        new.write_text(text)
        new.rename(self.folder / f"{self.seen:04d}.reply.md")


def facts(session: Path) -> list[tuple]:
    """Digests of prompts, observations and live names, in order."""
    events = [json.loads(line) for line in (session / "trace.jsonl").read_text().splitlines()]
    return [
        (
            event["step"],
            event["type"],
            event["data"].get("prompt_sha256"),
            json.dumps(event["data"].get("text")),
            event["data"].get("names"),
        )
        for event in events
        if event["type"] in ("prompt", "observation", "action")
    ]
