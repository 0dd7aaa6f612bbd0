"""Shared fixtures: a small world, made once for all tests, and the environment of a job."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

CORPUS = Path(__file__).resolve().parent
for folder in ("libs", "data", "requests"):
    sys.path.insert(0, str(CORPUS / folder))

import generate  # noqa: E402  (the generator lies in data/)

SMALL_USERS = 8_000


@dataclass(frozen=True)
class SmallWorld:
    """A generated world on disk.

    Attributes:
        data: The folder that jobs see.
        truth: The folder that only checkers see.
        tables: The tables as they were generated.
    """

    data: Path
    truth: Path
    tables: dict[str, pd.DataFrame]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> SmallWorld:
    folder = tmp_path_factory.mktemp("world")
    built = generate.build_world(SMALL_USERS, seed=7)
    generate.write_world(built, folder / "data", folder / "truth")
    return SmallWorld(folder / "data", folder / "truth", built.tables)


@pytest.fixture
def job(world: SmallWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Set the environment of a job; returns the folder for audiences."""
    audiences = tmp_path / "audiences"
    monkeypatch.setenv("CDP_DSN", f"duckdb:///{world.data / 'warehouse.duckdb'}")
    monkeypatch.setenv("AUDIENCE_DEST", str(audiences))
    monkeypatch.setenv("DATA_DIR", str(world.data))
    monkeypatch.chdir(tmp_path)
    return audiences
