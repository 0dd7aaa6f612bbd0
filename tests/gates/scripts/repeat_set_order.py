"""The order of a set in the output."""

from __future__ import annotations

from pathlib import Path


def main() -> None:
    names = set(["alpha", "beta", "gamma", "delta", "epsilon"])
    Path("names.txt").write_text(" ".join(names))


if __name__ == "__main__":
    main()
