"""A path of one Windows machine."""

from __future__ import annotations

from pathlib import Path

SEEDS = r"C:\Users\ann\seeds.csv"


def main() -> None:
    print(Path(SEEDS).read_text())


if __name__ == "__main__":
    main()
