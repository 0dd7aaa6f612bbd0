"""What a run under a perturbation says about the script. Pure.

Good is a non-zero exit whose message names the column, the file or the table, or outputs that hold
every rule. A message is what stands outside the frames of tracebacks and was not printed by the
unperturbed run too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from probe_faults import Fault
from probe_reads import Input
from probe_room import Run
from probe_rules import Rules, violations

_SCRIPT_LINE = re.compile(r'File "/work/script\.py", line (\d+)')
_DIGITS = re.compile(r"\d+")
MAX_DETAIL = 300


@dataclass(frozen=True)
class Verdict:
    """One probe's result.

    Attributes:
        result: "clear error", "holds", "unchanged" (holds, and the same outputs as without the
            fault), "traceback", "unclear error", "silent" (ends well without its outputs, but says
            something), "broken", "timeout" or "impossible" (the copy could not be made).
        detail: The message, or what is broken.
        line: Line of the script in the traceback, 0 if there is none.
    """

    result: str
    detail: str = ""
    line: int = 0


def judge(
    rules: Rules,
    base: Run,
    run: Run,
    now: dict[str, Any],
    source: Input,
    fault: Fault,
    others: set[str],
) -> Verdict:
    """Judge one run under a fault. `others`: names of the other inputs, which also say where."""
    lines = message_lines(run.output, base.output)
    names = source.names | set(fault.columns) | others
    if run.timed_out:
        return Verdict("timeout", "it takes far longer than on the data as it is")
    if run.exit_code != 0:
        return judge_failure(run, lines, names)
    broken = violations(rules, now, source, fault)
    if broken and not now and any(is_named(line, names) for line in lines):
        return Verdict("silent", clip(last(lines)))
    if broken:
        return Verdict("broken", clip("; ".join(broken[:3])))
    same = digests(now) == digests(rules.baseline)
    return Verdict("unchanged" if same else "holds")


def judge_failure(run: Run, lines: list[str], names: set[str]) -> Verdict:
    found = _SCRIPT_LINE.findall(run.output)
    line = int(found[-1]) if found else 0
    if run.exit_code < 0:
        return Verdict("unclear error", f"it was ended by signal {-run.exit_code}", line)
    if any(is_named(text, names) for text in lines):
        named = [text for text in lines if is_named(text, names)]
        return Verdict("clear error", clip(named[-1]))
    if "Traceback (most recent call last)" in run.output:
        return Verdict("traceback", clip(exception_text(run.output)), line)
    return Verdict("unclear error", clip(last(lines) or f"exit code {run.exit_code}"), line)


def message_lines(output: str, known: str) -> list[str]:
    """Lines that say something: not a traceback's frames, and not what is always printed."""
    usual = {_DIGITS.sub("0", line).strip() for line in known.splitlines()}
    lines, in_frames = [], False
    for line in output.splitlines():
        if line.startswith("Traceback (most recent call last)"):
            in_frames = True
            continue
        if in_frames and (line.startswith(" ") or not line):
            continue
        in_frames = False
        if line.strip() and _DIGITS.sub("0", line).strip() not in usual:
            lines.append(line.strip())
    return lines


def exception_text(output: str) -> str:
    """The message of the last traceback, on one line."""
    lines = output[output.rindex("Traceback (most recent call last)") :].splitlines()[1:]
    while lines and (lines[0].startswith(" ") or not lines[0]):
        lines.pop(0)
    return " ".join(line.strip() for line in lines)


def is_named(text: str, names: set[str]) -> bool:
    """Whether a text holds one of the names as a word."""
    lower = text.lower()
    for name in names:
        pattern = rf"(?<![a-z0-9_]){re.escape(name.lower())}(?![a-z0-9_])"
        if len(name) > 1 and re.search(pattern, lower):
            return True
    return False


def digests(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: entry.get("digest") for name, entry in facts.items()}


def last(lines: list[str]) -> str:
    return lines[-1] if lines else ""


def clip(text: str) -> str:
    return text if len(text) <= MAX_DETAIL else text[: MAX_DETAIL - 3] + "..."
