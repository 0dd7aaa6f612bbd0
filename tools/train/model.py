"""The table of token vectors, and how it learns.

A token's vector is W m + d: m is what the sentence model knows of the word (fixed), W one matrix
for all words, d the word's own. A text is the weighted sum of its tokens, at unit length; pairs are
told apart from all others of their batch (softmax over the cosines, both ways). W lets words that
the code never shows move along with those it does.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

# The projection moves slowly, and all tokens with it.
PROJECTION_EVERY = 4


class Adam:
    """Kingma and Ba's Adam for rows of a matrix; rows without gradient keep their state."""

    def __init__(self, shape: tuple[int, ...], rate: float) -> None:
        """Begin with empty averages."""
        self.rate = rate
        self._mean = np.zeros(shape, dtype=np.float32)
        self._square = np.zeros(shape, dtype=np.float32)
        self.steps = 0

    def step(self, value: np.ndarray, gradient: np.ndarray, rows: np.ndarray | slice,
             scale: float) -> None:  # fmt: skip
        """Move `value[rows]` against the gradient."""
        self.steps += 1
        mean = 0.9 * self._mean[rows] + 0.1 * gradient
        square = 0.99 * self._square[rows] + 0.01 * gradient * gradient
        self._mean[rows], self._square[rows] = mean, square
        size = self.rate * scale * np.sqrt(1 - 0.99**self.steps) / (1 - 0.9**self.steps)
        value[rows] -= np.float32(size) * mean / (np.sqrt(square) + 1e-9)


class Model:
    """Token vectors: teacher @ projection + own."""

    def __init__(self, teacher: np.ndarray, dimensions: int, rng: np.random.Generator,
                 begin: np.ndarray | None = None) -> None:  # fmt: skip
        """Begin with the teacher's principal components; rows of zeros are not known to it.

        Or begin with a table: then there is no teacher, and what it lacks (rows of zeros) is noise.
        """
        if begin is not None:
            teacher = np.zeros((len(begin), dimensions), dtype=np.float32)
        self._known = np.flatnonzero(teacher.any(1))
        self._teacher = teacher[self._known].astype(np.float32)
        self._place = np.full(len(teacher), -1, dtype=np.int64)
        self._place[self._known] = np.arange(len(self._known))
        self.projection = np.eye(teacher.shape[1], dimensions, dtype=np.float32)
        if begin is None:
            _, _, axes = np.linalg.svd(self._teacher[::4], full_matrices=False)
            self.projection = axes[:dimensions].T.astype(np.float32).copy()
        self.own = rng.normal(0, 0.01, (len(teacher), dimensions)).astype(np.float32)
        if begin is not None:
            self.own[begin.any(1)] = begin[begin.any(1)]
        self._base = np.zeros_like(self.own)
        self.refresh()

    def refresh(self) -> None:
        """Apply the projection anew."""
        self._base[self._known] = self._teacher @ self.projection

    def table(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """The vectors of some tokens."""
        return self._base[rows] + self.own[rows]

    def projection_gradient(self, rows: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Return what tokens' gradients say of the projection."""
        place = self._place[rows]
        return self._teacher[place[place >= 0]].T @ gradient[place >= 0]


def unit(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows at unit length, and their lengths."""
    length = np.sqrt((rows * rows).sum(1, keepdims=True)) + 1e-6
    return rows / length, length


def through_unit(gradient: np.ndarray, rows: np.ndarray, length: np.ndarray) -> np.ndarray:
    """Return the gradient before `unit`."""
    return (gradient - (gradient * rows).sum(1, keepdims=True) * rows) / length


def contrast(query: np.ndarray, document: np.ndarray, scale: float) -> tuple:
    """Return the loss of a batch of unit rows and its gradients for both sides."""
    scores = scale * (query @ document.T)
    count = len(scores)
    scores -= scores.max()
    np.exp(scores, out=scores)
    by_row, by_column = scores.sum(1, keepdims=True), scores.sum(0, keepdims=True)
    top = np.log(scores[np.arange(count), np.arange(count)])
    loss = -(2 * top - np.log(by_row[:, 0]) - np.log(by_column[0])).mean() / 2
    scores *= 0.5 / by_row + 0.5 / by_column
    scores[np.arange(count), np.arange(count)] -= 1
    scores *= scale / count
    return float(loss), scores @ document, scores.T @ query


def train_step(model: Model, batch: tuple[sparse.csr_matrix, sparse.csr_matrix], optimizers: tuple,
               scale: float, rate: float, decay: float) -> float:  # fmt: skip
    """Learn from one batch; the loss."""
    both = sparse.vstack(batch).tocsr()
    used, columns = np.unique(both.indices, return_inverse=True)
    both = sparse.csr_matrix((both.data, columns.ravel().astype(np.int32), both.indptr),
                             (both.shape[0], len(used)))  # fmt: skip
    table = model.table(used)
    rows, length = unit(both @ table)
    count = batch[0].shape[0]
    loss, left, right = contrast(rows[:count], rows[count:], scale)
    gradient = through_unit(np.vstack([left, right]), rows, length)
    tokens = both.T.tocsr() @ gradient
    if optimizers[1].steps % PROJECTION_EVERY == 0:
        found = model.projection_gradient(used, tokens)
        optimizers[0].step(model.projection, found, slice(None), rate)
        model.refresh()
    optimizers[1].step(model.own, tokens + decay * model.own[used], used, rate)
    return loss
