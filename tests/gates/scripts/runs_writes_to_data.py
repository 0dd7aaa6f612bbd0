"""Wants to change the data."""

from __future__ import annotations

from pathlib import Path


def main() -> None:
    Path("/data/users.csv").write_text("")


if __name__ == "__main__":
    main()
