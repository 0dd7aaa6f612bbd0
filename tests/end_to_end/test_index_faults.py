"""An update that is killed, or meets a full disk or I/O errors, at any of its system calls.

strace injects the fault into one call on the index's files. Afterwards the old index answers (or
the new one, whole), or the error says what to do; and `inhouse index` mends it. By default a few
calls of each kind; with INHOUSE_LONG set every one, also of an index with a vector snapshot.
"""

from __future__ import annotations

import collections
import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

LONG = bool(os.environ.get("INHOUSE_LONG"))
CALLS = "openat,write,pwrite64,fsync,fdatasync,ftruncate,rename,unlink"
FILES = (
    "catalog.db",
    "catalog.db-wal",
    "catalog.db-shm",
    "write.lock",
    "vectors.json",
    "search.image",
)
FAULTS = ("signal=KILL", "error=ENOSPC", "error=EIO")
SNAPSHOT_FUNCTIONS = 201_000  # more chunks than are searched without a snapshot
SPACE_POINTS = 200  # of thousands
SNAPSHOT_POINTS = 12  # of hundreds; each takes a minute

pytestmark = pytest.mark.skipif(
    shutil.which("strace") is None
    or subprocess.run(["strace", "-o", os.devnull, "true"], check=False).returncode != 0,
    reason="strace cannot trace here",
)


def strace(binary: Path, index: Path, source: Path, *options: str) -> subprocess.CompletedProcess:
    paths = [word for name in FILES for word in ("-P", str(index / name))]
    command = ["strace", "-f", "-qq", *paths, *options]
    command += [str(binary), "index", str(source), "--index", str(index), "--threads", "1"]
    # LeakSanitizer cannot stop a process that is traced already; every other check stays on.
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={**os.environ, "ASAN_OPTIONS": sanitizer},
    )


def world(
    tmp_path: Path, binary: Path, functions: int, going: str = "x = 1\n"
) -> tuple[Path, Path]:
    """Sources that changed since their index was made, and that index."""
    source, index = tmp_path / "libs", tmp_path / "index"
    source.mkdir()
    for number in range(0, functions, 50):
        names = range(number, min(number + 50, functions))
        text = "".join(f"def f{name}(a):\n    return a\n\n\n" for name in names)
        (source / f"m{number}.py").write_text(text)
    (source / "core.py").write_text("def stays(): pass\n\n\ndef old(): pass\n")
    (source / "going.py").write_text(going)
    done = subprocess.run([binary, "index", source, "--index", index], check=False)
    assert done.returncode == 0
    (source / "core.py").write_text("def stays(): pass\n\n\ndef new(): pass\n")
    (source / "more.py").write_text("import core\n\ncore.stays()\n")
    (source / "going.py").unlink()
    return source, index


def shown(binary: Path, index: Path, name: str) -> subprocess.CompletedProcess:
    command = [binary, "show", name, "--json", "--index", index]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)


def state(binary: Path, index: Path) -> str:
    """ "old", "new", or the error line. Anything between is a failure."""
    stays = shown(binary, index, "core.stays")
    if stays.returncode != 0:
        return stays.stderr
    assert json.loads(stays.stdout)["defined_as"] == "core.stays"
    old = shown(binary, index, "core.old").returncode == 0
    new = shown(binary, index, "core.new").returncode == 0
    assert old != new, "half an update is visible"
    assert json.loads(stays.stdout)["call_count"] == (1 if new else 0)
    return "old" if old else "new"


def points(binary: Path, tmp_path: Path, source: Path, index: Path) -> list[tuple[str, int]]:
    """(system call, its number) of a whole update on a copy of the index."""
    copy, log = tmp_path / "copy", tmp_path / "log"
    shutil.copytree(index, copy)
    done = strace(binary, copy, source, "-o", str(log), "-e", f"trace={CALLS}")
    assert done.returncode == 0, done.stderr
    shutil.rmtree(copy)
    counts = collections.Counter(re.findall(r"^\d+\s+(\w+)\(", log.read_text(), re.MULTILINE))
    chosen = []
    for call, count in sorted(counts.items()):
        numbers = range(1, count + 1) if LONG else sorted({1, (count + 1) // 2, count})
        chosen += [(call, number) for number in numbers]
    return chosen


def check_point(
    binary: Path, tmp_path: Path, source: Path, index: Path, point: tuple[str, int], fault: str
) -> None:
    call, number = point
    hurt = tmp_path / "hurt"
    shutil.copytree(index, hurt)
    inject = f"inject={call}:{fault}:when={number}"
    done = strace(binary, hurt, source, "-o", os.devnull, "-e", inject)
    where = f"{inject}: exit code {done.returncode}, {done.stderr}"
    if fault.startswith("error"):
        assert done.returncode in (0, 4, 8), where
        assert (done.returncode == 0) == (done.stderr == ""), where
        assert done.stderr.count("\n") <= 1, where
    found = state(binary, hurt)
    assert found in ("old", "new") or "inhouse index" in found, f"{where}; then {found}"
    if done.returncode == 0:
        assert found == "new", where
    mended = [binary, "index", source, "--index", hurt]
    mending = subprocess.run(mended, capture_output=True, text=True, check=False)
    assert mending.returncode == 0, f"{where}; then {mending.stderr}"
    assert state(binary, hurt) == "new", where
    shutil.rmtree(hurt)


def test_a_fault_at_any_call_of_an_update(binary: Path, tmp_path: Path) -> None:
    source, index = world(tmp_path, binary, 100)
    for at, point in enumerate(points(binary, tmp_path, source, index)):
        faults = FAULTS if LONG else (FAULTS[at % len(FAULTS)],)
        for fault in faults:
            check_point(binary, tmp_path, source, index, point, fault)


def test_a_fault_while_space_is_given_back(binary: Path, tmp_path: Path) -> None:
    """Most of the sources went: the catalog is written anew, shorter."""
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(12_000)]
    going = "".join(f"def f{each}(a):\n    'Does {each[::-1]}.'\n\n\n" for each in digests)
    source, index = world(tmp_path, binary, 100, going)
    whole = tmp_path / "whole"
    shutil.copytree(index, whole)
    subprocess.run([binary, "index", source, "--index", whole], check=True)
    sizes = [(folder / "catalog.db").stat().st_size for folder in (index, whole)]
    assert sizes[1] < sizes[0] / 4, sizes
    every = points(binary, tmp_path, source, index)
    for at, point in enumerate(every[:: max(1, len(every) // SPACE_POINTS)]):
        check_point(binary, tmp_path, source, index, point, FAULTS[at % len(FAULTS)])


@pytest.mark.skipif(not LONG, reason="INHOUSE_LONG is not set")
def test_a_fault_while_a_vector_snapshot_is_written(binary: Path, tmp_path: Path) -> None:
    source, index = world(tmp_path, binary, SNAPSHOT_FUNCTIONS)
    for name in ("vectors.json", "vectors.faiss"):
        (index / name).unlink()
    every = points(binary, tmp_path, source, index)
    for point in every[:: max(1, len(every) // SNAPSHOT_POINTS)]:
        for fault in FAULTS:
            check_point(binary, tmp_path, source, index, point, fault)
