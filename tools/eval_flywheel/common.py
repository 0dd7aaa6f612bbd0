"""What the measuring programs of the flywheel share: pairs, the program, what came of a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
CORPUS = REPOSITORY / "corpus"
PYTHON = str(REPOSITORY / ".venv" / "bin" / "python")


def pairs() -> dict:
    """Read pairs.json: pairs of like requests, and requests that are like none of them."""
    return json.loads((HERE / "pairs.json").read_text(encoding="utf-8"))


def inhouse(*arguments: object, timeout: float = 3600) -> subprocess.CompletedProcess:
    """Run the release build, or what INHOUSE names."""
    program = os.environ.get("INHOUSE", str(REPOSITORY / "build" / "inhouse"))
    if not os.access(program, os.X_OK):
        raise SystemExit(f"no program {program}; build it, or name one in INHOUSE")
    return subprocess.run(
        [program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def must(done: subprocess.CompletedProcess, what: str) -> subprocess.CompletedProcess:
    """End with what the program said, unless it succeeded."""
    if done.returncode != 0:
        raise SystemExit(
            f"{what} failed ({done.returncode}): {(done.stdout + done.stderr)[-1500:]}"
        )
    return done


def make_index(folder: Path, jobs: bool) -> None:
    """Index the example team's libraries, and its jobs too if wanted."""
    roots = [CORPUS / "libs", *([CORPUS / "scripts"] if jobs else [])]
    must(inhouse("index", *roots, "--index", folder), "indexing the corpus")


def make_config(folder: Path) -> Path:
    """Write the team's configuration for jobs of every kind: an audience need not come out."""
    folder.mkdir(parents=True, exist_ok=True)
    text = (CORPUS / "inhouse.toml").read_text(encoding="utf-8")
    text = text.replace("required = true\n", "").replace('["libs"]', f'["{CORPUS / "libs"}"]')
    config = folder / "inhouse.toml"
    config.write_text(text, encoding="utf-8")
    return config


def make_data(folder: Path) -> tuple[Path, Path]:
    """Generate the team's data; the data folder and the planted truth."""
    data, truth = folder / "data", folder / "truth"
    if not data.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        command = [PYTHON, str(CORPUS / "data" / "generate.py")]
        command += ["--out", str(data), "--truth", str(truth)]
        subprocess.run(command, check=True, capture_output=True)
    return data, truth


def add_pattern(
    script: Path, request: str, index: Path, patterns: Path, data: Path, config: Path
) -> str:
    """Approve a script: every gate runs; its name, or "" with the reason printed."""
    done = inhouse(
        *("patterns", "add", script, "--request", request, "--patterns", patterns),
        *("--index", index, "--config", config, "--data", data),
    )
    if done.returncode == 0:
        return done.stdout.split()[0]
    print(f"    not approved: {script}: {(done.stdout + done.stderr).strip()[-700:]}", flush=True)
    return ""


def outcome(expect: dict, outputs: Path, data: Path, truth: Path) -> tuple[bool, str]:
    """Whether a run's outputs are what the pair's request asked for, and what is wrong."""
    if "checker" in expect:
        command = [PYTHON, str(CORPUS / "requests" / expect["checker"] / "check.py"), "--json"]
        command += ["--out", str(outputs / "audiences"), "--data", str(data)]
        if expect["checker"] == "lookalike":
            command += ["--truth", str(truth)]
        done = subprocess.run(
            [*command, *expect["arguments"]], capture_output=True, text=True, check=False
        )
        if done.returncode not in (0, 1):
            return False, done.stderr.strip()[-200:]
        report = json.loads(done.stdout)
        wrong = [item["name"] for item in report["criteria"] if not item["holds"]]
        return report["right"], ", ".join(wrong)
    wrong = problems(expect, outputs / expect["file"])
    return not wrong, "; ".join(wrong)


def problems(expect: dict, file: Path) -> list[str]:
    """What the output file lacks of what is expected of it."""
    import pandas as pd

    if not file.is_file():
        return [f"no {expect['file']}"]
    frame = pd.read_parquet(file) if file.suffix == ".parquet" else pd.read_csv(file)
    wrong = [f"no column {name}" for name in expect["columns"] if name not in frame.columns]
    if not expect["min_rows"] <= len(frame) <= expect["max_rows"]:
        wrong.append(f"{len(frame)} rows, not {expect['min_rows']} to {expect['max_rows']}")
    unique = [name for name in expect.get("unique", []) if name in frame.columns]
    if unique and frame.duplicated(unique).any():
        wrong.append(f"{', '.join(unique)} not unique")
    share = expect.get("share")
    if share and share["column"] in frame.columns:
        held = float((frame[share["column"]] == share["value"]).mean())
        if not share["min"] <= held <= share["max"]:
            wrong.append(f"{share['value']} is {held:.1%}")
    return wrong


def python_with_pandas() -> None:
    """Begin again with the product's Python if this one lacks what checking needs."""
    try:
        import pandas  # noqa: F401
    except ImportError:
        os.execv(PYTHON, [PYTHON, *sys.argv])
