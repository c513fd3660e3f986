"""Families of problems: the one that the learned optimizer was trained on, and others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.studies.descent.learned.rule import Problems

Array = NDArray[Any]

#: coordinates of every problem
DIMENSIONS = 10
#: rows of a logistic regression, and how many of these are looked at together: their margins fit the cache
_ROWS, _BLOCK = 60, 100


@dataclass(frozen=True)
class Family:
    """A family: its title, what its problems are, and `drawn(rng, count)`, which returns some of them and where they begin, (N, D)."""

    title: str
    doc: str
    drawn: Callable[[np.random.Generator, int], tuple[Problems, Array]]


def squares(matrices: Array, targets: Array) -> Problems:
    """Return |Wx - y|² of matrices (N, D, D) and targets (N, D), and its gradient."""
    across = matrices.mT

    def problems(x: Array) -> tuple[Array, Array]:
        residuals = (matrices @ x[..., None])[..., 0] - targets
        return np.vecdot(residuals, residuals), 2 * (across @ residuals[..., None])[..., 0]

    return problems


def _own(rng: np.random.Generator, count: int) -> tuple[Problems, Array]:
    return squares(rng.standard_normal((count, DIMENSIONS, DIMENSIONS)), rng.standard_normal((count, DIMENSIONS))), np.zeros((count, DIMENSIONS))


def _far(rng: np.random.Generator, count: int) -> tuple[Problems, Array]:
    return squares(rng.standard_normal((count, DIMENSIONS, DIMENSIONS)), 10 * rng.standard_normal((count, DIMENSIONS))), np.zeros((count, DIMENSIONS))


def _stretched(rng: np.random.Generator, count: int) -> tuple[Problems, Array]:
    left, right = (np.linalg.qr(rng.standard_normal((count, DIMENSIONS, DIMENSIONS)))[0] for _ in range(2))
    matrices = left * np.geomspace(5, 0.05, DIMENSIONS) @ right
    return squares(matrices, rng.standard_normal((count, DIMENSIONS))), np.zeros((count, DIMENSIONS))


def _logistic(rng: np.random.Generator, count: int) -> tuple[Problems, Array]:
    X = rng.standard_normal((count, _ROWS, DIMENSIONS))
    scores = (X @ rng.standard_normal((count, DIMENSIONS, 1)))[..., 0]
    signs = np.where(rng.random((count, _ROWS)) < expit(scores / 2), 1.0, -1.0)
    rows = X * signs[..., None]

    def problems(x: Array) -> tuple[Array, Array]:
        losses, gradient = np.empty(x.shape[:2]), np.empty(x.shape)
        for first in range(0, count, _BLOCK):
            part = slice(first, first + _BLOCK)
            margins = rows[part] @ x[:, part].transpose(1, 2, 0)  # (N, rows, M): one product for all that descend on a problem
            small = np.exp(-np.abs(margins))
            total = 1 + small
            wrong = np.where(margins > 0, small, 1) / total
            losses[:, part] = (np.log(total) + np.maximum(-margins, 0)).mean(axis=1).T
            gradient[:, part] = -(rows[part].mT @ wrong).transpose(2, 0, 1) / _ROWS
        return losses, gradient

    return problems, np.zeros((count, DIMENSIONS))


FAMILIES = {
    "own": Family("Least squares, its own", "|Wx - y|² of ten coordinates, with normal W and y: what it was trained on.", _own),
    "far": Family("Ten times as far", "The same with a y ten times as large, so that the minimum lies ten times as far.", _far),
    "stretched": Family("A narrow valley", "|Wx - y|² whose W stretches one direction a hundred times as much as another.", _stretched),
    "logistic": Family("Logistic regression", "The mean of log(1 + exp(-margin)) over 60 rows, with labels that are partly chance.", _logistic),
}
