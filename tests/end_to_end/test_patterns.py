"""inhouse patterns: the life of an approved script, as a person sees it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from conftest import GOOD, Runner

HOUSE = '''"""The house library."""


def keep_known(rows: list[dict]) -> list[dict]:
    """Keep the users whose country is known."""
    return [row for row in rows if row["country"]]
'''
SCRIPT = (
    GOOD.replace("Copies the users", "Keeps the users")
    .replace("import csv\n", "import csv\n\nimport house\n")
    .replace(
        "        writer.writerows(",
        "        known = house.keep_known(rows)\n        writer.writerows(",
    )
    .replace("for row in rows)\n\n\n", "for row in known)\n\n\n")
)
REQUEST = "Write the users whose country is known to known.csv"
LIKE = "Which users have a known country? Write them to countries.csv"


class Team:
    """A team with one library, data, a configuration with a patterns folder, and an index."""

    def __init__(self, inhouse: Runner, folder: Path) -> None:
        self.inhouse, self.folder = inhouse, folder
        data = folder / "data"
        data.mkdir()
        lines = ["user_id,country", *(f"u{i},{'DE' if i % 2 else 'FR'}" for i in range(20))]
        (data / "users.csv").write_text("\n".join(lines) + "\n")
        (folder / "inhouse.toml").write_text(
            '[index]\nroots = ["libs"]\n[run]\npython_path = ["libs"]\ndata = "data"\n'
            '[patterns]\nfolder = "patterns"\n'
        )
        (folder / "job.py").write_text(SCRIPT)
        self.library = folder / "libs" / "house.py"
        self.library.parent.mkdir()
        self.library.write_text(HOUSE)
        self.library.with_name("pyproject.toml").write_text("")

    def __call__(self, *arguments: object) -> str:
        """Run a command that must succeed; its output."""
        done = self.inhouse(*arguments, cwd=self.folder)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def answer(self, *arguments: object) -> tuple[int, str]:
        """Exit code and both outputs."""
        done = self.inhouse(*arguments, cwd=self.folder)
        return done.returncode, done.stdout + done.stderr

    def usages(self) -> list[dict]:
        """Where the library's function is called, as its card shows it."""
        return json.loads(self("show", "house.keep_known", "--json"))["usages"]


@pytest.fixture(scope="module")
def team(inhouse: Runner, tmp_path_factory: pytest.TempPathFactory) -> Team:
    folder = tmp_path_factory.mktemp("team")
    folder.chmod(0o755)  # the sandbox's user reads the library and the data
    made = Team(inhouse, folder)
    made("index")
    return made


def test_the_life_of_a_pattern(team: Team) -> None:
    assert team.answer("patterns", "list")[0] == 1
    assert team.usages() == []
    name = team("patterns", "add", "job.py", "--request", REQUEST).strip()
    assert name.startswith("write-users-whose-country-known-")
    assert (team.folder / "patterns" / "scripts" / f"{name}.py").read_text() == SCRIPT

    # It is usage of what it calls, and found for a like request alone.
    assert [usage["path"] for usage in team.usages()] == [f"scripts/{name}.py"]
    found = json.loads(team("patterns", "find", LIKE, "--json"))["patterns"]
    assert [one["name"] for one in found] == [name]
    code, said = team.answer("patterns", "find", "Forecast next month's revenue by day")
    assert (code, said) == (1, "no approved script is for a like request\n")
    assert "house.keep_known" in team("patterns", "show", name)

    # A changed signature: it expires, says why, and is no usage any more.
    team.library.write_text(
        HOUSE.replace("rows: list[dict])", "rows: list[dict], *, strict: bool)")
    )
    said = team("index")
    assert "0 of 1 patterns in use" in said
    assert f"pattern {name}: expired: house.keep_known was " in said
    assert team.usages() == []
    assert team.answer("patterns", "find", LIKE)[0] == 1
    team.library.write_text(HOUSE)
    assert "1 of 1 patterns in use" in team("index", "--rebuild")
    assert len(team.usages()) == 1

    # Removed by a person: it stays removed, whatever its comments say.
    assert "stays removed" in team("patterns", "remove", name)
    assert team.usages() == []
    (team.folder / "job.py").write_text("# again\n" + SCRIPT)
    code, said = team.answer("patterns", "add", "job.py", "--request", REQUEST)
    assert code == 1
    assert "a person removed this script" in said
    assert team.answer("patterns", "remove", name)[0] == 1


def test_a_script_that_fails_a_check_is_not_kept(team: Team) -> None:
    (team.folder / "bad.py").write_text(SCRIPT.replace("keep_known(rows)", "keep_known(rws=rows)"))
    code, said = team.answer("patterns", "add", "bad.py", "--request", REQUEST)
    assert code == 1
    assert "only a script that passes every check becomes a pattern" in said
    assert not list((team.folder / "patterns" / "scripts").glob("*.py"))


def test_without_a_folder_there_are_no_patterns(
    inhouse: Runner, index: Path, tmp_path: Path
) -> None:
    (tmp_path / "inhouse.toml").write_text("")
    done = inhouse("patterns", "list", "--index", index, cwd=tmp_path)
    assert done.returncode == 3
    assert "[patterns] folder" in done.stderr


def test_a_watch_tells_which_patterns_expire(
    binary: Path, inhouse: Runner, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("watched")
    folder.chmod(0o755)
    team = Team(inhouse, folder)
    team("index")
    team("patterns", "add", "job.py", "--request", REQUEST)
    watch = subprocess.Popen(
        [str(binary), "index", "--watch", "--json"],
        cwd=folder, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert watch.stdout is not None
        first = json.loads(watch.stdout.readline())
        assert [pattern["in_use"] for pattern in first["patterns"]] == [True]
        changed = HOUSE.replace("rows: list[dict])", "rows: list[dict], *, strict: bool)")
        team.library.write_text(changed)
        for line in watch.stdout:
            state = json.loads(line)["patterns"][0]
            if not state["in_use"]:
                break
        assert "expired: house.keep_known was " in state["state"]
        assert team.usages() == []
    finally:
        watch.kill()
        watch.wait()
