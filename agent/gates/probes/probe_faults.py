"""The perturbations: which ones an input can have, and how the perturbed copy is made.

A copy takes the place of one file in the room; the data itself is never written to.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import probe_csv
import probe_duckdb
import probe_parquet
from probe_reads import Input, kind_of_file, size_of
from probe_room import NOW

MAX_BYTES = 96 << 20  # of one perturbed file: it lies in memory
MAX_MISSING = 4  # columns of one input that are taken away, one at a time
FORMATS: dict[str, Any] = {"csv": probe_csv, "parquet": probe_parquet, "duckdb": probe_duckdb}


@dataclass(frozen=True)
class Fault:
    """One perturbation of one input.

    Attributes:
        kind: "empty file", "no rows", "missing column", "nulls", "three rows", "duplicated keys"
            or "wrong type".
        columns: The columns that are changed.
        keys: How many different keys (rows, without a key) the input has afterwards; -1: not known.
    """

    kind: str
    columns: tuple[str, ...] = ()
    keys: int = -1

    def describe(self, source: Input) -> str:
        """The perturbation in words: "with column a missing from table t"."""
        title, columns = source.title, ", ".join(self.columns)
        noun = "column" if len(self.columns) == 1 else "columns"
        return {
            "empty file": f"with {title} empty (0 bytes)",
            "no rows": f"with no rows in {title}",
            "missing column": f"with {noun} {columns} missing from {title}",
            "nulls": f"with a fifth of {noun} {columns} of {title} null",
            "three rows": f"with only three rows in {title}",
            "duplicated keys": f"with a tenth of the rows of {title} twice (key {columns})",
            "wrong type": f"with values of another type in column {columns} of {title}",
        }[self.kind]


def inputs_of(opened: set[str], texts: list[str]) -> tuple[list[Input], list[str]]:
    """The inputs behind the opened files, and notes on those that cannot be perturbed."""
    inputs: list[Input] = []
    notes: list[str] = []
    for name in sorted(opened):
        kind = kind_of_file(name)
        if not kind:
            notes.append(f"{name} is read but not probed: neither CSV, Parquet nor DuckDB")
        elif size_of(name) > MAX_BYTES:
            notes.append(f"{name} is read but not probed: larger than {MAX_BYTES >> 20} MiB")
        else:
            try:
                inputs += FORMATS[kind].survey(name, texts)
            except Exception as error:  # a file may be anything
                notes.append(f"{name} is read but not probed: {type(error).__name__}: {error}")
    return inputs, notes


def faults_of(source: Input) -> Iterator[Fault]:
    """The perturbations that fit an input, the most telling first."""
    others = tuple(c for c in source.used if c != source.key)
    yield Fault("no rows", keys=0)
    yield from missing(source, others[:1] or source.used[:1])
    if others and source.rows >= 5:
        yield Fault("nulls", others, keys=source.rows)
    if source.rows > 3:
        yield Fault("three rows", keys=3)
    if source.key:
        yield Fault("duplicated keys", (source.key,), keys=source.rows)
    for wanted in ("number", "time"):
        typed = [c for c in others if source.columns.get(c) == wanted]
        if typed:
            yield Fault("wrong type", (typed[0],))
    if source.kind == "csv":
        yield Fault("empty file", keys=0)
    if source.key in source.used:
        yield from key_faults(source)
    rest = [c for c in source.used if c not in (others[:1] or source.used[:1])]
    yield from missing(source, rest[: MAX_MISSING - 1])


def missing(source: Input, columns: list[str] | tuple[str, ...]) -> Iterator[Fault]:
    for column in columns:
        yield Fault("missing column", (column,), keys=source.rows)


def key_faults(source: Input) -> Iterator[Fault]:
    if source.rows >= 5:
        yield Fault("nulls", (source.key,), keys=source.rows - (source.rows + 4) // 5)
    if source.columns.get(source.key) == "text" and len(source.used) == 1:
        yield Fault("wrong type", (source.key,))


def put(source: Input, fault: Fault) -> None:
    """Put the perturbed copy of the input's file into the room."""
    target = NOW / source.file
    target.unlink()
    if fault.kind == "empty file":
        target.write_bytes(b"")
    else:
        FORMATS[source.kind].perturb(source, fault, target)


def plan(inputs: list[Input]) -> list[tuple[Input, Fault]]:
    """All probes, turn by turn: the first of every input, then the second, and so on."""
    queues = [[(source, fault) for fault in faults_of(source)] for source in inputs]
    longest = max(map(len, queues), default=0)
    return [queue[i] for i in range(longest) for queue in queues if i < len(queue)]
