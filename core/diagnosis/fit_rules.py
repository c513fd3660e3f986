"""Rules on what was learned: too much, too little, one class only, probabilities that are not what they say."""

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

Array = NDArray[Any]


class Collapsed(Rule):
    """Every row gets the same class. Balanced accuracy is then 1/K, whatever the shares of the classes."""

    kind, severity = "collapsed", "failure"
    hides = frozenset({"underfits", "plateau", "still improving", "miscalibrated"})
    #: what balanced accuracy may be above 1/K, and the share of the rows that get the class
    ABOVE, SHARE = 0.02, 0.98
    #: where the training loss has fallen by this share of its first value lately, it may still come to the others
    FALLING = 0.02

    def finding(self, seen: Evidence) -> Finding | None:
        data = seen.result.data
        if data.task != CLASSIFICATION:
            return None
        classes = len(data.outputs)
        shows = seen.at(seen.last, "balanced_accuracy") <= 1 / classes + self.ABOVE
        if not seen.holds(shows):
            return None
        predicted = np.bincount(seen.scores("validation").argmax(axis=-1), minlength=classes)
        frequent, counts = int(predicted.argmax()), data.class_counts(seen.run.resampling)
        if predicted[frequent] < self.SHARE * predicted.sum():
            return None
        uneven = counts[frequent] == counts.max() > 1.5 * counts.min()
        plain = seen.run.class_weights.kind == "none" and seen.run.resampling == NONE
        share = f", the class of {counts[frequent] / counts.sum():.0%} of the training rows" if uneven else ""
        balanced = Change("balanced weights", replace(seen.run, class_weights=CLASS_WEIGHTS["balanced"]()))
        falling = seen.typical(seen.fallen(seen.training) / np.abs(seen.training[0]), shows) > self.FALLING
        other = looser(seen.run, seen.result.experiment.model.widths) or (faster if falling else slower)(seen.run, 3)
        return self.found(
            f"Collapsed to one class{seen.seeds(shows)}: {predicted[frequent]} of {predicted.sum()} validation rows are taken for “{data.outputs[frequent]}”"
            f"{seen.of_seed}{share}.",
            balanced if uneven and plain else other,
        )


class Overfits(Rule):
    """The training loss goes on falling, and the validation loss has risen above its minimum, or stands still far above it.

    Risen: Prechelt's generalization loss, 100 (E / E_min - 1), is above 5 at the end. Source: Prechelt, Early Stopping - But When?, 1998.
    """

    kind = "overfits"
    hides = frozenset({"underfits", "plateau", "still improving"})
    RISE = 0.05
    #: ... and so much above the training loss: without a gap there is nothing that the training rows alone have taught
    ABOVE = 0.25
    #: what is not within this many epochs of the end may be an accident
    AFTER = 3
    #: without a rise: the training loss has fallen to this part since, and so much more is known of the training rows
    PART, GAP = 0.5, 0.08

    def finding(self, seen: Evidence) -> Finding | None:
        lowest, now = seen.at(seen.best, "loss"), seen.lately(seen.validation)
        rise = (now - lowest) / np.maximum(np.abs(lowest), 1e-3 * np.abs(seen.validation[0]))
        then, train = seen.at(seen.best, "loss", "train"), seen.lately(seen.training)
        above = now - train >= self.ABOVE * np.abs(now)
        shows = (rise >= self.RISE) & above & (train < then) & (seen.last - seen.best >= self.AFTER)
        if seen.holds(shows) and not seen.run.patience:  # with patience the best weights are kept
            patience = max(self.AFTER, *(longest_wait(seen.validation[: best + 1, seed]) + 1 for seed, best in enumerate(seen.best)))
            return self.found(
                f"Overfits since epoch {seen.epoch(seen.best, shows)}{seen.seeds(shows)}: the validation loss has risen by {seen.typical(rise, shows):.0%} "
                f"({seen.typical(lowest, shows):.3g} to {seen.typical(now, shows):.3g}), while the training loss fell "
                f"({seen.typical(then, shows):.3g} to {seen.typical(train, shows):.3g}). Early stopping keeps the best weights.",
                Change(f"patience {patience}", replace(seen.run, patience=patience)),
            )
        return self._memorised(seen)

    def _memorised(self, seen: Evidence) -> Finding | None:
        """Return what is to be said where the training rows are learned by heart, and the validation loss hardly falls any more."""
        reached = (seen.validation <= (1 + self.RISE) * seen.at(seen.best, "loss")).argmax(axis=0)
        then, train = seen.at(reached, "loss", "train"), seen.at(seen.last, "loss", "train")
        skills = seen.skill("train"), seen.skill("validation")
        shows = (train < self.PART * then) & (skills[0] - skills[1] >= self.GAP) & (seen.last - reached >= self.AFTER)
        if not seen.holds(shows):
            return None
        return self.found(
            f"Overfits{seen.seeds(shows)}: {seen.fit_in_words(shows)}. "
            f"Since epoch {seen.epoch(reached, shows)} only the training loss falls ({seen.typical(then, shows):.3g} to {seen.typical(train, shows):.3g}).",
            tighter(seen.run, seen.result.experiment.model.widths),
        )


class Underfits(Rule):
    """Even the training rows are poorly fitted, and validation rows about as well: the model, or what holds it back, is too tight."""

    kind = "underfits"
    hides = frozenset({"plateau"})
    #: less than half of what can be known is known, also of the training rows, and of the validation rows not much less
    SKILL, GAP = 0.5, 0.3
    #: ... and the training loss has not fallen lately by more than this share of its level, nor the validation loss
    STILL = 0.03

    def finding(self, seen: Evidence) -> Finding | None:
        if len(seen.result.epochs) < 5:
            return None
        train, validation = seen.skill("train"), seen.skill("validation")
        poor = (np.maximum(train, validation) < self.SKILL) & (train - np.maximum(validation, 0) < self.GAP)
        shows = poor & (seen.improved(seen.training) < self.STILL) & (seen.improved(seen.validation) < self.STILL)
        if not seen.holds(shows):
            return None
        change = looser(seen.run, seen.result.experiment.model.widths)
        advice = "" if change else " A larger model (Model, in the sidebar) or better features can do more."
        return self.found(f"Underfits{seen.seeds(shows)}: {seen.fit_in_words(shows)}.{advice}", change)


class Miscalibrated(Rule):
    """The mean of the probabilities of what is predicted is not the share that is right: it cannot be told from noise below 3 standard errors.

    Sources: Guo et al., On Calibration of Modern Neural Networks, ICML 2017; the expected calibration error: Naeini et al., AAAI 2015.
    """

    kind, severity = "miscalibrated", "note"
    GAP, ERRORS = 0.05, 3.0

    def finding(self, seen: Evidence) -> Finding | None:
        data, run = seen.result.data, seen.run
        if data.task != CLASSIFICATION:
            return None
        with np.errstate(all="ignore"):
            probabilities = run.loss.probabilities(seen.scores("validation"))
        if probabilities is None:
            return None
        top = probabilities.max(axis=-1).astype(float)
        right = probabilities.argmax(axis=-1) == data.truth[data.split("validation")]
        sure, accuracy = top.mean(), right.mean()
        if not abs(sure - accuracy) >= max(self.GAP, self.ERRORS * np.std(right - top) / np.sqrt(len(right))):
            return None
        over = sure > accuracy
        doubt = " Wrong labels among the training rows teach it doubt." if not over and data.damaged[data.split("train")].any() else ""
        return self.found(
            f"{'Over' if over else 'Under'}confident{seen.of_seed}: on the validation rows it gives its predictions {sure:.0%} on average, "
            f"and {accuracy:.0%} of them are right; the expected calibration error is {reliability(top, right).error:.2f}.{doubt}",
            self._milder(seen) if over else self._plainer(seen),
        )

    def _milder(self, seen: Evidence) -> Change | None:
        """Return the run with targets a little below 1."""
        smoothed = LOSSES["cross_entropy"].from_dict({"label_smoothing": 0.1})
        words = "label smoothing 0.1" if seen.run.loss.kind == "cross_entropy" else "smoothed cross-entropy"
        return None if seen.run.loss == smoothed else Change(words, replace(seen.run, loss=smoothed))

    def _plainer(self, seen: Evidence) -> Change | None:
        """Return the run with the plain proper loss, or without weights, which both shift probabilities."""
        run, plain = seen.run, LOSSES["cross_entropy"]()
        if run.loss != plain:
            return Change("plain cross-entropy", replace(run, loss=plain))
        if run.class_weights.kind != "none" or run.resampling != NONE:
            return Change("no class weights", replace(run, class_weights=CLASS_WEIGHTS["none"](), resampling=NONE))
        return None


def longest_wait(losses: Array) -> int:
    """Return the largest number of epochs from one lowest loss so far to the next, of losses (E,): patience below it would stop in between."""
    lowest = np.flatnonzero(losses == np.minimum.accumulate(losses))
    return int(np.diff(lowest).max(initial=0))
