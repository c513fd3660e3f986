"""The metrics of a whole stack, over all training, validation and test rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models import Model
from core.preparation.split import SPLITS, Data
from core.tasks import CLASSIFICATION
from core.training.metrics import classification_metrics, confusion_counts, log_losses, regression_metrics
from core.training.stack import RunStack

Array = NDArray[Any]

#: so many replicas go through a model together
_REPLICAS = 8
#: sizes of pieces of rows, in array elements of `_REPLICAS` replicas: of hidden units, which should fit in the processor's cache, and of scores.
#: Both are measured optima. The pieces depend on the widths of the model alone: a processor's kernels round by the number of rows, and what a run
#: records must not depend on the runs beside it.
_HIDDEN_ELEMENTS = 120_000
_SCORE_ELEMENTS = 500_000


def evaluate(stack: RunStack, model: Model, data: Data, params: Array) -> dict[str, Array]:
    """Return every metric of the task, each (splits, S, R), at parameters (S, R, P + E).

    A metric that a loss does not define is NaN, as is the loss of a split in which all rows have weight 0.
    Rows of all splits are evaluated together, because for small models the number of calls determines the time.
    """
    sums: dict[str, Array] = {}
    rows = slice(0, data.ends[-1])
    inner = rows_at_once(model, data.X)
    outer = inner * max(1, _SCORE_ELEMENTS // (_REPLICAS * len(data.outputs)) // inner)
    for part in _pieces(rows, outer):
        for name, value in _sums(stack, data, params, scores_of(model, params[..., : stack.n_params], data.X[part]), part).items():
            sums[name] = sums[name] + value if name in sums else value
    loss = np.divide(sums["loss"], sums["weight"], out=np.full_like(sums["loss"], np.nan), where=sums["weight"] > 0)
    if data.task == CLASSIFICATION:
        counts = np.diff(data.ends, prepend=0)[:, None, None]
        metrics = classification_metrics(sums["confusion"]) | {"log_loss": sums["log_loss"] / counts}
    else:
        of_splits = [
            regression_metrics(squared, absolute, data.truth[data.split(name)])
            for name, squared, absolute in zip(SPLITS, sums["squared"], sums["absolute"], strict=True)
        ]
        metrics = {name: np.stack([of_split[name] for of_split in of_splits]) for name in of_splits[0]}
    return {"loss": loss, **metrics}


def _pieces(rows: slice, size: int) -> Iterator[slice]:
    """Yield the rows in pieces of `size`."""
    for start in range(rows.start, rows.stop, size):
        yield slice(start, min(start + size, rows.stop))


def scores_of(model: Model, params: Array, X: Array) -> Array:
    """Return the scores (..., B, K) of rows X (B, D) at parameters (..., P). In memory they are stored class by class."""
    replicas, parts = params.reshape(-1, params.shape[-1]), list(_pieces(slice(0, len(X)), rows_at_once(model, X)))
    scores = [
        np.concatenate([model.forward(replicas[first : first + _REPLICAS], X[part])[0].mT for part in parts], axis=-1)
        for first in range(0, len(replicas), _REPLICAS)
    ]
    together = scores[0] if len(scores) == 1 else np.concatenate(scores)
    return together.reshape(*params.shape[:-1], *together.shape[1:]).mT


def rows_at_once(model: Model, X: Array) -> int:
    """Return how many rows of X (B, D) go through the model together."""
    return max(32, _HIDDEN_ELEMENTS // (_REPLICAS * max((X.shape[1], *model.widths))))


def _sums(stack: RunStack, data: Data, params: Array, scores: Array, part: slice) -> dict[str, Array]:
    """Return the sums that metrics are computed from, each (splits, S, R, ...), over the rows of `part`. `scores`: those of these rows."""
    truth, weights = data.truth[part], stack.row_weights(data, part)
    losses = stack.values(scores, {link: data.targets[link].values[part] for link in stack.links}, params)
    by_split = _BySplit(data, part)
    losses *= weights
    sums = {"loss": by_split.sum(losses), "weight": np.broadcast_to(by_split.sum(weights)[:, None], (len(SPLITS), *losses.shape[:2]))}
    if data.task == CLASSIFICATION:
        sums["confusion"] = by_split.confusion(truth, scores.argmax(axis=-1), scores.shape[-1])
        sums["log_loss"] = np.full((len(SPLITS), *losses.shape[:2]), np.nan)
        for group in stack.losses:
            probabilities = group.item.probabilities(scores[:, group.index])
            if probabilities is not None:
                sums["log_loss"][:, :, group.index] = by_split.sum(log_losses(probabilities, truth))
    else:
        predicted = np.empty(scores.shape)
        for group in stack.losses:
            predicted[:, group.index] = data.targets[group.item.link].original(group.item.predict(scores[:, group.index]))
        errors = (predicted - truth).mT
        sums["squared"], sums["absolute"] = by_split.sum(np.square(errors)), by_split.sum(np.abs(errors))
    return sums


class _BySplit:
    """Sums over the rows of a piece, one for each split."""

    def __init__(self, data: Data, part: slice) -> None:
        ends = np.clip(data.ends, part.start, part.stop) - part.start
        starts = np.concatenate([[0], ends[:-1]])
        #: the splits that have rows in the piece, and the positions of their first rows in it
        self.present = np.flatnonzero(ends > starts)
        self.starts = starts[self.present]
        self.of_row = np.repeat(np.arange(len(ends)), ends - starts)

    def sum(self, values: Array) -> Array:
        """Return the sums (splits, ...) of values (..., B) in double precision."""
        sums = np.zeros((len(SPLITS), *values.shape[:-1]))
        sums[self.present] = np.moveaxis(np.add.reduceat(values, self.starts, axis=-1, dtype=float), -1, 0)
        return sums

    def confusion(self, truth: Array, predicted: Array, n_classes: int) -> Array:
        """Return the confusion counts (splits, ..., K, K) of predicted classes (..., B)."""
        counts = np.zeros((len(SPLITS), *predicted.shape[:-1], n_classes, n_classes), int)
        for split, start, end in zip(self.present, self.starts, [*self.starts[1:], len(truth)], strict=True):
            counts[split] = confusion_counts(truth[start:end], predicted[..., start:end], n_classes)
        return counts
