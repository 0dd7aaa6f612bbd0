"""Fault probes: runs a script once as it is, and then with one thing wrong in its data at a time.

Started in a fresh sandbox with the job at /opt/probe/job.json; writes /work/verdicts.json. Several
of these work on one job: each makes the whole plan and takes its own share of it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import probe_facts
import probe_faults
import probe_reads
import probe_room
from probe_judge import Verdict, judge
from probe_room import ROOT, Run
from probe_rules import Rules, make_rules, validators_of, violations

NO_PRELOAD = "INHOUSE_PROBE_NO_PRELOAD"
FACTS = ROOT / "facts.json"
FACTS_LIMIT = 60.0


class Campaign:
    """All probes of one worker."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job = job
        self.script: str = job["script"]
        self.started = time.monotonic()
        self.validators = validators_of(self.script, job["invariants"])
        self.keys = [tuple(rule["unique"]) for rule in job["invariants"] if rule.get("unique")]
        self.report: dict[str, Any] = {"v": 1, "problem": "", "notes": [], "declared": []}

    def run(self, worker: int, workers: int) -> dict[str, Any]:
        """Rehearse, plan, probe; returns the report."""
        probe_room.restore(self.job["files"])
        watch = probe_reads.OpenedFiles()
        if NO_PRELOAD not in os.environ:
            probe_room.preload(self.script)
            if self.taken(watch):  # a module reads data when it is imported: every run must do so
                os.environ[NO_PRELOAD] = "1"
                start_again()
        probe_room.restore(self.job["files"])
        base = probe_room.run_script(
            self.script, self.job["run_seconds"], before=probe_reads.log_queries
        )
        opened = self.taken(watch)
        baseline = self.facts()
        if base.exit_code != 0 or base.timed_out:
            tail = base.output.strip().rpartition("\n")[2]
            self.report["problem"] = f"it ran before and failed in the probes: {tail[:300]}"
            return self.report
        texts = [self.script, *probe_reads.logged_queries()]
        if not watch.works:
            opened = probe_reads.named_files(self.job["files"], [*texts, *os.environ.values()])
        inputs, notes = probe_faults.inputs_of(opened, texts)
        rules = make_rules(baseline, self.job["invariants"], inputs, self.job["request"])
        self.report["notes"] = notes
        self.report["inputs"] = [source.title for source in inputs]
        self.report["declared"] = violations(rules, baseline, None, None)
        self.probe(inputs, rules, base, worker, workers)
        return self.report

    def taken(self, watch: probe_reads.OpenedFiles) -> set[str]:
        """Files that were opened since the last call, and by us: not by another sandbox."""
        return watch.take() & probe_room.followed(self.job["files"])

    def probe(self, inputs: list[Any], rules: Rules, base: Run, worker: int, workers: int) -> None:
        plan = probe_faults.plan(inputs)[: self.job["most"]]
        limit = 3 * base.seconds + 5
        self.report["base_seconds"] = round(base.seconds, 3)
        self.report["planned"] = len(plan)
        self.report["probes"] = []
        for number, (source, fault) in enumerate(plan):
            if number % workers != worker:
                continue
            if time.monotonic() - self.started > self.job["seconds"]:
                break
            others = set().union(*(other.own_names for other in inputs))
            verdict = self.probe_one(rules, base, source, fault, limit, others)
            self.report["probes"].append(
                {
                    "number": number,
                    "input": source.title,
                    "fault": fault.kind,
                    "described": fault.describe(source),
                    **vars(verdict),
                }
            )

    def probe_one(
        self, rules: Rules, base: Run, source: Any, fault: Any, limit: float, others: set[str]
    ) -> Verdict:
        """Make the copy, run the script, judge what it did."""
        probe_room.restore(self.job["files"])

        def put() -> int:
            probe_faults.put(source, fault)
            return 0

        if probe_room.run_forked(put, FACTS_LIMIT) != 0:
            return Verdict("impossible", probe_room.read_output().strip().rpartition("\n")[2][:300])
        run = probe_room.run_script(self.script, limit)
        return judge(
            rules, base, run, self.facts() if run.exit_code == 0 else {}, source, fault, others
        )

    def facts(self) -> dict[str, Any]:
        """Facts of what lies in the work folder, gathered by a child."""
        FACTS.unlink(missing_ok=True)
        status = probe_room.run_forked(
            lambda: probe_facts.write_facts(FACTS, self.validators, self.keys), FACTS_LIMIT
        )
        if status != 0 or not FACTS.is_file():
            return {"outputs": {"kind": "other", "error": "the outputs cannot be read", "bytes": 0}}
        return json.loads(FACTS.read_text(encoding="utf-8"))


def start_again() -> None:
    """This program from the start, with what the environment says now."""
    program = ROOT / "again.py"
    shutil.copyfile(probe_room.WORK / probe_room.SCRIPT, program)
    os.execv(sys.executable, [sys.executable, "-u", str(program)])


def main(worker: int, workers: int) -> None:
    """Do one worker's share of the job."""
    job = json.loads(Path("/opt/probe/job.json").read_text(encoding="utf-8"))
    ROOT.mkdir(parents=True, exist_ok=True)
    report = Campaign(job).run(worker, workers)
    probe_room.clean()
    (probe_room.WORK / "verdicts.json").write_text(json.dumps(report), encoding="utf-8")
