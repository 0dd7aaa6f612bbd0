"""questions.txt as a source tree, so that it passes through the indexer as everything else does."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent


def write_tree(folder: Path) -> None:
    """Write a function for each saying: the saying is its docstring, the code its name alone."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (HERE / "questions.txt").read_text(encoding="utf-8").splitlines()
    asked = [line.split(" | ") for line in lines if line and not line.startswith("#")]
    for number in range(max(map(len, asked)) - 1):
        text = '"""Sayings and what does them."""\n'
        for signature, *sayings in asked:
            if number < len(sayings):
                name = re.match(r"\w+", signature)[0]
                text += f'\n\ndef {signature}:\n    """{sayings[number]}."""\n    return {name}\n'
        (folder / f"written_{number}.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import sys

    write_tree(Path(sys.argv[1]))
