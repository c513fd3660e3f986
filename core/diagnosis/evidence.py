"""The evidence of a diagnosis: the records of one run over its seeds, and what a reference makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.rates import Rates
from core.diagnosis.records import Records
from core.diagnosis.reference import Reference, errors, row_weights, uneven
from core.diagnosis.sharpness import Sharpness, sharpness, size
from core.preparation.resampling import NONE
from core.tasks import CLASSIFICATION
from core.training.evaluation import scores_of
from core.training.metrics import confusion_counts, log_losses
from core.training.stack import RunStack
from core.words import Figure, Said

Array = NDArray[Any]

#: the largest number of training rows over which the first gradient is computed
_GRADIENT_ROWS = 500


@dataclass(frozen=True, eq=False)
class Evidence(Records):
    """The records of a run, and what it makes of its rows beside what the reference makes of them.

    `rates` is the result of the search among smaller learning rates, for a run that diverged. `reference` is of the result's data.
    """

    rates: Rates | None
    reference: Reference

    def skill(self, split: str) -> Array:
        """Return the skill (S,) of the weights that each seed keeps: 0 for constant predictions (the mean, the most frequent class), 1 for the best possible.

        Of a regression it is R², of a quantile 1 minus its loss over that of the best constant. Of a classification it is
        (accuracy - baseline) / (reachable - baseline), where the baseline is the share of the most frequent class, and the reachable accuracy is 1 minus
        the share of labels that were made wrong. Of uneven classes it is that of the balanced accuracy, whose baseline is 1 / K.
        """
        data = self.result.data
        rows = data.split(split)
        if data.task != CLASSIFICATION:
            return self._skill_of_quantile(rows, split) if self.run.loss.kind == "quantile" else self.at(self.kept, "r2", split)
        counts, of_uneven = np.bincount(data.truth[rows]), uneven(data)
        baseline = 1 / np.count_nonzero(counts) if of_uneven else counts.max() / (rows.stop - rows.start)
        reachable = 1 - data.damaged[rows].mean()
        right = self.at(self.kept, "balanced_accuracy" if of_uneven else "accuracy", split)
        return (right - baseline) / max(reachable - baseline, np.finfo(float).eps)

    def _skill_of_quantile(self, rows: slice, split: str) -> Array:
        """Return 1 minus the loss over that of the training targets' quantile, (S,)."""
        loss, targets = self.run.loss, self.result.data.targets[self.run.loss.link].values
        quantile = np.quantile(targets[self.result.data.split("train")], float(loss.to_dict()["quantile"]), axis=0)
        constant = loss.value(np.broadcast_to(quantile, targets[rows].shape), targets[rows]).mean()
        return 1 - self.at(self.kept, "loss", split) / max(constant, np.finfo(float).tiny)

    @cached_property
    def lead(self) -> Array:
        """How far the reference is ahead of the run on the validation rows, in skill, (S,); 0 where the run does not aim at the centre of its targets."""
        if self.run.loss.kind == "quantile":
            return np.zeros(len(self.last))
        return self.reference.skill - self.skill("validation")

    @cached_property
    def doubt(self) -> float:
        """The standard error of `lead`, of the paired differences of the errors of the first seed and the reference on the validation rows."""
        return self._standard_error(self._wrong() - self.reference.best[1], self._validation)

    @cached_property
    def own_doubt(self) -> float:
        """The standard error of the skill on validation rows, of the first seed."""
        return self._standard_error(self._wrong(), self._validation)

    @cached_property
    def lead_on_training(self) -> Array:
        """How far the reference is ahead on the training rows, in the skill of validation rows, (S,). It has not seen them and the run has.

        So it is less than on new rows: nearly as much for a run that learned too little, and below 0 for one that learned its rows by heart.
        """
        data, unseen = self.result.data, self.reference.unseen
        if self.run.loss.kind == "quantile":
            return np.zeros(len(self.last))
        name = "r2" if data.task != CLASSIFICATION else "balanced_accuracy" if uneven(data) else "accuracy"
        wrong = 1 - self.at(self.kept, name, "train")
        return (wrong - (row_weights(data, self.reference.training) * unseen).mean()) * self.reference.unit

    @cached_property
    def lead_on_all(self) -> tuple[Array, float]:
        """How far the reference is ahead on training and validation rows together, (S,), and the standard error of it, of the first seed.

        Training rows are several times as many, so a run that learned too little is told from chance where the validation rows alone are too few.
        """
        training = self.reference.training
        counts = np.array([training.stop, self._validation.stop - self._validation.start])
        lead = (counts[0] * self.lead_on_training + counts[1] * self.lead) / counts.sum()
        errors = self._standard_error(self._wrong("train") - self.reference.unseen, training), self.doubt
        return lead, float(np.hypot(*(counts / counts.sum() * errors)))

    @property
    def _validation(self) -> slice:
        return self.result.data.split("validation")

    def differences(self) -> Array:
        """Return how much larger the errors of the first seed are than those of the reference, on its training rows, then the validation rows, (n + B,)."""
        return np.concatenate([self._wrong("train") - self.reference.unseen, self._wrong() - self.reference.best[1]])

    def _wrong(self, split: str = "validation") -> Array:
        """Return the errors (B,) of the first seed on the validation rows, or on the training rows of the reference, squared ones of a regression."""
        rows = self._validation if split == "validation" else self.reference.training
        with np.errstate(all="ignore"):
            return errors(self.result.data, rows, self.predicted(split)[: rows.stop - rows.start], squared=True)

    def _standard_error(self, differences: Array, rows: slice) -> float:
        """Return the standard error of the skill that differences (B,) of errors on some rows cost on average.

        Of a classification it is kept off 0 as if one row more were wrong.
        """
        data = self.result.data
        weighted = row_weights(data, rows) * differences
        one_more = 1.0 if data.task == CLASSIFICATION else 0.0
        return float(np.sqrt(np.square(weighted - weighted.mean()).sum() + one_more) / len(weighted) * self.reference.unit)

    def behind(self, least: float = 0.05, errors: float = 2.5) -> Array:
        """Return for each seed whether the reference knows more of the validation rows than the run: by this much skill and so many standard errors."""
        return self.lead >= np.maximum(self._least(least), errors * self.doubt)

    def below(self, least: float = 0.05, errors: float = 2.5) -> Array:
        """Return for each seed whether the run learned too little: what overfits is behind, but not below.

        The reference is ahead of it on the training rows as well as on the validation rows, and surely so on these, as `behind` says, or on all of them.
        """
        lead, doubt = self.lead_on_all
        surely = self.behind(least, errors) | (lead >= np.maximum(self._least(least), errors * doubt))
        return surely & (self.lead > 0) & (self.lead_on_training > 0)

    def _least(self, least: float) -> float:
        """Return the smallest lead that counts: of a regression half of what the reference leaves unexplained is enough."""
        return least if self.result.data.task == CLASSIFICATION else min(least, 0.5 * (1 - self.reference.skill))

    #: a log loss is higher than that of the reference if it is so many times as high and they differ by so many standard errors
    TIMES, ERRORS = 1.5, 3.0
    #: it is dull if that of the training rows, too, is so many times as high as the reference's on validation rows
    ON_TRAINING = 1.25

    @cached_property
    def log_loss_ahead(self) -> float:
        """How many times as high as that of the reference the log loss on validation rows is, if it is surely higher; else 0. Of the first seed.

        It is 0 without probabilities, and for those of weighted or uneven classes, which are no estimates of the classes' shares.
        """
        data, run = self.result.data, self.run
        if data.task != CLASSIFICATION or run.class_weights.kind != "none" or run.resampling != NONE or uneven(data):
            return 0.0
        with np.errstate(all="ignore"):
            shares = run.loss.probabilities(self.scores("validation"))
        if shares is None:
            return 0.0
        of_run, of_trees = log_losses(shares, data.truth[data.split("validation")]), self.reference.log_losses
        differ, times = of_run - of_trees, float(of_run.mean() / of_trees.mean())
        return times if times >= self.TIMES and differ.mean() >= self.ERRORS * differ.std() / np.sqrt(len(differ)) else 0.0

    @property
    def dull(self) -> Array:
        """Whether the probabilities know less than those of the reference, also on the training rows, (S,)."""
        if not self.log_loss_ahead:
            return np.zeros(len(self.last), bool)
        return self.at(self.kept, "log_loss", "train") >= self.ON_TRAINING * self.reference.log_losses.mean()

    def poor(self) -> Array:
        """Return for each seed whether the reference knows more of the validation rows: in its decisions, or in its probabilities."""
        return self.behind() | self.dull

    @cached_property
    def sharpness(self) -> Sharpness:
        """By what the scores of the first seed are best divided on the validation rows."""
        return self._sharpness("validation")

    @cached_property
    def sharpness_on_training(self) -> Sharpness:
        """The same on the training rows: who learns probabilities long enough leaves nothing to divide by there, whatever they are worth elsewhere."""
        return self._sharpness("train")

    def _sharpness(self, split: str) -> Sharpness:
        data = self.result.data
        with np.errstate(all="ignore"):
            shares = self.run.loss.probabilities(self.scores(split)) if data.task == CLASSIFICATION else None
        return Sharpness() if shares is None else sharpness(shares, data.truth[data.split(split)])

    @cached_property
    def size(self) -> int:
        """Whether the scores of the first seed are surely too large, 1, or too small, -1, on the rows that they were trained on as well; else 0."""
        return size(self.sharpness_on_training, self.sharpness)

    def change_error(self, position: Array) -> float:
        """Return the standard error of the change of the validation loss of the first seed, row by row, from its record at a position to its last one.

        It is that between the snapshots which are nearest to both.
        """
        epochs, epoch = np.array(sorted(self.result.snapshots)), self.result.epochs[position[0]]
        earlier = self.losses(int(epochs[np.abs(epochs - epoch).argmin()]))
        with np.errstate(all="ignore"):  # a loss may be beyond single precision
            differ = self.losses(int(epochs[-1])) - earlier
            return float(np.sqrt(np.square(differ - differ.mean()).sum()) / len(differ))

    @cached_property
    def loss_error(self) -> float:
        """The standard error of the validation loss of the first seed at its last snapshot."""
        losses = self.losses(max(self.result.snapshots))
        with np.errstate(all="ignore"):
            return float(np.sqrt(np.square(losses - losses.mean()).sum()) / len(losses))

    def losses(self, epoch: int) -> Array:
        """Return the losses (B,) of the validation rows at a snapshot of the first seed, times the weights of the rows, whose mean is 1."""
        data, run, rows = self.result.data, self.run, self.result.data.split("validation")
        with np.errstate(all="ignore"):  # a limit may be beyond single precision
            weights = RunStack((run,), self.model, data, self.result.experiment.dtype).row_weights(data, rows)[0]
            scores = scores_of(self.model, self.result.params(epoch, self.index), data.X[rows])
            losses: Array = run.loss.value(scores, data.targets[run.loss.link].values[rows])
        return losses * weights * (len(weights) / weights.sum())

    def fit_in_words(self, shows: Array) -> Said:
        """Return a clause with the typical accuracy, or R² of a regression, on training and validation rows, of the weights that are kept."""
        classes = self.result.data.task == CLASSIFICATION
        train, validation = (self.typical(self.at(self.kept, "accuracy" if classes else "r2", split), shows) for split in ("train", "validation"))
        return Said(
            "accuracy is {train} on the training rows, {validation} on the validation rows"
            if classes
            else "R² is {train} on the training rows, {validation} on the validation rows",
            train=Figure(train, ".0%" if classes else ".2f"), validation=Figure(validation, ".0%" if classes else ".2f"),
        )  # fmt: skip

    def reference_in_words(self) -> Said:
        """Return the accuracy, the balanced accuracy of uneven classes or R² of the reference on the validation rows."""
        data, skill = self.result.data, self.reference.skill
        if data.task != CLASSIFICATION:
            return Said("R² {r2} on the validation rows", r2=Figure(skill, ".2f"))
        right = Figure(1 - (1 - skill) / self.reference.unit, ".0%")
        if uneven(data):
            return Said("{right} of the validation rows of each class on average", right=right)
        return Said("{right} of the validation rows", right=right)

    # From the last snapshot of the first seed

    def scores(self, split: str) -> Array:
        """Return the model's scores (B, K) for the B rows of a split."""
        params = self.result.params(max(self.result.snapshots), self.index)
        with np.errstate(all="ignore"):
            return scores_of(self.model, params, self.result.data.X[self.result.data.split(split)])

    def confusion(self, split: str) -> Array:
        """Return the confusion counts (K, K) of a classification's rows of a split, by true class, then predicted class."""
        data = self.result.data
        return confusion_counts(data.truth[data.split(split)], self.scores(split).argmax(axis=-1), len(data.outputs))

    def predicted(self, split: str) -> Array:
        """Return the predicted classes (B,), or the predicted targets (B, K) of a regression in original units, of the rows of a split."""
        scores = self.scores(split)
        if self.result.data.task == CLASSIFICATION:
            return scores.argmax(axis=-1)
        with np.errstate(all="ignore"):
            return self.result.data.targets[self.run.loss.link].original(self.run.loss.predict(scores))

    def silent_units(self) -> list[tuple[int, int]]:
        """Return for each hidden layer its number of silent units and its number of units.

        A silent unit is 0 for every training row although one of its incoming weights is not 0.
        """
        model, data = self.model, self.result.data
        params, X = self.result.params(max(self.result.snapshots), self.index), data.X[data.split("train")]
        with np.errstate(all="ignore"):
            _, inputs = model.forward(params, X)
        layers = model.unpack(params, X.shape[-1])
        return [
            (int((~units.any(axis=0) & weights.any(axis=0)).sum()), units.shape[-1]) for (weights, _), units in zip(layers, inputs[1:], strict=False)
        ]

    @cached_property
    def first_gradient(self) -> Array:
        """The gradient (P,) of loss and penalty before the first update, over the first `_GRADIENT_ROWS` training rows."""
        result, run = self.result, self.run
        data, model, rows = result.data, self.model, slice(0, min(result.data.n_train, _GRADIENT_ROWS))
        stack = RunStack((run,), model, data, result.experiment.dtype)
        weights = stack.row_weights(data, rows)
        params = stack.start(result.params(min(result.snapshots), self.index)[None])
        targets = {link: scaled.values[None, None, rows] for link, scaled in data.targets.items()}
        shares = (weights / max(weights.sum(), np.finfo(weights.dtype).tiny))[None]
        with np.errstate(all="ignore"):
            return stack.gradient(model, params, data.X[None, None, rows], targets, shares)[0, 0, : stack.n_params]

    def layer_gradients(self) -> Array:
        """Return the root mean square (layers,) of `first_gradient` over each layer's weights, the layer next to the input first."""
        layers = self.model.unpack(self.first_gradient, self.result.data.X.shape[-1])
        return np.array([np.sqrt(np.square(weights).mean()) for weights, _ in layers])
