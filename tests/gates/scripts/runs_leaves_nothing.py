"""Computes and writes nothing."""

from __future__ import annotations

from pathlib import Path


def main() -> None:
    lines = Path("/data/users.csv").read_text().splitlines()
    if len(lines) != 61 or lines[0] != "user_id,country,score,days":
        raise SystemExit("users.csv is not as agreed")
    print(len(lines))


if __name__ == "__main__":
    main()
