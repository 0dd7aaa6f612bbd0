"""How values are shown to the model: texts without cell-by-cell dumps or memory addresses.

Part of the interpreter inside the sandbox (kernel_main.py). Standard library only;
pandas and numpy are looked at only where the cell has imported them.
"""

from __future__ import annotations

import itertools
import os
import re
import sys
import types

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]{6,}")
MANY_ITEMS = 1000  # of a container, which is then shown in part
SHOWN_ITEMS = 50


class Text(str):
    """A string that shows itself as it is, not quoted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def clip(text: str, limit: int) -> str:
    """Cut the middle out of a text that is too long, and say how much is missing."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters cut …\n{text[-half:]}"


def mask_addresses(text: str) -> str:
    """Memory addresses differ from run to run: leave them out."""
    return ADDRESS.sub("", text)


def dtype_list(frame, limit: int = 40) -> str:
    """Columns and types of a data frame, no values."""
    items = [f"{name} {dtype}" for name, dtype in frame.dtypes.items()]
    more = f", … {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more


def show_frame(frame) -> str:
    """A data frame as shape, types, nulls and its first rows."""
    pandas = sys.modules["pandas"]
    nulls = [f"{name} {count}" for name, count in frame.isna().sum().items() if count]
    with_nulls = ", ".join(nulls[:40]) + (f", … {len(nulls) - 40} more" if len(nulls) > 40 else "")
    head = f"DataFrame {len(frame)} rows x {frame.shape[1]} columns: {dtype_list(frame)}"
    if with_nulls:
        head += f"\nnulls: {with_nulls}"
    with pandas.option_context(
        "display.width", 110, "display.max_columns", 12, "display.max_colwidth", 40
    ):
        return f"{head}\n{frame.head(6).to_string(max_cols=12)}"


def show_series(series) -> str:
    """A series as length, type, nulls and its first values."""
    head = (
        f"Series {series.name!s} of {len(series)}, {series.dtype}, {int(series.isna().sum())} null"
    )
    return f"{head}\n{series.head(12).to_string()}"


def is_instance_of(value: object, module: str, name: str) -> bool:
    """True if the value is of a class of a module that the cell has imported."""
    loaded = sys.modules.get(module)
    kind = getattr(loaded, name, None)
    return isinstance(kind, type) and isinstance(value, kind)


def show_container(value) -> str:
    """A long list, set or dictionary as its length and its first items."""
    if isinstance(value, dict):
        first = dict(itertools.islice(value.items(), SHOWN_ITEMS))
    else:
        first = list(itertools.islice(value, SHOWN_ITEMS))
    kind = type(value).__name__
    return f"{kind} of {len(value)}, the first {SHOWN_ITEMS}:\n{mask_addresses(repr(first))}"


def show(value: object) -> str:
    """The text shown for a cell's last expression."""
    if type(value) in (list, tuple, set, frozenset, dict) and len(value) > MANY_ITEMS:
        return show_container(value)
    if is_instance_of(value, "pandas", "DataFrame"):
        return show_frame(value)
    if is_instance_of(value, "pandas", "Series"):
        return show_series(value)
    return mask_addresses(repr(value))


def describe(value: object) -> str:
    """What a live name holds, without its values."""
    if is_instance_of(value, "pandas", "DataFrame"):
        return f"{len(value)} x {value.shape[1]}: {dtype_list(value, 20)}"
    if is_instance_of(value, "pandas", "Series"):
        return f"{len(value)} of {value.dtype}"
    if is_instance_of(value, "numpy", "ndarray"):
        return f"{value.shape} {value.dtype}"
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, types.FunctionType):
        code = value.__code__
        return "(" + ", ".join(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]) + ")"
    if isinstance(value, (list, tuple, set, frozenset, dict, str, bytes)):
        return f"of {len(value)}"
    return ""


def read_schema(source: str) -> Text:
    """Columns, types, null and unique counts, and rows of a data file or warehouse table."""
    import duckdb  # the kernel itself needs the standard library only

    source = str(source)
    if os.path.exists(source):
        path = source.replace("'", "''")
        relation, connection = f"'{path}'", duckdb.connect()
    else:
        dsn = os.environ.get("CDP_DSN", "")
        if not dsn.startswith("duckdb:///"):
            raise FileNotFoundError(
                f"{source}: neither a file nor a table of a DuckDB warehouse that CDP_DSN names"
            )
        connection = duckdb.connect(dsn.removeprefix("duckdb:///"), read_only=True)
        relation = ".".join('"' + part.replace('"', '""') + '"' for part in source.split("."))
    with connection:
        columns = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        quoted = ['"' + row[0].replace('"', '""') + '"' for row in columns]
        counts = ", ".join(f"count({name}), count(DISTINCT {name})" for name in quoted)
        row = connection.execute(f"SELECT count(*), {counts} FROM {relation}").fetchone()
    lines = [f"{source}: {row[0]} rows, {len(columns)} columns"]
    for i, column in enumerate(columns):
        known, unique = row[1 + 2 * i], row[2 + 2 * i]
        lines.append(f"  {column[0]}  {column[1]}  {row[0] - known} null  {unique} unique")
    return Text("\n".join(lines))
