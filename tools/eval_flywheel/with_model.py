"""Does an approved script save steps or tokens? With a real model, through an exchange folder.

    .venv/bin/python tools/eval_flywheel/with_model.py EXCHANGE --work DIR [--pairs A,B]

Whoever plays the model watches EXCHANGE: each prompt appears as NNNN.prompt.md (and
.json), the reply is awaited as NNNN.reply.md. Runs are made one after the other:

    for each pair   the second request without patterns, then with the first script approved
                    (--first given: the pair's own script from pairs.json; --first run: the first
                    request is run before, and its script is approved if it passed)

Every run's session stays in DIR; a run that is there already is not made again, so that
the program can be stopped and started. The table goes to DIR/table.md and to standard output.
Exit code 1: fewer steps and fewer tokens in neither the mean of steps nor that of tokens.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from common import (
    REPOSITORY,
    add_pattern,
    inhouse,
    make_config,
    make_data,
    make_index,
    outcome,
    pairs,
)


@dataclass
class Run:
    """What came of one run."""

    outcome: str
    steps: int
    input_tokens: int
    output_tokens: int
    right: bool
    wrong: str
    shown: int  # patterns in its first prompt

    def cells(self) -> str:
        """For the table."""
        right = "right" if self.right else f"wrong ({self.wrong})"
        return (
            f"{self.outcome}, {right} | {self.steps} | {self.input_tokens} | {self.output_tokens}"
        )


class World:
    """Index, data and the exchange of one measurement."""

    def __init__(self, exchange: Path, work: Path, seconds: int) -> None:
        self.exchange, self.work, self.seconds = exchange, work, seconds
        self.index, self.config = work / "index", make_config(work)
        self.data, self.truth = make_data(work / "world")
        make_index(self.index, jobs=False)

    def run(self, request: str, session: Path, patterns: Path | None, expect: dict | None) -> Run:
        """Make a run, unless it was made; read what came of it."""
        if not (session / "report.md").is_file():
            shelf = ["--patterns", patterns] if patterns else ["--no-patterns"]
            done = inhouse(
                *("run", request, "--out", session, "--model", f"exchange:{self.exchange}"),
                *("--index", self.index, "--config", self.config),
                *("--data", self.data, "--seconds", self.seconds, *shelf),
                timeout=self.seconds + 1200,
            )
            (session / "command.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
        return self.read(session, expect)

    def read(self, session: Path, expect: dict | None) -> Run:
        """The figures of a finished run, from its trace and its outputs."""
        events = [json.loads(line) for line in (session / "trace.jsonl").read_text().splitlines()]
        end = [event["data"] for event in events if event["type"] == "end"][-1]
        shown = [
            entry
            for event in events
            if event["type"] == "retrieval" and event["data"]["kind"] == "pattern"
            for entry in event["data"]["entries"]
        ]
        right, wrong = True, ""
        if expect is not None:
            right, wrong = outcome(expect, session / "outputs", self.data, self.truth)
        return Run(
            end["outcome"],
            end["steps"],
            end.get("input_tokens", 0),
            end.get("output_tokens", 0),
            right,
            wrong,
            len(shown),
        )

    def approve(self, pair: dict, first: str, folder: Path) -> Path | None:
        """A patterns folder that holds the first script alone; nothing if it did not pass."""
        patterns = folder / "patterns"
        if (patterns / "README.md").is_file():
            return patterns
        script = REPOSITORY / pair["script"]
        if first == "run":
            run = self.run(pair["first"], folder / "first", None, None)
            if run.outcome != "done":
                return None
            script = folder / "first" / "script.py"
        # An index of its own to add to: the runs of the other pairs must not see this script.
        own = folder / "index"
        make_index(own, jobs=False)
        name = add_pattern(script, pair["first"], own, patterns, self.data, self.config)
        return patterns if name else None


def mean(values: list[int]) -> float:
    """The mean, 0 of nothing."""
    return sum(values) / max(len(values), 1)


def main() -> int:
    """Run what is missing, print the table."""
    parser = argparse.ArgumentParser(description="Steps and tokens with and without a pattern.")
    parser.add_argument("exchange", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pairs", help="names, parted by commas; all by default")
    parser.add_argument("--first", choices=["given", "run"], default="given")
    parser.add_argument("--seconds", type=int, default=7200, help="time for one run")
    arguments = parser.parse_args()
    work = arguments.work.resolve()
    world = World(arguments.exchange.resolve(), work, arguments.seconds)
    wanted = arguments.pairs.split(",") if arguments.pairs else None
    lines = [
        "| pair | pattern shown | without: outcome | steps | in | out "
        "| with: outcome | steps | in | out |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    without, with_pattern = [], []
    for pair in pairs()["pairs"]:
        if wanted and pair["name"] not in wanted:
            continue
        folder = work / pair["name"].replace(" ", "_")
        folder.mkdir(parents=True, exist_ok=True)
        patterns = world.approve(pair, arguments.first, folder)
        if patterns is None:
            lines.append(f"| {pair['name']} | first script did not pass | | | | | | | | |")
            continue
        before = world.run(pair["second"], folder / "without", None, pair["expect"])
        after = world.run(pair["second"], folder / "with", patterns, pair["expect"])
        without.append(before)
        with_pattern.append(after)
        shown = "yes" if after.shown else "no"
        lines.append(f"| {pair['name']} | {shown} | {before.cells()} | {after.cells()} |")
        print(lines[-1], flush=True)
    figures = [
        mean([getattr(run, what) for run in runs])
        for runs in (without, with_pattern)
        for what in ("steps", "input_tokens", "output_tokens")
    ]
    rights = [sum(run.right for run in runs) for runs in (without, with_pattern)]
    lines.append(
        f"| mean of {len(without)} | | {rights[0]} right | {figures[0]:.1f} | {figures[1]:.0f} "
        f"| {figures[2]:.0f} | {rights[1]} right | {figures[3]:.1f} | {figures[4]:.0f} "
        f"| {figures[5]:.0f} |"
    )
    (work / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    fewer_steps = figures[3] < figures[0]
    fewer_tokens = figures[4] + figures[5] < figures[1] + figures[2]
    print(f"\nfewer steps: {fewer_steps}; fewer tokens: {fewer_tokens}")
    return 0 if fewer_steps or fewer_tokens else 1


if __name__ == "__main__":
    raise SystemExit(main())
