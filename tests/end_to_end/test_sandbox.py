"""What confines, chosen from the outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import ROOT, Runner

JOB = """def main() -> None:
    open("a.csv", "w").write("a")


main()
"""


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job beside a configuration."""
    (tmp_path / "inhouse.toml").write_text(f'[run]\npython = "{ROOT}/.venv/bin/python"\n')
    (tmp_path / "job.py").write_text(JOB)
    return tmp_path


def test_an_unknown_sandbox_is_a_usage_error(inhouse: Runner, job: Path) -> None:
    for name in ("none", "weaker", "docker"):
        done = inhouse("gate", "job.py", "--sandbox", name, cwd=job)
        assert done.returncode == 2
        assert "bubblewrap, gvisor and podman" in done.stderr


def test_the_configuration_names_one_too(inhouse: Runner, job: Path) -> None:
    with (job / "inhouse.toml").open("a") as file:
        file.write('sandbox = "firejail"\n')
    done = inhouse("gate", "job.py", cwd=job)
    assert done.returncode == 3
    assert "inhouse.toml:3" in done.stderr
