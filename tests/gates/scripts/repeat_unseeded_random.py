"""Random numbers without a seed."""

from __future__ import annotations

import random
from pathlib import Path


def main() -> None:
    Path("draw.txt").write_text(str(random.random()))


if __name__ == "__main__":
    main()
