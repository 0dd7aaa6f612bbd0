"""A quick look at a table while it learns: documentation to code in the packages kept for tuning.

For each described function of the evaluation's development packages the summary is the question and
the code without documentation the answer, among all functions and classes of the package.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from facts import KEEP_OUT, Facts, bags
from model import unit
from pairs import CODE, damped
from scipy import sparse

PACKAGES = ["celery", "jinja2", "networkx", "rich", "sphinx", "xarray"]
QUESTIONS = 300


@dataclass
class Probe:
    """Questions to one package: row i asks for document `wanted[i]`."""

    package: str
    queries: sparse.csr_matrix
    documents: sparse.csr_matrix
    wanted: np.ndarray
    lexical: np.ndarray  # BM25 of each document for each question
    overlap: np.ndarray  # share of the question's terms that its answer holds


def bm25(queries: sparse.csr_matrix, counts: sparse.csr_matrix) -> np.ndarray:
    """Return BM25's scores: questions x documents."""
    length = np.asarray(counts.sum(1)).ravel()
    held = np.bincount(counts.indices, minlength=counts.shape[1])
    idf = np.log1p((counts.shape[0] - held + 0.5) / (held + 0.5))
    row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    data = counts.data
    part = data * 2.2 / (data + 1.2 * (0.25 + 0.75 * length[row] / length.mean()))
    weighted = sparse.csr_matrix((part * idf[counts.indices], counts.indices, counts.indptr),
                                 counts.shape)  # fmt: skip
    return (queries.sign() @ weighted.T).toarray()


def make(facts: Facts, column: np.ndarray, weights: np.ndarray) -> list[Probe]:
    """Make the probes; lexical scores count every term, known to the table or not."""
    found = []
    everything = np.arange(len(facts.terms), dtype=np.int64)
    for package in PACKAGES:
        tree = facts.trees.index(KEEP_OUT + package)
        items = np.flatnonzero((facts.tree == tree) & (facts.items[:, 1] > 0))
        size = facts.items[items, 6] - facts.items[items, 5]
        rng = np.random.default_rng(5)
        asked = np.flatnonzero((size >= 4) & (facts.items[items, 1] > 1))
        asked = np.sort(rng.permutation(asked)[:QUESTIONS])
        trees = np.full(len(items), tree)
        spoken = bags(facts, items[asked], {"summary": 1}, everything, len(facts.terms))
        coded = bags(facts, items, CODE, everything, len(facts.terms))
        hit = spoken.sign().multiply(coded[asked].sign()).sum(1)
        found.append(Probe(
            package,
            damped(bags(facts, items[asked], {"summary": 1}, column, weights.shape[1]),
                   weights, trees[asked]),
            damped(bags(facts, items, CODE, column, weights.shape[1]), weights, trees),
            asked, bm25(spoken, coded),
            np.asarray(hit).ravel() / np.maximum(np.asarray(spoken.sign().sum(1)).ravel(), 1),
        ))  # fmt: skip
    return found


def reciprocal_ranks(scores: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return one over the rank of the wanted document, 0 beyond the tenth."""
    own = scores[np.arange(len(wanted)), wanted][:, None]
    rank = (scores > own).sum(1) + (scores == own).sum(1) / 2 + 0.5
    return np.where(rank <= 10, 1 / rank, 0)


def report(probes: list[Probe], table: np.ndarray) -> str:
    """Return a line of mean reciprocal ranks: vectors alone, words alone, both."""
    rows = []
    for probe in probes:
        scores = unit(probe.queries @ table)[0] @ unit(probe.documents @ table)[0].T
        order = np.argsort(np.argsort(-scores, 1), 1)
        words = np.argsort(np.argsort(-probe.lexical, 1), 1)
        fused = 1 / (60 + words) + 0.7 / (60 + order)
        ranks = [reciprocal_ranks(s, probe.wanted) for s in (scores, probe.lexical, fused)]
        low = probe.overlap < 0.5
        rows.append([r.mean() for r in ranks] + [r[low].mean() for r in ranks])
    mean = np.mean(rows, 0)
    each = " ".join(f"{row[0]:.2f}/{row[2]:.2f}" for row in rows)
    return (f"vectors {mean[0]:.3f} words {mean[1]:.3f} both {mean[2]:.3f}; few words shared: "
            f"{mean[3]:.3f} {mean[4]:.3f} {mean[5]:.3f}; {each}")  # fmt: skip
