"""Uses what a house rule replaces."""

from __future__ import annotations

import csv
from pathlib import Path


def read_users() -> list[dict[str, str]]:
    with open("/data/users.csv", newline="") as file:
        return list(csv.DictReader(file))


def write(rows: list[dict], name: str = "audience.csv") -> None:
    with open(name, "w", newline="") as file:
        writer = csv.DictWriter(file, ["user_id", "score"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"user_id": r["user_id"], "score": r["score"]} for r in rows)


def main() -> None:
    rows = list(csv.reader(Path("/data/users.csv").read_text().splitlines()))
    if len(rows) != 61:
        raise SystemExit(f"users.csv has {len(rows)} lines, 61 are expected")
    Path("count.txt").write_text(str(len(rows)))


if __name__ == "__main__":
    main()
