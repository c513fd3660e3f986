"""Rules about what metrics hide: a class of a few rows, and losses that part where the accuracy does not."""

from __future__ import annotations

import numpy as np

from core.diagnosis.evidence import Evidence
from core.diagnosis.rule import Finding, Rule
from core.preparation.split import SPLITS
from core.tasks import CLASSIFICATION
from core.words import Said


class ThinClass(Rule):
    """A class has so few rows that one of the splits has hardly any of them: what is said of it there is chance."""

    kind, severity = "thin_class", "note"
    #: fewer validation or test rows than this tell nothing of a class
    ROWS = 3

    def finding(self, evidence: Evidence) -> Finding | None:
        data = evidence.result.data
        if data.task != CLASSIFICATION:
            return None
        counts = np.array([np.bincount(data.truth[data.split(name)], minlength=len(data.outputs)) for name in SPLITS])
        thin = np.flatnonzero(counts[1:].min(axis=0) < self.ROWS)
        if not len(thin):
            return None
        worst = int(thin[counts[:, thin].sum(axis=0).argmin()])
        train, validation, test = map(int, counts[:, worst])
        if len(thin) == 1:
            return self.report(
                Said(
                    "Class “{name}” has {rows} rows: {train} to train on, {validation} to validate, {test} to test. What share of it is found there is chance. "
                    "Bring more of its rows, or join it with another class.",
                    name=data.outputs[worst], rows=train + validation + test, train=train, validation=validation, test=test,
                )
            )  # fmt: skip
        return self.report(
            Said(
                "{count} classes have hardly any rows in a split, “{name}” the fewest: {train} to train on, {validation} to validate, {test} to test. "
                "What share of them is found there is chance. Bring more of their rows, or join them with other classes.",
                count=len(thin), name=data.outputs[worst], train=train, validation=validation, test=test,
            )
        )  # fmt: skip


class LossGap(Rule):
    """The training loss is a small part of the validation loss, also where the share of right predictions hardly differs.

    A model that fits its training rows without error is made ever more certain of them, and is as certain where it errs.
    """

    kind, severity = "loss_gap", "note"
    #: the validation loss, less so many standard errors, is so many times the training loss; and it is at least this share of the first validation loss
    TIMES, ERRORS, OF_FIRST = 50.0, 2.0, 0.1

    def finding(self, evidence: Evidence) -> Finding | None:
        loss, data = evidence.run.loss, evidence.result.data
        if data.task != CLASSIFICATION or not (loss.nonnegative and loss.probabilistic) or len(evidence.training) < 2:
            return None
        train, validation = evidence.at(evidence.kept, "loss", "train"), evidence.at(evidence.kept, "loss")
        shows = (validation - self.ERRORS * evidence.loss_error >= self.TIMES * train) & (validation >= self.OF_FIRST * evidence.validation[0])
        if not evidence.holds(shows):
            return None
        return self.report(
            Said(
                "{gap}: the training loss is {train}, the validation loss {validation}; {fit}. It is nearly certain of the rows that it has seen, and as "
                "certain where it errs.",
                gap=evidence.in_seeds(Said("The losses part"), shows), train=evidence.figure(train, shows), validation=evidence.figure(validation, shows),
                fit=evidence.fit_in_words(shows),
            )
        )  # fmt: skip
