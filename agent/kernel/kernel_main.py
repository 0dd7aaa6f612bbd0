"""The interpreter inside the sandbox: runs cells and scripts that the host sends.

Talks framed JSON (u32 length, little endian, then UTF-8 JSON, at most 8 MiB) over
descriptor 3. Frames: agent/kernel/README.md. What cells print goes to
descriptors 1 and 2, which the host reads itself. Standard library only; pandas and
matplotlib are looked at only where the cell has imported them.
"""

from __future__ import annotations

import ast
import base64
import importlib
import io
import json
import linecache
import os
import resource
import signal
import socket
import struct
import sys
import time
import traceback
import types
import warnings

import kernel_landlock
from kernel_show import Text, clip, describe, mask_addresses, read_schema, show

if sys.version_info < (3, 9):  # noqa: UP036  the user brings the interpreter
    sys.exit("Python 3.9 or newer is needed, this is " + sys.version.split()[0])

VERSION = 1
FRAME_FD = 3
MAX_FRAME = 8 << 20
MAX_DISPLAY = 16_000
MAX_TRACEBACK = 8_000
MAX_FIGURES = 8
MAX_FIGURE_BYTES = 640 << 10
MAX_NAMES = 200
HOME_PID = os.getpid()
OWN_KERNEL = "own-kernel" in sys.argv[1:]  # the uid is that of gVisor's kernel, not the host's
HOST_PROC = "host-proc" in sys.argv[1:]  # /proc is not the sandbox's own (a weaker sandbox)


class Channel:
    """The frame socket to the host. Only the process that opened it may use it."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)
        self._socket.set_inheritable(False)
        # A forked child must not take frames that are for this process.
        os.register_at_fork(after_in_child=self._socket.close)

    def send(self, frame: dict) -> None:
        """Send one frame; a frame that is too large is replaced by an error."""
        if os.getpid() != HOME_PID:
            raise RuntimeError("only the kernel process itself may talk to the host")
        # Not every Python string is Unicode text: a lone surrogate becomes "?".
        body = json.dumps({"v": VERSION, **frame}, ensure_ascii=False).encode("utf-8", "replace")
        if len(body) > MAX_FRAME:
            body = json.dumps(
                {
                    "v": VERSION,
                    "seq": frame.get("seq", 0),
                    "type": frame["type"],
                    "error": {"type": "FrameTooLarge", "message": f"{len(body)} bytes"},
                }
            ).encode()
        self._socket.sendall(struct.pack("<I", len(body)) + body)

    def receive(self) -> dict:
        """Wait for one frame. EOFError when the host is gone."""
        (size,) = struct.unpack("<I", self._read(4))
        if size > MAX_FRAME:
            raise EOFError("frame too large")
        return json.loads(self._read(size))

    def _read(self, count: int) -> bytes:
        parts = []
        while count:
            part = self._socket.recv(min(count, 1 << 20))
            if not part:
                raise EOFError("host closed the channel")
            parts.append(part)
            count -= len(part)
        return b"".join(parts)


def close_inherited_descriptors() -> None:
    """Nothing but 0-2 and the frame socket stays open."""
    os.closerange(FRAME_FD + 1, 1024)


def list_home_of_root() -> None:
    """OSError unless it shows more than the way to an interpreter that is installed below it."""
    way = sys.base_prefix.split("/")[2:3] if sys.base_prefix.startswith("/root/") else []
    if os.listdir("/root") == way:
        raise PermissionError


def canary() -> list[str]:
    """Try what must be impossible; returns what succeeded. Empty is good."""
    escaped = []

    def attempt(name: str, action) -> None:
        try:
            action()
        except (OSError, ValueError):
            return
        escaped.append(name)

    attempt("read /etc/shadow", lambda: open("/etc/shadow").close())
    attempt("list /root", list_home_of_root)
    attempt("write to /usr", lambda: open("/usr/canary", "w").close())
    attempt("write to /", lambda: open("/canary", "w").close())
    attempt("write to /data", lambda: open("/data/canary", "w").close())
    attempt("open an AF_INET socket", lambda: socket.socket(socket.AF_INET).close())
    attempt("open an AF_INET6 socket", lambda: socket.socket(socket.AF_INET6).close())
    attempt("open an AF_NETLINK socket", lambda: socket.socket(16, socket.SOCK_RAW).close())
    attempt("open an AF_VSOCK socket", lambda: socket.socket(40, socket.SOCK_STREAM).close())
    if not OWN_KERNEL:
        attempt("become root", lambda: os.setuid(0))
    # Process 1 is the sandbox's own; nothing else has started yet.
    foreign = [name for name in os.listdir("/proc") if name.isdigit() and int(name) > HOME_PID]
    if foreign and not HOST_PROC:
        escaped.append("see processes of others")
    if os.getuid() == 0 and not OWN_KERNEL:
        escaped.append("be uid 0")
    with open("/proc/self/status") as status:
        fields = dict(line.split(":", 1) for line in status if ":" in line)
    if not kernel_landlock.has_no_new_privileges():
        escaped.append("gain privileges by exec")
    if fields["Seccomp"].strip() != "2":
        escaped.append("run without a system-call filter")
    if int(fields["CapEff"], 16) or int(fields["CapPrm"], 16):
        escaped.append("hold capabilities")
    return escaped


# --- what a cell can ask --------------------------------------------------


class Host:
    """Questions of a running cell to the host."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._calls = 0

    def ask(self, name: str, arguments: dict) -> Text:
        """Send one question and wait for its answer."""
        self._calls += 1
        self._channel.send(
            {"seq": self._calls, "type": "call", "name": name, "arguments": arguments}
        )
        while True:
            frame = self._channel.receive()
            if frame.get("type") == "reply" and frame.get("seq") == self._calls:
                break
        if "error" in frame:
            raise LookupError(str(frame["error"]))
        return Text(frame.get("text", ""))


def make_helpers(host: Host) -> dict:
    """The functions that every cell finds in its namespace."""

    def find_api(query: str) -> Text:
        """Which house APIs do this? Answers with their cards."""
        return host.ask("find_api", {"query": str(query)})

    def show_api(name: str) -> Text:
        """The card of one house API: signature, parameters, real calls."""
        return host.ask("show_api", {"name": str(name)})

    return {"find_api": find_api, "show_api": show_api, "read_schema": read_schema}


# --- running --------------------------------------------------------------


def refuse_input(prompt: object = "") -> str:
    """Cells cannot ask a person."""
    raise EOFError("input() is not available here: write the value into the code")


def refuse_breakpoint(*args: object, **kws: object) -> None:
    """Nor can a person step through them."""
    raise RuntimeError("breakpoint() is not available here: print what you want to see")


class PeakMemory:
    """The most memory that this process took since reset()."""

    def reset(self) -> None:
        """Start a new measurement, where the system can (Linux with clear_refs)."""
        try:
            with open("/proc/self/clear_refs", "w") as file:
                file.write("5")
        except OSError:
            return

    def bytes(self) -> int:
        """The peak; since the process began where it could not be reset."""
        try:
            with open("/proc/self/status", "rb") as status:
                for line in status:
                    if line.startswith(b"VmHWM:"):
                        return int(line.split()[1]) << 10
        except (OSError, ValueError):
            pass
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


class Figures:
    """Figures that a cell left open, as PNG."""

    def __init__(self) -> None:
        self._count = 0

    def take(self, notes: list[str]) -> list[dict]:
        """Save and close every open figure; what is left out goes to the notes."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return []
        taken = []
        for number in pyplot.get_fignums()[:MAX_FIGURES]:
            data = io.BytesIO()
            pyplot.figure(number).savefig(data, format="png", dpi=80, metadata={"Software": None})
            self._count += 1
            name = f"figure-{self._count}.png"
            if data.tell() > MAX_FIGURE_BYTES:
                notes.append(f"{name} was left out: {data.tell()} bytes, make it smaller")
                continue
            taken.append({"name": name, "png": base64.b64encode(data.getvalue()).decode()})
        pyplot.close("all")
        return taken


class Interpreter:
    """The persistent namespace and how one cell runs in it."""

    def __init__(self, host: Host) -> None:
        self._module = types.ModuleType("__main__")
        self._names = self._module.__dict__
        self._names["__builtins__"] = __builtins__
        self._names.update(make_helpers(host))
        self._own = set(self._names)
        sys.modules["__main__"] = self._module
        self._cells = 0
        self._loop = None  # an asyncio loop once a cell awaits
        self._figures = Figures()
        self._running = False
        self._interrupted = False

    def run(self, source: str) -> dict:
        """Run a cell; returns the fields of its result frame."""
        self._cells += 1
        name = f"<cell {self._cells}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        result: dict = {"display": "", "warnings": [], "figures": []}
        caught: list[str] = []
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.filterwarnings("ignore", message=".*non-interactive, and thus cannot be shown")
            warnings.showwarning = self._collect_warnings(caught)
            try:
                self._interrupted = False
                self._running = True
                value = self._execute(source, name)
                result["display"] = "" if value is None else clip(show(value), MAX_DISPLAY)
                result["figures"] = self._figures.take(caught)
                self._running = False
            except BaseException as error:  # a cell may raise anything
                self._running = False
                result["error"] = self._explain_safely(error, name)
        result["warnings"] = caught[:20]
        return result

    def on_interrupt(self, signum: int, frame: object) -> None:
        """SIGINT reaches a running cell only; one that comes late changes nothing."""
        if self._running:
            self._running = False
            self._interrupted = True
            raise KeyboardInterrupt

    def names(self) -> list[dict]:
        """Live names with type and shape, no values."""
        found = []
        for name, value in list(self._names.items()):
            if not isinstance(name, str) or name.startswith("_") or name in self._own:
                continue
            if len(found) >= MAX_NAMES:
                break
            try:
                detail = describe(value)
            except Exception:  # an object's own methods may fail
                detail = ""
            found.append({"name": name, "type": type(value).__name__, "detail": detail[:600]})
        return found

    def _execute(self, source: str, name: str) -> object:
        tree = ast.parse(source, name)
        last = tree.body[-1] if tree.body else None
        expression = None
        if isinstance(last, ast.Expr):
            tree.body.pop()
            expression = ast.Expression(last.value)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._evaluate(compile(tree, name, "exec", flags, dont_inherit=True))
        if expression is None:
            return None
        return self._evaluate(compile(expression, name, "eval", flags, dont_inherit=True))

    def _evaluate(self, code: types.CodeType) -> object:
        if not code.co_flags & 0x80:  # inspect.CO_COROUTINE
            return eval(code, self._names)
        if self._loop is None:
            import asyncio  # costs start-up time, and few cells await

            self._loop = asyncio.new_event_loop()
        task = self._loop.create_task(eval(code, self._names))
        try:
            return self._loop.run_until_complete(task)
        finally:
            # What was interrupted must not go on when the next cell awaits.
            if not task.done():
                task.cancel()
                self._loop.run_until_complete(self._settled(task))

    @staticmethod
    async def _settled(task) -> None:
        """Wait for a task whatever it ends with."""
        try:
            await task
        except BaseException:
            return

    def _collect_warnings(self, caught: list[str]):
        def collect(message, category, filename, lineno, file=None, line=None) -> None:
            where = f"{filename}:{lineno}: " if filename.startswith("<cell") else ""
            text = f"{where}{category.__name__}: {message}"
            if text not in caught:
                caught.append(text[:500])

        return collect

    def _explain_safely(self, error: BaseException, name: str) -> dict:
        try:
            return self._explain(error, name)
        except BaseException:  # even its message may raise
            kind = type(error).__name__
            return {"type": kind, "message": "", "line": 0, "traceback": f"{kind}\n"}

    def _explain(self, error: BaseException, name: str) -> dict:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if frame.filename.startswith("<cell")]
        line = next((frame.lineno for frame in reversed(own) if frame.filename == name), 0)
        if isinstance(error, SyntaxError) and error.filename == name:
            line = error.lineno or 0
        kind = type(error).__name__
        timed_out = kind == "KeyboardInterrupt" and self._interrupted
        message = "interrupted: the cell took too long" if timed_out else str(error)
        message = clip(mask_addresses(message), 4000)
        if isinstance(error, SyntaxError):
            text = "".join(traceback.format_exception_only(error))
        else:
            # The cell's frames, and the innermost library frame that raised.
            shown = own + ([frames[-1]] if frames and frames[-1] not in own else [])
            text = "Traceback (most recent call last):\n" if shown else ""
            text += "".join(traceback.format_list(shown)) + f"{kind}: {message}\n"
            text += "".join(f"  {line}\n" for line in background(error))
        return {
            "type": kind,
            "message": message,
            "line": line or 0,
            "traceback": clip(mask_addresses(text), MAX_TRACEBACK),
        }


def background(error: BaseException) -> list[str]:
    """What else an error says: its notes, the errors in its group, what caused it."""
    lines = [str(note) for note in getattr(error, "__notes__", [])[:5]]
    for part in getattr(error, "exceptions", ())[:5]:
        lines.append(f"in the group: {type(part).__name__}: {part}")
    said = str(error)
    for _ in range(3):
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)
        if error is None:
            break
        if str(error) and str(error) not in said:  # libraries often raise the same text again
            lines.append(f"caused by {type(error).__name__}: {error}")
            said = str(error)
    return [clip(line, 1000) for line in lines]


def import_quietly(names: object) -> None:
    """Import modules before a cell asks for them; what they print or raise is not of interest."""
    if not isinstance(names, list):
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    os.close(null)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            try:
                module = importlib.import_module(str(name))
                if name == "pandas":  # what a first frame looks up takes as long as ten more
                    show(module.DataFrame({"a": [1.5, None], "b": ["x", None]}))
            except BaseException:  # a cell that needs it will say what is wrong
                continue


def run_script(frame: dict) -> dict:
    """Write a script into the work folder and run it in a Python of its own."""
    name = frame.get("name", "script.py")
    with open(name, "w", encoding="utf-8") as file:
        file.write(frame["code"])
    import subprocess  # costs start-up time, and cells do not need it

    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what is ignored is inherited
    done = subprocess.run([sys.executable, "-u", name], stdin=subprocess.DEVNULL, check=False)
    return {"exit_code": done.returncode}


class StandardStreams:
    """Descriptors 0-2 as they were at the start, put back before every cell."""

    def __init__(self) -> None:
        self._saved = [os.dup(fd) for fd in range(3)]
        for fd in self._saved:
            os.set_inheritable(fd, False)

    def restore(self) -> None:
        """Whatever a cell did to its standard streams is undone."""
        for number, saved in enumerate(self._saved):
            os.dup2(saved, number)
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False, errors="replace")
        sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False, errors="backslashreplace")
        sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr

    def flush(self) -> None:
        """Bring what the cell printed to the descriptors."""
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError, AttributeError):
                continue


def other_processes() -> int:
    """How many there are beside this one and the sandbox's pid 1; 0 if that cannot be known."""
    return 0 if HOST_PROC else sum(name.isdigit() for name in os.listdir("/proc")) - 2


def end_processes() -> int:
    """End every other process here but the sandbox's own pid 1; returns how many there were."""
    others = other_processes()
    if others > 0:
        os.kill(-1, signal.SIGKILL)
        try:
            while True:
                os.waitpid(-1, 0)
        except ChildProcessError:
            pass
    return others


def end_leftovers(result: dict) -> None:
    """After a cell that was interrupted, or that leaves too many processes, none goes on."""
    limit = resource.getrlimit(resource.RLIMIT_NPROC)[0] // 2
    count = other_processes()
    interrupted = result.get("error", {}).get("type") == "KeyboardInterrupt"
    if count > limit or (interrupted and count > 0):
        ended = end_processes()
        result["warnings"].append(f"{ended} processes that the cell left running were ended")


def run_cell(interpreter: Interpreter, frame: dict) -> dict:
    """Run one cell with the signal handler and standard streams as at the start."""
    signal.signal(signal.SIGINT, interpreter.on_interrupt)
    result = interpreter.run(frame.get("code", ""))
    if os.getpid() != HOME_PID:  # a child that the cell forked and that came back here
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a late one must not hit the reply
    end_leftovers(result)
    return result


def serve(channel: Channel) -> None:
    """Answer frames until the host says exit or is gone."""
    import builtins

    builtins.input = refuse_input
    sys.breakpointhook = refuse_breakpoint
    streams = StandardStreams()
    memory = PeakMemory()
    interpreter = Interpreter(Host(channel))
    del builtins
    landlock = kernel_landlock.restrict()
    ready = {"escaped": canary(), "landlock": landlock, "python": sys.version.split()[0]}
    channel.send({"seq": 0, "type": "ready", **ready})
    while True:
        try:
            frame = channel.receive()
        except EOFError:
            return
        kind = frame.get("type")
        if kind == "exit":
            return
        if kind == "import":
            import_quietly(frame.get("modules"))
            streams.restore()
            continue
        reply = {"seq": frame.get("seq", 0), "type": "result"}
        if kind == "names":
            reply["names"] = interpreter.names()
        elif kind == "exec":
            streams.restore()
            memory.reset()
            started = time.monotonic()
            if frame.get("mode") == "script":
                reply.update(run_script(frame))
            else:
                reply.update(run_cell(interpreter, frame))
            streams.flush()
            reply["seconds"] = time.monotonic() - started
            reply["peak_bytes"] = memory.bytes()
        channel.send(reply)


def main() -> None:
    """Confine what is left to confine, then serve."""
    close_inherited_descriptors()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path[:] = [entry for entry in sys.path if entry not in ("", "/opt/inhouse")]
    sys.path.insert(0, os.getcwd())
    sys.argv = ["cell"]
    serve(Channel(FRAME_FD))


main()
