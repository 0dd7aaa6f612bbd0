"""A GitHub token inside a header."""

from __future__ import annotations

HEADERS = {"Accept": "token @ghp_:36@"}


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
