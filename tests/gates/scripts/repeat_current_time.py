"""The time in the output."""

from __future__ import annotations

import time
from pathlib import Path


def main() -> None:
    Path("stamp.txt").write_text(str(time.time()))


if __name__ == "__main__":
    main()
