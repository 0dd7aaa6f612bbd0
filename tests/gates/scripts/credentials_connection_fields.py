"""An ODBC string with a password."""

from __future__ import annotations

WAREHOUSE = "Server=cdp;Database=users;Uid=etl;Pwd=hunter2x"


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
