"""The time in the name of a file."""

from __future__ import annotations

import time
from pathlib import Path


def main() -> None:
    Path(f"out-{time.time_ns()}.txt").write_text("x")


if __name__ == "__main__":
    main()
