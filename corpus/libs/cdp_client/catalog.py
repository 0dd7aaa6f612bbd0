"""What the warehouse holds: its tables, their columns, a look at their rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from cdp_client.errors import UnknownTable
from cdp_client.warehouse import (
    _columns_by_table,
    connect,
    near_matches,
    query,
    query_value,
    speaks_duckdb,
)


@dataclass(frozen=True)
class ColumnInfo:
    """One column of a table, with what a job must know before it relies on it.

    Attributes:
        name: The column's name in the warehouse.
        type: The warehouse's type, for example `VARCHAR` or `DOUBLE`.
        nulls: How many rows have no value.
        distinct: How many different values there are, nulls not counted.
    """

    name: str
    type: str
    nulls: int
    distinct: int


@dataclass(frozen=True)
class TableInfo:
    """A table with its size and columns.

    Attributes:
        name: The table's name.
        rows: How many rows it has.
        columns: Its columns in the order of the table.
    """

    name: str
    rows: int
    columns: tuple[ColumnInfo, ...]

    def column(self, name: str) -> ColumnInfo:
        """Return one column by name.

        Args:
            name: The column's name, exactly as in the warehouse.

        Returns:
            The column.

        Raises:
            KeyError: If the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column '{name}'")

    def to_frame(self) -> pd.DataFrame:
        """Return the columns as a data frame, one row per column, for printing."""
        return pd.DataFrame([vars(column) for column in self.columns])


def list_tables() -> list[str]:
    """List the tables of the warehouse.

    Returns:
        Table names in alphabetical order.

    Raises:
        WarehouseUnavailable: If the warehouse cannot be opened.
    """
    with connect() as connection:
        return sorted(_columns_by_table(connection))


def describe_table(table: str) -> TableInfo:
    """Describe a table: its rows, and for each column the type, nulls and distinct values.

    Args:
        table: The table's name.

    Returns:
        The description. It reads the whole table once.

    Raises:
        UnknownTable: If there is no such table; the message lists near matches.

    Example:
        >>> cdp_client.describe_table("user_features").column("purch_freq").nulls
        1505
    """
    name = _known_table(table)
    types = _column_types(name)
    parts = ", ".join(
        f'count("{column}") AS n{i}, count(DISTINCT "{column}") AS d{i}'
        for i, column in enumerate(types)
    )
    counts = query(f'SELECT count(*) AS total, {parts} FROM "{name}"').iloc[0]
    total = int(counts["total"])
    columns = tuple(
        ColumnInfo(column, kind, total - int(counts[f"n{i}"]), int(counts[f"d{i}"]))
        for i, (column, kind) in enumerate(types.items())
    )
    return TableInfo(name, total, columns)


def count_rows(table: str) -> int:
    """Count the rows of a table.

    Args:
        table: The table's name.

    Returns:
        The number of rows.

    Raises:
        UnknownTable: If there is no such table.
    """
    return int(query_value(f'SELECT count(*) FROM "{_known_table(table)}"'))


def sample_rows(table: str, rows: int = 5) -> pd.DataFrame:
    """Return the first rows of a table, ordered by its first column.

    Args:
        table: The table's name.
        rows: How many rows to return.

    Returns:
        The same rows every time.

    Raises:
        UnknownTable: If there is no such table.
    """
    return query(f'SELECT * FROM "{_known_table(table)}" ORDER BY 1 LIMIT {int(rows)}')


def _known_table(table: str) -> str:
    tables = list_tables()
    if table not in tables:
        raise UnknownTable(table, near_matches(table, tables))
    return table


def _column_types(table: str) -> dict[str, str]:
    with connect() as connection:
        if speaks_duckdb(connection):
            rows = connection.execute(f'DESCRIBE "{table}"').fetchall()
            return {row[0]: row[1] for row in rows}
        import sqlalchemy

        columns = sqlalchemy.inspect(connection).get_columns(table)
        return {c["name"]: re.sub(r"\(.*\)", "", str(c["type"])) for c in columns}
