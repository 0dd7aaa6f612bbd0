"""Pairs from what was written: ways to ask for a function, and what else words are called."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import written
from facts import FIELDS, Facts, bags
from model import unit
from pairs import WHOLE, Pairs, Source, damped
from scipy import sparse

# The fields in which a written text stands.
TEXT = {"summary": 1, "rest": 1}
TREES = ["asked", "thesaurus"]


def is_written(facts: Facts) -> np.ndarray:
    """Tell of each item whether it is a text of asked.txt or thesaurus.txt and no code."""
    return np.isin(facts.tree, [i for i, name in enumerate(facts.trees) if name in TREES])


def words(facts: Facts) -> np.ndarray:
    """Return the numbers of the terms of those texts."""
    texts = facts.items[is_written(facts)]
    held = [facts.words[begin:end] for begin, end in texts[:, [FIELDS["summary"], FIELDS["body"]]]]
    return np.unique(np.concatenate(held)).astype(np.int64)


@dataclass
class Asked:
    """Item `query[i]` of the written ones asks for item `target[i]` of a repository."""

    query: np.ndarray
    target: np.ndarray

    def of(self, chosen: np.ndarray) -> Asked:
        """Return a part of them."""
        return Asked(self.query[chosen], self.target[chosen])

    def every(self, facts: Facts, step: int) -> np.ndarray:
        """Return each step-th tree that is asked something, none for 0."""
        trees = np.unique(facts.tree[self.target])
        return trees[::step] if step else trees[:0]


@dataclass
class HeldOut:
    """Questions to one repository or house: row i asks for document `wanted[i]`."""

    name: str
    queries: sparse.csr_matrix
    documents: sparse.csr_matrix
    wanted: np.ndarray


def probes(facts: Facts, held: Asked, column: np.ndarray, weights: np.ndarray) -> list[HeldOut]:
    """Make a probe of each repository: name and summary of all its functions and classes."""
    found = []
    width = weights.shape[1]
    for tree in np.unique(facts.tree[held.target]):
        items = np.flatnonzero((facts.tree == tree) & (facts.items[:, 1] > 0))
        own = held.of(facts.tree[held.target] == tree)
        places = np.searchsorted(items, own.target)
        asked_of = damped(bags(facts, own.query, TEXT, column, width), weights,
                          np.full(len(places), tree))  # fmt: skip
        told = damped(bags(facts, items, {"name": 1, "summary": 1}, column, width), weights,
                      np.full(len(items), tree))  # fmt: skip
        found.append(HeldOut(facts.trees[tree], asked_of, told, places))
    return found


def report(held_out: list[HeldOut], table: np.ndarray) -> str:
    """Return a line of recall among all functions of what was held out: repositories, houses."""
    made_up = [one for one in held_out if "/" not in one.name]
    public = [one for one in held_out if "/" in one.name]
    parts = [("repositories", public), ("houses", made_up)]
    return "; ".join(f"held out, {name}: {_recall(some, table)}" for name, some in parts if some)


def _recall(held_out: list[HeldOut], table: np.ndarray) -> str:
    ranks = []
    for one in held_out:
        scores = unit(one.queries @ table)[0] @ unit(one.documents @ table)[0].T
        own = scores[np.arange(len(one.wanted)), one.wanted][:, None]
        ranks.append((scores > own).sum(1))
    rank = np.concatenate(ranks)
    shares = " ".join(f"@{k} {(rank < k).mean():.3f}" for k in (1, 5, 10))
    return f"{shares} of {len(rank)} questions to {len(ranks)}"


def _numbers(facts: Facts, tree: str) -> dict[str, int]:
    """Return the items of a tree of written texts by the last part of their names."""
    items = np.flatnonzero(facts.tree == facts.trees.index(tree))
    return {facts.names[i].rsplit(".", 1)[-1]: int(i) for i in items}


def asked(facts: Facts) -> Asked:
    """Find what asked.txt asks for."""
    texts = _numbers(facts, "asked")
    rows = written.read_asked()
    repositories = {name for name, _, _ in rows}
    number = {name: i for i, name in enumerate(facts.trees)}
    places = {(facts.trees[facts.tree[i]], facts.names[i]): int(i)
              for name in repositories if name in number
              for i in np.flatnonzero(facts.tree == number[name])}  # fmt: skip
    pairs = []
    for row, (repository, name, ways) in enumerate(rows):
        target = places.get((repository, name))
        found = [texts.get(f"a{row}_{way}") for way in range(len(ways))]
        pairs += [(text, target) for text in found if text is not None and target is not None]
    return Asked(*np.array(pairs, dtype=np.int64).reshape(-1, 2).T)


def asked_pairs(facts: Facts, found: Asked, column: np.ndarray, weights: np.ndarray) -> Pairs:
    """Make pairs of a question and the whole of what it asks for."""
    tree = facts.tree[found.target]
    query = damped(bags(facts, found.query, TEXT, column, weights.shape[1]), weights, tree)
    document = damped(bags(facts, found.target, WHOLE, column, weights.shape[1]), weights, tree)
    return _kept(query, document, tree, Source.ASKED)


def thesaurus_pairs(facts: Facts, column: np.ndarray, weights: np.ndarray) -> Pairs:
    """Make pairs of a word and each of its other names, with weights of the mean tree."""
    texts = _numbers(facts, "thesaurus")
    pairs = [(texts.get(f"t{row}_0"), texts.get(f"t{row}_{i + 1}"))
             for row, (_, others) in enumerate(written.read_thesaurus())
             for i in range(len(others))]  # fmt: skip
    left, right = np.array([p for p in pairs if None not in p], dtype=np.int64).reshape(-1, 2).T
    some = weights.any(1)
    mean = weights[some].mean(0)[None]
    tree = np.zeros(len(left), dtype=np.int64)
    query = damped(bags(facts, left, TEXT, column, weights.shape[1]), mean, tree)
    document = damped(bags(facts, right, TEXT, column, weights.shape[1]), mean, tree)
    return _kept(query, document, np.full(len(left), -1), Source.THESAURUS)


def _kept(query: sparse.csr_matrix, document: sparse.csr_matrix, tree: np.ndarray,
          source: Source) -> Pairs:  # fmt: skip
    """Keep the pairs with a known word on both sides."""
    good = (np.diff(query.indptr) >= 1) & (np.diff(document.indptr) >= 1)
    count = int(good.sum())
    return Pairs(query[good], document[good], tree[good], np.zeros(count, dtype=np.int64),
                 np.full(count, source))  # fmt: skip
