"""Perturbed copies of Parquet files, with pyarrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from probe_reads import Input, pick_key, used_columns
from probe_room import DATA

if TYPE_CHECKING:
    from probe_faults import Fault


def survey(name: str, texts: list[str]) -> list[Input]:
    """The file as an input. ImportError without pyarrow."""
    import pyarrow.parquet as pq

    table = pq.read_table(DATA / name)
    columns = {field.name: kind_of(field.type) for field in table.schema}
    used = used_columns(columns, texts)
    unique = {column: is_key(table, column) for column in columns}
    return [Input(name, "", "parquet", columns, used, pick_key(unique, used), table.num_rows)]


def perturb(source: Input, fault: Fault, target: Path) -> None:
    """Write the perturbed file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(DATA / source.file)
    if fault.kind == "no rows":
        table = table.slice(0, 0)
    elif fault.kind == "three rows":
        table = table.slice(0, 3)
    elif fault.kind == "duplicated keys":
        table = pa.concat_tables([table, table.slice(0, max(1, table.num_rows // 10))])
    elif fault.kind == "missing column" and table.num_columns == 1:
        table = table.rename_columns(["other"])
    elif fault.kind == "missing column":
        table = table.drop_columns(list(fault.columns))
    else:
        for turn, column in enumerate(fault.columns):
            position = table.schema.get_field_index(column)
            table = table.set_column(position, column, spoiled(table[column], turn, fault, source))
    pq.write_table(table, target)


def spoiled(values: Any, turn: int, fault: Fault, source: Input) -> Any:
    """A column with gaps, or with values of another type."""
    import pyarrow as pa

    listed = values.to_pylist()
    if fault.kind == "nulls":
        gaps = [None if i % 5 == turn % 5 else value for i, value in enumerate(listed)]
        return pa.array(gaps, type=values.type)
    if source.columns.get(fault.columns[0]) == "text":
        return pa.array(range(len(listed)))
    return pa.array(["not available" if i % 5 == 0 else str(v) for i, v in enumerate(listed)])


def is_key(table: Any, column: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    values = table[column]
    if table.num_rows == 0 or values.null_count or kind_of(values.type) == "other":
        return False
    if pa.types.is_floating(values.type):
        return False
    return pc.count_distinct(values).as_py() == table.num_rows


def kind_of(kind: Any) -> str:
    """ "number", "text", "time" or "other"."""
    import pyarrow as pa

    is_type = pa.types
    if is_type.is_dictionary(kind):
        kind = kind.value_type
    if is_type.is_integer(kind) or is_type.is_floating(kind) or is_type.is_decimal(kind):
        return "number"
    if is_type.is_string(kind) or is_type.is_large_string(kind) or is_type.is_string_view(kind):
        return "text"
    return "time" if is_type.is_temporal(kind) else "other"
