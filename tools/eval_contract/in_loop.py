"""In the loop: invented calls that reached execution, with and without the contract check.

    .venv/bin/python tools/eval_contract/in_loop.py SESSION…

Reads recorded runs (session folders). An invented call is a use of a house library
that cannot work. With the check, those reach execution that fail in a cell or script
that ran: the error names a house module, or a house function with arguments that it does not
take. Without it, those would have reached it besides that the check stopped; each of these is
tried against the real library (its imports are made, its name is looked up, its
arguments are bound), so that a false alarm does not count as an invention.
Exit code 1: a stopped call turns out to be right.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

LIBS = Path(__file__).resolve().parents[2] / "corpus" / "libs"
FAILURES = {"AttributeError", "ImportError", "ModuleNotFoundError", "TypeError"}


@dataclass
class Counts:
    """Of one session."""

    ran: int = 0  # cells and scripts that were run
    reached: int = 0  # of them with an invented call
    stopped: int = 0  # invented calls that the check stopped
    wrong: int = 0  # stopped calls that would have worked
    unclear: int = 0  # stopped calls that cannot be tried here (methods of values)


def read_events(session: Path) -> list[dict]:
    """The trace's events, blobs put back in place."""

    def whole(value: object) -> object:
        if isinstance(value, dict) and set(value) == {"blob", "bytes"}:
            return (session / "blobs" / value["blob"]).read_text(encoding="utf-8")
        if isinstance(value, dict):
            return {key: whole(item) for key, item in value.items()}
        if isinstance(value, list):
            return [whole(item) for item in value]
        return value

    lines = (session / "trace.jsonl").read_text(encoding="utf-8").splitlines()
    return [{**event, "data": whole(event["data"])} for event in map(json.loads, lines)]


def house_modules() -> set[str]:
    """The top-level names of the house libraries."""
    return {path.name for path in LIBS.iterdir() if (path / "__init__.py").is_file()}


def house_functions() -> set[str]:
    """Every function and class name that the house libraries define."""
    names = set()
    for path in LIBS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
    return names


def is_invented(kind: str, message: str) -> bool:
    """True for an error that says that a house API is not as it was called."""
    if kind not in FAILURES:
        return False
    quoted = re.findall(r"'([\w.]+)'", message)
    if any(name.split(".")[0] in house_modules() for name in quoted):
        return True
    called = re.match(r"(?:\w+\.)*(\w+)\(\) (?:got|missing|takes)", message)
    return called is not None and called.group(1) in house_functions()


def last_error(output: str) -> tuple[str, str]:
    """Kind and message of the traceback at the end of a script's output."""
    for line in reversed(output.splitlines()):
        found = re.match(r"(\w+(?:Error|Exception)): (.*)", line)
        if found:
            return found.group(1), found.group(2)
    return "", ""


def names_of(code: str) -> dict[str, object]:
    """What the code's imports of house libraries bind, as far as they work here."""
    bound: dict[str, object] = {}
    house = house_modules()
    for node in ast.walk(ast.parse(code)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        if names and all(name.split(".")[0] in house for name in names):
            try:
                exec(compile(ast.Module([node], []), "imports", "exec"), bound)
            except (ImportError, AttributeError):
                continue
    return bound


def dotted(node: ast.AST) -> list[str]:
    """The parts of a dotted name; none if it is something else."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return [*before, node.attr] if before else []
    return []


def imports(name: str, members: list[str]) -> bool | None:
    """Whether a house module is there and has the members; None: it is no house module."""
    if name.split(".")[0] not in house_modules():
        return None
    try:
        module = importlib.import_module(name)
    except ImportError:
        return False
    return all(member == "*" or hasattr(module, member) for member in members)


def works(node: ast.AST, bound: dict[str, object]) -> bool | None:
    """Whether an import, a name or a call fits the real library; None: cannot be told."""
    if isinstance(node, ast.ImportFrom):
        return imports(node.module or "", [alias.name for alias in node.names])
    if isinstance(node, ast.Import):
        verdicts = [imports(alias.name, []) for alias in node.names]
        return None if None in verdicts else all(verdicts)
    function = node.func if isinstance(node, ast.Call) else node
    parts = dotted(function)
    if not parts or parts[0] not in bound:
        return None
    value = bound[parts[0]]
    for part in parts[1:]:
        if not hasattr(value, part):
            return False
        value = getattr(value, part)
    return binds(node, value) if isinstance(node, ast.Call) else True


def binds(call: ast.Call, function: object) -> bool | None:
    """Whether the arguments fit; None with * and **, or without a signature."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    try:
        signature = inspect.signature(function)
        signature.bind(*call.args, **{str(keyword.arg): None for keyword in call.keywords})
    except TypeError:
        return False
    except ValueError:
        return None
    return True


def judge(code: str, earlier: str, line: int) -> bool | None:
    """Whether what stands in the line works: False if any use of a house library there does not."""
    try:
        bound = names_of(earlier + "\n" + code)
        tree = ast.parse(code)
    except SyntaxError:
        return None
    verdicts = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Call | ast.Attribute):
            continue
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            verdicts.append(works(node, bound))
    if False in verdicts:
        return False
    return True if verdicts and None not in verdicts else None


def take_stopped(finding: dict, code: str, earlier: str, counts: Counts) -> None:
    """One finding of the check that kept a block from running."""
    verdict = judge(code, earlier, finding["line"])
    counts.stopped += verdict is not True
    counts.wrong += verdict is True
    counts.unclear += verdict is None


def count(session: Path) -> Counts:
    """Go through one session."""
    counts = Counts()
    code, earlier = "", ""
    for event in read_events(session):
        kind, data = event["type"], event["data"]
        if kind == "action" and data["kind"] == "code":
            code = data["text"]
        elif kind == "finding" and data["gate"] == "contract" and data["severity"] == "error":
            take_stopped(data, code, earlier, counts)
        elif kind == "observation" and data["kind"] == "cell":
            counts.ran += 1
            counts.reached += is_invented(data["error_type"], data["error_message"])
            if data["outcome"] == "ok":
                earlier += code + "\n"
        elif kind == "gate" and data["gate"] == "runs":
            counts.ran += 1
            if not data["passed"]:
                counts.reached += is_invented(*last_error(data["output"]))
    return counts


def main() -> int:
    """Print a line for each session and the sums."""
    parser = argparse.ArgumentParser(description="Invented calls that reached execution.")
    parser.add_argument("session", nargs="+", type=Path)
    arguments = parser.parse_args()
    sys.path.insert(0, str(LIBS))
    print("| session | cells and scripts run | reached execution: with the check | without it |")
    print("|---|---|---|---|")
    every = [(session, count(session)) for session in arguments.session]
    for session, counts in every:
        print(
            f"| {session.name} | {counts.ran} | {counts.reached} "
            f"| {counts.reached + counts.stopped} |"
        )
    totals = [sum(getattr(c, name) for _, c in every) for name in ("ran", "reached", "stopped")]
    print(f"| {len(every)} sessions | {totals[0]} | {totals[1]} | {totals[1] + totals[2]} |")
    wrong, unclear = sum(c.wrong for _, c in every), sum(c.unclear for _, c in every)
    print(f"\nstopped calls that work against the real library: {wrong}")
    print(f"stopped calls that cannot be tried outside of their run: {unclear}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
