"""Classes that were held out, in raw features and as each run embeds them: how well neighbours agree, and who the nearest rows of a row are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.metric_learning.lanes import EmbeddingResult
from core.studies.metric_learning.rows import Prepared
from core.studies.metric_learning.scores import retrieval, square_distances

Array = NDArray[Any]

RAW = "Raw features"


@dataclass(frozen=True, eq=False)
class Space:
    """The rows of held out classes in one space: its name, points (N, F), and what is drawn of them (N, 2 or 3).

    `by_class`, `by_circumstance`: recall@1 and MAP@R, of the class and of the circumstance as the label; None without circumstances.
    """

    name: str
    points: Array
    drawn: Array
    by_class: tuple[float, float]
    by_circumstance: tuple[float, float] | None

    def nearest(self, query: int, count: int) -> list[int]:
        """Return the rows that are nearest to a row, nearest first, without the row itself."""
        away = np.square(self.points - self.points[query]).sum(axis=1)
        away[query] = np.inf
        return [int(row) for row in away.argsort(kind="stable")[: min(count, len(away) - 1)]]


def spaces(result: EmbeddingResult) -> list[Space]:
    """Return the rows of held out classes in raw features, and as each run embeds them at its last record. A run that has diverged is left out."""
    data, last = result.data, int(result.updates[-1])
    assert data.unseen is not None
    found = [_space(RAW, data.unseen.X.astype(float), first_components(data, 2), data)]
    for run, label in enumerate(result.document.labels()):
        points = result.points(run, last, "unseen").astype(float)
        if np.isfinite(points).all():
            found.append(_space(label, points, points, data))
    return found


def _space(name: str, points: Array, drawn: Array, data: Prepared) -> Space:
    assert data.unseen is not None
    square, circumstance = square_distances(points), data.unseen.circumstance

    def measured(labels: Array) -> tuple[float, float]:
        recall, map_r = retrieval(square, labels)
        return float(recall), float(map_r)

    return Space(name, points, drawn, measured(data.unseen.labels), None if circumstance is None else measured(circumstance))


def first_components(data: Prepared, count: int) -> Array:
    """Return the first principal components (N, count) of the rows of held out classes; the axes are those of the training rows."""
    assert data.unseen is not None
    _, _, axes = np.linalg.svd(data.train.X.astype(float), full_matrices=False)
    components: Array = data.unseen.X.astype(float) @ axes[:count].T
    return np.pad(components, ((0, 0), (0, count - components.shape[1])))
