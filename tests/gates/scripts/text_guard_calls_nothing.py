"""The guard is there but calls nothing."""

from __future__ import annotations


def main() -> None:
    print("hello")


if __name__ == "__main__":
    print("done")
