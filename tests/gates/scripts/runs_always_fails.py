"""Fails on every data."""

from __future__ import annotations


def main() -> None:
    raise SystemExit("users.csv: column user_id is wrong")


if __name__ == "__main__":
    main()
