"""From probabilities of a rare class to decisions: curves over all thresholds, scores at one, and the best one for a purpose.

Curves, areas and the Brier score are scikit-learn's; what depends on the threshold comes from confusion counts, for all models at once.
The positive class is the rare one, and a row is called rare where its probability is at least the threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inspection import pictures
from core.inspection.calibration import Reliability, reliability
from core.preparation.split import Data
from core.training.metrics import Metric, classification_metrics, confusion_counts, per_class
from core.training.results import Result

Array = NDArray[Any]

BALANCED_ACCURACY, F1, SHARE = RULES = ("balanced accuracy", "F1", "share of rare rows")

#: what is said of a model on the test rows, in the order of a table
SCORES: dict[str, Metric] = {
    "accuracy": Metric("Accuracy", "Share of all rows whose class is right. Where one class is rare, ignoring it costs almost nothing.", True),
    "recall": Metric("Recall", "Of the rows of the rare class, the share that is found.", True),
    "precision": Metric("Precision", "Of the rows that are called rare, the share that is.", True),
    "f1": Metric("F1", "Harmonic mean of precision and recall of the rare class.", True),
    "balanced_accuracy": Metric("Balanced", "Balanced accuracy: mean of the recalls of both classes, each counting the same. Guessing gives 0.5.", True),
    "mcc": Metric(
        "MCC", "Matthews correlation of truth and decision: 1 is perfect, 0 is guessing. It is high only if all four cells of the matrix are good.", True
    ),
    "brier": Metric("Brier", "Mean squared distance of the probability from what happened, 0 or 1. The threshold does not matter.", False),
    "ece": Metric(
        "ECE", "Expected calibration error: how far probabilities are, on average over the rows, from the shares that turn out so, in ten bins. "
        "The threshold does not matter.", False
    ),
    "recall_other": Metric("Recall, other", "Of the rows of the other class, the share that is not called rare; the rest are false alarms.", True),
    "f1_other": Metric("F1, other", "Harmonic mean of precision and recall of the other class.", True),
    "average_precision": Metric(
        "Average precision", "Area under the precision-recall curve: how well rare rows are ranked above others. The threshold does not matter.", True
    ),
    "roc_auc": Metric("ROC AUC", "How often a rare row is given a higher probability than another row. The threshold does not matter.", True),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve over all thresholds, each (n,); the first threshold is infinite where nothing is called rare."""

    x: Array
    y: Array
    threshold: Array


@dataclass(frozen=True, eq=False)
class Judged:
    """What the R models of a result say of rows, N of validation and M of test: the probability (R, ·) of the rare class, and whether a row is of it.

    `share` is that of the rare class among the training rows; `rare` and `other` are the classes' names.
    """

    rare: str
    other: str
    share: float
    validation: Array
    validation_truth: Array
    test: Array
    truth: Array

    @classmethod
    def of(cls, result: Result) -> Judged:
        """Return what the models of seed 0 say at the last epoch that is kept."""
        data, epoch = result.data, max(result.snapshots)
        rare = rare_class(data)
        said = {name: data.split(name) for name in ("validation", "test")}
        given = {name: np.array([shares[:, rare] for shares in pictures.class_shares(result, epoch, data.X[rows])], float) for name, rows in said.items()}
        truth = {name: (data.truth[rows] == rare).astype(int) for name, rows in said.items()}
        counts = data.class_counts()
        return cls(
            rare=data.outputs[rare], other=data.outputs[1 - rare], share=float(counts[rare] / counts.sum()),
            validation=given["validation"], validation_truth=truth["validation"], test=given["test"], truth=truth["test"],
        )  # fmt: skip

    @property
    def prevalence(self) -> float:
        """Share of the rare class among the test rows."""
        return float(self.truth.mean())

    def best_threshold(self, run: int, rule: str) -> float:
        """Return the threshold that a rule of `RULES` gives a model, by the validation rows alone; of equals the highest.

        It lies in the middle between two probabilities that occur. `SHARE` is the threshold at which a model of the true probabilities decides as
        one that was trained with balanced weights does at 1/2. Source: Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001.
        """
        if rule == SHARE:
            return self.share
        from sklearn.metrics import roc_curve

        alarm_rate, recall, threshold = roc_curve(self.validation_truth, self.validation[run], drop_intermediate=False)
        rare = self.validation_truth.sum()
        hits, alarms = recall * rare, alarm_rate * (len(self.validation_truth) - rare)
        value = recall - alarm_rate if rule == BALANCED_ACCURACY else 2 * hits / (hits + alarms + rare)
        best = int(value.argmax())
        return min(1.0, float(threshold[best : best + 2].mean()))

    def confusion(self, thresholds: Array, runs: Array) -> Array:
        """Return confusion counts (n, 2, 2) on the test rows of models `runs` (n,) at `thresholds` (n,): rows true, columns predicted, other before rare."""
        return confusion_counts(self.truth, (self.test[runs] >= thresholds[:, None]).astype(int), 2)

    @cached_property
    def curves(self) -> list[tuple[Curve, Curve, Reliability]]:
        """For each model the precision-recall curve, the ROC curve and the reliability on the test rows."""
        return [(precision_recall(self.truth, given), roc(self.truth, given), reliability(given, self.truth)) for given in self.test]

    @cached_property
    def without_threshold(self) -> dict[str, Array]:
        """The scores (R,) that no threshold matters for: average precision, ROC AUC, Brier and calibration error."""
        from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

        found = {"average_precision": average_precision_score, "roc_auc": roc_auc_score, "brier": brier_score_loss}
        scores = {name: np.array([score(self.truth, given) for given in self.test]) for name, score in found.items()}
        return scores | {"ece": np.array([calibration.error for _, _, calibration in self.curves])}


def rare_class(data: Data) -> int:
    """Return the class with the fewest training rows, the last of equals: the one that `Corruption.rarest` makes rare."""
    counts = data.class_counts()
    return int(max(range(len(counts)), key=lambda c: (-counts[c], c)))


def precision_recall(truth: Array, probability: Array) -> Curve:
    """Return precision over recall, from the highest threshold down, at the thresholds where recall begins or ends to stand still.

    Left out is scikit-learn's end at recall 0 and precision 1, which no threshold gives.
    """
    from sklearn.metrics import precision_recall_curve

    precision, recall, threshold = precision_recall_curve(truth, probability, drop_intermediate=True)
    return Curve(recall[-2::-1], precision[-2::-1], threshold[::-1])


def roc(truth: Array, probability: Array) -> Curve:
    """Return recall over the rate of false alarms, from the highest threshold down, at the curve's corners."""
    from sklearn.metrics import roc_curve

    return Curve(*roc_curve(truth, probability))


def scores(confusion: Array) -> dict[str, Array]:
    """Return the scores (n,) of `SCORES` that come from confusion counts (n, 2, 2), other before rare; 0 where undefined, as in scikit-learn."""
    classes, overall = per_class(confusion), classification_metrics(confusion)
    return {
        "accuracy": overall["accuracy"],
        "recall": classes["recall"][:, 1],
        "recall_other": classes["recall"][:, 0],
        "precision": classes["precision"][:, 1],
        "f1": classes["f1"][:, 1],
        "f1_other": classes["f1"][:, 0],
        "balanced_accuracy": overall["balanced_accuracy"],
        "mcc": matthews(confusion),
    }


def matthews(confusion: Array) -> Array:
    """Return Matthews' correlation (n,) of confusion counts (n, 2, 2); 0 where truth or decision knows one class only, as in scikit-learn.

    Source: Matthews, Comparison of the Predicted and Observed Secondary Structure of T4 Phage Lysozyme, 1975.
    """
    counts = confusion.astype(float)
    difference = counts[:, 0, 0] * counts[:, 1, 1] - counts[:, 0, 1] * counts[:, 1, 0]
    scale = np.sqrt(counts.sum(axis=-1).prod(axis=-1) * counts.sum(axis=-2).prod(axis=-1))
    return np.divide(difference, scale, out=np.zeros(len(counts)), where=scale > 0)
