"""Shared by the end-to-end tests: where the built program is, and an index of the corpus."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


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
