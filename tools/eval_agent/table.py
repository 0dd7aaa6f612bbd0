"""Rows of runs as a Markdown table."""

from __future__ import annotations

from collections import defaultdict

COLUMNS = (
    ("run", "run"),
    ("strategy", "strategy"),
    ("request", "request"),
    ("outcome", "outcome"),
    ("ran", "ran"),
    ("gates", "gates"),
    ("correct", "correct"),
    ("house_apis", "house APIs"),
    ("invented_ran", "invented: ran"),
    ("invented_stopped", "stopped"),
    ("steps", "steps"),
    ("largest_prompt", "largest prompt"),
    ("input_tokens", "input, all steps"),
    ("mended", "mended"),
    ("wall_seconds", "wall s"),
    ("own_seconds", "own s"),
)


def cell(row: dict, key: str) -> str:
    """One figure as it is read."""
    if key == "mended":
        return f"{row['mended']} of {row['failures']}"
    value = row[key]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def line(texts: list[str]) -> str:
    """One line of the table."""
    return "| " + " | ".join(texts) + " |"


def print_table(rows: list[dict]) -> None:
    """Each run, then each strategy in sum."""
    print(line([title for _, title in COLUMNS]))
    print(line(["---"] * len(COLUMNS)))
    for row in sorted(rows, key=lambda row: (row["strategy"], row["request"], row["run"])):
        print(line([cell(row, key) for key, _ in COLUMNS]))
    groups = defaultdict(list)
    for row in rows:
        groups[row["strategy"]].append(row)
    print(
        "\n"
        + line(
            [
                "strategy",
                "runs",
                "ran",
                "gates",
                "correct",
                "uses house APIs",
                "steps",
                "largest prompt",
                "mended",
                "own s",
            ]
        )
    )
    print(line(["---"] * 10))
    for strategy, group in sorted(groups.items()):
        count = len(group)

        def share(key: str, group: list[dict] = group, count: int = count) -> str:
            return f"{sum(bool(row[key]) for row in group)}/{count}"

        def mean(key: str, group: list[dict] = group, count: int = count) -> str:
            return f"{sum(row[key] for row in group) / count:.1f}"

        failures = sum(row["failures"] for row in group)
        mended = sum(row["mended"] for row in group)
        print(
            line(
                [
                    strategy,
                    str(count),
                    share("ran"),
                    share("gates"),
                    share("correct"),
                    share("house_apis"),
                    mean("steps"),
                    mean("largest_prompt"),
                    f"{mended} of {failures}",
                    mean("own_seconds"),
                ]
            )
        )
