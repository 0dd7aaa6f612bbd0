"""Never ends."""

from __future__ import annotations

import time


def main() -> None:
    time.sleep(600)


if __name__ == "__main__":
    main()
