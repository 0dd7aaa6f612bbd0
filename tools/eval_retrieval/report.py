"""Records to Markdown tables: one per set, with intervals and paired differences."""

from __future__ import annotations

from collections import defaultdict

from metrics import estimate, paired

MAIN = {"house": "recall@1", "docstrings": "mrr", "usage": "recall@1000t", "questions": "ndcg@10"}
COLUMNS = {
    "house": ["recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"],
    "docstrings": ["recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"],
    "usage": ["recall@500t", "recall@1000t", "recall@2000t"],
    "questions": ["recall@1", "recall@5", "recall@10", "mrr", "ndcg@10"],
}
Rows = list[dict]


def _values(records: Rows, measure: str) -> dict[str, float]:
    return {r["id"]: r["values"][measure] for r in records if measure in r["values"]}


def _by(records: Rows, key: str) -> dict[str, Rows]:
    groups: dict[str, Rows] = defaultdict(list)
    for record in records:
        groups[record[key]].append(record)
    return groups


def _line(cells: list[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |\n"


def _head(cells: list[str]) -> str:
    return _line(cells) + "|" + "---|" * len(cells) + "\n"


def _system_table(set_name: str, records: Rows) -> str:
    main = MAIN[set_name]
    text = _head(["system", *COLUMNS[set_name], f"inhouse minus this, {main}"])
    systems = _by([r for r in records if r["kind"] != "none"], "system")
    ours = _values(systems["inhouse"], main)
    for name, rows in systems.items():
        means = [estimate(list(_values(rows, measure).values())) for measure in COLUMNS[set_name]]
        difference = "" if name == "inhouse" else paired(ours, _values(rows, main))
        cells = [str(m) if c == main else f"{m.mean:.3f}"
                 for c, m in zip(COLUMNS[set_name], means, strict=True)]  # fmt: skip
        text += _line([name, *cells, difference])
    return text


def _group_table(set_name: str, records: Rows, key: str) -> str:
    """Show the main measure by kind or package, beside the best baseline."""
    main = MAIN[set_name]
    text = _head([key, "queries", f"inhouse {main}", "best baseline", "which", "relative"])
    for group, rows in _by([r for r in records if r["kind"] != "none"], key).items():
        means = {
            name: estimate(list(_values(part, main).values()))
            for name, part in _by(rows, "system").items()
        }
        count = len(_values(_by(rows, "system")["inhouse"], main))
        others = {n: m for n, m in means.items() if n.startswith(("bm25", "minilm"))}
        best = max(others, key=lambda name: others[name].mean, default="")
        theirs = others[best].mean if best else 0.0
        relative = f"{means['inhouse'].mean / theirs - 1:+.0%}" if theirs else ""
        text += _line([group, count, means["inhouse"], f"{theirs:.3f}", best, relative])
    return text


def _abstention(records: Rows) -> str:
    ours = [r for r in records if r["system"] == "inhouse"]
    none = [r["values"]["silent"] for r in ours if r["kind"] == "none"]
    rest = [r["values"]["silent"] for r in ours if r["kind"] != "none"]
    return (
        f"Silence: {estimate(none)} of {len(none)} unanswerable queries, "
        f"wrongly {estimate(rest)} of {len(rest)} answerable ones.\n"
    )


def tables(records: Rows) -> str:
    """Return all tables."""
    text = ""
    for set_name, rows in _by(records, "set").items():
        text += f"\n### {set_name}\n\n" + _system_table(set_name, rows)
        if set_name == "house":
            text += "\n" + _group_table(set_name, rows, "kind")
            text += "\n" + _group_table(set_name, rows, "overlap")
            text += "\n" + _abstention(rows)
        else:
            text += "\n" + _group_table(set_name, rows, "corpus")
    return text
