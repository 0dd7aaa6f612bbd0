"""Facts about the files that a run of the script left: what the invariants are about.

Everything is plain data, so that two runs can be compared without their files. Only the first
`MAX_CELLS` cells of a table are looked at.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

from probe_room import WORK

MAX_FILES = 200
MAX_BYTES = 256 << 20
MAX_CELLS = 3_000_000
MAX_SHARED = 20  # a column with more different values has no shares worth a rule
Facts = dict[str, Any]
Columns = dict[str, list[Any]]


def facts_of(validators: Iterable[str], keys: Iterable[tuple[str, ...]]) -> Facts:
    """Facts by file name, for everything below the work folder.

    Args:
        validators: Import paths of functions that take a frame and return its problems.
        keys: Sets of columns that are asked to be unique.
    """
    found: Facts = {}
    for path in sorted(p for p in WORK.rglob("*") if p.is_file() and not p.is_symlink()):
        if len(found) >= MAX_FILES:
            break
        found[path.relative_to(WORK).as_posix()] = file_facts(path, validators, keys)
    return found


def file_facts(path: Path, validators: Iterable[str], keys: Iterable[tuple[str, ...]]) -> Facts:
    size = path.stat().st_size
    facts: Facts = {"bytes": size, "kind": "other"}
    if size > MAX_BYTES:
        return facts
    with open(path, "rb") as file:
        facts["digest"] = hashlib.file_digest(file, "sha256").hexdigest()
    suffix = path.suffix.lower()
    if suffix == ".json":
        facts.update(json_facts(path))
    elif suffix in READERS:
        facts["kind"] = "table"
        try:
            columns, rows = READERS[suffix](path)
        except Exception as error:  # hostile or broken files
            return {**facts, "error": f"it cannot be read: {type(error).__name__}: {error}"[:300]}
        facts.update(table_facts(columns, rows, keys))
        facts["problems"] = {name: problems_of(name, path) for name in validators}
    return facts


def json_facts(path: Path) -> Facts:
    """Whether it parses, its keys, and the rows that a manifest promises."""
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        return {"kind": "json", "error": f"it is no JSON: {error}"[:300]}
    facts: Facts = {"kind": "json"}
    if isinstance(data, dict):
        facts["keys"] = sorted(map(str, data))[:200]
        if isinstance(data.get("rows"), int) and isinstance(data.get("file"), str):
            facts["manifest"] = [data["file"], data["rows"]]
    return facts


def table_facts(columns: Columns, rows: int, keys: Iterable[tuple[str, ...]]) -> Facts:
    """Rows, and of each column its kind, gaps, whether all values differ, and shares of values."""
    described = {}
    for name, values in columns.items():
        present = [value for value in values if not is_null(value)]
        different = distinct(present, MAX_SHARED)
        described[name] = {
            "kind": kind_of(present),
            "nulls": len(values) - len(present),
            "unique": 0 < len(present) == len(set(map(plain, present))),
            "shares": {k: n / len(values) for k, n in different.items()} if different else {},
        }
    unique = {}
    for key in keys:
        if all(name in columns for name in key):
            listed = [tuple(map(plain, row)) for row in zip(*map(columns.get, key), strict=True)]
            unique[",".join(key)] = len(set(listed)) == len(listed)
    return {"rows": rows, "columns": described, "unique": unique}


def distinct(values: list[Any], most: int) -> Counter[str] | None:
    """How often each text occurs; nothing if there are too many, or values of other kinds."""
    counts: Counter[str] = Counter()
    for value in values:
        if not isinstance(value, str):
            return None
        counts[value] += 1
        if len(counts) > most:
            return None
    return counts


def is_null(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)


def plain(value: Any) -> Any:
    """The value itself, or its text if it cannot be put into a set."""
    return value if isinstance(value, (str, int, float, bool)) else str(value)


def kind_of(values: list[Any]) -> str:
    """The one kind that all values have: "bool", "number", "time", "text", or "other"."""
    kinds = {kind_of_value(value) for value in values}
    if not kinds:
        return "null"
    return kinds.pop() if len(kinds) == 1 else "other"


def kind_of_value(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "time" if isinstance(value, date) else "other"


def read_csv(path: Path) -> tuple[Columns, int]:
    """A CSV file; columns whose values all read as numbers become numbers."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    if not rows:
        return {}, 0
    header, body = rows[0], rows[1:]
    part = body[: max(1, MAX_CELLS // max(1, len(header)))]
    columns = {
        name: numbers([row[i] if i < len(row) else "" for row in part])
        for i, name in enumerate(header)
    }
    return columns, len(body)


def numbers(values: list[str]) -> list[Any]:
    try:
        return [float(value) if value else None for value in values]
    except ValueError:
        return list(values)


def read_parquet(path: Path) -> tuple[Columns, int]:
    """A Parquet file, with pyarrow."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    part = table.slice(0, max(1, MAX_CELLS // max(1, table.num_columns)))
    names = table.column_names
    return {name: part.column(i).to_pylist() for i, name in enumerate(names)}, table.num_rows


READERS: dict[str, Callable[[Path], tuple[Columns, int]]] = {
    ".csv": read_csv,
    ".parquet": read_parquet,
}


def problems_of(validator: str, path: Path) -> list[str] | None:
    """What a team's own validation says about a table; nothing if it cannot be asked."""
    try:
        import pandas as pd

        module, _, name = validator.rpartition(".")
        frame = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        found = getattr(importlib.import_module(module), name)(frame)
        return [str(problem)[:300] for problem in list(found)[:10]]
    except Exception:
        return None


def write_facts(target: Path, validators: Iterable[str], keys: Iterable[tuple[str, ...]]) -> int:
    """Write the facts as JSON; for a child process, whose memory is its own."""
    target.write_text(json.dumps(facts_of(validators, keys)), encoding="utf-8")
    os.chmod(target, 0o600)
    return 0
