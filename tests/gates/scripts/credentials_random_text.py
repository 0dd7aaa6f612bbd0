"""Text as random as a key, which may also be an id."""

from __future__ import annotations

from pathlib import Path

BATCH = "@:44@"


def main() -> None:
    Path("batch.txt").write_text(Path("/data/users.csv").read_text() + BATCH)


if __name__ == "__main__":
    main()
