"""The RFM checker: three ways to cut segments pass, wrong ones fail for their reason."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from harness import load_check, run_script

HERE = Path(__file__).resolve().parent
check = load_check("rfm")

RIGHT = ["right_house", "right_ranks", "right_sql"]
WRONG = {
    "wrong_bypass": {"manifest"},
    "wrong_constant_score": {"score_order"},
    "wrong_last_year": {"users"},
    "wrong_random": {"recency", "frequency", "value"},
    "wrong_recency_inverted": {"recency"},
    "wrong_three_segments": {"segments"},
    "wrong_unseeded": {"reproducible"},
}


@pytest.fixture(scope="module")
def runs(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    tasks = [(name, "first") for name in [*RIGHT, *WRONG]]
    tasks += [(name, "second") for name in [*RIGHT, "wrong_unseeded"]]

    def one(task: tuple[str, str]):
        name, which = task
        return run_script(HERE / "scripts" / f"{name}.py", world.data, folder / name / which)

    with ThreadPoolExecutor(2) as pool:
        for task, result in zip(tasks, pool.map(one, tasks), strict=True):
            assert result.exit_code == 0, (task, result.output)
    return folder


def verdict(capsys, world, runs, name: str) -> tuple[int, set[str]]:
    arguments = ["--out", str(runs / name / "first"), "--data", str(world.data), "--json"]
    second = runs / name / "second"
    if second.is_dir():
        arguments += ["--second-out", str(second)]
    code = check.main(arguments)
    report = json.loads(capsys.readouterr().out)
    return code, {item["name"] for item in report["criteria"] if not item["holds"]}


def test_every_script_is_listed():
    assert {path.stem for path in (HERE / "scripts").glob("*.py")} == {*RIGHT, *WRONG}


@pytest.mark.parametrize("name", RIGHT)
def test_right_scripts_are_accepted(runs, world, capsys, name):
    assert verdict(capsys, world, runs, name) == (0, set())


@pytest.mark.parametrize("name", sorted(WRONG))
def test_wrong_scripts_are_rejected_for_the_right_reason(runs, world, capsys, name):
    code, failed = verdict(capsys, world, runs, name)
    assert code == 1
    assert failed >= WRONG[name]


def test_bad_input_is_told_apart(tmp_path, capsys):
    assert check.main(["--out", str(tmp_path), "--data", str(tmp_path)]) == 3
    assert "warehouse.duckdb" in capsys.readouterr().err


def test_nothing_written_is_wrong(world, tmp_path, capsys):
    assert check.main(["--out", str(tmp_path), "--data", str(world.data)]) == 1
    assert capsys.readouterr().out.startswith("FAIL file: rfm_segments.parquet was not written")
