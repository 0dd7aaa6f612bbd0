"""Vectors as the training code makes them, for the program's test to compare with.

    .venv-train/bin/python tools/train/golden.py indexer/embed/weights.bin tests/golden/embed.txt

A case is two lines: terms with their counts and idf, then the vector.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from model import unit
from weights import read

CASES = [
    {"drop": (1, 4.0), "row": (2, 2.5), "miss": (1, 5.25), "zzqqxx": (3, 6.0)},
    {"write": (3, 1.5), "parquet": (1, 6.5), "path": (7, 1.0), "frame": (2, 2.0)},
    {"connect": (1, 3.0), "retri": (4, 3.5), "timeout": (2, 4.5), "server": (1, 2.75)},
    {"custom": (1, 5.0)},
]


def main() -> None:
    """Write the cases."""
    terms, table = read(Path(sys.argv[1]))
    number = {term: i for i, term in enumerate(terms)}
    lines = []
    for case in CASES:
        vector = np.zeros((1, table.shape[1]), dtype=np.float32)
        for term, (count, idf) in case.items():
            if term in number:
                vector += (1 + np.log(count)) * np.sqrt(idf) * table[number[term]]
        lines.append(" ".join(f"{t} {count} {idf}" for t, (count, idf) in case.items()))
        lines.append(" ".join(f"{value:.6f}" for value in unit(vector)[0][0]))
    Path(sys.argv[2]).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
