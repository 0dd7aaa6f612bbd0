"""How the baselines cut source files, and where definitions lie."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_DEFINITION = re.compile(r"^\s*(async\s+def|def|class)\s")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
WINDOW = 50


@dataclass(frozen=True)
class Chunk:
    """Lines of a file, 1-based and inclusive."""

    path: str
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Definition:
    """A function, class or module constant by its place."""

    path: str
    name: str  # within its module: "Destination.from_environment"
    module: str
    line: int
    node: ast.AST


def python_files(root: Path) -> dict[str, str]:
    """Return the text of every Python file below a folder, by path, test data left out."""
    files = {}
    for path in sorted(root.rglob("*.py")):
        try:
            files[str(path.relative_to(root))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return files


def parse(text: str) -> ast.Module | None:
    """Return the syntax tree, or None for what this Python cannot read."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


def module_name(path: str) -> str:
    """Turn a path below an import root into the module's name."""
    name = path.removesuffix(".py").replace("/", ".")
    return name.removesuffix(".__init__")


def _assigned(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _block_statements(body: list[ast.stmt]) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        found.append(node)
        if isinstance(node, ast.If | ast.Try | ast.With):
            inner = [*node.body, *getattr(node, "orelse", [])]
            for handler in getattr(node, "handlers", []):
                inner += handler.body
            stack.extend(reversed(inner))
    return found


def definitions(path: str, tree: ast.Module) -> list[Definition]:
    """Return functions, classes, methods and module constants, in source order."""
    module = module_name(path)
    found = []
    stack: list[tuple[str, list[ast.stmt]]] = [("", tree.body)]
    while stack:
        prefix, body = stack.pop()
        for node in _block_statements(body):
            if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                found.append(Definition(path, prefix + node.name, module, node.lineno, node))
                if isinstance(node, ast.ClassDef):
                    stack.append((f"{prefix}{node.name}.", node.body))
            elif isinstance(node, ast.Assign | ast.AnnAssign) and not prefix:
                for name in _assigned(node):
                    found.append(Definition(path, name, module, node.lineno, node))
    return sorted(found, key=lambda one: one.line)


def all_definitions(files: dict[str, str]) -> list[Definition]:
    """Return the definitions of many files."""
    found = []
    for path, text in files.items():
        tree = parse(text)
        if tree is not None:
            found += definitions(path, tree)
    return found


def windows(files: dict[str, str]) -> list[Chunk]:
    """Cut every file into windows of 50 lines."""
    chunks = []
    for path, text in files.items():
        lines = text.splitlines()
        for start in range(0, len(lines), WINDOW):
            part = lines[start : start + WINDOW]
            chunks.append(Chunk(path, start + 1, start + len(part), "\n".join(part)))
    return chunks


def _cut(path: str, lines: list[str], starts: list[int]) -> list[Chunk]:
    chunks = []
    edges = sorted({1, *starts, len(lines) + 1})
    for start, after in pairwise(edges):
        part = "\n".join(lines[start - 1 : after - 1])
        if part.strip():
            chunks.append(Chunk(path, start, after - 1, part))
    return chunks


def _begin(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def syntax_chunks(files: dict[str, str]) -> list[Chunk]:
    """Cut every file at its functions, methods and classes, as the syntax tree has them.

    A class's own part reaches to its first method. File and folder names are part of the text.
    """
    chunks = []
    for path, text in files.items():
        tree = parse(text)
        lines = text.splitlines()
        if tree is None:
            chunks += _cut(path, lines, [])
            continue
        starts = []
        for one in definitions(path, tree):
            if isinstance(one.node, (*FUNCTIONS, ast.ClassDef)):
                starts += [_begin(one.node), (one.node.end_lineno or one.line) + 1]
        chunks += _cut(path, lines, [start for start in starts if start <= len(lines)])
    return chunks


def definition_line_chunks(files: dict[str, str]) -> list[Chunk]:
    """Cut every file at lines that begin with `def` or `class`, as simple splitters do."""
    chunks = []
    for path, text in files.items():
        lines = text.splitlines()
        starts = [i for i, line in enumerate(lines, 1) if _DEFINITION.match(line)]
        chunks += _cut(path, lines, starts)
    return chunks


def indexed_text(chunk: Chunk) -> str:
    """Return what is searched of a chunk: its path's words and its text."""
    return chunk.path.removesuffix(".py").replace("/", " ") + "\n" + chunk.text
