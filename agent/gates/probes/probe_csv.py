"""Perturbed copies of CSV files, with the standard library alone."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING

from probe_reads import Input, pick_key, used_columns
from probe_room import DATA

if TYPE_CHECKING:
    from probe_faults import Fault

Rows = list[list[str]]


def survey(name: str, texts: list[str]) -> list[Input]:
    """The file as an input. ValueError if it has no header."""
    rows, _ = read(name)
    if not rows or not any(cell.strip() for cell in rows[0]):
        raise ValueError("it has no header")
    header, body = [cell.strip() for cell in rows[0]], rows[1:]
    columns = {column: kind_of(cells(body, i)) for i, column in enumerate(header)}
    used = used_columns(columns, texts)
    unique = {column: is_key(cells(body, i)) for i, column in enumerate(header)}
    return [Input(name, "", "csv", columns, used, pick_key(unique, used), len(body))]


def perturb(source: Input, fault: Fault, target: Path) -> None:
    """Write the perturbed file."""
    rows, dialect = read(source.file)
    header, body = rows[0], rows[1:]
    positions = [i for i, cell in enumerate(header) if cell.strip() in fault.columns]
    if fault.kind == "no rows":
        body = []
    elif fault.kind == "three rows":
        body = body[:3]
    elif fault.kind == "duplicated keys":
        body = body + body[: max(1, len(body) // 10)]
    elif fault.kind == "missing column" and len(header) == 1:
        header = ["other"]
    elif fault.kind == "missing column":
        header, body = without(header, positions), [without(row, positions) for row in body]
    else:
        body = [list(row) for row in body]
        for turn, position in enumerate(positions):
            spoil(body, position, turn, fault, source)
    text = io.StringIO(newline="")
    csv.writer(text, dialect, lineterminator="\n").writerows([header, *body])
    data = text.getvalue().encode("utf-8")
    target.write_bytes(gzip.compress(data) if target.suffix == ".gz" else data)


def spoil(body: Rows, position: int, turn: int, fault: Fault, source: Input) -> None:
    """Change values of one column in place: gaps, or values of another type."""
    is_text = source.columns.get(fault.columns[0]) == "text"
    for i, row in enumerate(body):
        if position >= len(row):
            continue
        if fault.kind == "nulls" and i % 5 == turn % 5:
            row[position] = ""
        elif fault.kind == "wrong type" and (is_text or i % 5 == 0):
            row[position] = str(i) if is_text else "not available"


def without(row: list[str], positions: list[int]) -> list[str]:
    return [cell for i, cell in enumerate(row) if i not in positions]


def cells(body: Rows, position: int) -> list[str]:
    return [row[position].strip() if position < len(row) else "" for row in body]


def is_key(values: list[str]) -> bool:
    return bool(values) and all(values) and len(set(values)) == len(values)


def kind_of(values: list[str]) -> str:
    """ "number" if all that is there reads as a number, else "text"."""
    present = [value for value in values if value]
    try:
        for value in present:
            float(value)
    except ValueError:
        return "text"
    return "number" if present else "other"


def read(name: str | Path) -> tuple[Rows, type[csv.Dialect]]:
    """Rows without blank ones, and how they are written. A name is relative to the data."""
    path = DATA / name
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        text = file.read().decode("utf-8-sig")
    dialect: type[csv.Dialect] = csv.excel
    with contextlib.suppress(csv.Error):  # one column
        dialect = csv.Sniffer().sniff(text[:4096].split("\n", 1)[0] + "\n", ",;\t|")
    return [row for row in csv.reader(io.StringIO(text, newline=""), dialect) if row], dialect
