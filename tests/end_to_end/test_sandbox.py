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


def test_where_nothing_is_confined_no_model_is_asked(
    inhouse: Runner, index: Path, tmp_path: Path
) -> None:
    (tmp_path / "inhouse.toml").write_text('[run]\npython = "/bin/false"\n')
    for name in ("bubblewrap", "gvisor", "podman"):
        done = inhouse(
            *("run", "make an audience", "--out", name, "--index", index, "--sandbox", name),
            *("--model", "exchange:prompts"),
            cwd=tmp_path,
            timeout=120,
        )
        assert done.returncode == 6, done.stderr
        assert done.stderr.count("inhouse: ") == 1, done.stderr
        assert list(tmp_path.glob("prompts/*.prompt.*")) == []


READER = """import csv


def main() -> None:
    with open("/data/users.csv") as file:
        rows = list(csv.DictReader(file))
    if not rows or "user" not in rows[0]:
        raise ValueError("users.csv: no rows with a user")
    with open("a.csv", "w") as file:
        file.writelines(sorted({row["user"] for row in rows}))


if __name__ == "__main__":
    main()
"""


def test_the_gates_say_the_same_in_each(inhouse: Runner, job: Path) -> None:
    (job / "data").mkdir()
    (job / "data" / "users.csv").write_text("user,spend\nann,1\nbob,2\ncleo,3\ndan,4\n")
    (job / "job.py").write_text(READER)
    said = {}
    for name in ("bubblewrap", "gvisor", "podman"):
        done = inhouse("gate", "job.py", "--data", "data", "--sandbox", name, cwd=job)
        if done.returncode != 6:  # what is not installed here says so
            said[name] = (done.returncode, done.stdout)
    assert said["bubblewrap"][0] in (0, 1)
    assert set(said.values()) == {said["bubblewrap"]}
