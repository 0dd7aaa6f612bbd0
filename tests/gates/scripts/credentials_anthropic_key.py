"""A model provider's key."""

from __future__ import annotations

MODEL = "@sk-ant-api03-:48@"


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
