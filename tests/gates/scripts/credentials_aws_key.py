"""An AWS access key, whatever it is called."""

from __future__ import annotations

REGION_CODE = "@AKIA:16:upper@"


def main() -> None:
    print("hello")


if __name__ == "__main__":
    main()
