"""The shipped table: 8-bit rows behind a hash of the terms (format: static_weights.h)."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import xxhash

HEADER = struct.Struct("<8sIIIIQf28s")
ALIGN = 64


def quantized(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return 8-bit rows and their scales."""
    scale = np.maximum(np.abs(table).max(1), 1e-9) / 127
    return np.rint(table / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def slots(terms: list[bytes]) -> np.ndarray:
    """Return the open hash: 1 + number of a term, 0 where nothing is."""
    size = 1 << (len(terms) * 2 - 1).bit_length()
    found = np.zeros(size, dtype=np.uint32)
    for number, term in enumerate(terms, 1):
        at = xxhash.xxh3_64_intdigest(term) & (size - 1)
        while found[at]:
            at = (at + 1) & (size - 1)
        found[at] = number
    return found


def write(place: Path, name: str, terms: list[str], table: np.ndarray) -> None:
    """Write a table with the terms in ascending order."""
    order = sorted(range(len(terms)), key=lambda i: terms[i].encode())
    coded = [terms[i].encode() for i in order]
    rows, scale = quantized(table[order])
    begins = np.cumsum([0, *map(len, coded)]).astype(np.uint32)
    places = slots(coded)
    text = b"".join(coded)
    body = places.tobytes() + begins.tobytes() + scale.tobytes() + text
    body += bytes(-len(body) % ALIGN) + rows.tobytes()
    mean = float(np.sqrt((table * table).sum(1)).mean())
    header = HEADER.pack(b"IHWORDS1", table.shape[1], len(terms), len(places), len(text),
                         xxhash.xxh3_64_intdigest(body), mean, name.encode())  # fmt: skip
    place.write_bytes(header + body)


def read(place: Path) -> tuple[list[str], np.ndarray]:
    """Return terms and vectors of a table, as the program sees them."""
    data = place.read_bytes()
    _, dimensions, count, slot_count, _, checksum, _, _ = HEADER.unpack_from(data)
    assert xxhash.xxh3_64_intdigest(data[HEADER.size :]) == checksum
    at = HEADER.size + 4 * slot_count
    begins = np.frombuffer(data, np.uint32, count + 1, at)
    scale = np.frombuffer(data, np.float32, count, at + 4 * (count + 1))
    text = at + 4 * (count + 1) + 4 * count
    rows = np.frombuffer(data, np.int8, offset=len(data) - count * dimensions)
    terms = [data[text + begins[i] : text + begins[i + 1]].decode() for i in range(count)]
    return terms, rows.reshape(count, dimensions) * scale[:, None]
