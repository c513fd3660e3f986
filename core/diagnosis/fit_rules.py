"""Rules about what the model has learned: overfitting, underfitting, collapse to one class, and probabilities that are not calibrated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.class_weights import CLASS_WEIGHTS
from core.diagnosis.evidence import Change, Evidence, Finding, Rule, faster, looser, slower, tighter
from core.inspection.calibration import reliability
from core.losses import LOSSES
from core.preparation.resampling import NONE
from core.tasks import CLASSIFICATION
from core.words import Figure, Said

Array = NDArray[Any]


class Collapsed(Rule):
    """The model predicts the same class for nearly every row. The balanced accuracy of K classes is then about 1/K, whatever their shares."""

    kind, severity = "collapsed", "failure"
    hides = frozenset({"underfits", "plateau", "still_improving", "miscalibrated"})
    #: balanced accuracy is at most this much above 1/K; at least this share of the rows get the same class
    ABOVE, SHARE = 0.02, 0.98
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
        if predicted[frequent] < self.SHARE * predicted.sum():
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


class Overfits(Rule):
    """The training loss keeps falling while the validation loss rises above its minimum, or stays close to it.

    The rise is Prechelt's generalization loss E / E_min - 1 of the recent validation loss E. Source: Prechelt, Early Stopping - But When?, 1998.
    """

    kind = "overfits"
    hides = frozenset({"underfits", "plateau", "still_improving"})
    #: the smallest rise
    RISE = 0.05
    #: the smallest gap between validation and training loss, as a share of the validation loss
    ABOVE = 0.25
    #: the minimum must be at least this many records before the last one; a later minimum may be an accident
    AFTER = 3
    #: Without a rise: since the validation loss has been near its minimum, the training loss has fallen below this share of its value at that time, and
    #: the skill on training rows is at least this much above that on validation rows.
    PART, GAP = 0.5, 0.08

    def finding(self, evidence: Evidence) -> Finding | None:
        lowest, now = evidence.at(evidence.best, "loss"), evidence.lately(evidence.validation)
        rise = (now - lowest) / np.maximum(np.abs(lowest), 1e-3 * np.abs(evidence.validation[0]))
        then, train = evidence.at(evidence.best, "loss", "train"), evidence.lately(evidence.training)
        above = now - train >= self.ABOVE * np.abs(now)
        shows = (rise >= self.RISE) & above & (train < then) & (evidence.last - evidence.best >= self.AFTER)
        if evidence.holds(shows) and not evidence.run.patience:  # a run with patience has gone back to its best weights
            patience = max(self.AFTER, *(longest_wait(evidence.validation[: best + 1, seed]) + 1 for seed, best in enumerate(evidence.best)))
            return self.report(
                Said(
                    "{overfits}: the validation loss has risen by {rise} ({lowest} to {now}), while the training loss fell ({then} to {train}). "
                    "Early stopping keeps the best weights.",
                    overfits=evidence.in_seeds(Said("Overfits since epoch {epoch}", epoch=evidence.epoch(evidence.best, shows)), shows),
                    rise=evidence.percent(rise, shows), lowest=evidence.figure(lowest, shows),
                    now=evidence.figure(now, shows), then=evidence.figure(then, shows),
                    train=evidence.figure(train, shows),
                ),
                Change(Said("patience {epochs}", epochs=patience), replace(evidence.run, patience=patience)),
            )  # fmt: skip
        return self._memorised(evidence)

    def _memorised(self, evidence: Evidence) -> Finding | None:
        """Return the finding of a model that memorises its training rows while the validation loss stays near its minimum; None if it does not."""
        reached = (evidence.validation <= (1 + self.RISE) * evidence.at(evidence.best, "loss")).argmax(axis=0)
        then, train = evidence.at(reached, "loss", "train"), evidence.at(evidence.last, "loss", "train")
        skills = evidence.skill("train"), evidence.skill("validation")
        shows = (train < self.PART * then) & (skills[0] - skills[1] >= self.GAP) & (evidence.last - reached >= self.AFTER)
        if not evidence.holds(shows):
            return None
        return self.report(
            Said(
                "{overfits}: {fit}. Since epoch {epoch} only the training loss falls ({then} to {train}).",
                overfits=evidence.in_seeds(Said("Overfits"), shows), fit=evidence.fit_in_words(shows), epoch=evidence.epoch(reached, shows),
                then=evidence.figure(then, shows), train=evidence.figure(train, shows),
            ),
            tighter(evidence.run, evidence.model.widths),
        )  # fmt: skip


class Underfits(Rule):
    """The fit is poor on the training rows too, and the losses no longer fall: the model is too small, or its regularization too strong."""

    kind = "underfits"
    hides = frozenset({"plateau"})
    #: the skill on training rows and on validation rows must be below this; the first may be above the second by less than `GAP`
    SKILL, GAP = 0.5, 0.3
    #: the recent fall of both losses must be below this share of their values before it
    STILL = 0.03

    def finding(self, evidence: Evidence) -> Finding | None:
        if len(evidence.result.epochs) < 5:
            return None
        train, validation = evidence.skill("train"), evidence.skill("validation")
        poor = (np.maximum(train, validation) < self.SKILL) & (train - np.maximum(validation, 0) < self.GAP)
        shows = poor & (evidence.improved(evidence.training) < self.STILL) & (evidence.improved(evidence.validation) < self.STILL)
        if not evidence.holds(shows):
            return None
        change = looser(evidence.run, evidence.model.widths)
        sentence = Said(
            "{underfits}: {fit}." if change else "{underfits}: {fit}. A larger model (Model, in the sidebar) or better features can do more.",
            underfits=evidence.in_seeds(Said("Underfits"), shows), fit=evidence.fit_in_words(shows),
        )  # fmt: skip
        return self.report(sentence, change)


class Miscalibrated(Rule):
    """The mean probability of the predicted classes differs from the share of correct predictions.

    Sources: Guo et al., On Calibration of Modern Neural Networks, ICML 2017; the expected calibration error: Naeini et al., AAAI 2015.
    """

    kind, severity = "miscalibrated", "note"
    #: the smallest difference, absolute and in standard errors
    GAP, ERRORS = 0.05, 3.0

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
        if not abs(confidence - accuracy) >= max(self.GAP, self.ERRORS * np.std(correct - top) / np.sqrt(len(correct))):
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
        return self.report(sentence, self._milder(evidence) if over else self._plainer(evidence))

    def _milder(self, evidence: Evidence) -> Change | None:
        """Return the change to cross-entropy with label smoothing; None if the run has it already."""
        smoothed = LOSSES["cross_entropy"].from_dict({"label_smoothing": 0.1})
        words = Said("label smoothing 0.1" if evidence.run.loss.kind == "cross_entropy" else "smoothed cross-entropy")
        return None if evidence.run.loss == smoothed else Change(words, replace(evidence.run, loss=smoothed))

    def _plainer(self, evidence: Evidence) -> Change | None:
        """Return the change to plain cross-entropy; if the run has it, the change that removes class weights and resampling; None if it has neither."""
        run, plain = evidence.run, LOSSES["cross_entropy"]()
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
