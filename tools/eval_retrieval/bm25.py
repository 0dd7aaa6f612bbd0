"""BM25 (Robertson and Zaragoza 2009) with k1 1.5 and b 0.75, over any list of texts."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from text import terms

K1 = 1.5
B = 0.75


class Bm25:
    """Postings of term weights; built once, asked often."""

    def __init__(self, texts: list[str]) -> None:
        """Index the texts; their places in the list are their ids."""
        counts = [Counter(terms(text)) for text in texts]
        lengths = np.array([sum(count.values()) for count in counts], dtype="float64")
        mean = lengths.mean() if len(lengths) else 1.0
        norms = K1 * (1 - B + B * lengths / max(mean, 1e-9))
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for i, count in enumerate(counts):
            for term, n in count.items():
                postings[term].append((i, n))
        self._size = len(texts)
        self._postings = {}
        for term, rows in postings.items():
            ids = np.fromiter((i for i, _ in rows), dtype="int64", count=len(rows))
            n = np.fromiter((n for _, n in rows), dtype="float64", count=len(rows))
            idf = np.log(1 + (len(texts) - len(rows) + 0.5) / (len(rows) + 0.5))
            self._postings[term] = (ids, idf * n * (K1 + 1) / (n + norms[ids]))

    def search(self, query: str, limit: int) -> list[int]:
        """Return the ids of the best texts, best first, ties by id; none without a common term."""
        scores = np.zeros(self._size)
        for term in terms(query):
            if term in self._postings:
                ids, weights = self._postings[term]
                scores[ids] += weights
        order = np.lexsort((np.arange(self._size), -scores))[:limit]
        return [int(i) for i in order if scores[i] > 0]
