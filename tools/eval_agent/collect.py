"""From the trace of a run to one row of figures."""

from __future__ import annotations

import ast
import json
from pathlib import Path

HOUSE = ("cdp_client", "audience_io", "metrics")
#: Errors of Python that say that something does not exist or is called wrongly.
INVENTED = ("AttributeError", "ImportError", "ModuleNotFoundError", "TypeError")


def read_trace(session: Path) -> list[dict]:
    """The events of a session, bodies put back."""
    events = []
    for line in (session / "trace.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        event["data"] = put_back(event["data"], session)
        events.append(event)
    return events


def put_back(value: object, session: Path) -> object:
    """A value with its blobs as text."""
    if isinstance(value, list):
        return [put_back(item, session) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"blob", "bytes"}:
        return (session / "blobs" / value["blob"]).read_text(encoding="utf-8")
    return {key: put_back(item, session) for key, item in value.items()}


def house_calls(script: str) -> set[str]:
    """The dotted names of house APIs that a script uses."""
    try:
        tree = ast.parse(script)
    except SyntaxError:
        return set()
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(a.asname or a.name.split(".")[0]): a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {(a.asname or a.name): f"{node.module}.{a.name}" for a in node.names}
    used = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        dotted = ast.unparse(node.func)
        root, _, rest = dotted.partition(".")
        full = names.get(root, "") + ("." + rest if rest else "")
        if full.split(".")[0] in HOUSE and "(" not in full:
            used.add(full)
    return used


def is_invented(cell: dict) -> bool:
    """True for a cell that failed because a house API is not as it was called."""
    if cell.get("error_type") not in INVENTED:
        return False
    known = set(HOUSE) | {name.rsplit(".", 1)[-1] + "(" for name in house_calls(cell["code"])}
    return any(name in cell["error_message"] for name in known)


def cells_of(events: list[dict]) -> list[dict]:
    """The observations of cells, each with its code."""
    cells, code = [], ""
    for event in events:
        if event["type"] == "action":
            code = event["data"]["text"]
        elif event["type"] == "observation" and event["data"]["kind"] == "cell":
            cells.append({**event["data"], "code": code})
    return cells


def attempts_of(events: list[dict]) -> list[bool]:
    """What was tried, in order: True where it went well (cells, stopped blocks, scripts)."""
    tried: list[bool] = []
    gates: list[bool] = []
    for event in events:
        kind, data = event["type"], event["data"]
        if kind == "gate":
            gates.append(data["passed"])
        elif gates:
            tried.append(all(gates))
            gates = []
        if kind == "observation" and data["kind"] == "cell":
            tried.append(data["outcome"] == "ok" and "Traceback (most recent" not in data["output"])
        elif kind == "observation" and data["kind"] == "contract":
            tried.append(False)
    return tried


def last_script(events: list[dict]) -> tuple[str, list[bool]]:
    """The last final script and what its gates said."""
    script, gates = "", []
    for event in events:
        if event["type"] == "action":
            gates = []
            if event["data"]["kind"] == "code":
                script = event["data"]["text"] if event["data"]["final"] else script
        elif event["type"] == "gate":
            gates.append((event["data"]["gate"], event["data"]["passed"]))
    return script, gates


def collect_row(run: Path) -> dict:
    """Every figure of one run."""
    result = json.loads((run / "result.json").read_text())
    session = run / "session"
    events = read_trace(session)
    end = [event for event in events if event["type"] == "end"][-1]
    prompts = [event["data"] for event in events if event["type"] == "prompt"]
    replies = [event["data"] for event in events if event["type"] == "reply"]
    tried = attempts_of(events)
    failed = [index for index, good in enumerate(tried) if not good]
    mended = [index for index in failed if index + 1 < len(tried) and tried[index + 1]]
    _, gates = last_script(events)
    script = (session / "script.py").read_text() if (session / "script.py").exists() else ""
    waited = sum(reply["latency_ms"] for reply in replies) / 1000
    return {
        "run": run.name,
        "strategy": result["strategy"],
        "request": result["request"],
        "outcome": end["data"]["outcome"],
        "ran": dict(gates).get("runs", False),
        "gates": bool(gates) and all(passed for _, passed in gates),
        "correct": result["checker"]["exit_code"] == 0,
        "house_apis": len(house_calls(script)),
        "invented_ran": sum(is_invented(cell) for cell in cells_of(events)),
        "invented_stopped": sum(
            event["type"] == "finding"
            and event["data"]["gate"] == "contract"
            and event["data"]["severity"] == "error"
            for event in events
        ),
        "steps": end["data"]["steps"],
        "largest_prompt": max((prompt["estimated_tokens"] for prompt in prompts), default=0),
        "input_tokens": sum(prompt["estimated_tokens"] for prompt in prompts),
        "failures": len(failed),
        "mended": len(mended),
        "wall_seconds": result["wall_seconds"],
        "own_seconds": round(result["wall_seconds"] - waited, 1),
    }
