"""Wrong calls made from right ones: one edit each, certain to fail at run time.

A call whose target pyright knows becomes wrong by the signature that stands in
the target's own source. Lines keep their numbers.
"""

from __future__ import annotations

import ast
import random
import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from definitions import Call, Definition, parse

KINDS = [
    "wrong name",
    "removed function",
    "renamed method",
    "wrong keyword",
    "missing argument",
    "one positional too many",
]
HARMLESS = {"staticmethod", "classmethod", "abstractmethod", "abc.abstractmethod"}
EXPECTING = ("raises", "assertRaises", "warns", "suppress")
MAX_ADDED = 4  # positionals put into a call to make one too many


@dataclass(frozen=True)
class Mutant:
    """A file's text with one wrong call; `first` to `last` are the lines it is in."""

    kind: str
    path: Path
    first: int
    last: int
    text: str
    told: str  # "plot_curve: name became plot_cruve"


@dataclass
class Parameters:
    """What a function takes from its callers, the receiver left out."""

    positional: list[str] = field(default_factory=list)
    keyword_only: list[str] = field(default_factory=list)
    required: set[str] = field(default_factory=set)
    takes_star: bool = False
    takes_double_star: bool = False


def read_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef, bound: bool) -> Parameters:
    """Read a def statement."""
    a = function.args
    names = [p.arg for p in [*a.posonlyargs, *a.args]]
    required = set(names[: len(names) - len(a.defaults)])
    required |= {p.arg for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is None}
    if bound:
        required.discard(names[0] if names else "")
        names = names[1:]
    only = [p.arg for p in a.kwonlyargs]
    return Parameters(names, only, required, a.vararg is not None, a.kwarg is not None)


@lru_cache(maxsize=512)
def tree_of(path: Path) -> ast.Module | None:
    """A file's tree, kept."""
    return parse(path)


def decorators(node: ast.AST) -> set[str]:
    """Decorators as written."""
    return {ast.unparse(d) for d in getattr(node, "decorator_list", [])}


@lru_cache(maxsize=20_000)
def parameters_of(definition: Definition) -> Parameters | None:
    """What the definition takes; None where its source alone does not tell."""
    tree = tree_of(definition.path)
    for node in ast.walk(tree) if tree else []:
        if getattr(node, "lineno", 0) != definition.line:
            continue
        if isinstance(node, ast.ClassDef):
            return constructor_of(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            written = decorators(node)
            if not written <= HARMLESS:
                return None
            bound = definition.kind == "method" and "staticmethod" not in written
            return read_parameters(node, bound)
    return None


def constructor_of(node: ast.ClassDef) -> Parameters | None:
    """What an undecorated class with an __init__ of its own takes."""
    own = {f.name: f for f in node.body if isinstance(f, ast.FunctionDef)}
    if node.decorator_list or node.keywords or "__new__" in own or "__init__" not in own:
        return None
    return None if own["__init__"].decorator_list else read_parameters(own["__init__"], True)


class File:
    """One file with its calls and imports by place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.lines = self.text.split("\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        self.calls: dict[tuple[int, int], ast.Call] = {}
        self.imports: dict[str, ast.alias] = {}
        self.spans: dict[str, tuple[int, int]] = {}
        tree = parse(path)
        expecting: set[int] = set()
        for node in ast.walk(tree) if tree else []:
            if isinstance(node, (ast.With, ast.AsyncWith)) and expects_failure(node):
                expecting |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            elif isinstance(node, ast.Call):
                self._note_call(node)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if alias.asname is None and alias.name != "*":
                        self.imports[alias.name] = alias
                        self.spans[alias.name] = (node.lineno, node.end_lineno or node.lineno)
        self.calls = {k: c for k, c in self.calls.items() if c.lineno not in expecting}

    def _note_call(self, node: ast.Call) -> None:
        if "raises" in self.lines[node.lineno - 1].lower():
            return
        self.calls[(node.func.end_lineno or 0, node.func.end_col_offset or 0)] = node

    def call_at(self, call: Call) -> ast.Call | None:
        """The call that this one stands for."""
        before = self.lines[call.line - 1][: call.column] + call.name
        return self.calls.get((call.line, len(before.encode())))

    def offset(self, line: int, byte: int) -> int:
        """Place in the text of a line and a byte in it."""
        return self._starts[line - 1] + len(self.lines[line - 1].encode()[:byte].decode())

    def begin(self, node: ast.expr | ast.keyword | ast.alias) -> int:
        """Where a node begins in the text."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.keyword | ast.alias) -> int:
        """Where a node ends in the text."""
        return self.offset(node.end_lineno or 0, node.end_col_offset or 0)


def expects_failure(node: ast.With | ast.AsyncWith) -> bool:
    """True for `with pytest.raises(…)` and its like."""
    return any(word in ast.unparse(item.context_expr) for item in node.items for word in EXPECTING)


def is_sound(file: File, mutant: Mutant) -> bool:
    """True if Python reads the mutant, and its lines have their numbers."""
    try:
        ast.parse(mutant.text)
    except SyntaxError:
        return False
    return mutant.text.count("\n") == file.text.count("\n") and mutant.text != file.text


class Mutator:
    """Makes mutants; `known` holds every identifier of the package."""

    def __init__(self, known: set[str], generator: random.Random) -> None:
        self._known = known
        self._random = generator

    def mutants(self, file: File, call: Call, definition: Definition, inside: bool) -> list[Mutant]:
        """Every kind that this call gives rise to; `inside`: the file is of the library."""
        node = file.call_at(call)
        if node is None:
            return []
        made = [self._names(file, call, node, definition, inside)]
        parameters = parameters_of(definition)
        if parameters is not None and not self._is_unbound(node, definition):
            made.append(self._keyword(file, call, node, parameters))
            made.append(self._missing(file, call, node, parameters))
            made.append(self._too_many(file, call, node, parameters))
        return [mutant for some in made for mutant in some]

    @staticmethod
    def _is_unbound(node: ast.Call, definition: Definition) -> bool:
        """`Base.method(self, …)`: the receiver counts."""
        value = node.func.value if isinstance(node.func, ast.Attribute) else None
        last = ast.unparse(value).rsplit(".", 1)[-1] if value is not None else ""
        return definition.kind == "method" and last[:1].isupper()

    def _names(
        self, file: File, call: Call, node: ast.Call, definition: Definition, inside: bool
    ) -> list[Mutant]:
        method = definition.kind == "method"
        kinds = ["renamed method"] if method else ["wrong name"]
        if definition.kind == "function":
            kinds.append("removed function")
        made = []
        for kind in kinds:
            new = self._typo(call.name) if kind == "wrong name" else self._other(call.name)
            if new is None:
                continue
            told = f"{call.name} became {new}"
            if isinstance(node.func, ast.Attribute):
                end = file.end(node.func)
                text = file.text[: end - len(call.name)] + new + file.text[end:]
                span = (node.lineno, node.end_lineno or node.lineno)
            elif not inside and not method and call.name in file.imports:
                alias = file.imports[call.name]
                written = f"{new} as {call.name}"
                text = file.text[: file.begin(alias)] + written + file.text[file.end(alias) :]
                span = file.spans[call.name]
            else:
                continue
            made.append(Mutant(kind, file.path, *span, text, told))
        return made

    def _typo(self, name: str) -> str | None:
        for _ in range(20):
            i = self._random.randrange(len(name))
            new = self._random.choice(
                [name[:i] + name[i + 1 :], name[: i + 1] + name[i:], name[:i] + "e" + name[i:]]
            )
            if new.isidentifier() and new not in self._known:
                return new
        return None

    def _other(self, name: str) -> str | None:
        ways = [f"{name}_all", f"do_{name}", f"{name}_v1", f"legacy_{name}", f"{name}2"]
        self._random.shuffle(ways)
        return next((way for way in ways if way not in self._known), None)

    def _keyword(self, file: File, call: Call, node: ast.Call, p: Parameters) -> list[Mutant]:
        names = [*p.positional, *p.keyword_only]
        fitting = [k for k in node.keywords if k.arg in names]
        if p.takes_double_star or not fitting:
            return []
        keyword = self._random.choice(fitting)
        old = keyword.arg or ""
        new = self._random.choice([self._typo(old), self._other(old)])
        if new is None or new in names:
            return []
        begin = file.begin(keyword)
        text = file.text[:begin] + new + file.text[begin + len(old) :]
        return [self._of("wrong keyword", file, node, text, f"{call.name}: {old} became {new}")]

    def _missing(self, file: File, call: Call, node: ast.Call, p: Parameters) -> list[Mutant]:
        starred = any(isinstance(a, ast.Starred) for a in node.args)
        if starred or any(k.arg is None for k in node.keywords):
            return []
        given = len(node.args)
        fitting: list[ast.expr | ast.keyword] = [k for k in node.keywords if k.arg in p.required]
        if 0 < given <= len(p.positional) and p.positional[given - 1] in p.required:
            fitting.append(node.args[-1])
        if not fitting:
            return []
        gone = self._random.choice(fitting)
        begin, end = file.begin(gone), file.end(gone)
        after = re.match(r"\s*,", file.text[end:])
        if after:
            end += after.end()
        else:
            begin = len(re.sub(r"\s*,\s*$", "", file.text[:begin]))
        lines = "\n" * file.text.count("\n", begin, end)
        text = file.text[:begin] + lines + file.text[end:]
        name = gone.arg if isinstance(gone, ast.keyword) else p.positional[given - 1]
        return [self._of("missing argument", file, node, text, f"{call.name}: without {name}")]

    def _too_many(self, file: File, call: Call, node: ast.Call, p: Parameters) -> list[Mutant]:
        count = len(p.positional) + 1 - len(node.args)
        unfit = any(isinstance(a, (ast.Starred, ast.GeneratorExp)) for a in node.args)
        if p.takes_star or unfit or not 0 < count <= MAX_ADDED:
            return []
        if any(k.arg in p.positional for k in node.keywords):
            return []
        added = ", ".join(["None"] * count)
        if node.args:
            place = file.end(node.args[-1])
            closing = re.match(r"\s*\)", file.text[place:])
            if file.text[file.begin(node.args[-1]) - 1] == "(" and closing and len(node.args) > 1:
                return []  # an argument in parentheses of its own
            added = f", {added}"
        else:
            place = file.end(node.func) + 1
            added += ", " if node.keywords else ""
        text = file.text[:place] + added + file.text[place:]
        told = f"{call.name}: {count} more"
        return [self._of("one positional too many", file, node, text, told)]

    @staticmethod
    def _of(kind: str, file: File, node: ast.Call, text: str, told: str) -> Mutant:
        return Mutant(kind, file.path, node.lineno, node.end_lineno or node.lineno, text, told)
