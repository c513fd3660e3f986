"""What a model does at one epoch, from the snapshots: scores on a plane, predictions, confusion counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.preparation.split import Data
from core.training.evaluation import scores_of
from core.training.metrics import confusion_counts
from core.training.results import Result

Array = NDArray[Any]

#: room around the points of a plane, as a share of their range
_MARGIN = 0.08
#: cells along each side of a plane, and multiplications that all runs' planes may take: some 0.2 s, which a visitor waits for
_MOST_CELLS, _PLANE_WORK = 100, 10_000_000_000


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the space of the features, and every row's place in it.

    `points` (N, 2) are in the units of the axes: those of the two features, or of the scaled features along principal components.
    `explained` is the share of the training rows' variance within the plane: 1 if the data have two features.
    """

    points: Array
    titles: tuple[str, str]
    x_domain: tuple[float, float]
    y_domain: tuple[float, float]
    explained: float
    origin: Array
    axes: Array

    def grid(self, cells: int) -> Array:
        """Return standardised features (cells * cells, D) at the centres of a grid over the domains, rows of ascending y."""
        (left, right), (bottom, top) = self.x_domain, self.y_domain
        centres = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(left + centres * (right - left), bottom + centres * (top - bottom))
        return np.column_stack([x.ravel(), y.ravel()]) @ self.axes + self.origin


def plane(data: Data) -> Plane:
    """Return the plane of the two features, or of the first two principal components of the training rows through their centre.

    Raises `ValueError` for data of a single feature.
    """
    n_features = data.X.shape[1]
    if n_features < 2:
        raise ValueError("a plane needs at least two features")
    X = data.X.astype(float)
    if n_features == 2:
        points, titles, explained = data.original(X), (data.features[0], data.features[1]), 1.0
        axes = np.diag(1 / data.feature_scale)
        origin = -data.feature_mean / data.feature_scale
    else:
        from sklearn.decomposition import PCA

        with np.errstate(invalid="ignore"):  # without any variance the share is 0/0
            pca = PCA(2, svd_solver="covariance_eigh").fit(X[: data.n_train])
        points, titles = pca.transform(X), ("component 1 (scaled features)", "component 2 (scaled features)")
        explained = float(np.nan_to_num(pca.explained_variance_ratio_.sum(), nan=1.0))
        axes, origin = pca.components_, pca.mean_
    low, high = points.min(axis=0), points.max(axis=0)
    room = _MARGIN * np.maximum(high - low, 1e-9)
    domains = [(float(a), float(b)) for a, b in zip(low - room, high + room, strict=True)]
    return Plane(points, titles, domains[0], domains[1], explained, origin, axes)


def plane_cells(result: Result) -> int:
    """Return how many cells a plane has along each side: fewer for models that take long."""
    n_params = next(iter(result.snapshots.values())).size
    return max(10, min(_MOST_CELLS, int((_PLANE_WORK / n_params) ** 0.5)))


def scores_at(result: Result, epoch: int, X: Array) -> Array:
    """Return the scores (R, B, K) of seed 0's models at a snapshot's epoch, for standardised features X (B, D)."""
    params = result.snapshots[epoch]
    with np.errstate(all="ignore"):
        return scores_of(result.experiment.model, params, X.astype(params.dtype))


def class_shares(result: Result, epoch: int, X: Array) -> list[Array]:
    """Return for each run the class probabilities (B, K), or one-hot predictions where its loss defines none."""
    scores = scores_at(result, epoch, X)
    shares = []
    for run, of_run in zip(result.experiment.runs, scores, strict=True):
        with np.errstate(all="ignore"):
            probabilities = run.loss.probabilities(of_run)
        shares.append(np.eye(of_run.shape[-1])[of_run.argmax(axis=-1)] if probabilities is None else probabilities)
    return shares


def predicted_classes(result: Result, epoch: int, split: str) -> Array:
    """Return the predicted class (R, B) of each row of a split."""
    return scores_at(result, epoch, result.data.X[result.data.split(split)]).argmax(axis=-1)


def predicted_targets(result: Result, epoch: int, X: Array) -> Array:
    """Return the predicted targets (R, B, K) in original units, for standardised features X (B, D)."""
    scores = scores_at(result, epoch, X)
    with np.errstate(all="ignore"):
        pairs = zip(result.experiment.runs, scores, strict=True)
        return np.stack([result.data.targets[run.loss.link].original(run.loss.predict(of_run)) for run, of_run in pairs])


def confusion_at(result: Result, epoch: int, split: str) -> Array:
    """Return confusion counts (R, K, K), rows true and columns predicted."""
    data = result.data
    return confusion_counts(data.truth[data.split(split)], predicted_classes(result, epoch, split), len(data.outputs))


def alive(result: Result, epoch: int) -> Array:
    """Return for each run (R,) whether seed 0 had not diverged by the epoch."""
    diverged_at = result.diverged_at[0]
    return (diverged_at < 0) | (diverged_at > epoch)
