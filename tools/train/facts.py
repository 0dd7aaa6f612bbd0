"""What training_facts wrote: items with their terms, and what must not be learned from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

KEEP_OUT = "keep-out:"
KINDS = {"module": 0, "class": 1}
SHINGLE = 5
MIN_TERMS = 4
MAX_SHARE = 0.5

# Column of items.u32 where a field begins; it ends where the next one does.
FIELDS = {"name": 3, "signature": 4, "summary": 5, "rest": 6, "body": 7}


@dataclass
class Facts:
    """Items of all trees; `words` holds their terms one after the other."""

    trees: list[str]
    terms: list[str]
    surfaces: list[str]
    names: list[str]
    words: np.ndarray
    items: np.ndarray
    calls: np.ndarray

    @property
    def tree(self) -> np.ndarray:
        """The number of each item's tree."""
        return self.items[:, 0]

    def keeps_out(self) -> np.ndarray:
        """Tell of each tree whether it is one that must not be learned from."""
        return np.array([name.startswith(KEEP_OUT) for name in self.trees])


def load(folder: Path, listing: Path) -> Facts:
    """Read a folder that training_facts made from a listing."""
    trees = [line.split("\t")[0] for line in listing.read_text().splitlines()]
    return Facts(
        trees,
        (folder / "terms.txt").read_text(encoding="utf-8", errors="replace").split("\n")[:-1],
        (folder / "surface.txt").read_text(encoding="utf-8", errors="replace").split("\n")[:-1],
        (folder / "names.txt").read_text(encoding="utf-8", errors="replace").split("\n")[:-1],
        np.fromfile(folder / "words.u32", dtype=np.uint32),
        np.fromfile(folder / "items.u32", dtype=np.uint32).reshape(-1, 9).astype(np.int64),
        np.fromfile(folder / "calls.u32", dtype=np.uint32).reshape(-1, 2).astype(np.int64),
    )


def bags(facts: Facts, items: np.ndarray, fields: dict[str, int], column: np.ndarray,
         width: int) -> sparse.csr_matrix:  # fmt: skip
    """Count the terms of some fields of items, each field as often as it says.

    Args:
        facts: where the items are.
        items: their numbers; a row of the result for each.
        fields: the fields and how many times each counts.
        column: of each term its column, -1 for terms that do not count.
        width: the number of columns.
    """
    rows, columns, counts = [], [], []
    for field, times in fields.items():
        at = FIELDS[field]
        begin, end = facts.items[items, at], facts.items[items, at + 1]
        size = end - begin
        row = np.repeat(np.arange(len(items)), size)
        place = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
        found = column[facts.words[np.repeat(begin, size) + place]]
        good = found >= 0
        rows.append(row[good].astype(np.int32))
        columns.append(found[good].astype(np.int32))
        counts.append(np.full(int(good.sum()), times, dtype=np.float32))
    shape = (len(items), width)
    cells = (np.concatenate(rows), np.concatenate(columns))
    return sparse.coo_matrix((np.concatenate(counts), cells), shape=shape).tocsr()


def shingles(facts: Facts, items: np.ndarray, first: str, last: str) -> tuple[np.ndarray, ...]:
    """Return the hashes of SHINGLE terms in a row, from one field to another, and their items."""
    begin = facts.items[items, FIELDS[first]]
    end = facts.items[items, FIELDS[last] + 1]
    size = np.maximum(end - begin - SHINGLE + 1, 0)
    row = np.repeat(np.arange(len(items)), size)
    place = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    at = np.repeat(begin, size) + place
    value = np.zeros(len(at), dtype=np.uint64)
    with np.errstate(over="ignore"):
        for i in range(SHINGLE):
            value = value * np.uint64(0x9E3779B97F4A7C15) + facts.words[at + i].astype(np.uint64)
            value ^= value >> np.uint64(29)
    return value, row


def near_duplicates(facts: Facts) -> np.ndarray:
    """Tell of each item whether it repeats what a kept-out tree says.

    It does if half of the rows of five terms of its documentation, or of its body, occur in one of
    those trees, or its whole summary (of at least four terms) does.
    """
    out = facts.keeps_out()[facts.tree]
    everything = np.arange(len(facts.items))
    found = out.copy()
    for first, last in (("summary", "rest"), ("body", "body")):
        known = np.unique(shingles(facts, everything[out], first, last)[0])
        value, row = shingles(facts, everything, first, last)
        place = np.minimum(np.searchsorted(known, value), len(known) - 1)
        hits = np.bincount(row, weights=known[place] == value, minlength=len(everything))
        total = np.bincount(row, minlength=len(everything))
        found |= (hits >= MAX_SHARE * total) & (total > 0)
    summary = summary_hashes(facts)
    known = np.unique(summary[out])
    place = np.minimum(np.searchsorted(known, summary), len(known) - 1)
    length = facts.items[:, 6] - facts.items[:, 5]
    return found | ((known[place] == summary) & (length >= MIN_TERMS))


def summary_hashes(facts: Facts) -> np.ndarray:
    """Return a hash of each item's summary."""
    begin, size = facts.items[:, 5], facts.items[:, 6] - facts.items[:, 5]
    row = np.repeat(np.arange(len(size)), size)
    place = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    word = facts.words[np.repeat(begin, size) + place].astype(np.uint64)
    with np.errstate(over="ignore"):
        mixed = (word + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(31)
        mixed *= (2 * place.astype(np.uint64) + np.uint64(0xBF58476D1CE4E5B9)) | np.uint64(1)
        mixed ^= mixed >> np.uint64(27)
        out = np.zeros(len(size), dtype=np.uint64)
        np.add.at(out, row, mixed)
    return out


def tree_weights(facts: Facts, column: np.ndarray, width: int) -> np.ndarray:
    """Return the square root of each column's idf, as the index has it: trees x width."""
    weights = np.zeros((len(facts.trees), width), dtype=np.float32)
    for tree in range(len(facts.trees)):
        own = np.flatnonzero(facts.tree == tree)
        if not len(own):
            continue
        counted = bags(facts, own, dict.fromkeys(FIELDS, 1), column, width)
        with_term = np.bincount(counted.indices, minlength=width)
        idf = np.log1p((len(own) - with_term + 0.5) / (with_term + 0.5))
        weights[tree] = np.sqrt(idf)
    return weights
