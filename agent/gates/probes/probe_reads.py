"""What a script reads: files of the data folder, tables of a warehouse, and columns of both.

Opened files are seen by inotify, whoever opens them (Python, Arrow, DuckDB). Tables come from the
statements that DuckDB itself logs while the script runs. Columns are those whose names stand in the
script or in such a statement.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probe_room import DATA, ROOT

IN_OPEN, IN_ISDIR = 0x20, 0x40000000
MAX_FOLDERS = 512
QUERIES = ROOT / "queries"
MAX_QUERY_BYTES = 4 << 20


class OpenedFiles:
    """Files below the data folder that somebody opens, from now on."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        self._folders: dict[int, str] = {}
        for folder, _, _ in os.walk(DATA):
            if self._fd < 0 or len(self._folders) >= MAX_FOLDERS:
                break
            watch = self._libc.inotify_add_watch(self._fd, os.fsencode(folder), IN_OPEN)
            if watch >= 0:
                self._folders[watch] = folder

    @property
    def works(self) -> bool:
        """Whether the system lets us watch."""
        return bool(self._folders)

    def take(self) -> set[str]:
        """Names, relative to the data folder, of the files opened since the last call."""
        found: set[str] = set()
        while self.works:
            try:
                data = os.read(self._fd, 1 << 16)
            except OSError:
                break
            at = 0
            while at < len(data):
                watch, mask, _, size = struct.unpack_from("iIII", data, at)
                name = data[at + 16 : at + 16 + size].rstrip(b"\0")
                at += 16 + size
                if watch in self._folders and name and not mask & IN_ISDIR:
                    path = os.path.join(self._folders[watch], os.fsdecode(name))
                    found.add(os.path.relpath(path, DATA))
        return found


def named_files(files: Iterable[str], texts: Iterable[str]) -> set[str]:
    """Where nothing can be watched: the files whose names stand in the script or environment."""
    everything = "\n".join(texts)
    return {name for name in files if os.path.basename(name) in everything}


def log_queries() -> None:
    """Have every DuckDB connection made from now on log its statements."""
    duckdb: Any = sys.modules.get("duckdb")
    if duckdb is None:
        return
    original = duckdb.connect

    def start_log(connection: Any) -> Any:
        number = len(list(QUERIES.iterdir()))
        with contextlib.suppress(Exception):  # a connection may refuse settings
            connection.execute(f"SET log_query_path = '{QUERIES}/{os.getpid()}-{number}.sql'")
        return connection

    def connect(*arguments: Any, **options: Any) -> Any:
        return start_log(original(*arguments, **options))

    QUERIES.mkdir(parents=True, exist_ok=True)
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is original and module.__name__ != __name__:
                setattr(module, name, connect)
    with contextlib.suppress(Exception):
        start_log(duckdb.default_connection())


def logged_queries() -> list[str]:
    """The statements that were logged, in order of their files."""
    if not QUERIES.is_dir():
        return []
    texts, left = [], MAX_QUERY_BYTES
    for path in sorted(QUERIES.iterdir()):
        lines = path.read_bytes()[:left].decode("utf-8", "replace").splitlines()
        texts.append("\n".join(line for line in lines if "log_query_path" not in line))
        left -= len(texts[-1])
    return texts


@dataclass(frozen=True)
class Input:
    """One thing that the script reads.

    Attributes:
        file: The file's name below the data folder.
        table: The warehouse table, "" for a file that is one table itself.
        kind: "csv", "parquet" or "duckdb".
        columns: Column names with "number", "text", "time" or "other".
        used: Those that the script or its statements name; all (at most four) if none is named.
        key: A column whose values are all there and all different, "" if there is none.
        rows: How many rows there are.
    """

    file: str
    table: str
    kind: str
    columns: dict[str, str] = field(default_factory=dict)
    used: tuple[str, ...] = ()
    key: str = ""
    rows: int = 0

    @property
    def title(self) -> str:
        """As people call it."""
        return f"table {self.table}" if self.table else self.file

    @property
    def own_names(self) -> set[str]:
        """The table's or the file's name, the latter also without its ending."""
        file = os.path.basename(self.file)
        return {self.table.rpartition(".")[2]} if self.table else {file, file.split(".", 1)[0]}

    @property
    def names(self) -> set[str]:
        """What a message may say to name this input."""
        return self.own_names | set(self.used)


def used_columns(columns: Iterable[str], texts: Iterable[str]) -> tuple[str, ...]:
    """The columns that the texts name, in the order of the table; four at most if none is."""
    everything = "\n".join(texts)
    words = set(re.findall(r"\w+", everything))
    known = list(columns)
    plain = re.compile(r"\w+\Z")
    used = [c for c in known if (c in words if plain.match(c) else c in everything)]
    return tuple(used or known[:4])


def kind_of_file(name: str) -> str:
    """Which kind of input a file is, "" for one that cannot be perturbed."""
    lower = name.lower()
    if lower.endswith((".csv", ".tsv", ".csv.gz", ".tsv.gz")):
        return "csv"
    if lower.endswith((".parquet", ".pq")):
        return "parquet"
    with contextlib.suppress(OSError), open(DATA / name, "rb") as file:
        if file.read(12)[8:] == b"DUCK":
            return "duckdb"
    return ""


def pick_key(candidates: dict[str, bool], used: Iterable[str]) -> str:
    """The likeliest key among columns that could be one (True: all values differ)."""
    fits = [name for name, unique in candidates.items() if unique]
    named = set(used)

    def rank(name: str) -> tuple[int, int]:
        looks = name.lower() == "id" or name.lower().endswith(("_id", "key", "email", "uuid"))
        return (not looks, name not in named)

    return min(fits, key=rank) if fits else ""


def size_of(name: str) -> int:
    """Bytes of a data file."""
    return Path(DATA / name).stat().st_size
