"""inhouse check: beside what Python itself does, and as a person calls it."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from conftest import Runner

NAMES = ["a", "b", "c", "d", "rows"]


def random_parameters(rng: random.Random) -> str:
    """A valid parameter list with every kind of parameter."""
    parts: list[str] = []
    names = rng.sample(NAMES, rng.randint(0, len(NAMES)))
    positional = names[: rng.randint(0, len(names))]
    with_default = rng.randint(0, len(positional))
    for i, name in enumerate(positional):
        parts.append(name if i < with_default else f"{name}=None")
    if positional and rng.random() < 0.3:
        parts.insert(rng.randint(1, len(positional)), "/")
    keyword_only = names[len(positional) :]
    if rng.random() < 0.3:
        parts.append("*args")
    elif keyword_only:
        parts.append("*")
    parts += [name if rng.random() < 0.5 else f"{name}=1" for name in keyword_only]
    if rng.random() < 0.2:
        parts.append("**options")
    return ", ".join(parts)


def random_arguments(rng: random.Random) -> str:
    parts = ["1"] * rng.randint(0, 4)
    parts += [f"{name}=2" for name in rng.sample([*NAMES, "other"], rng.randint(0, 3))]
    return ", ".join(parts)


@pytest.mark.parametrize("seed", range(4))
def test_arguments_bind_as_in_python(inhouse: Runner, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    signatures = [random_parameters(rng) for _ in range(150)]
    library = tmp_path / "libs" / "house.py"
    library.parent.mkdir()
    library.write_text("\n\n".join(f"def f{i}({s}):\n    pass" for i, s in enumerate(signatures)))
    calls = [(i, random_arguments(rng)) for i in range(len(signatures)) for _ in range(4)]
    script = tmp_path / "script.py"
    script.write_text(
        "import house\n" + "".join(f"house.f{i}({arguments})\n" for i, arguments in calls)
    )
    assert inhouse("index", library.parent, "--index", tmp_path / "i").returncode == 0
    done = inhouse("check", script, "--json", "--index", tmp_path / "i")
    report = json.loads(done.stdout)["files"][0]
    assert report["checked_calls"] == len(calls)
    found = {finding["line"] for finding in report["findings"]}

    scope: dict = {}
    exec(library.read_text(), scope)
    wanted = set()
    for line, (i, arguments) in enumerate(calls, start=2):
        try:
            # Not inspect's bind: in Python 3.11 it refuses f(a=1) for f(a=0, /, **options).
            eval(f"function({arguments})", {"function": scope[f"f{i}"]})
        except TypeError:
            wanted.add(line)
    assert 20 < len(wanted) < len(calls) - 20
    lines = script.read_text().splitlines()
    wrong = sorted(found ^ wanted)
    assert not wrong, [(lines[n - 1], signatures[calls[n - 2][0]]) for n in wrong[:5]]


BAD = "import audience_io\naudience_io.assign_holdout(1, seeds=2)\naudience_io.nope()\n"


def test_findings_are_exit_one_with_place_and_signature(
    inhouse: Runner, index: Path, tmp_path: Path
) -> None:
    script = tmp_path / "job.py"
    script.write_text(BAD)
    done = inhouse("check", script, "--index", index)
    assert done.returncode == 1
    assert f"{script}:3:13: error" in done.stdout
    assert "assign_holdout(df: pd.DataFrame" in done.stdout
    clean = tmp_path / "clean.py"
    clean.write_text("import audience_io\naudience_io.assign_holdout(1, seed=2)\n")
    assert inhouse("check", clean, "--index", index).returncode == 0


def test_sarif_has_rules_and_places(inhouse: Runner, index: Path) -> None:
    done = inhouse("check", "-", "--sarif", "--index", index, input=BAD)
    log = json.loads(done.stdout)
    assert log["version"] == "2.1.0"
    run = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        region = result["locations"][0]["physicalLocation"]["region"]
        assert region["startLine"] in (2, 3)


def test_fix_mends_a_renamed_keyword_only(inhouse: Runner, index: Path, tmp_path: Path) -> None:
    script = tmp_path / "job.py"
    script.write_text(BAD)
    done = inhouse("check", script, "--fix", "--index", index)
    assert done.returncode == 1  # the unknown name is still there
    assert script.read_text() == BAD.replace("seeds=2", "seed=2")


def test_a_file_that_cannot_be_read_takes_nothing_from_the_others(
    inhouse: Runner, index: Path, tmp_path: Path
) -> None:
    script = tmp_path / "job.py"
    script.write_text(BAD)
    alone = inhouse("check", script, "--index", index)
    both = inhouse("check", tmp_path / "absent.py", script, "--index", index)
    assert both.returncode == 3
    assert both.stdout == alone.stdout
    assert "absent.py" in both.stderr


def test_what_does_not_parse_is_not_right(inhouse: Runner, index: Path, tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text("x = = 3\n")
    done = inhouse("check", script, "--index", index)
    assert done.returncode == 1
    assert "does not parse as Python" in done.stderr


def test_missing_file_and_missing_index(inhouse: Runner, index: Path, tmp_path: Path) -> None:
    absent = inhouse("check", tmp_path / "absent.py", "--index", index)
    assert absent.returncode == 3
    assert "absent.py" in absent.stderr
    (tmp_path / "a.py").write_text("x = 1\n")
    assert inhouse("check", tmp_path / "a.py", "--index", tmp_path / "none").returncode == 4


def test_a_folder_is_checked_file_by_file(inhouse: Runner, index: Path, tmp_path: Path) -> None:
    jobs = tmp_path / "jobs"
    (jobs / "b").mkdir(parents=True)
    (jobs / "b" / "two.py").write_text(BAD)
    (jobs / "a.py").write_text(BAD)
    (jobs / "skipped.py").write_text(BAD)
    (jobs / "left.py").write_text(BAD)
    (jobs / "notes.md").write_text("```python\nimport audience_io\naudience_io.nope()\n```\n")
    (jobs / ".inhouseignore").write_text("skipped.py\n")
    (tmp_path / "inhouse.toml").write_text('[index]\nexclude = ["left.py"]\n')
    done = inhouse("check", "jobs", "--json", "--index", index, cwd=tmp_path)
    assert done.returncode == 1
    files = json.loads(done.stdout)["files"]
    assert [file["path"] for file in files] == ["jobs/a.py", "jobs/b/two.py"]
    assert all(file["findings"] for file in files)
    (tmp_path / "empty").mkdir()
    empty = inhouse("check", "empty", "--index", index, cwd=tmp_path)
    assert empty.returncode == 3
    assert "no Python files below empty" in empty.stderr
