"""Catches everything and writes an empty file."""

from __future__ import annotations

import csv


def read_users() -> list[dict[str, str]]:
    with open("/data/users.csv", newline="") as file:
        return list(csv.DictReader(file))


def write(rows: list[dict], name: str = "audience.csv") -> None:
    with open(name, "w", newline="") as file:
        writer = csv.DictWriter(file, ["user_id", "score"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"user_id": r["user_id"], "score": r["score"]} for r in rows)


def main() -> None:
    try:
        rows = [row for row in read_users() if float(row["score"]) > 5]
    except Exception:
        rows = []
    write(rows)


if __name__ == "__main__":
    main()
