"""The room in which probes happen: the data folder of the moment, and processes in it.

`/data` is a folder of links to `/tmp/inhouse-probe/now`, where every file is again a link to the
real, read-only data at `/opt/probe-data`. A probe puts a perturbed copy in place of one of these
links: nothing else is copied. Each run of the script is a forked child of this interpreter, which
has imported the script's modules before: a probe then costs what the script itself costs.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import contextlib
import importlib
import io
import os
import select
import shutil
import signal
import sys
import threading
import time
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/tmp/inhouse-probe")
NOW = ROOT / "now"
DATA = Path("/opt/probe-data")
WORK = Path("/work")
OUTPUT = ROOT / "output.txt"
NEVER = 1  # an access time
MAX_OUTPUT = 4 << 20  # read of what a run printed
MAX_LINE, MAX_LINES = 600, 400  # kept of it: of each line its beginning, and the first and last
SCRIPT = "script.py"


@dataclass(frozen=True)
class Run:
    """How one run of the script ended; a negative exit code is a signal."""

    exit_code: int
    timed_out: bool
    output: str
    seconds: float


def restore(files: list[str]) -> None:
    """Every file of the data folder is the real one."""
    shutil.rmtree(NOW, ignore_errors=True)
    NOW.mkdir(parents=True)
    for name in files:
        link = NOW / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(DATA / name)
        os.utime(link, (NEVER, NEVER), follow_symlinks=False)


def followed(files: list[str]) -> set[str]:
    """The files whose links somebody here has followed since they were made.

    The system notes it in a link's access time. Other sandboxes have links of their own.
    """
    return {name for name in files if (NOW / name).lstat().st_atime > NEVER}


def preload(script: str) -> None:
    """Import what the script imports, quietly; what cannot be imported is left to the script."""
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        for name in imported_modules(script):
            with contextlib.suppress(BaseException):
                importlib.import_module(name)


def imported_modules(script: str) -> list[str]:
    """Names of the modules that a script imports anywhere, in order."""
    names: dict[str, None] = {}
    for node in ast.walk(ast.parse(script)):
        if isinstance(node, ast.Import):
            names.update(dict.fromkeys(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names[node.module] = None
    return list(names)


def run_script(script: str, limit: float, before: Callable[[], None] | None = None) -> Run:
    """Run the script from the start, in a clean work folder, for at most `limit` seconds."""
    clean()
    (WORK / SCRIPT).write_text(script, encoding="utf-8")

    def act() -> int:
        if before:
            before()
        return act_as_main(script)

    started = time.monotonic()
    status = run_forked(act, limit)
    (WORK / SCRIPT).unlink(missing_ok=True)
    code = -signal.SIGKILL if status is None else os.waitstatus_to_exitcode(status)
    return Run(code, status is None, read_output(), time.monotonic() - started)


def run_forked(act: Callable[[], int], limit: float) -> int | None:
    """Run a function in a child, whatever it does; its wait status, nothing past the limit."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            os.setsid()
            redirect()
            code = act()
        except BaseException:
            traceback.print_exc()
        finally:
            flush()
            os._exit(code)
    ended = ends_within(child, max(limit, 0.1))
    kill_others()
    _, status = os.waitpid(child, 0)
    return status if ended else None


def ends_within(child: int, limit: float) -> bool:
    """Whether a child ends within `limit` seconds; its status is left to be taken."""
    try:
        watched = os.pidfd_open(child)
    except OSError:  # gVisor's kernel has none
        until = time.monotonic() + limit
        how = os.WEXITED | os.WNOWAIT | os.WNOHANG
        while not (ended := os.waitid(os.P_PID, child, how)) and time.monotonic() < until:
            time.sleep(0.005)
        return bool(ended)
    ended = bool(select.select([watched], [], [], limit)[0])
    os.close(watched)
    return ended


def act_as_main(script: str) -> int:
    """What `python script.py` does; returns its exit code."""
    main = types.ModuleType("__main__")
    main.__dict__.update(__file__=str(WORK / SCRIPT), __builtins__=builtins, __cached__=None)
    sys.modules["__main__"] = main
    sys.argv[:] = [SCRIPT]
    sys.path[:] = [entry for entry in sys.path if entry != "/opt/probe"]
    code = 0
    try:
        exec(compile(script, str(WORK / SCRIPT), "exec"), main.__dict__)
    except SystemExit as error:
        code = exit_code(error)
    except BaseException as error:
        trace = error.__traceback__
        sys.excepthook(type(error), error, trace.tb_next if trace else None)
        code = 1
    threading._shutdown()
    atexit._run_exitfuncs()
    return code


def exit_code(error: SystemExit) -> int:
    """The exit code that Python makes of a SystemExit; a text is printed."""
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    print(error.code, file=sys.stderr)
    return 1


def redirect() -> None:
    """Nothing to read, and everything printed into one file."""
    os.chdir(WORK)
    null = os.open(os.devnull, os.O_RDONLY)
    out = os.open(OUTPUT, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    for number, source in ((0, null), (1, out), (2, out)):
        os.dup2(source, number)


def flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()


def read_output() -> str:
    """What the last run printed; a long text loses its middle, a long line its end."""
    try:
        size = OUTPUT.stat().st_size
        with open(OUTPUT, "rb") as file:
            data = file.read(MAX_OUTPUT // 2)
            if size > MAX_OUTPUT // 2:
                file.seek(max(file.tell(), size - MAX_OUTPUT // 2))
                data += file.read(MAX_OUTPUT // 2)
    except OSError:
        return ""
    lines = [line[:MAX_LINE] for line in data.decode("utf-8", "replace").splitlines()]
    if len(lines) > MAX_LINES:
        lines = [*lines[: MAX_LINES // 2], "[...]", *lines[-MAX_LINES // 2 :]]
    return "\n".join(lines)


def kill_others() -> None:
    """End every process but the sandbox's own and this one; nothing of a run goes on."""
    keep = {1, os.getpid(), os.getppid()}
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in keep:
            with contextlib.suppress(OSError):
                os.kill(int(name), signal.SIGKILL)


def clean() -> None:
    """Empty the folders that a script can write to. Its home keeps caches (fonts)."""
    for folder in (WORK, Path("/tmp"), Path("/dev/shm")):
        for entry in folder.iterdir():
            if entry == ROOT:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry, ignore_errors=True)
            else:
                with contextlib.suppress(OSError):
                    entry.unlink()
