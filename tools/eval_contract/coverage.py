"""Coverage: which of the calls that pyright leads into the package the check really checks.

    .venv/bin/python tools/eval_contract/coverage.py [PACKAGE…] [--sample N] [--seed N]

A seeded sample of all calls of each package (sources, tests, examples) is put to
pyright's "go to definition". Those that lead to a def or class statement of the
package itself, and can be reached by a name (no functions inside functions), are
compared with what `inhouse check --calls` bound against a signature.
The figure of all packages weighs each by its calls; the interval is the binomial
one of the samples, 95 %.
"""

from __future__ import annotations

import argparse
import csv
import math
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from common import Package, build_index, check, packages
from definitions import Call, Definition, definitions, sample_of

GOAL = 0.80


@dataclass
class Result:
    """One package's figures."""

    name: str
    all_calls: int
    asked: int
    outcomes: Counter = field(default_factory=Counter)  # of those that lead into the package
    missed: list[tuple[Call, Definition, str]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def resolved(self) -> int:
        """How many of the sample lead into the package."""
        return sum(self.outcomes.values())

    @property
    def share(self) -> float:
        """Bound against a signature, of those."""
        return self.outcomes["bound"] / max(self.resolved, 1)

    @property
    def weight(self) -> float:
        """Calls into the package, as far as the sample tells."""
        return self.all_calls * self.resolved / max(self.asked, 1)


def outcomes_of(package: Package, paths: list[Path]) -> dict[tuple[str, int, int], str]:
    """What the check did with each call that it followed into the package."""
    checked = check(package, paths, ("--calls",))
    return {
        (file["path"], call["line"], call["column"] - 1): call["outcome"]
        for file in checked.files
        for call in file.get("calls", [])
    }


def measure(package: Package, sample: int, seed: int) -> Result:
    """Sample, ask pyright, compare."""
    started = time.perf_counter()
    all_calls, chosen = sample_of(package, sample, seed)
    build_index(package)
    ours = outcomes_of(package, sorted({call.path for call in chosen}))
    found = definitions(package, chosen)
    result = Result(package.name, all_calls, len(chosen))
    folders = package.library_folders()
    for call, definition in found.items():
        if definition is None or definition.is_local:
            continue
        if not any(definition.path.is_relative_to(folder) for folder in folders):
            continue
        outcome = ours.get((str(call.path), call.line, call.column), "not followed")
        result.outcomes[outcome] += 1
        if outcome != "bound":
            result.missed.append((call, definition, outcome))
    result.seconds = time.perf_counter() - started
    return result


def interval(results: list[Result]) -> tuple[float, float]:
    """Weighted share and half the width of its 95 % interval."""
    total = sum(r.weight for r in results)
    share = sum(r.weight * r.share for r in results) / total
    variance = sum(
        (r.weight / total) ** 2 * r.share * (1 - r.share) / max(r.resolved, 1) for r in results
    )
    return share, 1.96 * math.sqrt(variance)


def print_result(result: Result) -> None:
    """One line of the table."""
    half = interval([result])[1]
    followed = 1 - result.outcomes["not followed"] / max(result.resolved, 1)
    print(
        f"{result.name:14} {result.all_calls:7} {result.asked:6} {result.resolved:8} "
        f"{result.share:7.1%} ±{half:5.1%} {followed:9.1%}   {result.seconds:5.0f}  "
        + ", ".join(f"{k} {v}" for k, v in result.outcomes.most_common() if k != "bound"),
        flush=True,
    )


def write_missed(results: list[Result], to: Path) -> None:
    """Write every call that was not bound, to look for causes."""
    with to.open("w", newline="", encoding="utf-8") as rows:
        writer = csv.writer(rows, delimiter="\t", lineterminator="\n")
        for result in results:
            for call, definition, outcome in result.missed:
                place = f"{definition.path}:{definition.line}"
                at = f"{call.path}:{call.line}:{call.column + 1}"
                writer.writerow([outcome, at, call.name, definition.kind, place])


def main() -> int:
    """Measure the packages named, or all."""
    parser = argparse.ArgumentParser(description="What inhouse check checks, beside pyright.")
    parser.add_argument("package", nargs="*")
    parser.add_argument("--sample", type=int, default=1200, help="calls a package")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--missed", type=Path, help="write the calls that were not bound here")
    arguments = parser.parse_args()
    print("package          calls  asked resolved   bound         followed       s  not bound")
    results = []
    for package in packages(arguments.package):
        results.append(measure(package, arguments.sample, arguments.seed))
        print_result(results[-1])
    if arguments.missed:
        write_missed(results, arguments.missed)
    share, half = interval(results)
    said = "reached" if share >= GOAL else "missed"
    print(f"\nbound: {share:.1%} ± {half:.1%} of the calls that pyright leads into the package")
    print(f"goal of {GOAL:.0%}: {said}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
