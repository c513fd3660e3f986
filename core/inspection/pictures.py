"""Predictions of the models at a snapshot's epoch: scores on a plane, class shares, predicted classes and targets, confusion counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models import Model
from core.preparation.split import Data
from core.training.evaluation import scores_of
from core.training.metrics import confusion_counts
from core.training.results import Result

Array = NDArray[Any]

#: the margin around the points of a plane, as a share of their range
_MARGIN = 0.08
#: the largest number of cells along each side of a plane; the largest number of multiplications for the planes of all runs, which take about 0.2 s
_MOST_CELLS, _PLANE_WORK = 100, 10_000_000_000


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the space of the D features.

    `points` (N, 2): the coordinates of every row: values of the two features, or of the first two principal components of the scaled features.
    `titles`, `x_domain`, `y_domain`: the titles and the ranges of both axes.
    `explained`: the share of the training rows' variance within the plane; 1 for two features.
    `origin` (D,), `axes` (2, D): standardised features of a point are coordinates @ axes + origin.
    """

    points: Array
    titles: tuple[str, str]
    x_domain: tuple[float, float]
    y_domain: tuple[float, float]
    explained: float
    origin: Array
    axes: Array

    def grid(self, cells: int) -> Array:
        """Return the standardised features (cells * cells, D) at the centres of a grid over the ranges. x changes fastest; both ascend."""
        return self.coordinates(cells) @ self.axes + self.origin

    def coordinates(self, cells: int) -> Array:
        """Return the coordinates (cells * cells, 2) of the same centres."""
        (left, right), (bottom, top) = self.x_domain, self.y_domain
        centres = (np.arange(cells) + 0.5) / cells
        x, y = np.meshgrid(left + centres * (right - left), bottom + centres * (top - bottom))
        return np.column_stack([x.ravel(), y.ravel()])


def plane(data: Data) -> Plane:
    """Return the plane of two features. For more features it is the plane of the training rows' first two principal components, through their mean.

    Raises `ValueError` for data with a single feature.
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

        with np.errstate(invalid="ignore"):  # for data without variance the explained share is 0/0
            pca = PCA(2, svd_solver="covariance_eigh").fit(X[: data.n_train])
        points, titles = pca.transform(X), ("component 1 (scaled features)", "component 2 (scaled features)")
        explained = float(np.nan_to_num(pca.explained_variance_ratio_.sum(), nan=1.0))
        axes, origin = pca.components_, pca.mean_
    low, high = points.min(axis=0), points.max(axis=0)
    margin = _MARGIN * np.maximum(high - low, 1e-9)
    domains = [(float(a), float(b)) for a, b in zip(low - margin, high + margin, strict=True)]
    return Plane(points, titles, domains[0], domains[1], explained, origin, axes)


def plane_cells(result: Result) -> int:
    """Return the number of cells along each side of a plane; it is smaller for larger models, so that the computation stays short."""
    n_params = next(iter(result.snapshots.values())).size
    return max(10, min(_MOST_CELLS, int((_PLANE_WORK / n_params) ** 0.5)))


def scores_at(result: Result, epoch: int, X: Array) -> Array:
    """Return the scores (R, B, K) of the first seed's models at a snapshot's epoch, for standardised features X (B, D)."""
    return _by_model(result, epoch, lambda model, params: scores_of(model, params, X.astype(params.dtype)))


def _by_model(result: Result, epoch: int, score: Callable[[Model, Array], Array]) -> Array:
    """Return the scores (R, B, K) of `score(model, params)`, which is asked once for all runs of one model."""
    models, found = result.experiment.models, dict[int, Array]()
    with np.errstate(all="ignore"):
        for model in dict.fromkeys(models):
            own = [run for run, other in enumerate(models) if other == model]
            found |= dict(zip(own, score(model, np.stack([result.params(epoch, run) for run in own])), strict=True))
    return np.stack([found[run] for run in range(len(models))])


def class_shares(result: Result, epoch: int, X: Array) -> list[Array]:
    """Return for each run the class probabilities (B, K), or one-hot predictions if its loss defines no probabilities. `X` (B, D): standardised."""
    return _shares(result, scores_at(result, epoch, X))


def plane_scores(result: Result, epoch: int, place: Plane, cells: int) -> Array:
    """Return the scores (R, cells * cells, K) of seed 0's models at a snapshot's epoch, at the centres of a plane's grid.

    A point is origin + x axis1 + y axis2. What the first layer makes of it is made of the products of its weights with these three alone, so the model
    on the plane is one of two features.
    """
    if place.axes.shape[1] <= 2:
        return scores_at(result, epoch, place.grid(cells))
    points = place.coordinates(cells)
    return _by_model(result, epoch, lambda model, params: scores_of(model, _on_plane(model, params, place), points.astype(params.dtype)))


def plane_shares(result: Result, epoch: int, place: Plane, cells: int) -> list[Array]:
    """Return `class_shares` at the centres of a plane's grid, (cells * cells, K) for each run."""
    return _shares(result, plane_scores(result, epoch, place, cells))


def _on_plane(model: Model, params: Array, place: Plane) -> Array:
    """Return the packed parameters (R, P') of models of a plane's two coordinates that score as those of `params` (R, P) at the points of the plane."""
    (weights, bias), *rest = model.unpack(params, place.axes.shape[1])
    layers = [(place.axes @ weights, bias + place.origin[None] @ weights), *rest]
    parts = [*(weights for weights, _ in layers), *(bias for _, bias in layers)]
    return np.concatenate([part.reshape(*params.shape[:-1], -1) for part in parts], axis=-1).astype(params.dtype)


def _shares(result: Result, of_runs: Array) -> list[Array]:
    """Return what the runs' losses make of the scores (R, B, K): probabilities, or one-hot predictions."""
    shares = []
    for run, scores in zip(result.experiment.runs, of_runs, strict=True):
        with np.errstate(all="ignore"):
            probabilities = run.loss.probabilities(scores)
        shares.append(np.eye(scores.shape[-1])[scores.argmax(axis=-1)] if probabilities is None else probabilities)
    return shares


def predicted_classes(result: Result, epoch: int, split: str) -> Array:
    """Return the predicted class (R, B) of each row of a split."""
    return scores_at(result, epoch, result.data.X[result.data.split(split)]).argmax(axis=-1)


def predicted_targets(result: Result, epoch: int, X: Array) -> Array:
    """Return the predicted targets (R, B, K) in original units, for standardised features X (B, D)."""
    pairs = zip(result.experiment.runs, scores_at(result, epoch, X), strict=True)
    with np.errstate(all="ignore"):
        return np.stack([result.data.targets[run.loss.link].original(run.loss.predict(scores)) for run, scores in pairs])


def confusion_at(result: Result, epoch: int, split: str) -> Array:
    """Return the confusion counts (R, K, K) on a split, by true class, then predicted class."""
    data = result.data
    return confusion_counts(data.truth[data.split(split)], predicted_classes(result, epoch, split), len(data.outputs))


def alive(result: Result, epoch: int) -> Array:
    """Return for each run whether seed 0 has not diverged up to the epoch, (R,)."""
    diverged_at = result.diverged_at[0]
    return (diverged_at < 0) | (diverged_at > epoch)
