"""What the choice of the validation rows does to a metric: its values on samples of these rows, drawn again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inspection.pictures import scores_at
from core.inspection.samples import loss_at
from core.statistics import SAMPLES, draws
from core.tasks import CLASSIFICATION
from core.training.metrics import classification_metrics, log_losses, regression_metrics
from core.training.results import Result
from core.training.stack import class_weights, row_weights

Array = NDArray[Any]

#: where in a training: at the epoch of the lowest validation loss, at the end
BEST, LAST = "best", "last"
#: metrics of decisions, which one row moves by its share
DECISIONS = ("accuracy", "balanced_accuracy", "precision", "recall", "f1")


def resampled(result: Result, metric: str, where: str = BEST) -> Array:
    """Return a metric of a result's only run in each of `core.statistics.SAMPLES` samples of its validation rows, (B,).

    The model is that of the first seed at the snapshot nearest to `where`: how a metric scatters changes little from an epoch to the next.
    All NaN for a metric that the loss does not define, and for a run that diverged before the first snapshot. R² is that of the whole rows' variance.
    """
    data = result.data
    rows, undefined = data.split("validation"), np.full(SAMPLES, np.nan)
    position = (result.best_epoch if where == BEST else result.last)[0, 0]
    diverged = result.diverged_at[0, 0]
    alive = [epoch for epoch in result.snapshots if diverged < 0 or epoch < diverged]
    if not alive:
        return undefined
    epoch = min(alive, key=lambda snapshot: abs(snapshot - int(result.epochs[position])))
    scores, truth, loss = scores_at(result, epoch, data.X[rows])[0].astype(float), data.truth[rows], loss_at(result, 0, epoch)
    counts = draws(len(truth))
    with np.errstate(all="ignore"):
        if metric == "loss":
            weights = row_weights(result.experiment.runs, class_weights(result.experiment.runs, data, result.experiment.dtype), data, rows)[0].astype(float)
            values = weights * loss.value(scores, data.targets[loss.link].values[rows])
            return np.concatenate([(part @ values) / (part @ weights) for part in counts])
        if metric == "log_loss":
            probabilities = loss.probabilities(scores)
            return undefined if probabilities is None else np.concatenate([part @ log_losses(probabilities, truth) / len(truth) for part in counts])
        if data.task == CLASSIFICATION:
            cells = len(data.outputs)
            codes = truth * cells + scores.argmax(axis=-1)
            confusion = [np.bincount(codes, sample, cells**2).reshape(cells, cells) for part in counts for sample in part]
            return classification_metrics(np.array(confusion))[metric]
        errors = data.targets[loss.link].original(loss.predict(scores)) - truth
        return np.concatenate([regression_metrics(part @ np.square(errors), part @ np.abs(errors), truth)[metric] for part in counts])
