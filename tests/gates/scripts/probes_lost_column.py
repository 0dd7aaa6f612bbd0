"""Leaves a column out where the input has none."""

from __future__ import annotations

import csv

COLUMNS = ["user_id"]


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
    if len({row["user_id"] for row in rows}) != len(rows):
        raise SystemExit("users.csv: a user_id occurs twice")


def read_users() -> list[dict[str, str]]:
    with open("/data/users.csv", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        check(rows, list(reader.fieldnames or []))
    return rows


def main() -> None:
    rows = read_users()
    columns = [c for c in ("user_id", "score") if c in rows[0]]
    with open("audience.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            if row.get("score") == "" or row.get("score", "0").startswith("n"):
                raise SystemExit("users.csv: score is not a number")
            writer.writerow({c: row[c] for c in columns})


if __name__ == "__main__":
    main()
