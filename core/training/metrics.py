"""Metrics of many replicas at once. They equal scikit-learn's on the same predictions.

They are computed from sums over rows (confusion counts, squared errors, ...), so that rows can be evaluated in pieces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import Loss
from core.parameters.declared import with_aliases
from core.parameters.kinds import plain_symbol
from core.tasks import CLASSIFICATION, REGRESSION

Array = NDArray[Any]


@dataclass(frozen=True)
class Metric:
    """The description of a recorded number.

    `higher_is_better`: None if neither direction is better. `unit_power`: the power of the target's unit that it is measured in; 0: no unit.
    """

    title: str
    doc: str
    higher_is_better: bool | None = None
    unit_power: int = 0
    #: what else people call it, as `Declared.aliases`
    aliases: tuple[str, ...] = ()

    def listed(self) -> str:
        """Return the title with all that the metric is called, as a menu lists it."""
        return with_aliases(self.title, self.aliases)

    def unit(self, target: str) -> str:
        """Return the unit that it is measured in, `target` being that of the target; nothing for a number without one."""
        return f"squared {target}" if self.unit_power == 2 else target if self.unit_power else ""


#: the metrics recorded for each split, seed and run, by task; `loss` is the run's own, without its penalty
SPLIT_METRICS: dict[str, dict[str, Metric]] = {
    CLASSIFICATION: {
        "loss": Metric("Own loss", "What the run minimises, with its class weights and without its penalty. Losses differ in scale.", False),
        "accuracy": Metric("Accuracy", "Share of rows whose class is predicted.", True, aliases=("ACC", "准确率")),
        "balanced_accuracy": Metric("Balanced accuracy", "Mean over the classes of the share of their rows that is found.", True, aliases=("mean recall",)),
        "precision": Metric(
            "Precision (macro)", "Of the rows predicted as a class, the share that belongs to it; mean over the classes.", True,
            aliases=("positive predictive value", "精确率"),
        ),
        "recall": Metric(
            "Recall (macro)", "Of the rows of a class, the share that is predicted as it; mean over the classes.", True,
            aliases=("sensitivity", "true positive rate", "召回率"),
        ),
        "f1": Metric("F1 (macro)", "Harmonic mean of a class's precision and recall; mean over the classes.", True, aliases=("F-score", "Dice")),
        "log_loss": Metric(
            "Log loss", "Mean negative log-probability of the true class; only for losses that define probabilities.", False,
            aliases=("cross-entropy", "NLL", "对数损失"),
        ),
    },
    REGRESSION: {
        "loss": Metric("Own loss", "What the run minimises, on scaled targets and without its penalty. Losses differ in scale.", False),
        "rmse": Metric("RMSE", "Root of the mean squared error, in units of the target.", False, 1, aliases=("root mean squared error", "均方根误差")),
        "mae": Metric("MAE", "Mean absolute error, in units of the target.", False, 1, aliases=("mean absolute error", "L1", "平均绝对误差")),
        "mse": Metric("MSE", "Mean squared error, in squared units of the target.", False, 2, aliases=("mean squared error", "L2", "均方误差")),
        "r2": Metric(
            "R²", "Share of the target's variance that is explained: 1 is perfect, 0 is predicting the mean.", True,
            aliases=("R2", "coefficient of determination", "决定系数"),
        ),
    },
}

#: the metrics recorded for each seed and run, for both tasks; `run_metrics` adds learned hyperparameters
RUN_METRICS: dict[str, Metric] = {
    "penalty": Metric("Penalty", "The penalty at the current weights, with its strength."),
    "learning_rate": Metric("Learning rate", "Learning rate of the epoch's last update."),
    "gradient_norm": Metric("Gradient norm", "Length of the gradient, penalty included, before clipping; mean over the epoch's updates."),
    "update_norm": Metric("Update norm", "Length of the step that the parameters take; mean over the epoch's updates."),
    "weight_norm": Metric("Weight norm", "Length of the vector of all weights, biases excluded."),
    "zero_weights": Metric("Zero weights", "Share of the weights that are exactly 0."),
    "updates": Metric("Updates", "Number of updates so far."),
    "seconds": Metric(
        "Seconds",
        "Updates so far times the processor time of one: of the run alone, with one seed, the fastest of a few. Measured for all runs in the same way; "
        "evaluation is not counted.",
    ),
}


def run_metrics(losses: Iterable[Loss]) -> dict[str, Metric]:
    """Return the metrics recorded for each seed and run: `RUN_METRICS`, and `learned_...` for each hyperparameter that one of the losses learns."""
    learned = {f"learned_{name}": Metric(f"Learned {plain_symbol(name)}", doc) for loss in losses for name, doc in loss.learned.items()}
    of_training = {name: metric for name, metric in RUN_METRICS.items() if name not in ("updates", "seconds")}
    return of_training | learned | RUN_METRICS  # updates and seconds come last


def confusion_counts(truth: Array, predicted: Array, n_classes: int) -> Array:
    """Return the confusion matrices (..., K, K): rows are true classes, columns predicted ones. `truth` (B,), `predicted` (..., B): classes."""
    replicas = predicted.shape[:-1]
    offsets = np.arange(int(np.prod(replicas))).reshape(*replicas, 1) * n_classes
    codes = (offsets + truth) * n_classes + predicted
    return np.bincount(codes.ravel(), minlength=offsets.size * n_classes**2).reshape(*replicas, n_classes, n_classes)


def per_class(confusion: Array) -> dict[str, Array]:
    """Return precision, recall and F1 of each class, each (..., K), from confusion matrices (..., K, K). They are 0 where scikit-learn's are undefined."""
    hits = np.diagonal(confusion, axis1=-2, axis2=-1).astype(float)
    predicted, true = confusion.sum(axis=-2), confusion.sum(axis=-1)
    return {"precision": _ratio(hits, predicted), "recall": _ratio(hits, true), "f1": _ratio(2 * hits, predicted + true)}


def classification_metrics(confusion: Array) -> dict[str, Array]:
    """Return accuracy, balanced accuracy and macro precision, recall and F1, each (...,), from confusion matrices (..., K, K).

    As in scikit-learn, macro means are over the classes that occur in the truth or the predictions. Balanced accuracy is over those in the truth.
    """
    scores = per_class(confusion)
    true = confusion.sum(axis=-1) > 0
    present = true | (confusion.sum(axis=-2) > 0)
    metrics = {name: _ratio((values * present).sum(axis=-1), present.sum(axis=-1)) for name, values in scores.items()}
    total = confusion.sum(axis=(-2, -1))
    metrics["accuracy"] = _ratio(np.trace(confusion, axis1=-2, axis2=-1), total)
    metrics["balanced_accuracy"] = _ratio((scores["recall"] * true).sum(axis=-1), true.sum(axis=-1))
    return metrics


def log_losses(probabilities: Array, truth: Array) -> Array:
    """Return -log p of the true class of each row, (..., B), for probabilities (..., B, K).

    Probabilities are clipped to the resolution of their dtype, as by scikit-learn's `log_loss`.
    """
    of_truth = np.take_along_axis(probabilities, truth.reshape(*(1,) * (probabilities.ndim - 2), -1, 1), axis=-1)[..., 0]
    eps = np.finfo(probabilities.dtype).eps
    return -np.log(np.clip(of_truth, eps, 1 - eps))


def regression_metrics(squared: Array, absolute: Array, truth: Array) -> dict[str, Array]:
    """Return MSE, RMSE, MAE and R², each (...,), averaged over the outputs with equal weights.

    `squared`, `absolute` (..., K): sums over the rows of squared and absolute errors. `truth` (B, K): the targets.
    R² of a constant target is 1 if all errors are 0, else 0. R² of fewer than two rows is NaN.
    """
    n = len(truth)
    total = np.square(truth - truth.mean(axis=0)).sum(axis=0)
    unexplained = np.divide(squared, total, out=(squared > 0).astype(float), where=np.broadcast_to(total > 0, squared.shape))
    return {
        "mse": (squared / n).mean(axis=-1),
        "rmse": np.sqrt(squared / n).mean(axis=-1),
        "mae": (absolute / n).mean(axis=-1),
        "r2": (1 - unexplained).mean(axis=-1) if n > 1 else np.full(squared.shape[:-1], np.nan),
    }


def _ratio(numerator: Array, denominator: Array) -> Array:
    """Return numerator / denominator, 0 where the denominator is 0."""
    numerator, denominator = np.asarray(numerator, float), np.asarray(denominator, float)
    return np.divide(numerator, denominator, out=np.zeros(numerator.shape), where=denominator > 0)
