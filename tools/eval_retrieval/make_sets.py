"""Generates docstrings.jsonl and usage.jsonl from the pinned packages, with fixed seeds.

    .venv/bin/python tools/eval_retrieval/make_sets.py [--sources DIR]

Run it again only when the packages change; the results are in the tree.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from chunks import FUNCTIONS, Definition, all_definitions, parse
from packages import HERE, PARTS, docstring_of, download, modules_of, part_of, python_files
from text import content_words

SEED = 20261124
PER_PACKAGE = 150
USAGE_PACKAGES = ["celery", "django", "pytest", "scikit_learn", "sphinx", "xarray"]
USAGE_PER_PACKAGE = 50
MIN_WORDS = 4
MAX_SENTENCE = 300
_MARKUP = re.compile(r":\w+:`~?([^`<]+)(?:<[^>]*>)?`|``?([^`]+)``?")


def first_sentence(node: ast.AST) -> str:
    """Return the first sentence of the docstring without markup, or ""."""
    text = ast.get_docstring(node) or ""
    paragraph = re.split(r"\n\s*\n", text.strip())[0]
    line = re.sub(r"\s+", " ", _MARKUP.sub(lambda m: m[1] or m[2], paragraph)).strip()
    sentence = re.split(r"(?<=[.!?]) (?=[A-Z])", line)[0]
    bad = sentence.startswith((">>>", ".. ", ":")) or "::" in sentence or "deprecated" in sentence
    return "" if bad or len(sentence) > MAX_SENTENCE else sentence


def is_test(path: str) -> bool:
    """Tell whether a file is left out of the copies, see packages.tidy_copy."""
    return any(p in ("tests", "testing", "test", "conftest.py") for p in path.split("/"))


def described(files: dict[str, str]) -> Iterator[tuple[Definition, str]]:
    """Yield functions with a usable first sentence; sentences that occur twice are left out."""
    found = []
    for one in all_definitions({p: t for p, t in files.items() if not is_test(p)}):
        last = one.name.rsplit(".", 1)[-1]
        if not isinstance(one.node, FUNCTIONS) or last.startswith("_"):
            continue
        statement = docstring_of(one.node)
        body = one.node.body[1:] if statement else one.node.body
        sentence = first_sentence(one.node)
        if body and len(content_words(sentence)) >= MIN_WORDS:
            found.append((one, sentence))
    times = Counter(sentence.lower() for _, sentence in found)
    places = Counter((one.path, one.name) for one, _ in found)
    for one, sentence in found:
        if times[sentence.lower()] == 1 and places[one.path, one.name] == 1:
            yield one, sentence


def docstring_rows(package: str, files: dict[str, str]) -> list[dict]:
    """Sample first sentences; each wants the function that it stood in."""
    rows = sorted(described(files), key=lambda row: (row[0].path, row[0].line))
    random.Random(f"{SEED} {package}").shuffle(rows)
    return [
        {
            "id": f"d-{package}-{i:03d}",
            "part": part_of(package),
            "package": package,
            "query": sentence,
            "want": [f"{one.path}:{one.name}"],
        }
        for i, (one, sentence) in enumerate(rows[:PER_PACKAGE], 1)
    ]


class Imports:
    """What the names of a package's modules stand for, through re-exports."""

    def __init__(self, files: dict[str, str]) -> None:
        """Read every module of the package."""
        self._paths = modules_of(files)
        self._own: dict[str, set[str]] = {module: set() for module in self._paths}
        self._imported: dict[str, dict[str, tuple[str, str]]] = {m: {} for m in self._paths}
        for one in all_definitions(files):
            if isinstance(one.node, (*FUNCTIONS, ast.ClassDef)):
                self._own[one.module].add(one.name)
        for module, path in self._paths.items():
            self._read(module, path, parse(files[path]))

    def _read(self, module: str, path: str, tree: ast.Module | None) -> None:
        names = self._imported[module]
        for node in ast.walk(tree) if tree else []:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    names[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0],
                        "",
                    )
            elif isinstance(node, ast.ImportFrom):
                base = self._base(module, path, node)
                for alias in node.names:
                    names[alias.asname or alias.name] = (base, alias.name)

    def _base(self, module: str, path: str, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = module.split(".")
        keep = len(parts) - node.level + (1 if path.endswith("__init__.py") else 0)
        return ".".join([*parts[:keep], *([node.module] if node.module else [])])

    def resolve(self, module: str, dotted: str, hops: int = 8) -> str:
        """Return "path:name" of what a dotted name in a module is, or "" if it is not ours."""
        first, _, rest = dotted.partition(".")
        if module not in self._paths or hops == 0:
            return ""
        if dotted in self._own[module]:
            return f"{self._paths[module]}:{dotted}"
        if first in self._imported[module]:
            base, name = self._imported[module][first]
            inner = f"{base}.{name}" if name else base
            if inner in self._paths:
                return self.resolve(inner, rest, hops - 1) if rest else ""
            return self.resolve(base, f"{name}.{rest}" if rest else name, hops - 1) if name else ""
        child = f"{module}.{first}"
        return self.resolve(child, rest, hops - 1) if rest and child in self._paths else ""


def called(node: ast.AST) -> Iterator[str]:
    """Yield the dotted names that a function's body calls."""
    for inner in ast.walk(node):
        if not isinstance(inner, ast.Call):
            continue
        parts, at = [], inner.func
        while isinstance(at, ast.Attribute):
            parts.append(at.attr)
            at = at.value
        if isinstance(at, ast.Name):
            yield ".".join([at.id, *reversed(parts)])


def usage_rows(package: str, files: dict[str, str]) -> list[dict]:
    """Sample functions that call at least two public APIs of their own package."""
    imports = Imports(files)
    rows = []
    for one, sentence in described(files):
        wanted = {imports.resolve(one.module, name) for name in called(one.node)} - {""}
        names = {target for target in wanted if not target.rsplit(":", 1)[1].startswith("_")}
        names.discard(f"{one.path}:{one.name}")
        if 2 <= len(names) <= 8:
            rows.append((one, sentence, sorted(names)))
    rows.sort(key=lambda row: (row[0].path, row[0].line))
    random.Random(f"{SEED} usage {package}").shuffle(rows)
    return [
        {
            "id": f"u-{package}-{i:03d}",
            "part": part_of(package),
            "package": package,
            "query": sentence,
            "function": f"{one.path}:{one.name}",
            "want": names,
        }
        for i, (one, sentence, names) in enumerate(rows[:USAGE_PER_PACKAGE], 1)
    ]


def write(name: str, rows: list[dict]) -> None:
    """Write rows into the folder of the sets."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (HERE / "sets" / name).write_text(text, encoding="utf-8")
    print(name, len(rows), dict(Counter((row["part"], row["package"]) for row in rows)))


def main() -> None:
    """Generate both files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=Path, help="unpacked packages, else they are fetched")
    arguments = parser.parse_args()
    sources = arguments.sources or download(Path(".cache/eval_retrieval"))
    packages = sorted(package for part in PARTS.values() for package in part)
    files = {package: python_files(sources / package) for package in packages}
    write("docstrings.jsonl", [r for p in packages for r in docstring_rows(p, files[p])])
    write("usage.jsonl", [r for p in USAGE_PACKAGES for r in usage_rows(p, files[p])])


if __name__ == "__main__":
    main()
