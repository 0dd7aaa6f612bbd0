"""A helper that exists while exploring only."""

from __future__ import annotations


def main() -> None:
    print(find_api("write an audience"))  # noqa: F821


if __name__ == "__main__":
    main()
