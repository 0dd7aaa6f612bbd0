"""What vectors of a corpus's own words are worth: words of the tuning packages are made unknown.

    .venv-train/bin/python tools/train/own_words.py --facts FACTS --listing LIST --weights FILE

A share of the table's words is taken away, as if a team had invented them. Mean reciprocal rank
of documentation to code, vectors alone: with all words, without those, and with the mean of the
chunks that hold them in their place (the program's way, term_vectors.cc).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import probe
import weights
from facts import FIELDS, KEEP_OUT, bags, load
from model import unit

SHARES = (0.1, 0.3, 0.5)
SEEDS = (1, 2, 3)


def taught(table: np.ndarray, unknown: np.ndarray, one: probe.Probe) -> np.ndarray:
    """Return the table with the unknown words' vectors learned from the package's chunks."""
    held = one.documents[:, unknown]
    held.data[:] = 1
    rows = np.flatnonzero(np.diff(held.indptr))
    vectors = unit(one.documents @ table)[0]
    common = vectors[rows].sum(0)
    common /= np.linalg.norm(common) + 1e-9
    means = held.T @ vectors
    means -= np.outer(means @ common, common)
    means[np.asarray(held.sum(0)).ravel() < 2] = 0
    learned = table.copy()
    length = np.sqrt((table * table).sum(1))
    learned[unknown] = unit(means)[0] * length[length > 0].mean()
    return learned


def main() -> None:
    """Print a line for each share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=Path, required=True)
    parser.add_argument("--listing", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    options = parser.parse_args()
    facts = load(options.facts, options.listing)
    terms, table = weights.read(options.weights)
    number = {term: i for i, term in enumerate(terms)}
    column = np.array([number.get(term, -1) for term in facts.terms])
    by_tree = np.zeros((len(facts.trees), len(terms)), dtype=np.float32)
    for package in probe.PACKAGES:
        tree = facts.trees.index(KEEP_OUT + package)
        own = np.flatnonzero(facts.tree == tree)
        held = bags(facts, own, dict.fromkeys(FIELDS, 1), column, len(terms))
        count = np.bincount(held.indices, minlength=len(terms))
        by_tree[tree] = np.sqrt(np.log1p((len(own) - count + 0.5) / (count + 0.5)))
    probes = probe.make(facts, column, by_tree)

    def rank(one: probe.Probe, used: np.ndarray) -> float:
        scores = unit(one.queries @ used)[0] @ unit(one.documents @ used)[0].T
        return probe.reciprocal_ranks(scores, one.wanted).mean()

    for share in SHARES:
        rows = []
        for seed in SEEDS:
            unknown = np.flatnonzero(np.random.default_rng(seed).random(len(terms)) < share)
            without = table.copy()
            without[unknown] = 0
            for one in probes:
                learned = taught(without, unknown, one)
                rows.append([rank(one, used) for used in (table, without, learned)])
        known, lost, back = np.mean(rows, 0)
        print(f"{share:.0%} of the words unknown: all known {known:.3f}, left out {lost:.3f}, "
              f"taught {back:.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
