"""What the checkers of all requests share: criteria, verdict lines, reading a written audience."""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

CORPUS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CORPUS / "libs"))

import audience_io  # noqa: E402  (the libraries lie beside the requests)

RIGHT, WRONG, BAD_INPUT = 0, 1, 3


class BadInput(Exception):
    """The checker itself was given something that it cannot work with."""


@dataclass
class Report:
    """The verdict on one run, criterion by criterion.

    Attributes:
        criteria: Name, whether it holds, and why, in the order in which they were decided.
        measures: The figures behind the verdict.
    """

    criteria: list[tuple[str, bool, str]] = field(default_factory=list)
    measures: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, holds: bool, detail: str) -> bool:
        """Note the verdict on a criterion.

        Args:
            name: The criterion.
            holds: Whether it holds.
            detail: What was found.

        Returns:
            Whether it holds.
        """
        self.criteria.append((name, bool(holds), detail))
        return bool(holds)

    @property
    def right(self) -> bool:
        """Whether every criterion holds, and there is one."""
        return bool(self.criteria) and all(holds for _, holds, _ in self.criteria)

    @property
    def failed(self) -> list[str]:
        """The criteria that do not hold."""
        return [name for name, holds, _ in self.criteria if not holds]

    def to_text(self) -> str:
        """Return one line per criterion and a last one with the verdict."""
        lines = [f"{'PASS' if ok else 'FAIL'} {name}: {why}" for name, ok, why in self.criteria]
        return "\n".join([*lines, "RIGHT" if self.right else "WRONG"])

    def to_json(self) -> str:
        """Return the same as JSON, with the measures."""
        criteria = [{"name": n, "holds": ok, "detail": why} for n, ok, why in self.criteria]
        data = {"right": self.right, "criteria": criteria, "measures": self.measures}
        return json.dumps(data, indent=2)


def load_written(report: Report, out: Path, name: str, holdout_col: str | None) -> pd.DataFrame:
    """Read an audience and decide whether it is well-formed and went out through `audience_io`.

    Args:
        report: Gets the criteria `file`, `columns`, `schema` and `manifest`.
        out: The folder that the script wrote to.
        name: The name that the audience must have.
        holdout_col: The group column, or `None`.

    Returns:
        The audience; an empty frame if there is nothing to look at.
    """
    path = out / f"{name}.parquet"
    frame = _read_parquet(report, path)
    if frame is None:
        return pd.DataFrame()
    wanted = ["user_id", "score", *([holdout_col] if holdout_col else [])]
    missing = [column for column in wanted if column not in frame.columns]
    described = f"missing: {', '.join(missing)}" if missing else ", ".join(map(str, frame.columns))
    complete = report.add("columns", not missing, described)
    problems = audience_io.validate_schema(frame, holdout_col=holdout_col)
    report.add("schema", not problems, "; ".join(problems) or f"{len(frame)} valid rows")
    if complete and not frame.empty:
        _check_manifest(report, frame, out, name)
    return frame if complete else pd.DataFrame()


def has_users_and_scores(frame: pd.DataFrame) -> bool:
    """Tell whether users and scores can be computed with.

    Args:
        frame: What `load_written` returned.

    Returns:
        Whether there are rows, ids are text and scores are numbers.
    """
    if frame.empty or not pd.api.types.is_numeric_dtype(frame["score"]):
        return False
    return bool(frame["user_id"].map(lambda user: isinstance(user, str)).all())


def _read_parquet(report: Report, path: Path) -> pd.DataFrame | None:
    if not path.is_file():
        beside = sorted(p.name for p in path.parent.glob("*")) if path.parent.is_dir() else []
        found = ", ".join(beside[:5]) or "nothing"
        report.add("file", False, f"{path.name} was not written; found {found}")
        return None
    try:
        frame = pq.read_table(io.BytesIO(path.read_bytes())).to_pandas()
    except (pa.ArrowException, OSError, ValueError) as error:
        report.add("file", False, f"{path.name} is not readable: {error}")
        return None
    report.add("file", True, f"{path.name} with {len(frame)} rows")
    return frame


def _check_manifest(report: Report, frame: pd.DataFrame, out: Path, name: str) -> None:
    try:
        manifest = audience_io.read_manifest(name, destination=str(out))
        problems = audience_io.verify_manifest(frame, manifest)
    except audience_io.AudienceError as error:
        report.add("manifest", False, f"not written through audience_io: {error}")
        return
    except (TypeError, ValueError) as error:
        report.add("manifest", False, f"the content cannot be digested: {error}")
        return
    if manifest.name != name:
        problems.append(f"it belongs to '{manifest.name}'")
    report.add("manifest", not problems, "; ".join(problems) or manifest.audience_id)


def compare_runs(report: Report, first: pd.DataFrame, second_out: Path, name: str) -> None:
    """Decide whether a second run gave the same audience.

    Args:
        report: Gets the criterion `reproducible`.
        first: The audience of the first run.
        second_out: The folder that the second run wrote to.
        name: The audience's name.
    """
    if first.empty:
        return
    second = _read_parquet(Report(), second_out / f"{name}.parquet")
    if second is None:
        report.add("reproducible", False, "the second run wrote no such audience")
        return
    if not has_users_and_scores(first) or "user_id" not in second.columns:
        report.add("reproducible", False, "not decided: the runs have no users and scores")
        return
    same = audience_io.content_digest(first) == audience_io.content_digest(second)
    changed = [column for column in first.columns if not _same_column(first, second, column)]
    detail = "both runs wrote the same content" if same else f"runs differ in {', '.join(changed)}"
    report.add("reproducible", same, detail)


def _same_column(first: pd.DataFrame, second: pd.DataFrame, column: str) -> bool:
    if column not in second.columns or len(first) != len(second):
        return False
    left, right = (f.sort_values("user_id", kind="stable") for f in (first, second))
    return left[column].reset_index(drop=True).equals(right[column].reset_index(drop=True))


def skip_rest(report: Report, names: list[str], reason: str) -> None:
    """Mark criteria as failed that could not be decided.

    Args:
        report: The report.
        names: The criteria.
        reason: Why they could not be decided.
    """
    for name in names:
        report.add(name, False, f"not decided: {reason}")


def run_checker(
    argv: list[str] | None, check: Callable[[argparse.Namespace], Report], *, truth: bool
) -> int:
    """Run a checker from the command line.

    Args:
        argv: The arguments; by default those of the process.
        check: Makes the report from the parsed arguments.
        truth: Whether the checker needs the planted truth.

    Returns:
        0 for right, 1 for wrong, 3 for bad input.
    """
    parser = argparse.ArgumentParser(description="Decide whether a run answered the request.")
    parser.add_argument("--out", type=Path, required=True, help="what the script wrote")
    parser.add_argument("--data", type=Path, required=True, help="the data that it ran on")
    if truth:
        parser.add_argument("--truth", type=Path, required=True, help="the planted affinity")
        parser.add_argument("--segment", help="the request was narrowed to this region, e.g. EU")
    parser.add_argument("--second-out", type=Path, help="what a second run wrote")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    options = parser.parse_args(argv)
    try:
        if options.second_out and options.second_out.resolve() == options.out.resolve():
            raise BadInput("--second-out must be another folder than --out")
        if not (options.data / "warehouse.duckdb").is_file():
            raise BadInput(f"{options.data} holds no warehouse.duckdb")
        report = check(options)
    except BadInput as error:
        print(f"bad input: {error}", file=sys.stderr)
        return BAD_INPUT
    print(report.to_json() if options.json else report.to_text())
    return RIGHT if report.right else WRONG
