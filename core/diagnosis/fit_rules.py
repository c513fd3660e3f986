"""Rules about what the model has learned: too little, or more than helps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.diagnosis.changes import Change, faster, larger, looser, slower, straighter, usual
from core.diagnosis.descent_rules import TooFast
from core.diagnosis.evidence import Evidence
from core.diagnosis.reference import uneven
from core.diagnosis.rule import Finding, Rule
from core.tasks import CLASSIFICATION
from core.words import Figure, Said

Array = NDArray[Any]


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
        poor = (evidence.behind() & low) | evidence.below() | evidence.dull
        poor &= self._strong(evidence)
        shows = poor | ((evidence.size < 0) & self._strong(evidence))
        if not evidence.holds(shows):
            return None
        held = evidence.in_seeds(Said("Held back"), shows)
        if not evidence.holds(poor):
            return self.report(
                Said(
                    "{held}: scores {times} times as large would have a log loss of {after} on the validation rows instead of {before}, and a lower one on the "
                    "training rows, too. With {what} the model is free to be as certain as its rows allow.",
                    held=held, times=Figure(1 / evidence.sharpness.divisor, ".2g"), after=Figure(evidence.sharpness.after, ".3g"),
                    before=Figure(evidence.sharpness.before, ".3g"), what=change.words,
                ),
                change,
            )  # fmt: skip
        return self.report(
            Said(
                "{held}: {fit}. {other} finds {skill}. With {what} the model is free to fit more.",
                held=held, fit=evidence.fit_in_words(shows), other=evidence.reference.best[0],
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


class Overfits(Rule):
    """The training loss keeps falling while the validation loss rises above its minimum, or stays close to it.

    The rise is Prechelt's generalization loss E / E_min - 1 of the recent validation loss E. Source: Prechelt, Early Stopping - But When?, 1998.
    """

    kind = "overfits"
    hides = frozenset({"still_improving", "loss_gap"})
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
    #: or this is the skill on training rows, and the scores are far too large on the validation rows
    BY_HEART = 0.95

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
                self._cure(evidence, patience) if pays else None,
            )  # fmt: skip
        return self._memorised(evidence)

    def _cure(self, evidence: Evidence, patience: int) -> Change:
        """Return the change to smaller steps where they are far above the usual ones, because then the best epoch is an accident; else early stopping."""
        run = evidence.run
        if run.learning_rate >= TooFast.TIMES * run.optimizer.learning_rate:
            return slower(run, 3)
        return Change(Said("patience {epochs}", epochs=patience), replace(run, patience=patience))

    def _worse(self, evidence: Evidence) -> Array:
        """Return for each seed whether the best epoch is one to go back to, (S,): not one of the first, and the predictions have not become better since."""
        data = evidence.result.data
        metric = "r2" if data.task != CLASSIFICATION else "balanced_accuracy" if uneven(data) else "accuracy"
        return (evidence.best > 1) & (evidence.at(evidence.last, metric) <= evidence.at(evidence.best, metric))

    def _memorised(self, evidence: Evidence) -> Finding | None:
        """Return the finding of a model that memorises its training rows while the validation loss stays near its minimum; None if it does not."""
        reached = (evidence.validation <= (1 + self.RISE) * evidence.at(evidence.best, "loss")).argmax(axis=0)
        then, train = evidence.at(reached, "loss", "train"), evidence.at(evidence.kept, "loss", "train")
        gap = evidence.skill("train") - evidence.skill("validation")
        apart = (gap >= self.GAP + self.ERRORS * evidence.own_doubt) | (evidence.sharpness.far and evidence.skill("train") >= self.BY_HEART)
        shows = (train < self.PART * then) & apart & (evidence.kept - reached >= self.AFTER)
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
    hides = frozenset({"too_fast", "overfits", "still_improving", "miscalibrated"})
    #: how far the skill is below that of the reference, in skill and in standard errors
    LEAST, ERRORS = 0.1, 3.0
    #: a recent fall of the training loss by this share of its value before is a fall
    FALLS = 0.03
    #: the rate is usual if it is at most this many times the suggested one, and at least the inverse
    USUAL = 3.0
    #: a layer of fewer units is small
    FEW = 8

    def finding(self, evidence: Evidence) -> Finding | None:
        widths = evidence.model.widths
        small = min(widths) < self.FEW if widths else evidence.reference.curved
        shows = (evidence.below() if small else evidence.below(self.LEAST, self.ERRORS)) | evidence.dull
        if len(evidence.training) < 5 or not evidence.holds(shows):
            return None
        falls = evidence.typical(evidence.improved(evidence.training), shows) >= self.FALLS
        run, model = evidence.run, evidence.model
        wider, times = larger(run, model), run.learning_rate / run.optimizer.learning_rate
        change: Change | None
        if len(widths) > 1 and model.nonlinearity == "sigmoid":
            change, why = straighter(run, model), Said("Gradients fade in layers of sigmoid units.")
        elif wider is not None and small and times >= 1 / self.USUAL:
            change, why = wider, Said("The model is too small.")
        elif (falls and times <= self.USUAL) or times < 1 / self.USUAL:
            change, why = faster(run, 3), Said("The training loss still falls.") if falls else Said("The steps are small.")
        elif times >= TooFast.TIMES:
            lost = evidence.typical(evidence.skill("validation"), shows) < 0  # it knows less than a constant
            change, why = usual(run) if lost else slower(run, 3), Said("The rate is large.")
        else:
            change, why = wider if times <= self.USUAL else None, Said("The training loss does not fall any more.")
        return self.report(
            Said(
                "{underfits}: {fit}. {other} finds {skill}. {why}",
                underfits=evidence.in_seeds(Said("Underfits"), shows), fit=evidence.fit_in_words(shows), other=evidence.reference.best[0],
                skill=evidence.reference_in_words(), why=why,
            ),
            change,
        )  # fmt: skip


class Exploded(Rule):
    """The training loss falls and the validation loss ends above where it began: of new rows the run says less than before the training."""

    kind = "exploded_loss"
    hides = frozenset({"still_improving"})
    #: the validation loss is at least this many times its first value, and the training loss at most this share of its own
    TIMES, FALLEN = 1.2, 0.5
    #: the share of the validation loss that is said to lie on so many rows
    SHARE = 0.5

    def finding(self, evidence: Evidence) -> Finding | None:
        if evidence.run.patience:  # it goes back to its best weights
            return None
        first, now, train = evidence.validation[0], evidence.lately(evidence.validation), evidence.lately(evidence.training)
        shows = (now > self.TIMES * np.abs(first)) & (train < self.FALLEN * evidence.training[0]) & (evidence.last > 0)
        if not evidence.holds(shows):
            return None
        losses = np.sort(evidence.losses(int(evidence.result.epochs[evidence.last[0]])))[::-1]
        few = 1 + int((np.cumsum(losses) < self.SHARE * losses.sum()).sum())
        run = evidence.run
        fast = run.learning_rate >= TooFast.TIMES * run.optimizer.learning_rate
        return self.report(
            Said(
                "{exploded}: it is {now}, after {first} before the training, while the training loss fell to {train}. Half of it lies on {few} of "
                "{rows}, where the run is wrong with much certainty."
                if evidence.result.data.task == CLASSIFICATION
                else "{exploded}: it is {now}, after {first} before the training, while the training loss fell to {train}. Half of it lies on {few} of "
                "{rows}, where the run is far off.",
                exploded=evidence.in_seeds(Said("The validation loss has exploded"), shows), now=evidence.figure(now, shows),
                first=evidence.figure(first, shows), train=evidence.figure(train, shows), few=few,
                rows=evidence.of_seed_0(Said("{rows} validation rows", rows=len(losses))),
            ),
            slower(run, 3) if fast else None,
        )  # fmt: skip


def longest_wait(losses: Array) -> int:
    """Return the largest number of epochs between two successive records of the lowest loss so far, of losses (E,).

    Early stopping with a smaller patience would end the training between those two.
    """
    lowest = np.flatnonzero(losses == np.minimum.accumulate(losses))
    return int(np.diff(lowest).max(initial=0))
