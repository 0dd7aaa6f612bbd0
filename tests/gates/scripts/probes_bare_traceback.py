"""Works on good data; on bad data a traceback says nothing of the input."""

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
    rows = read_users()
    best = max(float(tuple(row.values())[2]) for row in rows)
    assert best > 0
    assert len({row["user_id"] for row in rows}) == len(rows) == 60
    write([{"user_id": row["user_id"], "score": float(row["score"]) / best} for row in rows])


if __name__ == "__main__":
    main()
