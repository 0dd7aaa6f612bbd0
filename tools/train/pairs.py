"""Pairs of bags that mean the same: what an item says of itself, and its code."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from facts import Facts, bags, summary_hashes
from scipy import sparse

PER_TREE = 4000
CODE = {"name": 2, "signature": 1, "body": 1}
WHOLE = {"name": 2, "signature": 1, "summary": 2, "rest": 2, "body": 1}
REST = {"name": 2, "signature": 1, "rest": 2, "body": 1}


class Source(IntEnum):
    """Where a pair is from."""

    CODE = 0
    QUESTIONS = 1
    ASKED = 2
    THESAURUS = 3


@dataclass
class Pairs:
    """Row i of `queries` means row i of `documents`; `tree` says where both are from."""

    queries: sparse.csr_matrix
    documents: sparse.csr_matrix
    tree: np.ndarray
    kind: np.ndarray  # number in KINDS; 0 for what is written
    source: np.ndarray  # Source

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.tree)


KINDS = ["summary-code", "rest-code", "summary-name", "name-body", "summary-rest", "caller-callee"]


def described(facts: Facts, is_learned: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return items with a summary, each summary once, at most PER_TREE of a tree."""
    length = facts.items[:, 6] - facts.items[:, 5]
    found = np.flatnonzero(is_learned & (length >= 3))
    found = rng.permutation(found)
    _, first = np.unique(summary_hashes(facts)[found], return_index=True)
    found = found[np.sort(first)]
    kept = []
    for tree in np.unique(facts.tree[found]):
        kept.append(found[facts.tree[found] == tree][:PER_TREE])
    return np.sort(np.concatenate(kept))


def callees(facts: Facts, items: np.ndarray, is_learned: np.ndarray,
            rng: np.random.Generator) -> np.ndarray:  # fmt: skip
    """Return pairs (caller, callee) of learned items: at most three of a described caller."""
    calls = np.unique(facts.calls, axis=0)
    good = np.isin(calls[:, 0], items) & is_learned[calls[:, 1]] & (facts.items[calls[:, 1], 1] > 0)
    calls = rng.permutation(calls[good])
    calls = calls[np.argsort(calls[:, 0], kind="stable")]
    begins = np.flatnonzero(np.r_[True, calls[1:, 0] != calls[:-1, 0]]) if len(calls) else []
    rank = np.arange(len(calls)) - np.repeat(begins, np.diff(np.r_[begins, len(calls)]))
    calls = calls[rank < 3]
    popular = np.bincount(calls[:, 1], minlength=len(facts.items))
    return calls[rng.random(len(calls)) < np.minimum(1, 20 / popular[calls[:, 1]])]


def make(facts: Facts, is_learned: np.ndarray, column: np.ndarray, weights: np.ndarray,
         kinds: list[str], rng: np.random.Generator) -> Pairs:  # fmt: skip
    """Make the pairs of the given kinds.

    Args:
        facts: all items.
        is_learned: of each item whether it may be learned from.
        column: of each term its row in the table, or -1.
        weights: of each tree, of each column (facts.tree_weights).
        kinds: which of KINDS.
        rng: decides what is kept where there is too much.
    """
    width = weights.shape[1]
    items = described(facts, is_learned, rng)
    ways = {
        "summary-code": (items, {"summary": 1}, items, CODE),
        "rest-code": (items, {"rest": 1}, items, CODE),
        "summary-name": (items, {"summary": 1}, items, {"name": 1}),
        "name-body": (items, {"name": 1}, items, {"body": 1}),
        "summary-rest": (items, {"summary": 1}, items, REST),
    }
    if "caller-callee" in kinds:
        calls = callees(facts, items, is_learned, rng)
        ways["caller-callee"] = (calls[:, 0], {"summary": 1}, calls[:, 1], WHOLE)
    queries, documents, trees, kind = [], [], [], []
    for name in kinds:
        left, asked, right, told = ways[name]
        tree = facts.tree[left]
        query = damped(bags(facts, left, asked, column, width), weights, tree)
        document = damped(bags(facts, right, told, column, width), weights, tree)
        good = (np.diff(query.indptr) >= 2) & (np.diff(document.indptr) >= 2)
        queries.append(query[good])
        documents.append(document[good])
        trees.append(tree[good])
        kind.append(np.full(int(good.sum()), KINDS.index(name)))
    return Pairs(sparse.vstack(queries).tocsr(), sparse.vstack(documents).tocsr(),
                 np.concatenate(trees), np.concatenate(kind),
                 np.where(np.concatenate(trees) == facts.trees.index("written"),
                          Source.QUESTIONS, Source.CODE))  # fmt: skip


def together(parts: list[Pairs]) -> Pairs:
    """Put pairs one after the other."""
    return Pairs(sparse.vstack([part.queries for part in parts]).tocsr(),
                 sparse.vstack([part.documents for part in parts]).tocsr(),
                 *(np.concatenate([getattr(part, name) for part in parts])
                   for name in ("tree", "kind", "source")))  # fmt: skip


def damped(counts: sparse.csr_matrix, weights: np.ndarray, tree: np.ndarray) -> sparse.csr_matrix:
    """Turn counts into (1 + ln count) times the weight of the term in the tree of the row."""
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    data = (1 + np.log(counts.data)) * weights[tree[row], counts.indices]
    return sparse.csr_matrix((data.astype(np.float32), counts.indices, counts.indptr), counts.shape)
