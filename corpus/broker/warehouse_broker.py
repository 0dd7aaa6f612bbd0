"""A broker for the warehouse: holds its credentials and answers statements on a Unix socket.

    CDP_WAREHOUSE_KEY=... python warehouse_broker.py warehouse.duckdb run/warehouse.sock

What connects needs no credentials and no network; it can only ask. Statements run on a read-only
connection in which no other file or address can be reached. The key is that of an encrypted DuckDB
file and optional. Protocol: `cdp_client/broker.py`. Prints "ready" once it listens, and a line for
each statement; ends when its standard input does.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import socketserver
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

MAX_REQUEST = 1 << 20


def open_warehouse(path: str, key: str | None) -> duckdb.DuckDBPyConnection:
    """Open the file read-only, with nothing else in reach of a statement."""
    connection = duckdb.connect(config={"threads": 1})
    options = "READ_ONLY" + (", ENCRYPTION_KEY '" + key.replace("'", "''") + "'" if key else "")
    connection.execute(f"ATTACH '{Path(path).as_posix()}' AS warehouse ({options})")
    connection.execute("USE warehouse")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def value(sent: Any) -> Any:
    """A parameter as it was before it became JSON."""
    if isinstance(sent, dict):
        return dt.datetime.fromisoformat(sent["$time"])
    return [value(item) for item in sent] if isinstance(sent, list) else sent


def answer(warehouse: duckdb.DuckDBPyConnection, request: dict) -> bytes:
    """Run one statement; its rows, or why there are none."""
    try:
        params = {name: value(sent) for name, sent in request.get("params", {}).items()}
        rows = warehouse.cursor().execute("USE warehouse").execute(request["sql"], params or None)
        table = rows.to_arrow_table()
    except Exception as error:  # whatever it is, the asker is told and the next one served
        return json.dumps({"error": str(error)}).encode() + b"\n"
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    body = sink.getvalue().to_pybytes()
    return json.dumps({"bytes": len(body)}).encode() + b"\n" + body


class Line(socketserver.StreamRequestHandler):
    """One connection: statements until the other side hangs up."""

    def handle(self) -> None:
        """Answer each line."""
        while line := self.rfile.readline(MAX_REQUEST):
            try:
                request = json.loads(line)
            except ValueError:
                return
            print("statement:", str(request.get("sql", ""))[:200].replace("\n", " "), flush=True)
            self.wfile.write(answer(self.server.warehouse, request))


class Broker(socketserver.ThreadingUnixStreamServer):
    """Listens on the socket; one thread for each connection."""

    daemon_threads = True

    def __init__(self, path: str, warehouse: duckdb.DuckDBPyConnection) -> None:
        Path(path).unlink(missing_ok=True)
        super().__init__(path, Line)
        self.warehouse = warehouse


def main() -> None:
    """Serve until standard input ends."""
    if len(sys.argv) != 3:
        sys.exit("usage: warehouse_broker.py WAREHOUSE SOCKET")
    warehouse = open_warehouse(sys.argv[1], os.environ.get("CDP_WAREHOUSE_KEY"))
    broker = Broker(sys.argv[2], warehouse)
    os.chmod(sys.argv[2], 0o660)
    threading.Thread(target=broker.serve_forever, daemon=True).start()
    print("ready", flush=True)
    sys.stdin.read()
    broker.shutdown()
    Path(sys.argv[2]).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
