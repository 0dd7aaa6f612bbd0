"""A password by its name."""

from __future__ import annotations

PASSWORD = "hunter2hunter2"


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
