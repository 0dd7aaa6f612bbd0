"""The real packages: getting them, and copies of them with the answers taken out."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from chunks import FUNCTIONS, module_name, parse, python_files

HERE = Path(__file__).parent
# Which part a package belongs to; rankings are tuned on the first part alone.
PARTS = {
    "dev": ["celery", "jinja2", "networkx", "rich", "sphinx", "xarray"],
    "test": ["django", "pytest", "scikit_learn", "sqlalchemy", "sympy", "tornado"],
}


def part_of(package: str) -> str:
    """Return "dev" or "test"."""
    return next(part for part, packages in PARTS.items() if package in packages)


def download(cache: Path) -> Path:
    """Fetch the pinned packages of packages.txt as wheels and unpack them, once.

    Returns:
        A folder with one import root per package.
    """
    wheels, sources = cache / "wheels", cache / "sources"
    pinned = [line for line in (HERE / "packages.txt").read_text().split() if line]
    for requirement in pinned:
        name = requirement.split("==")[0]
        if (sources / name).is_dir():
            continue
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--only-binary", ":all:", "--dest", str(wheels), requirement),
            ],
            check=True,
        )
        wheel = next(wheels.glob(f"{name}-*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            members = [m for m in archive.namelist() if m.endswith(".py")]
            archive.extractall(sources / name, members)
    return sources


def tidy_copy(source: Path, target: Path) -> dict[str, str]:
    """Copy the Python files of a package without its tests; the texts by path."""
    files = {}
    for path, text in python_files(source).items():
        parts = path.split("/")
        if any(part in ("tests", "testing", "test", "conftest.py") for part in parts):
            continue
        if not parts[-1].startswith("test_") and len(text) < 1_000_000:
            files[path] = text
    write_tree(files, target)
    return files


def write_tree(files: dict[str, str], target: Path) -> None:
    """Replace a folder by these files."""
    shutil.rmtree(target, ignore_errors=True)
    for path, text in files.items():
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")


def docstring_of(node: ast.AST) -> ast.Expr | None:
    """Return the statement that is the docstring."""
    body = getattr(node, "body", None)
    if not isinstance(body, list) or not body or not isinstance(body[0], ast.Expr):
        return None
    value = body[0].value
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return body[0] if is_text else None


def without_docstrings(text: str) -> str:
    """Remove every docstring; what holds nothing else gets `...`."""
    tree = parse(text)
    if tree is None:
        return text
    lines = text.split("\n")
    kept: list[str | None] = list(lines)
    for node in ast.walk(tree):
        if not isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Module)):
            continue
        statement = docstring_of(node)
        if statement is None or statement.lineno == getattr(node, "lineno", 0):
            continue
        first, last = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
        rest = lines[last].encode()[statement.end_col_offset :].decode().strip()
        if rest and not rest.startswith("#"):
            continue
        for i in range(first, last + 1):
            kept[i] = None
        if len(node.body) == 1 and not isinstance(node, ast.Module):
            kept[first] = lines[first][: statement.col_offset] + "..."
    return "\n".join(line for line in kept if line is not None)


def without_functions(text: str, names: set[str]) -> str:
    """Remove whole functions and methods by their names within the module."""
    tree = parse(text)
    if tree is None or not names:
        return text
    lines: list[str | None] = list(text.split("\n"))
    stack: list[tuple[str, ast.AST]] = [("", tree)]
    while stack:
        prefix, scope = stack.pop()
        for node in ast.iter_child_nodes(scope):
            if isinstance(node, ast.ClassDef):
                stack.append((f"{prefix}{node.name}.", node))
            if not isinstance(node, FUNCTIONS) or prefix + node.name not in names:
                continue
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
            indent = " " * node.col_offset
            for i in range(first, node.end_lineno or node.lineno):
                lines[i] = None
            lines[first] = indent + "pass"
    return "\n".join(line for line in lines if line is not None)


def modules_of(files: dict[str, str]) -> dict[str, str]:
    """Return path by module name."""
    return {module_name(path): path for path in files}
