"""Fits the weights of the ranking's signals, and says what they are worth elsewhere.

    .venv/bin/python tools/eval_retrieval/fit_ranking.py [--trees TREES]

Queries: the development parts of house, docstrings and questions; the made-up libraries of
tools/train/houses.txt that a table trained with --hold-out did not learn from; with --trees (the
folder that tools/train/prepare.py made) also the questions of tools/train/asked.txt to
repositories that it did not learn from. The loss is that of a list: the wanted one against all
other candidates of its query. Prints the weights for retriever/ranking.cc and recall by set: as
the program ranks, as fitted, and as predicted from the other folds (whole corpora).
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import run as evaluation
from packages import HERE
from scipy.optimize import minimize
from systems import Inhouse, _is_hit

sys.path.insert(0, str(HERE.parent / "train"))
import written

# The sum of these signals' weights and the logarithms of the factors are the log-odds.
SIGNALS = [
    *("coverage", "matched", "name", "in_doc", "in_path", "in_body", "like", "vectors"),
    *("vectors_share", "neighbours", "siblings", "asked", "fused", "calls"),
    *("in_name", "in_summary", "in_signature", "words"),
]
FACTORS = ["kind", "role", "visibility", "currency"]
SET_WEIGHTS = {"house": 1.0, "docstrings": 1.0, "questions": 0.5, "houses": 1.0, "asked": 2.0}
FOLDS = 3
CANDIDATES = 100


@dataclass
class Query:
    """One query's candidates, in the order of the program."""

    set_name: str
    corpus: str
    signals: np.ndarray  # candidates by signals and the factors' logarithm
    wanted: np.ndarray  # candidates: is it one of those


def candidates_of(
    hit_lists: list[list[dict]], is_wanted, set_name: str, corpus: str
) -> list[Query]:
    """Make queries of the program's answers, without those that name what they want."""
    found = []
    for number, hits in enumerate(hit_lists):
        rows, wanted = [], []
        for hit in hits:
            signals = hit["signals"]
            factor = np.log(max(np.prod([signals[name] for name in FACTORS]), 1e-6))
            rows.append([*(signals[name] for name in SIGNALS), factor])
            wanted.append(is_wanted(number, hit))
        named = bool(hits) and max(hit["signals"]["symbol"] for hit in hits) > 0
        if rows and not named:
            found.append(Query(set_name, corpus, np.array(rows), np.array(wanted)))
    return found


def ask(index: Path, options, queries: list[str], private: bool) -> list[list[dict]]:
    """Return all candidates of each query with their signals."""
    system = Inhouse(options.inhouse, index, "silence", private)
    return [answer["hits"] for answer in system.ask(queries, "-k", str(CANDIDATES), "--explain")]


def of_evaluations(options) -> list[Query]:
    """Return the queries of the development parts."""
    found = []
    for corpus in evaluation.corpora(options):
        rows = [i for i, wanted in enumerate(corpus.wanted) if wanted]
        index = options.work / "indexes" / f"fit-{corpus.set_name}-{corpus.name}"
        Inhouse.build(options.inhouse, corpus.roots, index)
        private = corpus.set_name != "house"
        answers = ask(index, options, [corpus.queries[i] for i in rows], private)
        found += candidates_of(
            answers,
            lambda i, hit, corpus=corpus, rows=rows: any(
                _is_hit(hit, one) for one in corpus.wanted[rows[i]]
            ),
            corpus.set_name, corpus.name)  # fmt: skip
    return found


def of_houses(options) -> list[Query]:
    """Return the questions to the made-up libraries that were held out."""
    found = []
    written.write_houses(options.work / "houses")
    for house in written.houses()[:: options.hold_out]:
        index = options.work / "indexes" / f"fit-{house.name}"
        Inhouse.build(options.inhouse, [options.work / "houses" / house.name], index)
        asked = [(question, api.qualified) for apis in house.libraries.values() for api in apis
                 for question in api.questions]  # fmt: skip
        answers = ask(index, options, [question for question, _ in asked], False)
        found += candidates_of(
            answers,
            lambda i, hit, asked=asked: hit["defined_as"] == asked[i][1],
            "houses",
            house.name,
        )
    return found


def of_repositories(options) -> list[Query]:
    """Return the questions to the repositories that were held out."""
    rows = [row for row in written.read_asked() if "/" in row[0]]
    found = []
    for name in sorted({row[0] for row in rows})[:: options.hold_out][: options.most]:
        tree = options.trees / name.replace("/", "+")
        if not tree.is_dir():
            continue
        index = options.work / "indexes" / f"fit-{tree.name}"
        Inhouse.build(options.inhouse, [tree], index)
        asked = [(question, wanted) for repository, wanted, questions in rows if repository == name
                 for question in questions]  # fmt: skip
        answers = ask(index, options, [question for question, _ in asked], False)
        found += candidates_of(
            answers, lambda i, hit, asked=asked: hit["defined_as"] == asked[i][1], "asked", name
        )
    return found


def loss(
    weights: np.ndarray, queries: list[Query], shares: np.ndarray, ridge: float
) -> tuple[float, np.ndarray]:
    """Return the mean negative log-likelihood of the wanted candidates, and its gradient."""
    value, gradient = ridge * float(weights @ weights), 2 * ridge * weights
    for query, share in zip(queries, shares, strict=True):
        scores = query.signals @ weights
        parts = np.exp(scores - scores.max())
        all_of, own = parts / parts.sum(), parts * query.wanted
        value -= share * np.log(own.sum() / parts.sum())
        gradient = gradient - share * (query.signals.T @ (own / own.sum() - all_of))
    return value, gradient


def fit(queries: list[Query], ridge: float) -> np.ndarray:
    """Return the weights of the signals; a signal cannot count against."""
    usable = [query for query in queries if query.wanted.any() and not query.wanted.all()]
    counts = {name: sum(q.set_name == name for q in usable) for name in SET_WEIGHTS}
    shares = np.array([SET_WEIGHTS[q.set_name] / counts[q.set_name] for q in usable])
    width = len(SIGNALS) + 1
    done = minimize(loss, np.ones(width), (usable, shares, ridge), jac=True, method="L-BFGS-B",
                    bounds=[(0, None)] * width)  # fmt: skip
    return done.x


def recall(queries: list[Query], orders: list[np.ndarray]) -> str:
    """Return recall@1, @5, @10 of queries whose candidates stand in these orders."""
    places = [
        np.flatnonzero(query.wanted[order]) for query, order in zip(queries, orders, strict=True)
    ]
    ranks = np.array([place[0] if len(place) else 1000 for place in places])
    return " ".join(f"{(ranks < k).mean():.3f}" for k in (1, 5, 10, 1000))


def by_weights(queries: list[Query], weights: np.ndarray) -> list[np.ndarray]:
    """Return the order of each query's candidates."""
    return [np.argsort(-(query.signals @ weights), kind="stable") for query in queries]


def main() -> None:
    """Ask, fit, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inhouse", type=Path, default=evaluation.ROOT / "build/inhouse")
    parser.add_argument("--work", type=Path, default=evaluation.ROOT / ".cache/eval_retrieval")
    parser.add_argument("--sources", type=Path, help="unpacked packages, else they are fetched")
    parser.add_argument("--trees", type=Path, help="source trees of tools/train/prepare.py")
    parser.add_argument("--hold-out", type=int, default=6, help="as train.py was told")
    parser.add_argument("--most", type=int, default=24, help="repositories of --trees")
    parser.add_argument("--limit", type=int, default=75, help="queries per package at most")
    parser.add_argument("--ridge", type=float, default=2e-4)
    options = parser.parse_args()
    options.part, options.packages, options.work = "dev", None, options.work.resolve()
    options.sets = ["house", "docstrings", "questions"]
    options.sources = options.sources or evaluation.download(options.work)
    queries = of_evaluations(options) + of_houses(options)
    queries += of_repositories(options) if options.trees else []
    weights = fit(queries, options.ridge)
    for name, weight in zip([*SIGNALS, "factors"], weights, strict=True):
        print(f"{name:14} {weight:6.2f}")
    corpora = sorted({(q.set_name, q.corpus) for q in queries})
    fold = {one: number % FOLDS for number, one in enumerate(corpora)}
    fold_of = np.array([fold[q.set_name, q.corpus] for q in queries])
    predicted: list[np.ndarray] = [np.array([])] * len(queries)
    for number in range(FOLDS):
        other = fit(
            [q for q, f in zip(queries, fold_of, strict=True) if f != number], options.ridge
        )
        for i in np.flatnonzero(fold_of == number):
            predicted[i] = by_weights([queries[i]], other)[0]
    fitted = by_weights(queries, weights)
    print(
        "recall@1 @5 @10 and among the candidates: "
        "as the program ranks | fitted | predicted from other corpora"
    )
    for name in SET_WEIGHTS:
        own = [i for i, q in enumerate(queries) if q.set_name == name]
        if own:
            of_set = [queries[i] for i in own]
            program = [np.arange(len(q.wanted)) for q in of_set]
            as_fitted = recall(of_set, [fitted[i] for i in own])
            elsewhere = recall(of_set, [predicted[i] for i in own])
            ranked = recall(of_set, program)
            print(f"{name:10} {len(own):5} {ranked} | {as_fitted} | {elsewhere}")


if __name__ == "__main__":
    main()
