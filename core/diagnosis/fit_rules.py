"""Rules about what the model has learned: overfitting, underfitting, collapse to one class, and probabilities that are not calibrated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.class_weights import CLASS_WEIGHTS
from core.diagnosis.changes import Change, faster, larger, looser, slower, straighter
from core.diagnosis.evidence import Evidence
from core.diagnosis.reference import uneven
from core.diagnosis.rule import Finding, Rule
from core.inspection.calibration import reliability
from core.losses import LOSSES
from core.penalties import PENALTIES
from core.preparation.resampling import NONE
from core.tasks import CLASSIFICATION
from core.words import Figure, Said

Array = NDArray[Any]


class Collapsed(Rule):
    """The model predicts the same class for nearly every row. The balanced accuracy of K classes is then about 1/K, whatever their shares."""

    kind, severity = "collapsed", "failure"
    hides = frozenset({"rare_class", "underfits", "too_fast", "still_improving", "miscalibrated"})
    #: balanced accuracy is at most this much above 1/K; at least this share of the rows get the same class
    ABOVE, SHARE = 0.02, 0.98
    #: at least two classes must have so many validation rows: one that has a single row is missed by chance
    ROWS = 5
    #: a training loss whose recent fall is above this share of its first value still falls; then larger steps are advised, else smaller ones
    FALLING = 0.02

    def finding(self, evidence: Evidence) -> Finding | None:
        data = evidence.result.data
        if data.task != CLASSIFICATION:
            return None
        classes = len(data.outputs)
        shows = evidence.at(evidence.last, "balanced_accuracy") <= 1 / classes + self.ABOVE
        if not evidence.holds(shows):
            return None
        predicted = np.bincount(evidence.scores("validation").argmax(axis=-1), minlength=classes)
        frequent, counts = int(predicted.argmax()), data.class_counts(evidence.run.resampling)
        enough = (np.bincount(data.truth[data.split("validation")], minlength=classes) >= self.ROWS).sum() >= 2
        if predicted[frequent] < self.SHARE * predicted.sum() or not enough:
            return None
        uneven = counts[frequent] == counts.max() > 1.5 * counts.min()
        plain = evidence.run.class_weights.kind == "none" and evidence.run.resampling == NONE
        balanced = Change(Said("balanced weights"), replace(evidence.run, class_weights=CLASS_WEIGHTS["balanced"]()))
        falling = evidence.typical(evidence.fallen(evidence.training) / np.abs(evidence.training[0]), shows) > self.FALLING
        other = looser(evidence.run, evidence.model.widths) or (faster if falling else slower)(evidence.run, 3)
        collapsed = evidence.in_seeds(Said("Collapsed to one class"), shows)
        taken = Said(
            "{count} of {rows} validation rows are taken for “{name}”",
            count=int(predicted[frequent]), rows=int(predicted.sum()), name=data.outputs[frequent],
        )  # fmt: skip
        taken = evidence.of_seed_0(taken)
        sentence = Said("{collapsed}: {taken}.", collapsed=collapsed, taken=taken)
        if uneven:
            share = Figure(float(counts[frequent] / counts.sum()), ".0%")
            sentence = Said("{collapsed}: {taken}, the class of {share} of the training rows.", collapsed=collapsed, taken=taken, share=share)
        return self.report(sentence, balanced if uneven and plain else other)


class HeldBack(Rule):
    """A strong penalty, dropout or max-norm, and a fit that is poor on the training rows, too, although the reference does better."""

    kind = "held_back"
    hides = frozenset(
        {"clipped", "dead_units", "oscillates", "exploding_gradient", "vanishing_gradient", "too_slow", "few_epochs", "poor_loss", "collapsed", "rare_class",
         "underfits", "too_fast", "still_improving", "miscalibrated"}
    )  # fmt: skip
    #: a dropout from this on is strong; a penalty is that has at least this share of the loss, or left at most this share of the first weights' norm
    DROPOUT, OF_LOSS, LEFT = 0.3, 0.1, 0.7
    #: the skill on training rows must be below that of the reference by this much
    BELOW = 0.05

    def finding(self, evidence: Evidence) -> Finding | None:
        change = looser(evidence.run, evidence.model.widths)
        if change is None or len(evidence.training) < 2:
            return None
        low = evidence.skill("train") < evidence.reference.skill - self.BELOW
        shows = ((evidence.behind() & low) | evidence.dull) & self._strong(evidence)
        if not evidence.holds(shows):
            return None
        return self.report(
            Said(
                "{held}: {fit}. {other} finds {skill}. Without {what} the model is free to fit more.",
                held=evidence.in_seeds(Said("Held back"), shows), fit=evidence.fit_in_words(shows), other=evidence.reference.best[0],
                skill=evidence.reference_in_words(), what=change.words,
            ),
            change,
        )  # fmt: skip

    def _strong(self, evidence: Evidence) -> Array:
        """Return for each seed whether what `looser` would take away is strong, (S,)."""
        run = evidence.run
        if run.penalty.kind != "none":
            norms = evidence.values("weight_norm")
            weakened = evidence.at(evidence.last, "weight_norm") <= self.LEFT * norms[0]
            return weakened | (evidence.at(evidence.last, "penalty") >= self.OF_LOSS * np.abs(evidence.at(evidence.last, "loss", "train")))
        strong = run.dropout >= self.DROPOUT if run.dropout and evidence.model.widths else True
        return np.full(len(evidence.last), strong)


class RareClass(Rule):
    """Half of a rare class is missed, on the rows that it was trained on as well, while the most frequent one is found."""

    kind = "rare_class"
    hides = frozenset({"underfits", "too_fast"})
    #: the class has at least so many training and validation rows, and so many validation rows; and at most this share of the training rows of the most
    #: frequent one
    ROWS, OF_THEM, RARE = 10, 3, 1 / 3
    #: at most this share of it is found, and at least this share of the most frequent class
    FOUND, OTHER = 0.5, 0.8

    def finding(self, evidence: Evidence) -> Finding | None:
        data, run = evidence.result.data, evidence.run
        if data.task != CLASSIFICATION or run.class_weights.kind != "none" or run.resampling != NONE:
            return None
        confusion, counts = evidence.confusion("train") + evidence.confusion("validation"), data.class_counts()
        rows = confusion.sum(axis=1)
        enough = (rows >= self.ROWS) & (evidence.confusion("validation").sum(axis=1) >= self.OF_THEM)
        found = np.diagonal(confusion) / np.maximum(rows, 1)
        rare = (counts <= self.RARE * counts.max()) & enough & (found <= self.FOUND)
        if not rare.any() or found[counts.argmax()] < self.OTHER:
            return None
        worst = int(np.flatnonzero(rare)[found[rare].argmin()])
        return self.report(
            Said(
                "{missed}: {found} of its {rows} training and validation rows are found, and {other} of the most frequent class. It has {share} of the "
                "training rows.",
                missed=evidence.of_seed_0(Said("Class “{name}” is rare and mostly missed", name=data.outputs[worst])),
                found=int(confusion[worst, worst]), rows=int(rows[worst]), other=Figure(float(found[counts.argmax()]), ".0%"),
                share=Figure(float(counts[worst] / counts.sum()), ".1%"),
            ),
            Change(Said("balanced weights"), replace(run, class_weights=CLASS_WEIGHTS["balanced"]())),
        )  # fmt: skip


class Overfits(Rule):
    """The training loss keeps falling while the validation loss rises above its minimum, or stays close to it.

    The rise is Prechelt's generalization loss E / E_min - 1 of the recent validation loss E. Source: Prechelt, Early Stopping - But When?, 1998.
    """

    kind = "overfits"
    hides = frozenset({"underfits", "too_fast", "still_improving", "loss_gap"})
    #: The smallest rise. Over 134 trainings the test loss was lower at the epoch of the lowest validation loss in 62 % of those with a smaller rise than
    #: 0.05, in 52 % from 0.05 to 0.10, in 70 % from 0.10 to 0.15, in 73 % from 0.15 to 0.25, and in 94 % above.
    RISE = 0.15
    #: the smallest rise, after a minimum that is not one of the first epochs, at which early stopping is proposed
    PAYS = 0.25
    #: the smallest rise in standard errors, row by row: a few rows that are far off can make the loss rise alone
    RISE_ERRORS = 1.64
    #: a validation loss below this share of its first value counts as this share: what is nearly 0 may rise by any ratio
    FLOOR = 0.1
    #: the smallest gap between validation and training loss, as a share of the validation loss
    ABOVE = 0.25
    #: the training loss has fallen below this share of its value at the minimum
    FALLEN = 0.9
    #: the minimum must be at least this many records before the last one, because a later one may be an accident, and after epoch 1
    AFTER = 3
    #: Without a rise: since the validation loss has been near its minimum, the training loss has fallen below this share of its value at that time, and
    #: the skill on training rows is above that on validation rows by this much, and so many standard errors more.
    PART, GAP, ERRORS = 0.5, 0.08, 1.0

    def finding(self, evidence: Evidence) -> Finding | None:
        lowest, now = evidence.at(evidence.best, "loss"), evidence.lately(evidence.validation)
        rise = (now - lowest) / np.maximum(np.abs(lowest), self.FLOOR * np.abs(evidence.validation[0]))
        then, train = evidence.at(evidence.best, "loss", "train"), evidence.lately(evidence.training)
        above = now - train >= self.ABOVE * np.abs(now)
        risen = (rise >= self.RISE) & (now - lowest >= self.RISE_ERRORS * evidence.change_error(evidence.best))
        shows = risen & above & (train < self.FALLEN * then) & (evidence.last - evidence.best >= self.AFTER) & self._worse(evidence)
        if evidence.holds(shows) and not evidence.run.patience:  # a run with patience has gone back to its best weights
            patience = max(self.AFTER, *(longest_wait(evidence.validation[: best + 1, seed]) + 1 for seed, best in enumerate(evidence.best)))
            pays = evidence.typical(rise, shows) >= self.PAYS and evidence.epoch(evidence.best, shows) > self.AFTER
            return self.report(
                Said(
                    "{overfits}: the validation loss has risen by {rise} ({lowest} to {now}), while the training loss fell ({then} to {train}). "
                    "Early stopping keeps the best weights.",
                    overfits=evidence.in_seeds(Said("Overfits since epoch {epoch}", epoch=evidence.epoch(evidence.best, shows)), shows),
                    rise=evidence.percent(rise, shows), lowest=evidence.figure(lowest, shows),
                    now=evidence.figure(now, shows), then=evidence.figure(then, shows),
                    train=evidence.figure(train, shows),
                ),
                Change(Said("patience {epochs}", epochs=patience), replace(evidence.run, patience=patience)) if pays else None,
            )  # fmt: skip
        return self._memorised(evidence)

    def _worse(self, evidence: Evidence) -> Array:
        """Return for each seed whether the best epoch is one to go back to, (S,): not one of the first, and the predictions have not become better since."""
        data = evidence.result.data
        metric = "r2" if data.task != CLASSIFICATION else "balanced_accuracy" if uneven(data) else "accuracy"
        return (evidence.best > 1) & (evidence.at(evidence.last, metric) <= evidence.at(evidence.best, metric))

    def _memorised(self, evidence: Evidence) -> Finding | None:
        """Return the finding of a model that memorises its training rows while the validation loss stays near its minimum; None if it does not."""
        reached = (evidence.validation <= (1 + self.RISE) * evidence.at(evidence.best, "loss")).argmax(axis=0)
        then, train = evidence.at(reached, "loss", "train"), evidence.at(evidence.last, "loss", "train")
        gap = evidence.skill("train") - evidence.skill("validation")
        shows = (train < self.PART * then) & (gap >= self.GAP + self.ERRORS * evidence.own_doubt) & (evidence.last - reached >= self.AFTER)
        if not evidence.holds(shows):
            return None
        return self.report(
            Said(
                "{overfits}: {fit}. Since epoch {epoch} only the training loss falls ({then} to {train}). More rows would help most.",
                overfits=evidence.in_seeds(Said("Overfits"), shows), fit=evidence.fit_in_words(shows), epoch=evidence.epoch(reached, shows),
                then=evidence.figure(then, shows), train=evidence.figure(train, shows),
            )
        )  # fmt: skip


class Underfits(Rule):
    """The reference does better, also on the rows that the run was trained on: the steps are too small or too large, or the model is too small."""

    kind = "underfits"
    hides = frozenset({"too_fast", "still_improving", "miscalibrated"})
    #: how far the skill is below that of the reference, in skill and in standard errors
    LEAST, ERRORS = 0.1, 3.0
    #: a recent fall of the training loss by this share of its value before is a fall
    FALLS = 0.03
    #: the rate is large if it is above this many times the suggested one
    LARGE = 3.0
    #: a layer of fewer units is small
    FEW = 8

    def finding(self, evidence: Evidence) -> Finding | None:
        small = min(evidence.model.widths, default=0) < self.FEW and evidence.reference.curved
        shows = (evidence.below() if small else evidence.below(self.LEAST, self.ERRORS)) | evidence.dull
        if len(evidence.training) < 5 or not evidence.holds(shows):
            return None
        falls = evidence.typical(evidence.improved(evidence.training), shows) >= self.FALLS
        run, model = evidence.run, evidence.model
        wider, times = larger(run, model), run.learning_rate / run.optimizer.learning_rate
        change: Change | None
        if len(model.widths) > 1 and model.nonlinearity == "sigmoid":
            change, why = straighter(run, model), Said("Gradients fade in layers of sigmoid units.")
        elif wider is not None and small and times >= 1 / self.LARGE:
            change, why = wider, Said("The model is too small.")
        elif (falls and times <= self.LARGE) or times < 1 / self.LARGE:
            change, why = faster(run, 3), Said("The training loss still falls.") if falls else Said("The steps are small.")
        elif times > self.LARGE:
            change, why = slower(run, 3), Said("The rate is large.")
        else:
            change, why = wider, Said("The training loss does not fall any more.")
        return self.report(
            Said(
                "{underfits}: {fit}. {other} finds {skill}. {why}",
                underfits=evidence.in_seeds(Said("Underfits"), shows), fit=evidence.fit_in_words(shows), other=evidence.reference.best[0],
                skill=evidence.reference_in_words(), why=why,
            ),
            change,
        )  # fmt: skip


class Miscalibrated(Rule):
    """The mean probability of the predicted classes differs from the share of correct predictions.

    Sources: Guo et al., On Calibration of Modern Neural Networks, ICML 2017; the expected calibration error: Naeini et al., AAAI 2015.
    """

    kind, severity = "miscalibrated", "note"
    hides = frozenset({"loss_gap"})
    #: the smallest difference that matters, and by how many standard errors it must be larger
    GAP, ERRORS = 0.03, 2.5

    def finding(self, evidence: Evidence) -> Finding | None:
        data, run = evidence.result.data, evidence.run
        if data.task != CLASSIFICATION:
            return None
        with np.errstate(all="ignore"):
            probabilities = run.loss.probabilities(evidence.scores("validation"))
        if probabilities is None:
            return None
        top = probabilities.max(axis=-1).astype(float)
        correct = probabilities.argmax(axis=-1) == data.truth[data.split("validation")]
        confidence, accuracy = top.mean(), correct.mean()
        if not abs(confidence - accuracy) >= self.GAP + self.ERRORS * np.std(correct - top) / np.sqrt(len(correct)):
            return None
        over = confidence > accuracy
        doubt = not over and data.damaged[data.split("train")].any()
        sentence = Said(
            "{confident}: on the validation rows it gives its predictions {confidence} on average, and {accuracy} of them are right; "
            "the expected calibration error is {error}. Wrong labels among the training rows teach it doubt."
            if doubt
            else "{confident}: on the validation rows it gives its predictions {confidence} on average, and {accuracy} of them are right; "
            "the expected calibration error is {error}.",
            confident=evidence.of_seed_0(Said("Overconfident" if over else "Underconfident")), confidence=Figure(float(confidence), ".0%"),
            accuracy=Figure(float(accuracy), ".0%"), error=Figure(float(reliability(top, correct).error), ".2f"),
        )  # fmt: skip
        return self.report(sentence, None if over else self._plainer(evidence))

    def _plainer(self, evidence: Evidence) -> Change | None:
        """Return the change to plain cross-entropy; if the run has it, the change that removes class weights and resampling; None if it has neither."""
        run, plain = evidence.run, LOSSES["cross_entropy"]()
        if run.dropout >= HeldBack.DROPOUT:
            return looser(replace(run, penalty=PENALTIES["none"]()), evidence.model.widths)
        if run.loss != plain:
            return Change(Said("plain cross-entropy"), replace(run, loss=plain))
        if run.class_weights.kind != "none" or run.resampling != NONE:
            return Change(Said("no class weights"), replace(run, class_weights=CLASS_WEIGHTS["none"](), resampling=NONE))
        return None


def longest_wait(losses: Array) -> int:
    """Return the largest number of epochs between two successive records of the lowest loss so far, of losses (E,).

    Early stopping with a smaller patience would end the training between those two.
    """
    lowest = np.flatnonzero(losses == np.minimum.accumulate(losses))
    return int(np.diff(lowest).max(initial=0))
