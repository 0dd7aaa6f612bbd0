"""Writes a table that comes from nowhere."""

from __future__ import annotations

import csv


def write(rows: list[dict], name: str = "audience.csv") -> None:
    with open(name, "w", newline="") as file:
        writer = csv.DictWriter(file, ["user_id", "score"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"user_id": r["user_id"], "score": r["score"]} for r in rows)


def main() -> None:
    write([{"user_id": f"u{i}", "score": i} for i in range(9)])


if __name__ == "__main__":
    main()
