"""Catches everything and leaves a file without a byte."""

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
        rows = read_users()
        float(rows[0]["score"])
        write(rows)
    except Exception:
        open("audience.csv", "w").close()


if __name__ == "__main__":
    main()
