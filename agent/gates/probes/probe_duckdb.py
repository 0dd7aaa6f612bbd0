"""Perturbed copies of a DuckDB warehouse: one table or view of it is changed."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from probe_reads import Input, pick_key, used_columns
from probe_room import DATA

if TYPE_CHECKING:
    from probe_faults import Fault

MAX_TABLES = 200
NUMBERS = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|REAL|DECIMAL)\b")


def survey(name: str, texts: list[str]) -> list[Input]:
    """The tables and views of the warehouse that the texts name."""
    import duckdb

    words = set(re.findall(r"\w+", "\n".join(texts)))
    with duckdb.connect(str(DATA / name), read_only=True, config={"threads": 1}) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables"
            f" WHERE table_catalog = current_database() ORDER BY ALL LIMIT {MAX_TABLES}"
        ).fetchall()
        return [
            table_input(connection, name, schema, table, texts)
            for schema, table in tables
            if table in words
        ]


def table_input(connection: Any, file: str, schema: str, table: str, texts: list[str]) -> Input:
    """One table with its columns, rows, and a column that could be its key."""
    place = f"{quoted(schema)}.{quoted(table)}"
    described = connection.execute(f"DESCRIBE {place}").fetchall()
    columns = {row[0]: kind_of(row[1]) for row in described}
    exact = [row[0] for row in described if not re.match(r"DOUBLE|FLOAT|REAL", row[1])]
    counts = "".join(f", count({quoted(c)}), count(DISTINCT {quoted(c)})" for c in exact)
    rows, *pairs = connection.execute(f"SELECT count(*){counts} FROM {place}").fetchone()
    unique = {c: rows > 0 and pairs[2 * i] == rows == pairs[2 * i + 1] for i, c in enumerate(exact)}
    used = used_columns(columns, texts)
    title = table if schema == "main" else f"{schema}.{table}"
    return Input(file, title, "duckdb", columns, used, pick_key(unique, used), rows)


def perturb(source: Input, fault: Fault, target: Path) -> None:
    """Copy the warehouse and replace the table by a perturbed one."""
    import duckdb

    shutil.copyfile(DATA / source.file, target)
    os.chmod(target, 0o600)
    place = ".".join(quoted(part) for part in source.table.split(".", 1))
    schema = place.rpartition(".")[0]
    made = f"{schema}.inhouse_perturbed" if schema else "inhouse_perturbed"
    with duckdb.connect(str(target), config={"threads": 1}) as connection:
        connection.execute(f"CREATE TABLE {made} AS {selection(source, fault, place)}")
        kind = connection.execute(
            "SELECT table_type FROM information_schema.tables WHERE table_name = ?",
            [source.table.rpartition(".")[2]],
        ).fetchone()[0]
        connection.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {place}")
        connection.execute(f"ALTER TABLE {made} RENAME TO {place.rpartition('.')[2]}")


def selection(source: Input, fault: Fault, place: str) -> str:
    """The statement that yields the perturbed rows."""
    if fault.kind == "no rows":
        return f"SELECT * FROM {place} LIMIT 0"
    if fault.kind == "three rows":
        return f"SELECT * FROM {place} LIMIT 3"
    if fault.kind == "duplicated keys":
        some = max(1, source.rows // 10)
        return f"SELECT * FROM {place} UNION ALL (SELECT * FROM {place} LIMIT {some})"
    if fault.kind == "missing column" and len(source.columns) == 1:
        return f"SELECT {quoted(fault.columns[0])} AS other FROM {place}"
    if fault.kind == "missing column":
        return f"SELECT * EXCLUDE ({', '.join(map(quoted, fault.columns))}) FROM {place}"
    changed = ", ".join(
        f"{spoiled(source, fault, c, turn)} AS {quoted(c)}" for turn, c in enumerate(fault.columns)
    )
    return f"SELECT * REPLACE ({changed}) FROM {place}"


def spoiled(source: Input, fault: Fault, column: str, turn: int) -> str:
    """An expression for a column with gaps, or with values of another type."""
    number = "row_number() OVER ()"
    if fault.kind == "nulls":
        return f"CASE WHEN {number} % 5 = {turn % 5} THEN NULL ELSE {quoted(column)} END"
    if source.columns.get(column) == "text":
        return number
    text = f"CAST({quoted(column)} AS VARCHAR)"
    return f"CASE WHEN {number} % 5 = 1 THEN 'not available' ELSE {text} END"


def kind_of(kind: str) -> str:
    """ "number", "text", "time" or "other"."""
    if NUMBERS.match(kind):
        return "number"
    if kind.startswith("VARCHAR"):
        return "text"
    return "time" if kind.startswith(("DATE", "TIME")) else "other"


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'
