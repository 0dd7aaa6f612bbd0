"""Recall: wrong calls made from right ones, told by inhouse check, pyright and mypy.

    .venv/bin/python tools/eval_contract/recall.py [PACKAGE…] [--each N] [--seed N]

Of each package, N mutants of each kind (mutations.py): a seeded choice of calls
that pyright leads into the package, one mutant a file and round, in a copy of the
tree. A tool catches a mutant if it says something in the changed lines that it
does not say of the unchanged file. Exit code 1: inhouse check tells less than 90 %.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import time
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from common import CACHE, PYRIGHT, VENV, Package, build_index, check, packages
from definitions import definitions, sample_of
from mutations import KINDS, File, Mutant, Mutator, is_sound

GOAL = 0.90
ASKED = 1200  # calls put to pyright, those of coverage.py
IN_A_FILE = 3  # mutants, each in a round of its own
TOOLS = ["inhouse", "pyright", "mypy"]
Said = set[tuple[str, int, str]]  # path, line, what


class Copy(Package):
    """A package's tree to be changed, with an index of its own."""

    @property
    def root(self) -> Path:
        """The copy."""
        return CACHE / "mutants" / self.name

    @property
    def index(self) -> Path:
        """Made from the copy before any change."""
        return CACHE / "mutants-index" / self.name


@lru_cache(maxsize=2000)
def file_at(path: Path) -> File:
    """A file, read once."""
    return File(path)


def choose(package: Package, each: int, seed: int) -> list[Mutant]:
    """Mutants of the package's own tree, `each` of every kind where there are as many."""
    generator = random.Random(f"{seed} {package.name}")
    known = set()
    for path in package.files():
        known |= set(
            re.findall(r"[A-Za-z_]\w*", path.read_text(encoding="utf-8", errors="replace"))
        )
    mutator = Mutator(known, generator)
    folders = package.library_folders()
    chosen: list[Mutant] = []
    counts: Counter[str] = Counter()
    uses: Counter[Path] = Counter()
    found = list(definitions(package, sample_of(package, ASKED, seed)[1]).items())
    generator.shuffle(found)
    for call, definition in found:
        if definition is None or definition.is_local:
            continue
        if not any(definition.path.is_relative_to(folder) for folder in folders):
            continue
        if uses[call.path] >= IN_A_FILE:
            continue
        inside = any(call.path.is_relative_to(folder) for folder in folders)
        made = mutator.mutants(file_at(call.path), call, definition, inside)
        made = [m for m in made if counts[m.kind] < each]
        best = min(made, key=lambda m: (counts[m.kind], m.kind), default=None)
        if best is not None and is_sound(file_at(call.path), best):
            chosen.append(best)
            counts[chosen[-1].kind] += 1
            uses[call.path] += 1
    return chosen


def rounds_of(mutants: list[Mutant]) -> list[list[Mutant]]:
    """Rounds in which each file changes once."""
    rounds: list[dict[Path, Mutant]] = []
    for mutant in mutants:
        for round_ in rounds:
            if mutant.path not in round_:
                round_[mutant.path] = mutant
                break
        else:
            rounds.append({mutant.path: mutant})
    return [list(round_.values()) for round_ in rounds]


def ask_inhouse(copy: Package, files: list[Path]) -> Said:
    """What the check says."""
    found = check(copy, files).findings()
    return {(path, line, f["rule"] + f["message"]) for path, f in found for line in [f["line"]]}


def ask_pyright(copy: Package, files: list[Path]) -> Said:
    """What pyright says in its standard mode."""
    paths = [str(folder.parent) for folder in copy.library_folders()]
    config = {
        "include": [str(file) for file in files],
        "extraPaths": [*paths, str(copy.root)],
        "reportMissingImports": "none",
        "reportMissingModuleSource": "none",
    }
    place = CACHE / "mutants" / f"{copy.name}.pyright.json"
    place.write_text(json.dumps(config))
    node = shutil.which("node") or "node"
    command = [node, "--max-old-space-size=6000", str(PYRIGHT / "index.js"), "--outputjson"]
    done = subprocess.run([*command, "-p", str(place)], capture_output=True, text=True)
    said: Said = set()
    for item in json.loads(done.stdout)["generalDiagnostics"]:
        line = item["range"]["start"]["line"] + 1
        said.add((item["file"], line, item.get("rule", "") + item["message"]))
    return said


def ask_mypy(copy: Package, files: list[Path]) -> Said:
    """What mypy says, function bodies without annotations included."""
    paths = [str(folder.parent) for folder in copy.library_folders()]
    environment = {**os.environ, "MYPYPATH": ":".join(dict.fromkeys([*paths, str(copy.root)]))}
    cache = CACHE / "mutants" / f"{copy.name}.mypy"
    options = ["--config-file=", "--ignore-missing-imports", "--check-untyped-defs"]
    options += ["--follow-imports=silent", "--explicit-package-bases", "--no-error-summary"]
    options += ["--no-strict-optional", "--cache-dir", str(cache), "--output", "json"]
    command = [str(VENV / "bin" / "mypy"), *options, *map(str, files)]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=copy.root, check=False
    )
    if done.returncode not in (0, 1):
        print(f"    mypy: {(done.stderr or done.stdout).strip()[-300:]}")
    said: Said = set()
    for line in done.stdout.splitlines():
        item = json.loads(line) if line.startswith("{") else None
        if item is not None and item["severity"] == "error":
            path = str((copy.root / item["file"]).resolve())
            said.add((path, item["line"], f"{item['code']}{item['message']}"))
    return said


ASK = {"inhouse": ask_inhouse, "pyright": ask_pyright, "mypy": ask_mypy}


class Score:
    """Mutants and catches by kind, and seconds by tool."""

    def __init__(self) -> None:
        self.made: Counter[str] = Counter()
        self.caught: Counter[tuple[str, str]] = Counter()
        self.seconds: Counter[str] = Counter()
        self.files = 0
        self.missed: list[tuple[Mutant, list[str]]] = []

    def share(self, tool: str) -> float:
        """What a tool caught of all."""
        caught = sum(n for (who, _), n in self.caught.items() if who == tool)
        return caught / max(self.made.total(), 1)


def run_round(copy: Package, mutants: list[Mutant], tools: list[str], score: Score) -> None:
    """Ask of the unchanged files, change them, ask again, put them back."""
    files = [mutant.path for mutant in mutants]
    before = {tool: ASK[tool](copy, files) for tool in tools}
    originals = {file: file.read_bytes() for file in files}
    after: dict[str, Said] = {}
    try:
        for mutant in mutants:
            mutant.path.write_text(mutant.text, encoding="utf-8")
        for tool in tools:
            shutil.rmtree(CACHE / "mutants" / f"{copy.name}.mypy", ignore_errors=True)
            started = time.perf_counter()
            after[tool] = ASK[tool](copy, files)
            score.seconds[tool] += time.perf_counter() - started
    finally:
        for file, content in originals.items():
            file.write_bytes(content)
    score.files += len(files)
    for mutant in mutants:
        score.made[mutant.kind] += 1
        catchers = [t for t in tools if catches(after[t] - before[t], mutant)]
        for tool in catchers:
            score.caught[(tool, mutant.kind)] += 1
        if "inhouse" not in catchers:
            score.missed.append((mutant, catchers))


def catches(said: Said, mutant: Mutant) -> bool:
    """True if something is said of the mutant's lines."""
    path = str(mutant.path)
    return any(p == path and mutant.first <= line <= mutant.last for p, line, _ in said)


def measure(package: Package, each: int, seed: int, tools: list[str], score: Score) -> None:
    """Choose, copy, index, run the rounds."""
    mutants = choose(package, each, seed)
    copy = Copy(package.name, package.version, package.sha256, package.imports)
    shutil.rmtree(copy.root, ignore_errors=True)
    copy.root.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(package.root, copy.root)
    shutil.rmtree(copy.index, ignore_errors=True)
    score.seconds["index"] += build_index(copy)
    moved = [replace(m, path=copy.root / m.path.relative_to(package.root)) for m in mutants]
    for round_ in rounds_of(moved):
        run_round(copy, round_, tools, score)
    shutil.rmtree(copy.root)
    print(
        f"{package.name}: {len(mutants)} mutants; "
        + ", ".join(f"{t} {score.share(t):.1%}" for t in tools)
        + " so far",
        flush=True,
    )


def print_table(score: Score, tools: list[str]) -> None:
    """Kinds down, tools across."""
    print("\n" + f"{'kind':26}{'mutants':>8}" + "".join(f"{tool:>10}" for tool in tools))
    for kind in KINDS:
        shares = [score.caught[(tool, kind)] / max(score.made[kind], 1) for tool in tools]
        print(f"{kind:26}{score.made[kind]:8}" + "".join(f"{s:10.1%}" for s in shares))
    total = [score.share(tool) for tool in tools]
    print(f"{'all':26}{score.made.total():8}" + "".join(f"{s:10.1%}" for s in total))
    times = "".join(f"{score.seconds[tool]:10.1f}" for tool in tools)
    print(f"{f'seconds for {score.files} files':34}{times}")
    print(f"(indexing all packages once: {score.seconds['index']:.1f} s)")


def main() -> int:
    """Measure the packages named, or all."""
    parser = argparse.ArgumentParser(description="What inhouse check catches.")
    parser.add_argument("package", nargs="*")
    parser.add_argument("--each", type=int, default=10, help="mutants of each kind and package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--alone", action="store_true", help="without pyright and mypy")
    parser.add_argument("--missed", type=Path, help="write what inhouse check missed here")
    arguments = parser.parse_args()
    tools = TOOLS[:1] if arguments.alone else TOOLS
    score = Score()
    for package in packages(arguments.package):
        measure(package, arguments.each, arguments.seed, tools, score)
    print_table(score, tools)
    if arguments.missed:
        rows = [
            f"{m.kind}\t{m.path}:{m.first}\t{m.told}\t{','.join(by) or 'nobody'}"
            for m, by in score.missed
        ]
        arguments.missed.write_text("\n".join(rows) + "\n")
    good = score.share("inhouse") >= GOAL
    said = "ok" if good else "MISSED"
    print(f"{said}: inhouse check catches {score.share('inhouse'):.1%} (at least {GOAL:.0%})")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
