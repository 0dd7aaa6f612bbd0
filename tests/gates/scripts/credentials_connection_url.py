"""A connection string with a password."""

from __future__ import annotations

WAREHOUSE = "postgresql://etl:hunter2@warehouse/cdp"


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
