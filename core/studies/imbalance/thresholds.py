"""Decisions from probabilities of a rare class: curves over all thresholds, scores at one threshold, and the threshold that a rule chooses.

The rare class is the positive one. A row is called rare if its probability is at least the threshold.
scikit-learn computes curves, areas and the Brier score. Scores that depend on the threshold come from confusion counts, of all models at once.
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
from core.words import Said

Array = NDArray[Any]

BALANCED_ACCURACY, F1, SHARE = "balanced accuracy", "F1", "share of rare rows"
#: the rules that choose a threshold, with their titles; links carry the keys
RULES = {BALANCED_ACCURACY: Said("balanced accuracy"), F1: Said("F1"), SHARE: Said("share of rare rows")}

#: the scores of a model on the test rows, in the order of the table's columns
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
    """A curve of n points, from the highest threshold to the lowest. A first threshold of infinity means that no row is called rare.

    `x` (n,) and `y` (n,): the coordinates; `threshold` (n,): the threshold of each point.
    """

    x: Array
    y: Array
    threshold: Array


@dataclass(frozen=True, eq=False)
class Judged:
    """The probabilities that the R models of a result give the rare class, on N validation rows and M test rows.

    `rare`, `other`: the names of the classes.
    `share`: the share of the rare class among the training rows.
    `validation` (R, N), `test` (R, M): the probability of the rare class.
    `validation_truth` (N,), `truth` (M,): 1 for rows of the rare class, else 0.
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
        """Return the probabilities of the models of seed 0 at the last snapshot."""
        data, epoch = result.data, max(result.snapshots)
        rare = rare_class(data)
        splits = {name: data.split(name) for name in ("validation", "test")}
        probabilities = {
            name: np.array([shares[:, rare] for shares in pictures.class_shares(result, epoch, data.X[rows])], float) for name, rows in splits.items()
        }
        truth = {name: (data.truth[rows] == rare).astype(int) for name, rows in splits.items()}
        counts = data.class_counts()
        return cls(
            rare=data.outputs[rare], other=data.outputs[1 - rare], share=float(counts[rare] / counts.sum()),
            validation=probabilities["validation"], validation_truth=truth["validation"], test=probabilities["test"], truth=truth["test"],
        )  # fmt: skip

    @property
    def prevalence(self) -> float:
        """Share of the rare class among the test rows."""
        return float(self.truth.mean())

    def best_threshold(self, run: int, rule: str) -> float:
        """Return the threshold that a rule of `RULES` chooses for a model.

        `BALANCED_ACCURACY` and `F1` choose the threshold with the highest score on the validation rows, the highest threshold of a tie.
        It lies in the middle between two neighbouring probabilities of validation rows.
        `SHARE` is the share of the rare class among the training rows. At this threshold a model of the true probabilities decides like a model that
        was trained with balanced weights at 1/2. Source: Elkan, The Foundations of Cost-Sensitive Learning, IJCAI 2001.
        """
        if rule == SHARE:
            return self.share
        from sklearn.metrics import roc_curve

        false_positive_rate, recall, threshold = roc_curve(self.validation_truth, self.validation[run], drop_intermediate=False)
        positives = self.validation_truth.sum()
        true_positives, false_positives = recall * positives, false_positive_rate * (len(self.validation_truth) - positives)
        score = recall - false_positive_rate if rule == BALANCED_ACCURACY else 2 * true_positives / (true_positives + false_positives + positives)
        best = int(score.argmax())
        return min(1.0, float(threshold[best : best + 2].mean()))

    def confusion(self, thresholds: Array, runs: Array) -> Array:
        """Return the confusion counts (n, 2, 2) of n models on the test rows, by true class, then predicted class; index 1 is the rare class.

        `runs` (n,): the positions of the models; `thresholds` (n,): the threshold of each.
        """
        return confusion_counts(self.truth, (self.test[runs] >= thresholds[:, None]).astype(int), 2)

    @cached_property
    def curves(self) -> list[tuple[Curve, Curve, Reliability]]:
        """The precision-recall curve, the ROC curve and the reliability of each model on the test rows."""
        return [
            (precision_recall(self.truth, probability), roc(self.truth, probability), reliability(probability, self.truth)) for probability in self.test
        ]

    @cached_property
    def without_threshold(self) -> dict[str, Array]:
        """The scores (R,) that do not depend on a threshold, on the test rows: average precision, ROC AUC, Brier score, expected calibration error."""
        from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

        functions = {"average_precision": average_precision_score, "roc_auc": roc_auc_score, "brier": brier_score_loss}
        values = {name: np.array([function(self.truth, probability) for probability in self.test]) for name, function in functions.items()}
        return values | {"ece": np.array([calibration.error for _, _, calibration in self.curves])}


def rare_class(data: Data) -> int:
    """Return the class with the fewest training rows, the last class of a tie. It is the class that `Corruption.rarest` makes rare."""
    counts = data.class_counts()
    return int(max(range(len(counts)), key=lambda c: (-counts[c], c)))


def precision_recall(truth: Array, probability: Array) -> Curve:
    """Return the curve of precision (y) over recall (x), from the highest threshold down.

    Of points with the same recall it has only the first and the last. It leaves out the point that scikit-learn adds at recall 0 and precision 1,
    which belongs to no threshold.
    """
    from sklearn.metrics import precision_recall_curve

    precision, recall, threshold = precision_recall_curve(truth, probability, drop_intermediate=True)
    return Curve(recall[-2::-1], precision[-2::-1], threshold[::-1])


def roc(truth: Array, probability: Array) -> Curve:
    """Return the curve of recall (y) over the false positive rate (x), from the highest threshold down. It has only the points at the curve's corners."""
    from sklearn.metrics import roc_curve

    return Curve(*roc_curve(truth, probability))


def scores(confusion: Array) -> dict[str, Array]:
    """Return those of `SCORES` that depend on the threshold, each (n,). An undefined score is 0, as in scikit-learn.

    `confusion` (n, 2, 2): counts of rows by true class, then predicted class; index 1 is the rare class.
    """
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
    """Return Matthews' correlation (n,) of confusion counts (n, 2, 2). It is 0 if only one class is true or only one is predicted, as in scikit-learn.

    Source: Matthews, Comparison of the Predicted and Observed Secondary Structure of T4 Phage Lysozyme, 1975.
    """
    counts = confusion.astype(float)
    difference = counts[:, 0, 0] * counts[:, 1, 1] - counts[:, 0, 1] * counts[:, 1, 0]
    scale = np.sqrt(counts.sum(axis=-1).prod(axis=-1) * counts.sum(axis=-2).prod(axis=-1))
    return np.divide(difference, scale, out=np.zeros(len(counts)), where=scale > 0)
