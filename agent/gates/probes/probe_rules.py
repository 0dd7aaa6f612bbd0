"""The invariants: declared ones, and those that hold for the unperturbed outputs.

A rule that follows from the request or from the unperturbed run is kept only if it holds there; a
declared one that does not hold there is itself a finding. Pure.
"""

from __future__ import annotations

import ast
import fnmatch
import math
import re
from dataclasses import dataclass, field
from typing import Any

from probe_faults import Fault
from probe_reads import Input

Facts = dict[str, Any]
SHARE_SLACK = 0.02

_HOLDOUT = re.compile(
    r"(\d+(?:\.\d+)?)\s*%\s+(?:\w+\s+)?hold-?out|hold-?out\s+(?:group\s+)?(?:of|with)\s+(\d+(?:\.\d+)?)\s*%",
    re.IGNORECASE,
)
_TOP = re.compile(r"\b(?:top|best)\s+(\d+(?:\.\d+)?)\s*%", re.IGNORECASE)


@dataclass(frozen=True)
class RowShare:
    """So many rows for each key of an input: "the top 10%".

    `stated` is the request's number, `found` what the unperturbed run made of it.
    """

    file: str
    input: str
    stated: float
    found: float


@dataclass
class Rules:
    """What outputs must satisfy.

    Attributes:
        declared: `[[invariants]]` of the configuration.
        baseline: Facts of the unperturbed outputs.
        unique: By file, columns that are keys.
        shares: By file and column, value → (least, most) share.
        rows: Row bounds from the request.
        validators: By file, validations that found nothing.
    """

    declared: list[Facts]
    baseline: Facts
    unique: dict[str, list[str]] = field(default_factory=dict)
    shares: dict[str, list[tuple[str, str, float]]] = field(default_factory=dict)
    rows: list[RowShare] = field(default_factory=list)
    validators: dict[str, list[str]] = field(default_factory=dict)

    def matching(self, file: str) -> list[Facts]:
        """The declared invariants of an output."""
        return [rule for rule in self.declared if fnmatch.fnmatch(file, rule["output"])]


def validators_of(script: str, declared: list[Facts]) -> list[str]:
    """`validate_schema` of the libraries that the script imports, and what is declared."""
    names = [rule["validator"] for rule in declared if rule.get("validator")]
    for node in ast.walk(ast.parse(script)):
        if isinstance(node, ast.Import):
            names += [f"{alias.name}.validate_schema" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(f"{node.module}.validate_schema")
    return list(dict.fromkeys(names))


def make_rules(baseline: Facts, declared: list[Facts], inputs: list[Input], request: str) -> Rules:
    """The rules that hold for the unperturbed outputs."""
    rules = Rules(declared, baseline)
    keys = {source.key for source in inputs if source.key}
    for file, facts in baseline.items():
        if facts["kind"] != "table" or facts.get("error"):
            continue
        rules.unique[file] = [
            name
            for name, column in facts["columns"].items()
            if column["unique"] and column["kind"] != "time" and is_key_name(name, keys)
        ]
        found = facts.get("problems", {}).items()
        rules.validators[file] = [name for name, problems in found if problems == []]
        rules.shares[file] = holdout_shares(facts, request)
        rules.rows += row_shares(file, facts, inputs, request)
    return rules


def is_key_name(name: str, keys: set[str]) -> bool:
    lower = name.lower()
    return name in keys or lower == "id" or lower.endswith("_id")


def holdout_shares(facts: Facts, request: str) -> list[tuple[str, str, float]]:
    """ "a 20% holdout group": where the unperturbed output has it so."""
    stated = [next(filter(None, match.groups())) for match in _HOLDOUT.finditer(request)]
    return [
        (name, value, share)
        for share in [float(text) / 100 for text in stated[:1]]
        for name, column in facts["columns"].items()
        for value, found in column["shares"].items()
        if value.lower() == "holdout" and abs(found - share) <= SHARE_SLACK
    ]


def row_shares(file: str, facts: Facts, inputs: list[Input], request: str) -> list[RowShare]:
    """ "the top 10%": of the input to which the unperturbed output has this ratio."""
    found = []
    for match in _TOP.finditer(request):
        stated = float(match[1]) / 100
        for source in inputs:
            ratio = facts["rows"] / source.rows if source.rows else 0.0
            if 0.88 * stated <= ratio <= stated + 1 / max(1, source.rows):
                found.append(RowShare(file, source.title, stated, ratio))
    return found


def violations(rules: Rules, now: Facts, source: Input | None, fault: Fault | None) -> list[str]:
    """What is wrong with outputs, one sentence each; without a fault, by declared rules alone."""
    broken: list[str] = []
    for file, before in rules.baseline.items():
        if file not in now:
            if not replaced(file, rules.baseline, now):
                broken.append(f"{file} was not written")
            continue
        facts = now[file]
        if facts.get("error") and not before.get("error"):
            broken.append(f"{file}: {facts['error']}")
        elif facts["kind"] == "table" and not facts.get("error"):
            broken += [f"{file}: {text}" for text in table_violations(rules, file, facts)]
    broken += manifest_violations(now)
    for rule in rules.rows if fault and source else []:
        broken += row_share_violations(rule, now, source, fault)
    return broken


def replaced(file: str, baseline: Facts, now: Facts) -> bool:
    """Whether another file of its kind was written under a new name (one with a date in it)."""
    suffix = file.rpartition(".")[2]
    return any(name not in baseline and name.endswith(suffix) for name in now)


def table_violations(rules: Rules, file: str, facts: Facts) -> list[str]:
    declared = rules.matching(file)
    before = rules.baseline[file]
    broken = row_violations(declared, facts, before)
    if facts["rows"] == 0:
        return broken
    broken += schema_violations(declared, facts, before)
    if not any("unique" in rule for rule in declared):
        broken += [
            f"column {name} is no longer unique"
            for name in rules.unique.get(file, [])
            if name in facts["columns"] and not facts["columns"][name]["unique"]
        ]
    for rule in declared:
        broken += declared_violations(rule, facts)
    for name, value, share in rules.shares.get(file, []):
        broken += share_violation(facts, name, value, share - SHARE_SLACK, share + SHARE_SLACK)
    for name in rules.validators.get(file, []):
        problems = facts.get("problems", {}).get(name) or []
        broken += [f"{name}: {problem}" for problem in problems[:3]]
    return broken


def row_violations(declared: list[Facts], facts: Facts, before: Facts) -> list[str]:
    rows = facts["rows"]
    least = max((rule["min_rows"] for rule in declared if "min_rows" in rule), default=None)
    most = min((rule["max_rows"] for rule in declared if "max_rows" in rule), default=None)
    if least is None and rows == 0 and before["rows"] > 0:
        return ["it has no rows"]
    if least is not None and rows < least:
        return [f"it has {rows} rows, at least {least} are declared"]
    if most is not None and rows > most:
        return [f"it has {rows} rows, at most {most} are declared"]
    return []


def schema_violations(declared: list[Facts], facts: Facts, before: Facts) -> list[str]:
    broken = []
    names, known = list(facts["columns"]), list(before["columns"])
    if lost := [name for name in known if name not in names]:
        broken.append(f"it lacks column {', '.join(lost[:5])}")
    strict_nulls = not any("not_null" in rule for rule in declared)
    for name in known:
        if name not in facts["columns"]:
            continue
        now, was = facts["columns"][name], before["columns"][name]
        if "null" not in (now["kind"], was["kind"]) and now["kind"] != was["kind"]:
            broken.append(f"column {name} holds {now['kind']} values in place of {was['kind']}")
        if strict_nulls and now["nulls"] and not was["nulls"]:
            broken.append(f"column {name} has {now['nulls']} new null values")
    return broken


def declared_violations(rule: Facts, facts: Facts) -> list[str]:
    columns = facts["columns"]
    broken = [f"column {c} is missing" for c in rule.get("columns", []) if c not in columns]
    for name in rule.get("not_null", []):
        if name in columns and columns[name]["nulls"]:
            broken.append(f"column {name} has {columns[name]['nulls']} null values")
    key = rule.get("unique", [])
    if key and facts["unique"].get(",".join(key)) is False:
        broken.append(f"{', '.join(key)} is not unique")
    for share in rule.get("shares", []):
        broken += share_violation(
            facts, share["column"], share["value"], share["min"], share["max"]
        )
    problems = facts.get("problems", {}).get(rule.get("validator", ""))
    return broken + [f"{rule['validator']}: {problem}" for problem in (problems or [])[:3]]


def share_violation(facts: Facts, name: str, value: str, least: float, most: float) -> list[str]:
    """A share outside its bounds, give or take one row."""
    if name not in facts["columns"]:
        return []
    share = facts["columns"][name]["shares"].get(value, 0.0)
    slack = 1 / max(1, facts["rows"])
    if least - slack <= share <= most + slack:
        return []
    return [f"{share:.0%} of the rows have {name} '{value}', {least:.0%} to {most:.0%} are wanted"]


def manifest_violations(now: Facts) -> list[str]:
    """A manifest that promises other rows than its file has."""
    broken = []
    for name, facts in now.items():
        if "manifest" not in facts:
            continue
        file, rows = facts["manifest"]
        described = now.get(f"{name.rpartition('/')[0]}/{file}".lstrip("/"))
        if described and described.get("rows") not in (None, rows):
            broken.append(f"{name}: it says {rows} rows, {file} has {described['rows']}")
    return broken


def row_share_violations(rule: RowShare, now: Facts, source: Input, fault: Fault) -> list[str]:
    facts = now.get(rule.file, {})
    if source.title != rule.input or fault.keys < 0 or "rows" not in facts:
        return []
    least = math.floor(0.9 * rule.found * fault.keys) - 1
    most = math.ceil(rule.stated * fault.keys) + 1
    if least <= facts["rows"] <= most:
        return []
    return [
        f"{rule.file}: it has {facts['rows']} rows, {rule.stated:.0%} of the {fault.keys} in"
        f" {rule.input} are wanted"
    ]
