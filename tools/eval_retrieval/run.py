"""Measures retrieval: the program beside its baselines, over four sets of queries.

    .venv/bin/python tools/eval_retrieval/run.py --part dev

See README.md. Results: a table on standard output, and with --out everything as JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import metrics
import report
from chunks import (
    Chunk,
    Definition,
    all_definitions,
    definition_line_chunks,
    python_files,
    syntax_chunks,
    windows,
)
from packages import HERE, download, tidy_copy, without_docstrings, without_functions, write_tree
from systems import ChunkSystem, Inhouse, MiniLm
from text import content_words

ROOT = HERE.parent.parent
SETS = ["house", "docstrings", "usage", "questions"]
STAGES = ["names", "words", "vectors", "ranking", "relatives", "calls"]
BUDGETS = [500, 1000, 2000]


@dataclass
class Corpus:
    """One indexed body of code and the queries asked of it."""

    set_name: str
    name: str
    files: dict[str, str]
    roots: list[Path]
    rows: list[dict]
    wanted: list[list[Definition]] = field(default_factory=list)

    @property
    def queries(self) -> list[str]:
        """The texts of the rows."""
        return [row["query"] for row in self.rows]


def load(name: str, part: str) -> list[dict]:
    """Return the rows of a set that belong to a part."""
    place = HERE / "sets" / f"{name}.jsonl"
    if not place.is_file():
        return []
    rows = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if part in ("all", row["part"])]


def find_house(name: str, table: list[Definition]) -> Definition:
    """Return the definition of an import name such as `cdp_client.query`."""
    package, _, rest = name.partition(".")
    parts = rest.split(".")
    ends = {".".join(parts[i:]) for i in range(len(parts))}
    found = [o for o in table if o.module.split(".")[0] == package and o.name in ends]
    found = [o for o in found if not o.path.endswith("__init__.py")] or found
    if not found:
        raise SystemExit(f"sets/house.jsonl wants {name}, which corpus/libs does not have")
    return max(found, key=lambda one: one.name.count("."))


def house_corpus(part: str) -> Corpus:
    """Return the house queries over corpus/libs and corpus/scripts."""
    libs, scripts = ROOT / "corpus/libs", ROOT / "corpus/scripts"
    files = python_files(libs)
    table = all_definitions(files)
    corpus = Corpus("house", "corpus", files, [libs, scripts], load("house", part))
    for row in corpus.rows:
        corpus.wanted.append([find_house(name, table) for name in row["want"]])
    for row, wanted in zip(corpus.rows, corpus.wanted, strict=True):
        row["overlap"] = any(content_words(row["query"]) & _target_words(one) for one in wanted)
    files.update({f"scripts/{path}": text for path, text in python_files(scripts).items()})
    return corpus


def _target_words(one: Definition) -> set[str]:
    """Return the words of a definition's name and of the first line of its docstring."""
    import ast

    is_block = isinstance(one.node, ast.FunctionDef | ast.ClassDef)
    doc = (ast.get_docstring(one.node) or "") if is_block else ""
    return content_words(one.name.rsplit(".", 1)[-1] + " " + doc.split("\n")[0])


def package_corpus(set_name: str, package: str, rows: list[dict], options) -> Corpus:
    """Return the queries over a copy of a package from which the answers were taken out."""
    copy = options.work / "copies" / f"{set_name}-{package}"
    files = tidy_copy(options.sources / package, copy)
    if set_name == "docstrings":
        files = {path: without_docstrings(text) for path, text in files.items()}
    if set_name == "usage":
        held_out: dict[str, set[str]] = {}
        for row in load("usage", "all"):
            if row["package"] == package:
                path, _, name = row["function"].partition(":")
                held_out.setdefault(path, set()).add(name)
        files = {p: without_functions(t, held_out.get(p, set())) for p, t in files.items()}
    write_tree(files, copy)
    table = {(o.path, o.name): o for o in reversed(all_definitions(files))}
    corpus = Corpus(set_name, package, files, [copy], [])
    for row in rows:
        places = [tuple(place.split(":")) for place in row["want"]]
        missing = [place for place in places if place not in table]
        if missing and set_name == "questions":
            raise SystemExit(f"questions.jsonl, {row['id']}: there is no {missing[0]}")
        wanted = [table[place] for place in places if place in table]
        if wanted:
            corpus.rows.append(row)
            corpus.wanted.append(wanted)
    return corpus


def corpora(options) -> Iterator[Corpus]:
    """Yield one corpus after the other."""
    for set_name in options.sets:
        if set_name == "house":
            yield house_corpus(options.part)
            continue
        rows = load(set_name, options.part)
        for package in sorted({row["package"] for row in rows}):
            if options.packages and package not in options.packages:
                continue
            own = [row for row in rows if row["package"] == package]
            yield package_corpus(set_name, package, own[: options.limit], options)


def systems_for(corpus: Corpus, options) -> dict[str, Inhouse | ChunkSystem]:
    """Build every system over a corpus."""
    index = options.work / "indexes" / f"{corpus.set_name}-{corpus.name}"
    Inhouse.build(options.inhouse, corpus.roots, index)
    private = corpus.set_name != "house"
    found: dict[str, Inhouse | ChunkSystem] = {
        "inhouse": Inhouse(options.inhouse, index, private=private)
    }
    for stage in [] if options.only_inhouse or options.no_stages else STAGES:
        found[f"without {stage}"] = Inhouse(options.inhouse, index, stage, private)
    if options.only_inhouse:
        return found
    found["bm25 lines"] = ChunkSystem.bm25(windows(corpus.files))
    found["bm25 syntax"] = ChunkSystem.bm25(syntax_chunks(corpus.files))
    chunks: list[Chunk] = definition_line_chunks(corpus.files)
    if options.baselines and len(chunks) <= options.baseline_chunks:
        name = f"{corpus.set_name}-{corpus.name}-{options.part}"
        model = MiniLm(options.baselines, options.work / "minilm")
        found["minilm"] = model.system(name, chunks, corpus.queries)
    return found


def measure(corpus: Corpus, options) -> list[dict]:
    """Return one record per query and system."""
    records = []
    for label, system in systems_for(corpus, options).items():
        packs = corpus.set_name == "usage"
        if packs:
            values = _pack_values(system, corpus)
        else:
            ranks = system.ranks(corpus.queries, corpus.wanted)
            all_of = corpus.set_name == "questions"
            of = metrics.all_wanted if all_of else metrics.any_wanted
            values = [of(r) if r else {} for r in ranks]
        if corpus.set_name == "house" and isinstance(system, Inhouse):
            for value, answer in zip(values, system.ask(corpus.queries, "-k", "10"), strict=True):
                value["silent"] = float(not answer["hits"])
        for row, value in zip(corpus.rows, values, strict=True):
            records.append(
                {
                    "set": corpus.set_name,
                    "corpus": corpus.name,
                    "system": label,
                    "id": row["id"],
                    "kind": row.get("kind", ""),
                    "overlap": row.get("overlap"),
                    "writer": row.get("writer"),
                    "values": value,
                }
            )
    return records


def _pack_values(system: Inhouse | ChunkSystem, corpus: Corpus) -> list[dict[str, float]]:
    values: list[dict[str, float]] = [{} for _ in corpus.rows]
    for budget in BUDGETS:
        shown = system.shown(corpus.queries, corpus.wanted, budget)
        for value, flags in zip(values, shown, strict=True):
            value[f"recall@{budget}t"] = sum(flags) / len(flags)
    return values


def read_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inhouse", type=Path, default=ROOT / "build/inhouse")
    parser.add_argument("--part", choices=["dev", "test", "all"], default="dev")
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--packages", nargs="+", help="of these packages only")
    parser.add_argument("--limit", type=int, help="so many queries per package at most")
    parser.add_argument("--sources", type=Path, help="unpacked packages, else they are fetched")
    parser.add_argument("--work", type=Path, default=ROOT / ".cache/eval_retrieval")
    parser.add_argument("--baselines", type=Path, metavar="PYTHON",
                        help="interpreter with baselines.txt: adds all-MiniLM-L6-v2")  # fmt: skip
    parser.add_argument("--baseline-chunks", type=int, default=2500,
                        help="larger code bases are left out of it")  # fmt: skip
    parser.add_argument("--only-inhouse", action="store_true", help="neither baselines nor stages")
    parser.add_argument("--no-stages", action="store_true", help="baselines alone")
    parser.add_argument("--out", type=Path, help="every record as JSON lines")
    options = parser.parse_args()
    options.work = options.work.resolve()
    if options.sets != ["house"]:
        options.sources = options.sources or download(options.work)
    return options


def main() -> None:
    """Run the sets and print the tables."""
    options = read_options()
    records = []
    for corpus in corpora(options):
        records += measure(corpus, options)
    if options.out:
        lines = (json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        options.out.write_text("".join(lines), encoding="utf-8")
    print(report.tables(records), end="")


if __name__ == "__main__":
    main()
