"""The program under test and its baselines, all with one face.

A system answers a query with a ranking of places, and with a text that fits a budget. What a place
or a text contains is decided by definition lines alone, alike for all systems.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bm25 import Bm25
from chunks import Chunk, Definition, indexed_text
from text import estimate_tokens

LIMIT = 20


class Inhouse:
    """`inhouse search --batch` over an index made for the occasion."""

    def __init__(self, program: Path, index: Path, without: str = "", private: bool = True) -> None:
        """Ask the index in a folder, with some stages left out."""
        self._command = [str(program), "search", "--batch", "--index", str(index)]
        self._command += ["--private"] if private else []
        self._command += ["--without", without] if without else []

    @staticmethod
    def build(program: Path, roots: list[Path], index: Path) -> None:
        """Index source folders anew."""
        command = [str(program), "index", *map(str, roots), "--index", str(index), "--rebuild"]
        subprocess.run(command, check=True, capture_output=True)

    def ask(self, queries: list[str], *options: str) -> list[dict]:
        """Return the JSON answers to queries."""
        lines = "".join(json.dumps(query) + "\n" for query in queries)
        command = [*self._command, *options]
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def ranks(self, queries: list[str], wanted: list[list[Definition]]) -> list[list[int | None]]:
        """Return the rank of each wanted definition, from 1."""
        answers = self.ask(queries, "-k", str(LIMIT))
        return [
            [_first(answer["hits"], lambda hit, one=one: _is_hit(hit, one)) for one in definitions]
            for answer, definitions in zip(answers, wanted, strict=True)
        ]

    def shown(
        self, queries: list[str], wanted: list[list[Definition]], budget: int
    ) -> list[list[bool]]:
        """Tell which wanted definitions a pack of so many tokens shows."""
        answers = self.ask(queries, "--pack", str(budget))
        assert all(estimate_tokens(answer["text"]) <= budget for answer in answers)
        return [
            [any(_is_hit(entry, one) for entry in answer["entries"]) for one in definitions]
            for answer, definitions in zip(answers, wanted, strict=True)
        ]


def _is_hit(hit: dict, one: Definition) -> bool:
    same_name = hit["defined_as"].endswith(f".{one.name}") or hit["defined_as"] == one.name
    return same_name and (hit["path"] == one.path or hit["path"].endswith("/" + one.path))


def _first(items: list, accept: Callable[..., bool]) -> int | None:
    return next((rank for rank, item in enumerate(items, 1) if accept(item)), None)


class ChunkSystem:
    """A ranking of chunks: BM25, or vectors."""

    def __init__(self, chunks: list[Chunk], search: Callable[[str, int], list[int]]) -> None:
        """Rank these chunks with `search(query, limit)`."""
        self._chunks = chunks
        self._search = search

    @classmethod
    def bm25(cls, chunks: list[Chunk]) -> ChunkSystem:
        """Rank by BM25 over the chunks' texts and paths."""
        return cls(chunks, Bm25([indexed_text(chunk) for chunk in chunks]).search)

    def ranks(self, queries: list[str], wanted: list[list[Definition]]) -> list[list[int | None]]:
        """Return the rank of the first chunk that holds each wanted definition line."""
        answers = [[self._chunks[i] for i in self._search(q, LIMIT)] for q in queries]
        return [
            [
                _first(found, lambda c, o=one: c.path == o.path and c.start <= o.line <= c.end)
                for one in definitions
            ]
            for found, definitions in zip(answers, wanted, strict=True)
        ]

    def shown(
        self, queries: list[str], wanted: list[list[Definition]], budget: int
    ) -> list[list[bool]]:
        """Tell which wanted definition lines stand in the best chunks within a budget."""
        shown = []
        for query, definitions in zip(queries, wanted, strict=True):
            lines = self._lines_within(query, budget)
            shown.append([(one.path, one.line) in lines for one in definitions])
        return shown

    def _lines_within(self, query: str, budget: int) -> set[tuple[str, int]]:
        """Fill the budget with the best chunks, the last one cut at a line."""
        lines: set[tuple[str, int]] = set()
        left = budget
        for i in self._search(query, 50):
            chunk = self._chunks[i]
            left -= estimate_tokens(f"{chunk.path}:{chunk.start}\n")
            for number, line in enumerate(chunk.text.split("\n"), chunk.start):
                left -= estimate_tokens(line + "\n")
                if left < 0:
                    return lines
                lines.add((chunk.path, number))
        return lines


class MiniLm:
    """all-MiniLM-L6-v2 in an environment of its own, a line of JSON in and out."""

    def __init__(self, python: Path, cache: Path) -> None:
        """Use an interpreter that has the packages of baselines.txt."""
        self._python = python
        self._cache = cache

    def vectors(self, name: str, texts: list[str]) -> np.ndarray:
        """Return unit vectors of texts, remembered under a name."""
        place = self._cache / f"{name}.npy"
        if place.is_file() and len(found := np.load(place)) == len(texts):
            return found
        place.parent.mkdir(parents=True, exist_ok=True)
        worker = Path(__file__).parent / "minilm_worker.py"
        command = [str(self._python), str(worker), str(place)]
        subprocess.run(command, input=json.dumps(texts), text=True, check=True)
        return np.load(place)

    def system(self, name: str, chunks: list[Chunk], queries: list[str]) -> ChunkSystem:
        """Rank chunks by the dot product; only these queries can be asked."""
        rows = self.vectors(f"{name}-chunks", [chunk.text for chunk in chunks])
        asked = dict(zip(queries, self.vectors(f"{name}-queries", queries), strict=True))

        def search(query: str, limit: int) -> list[int]:
            scores = rows @ asked[query]
            return [int(i) for i in np.lexsort((np.arange(len(rows)), -scores))[:limit]]

        return ChunkSystem(chunks, search)
