"""The holdout has six users, however many there are."""

from __future__ import annotations

import csv

COLUMNS = ["user_id", "country", "score", "days"]


def check(rows: list[dict[str, str]], columns: list[str]) -> None:
    missing = [c for c in COLUMNS if c not in columns]
    if missing:
        raise SystemExit(f"users.csv lacks the columns {missing}")
    if len(rows) < 2:
        raise SystemExit(f"users.csv has {len(rows)} users, at least 10 are needed")
    for row in rows:
        if not row["user_id"]:
            raise SystemExit("users.csv: an empty user_id")
        for column in ("score", "days"):
            if row[column] and not row[column].replace(".", "", 1).isdigit():
                raise SystemExit(f"users.csv: {column} of {row['user_id']} is no number")
    if len({row["user_id"] for row in rows}) != len(rows):
        raise SystemExit("users.csv: a user_id occurs twice")


def read_users() -> list[dict[str, str]]:
    with open("/data/users.csv", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        check(rows, list(reader.fieldnames or []))
    return rows


def write_groups(rows: list[dict], count: int, held: int) -> None:
    best = sorted(rows, key=lambda r: (-float(r["score"] or 0), r["user_id"]))[:count]
    with open("groups.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["user_id", "group"])
        for i, row in enumerate(best):
            writer.writerow([row["user_id"], "holdout" if i < held else "target"])


def main() -> None:
    rows = read_users()
    write_groups(rows, max(1, round(0.5 * len(rows))), 6)


if __name__ == "__main__":
    main()
