"""Run the example scripts of a request as a sandbox would, and print what the checker measures.

python corpus/requests/harness.py lookalike --data DIR --truth DIR
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

REQUESTS = Path(__file__).resolve().parent
LIBS = REQUESTS.parent / "libs"


@dataclass(frozen=True)
class ScriptRun:
    """What became of one script.

    Attributes:
        exit_code: The script's exit code.
        output: What it printed, both streams.
    """

    exit_code: int
    output: str


def run_script(script: Path, data: Path, out: Path, *, timeout: float = 120) -> ScriptRun:
    """Run a script in a process of its own, with only the environment that a job gets.

    Args:
        script: The script.
        data: The data folder.
        out: The folder for audiences; also the working folder.
        timeout: Seconds after which it is killed.

    Returns:
        Exit code and output.
    """
    out.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(LIBS),
        "CDP_DSN": f"duckdb:///{(data / 'warehouse.duckdb').resolve()}",
        "AUDIENCE_DEST": str(out.resolve()),
        "DATA_DIR": str(data.resolve()),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
    }
    done = subprocess.run(
        [sys.executable, str(script.resolve())],
        env=environment,
        cwd=out,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return ScriptRun(done.returncode, done.stdout + done.stderr)


def load_check(request: str) -> ModuleType:
    """Import the checker of a request under a name of its own.

    Args:
        request: The request's folder name.

    Returns:
        The module `check.py`.
    """
    name = f"{request}_check"
    spec = importlib.util.spec_from_file_location(name, REQUESTS / request / "check.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(f"request '{request}' has no check.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def check_script(request: str, script: Path, data: Path, truth: Path | None) -> dict:
    """Run a script twice and check it.

    Args:
        request: The request's folder name.
        script: The script.
        data: The data folder.
        truth: The folder with the planted truth, for requests that need it.

    Returns:
        The checker's report, as its `--json` prints it.
    """
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder) / "first", Path(folder) / "second"
        for out in (first, second):
            run_script(script, data, out)
        command = [sys.executable, str(REQUESTS / request / "check.py"), "--json"]
        command += ["--out", str(first), "--second-out", str(second), "--data", str(data)]
        if truth is not None:
            command += ["--truth", str(truth)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


def main(argv: list[str] | None = None) -> int:
    """Print one line per script of a request.

    Args:
        argv: The arguments; by default those of the process.

    Returns:
        0 if every right script is accepted and every wrong one rejected, else 1.
    """
    parser = argparse.ArgumentParser(description="Check the example scripts of a request.")
    parser.add_argument("request")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--truth", type=Path)
    options = parser.parse_args(argv)
    as_wanted = True
    for script in sorted((REQUESTS / options.request / "scripts").glob("*.py")):
        report = check_script(options.request, script, options.data, options.truth)
        failed = [item["name"] for item in report["criteria"] if not item["holds"]]
        figures = " ".join(f"{key}={value:.3f}" for key, value in report["measures"].items())
        print(f"{script.stem}: {'right' if report['right'] else 'wrong'} {figures} {failed}")
        as_wanted &= report["right"] == script.stem.startswith("right_")
    return 0 if as_wanted else 1


if __name__ == "__main__":
    sys.exit(main())
