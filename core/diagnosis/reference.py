"""What others learn from the same training rows: trees, a support vector machine and a linear model, with which a run is compared on validation rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.preparation.split import Data
from core.tasks import CLASSIFICATION
from core.words import Said

Array = NDArray[Any]

#: so many trees, and at most so many training rows: the reference takes about 0.1 s
_TREES, _ROWS = 50, 1000
_LINE = Said("A linear model")
#: the penalty of errors of the support vector machine
_C = 10.0
#: the folds of the cross-validation: what is fitted to two thirds of the rows has seen about as many as a tree, which draws 63 % of them
_FOLDS = 3
#: the smallest number of rows of a leaf: trees of single rows would learn wrong labels by heart
_LEAF = 3
#: a feature leaks the target if alone it has this much skill on the validation rows, and all others leave this many times its unexplained part
_ALONE, _TIMES = 0.97, 4.0
#: it is looked at only if its share of the trees' splits is so large, or so many times that of the average feature
_IMPORTANT, _IMPORTANT_TIMES = 0.3, 4.0
#: and their errors differ by so many standard errors
_SURE = 2.0
#: classes count as uneven if the most frequent one has this many times the rows of the rarest
UNEVEN = 3.0


@dataclass(frozen=True, eq=False)
class Reference:
    """Extremely randomised trees, a support vector machine and a ridge model of the same training rows, the first `_ROWS` of them.

    They say what a run could know, whatever its loss and its rate. Sources: Geurts, Ernst and Wehenkel, Machine Learning 63, 2006 (trees, whose rows
    that are left out of a tree estimate its error: Breiman, Machine Learning 24, 1996); Cortes and Vapnik, Machine Learning 20, 1995 (machine);
    Hoerl and Kennard, Technometrics 12, 1970 (ridge).
    """

    data: Data
    #: what `learned` returned for these data; without it, each thing is learned when it is asked for
    known: InitVar[Mapping[str, Any]] = MappingProxyType({})

    def __post_init__(self, known: Mapping[str, Any]) -> None:
        vars(self).update(known)

    @property
    def training(self) -> slice:
        """The training rows that it learns from."""
        return slice(0, min(self.data.n_train, _ROWS))

    @cached_property
    def _trees(self) -> Any:
        """Fitted trees."""
        return self._fitted(self.data.X[self.training])

    def _fitted(self, X: Array, leaf: int = _LEAF) -> Any:
        """Return trees with leaves of at least so many rows, fitted to features (n, D) of the training rows."""
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        data = self.data
        trees = ExtraTreesClassifier if data.task == CLASSIFICATION else ExtraTreesRegressor
        weights = {"class_weight": "balanced"} if uneven(data) else {}
        model = trees(_TREES, bootstrap=True, min_samples_leaf=leaf, random_state=0, **weights)
        return model.fit(X, _targets(data, self.training))

    @cached_property
    def chosen(self) -> tuple[Said, Array, Array]:
        """The title of the one with the smallest error on rows that it has not seen, and its errors on such rows, squared ones of a regression.

        They are validation rows (B,), and training rows (n,): those that a tree is left out of, and those of the left out third of a cross-validation. To
        choose by both is to choose less by luck than by the validation rows, on which a run is compared with what is chosen.
        """
        data, (rows, training) = self.data, (self.data.split("validation"), self.training)
        weights = row_weights(data, rows), row_weights(data, training)
        candidates = [(Said("A forest of trees"), self.of_trees, self._errors_left_out(self._trees, data.X, squared=True))]
        for title, model in ((_LINE, self._line()), (Said("A support vector machine"), self._machine())):
            unseen = errors(data, rows, self._predicted(model), squared=True), errors(data, training, self._crossed(model), squared=True)
            candidates.append((title, *unseen))
        return min(candidates, key=lambda candidate: sum(float((w * wrong).sum()) for w, wrong in zip(weights, candidate[1:], strict=True)))

    @property
    def best(self) -> tuple[Said, Array]:
        """The title of `chosen`, and its errors on the validation rows (B,), squared ones of a regression."""
        return self.chosen[:2]

    @property
    def unseen(self) -> Array:
        """The errors (n,) of `chosen` on training rows that it has not seen."""
        return self.chosen[2]

    @property
    def curved(self) -> bool:
        """Whether trees or the machine do better than the linear model."""
        return self.chosen[0] != _LINE

    @cached_property
    def of_trees(self) -> Array:
        """The errors (B,) of the trees on the validation rows, squared ones of a regression."""
        rows = self.data.split("validation")
        return errors(self.data, rows, self._trees.predict(self.data.X[rows]), squared=True)

    @cached_property
    def log_losses(self) -> Array:
        """The log losses (B,) of the trees on the validation rows of a classification, whose probabilities are kept off 0 by half a training row."""
        data, rows, trees = self.data, self.data.split("validation"), self._trees
        shares = np.zeros((rows.stop - rows.start, len(data.outputs)))
        shares[:, trees.classes_] = trees.predict_proba(data.X[rows])
        return -np.log(np.maximum(shares[np.arange(len(shares)), data.truth[rows]], 0.5 / self.training.stop))

    @property
    def skill(self) -> float:
        """The skill of the better one on the validation rows, as `skill` defines it."""
        return skill(self.data, self.data.split("validation"), self.best[1])

    @cached_property
    def unit(self) -> float:
        """The skill that one unit of error costs."""
        rows = self.data.split("validation")
        return 1 - skill(self.data, rows, np.ones(rows.stop - rows.start))

    def _line(self) -> Any:
        """Return a ridge model."""
        from sklearn.linear_model import Ridge, RidgeClassifier

        classes = self.data.task == CLASSIFICATION
        return RidgeClassifier(class_weight="balanced" if uneven(self.data) else None) if classes else Ridge()

    def _machine(self) -> Any:
        """Return a support vector machine; for several targets a ridge model."""
        from sklearn.svm import SVC, SVR

        if self.data.task == CLASSIFICATION:
            return SVC(C=_C, class_weight="balanced" if uneven(self.data) else None)
        return SVR(C=_C) if self.data.truth.shape[1] == 1 else self._line()

    def _predicted(self, model: Any) -> Array:
        """Return the predictions of a model for the validation rows, (B,) or (B, K). It is fitted to the training rows."""
        return self._fit_and_predict(model, self.training, self.data.split("validation"))

    def _crossed(self, model: Any) -> Array:
        """Return the predictions of a model for the training rows, (n,) or (n, K), each by one that is fitted to the other `_FOLDS` - 1 folds."""
        rows, predicted = np.arange(self.training.stop), np.zeros_like(self.data.truth[self.training])
        for fold in range(min(_FOLDS, len(rows))):  # every third row, because rows may lie class by class
            within = rows % _FOLDS == fold
            if within.all():  # of a single row nothing is learned
                break
            predicted[within] = self._fit_and_predict(model, rows[~within], rows[within]).reshape(predicted[within].shape)
        return predicted

    def _fit_and_predict(self, model: Any, fitted: Any, rows: Any) -> Array:
        """Return the predictions for some rows of a model that is fitted to others, to standardised targets; the only class where they have one."""
        data, targets = self.data, _targets(self.data, fitted)
        if data.task == CLASSIFICATION:
            if (targets == targets[0]).all():
                return np.full(len(data.X[rows]), targets[0])
            return model.fit(data.X[fitted].astype(float), targets).predict(data.X[rows].astype(float))
        offset, unit = targets.mean(axis=0), np.where(targets.std(axis=0) > 0, targets.std(axis=0), 1.0)
        predicted: Array = model.fit(data.X[fitted].astype(float), (targets - offset) / unit).predict(data.X[rows].astype(float))
        return predicted * unit + offset

    @cached_property
    def left_out(self) -> Array:
        """The errors (n,) of the trees on training rows, each row by the trees that have not seen it; 0 where all have."""
        return self._errors_left_out(self._trees, self.data.X)

    @cached_property
    def left_out_residuals(self) -> Array:
        """Target minus prediction (n, K) of a regression's training rows, each by the trees that have not seen it; 0 where all have."""
        rows = self.training
        means, seen_by_all = _left_out(self._trees, self.data.X[rows])
        residuals: Array = np.where(seen_by_all[:, None], 0.0, self.data.truth[rows] - means)
        return residuals

    def _errors_left_out(self, trees: Any, X: Array, squared: bool = False) -> Array:
        """Return the errors of `left_out`, of trees that are fitted to features X (N, D)."""
        rows, classes = self.training, self.data.task == CLASSIFICATION
        means, seen_by_all = _left_out(trees, X[rows])
        of_rows = errors(self.data, rows, trees.classes_[means.argmax(axis=1)] if classes else means, squared)
        return np.where(seen_by_all, 0.0, of_rows)

    @cached_property
    def leak(self) -> tuple[int, float, float] | None:
        """The feature that alone predicts the target as no others together do, and the skill of it and of all others; None without.

        Both are of rows that the trees have not seen: validation rows, and training rows by the trees that they are left out of.
        """
        data = self.data
        if data.X.shape[1] < 2:
            return None
        importance = self._trees.feature_importances_
        feature = int(np.argmax(importance))
        if importance[feature] < min(_IMPORTANT, _IMPORTANT_TIMES / len(importance)):
            return None
        alone = self._unseen(data.X[:, [feature]])
        if skill_of(alone, self._unseen_constant) < _ALONE:
            return None
        rest = self._unseen(np.delete(data.X, feature, axis=1))
        differ = rest - alone
        sure = differ.mean() >= _SURE * differ.std() / np.sqrt(len(differ))
        if not sure or rest.mean() < _TIMES * alone.mean():
            return None
        return feature, skill_of(alone, self._unseen_constant), skill_of(rest, self._unseen_constant)

    def _unseen(self, X: Array) -> Array:
        """Return the errors (n + B,) of trees on the validation rows and, left out, on the training rows, for features X (N, D)."""
        data, rows = self.data, self.data.split("validation")
        trees = self._fitted(X[self.training], leaf=1)
        return np.concatenate([self._errors_left_out(trees, X, squared=True), errors(data, rows, trees.predict(X[rows]), squared=True)])

    @cached_property
    def _unseen_constant(self) -> float:
        """The error of the best constant on the rows of `_unseen`."""
        data, rows = self.data, self.data.split("validation")
        if data.task != CLASSIFICATION:
            return 1.0
        truth = np.concatenate([data.truth[self.training], data.truth[rows]])
        return float(1 - np.bincount(truth).max() / len(truth))


def learned(data: Data) -> dict[str, Any]:
    """Return what a reference of these data learns, by name. It does not refer to the data, and can be kept beside them for all runs."""
    reference = Reference(data)
    names = ("chosen", "of_trees", "left_out", "leak", "log_losses" if data.task == CLASSIFICATION else "left_out_residuals")
    return {name: getattr(reference, name) for name in names}


def _left_out(trees: Any, X: Array) -> tuple[Array, Array]:
    """Return the mean prediction (n, K) for each row by the trees that have not seen it, class shares or targets, and whether all have seen it (n,)."""
    total, count = np.zeros((len(X), 1)), np.zeros((len(X), 1))
    for tree, seen in zip(trees.estimators_, trees.estimators_samples_, strict=True):
        unseen = np.ones(len(X), bool)
        unseen[seen] = False
        if unseen.any():
            predicted = tree.predict_proba(X[unseen]) if hasattr(tree, "predict_proba") else tree.predict(X[unseen]).reshape(unseen.sum(), -1)
            if total.shape[1] != predicted.shape[1]:
                total = np.zeros((len(X), predicted.shape[1]))
            total[unseen] += predicted
            count[unseen] += 1
    return total / np.maximum(count, 1), count[:, 0] == 0


def skill_of(wrong: Array, constant: float) -> float:
    """Return 1 minus the mean of errors over that of the best constant."""
    return float(1 - wrong.mean() / max(constant, np.finfo(float).eps))


def uneven(data: Data) -> bool:
    """Return whether some class of a classification has far more training rows than another; False for a regression."""
    if data.task != CLASSIFICATION:
        return False
    counts = data.class_counts()
    return bool(counts.max() > UNEVEN * counts.min())


def row_weights(data: Data, rows: slice) -> Array:
    """Return how much each row (B,) counts, with mean 1: alike, or each class of uneven ones alike."""
    n = rows.stop - rows.start
    if not uneven(data):
        return np.ones(n)
    counts = np.bincount(data.truth[rows], minlength=len(data.outputs))
    return n / (np.count_nonzero(counts) * counts[data.truth[rows]])


def errors(data: Data, rows: slice, predicted: Array, squared: bool = False) -> Array:
    """Return the error (B,) of each row: 1 for a wrong class; for a regression the mean over its targets of |error|, each in standard deviations.

    With `squared` it is the mean of the squares. `predicted` (B,) are classes, or (B, K) targets in original units.
    """
    if data.task == CLASSIFICATION:
        return (predicted != data.truth[rows]).astype(float)
    scaled = np.abs(data.truth[rows] - predicted.reshape(rows.stop - rows.start, -1)) / _spread(data, rows)
    return (np.square(scaled) if squared else scaled).mean(axis=1)


def skill(data: Data, rows: slice, errors_of_rows: Array) -> float:
    """Return 0 for constant predictions and 1 for the best possible, from errors (B,), squared ones of a regression.

    Of even classes it is (accuracy - share of the most frequent class) / (1 - this share), of uneven ones the same of the balanced accuracy, of a
    regression R².
    """
    error = float((row_weights(data, rows) * errors_of_rows).mean())
    if data.task != CLASSIFICATION:
        return 1 - error
    truth = data.truth[rows]
    constant = 1 / np.count_nonzero(np.bincount(truth)) if uneven(data) else np.bincount(truth).max() / len(truth)
    return 1 - error / max(1 - constant, np.finfo(float).eps)


def _targets(data: Data, rows: Any) -> Array:
    """Return the targets for scikit-learn: (n,) for one column."""
    truth: Array = data.truth[rows]
    return truth[:, 0] if truth.ndim == 2 and truth.shape[1] == 1 else truth


def _spread(data: Data, rows: slice) -> Array:
    """Return the standard deviation (K,) of the targets of some rows; 1 for a constant one."""
    spread = data.truth[rows].std(axis=0)
    return np.where(spread > 0, spread, 1.0)
