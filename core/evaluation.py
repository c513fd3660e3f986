"""The recorded metrics of a whole stack, on the full training, validation and test rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import CLASSIFICATION
from core.metrics import classification_metrics, confusion_counts, log_loss_sum, regression_metrics
from core.models import Model
from core.split import SPLITS, Data
from core.stack import RunStack

Array = NDArray[Any]

#: hidden units are computed in pieces of rows that fit a processor's cache, sums over scores in larger ones: measured optima
_HIDDEN_ELEMENTS = 120_000
_SCORE_ELEMENTS = 500_000


def evaluate(stack: RunStack, model: Model, data: Data, params: Array) -> dict[str, Array]:
    """Return every metric of the task, each (splits, S, R), at parameters (S, R, P).

    NaN stands for a metric that a loss does not define, and for the loss of a split in which no row has weight.
    """
    results = [_evaluate_split(stack, model, data, params, data.split(name)) for name in SPLITS]
    return {name: np.stack([result[name] for result in results]) for name in results[0]}


def _evaluate_split(stack: RunStack, model: Model, data: Data, params: Array, rows: slice) -> dict[str, Array]:
    sums: dict[str, Array] = {}
    for part in _pieces(rows, _SCORE_ELEMENTS // (params.shape[0] * params.shape[1] * len(data.outputs))):
        for name, value in _sums(stack, data, params, scores_of(model, params[..., : stack.n_params], data.X[part]), part).items():
            sums[name] = sums[name] + value if name in sums else value
    loss = np.divide(sums["loss"], sums["weight"], out=np.full_like(sums["loss"], np.nan), where=sums["weight"] > 0)
    if data.task == CLASSIFICATION:
        metrics = classification_metrics(sums["confusion"]) | {"log_loss": sums["log_loss"] / (rows.stop - rows.start)}
    else:
        metrics = regression_metrics(sums["squared"], sums["absolute"], data.truth[rows])
    return {"loss": loss, **metrics}


def _pieces(rows: slice, size: int) -> Iterator[slice]:
    """Yield the rows in pieces of about `size`."""
    size = max(size, 32)
    for start in range(rows.start, rows.stop, size):
        yield slice(start, min(start + size, rows.stop))


def scores_of(model: Model, params: Array, X: Array) -> Array:
    """Return the scores (..., B, K) of rows X (B, D) at parameters (..., P), stored class by class."""
    widest = max((X.shape[1], *model.widths))
    rows_at_once = _HIDDEN_ELEMENTS // (math.prod(params.shape[:-1]) * widest)
    pieces = [model.forward(params, X[part])[0].mT for part in _pieces(slice(0, len(X)), rows_at_once)]
    return np.concatenate(pieces, axis=-1).mT


def _sums(stack: RunStack, data: Data, params: Array, scores: Array, part: slice) -> dict[str, Array]:
    """Return what the metrics are computed from, summed over the rows of `part`, each (S, R, ...)."""
    truth, weights = data.truth[part], stack.row_weights(data, part)
    losses = stack.values(scores, {link: targets.values[part] for link, targets in data.targets.items()}, params)
    sums = {"loss": np.einsum("srb,rb->sr", losses, weights).astype(float), "weight": np.broadcast_to(weights.sum(axis=-1), losses.shape[:2])}
    if data.task == CLASSIFICATION:
        sums["confusion"] = confusion_counts(truth, scores.argmax(axis=-1), scores.shape[-1])
        sums["log_loss"] = np.full(losses.shape[:2], np.nan)
        for group in stack.losses:
            probabilities = group.item.probabilities(scores[:, group.index])
            if probabilities is not None:
                sums["log_loss"][:, group.index] = log_loss_sum(probabilities, truth)
    else:
        predicted = np.empty(scores.shape)
        for group in stack.losses:
            predicted[:, group.index] = data.targets[group.item.link].original(group.item.predict(scores[:, group.index]))
        errors = predicted - truth
        sums["squared"] = np.square(errors).sum(axis=-2)
        sums["absolute"] = np.abs(errors).sum(axis=-2)
    return sums
