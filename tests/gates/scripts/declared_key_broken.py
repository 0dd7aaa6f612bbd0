"""Breaks the declared key on duplicated input."""

from __future__ import annotations

import csv

COLUMNS = ["user_id", "country", "score", "days"]


def check(rows: list[dict[str, str]], columns: list[str]) -> None:
    missing = [c for c in COLUMNS if c not in columns]
    if missing:
        raise SystemExit(f"users.csv lacks the columns {missing}")
    if len(rows) < 10:
        raise SystemExit(f"users.csv has {len(rows)} users, at least 10 are needed")
    for row in rows:
        for column in COLUMNS:
            if not row[column]:
                raise SystemExit(f"users.csv: {column} is empty for user {row['user_id']!r}")
        if not row["score"].replace(".", "", 1).isdigit() or not row["days"].isdigit():
            raise SystemExit(f"users.csv: score or days of {row['user_id']} is no number")


def read_users() -> list[dict[str, str]]:
    with open("/data/users.csv", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        check(rows, list(reader.fieldnames or []))
    return rows


def write(rows: list[dict], name: str = "audience.csv") -> None:
    with open(name, "w", newline="") as file:
        writer = csv.DictWriter(file, ["user_id", "score"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"user_id": r["user_id"], "score": r["score"]} for r in rows)


def main() -> None:
    write(read_users(), "declared.csv")


if __name__ == "__main__":
    main()
