"""The client's side of a warehouse broker: statements out and rows in, through a Unix socket.

A broker runs beside the warehouse with its credentials; a job that reaches it has neither the
credentials nor a network. One request is a line of JSON, `{"sql": ..., "params": {...}}`, with
days and times as `{"$time": "<ISO 8601>"}`. The answer is a line of JSON, `{"bytes": n}` and then
an Arrow stream of n bytes, or `{"error": message}`.
"""

from __future__ import annotations

import datetime as dt
import json
import socket
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from cdp_client.errors import WarehouseUnavailable

_TIMEOUT_SECONDS = 300.0
_MAX_BYTES = 1 << 30


class StatementRefused(Exception):
    """What the warehouse said to a statement; `query` turns it into an error of the client."""


class BrokerConnection:
    """An open line to a broker; takes statements in DuckDB's way, one after the other."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_TIMEOUT_SECONDS)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise WarehouseUnavailable(
                f"cannot reach the warehouse broker {path}: {error}"
            ) from error
        self._stream = self._socket.makefile("rb")
        self._rows: pa.Table | None = None

    def execute(self, sql: str, params: dict[str, Any] | None = None) -> BrokerConnection:
        """Send a statement and keep its rows for `df` or `fetchall`."""
        request = json.dumps({"sql": sql, "params": params or {}}, default=_as_json)
        try:
            self._socket.sendall(request.encode() + b"\n")
            answer = json.loads(self._stream.readline() or b"null")
            if not isinstance(answer, dict):
                raise WarehouseUnavailable("the warehouse broker closed the connection")
            if "error" in answer:
                raise StatementRefused(str(answer["error"]))
            self._rows = self._read_rows(int(answer["bytes"]))
        except (OSError, ValueError, KeyError, pa.ArrowException) as error:
            raise WarehouseUnavailable(f"the warehouse broker failed: {error}") from error
        return self

    def df(self) -> pd.DataFrame:
        """The rows as DuckDB itself would give them."""
        return duckdb.from_arrow(self._rows).df()

    def fetchall(self) -> list[tuple]:
        """The rows as tuples."""
        return duckdb.from_arrow(self._rows).fetchall()

    def close(self) -> None:
        """Close the line."""
        self._stream.close()
        self._socket.close()

    def _read_rows(self, size: int) -> pa.Table:
        if not 0 < size <= _MAX_BYTES:
            raise ValueError(f"an answer of {size} bytes")
        return pa.ipc.open_stream(self._stream.read(size)).read_all()


def _as_json(value: Any) -> Any:
    if isinstance(value, (dt.datetime, dt.date)):
        return {"$time": value.isoformat()}
    raise TypeError(f"a parameter of type {type(value).__name__} cannot be sent to a broker")
