"""Connection to the customer data platform and the one way to send it SQL.

The warehouse is named by a DSN in the environment variable `CDP_DSN`. A DSN that starts with
`duckdb:` opens a DuckDB file read-only and in one thread, so that a statement returns its rows in
the same order every time; `broker:` sends the statements to a broker that holds the credentials,
through the Unix socket that it names; any other scheme is handed to SQLAlchemy. Parameters are
written `:name` in all cases, and `IN :name` takes a list.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from cdp_client.broker import BrokerConnection
from cdp_client.errors import (
    CdpError,
    QueryError,
    UnknownColumn,
    UnknownTable,
    WarehouseUnavailable,
)

DSN_VARIABLE = "CDP_DSN"

# What people write for the columns that still carry their names from the first warehouse.
LEGACY_COLUMNS = {
    "purchase_frequency": "purch_freq",
    "average_order_value": "avg_ov",
    "days_since_last_purchase": "days_last_purch",
}

_PLACEHOLDER = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|::|:([A-Za-z_]\w*)")
_IN_PLACEHOLDER = re.compile(r"\bIN\s+:([A-Za-z_]\w*)", re.IGNORECASE)
_MISSING_TABLE = re.compile(
    r"Table with name \"?([\w.]+)\"? does not exist|no such table: ([\w.]+)"
)
_MISSING_COLUMN = re.compile(
    r"Referenced column \"([^\"]+)\" not found"
    r"|does not have a column named \"([^\"]+)\""
    r"|no such column: ([\w.]+)"
)


@dataclass(frozen=True)
class Warehouse:
    """Where the warehouse is.

    Attributes:
        dsn: The full DSN, for example `duckdb:////data/warehouse.duckdb`.
    """

    dsn: str

    @classmethod
    def from_environment(cls) -> Warehouse:
        """Read the DSN from the environment variable `CDP_DSN`.

        Returns:
            The warehouse that the environment names.

        Raises:
            WarehouseUnavailable: If the variable is not set or has no scheme.
        """
        dsn = os.environ.get(DSN_VARIABLE, "").strip()
        if not dsn:
            raise WarehouseUnavailable(
                f"{DSN_VARIABLE} is not set; set it to the warehouse DSN, "
                "for example duckdb:////data/warehouse.duckdb"
            )
        if ":" not in dsn:
            raise WarehouseUnavailable(f"{DSN_VARIABLE} has no scheme: '{dsn}'")
        return cls(dsn)

    @property
    def scheme(self) -> str:
        """The part of the DSN before the colon, without a driver suffix."""
        return self.dsn.split(":", 1)[0].split("+", 1)[0]

    @property
    def is_duckdb(self) -> bool:
        """Whether the warehouse is a local DuckDB file."""
        return self.scheme == "duckdb"

    @property
    def is_brokered(self) -> bool:
        """Whether the warehouse is reached through a broker's Unix socket."""
        return self.scheme == "broker"

    def socket(self) -> str:
        """Return the socket behind a broker DSN.

        Returns:
            The path after `broker:///`; a fourth slash makes it absolute.

        Raises:
            WarehouseUnavailable: If the DSN names no socket.
        """
        prefix = "broker:///"
        if not self.dsn.startswith(prefix) or len(self.dsn) == len(prefix):
            raise WarehouseUnavailable(f"DSN '{self.dsn}' must look like broker:///<path>")
        return self.dsn[len(prefix) :]

    def path(self) -> Path:
        """Return the file behind a DuckDB DSN.

        Returns:
            The path after `duckdb:///`; a fourth slash makes it absolute.

        Raises:
            WarehouseUnavailable: If the DSN names no file, or the file does not exist.
        """
        prefix = "duckdb:///"
        if not self.dsn.startswith(prefix) or len(self.dsn) == len(prefix):
            raise WarehouseUnavailable(f"DSN '{self.dsn}' must look like duckdb:///<path>")
        path = Path(self.dsn[len(prefix) :])
        if not path.is_file():
            raise WarehouseUnavailable(f"warehouse file {path} does not exist ({DSN_VARIABLE})")
        return path


@contextmanager
def connect(warehouse: Warehouse | None = None) -> Iterator[Any]:
    """Open a read-only connection for several statements in a row.

    Most jobs want `query`, which opens and closes its own connection.

    Args:
        warehouse: The warehouse to open; by default the one in `CDP_DSN`.

    Yields:
        A DuckDB connection or one to a broker, or a SQLAlchemy connection for any other scheme.

    Raises:
        WarehouseUnavailable: If the warehouse cannot be opened.

    Example:
        >>> with cdp_client.connect() as connection:
        ...     paid = cdp_client.query("SELECT * FROM orders", connection=connection)
    """
    warehouse = warehouse or Warehouse.from_environment()
    if warehouse.is_duckdb or warehouse.is_brokered:
        connection = (
            _open_duckdb(warehouse.path())
            if warehouse.is_duckdb
            else BrokerConnection(warehouse.socket())
        )
        try:
            yield connection
        finally:
            connection.close()
        return
    engine = _open_sqlalchemy(warehouse)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def query(
    sql: str, params: Mapping[str, Any] | None = None, *, connection: Any = None
) -> pd.DataFrame:
    """Run one SQL statement against the warehouse and return its rows.

    Row order is only what the statement's `ORDER BY` says. Write one wherever the order matters.

    Args:
        sql: A single `SELECT` or `WITH` statement. Values are written as `:name`,
            never formatted in.
        params: Values for the placeholders. A list, tuple or set goes with `IN :name`.
        connection: An open connection from `connect`; by default one is opened for this call.

    Returns:
        One row per result row. An empty result keeps its columns.

    Raises:
        UnknownTable: If a table does not exist; the message lists near matches.
        UnknownColumn: If a column does not exist; the message lists near matches.
        QueryError: If the statement is empty, is not a query, lacks a parameter or fails otherwise.
        WarehouseUnavailable: If the warehouse cannot be opened.

    Example:
        >>> cdp_client.query(
        ...     "SELECT user_id, amount FROM orders WHERE ordered_at >= :since ORDER BY order_id",
        ...     {"since": "2026-01-01"},
        ... )
    """
    statement = sql.strip().rstrip(";")
    _require_query(statement, sql)
    values = {name: _plain(value) for name, value in (params or {}).items()}
    _require_params(statement, values, sql)
    if connection is None:
        with connect() as opened:
            return _run(opened, statement, values, sql)
    return _run(connection, statement, values, sql)


def query_value(sql: str, params: Mapping[str, Any] | None = None) -> Any:
    """Run a statement that yields exactly one value, such as a count.

    Args:
        sql: A statement with one column and one row.
        params: Values for the placeholders, as in `query`.

    Returns:
        The value, as a plain Python object.

    Raises:
        QueryError: If the result is not one row with one column.
    """
    frame = query(sql, params)
    if frame.shape != (1, 1):
        rows, columns = frame.shape
        raise QueryError(f"expected one value, got {rows} row(s) and {columns} column(s)", sql)
    value = frame.iat[0, 0]
    return value.item() if hasattr(value, "item") else value


def query_batches(
    sql: str, params: Mapping[str, Any] | None = None, *, batch_rows: int = 10_000
) -> Iterator[pd.DataFrame]:
    """Run a statement and hand out its rows in batches, for results that are worked on piecewise.

    Args:
        sql: The statement, as in `query`.
        params: Values for the placeholders.
        batch_rows: The largest number of rows in a batch.

    Yields:
        Data frames with at most `batch_rows` rows, in result order. Nothing for an empty result.

    Raises:
        ValueError: If `batch_rows` is not positive.
    """
    if batch_rows < 1:
        raise ValueError(f"batch_rows must be at least 1, got {batch_rows}")
    frame = query(sql, params)
    for start in range(0, len(frame), batch_rows):
        yield frame.iloc[start : start + batch_rows].reset_index(drop=True)


def near_matches(name: str, known: Sequence[str], limit: int = 3) -> list[str]:
    """Find existing names that are likely to be meant by a wrong one.

    Args:
        name: The name that was not found.
        known: The names that exist.
        limit: The largest number of suggestions.

    Returns:
        Suggestions, best first; the legacy name of a spelled-out column comes before all others.
    """
    wanted = name.lower().rsplit(".", 1)[-1]
    lowered = {candidate.lower(): candidate for candidate in known}
    found = []
    for spelled_out, legacy in LEGACY_COLUMNS.items():
        close = difflib.SequenceMatcher(None, wanted, spelled_out).ratio() >= 0.8
        if close and legacy in lowered:
            found.append(lowered[legacy])
    for candidate in difflib.get_close_matches(wanted, lowered, n=limit, cutoff=0.5):
        if lowered[candidate] not in found:
            found.append(lowered[candidate])
    return found[:limit]


def speaks_duckdb(connection: Any) -> bool:
    """Whether statements on a connection are DuckDB's: a file's own, or a broker's."""
    return isinstance(connection, (duckdb.DuckDBPyConnection, BrokerConnection))


def _open_duckdb(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=True, config={"threads": 1})
    except duckdb.Error as error:
        raise WarehouseUnavailable(f"cannot open warehouse file {path}: {error}") from error


def _open_sqlalchemy(warehouse: Warehouse) -> Any:
    try:
        import sqlalchemy
    except ImportError as error:
        raise WarehouseUnavailable(
            f"a '{warehouse.scheme}' warehouse needs the package sqlalchemy"
        ) from error
    try:
        engine = sqlalchemy.create_engine(warehouse.dsn)
        engine.connect().close()
    except Exception as error:  # drivers raise their own classes
        raise WarehouseUnavailable(
            f"cannot open the '{warehouse.scheme}' warehouse: {error}"
        ) from error
    return engine


def _require_query(statement: str, sql: str) -> None:
    first_word = re.sub(r"^(\s*--[^\n]*\n)*\s*\(*", "", statement).split(None, 1)
    if not first_word:
        raise QueryError("the statement is empty", sql)
    if first_word[0].upper() not in {"SELECT", "WITH", "DESCRIBE", "FROM", "VALUES"}:
        raise QueryError(
            f"only queries are allowed, the statement starts with '{first_word[0]}'", sql
        )


def _require_params(statement: str, values: Mapping[str, Any], sql: str) -> None:
    wanted = {match[1] for match in _PLACEHOLDER.finditer(statement) if match[1]}
    missing, unused = sorted(wanted - values.keys()), sorted(values.keys() - wanted)
    if missing:
        raise QueryError(f"no value for parameter(s) {', '.join(missing)}", sql)
    if unused:
        raise QueryError(f"parameter(s) {', '.join(unused)} do not occur in the statement", sql)


def _plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (set, frozenset)):
        value = sorted(value)
    if isinstance(value, tuple):
        value = list(value)
    return value


def _run(connection: Any, statement: str, values: dict[str, Any], sql: str) -> pd.DataFrame:
    runner = _run_duckdb if speaks_duckdb(connection) else _run_sqlalchemy
    try:
        return runner(connection, statement, values)
    except CdpError:
        raise
    except Exception as error:  # the drivers behind SQLAlchemy share no base class
        raise _translated(connection, error, statement, sql) from error


def _run_duckdb(connection: Any, statement: str, values: dict[str, Any]) -> pd.DataFrame:
    statement = _IN_PLACEHOLDER.sub(r"IN (SELECT unnest(:\1))", statement)
    statement = _PLACEHOLDER.sub(lambda m: f"${m[1]}" if m[1] else m[0], statement)
    return connection.execute(statement, values or None).df()


def _run_sqlalchemy(connection: Any, statement: str, values: dict[str, Any]) -> pd.DataFrame:
    import sqlalchemy

    lists = [name for name, value in values.items() if isinstance(value, list)]
    text = sqlalchemy.text(statement)
    text = text.bindparams(*(sqlalchemy.bindparam(name, expanding=True) for name in lists))
    return pd.read_sql_query(text, connection, params=values)


def _translated(connection: Any, error: Exception, statement: str, sql: str) -> QueryError:
    message = str(error)
    if match := _MISSING_TABLE.search(message):
        name = next(filter(None, match.groups()))
        return UnknownTable(
            name, near_matches(name, sorted(_columns_by_table(connection))), sql=sql
        )
    if match := _MISSING_COLUMN.search(message):
        name = next(filter(None, match.groups()))
        by_table = _columns_by_table(connection)
        words = set(re.findall(r"\w+", statement.lower()))
        used = sorted(table for table in by_table if table.lower() in words) or sorted(by_table)
        known = list(dict.fromkeys(column for table in used for column in by_table[table]))
        return UnknownColumn(name, near_matches(name, known), where=", ".join(used), sql=sql)
    return QueryError(f"the warehouse refused the statement: {message}", sql)


def _columns_by_table(connection: Any) -> dict[str, list[str]]:
    if speaks_duckdb(connection):
        rows = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " ORDER BY table_name, ordinal_position"
        ).fetchall()
        columns: dict[str, list[str]] = {}
        for table, column in rows:
            columns.setdefault(table, []).append(column)
        return columns
    import sqlalchemy

    inspector = sqlalchemy.inspect(connection)
    return {
        table: [column["name"] for column in inspector.get_columns(table)]
        for table in inspector.get_table_names()
    }
