"""main() runs also when the module is imported."""

from __future__ import annotations


def main() -> None:
    print("hello")


main()
