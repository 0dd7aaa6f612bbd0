"""The lookalike checker: right scripts pass, wrong ones fail for the reason they are wrong."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from harness import load_check, run_script

HERE = Path(__file__).resolve().parent
check = load_check("lookalike")

RIGHT = sorted(path.stem for path in (HERE / "scripts").glob("right_*.py"))

#: Every wrong script with the criteria that must find it out.
WRONG = {
    "wrong_audience_share": {"size"},
    "wrong_bypass": {"manifest"},
    "wrong_columns": {"lift", "score_order", "top_of_score", "scores_fit"},
    "wrong_duplicated_users": {"schema"},
    "wrong_empty_file": {"schema"},
    "wrong_eu_filled": {"regions", "top_of_score"},
    "wrong_eu_only": {"size", "regions", "top_of_score"},
    "wrong_generic": {"file"},
    "wrong_group_names": {"schema", "holdout"},
    "wrong_holdout_lowest": {"holdout_random"},
    "wrong_holdout_outside": {"size", "holdout"},
    "wrong_holdout_separate": {"size", "holdout"},
    "wrong_holdout_share": {"holdout"},
    "wrong_inverted_scores": {"lift", "score_order"},
    "wrong_name": {"file"},
    "wrong_null_scores": {"schema"},
    "wrong_nulls_dropped": {"size"},
    "wrong_random_scores": {"lift", "score_order", "top_of_score", "scores_fit"},
    "wrong_recency_sign": {"lift"},
    "wrong_rounding": {"size"},
    "wrong_sampled": {"top_of_score"},
    "wrong_seeds_left_in": {"seeds_excluded"},
    "wrong_shuffled_scores": {"score_order", "scores_fit"},
    "wrong_stale_manifest": {"manifest"},
    "wrong_unseeded_holdout": {"reproducible"},
    "wrong_user_ids": {"users"},
}
RUN_TWICE = [*RIGHT, "wrong_unseeded_holdout"]
CRASHES = {"wrong_generic"}


@pytest.fixture(scope="module")
def runs(world, tmp_path_factory):
    """Run every script, two at a time; returns the folder with an output folder for each."""
    folder = tmp_path_factory.mktemp("runs")
    names = [(name, "first") for name in [*RIGHT, *WRONG]] + [(n, "second") for n in RUN_TWICE]

    def one(task: tuple[str, str]):
        name, which = task
        return run_script(HERE / "scripts" / f"{name}.py", world.data, folder / name / which)

    with ThreadPoolExecutor(2) as pool:
        results = dict(zip(names, pool.map(one, names), strict=True))
    for (name, _), result in results.items():
        assert (result.exit_code != 0) == (name in CRASHES), (name, result.output)
    return folder


def verdict(capsys, world, out, *more: str) -> tuple[int, dict]:
    arguments = ["--out", out, "--data", world.data, "--truth", world.truth, "--json", *more]
    code = check.main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    report = json.loads(captured.out) if captured.out else {"error": captured.err}
    return code, report


def failed(report: dict) -> set[str]:
    return {item["name"] for item in report["criteria"] if not item["holds"]}


def test_every_script_is_listed():
    scripts = {path.stem for path in (HERE / "scripts").glob("*.py")}
    assert scripts == {*RIGHT, *WRONG}
    assert len(RIGHT) >= 4
    assert len(WRONG) >= 12


@pytest.mark.parametrize("name", RIGHT)
def test_right_scripts_are_accepted_with_margin(runs, world, capsys, name):
    second = runs / name / "second"
    code, report = verdict(capsys, world, runs / name / "first", "--second-out", second)
    assert code == 0, report
    assert "reproducible" in {item["name"] for item in report["criteria"]}
    measures = report["measures"]
    assert measures["lift_share"] >= check.MIN_LIFT_SHARE + 0.05
    assert measures["rank_correlation"] >= check.MIN_RANK_CORRELATION + 0.05
    assert measures["neighbours_in"] >= check.MIN_NEIGHBOURS_IN + 0.10
    assert measures["smoothness"] >= check.MIN_SMOOTHNESS + 0.10


@pytest.mark.parametrize("name", sorted(WRONG))
def test_wrong_scripts_are_rejected_for_the_right_reason(runs, world, capsys, name):
    more = ("--second-out", runs / name / "second") if name in RUN_TWICE else ()
    code, report = verdict(capsys, world, runs / name / "first", *more)
    assert code == 1
    assert WRONG[name] <= failed(report), report


@pytest.mark.parametrize("name", ["wrong_random_scores", "wrong_columns", "wrong_inverted_scores"])
def test_useless_scores_are_far_below_the_threshold(runs, world, capsys, name):
    _, report = verdict(capsys, world, runs / name / "first")
    assert report["measures"]["lift_share"] < 0.15


@pytest.mark.parametrize(
    "name", ["wrong_unseeded_holdout", "wrong_holdout_share", "wrong_bypass", "wrong_rounding"]
)
def test_a_single_fault_fails_a_single_criterion(runs, world, capsys, name):
    more = ("--second-out", runs / name / "second") if name in RUN_TWICE else ()
    _, report = verdict(capsys, world, runs / name / "first", *more)
    assert failed(report) == WRONG[name]


def test_eu_only_is_right_when_the_request_is_narrowed(runs, world, capsys):
    code, report = verdict(capsys, world, runs / "wrong_eu_only" / "first", "--segment", "EU")
    assert code == 0, report
    code, report = verdict(capsys, world, runs / "right_percentile" / "first", "--segment", "EU")
    assert code == 1
    assert {"users", "size"} <= failed(report)


def test_two_right_runs_that_differ_are_not_reproducible(runs, world, capsys):
    second = runs / "right_logistic" / "first"
    first = runs / "right_percentile" / "first"
    code, report = verdict(capsys, world, first, "--second-out", second)
    assert code == 1
    assert failed(report) == {"reproducible"}
    code, report = verdict(capsys, world, first, "--second-out", runs / "nothing")
    assert failed(report) == {"reproducible"}


def test_nothing_written_is_wrong_not_bad_input(world, capsys, tmp_path):
    for out in (tmp_path, tmp_path / "absent"):
        code, report = verdict(capsys, world, out)
        assert code == 1
        assert "file" in failed(report)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"this is not parquet"])
def test_unreadable_file_is_wrong(world, capsys, tmp_path, content):
    (tmp_path / f"{check.NAME}.parquet").write_bytes(content)
    code, report = verdict(capsys, world, tmp_path)
    assert code == 1
    assert "file" in failed(report)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1]}),
        pd.DataFrame({"user_id": [1, 2], "score": ["x", "y"], "group": [None, 3]}),
        pd.DataFrame({"user_id": [None], "score": [None], "group": [None]}),
        pd.DataFrame({"user_id": ["u0000001"], "score": [float("inf")], "group": ["target"]}),
        pd.DataFrame({"user_id": [["a"]], "score": [1.0], "group": ["target"]}),
        pd.DataFrame({"user_id": [["a"], ["b"]], "score": [1.0, 2.0], "group": [["x"], ["y"]]}),
    ],
)
def test_strange_content_is_wrong_and_does_not_crash(world, capsys, tmp_path, frame):
    frame.to_parquet(tmp_path / f"{check.NAME}.parquet", index=False)
    (tmp_path / "again").mkdir()
    shutil.copy(tmp_path / f"{check.NAME}.parquet", tmp_path / "again")
    code, _ = verdict(capsys, world, tmp_path, "--second-out", tmp_path / "again")
    assert code == 1


def test_manifest_of_another_audience_is_wrong(runs, world, capsys, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(runs / "right_percentile" / "first", out)
    manifest = out / f"{check.NAME}.manifest.json"
    manifest.write_text(manifest.read_text().replace(check.NAME, "other"))
    code, report = verdict(capsys, world, out)
    assert code == 1
    assert failed(report) == {"manifest"}
    manifest.write_text("[]")
    _, report = verdict(capsys, world, out)
    assert failed(report) == {"manifest"}


def test_bad_input_is_told_apart(runs, world, capsys, tmp_path):
    out = runs / "right_percentile" / "first"
    base = ["--out", str(out), "--data", str(world.data), "--truth", str(world.truth)]
    assert check.main([*base[:2], "--data", str(tmp_path), *base[4:]]) == 3
    assert check.main([*base[:4], "--truth", str(tmp_path)]) == 3
    assert check.main([*base, "--second-out", str(out)]) == 3
    assert check.main([*base, "--segment", "Mars"]) == 3
    truth = pd.read_parquet(world.truth / "affinity.parquet").head(100)
    truth.to_parquet(tmp_path / "affinity.parquet")
    assert check.main([*base[:4], "--truth", str(tmp_path)]) == 3
    assert capsys.readouterr().err.count("bad input: ") == 5


def test_text_has_one_line_per_criterion(runs, world, capsys):
    out = runs / "wrong_seeds_left_in" / "first"
    check.main(["--out", str(out), "--data", str(world.data), "--truth", str(world.truth)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "WRONG"
    assert all(line.startswith(("PASS ", "FAIL ")) for line in lines[:-1])
    assert any(line.startswith("FAIL seeds_excluded: ") for line in lines)
    assert len(lines) == 15


def test_request_is_word_for_word():
    words = " ".join((HERE / "request.md").read_text().split())
    assert words == (
        "Build a lookalike audience from seed list high_value_q1.csv. Use purchase frequency, "
        "average order value, and days since last purchase as features. Score all users in the "
        "user_features table. Output the top 10% as the target audience with a 20% holdout group. "
        "Write results to lookalike_audience_scored.parquet."
    )
