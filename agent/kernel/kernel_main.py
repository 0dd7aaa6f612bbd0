"""The interpreter inside the sandbox: runs cells and scripts that the host sends.

Talks framed JSON (u32 length, little endian, then UTF-8 JSON, at most 8 MiB) over
descriptor 3. Frames: agent/kernel/README.md. What cells print goes to
descriptors 1 and 2, which the host reads itself. Standard library only; pandas and
matplotlib are looked at only where the cell has imported them.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import signal
import socket
import struct
import sys
import time
import warnings

import kernel_landlock
from kernel_cells import Interpreter, PeakMemory
from kernel_show import Text, read_schema, show

if sys.version_info < (3, 9):  # noqa: UP036  the user brings the interpreter
    sys.exit("Python 3.9 or newer is needed, this is " + sys.version.split()[0])

VERSION = 1
FRAME_FD = 3
MAX_FRAME = 8 << 20
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
    known = ("1", str(HOME_PID))
    foreign = [name for name in os.listdir("/proc") if name.isdigit() and name not in known]
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
            except BaseException:  # a cell may have put anything there
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
    interpreter = Interpreter(make_helpers(Host(channel)))
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
            signal.signal(signal.SIGINT, interpreter.on_interrupt)
            reply["names"] = interpreter.names()
            signal.signal(signal.SIGINT, signal.SIG_IGN)
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
