"""What was written for the training, as source trees: it passes through the indexer like all else.

questions.txt    made-up APIs and what people say for them
asked.txt        functions of the training repositories, and three ways to ask for each
thesaurus.txt    words, and what else they are called
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
TREES = ["written", "asked", "thesaurus"]
PER_FILE = 500


def read_lines(name: str) -> list[str]:
    """Return the lines of a file beside this one, without its remarks."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def read_asked() -> list[tuple[str, str, list[str]]]:
    """Return repository, qualified name and the ways to ask, for each line of asked.txt."""
    found = []
    for line in read_lines("asked.txt"):
        repository, name, texts = line.split("\t")
        found.append((repository, name, texts.split(" | ")))
    return found


def read_thesaurus() -> list[tuple[str, list[str]]]:
    """Return each word of thesaurus.txt with what else it is called."""
    found = []
    for line in read_lines("thesaurus.txt"):
        word, others = line.split("\t")
        found.append((word, others.split(", ")))
    return found


def write_trees(folder: Path) -> list[str]:
    """Write all of TREES; the lines that list them."""
    _write_questions(folder / "written")
    rows = ((f"a{row}_{i}", text) for row, (_, _, texts) in enumerate(read_asked())
            for i, text in enumerate(texts))  # fmt: skip
    _write_texts(folder / "asked", rows)
    rows = ((f"t{row}_{i}", text) for row, (word, others) in enumerate(read_thesaurus())
            for i, text in enumerate([word, *others]))  # fmt: skip
    _write_texts(folder / "thesaurus", rows)
    return [f"{name}\t{folder / name}" for name in TREES]


def _write_questions(folder: Path) -> None:
    """Write a function for each saying: the saying is its docstring, the code its name alone."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = [line.split(" | ") for line in read_lines("questions.txt")]
    for number in range(max(map(len, asked)) - 1):
        text = '"""Sayings and what does them."""\n'
        for signature, *sayings in asked:
            if number < len(sayings):
                name = re.match(r"\w+", signature)[0]
                text += f'\n\ndef {signature}:\n    """{sayings[number]}."""\n    return {name}\n'
        (folder / f"written_{number}.py").write_text(text, encoding="utf-8")


def _write_texts(folder: Path, rows: Iterable[tuple[str, str]]) -> None:
    """Write a function for each text, with the text as its docstring."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = [
        f'def {name}():\n    """{re.sub(r"[^A-Za-z0-9_ ]", " ", text).strip()}."""\n'
        for name, text in rows
    ]
    for begin in range(0, len(listed), PER_FILE):
        text = "\n\n".join(listed[begin : begin + PER_FILE])
        (folder / f"texts_{begin // PER_FILE}.py").write_text(text, encoding="utf-8")
