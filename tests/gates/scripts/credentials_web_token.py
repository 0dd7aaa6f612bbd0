"""A signed token."""

from __future__ import annotations

SESSION = "eyJ@hbGciOi:20@.eyJ@zdWIiOi:20@.@:30@"


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
