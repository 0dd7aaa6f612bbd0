"""False alarms: every call inside real packages, their tests and examples, checked.

    .venv/bin/python tools/eval_contract/false_alarms.py [PACKAGE…]

Each package is indexed by itself and all its files are checked against that
index. This code runs, so a finding is a false alarm unless a person who read the
place says that the call is wrong at run time: labels.tsv holds these verdicts.
Calls in pytest.raises and the like are left out by the check itself.
Exit code 1: above one false alarm in 10,000 checked calls, or unlabelled findings.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from common import HERE, Package, build_index, check, packages

BOUND = 1.0  # false alarms in 10,000 checked calls
LABELS = HERE / "labels.tsv"
COLUMNS = ["package", "path", "line", "column", "rule", "verdict", "reason"]
Key = tuple[str, str, int, int, str]


@dataclass
class Tally:
    """One package's figures."""

    files: int
    uses: int
    calls: int
    findings: list[tuple[Key, dict]]
    seconds: float


def read_labels() -> dict[Key, tuple[str, str]]:
    """Verdict ("true" or "false") and reason by place."""
    labels = {}
    with LABELS.open(newline="", encoding="utf-8") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            if row["verdict"] not in ("true", "false"):
                raise SystemExit(f"labels.tsv: verdict {row['verdict']!r}; known: true, false")
            key = (row["package"], row["path"], int(row["line"]), int(row["column"]), row["rule"])
            labels[key] = (row["verdict"], row["reason"])
    return labels


def measure(package: Package) -> Tally:
    """Index the package, check all its files."""
    build_index(package)
    checked = check(package, package.files())
    findings = []
    for path, finding in checked.findings():
        relative = Path(path).relative_to(package.root).as_posix()
        place = (finding["line"], finding["column"], finding["rule"])
        findings.append(((package.name, relative, *place), finding))
    uses, calls = checked.total("checked_uses"), checked.total("checked_calls")
    return Tally(len(checked.files), uses, calls, findings, checked.seconds)


def verdict_of(key: Key, labels: dict[Key, tuple[str, str]]) -> str:
    """Return "true", "false" or "unlabelled"."""
    return labels.get(key, ("unlabelled", ""))[0]


def print_package(package: Package, tally: Tally, labels: dict[Key, tuple[str, str]]) -> None:
    """One line for the package, one for each finding."""
    verdicts = Counter(verdict_of(key, labels) for key, _ in tally.findings)
    print(
        f"{package.name:14} {tally.files:6} {tally.uses:8} {tally.calls:8} "
        f"{len(tally.findings):8} {verdicts['true']:6} {verdicts['false']:6} "
        f"{verdicts['unlabelled']:10} {tally.seconds:6.1f}",
        flush=True,
    )
    for key, finding in tally.findings:
        _, path, line, column, rule = key
        reason = labels.get(key, ("", finding["text"] + ": " + finding["message"]))[1]
        print(f"    {verdict_of(key, labels):10} {path}:{line}:{column} [{rule}] {reason}")


def write_missing(tallies: dict[str, Tally], labels: dict[Key, tuple[str, str]], to: Path) -> None:
    """Write rows for what has no label yet, to be judged and moved to labels.tsv."""
    with to.open("w", newline="", encoding="utf-8") as rows:
        writer = csv.writer(rows, delimiter="\t", lineterminator="\n")
        for tally in tallies.values():
            for key, finding in tally.findings:
                if key not in labels:
                    said = f"{finding['text']}: {finding['message']}"
                    said += f" | {finding.get('signature', '')}"
                    writer.writerow([*key, "?", said])


def conclude(tallies: dict[str, Tally], labels: dict[Key, tuple[str, str]]) -> int:
    """Print the totals; the exit code."""
    calls = sum(tally.calls for tally in tallies.values())
    keys = [key for tally in tallies.values() for key, _ in tally.findings]
    verdicts = Counter(verdict_of(key, labels) for key in keys)
    gone = [k for k in labels if k[0] in tallies and k not in set(keys)]
    rate = verdicts["false"] * 10_000 / max(calls, 1)
    print(f"\nfiles {sum(t.files for t in tallies.values())}, checked calls {calls}")
    print(
        f"findings {len(keys)}: {verdicts['true']} right, {verdicts['false']} false alarms, "
        f"{verdicts['unlabelled']} unlabelled; labels of findings that are no longer made: "
        f"{len(gone)}"
    )
    good = rate <= BOUND and verdicts["unlabelled"] == 0
    said = "ok" if good else "MISSED"
    print(f"{said}: {rate:.2f} false alarms per 10,000 checked calls (at most {BOUND:g})")
    return 0 if good else 1


def main() -> int:
    """Measure the packages named, or all."""
    parser = argparse.ArgumentParser(description="False alarms of inhouse check.")
    parser.add_argument("package", nargs="*")
    parser.add_argument("--unlabelled", type=Path, help="write rows without a label to this file")
    arguments = parser.parse_args()
    labels = read_labels()
    print("package         files     uses    calls findings  right  false unlabelled      s")
    tallies = {}
    for package in packages(arguments.package):
        tallies[package.name] = measure(package)
        print_package(package, tallies[package.name], labels)
    if arguments.unlabelled:
        write_missing(tallies, labels, arguments.unlabelled)
    return conclude(tallies, labels)


if __name__ == "__main__":
    raise SystemExit(main())
