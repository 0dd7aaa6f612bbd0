"""How one cell runs: its value, figures, warnings, names, time, memory and errors.

Part of the program inside the sandbox (kernel_main.py). Standard library only; matplotlib is looked
at only where a cell has imported it.
"""

from __future__ import annotations

import ast
import base64
import io
import linecache
import os
import resource
import sys
import traceback
import types
import warnings

from kernel_show import clip, describe, mask_addresses, show

MAX_DISPLAY = 16_000
MAX_TRACEBACK = 8_000
MAX_FIGURES = 8
MAX_FIGURE_BYTES = 640 << 10
MAX_NAMES = 200
MAX_WARNINGS = 20


class PeakMemory:
    """The most memory that this process took since reset()."""

    def __init__(self) -> None:
        """To be made before Landlock closes /proc for writing."""
        try:
            self._clear_refs = os.open("/proc/self/clear_refs", os.O_WRONLY)
        except OSError:
            self._clear_refs = -1

    def reset(self) -> None:
        """Start a new measurement, where the system can (Linux with clear_refs)."""
        try:
            os.write(self._clear_refs, b"5")
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

    def __init__(self, helpers: dict) -> None:
        self._module = types.ModuleType("__main__")
        self._names = self._module.__dict__
        self._names["__builtins__"] = __builtins__
        self._names.update(helpers)
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
        result["warnings"] = caught[:MAX_WARNINGS]
        return result

    def on_interrupt(self, signum: int, frame: object) -> None:
        """SIGINT reaches a running cell only; one that comes late changes nothing."""
        if self._running:
            self._running = False
            self._interrupted = True
            raise KeyboardInterrupt

    def names(self) -> list[dict]:
        """Live names with type and shape, no values; once interrupted, the rest by name alone."""
        found = []
        patient = True
        self._interrupted = False
        for name, value in list(self._names.items()):
            if not isinstance(name, str) or name.startswith("_") or name in self._own:
                continue
            if len(found) >= MAX_NAMES:
                break
            kind, detail = "object", ""
            if patient:
                try:
                    self._running = True
                    kind, detail = name_of(type(value)), str(describe(value))[:600]
                    self._running = False
                except BaseException:  # an object's own methods may fail, or hang
                    self._running = False
                    patient = not self._interrupted
            found.append({"name": name, "type": kind, "detail": detail})
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
            if len(caught) >= MAX_WARNINGS:
                return
            where = f"{filename}:{lineno}: " if filename.startswith("<cell") else ""
            text = f"{where}{category.__name__}: {message}"
            if text not in caught:
                caught.append(text[:500])

        return collect

    def _explain_safely(self, error: BaseException, name: str) -> dict:
        try:
            return self._explain(error, name)
        except BaseException:  # even its message may raise
            kind = name_of(type(error))
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


def name_of(kind: type) -> str:
    """The name of a class as it was given: what its own class says of it does not count."""
    return type.__dict__["__name__"].__get__(kind)


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
