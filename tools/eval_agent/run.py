"""Run the agent on the example team's requests, one run at a time, and judge what came of it.

    python tools/eval_agent/run.py prepare --world DIR
    python tools/eval_agent/run.py run --world DIR --out RUN --strategy codeact --request lookalike
    python tools/eval_agent/run.py table RUN [RUN …]

README.md in this folder says who plays the model and what the columns mean.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from collect import collect_row
from table import print_table

ROOT = Path(__file__).resolve().parents[2]
REQUESTS = ROOT / "corpus" / "requests"
PYTHON = ROOT / ".venv" / "bin" / "python"
BINARY = Path(os.environ.get("INHOUSE_BINARY", ROOT / "build" / "inhouse"))


@dataclass(frozen=True)
class Job:
    """A request of the corpus, and what is said after it.

    Attributes:
        request: The folder below corpus/requests that holds the request and its checker.
        follow_ups: Later messages.
        check: Further options of the checker, for what the follow-ups changed.
    """

    request: str
    follow_ups: tuple[str, ...] = ()
    check: tuple[str, ...] = ()


JOBS = {
    "lookalike": Job("lookalike"),
    "rfm": Job("rfm"),
    "lookalike-eu": Job("lookalike", ("Run this on the EU segment only.",), ("--segment", "EU")),
}
STRATEGIES = ("codeact", "react", "chained", "single-shot")


def prepare(world: Path) -> None:
    """Make the data, the truth that only checkers see, and the index, once for many runs."""
    world.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            *(str(PYTHON), str(ROOT / "corpus" / "data" / "generate.py")),
            *("--out", str(world / "data"), "--truth", str(world / "truth")),
        ],
        check=True,
    )
    subprocess.run(
        [
            *(str(BINARY), "index", str(ROOT / "corpus" / "libs")),
            *(str(ROOT / "corpus" / "scripts"), "--index", str(world / "index")),
        ],
        check=True,
    )


def run_command(arguments: argparse.Namespace, job: Job, run: Path) -> list[str]:
    """The command line of one run."""
    request = (REQUESTS / job.request / "request.md").read_text().strip()
    config = arguments.config or ROOT / "corpus" / "inhouse.toml"
    command = [
        *(str(BINARY), "run", request, "--yes"),
        *("--strategy", arguments.strategy, "--seconds", str(arguments.seconds)),
        *("--config", str(config), "--data", str(arguments.world / "data")),
        *("--index", str(arguments.world / "index"), "--out", str(run / "session")),
        *("--model", arguments.model or f"exchange:{run / 'exchange'}"),
    ]
    for message in job.follow_ups:
        command += ["--then", message]
    return command


def check(job: Job, world: Path, run: Path) -> dict:
    """What the request's checker says of the outputs."""
    command = [
        *(str(PYTHON), str(REQUESTS / job.request / "check.py"), "--json"),
        *("--out", str(run / "session" / "outputs" / "audiences")),
        *("--data", str(world / "data"), *job.check),
    ]
    if job.request == "lookalike":
        command += ["--truth", str(world / "truth")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {"exit_code": done.returncode, "report": done.stdout.strip() or done.stderr.strip()}


def run_one(arguments: argparse.Namespace) -> int:
    """One run, from its start to its row."""
    run = arguments.out.resolve()
    run.mkdir(parents=True)
    (run / "exchange").mkdir()
    job = JOBS[arguments.request]
    print(f"prompts come to, and replies belong into, {run / 'exchange'}", flush=True)
    begin = time.monotonic()
    with open(run / "output.txt", "w", encoding="utf-8") as output:
        code = subprocess.run(
            run_command(arguments, job, run), stdout=output, stderr=output, check=False
        ).returncode
    if not (run / "session" / "trace.jsonl").exists():
        print((run / "output.txt").read_text(), file=sys.stderr)
        return 1
    result = {
        "strategy": arguments.strategy,
        "request": arguments.request,
        "exit_code": code,
        "wall_seconds": round(time.monotonic() - begin, 1),
        "checker": check(job, arguments.world, run),
    }
    (run / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    row = collect_row(run)
    (run / "row.json").write_text(json.dumps(row, indent=1) + "\n")
    print(json.dumps(row))
    return 0


def record(run: Path, folder: Path) -> None:
    """Keep a run's trace as a recording: what the replay test needs and nothing else."""
    folder.mkdir(parents=True)
    shutil.copy(run / "session" / "trace.jsonl", folder)
    if (run / "session" / "blobs").exists():
        shutil.copytree(run / "session" / "blobs", folder / "blobs")


def main() -> int:
    """Parse and do."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    made = commands.add_parser("prepare", help="data, truth and index")
    made.add_argument("--world", type=Path, required=True)
    one = commands.add_parser("run", help="one run; waits for its end")
    one.add_argument("--world", type=Path, required=True, help="what prepare made")
    one.add_argument("--out", type=Path, required=True, help="folder of this run; must be new")
    one.add_argument("--strategy", choices=STRATEGIES, required=True)
    one.add_argument("--request", choices=sorted(JOBS), required=True)
    one.add_argument("--seconds", type=int, default=4 * 3600, help="until the run gives up")
    one.add_argument("--model", help="else the exchange folder of the run")
    one.add_argument("--config", type=Path, help="else corpus/inhouse.toml; for other prompts")
    shown = commands.add_parser("table", help="the rows of finished runs as Markdown")
    shown.add_argument("runs", type=Path, nargs="+")
    kept = commands.add_parser("record", help="a finished run as a recording")
    kept.add_argument("run", type=Path)
    kept.add_argument("folder", type=Path, help="below corpus/recordings; must be new")
    arguments = parser.parse_args()
    if arguments.command == "prepare":
        prepare(arguments.world)
        return 0
    if arguments.command == "run":
        arguments.world = arguments.world.resolve()
        return run_one(arguments)
    if arguments.command == "record":
        record(arguments.run, arguments.folder)
        return 0
    print_table([collect_row(run) for run in arguments.runs])
    return 0


if __name__ == "__main__":
    sys.exit(main())
