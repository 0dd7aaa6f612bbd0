"""Checks a session folder: check_session.py SESSION SCHEMA. Exit code 0 if it is as documented."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import nbformat


def main() -> None:
    session, schema = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
    validator = jsonschema.Draft202012Validator(schema)
    lines = (session / "trace.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    for event in events:
        validator.validate(event)
    assert [event["seq"] for event in events] == list(range(len(events)))
    notebook = nbformat.read(session / "session.ipynb", as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert notebook.nbformat_minor == 5
    assert any(cell.cell_type == "code" and cell.outputs for cell in notebook.cells)


if __name__ == "__main__":
    main()
