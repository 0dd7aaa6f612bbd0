"""Extracted signatures against Python's own: `inspect.signature` of installed packages.

    ninja -C build inhouse list_signatures
    python3 -m venv v && v/bin/pip install django sqlalchemy sympy
    .venv/bin/python tools/eval_signatures/run.py --python v/bin/python django sqlalchemy sympy

Each package is indexed from where the given Python finds it; then that Python imports its
modules and looks at every function, method and class that the index holds. Counted are those
whose signature the index calls exact: undecorated ones and those with decorators that keep it.
What cannot be imported or found at run time is left out, and said. Classes (their constructors)
are a column of their own. Exit code 1 if fewer than 99.5% of the functions agree, or the index
fails.
"""

from __future__ import annotations

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import typing

GOAL = 0.995
KINDS = ("function", "class")
PACKAGES = (
    "sklearn",
    "scipy",
    "django",
    "sqlalchemy",
    "airflow",
    "transformers",
    "matplotlib",
    "sympy",
)

# Runs inside the packages' own Python: a symbol a line in, an answer a line out.
ASK = r"""
import importlib, inspect, io, json, sys, warnings
warnings.simplefilter("ignore")
out, sys.stdout, sys.stderr = sys.stdout, io.StringIO(), io.StringIO()
modules = {}

def module_of(name):
    if name not in modules:
        try:
            modules[name] = importlib.import_module(name)
        except BaseException as error:
            modules[name] = None
    return modules[name]

def find(symbol):
    module = module_of(symbol["module"])
    if module is None:
        return "its module cannot be imported here", None
    thing, owner = module, None
    for part in symbol["name"][len(symbol["module"]) + 1:].split("."):
        owner = thing
        if inspect.isclass(owner):
            found = owner.__dict__.get(part)
            if found is None:
                return "not there at run time", None
            thing = found
        elif hasattr(thing, part):
            thing = getattr(thing, part)
        else:
            return "not there at run time", None
    return "", (thing, owner)

def parameters(symbol):
    problem, found = find(symbol)
    if problem:
        return {"left_out": problem}
    thing, owner = found
    in_class = inspect.isclass(owner)
    bound = in_class and not symbol["static"] and symbol["kind"] == "method"
    if isinstance(thing, (staticmethod, classmethod)):
        bound = isinstance(thing, classmethod)
        thing = thing.__func__
    if symbol["kind"] == "class" and not inspect.isclass(thing):
        return {"left_out": "another object at run time"}
    if symbol["kind"] != "class" and not callable(thing):
        return {"left_out": "another object at run time"}
    try:
        signature = inspect.signature(thing)
    except BaseException:
        return {"left_out": "inspect has no signature"}
    listed = list(signature.parameters.values())
    if bound and listed and listed[0].kind in (0, 1):
        listed = listed[1:]
    answer = {"parameters": [[p.name, int(p.kind), p.default is not p.empty] for p in listed]}
    answer["compiled"] = not inspect.isclass(thing) and not inspect.isfunction(thing)
    answer["wrapped"] = hasattr(thing, "__wrapped__")
    code = getattr(inspect.unwrap(thing), "__code__", None) if not inspect.isclass(thing) else None
    answer["elsewhere"] = bool(code) and code.co_name != symbol["name"].rsplit(".", 1)[-1]
    answer["meta"] = inspect.isclass(thing) and type(thing).__call__ is not type.__call__
    answer["has_signature"] = "__signature__" in getattr(thing, "__dict__", {})
    return answer

for line in sys.stdin:
    symbol = json.loads(line)
    try:
        answer = parameters(symbol)
    except BaseException as error:
        answer = {"left_out": "looking it up fails"}
    print(json.dumps(answer), file=out, flush=True)
"""


def normal(name: str, owner: str) -> str:
    """Python mangles private names in classes: __x in C is _C__x."""
    return (
        f"_{owner.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
    )


def agrees(symbol: dict, answer: dict) -> bool:
    owner = symbol["name"].split(".")[-2] if symbol["kind"] == "method" else ""
    ours = []
    for parameter in symbol["parameters"]:
        name = normal(parameter["name"], owner) if owner else parameter["name"]
        ours.append([name, parameter["kind"], parameter["default"]])
    return ours == answer["parameters"]


def cause(symbol: dict, answer: dict) -> str:
    ours = [p["name"] for p in symbol["parameters"]]
    theirs = [p[0] for p in answer["parameters"]]
    if answer["compiled"]:
        return "compiled, or another object, at run time"
    if answer["meta"]:
        return "a metaclass's __call__ stands before the constructor"
    if answer["has_signature"]:
        return "__signature__ is set at run time"
    if answer["elsewhere"]:
        return "another function stands there at run time"
    if answer["wrapped"]:
        return "wrapped at run time"
    if symbol["kind"] == "class":
        return "class: constructor made or inherited otherwise"
    if sorted(ours) == sorted(theirs):
        return "the same names, other kinds or defaults"
    if symbol["decorators"]:
        return "a decorator that was taken to keep the signature"
    return "other parameters"


def package_folder(python: str, package: str) -> pathlib.Path | None:
    code = (
        "import importlib.util as u, sys; s = u.find_spec(sys.argv[1]); "
        "print(s.submodule_search_locations[0] if s else '')"
    )
    found = subprocess.run(
        [python, "-c", code, package], capture_output=True, text=True, check=False
    ).stdout.strip()
    return pathlib.Path(found) if found else None


class Measured(typing.NamedTuple):
    compared: collections.Counter  # by kind: function, class
    agreeing: collections.Counter
    causes: collections.Counter  # of those that do not
    left_out: collections.Counter
    examples: list[tuple[str, str]]  # cause, name


def measure(package: str, python: str, build: pathlib.Path) -> Measured:
    folder = package_folder(python, package)
    if folder is None:
        raise SystemExit(f"run.py: {package} is not installed for {python}; install it there")
    with tempfile.TemporaryDirectory() as index:
        # site-packages are left out by default: the package's own folder is named.
        subprocess.run(
            [build / "inhouse", "index", folder, "--index", index],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        listed = subprocess.run(
            [build / "list_signatures", index], check=True, capture_output=True, text=True
        ).stdout
    symbols = [json.loads(line) for line in listed.splitlines()]
    symbols = [s for s in symbols if "<locals>" not in s["name"] and not s["overload"]]
    exact = [s for s in symbols if s["exact"]]
    text = "".join(json.dumps(s) + "\n" for s in exact)
    asked = subprocess.run(
        [python, "-c", ASK], input=text, capture_output=True, text=True, check=False
    )
    answers = [json.loads(line) for line in asked.stdout.splitlines()]
    left_out, causes, agreeing = collections.Counter(), collections.Counter(), collections.Counter()
    compared, examples = collections.Counter(), []
    left_out["the index calls it inexact"] = len(symbols) - len(exact)
    if len(answers) < len(exact):
        left_out["Python ended before it was asked"] = len(exact) - len(answers)
    for symbol, answer in zip(exact, answers, strict=False):
        if "left_out" in answer:
            left_out[answer["left_out"]] += 1
            continue
        kind = "class" if symbol["kind"] == "class" else "function"
        compared[kind] += 1
        if agrees(symbol, answer):
            agreeing[kind] += 1
        else:
            causes[cause(symbol, answer)] += 1
            examples.append((cause(symbol, answer), symbol["name"]))
    return Measured(compared, agreeing, causes, left_out, examples)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("--python", default=sys.executable, help="the Python that has the packages")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--examples", type=int, default=0, help="names to print for each cause")
    arguments = parser.parse_args()
    missed = False
    print("| package | functions | agree | classes | agree | by cause | not compared |")
    print("|---|---|---|---|---|---|---|")
    for package in arguments.packages:
        got = measure(package, arguments.python, arguments.build)
        shares = {kind: got.agreeing[kind] / max(got.compared[kind], 1) for kind in KINDS}
        missed = missed or shares["function"] < GOAL
        figures = " | ".join(f"{got.compared[kind]} | {shares[kind]:.2%}" for kind in KINDS)
        by_cause = "; ".join(f"{name} {count}" for name, count in got.causes.most_common())
        others = "; ".join(f"{name} {count}" for name, count in got.left_out.most_common() if count)
        print(f"| {package} | {figures} | {by_cause} | {others} |", flush=True)
        for name, _ in got.causes.most_common():
            for each, symbol in [e for e in got.examples if e[0] == name][: arguments.examples]:
                print(f"    {each}: {symbol}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
