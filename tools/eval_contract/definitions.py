"""Where calls lead, by pyright: one language-server session over stdio per package."""

from __future__ import annotations

import ast
import hashlib
import json
import random
import shutil
import subprocess
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from common import CACHE, PYRIGHT, Package

WINDOW = 64  # requests under way
SECONDS = 300.0  # for one answer


@dataclass(frozen=True)
class Call:
    """A call in a file: where its last name stands (line from 1, column from 0, in characters)."""

    path: Path
    line: int
    column: int
    name: str


@dataclass(frozen=True)
class Definition:
    """A def or class statement that pyright leads a call to."""

    path: Path
    line: int
    kind: str  # "function", "method", "class"
    is_local: bool  # inside a function: no name outside leads to it


def parse(path: Path) -> ast.Module | None:
    """Parse a file; None where Python does not read it."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError, RecursionError):
        return None


def calls_in(path: Path) -> list[Call]:
    """Every call of a name or an attribute in a file."""
    tree = parse(path)
    if tree is None:
        return []
    lines = path.read_text(encoding="utf-8").split("\n")
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, (ast.Name, ast.Attribute)):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        line = node.func.end_lineno or node.func.lineno
        before = lines[line - 1].encode()[: node.func.end_col_offset].decode()
        if before.endswith(name):
            found.append(Call(path, line, len(before) - len(name), name))
    return sorted(found, key=lambda call: (call.line, call.column))


@lru_cache(maxsize=4096)
def _statements(path: Path) -> dict[int, tuple[str, bool]]:
    """Kind and whether it is local, by the line of each def and class statement."""
    tree = parse(path)
    found: dict[int, tuple[str, bool]] = {}
    stack: list[tuple[ast.AST, str, bool]] = [(tree, "", False)] if tree else []
    while stack:
        node, around, local = stack.pop()
        if isinstance(node, ast.ClassDef):
            found[node.lineno] = ("class", local)
            around = "class"
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found[node.lineno] = ("method" if around == "class" else "function", local)
            around, local = "function", True
        stack += [(child, around, local) for child in ast.iter_child_nodes(node)]
    return found


def sample_of(package: Package, size: int, seed: int) -> tuple[int, list[Call]]:
    """How many calls there are, and a seeded sample: the same one for every program."""
    calls = [call for path in package.files() for call in calls_in(path)]
    if len(calls) <= size:
        return len(calls), calls
    return len(calls), random.Random(f"{seed} {package.name}").sample(calls, size)


def definitions(package: Package, calls: list[Call]) -> dict[Call, Definition | None]:
    """Ask a session of its own, or the file of an earlier one that was asked the same."""
    version = json.loads((PYRIGHT / "package.json").read_text())["version"]
    asked = [(str(c.path.relative_to(package.root)), c.line, c.column) for c in calls]
    key = hashlib.sha256(repr((version, package.sha256, asked)).encode()).hexdigest()[:16]
    kept = CACHE / "answers" / f"{package.name}-{key}.json"
    if not kept.is_file():
        session = Session(package)  # one that opens a file again may hang
        found = session.definitions(calls)
        session.close()
        rows = [_row(package, definition) for definition in map(found.__getitem__, calls)]
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(rows))
    answers = dict(
        zip(
            calls, map(lambda row: _of_row(package, row), json.loads(kept.read_text())), strict=True
        )
    )
    return dict(sorted(answers.items(), key=lambda item: item[0].path))


def _row(package: Package, definition: Definition | None) -> list | None:
    """Write down a definition; one outside of the package says no more than none."""
    if definition is None or not definition.path.is_relative_to(package.root):
        return None
    path = str(definition.path.relative_to(package.root))
    return [path, definition.line, definition.kind, definition.is_local]


def _of_row(package: Package, row: list | None) -> Definition | None:
    """Read what `_row` wrote."""
    return None if row is None else Definition(package.root / row[0], *row[1:])


class Session:
    """A language server; ask it with `definitions`."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._ids = 0
        self._answers: dict[int, object] = {}
        self._arrived = threading.Condition()  # guards _answers
        self._writing = threading.Lock()  # guards the server's standard input
        self._settings = {
            "ignore": ["**"],
            "diagnosticMode": "openFilesOnly",
            "extraPaths": [str(p.parent) for p in package.library_folders()],
            "typeCheckingMode": "off",
            "indexing": False,
        }
        command = [shutil.which("node") or "node", str(PYRIGHT / "langserver.index.js"), "--stdio"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        threading.Thread(target=self._read, daemon=True).start()
        root = package.root.as_uri()
        folders = [{"uri": root, "name": package.name}]
        capabilities = {"workspace": {"configuration": True, "workspaceFolders": True}}
        start = {"processId": None, "rootUri": root, "workspaceFolders": folders}
        self._wait(self._ask("initialize", {**start, "capabilities": capabilities}))
        self._tell("initialized", {})

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.wait()

    def definitions(self, calls: list[Call]) -> dict[Call, Definition | None]:
        """Lead each call to its def or class statement; None where there is no such one."""
        found: dict[Call, Definition | None] = {}
        by_file: dict[Path, list[Call]] = {}
        for call in calls:
            by_file.setdefault(call.path, []).append(call)
        for path, in_file in sorted(by_file.items()):
            uri = path.as_uri()
            item = {"uri": uri, "languageId": "python", "version": 1}
            text = path.read_text(encoding="utf-8")
            self._tell("textDocument/didOpen", {"textDocument": {**item, "text": text}})
            for first in range(0, len(in_file), WINDOW):
                some = in_file[first : first + WINDOW]
                ids = [self._ask("textDocument/definition", self._place(uri, c)) for c in some]
                for call, number in zip(some, ids, strict=True):
                    found[call] = self._statement(self._wait(number))
            self._tell("textDocument/didClose", {"textDocument": {"uri": uri}})
        return found

    @staticmethod
    def _place(uri: str, call: Call) -> dict:
        position = {"line": call.line - 1, "character": call.column}
        return {"textDocument": {"uri": uri}, "position": position}

    @staticmethod
    def _statement(answer: object) -> Definition | None:
        places = answer if isinstance(answer, list) else [answer] if answer else []
        for place in places:
            uri = place.get("uri") or place.get("targetUri")
            span = place.get("range") or place.get("targetSelectionRange")
            path = Path(uri.removeprefix("file://").replace("%40", "@"))
            line = span["start"]["line"] + 1
            kind = _statements(path).get(line) if path.suffix == ".py" else None
            if kind is not None:
                return Definition(path, line, *kind)
        return None

    def _ask(self, method: str, params: object) -> int:
        self._ids += 1
        self._write({"id": self._ids, "method": method, "params": params})
        return self._ids

    def _tell(self, method: str, params: object) -> None:
        self._write({"method": method, "params": params})

    def _write(self, message: dict) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        with self._writing:
            self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self._process.stdin.flush()

    def _wait(self, number: int) -> object:
        with self._arrived:
            if not self._arrived.wait_for(lambda: number in self._answers, SECONDS):
                raise SystemExit(f"pyright does not answer about {self._package.name}")
            return self._answers.pop(number)

    def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        while header := stream.readline():
            size = int(header.split(b":")[1])
            while stream.readline().strip():
                pass
            body = stream.read(size)
            if len(body) == size:
                self._take(json.loads(body))

    def _take(self, message: dict) -> None:
        if "method" not in message:
            with self._arrived:
                self._answers[message["id"]] = message.get("result")
                self._arrived.notify_all()
        elif "id" in message:  # the server asks
            result: object = None
            if message["method"] == "workspace/configuration":
                result = [self._section(item) for item in message["params"]["items"]]
            self._write({"id": message["id"], "result": result})

    def _section(self, item: dict) -> dict:
        analysis = {"python.analysis": self._settings, "python": {"analysis": self._settings}}
        return analysis.get(item.get("section", ""), {})
