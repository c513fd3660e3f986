"""Rules about classes: one that is predicted for all rows, one that is missed, and probabilities that are not calibrated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.class_weights import CLASS_WEIGHTS
from core.diagnosis.changes import Change, faster, looser, slower
from core.diagnosis.evidence import Evidence
from core.diagnosis.fit_rules import HeldBack
from core.diagnosis.rule import Finding, Rule
from core.inspection.calibration import reliability
from core.losses import LOSSES
from core.penalties import PENALTIES
from core.preparation.resampling import NONE
from core.tasks import CLASSIFICATION
from core.words import Figure, Said


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
        shows = evidence.at(evidence.kept, "balanced_accuracy") <= 1 / classes + self.ABOVE
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


class RareClass(Rule):
    """A rare class is missed while the most frequent one is found: half of its rows, or more of them than the reference misses of rows that it has not seen.

    Rows that the run was trained on count as well: what it misses of those it will miss of new ones.
    """

    kind = "rare_class"
    hides = frozenset({"underfits", "too_fast"})
    #: the class has at most this share of the training rows of the most frequent one, of which at least this share is found
    RARE, OTHER = 1 / 3, 0.7
    #: at most this share of it is found, of at least so many training and validation rows; of fewer ones so few that of a class of which this larger share is
    #: found it would happen once in twenty times
    FOUND, ROWS, LARGER, CHANCE = 0.5, 10, 0.75, 0.05
    #: or at most this share, and the reference finds so much more of it, by so many standard errors
    SOME, MORE, ERRORS = 0.8, 0.15, 2.0

    def finding(self, evidence: Evidence) -> Finding | None:
        data, run = evidence.result.data, evidence.run
        if data.task != CLASSIFICATION or run.class_weights.kind != "none" or run.resampling != NONE:
            return None
        from scipy.stats import binom

        confusion, counts = evidence.confusion("train") + evidence.confusion("validation"), data.class_counts()
        rows = confusion.sum(axis=1)
        found = np.diagonal(confusion) / np.maximum(rows, 1)
        enough = (rows >= self.ROWS) | (binom.cdf(np.diagonal(confusion), rows, self.LARGER) <= self.CHANCE)
        missed = (found <= self.FOUND) & enough | (found <= self.SOME) & self._found_by_others(evidence)
        rare = (counts <= self.RARE * counts.max()) & missed
        if not rare.any() or found[counts.argmax()] < self.OTHER:
            return None
        worst = int(np.flatnonzero(rare)[found[rare].argmin()])
        return self.report(
            Said(
                "{missed}: {found} of its {rows} training and validation rows are found, and {other} of the most frequent class. It has {share} of the "
                "training rows.",
                missed=evidence.of_seed_0(
                    Said("Class “{name}” is rare and mostly missed" if found[worst] <= self.FOUND else "Class “{name}” is rare and often missed",
                         name=data.outputs[worst])
                ),
                found=int(confusion[worst, worst]), rows=int(rows[worst]), other=Figure(float(found[counts.argmax()]), ".0%"),
                share=Figure(float(counts[worst] / counts.sum()), ".1%"),
            ),
            Change(Said("balanced weights"), replace(run, class_weights=CLASS_WEIGHTS["balanced"]())),
        )  # fmt: skip

    def _found_by_others(self, evidence: Evidence) -> NDArray[Any]:
        """Return for each class (K,) whether the reference surely finds more of its training and validation rows, none of which it has seen."""
        data, reference = evidence.result.data, evidence.reference
        differ, truth = evidence.differences(), np.concatenate([data.truth[reference.training], data.truth[data.split("validation")]])
        surely = np.zeros(len(data.outputs), bool)
        for one in np.unique(truth):
            of_class = differ[truth == one]
            error = np.sqrt(np.square(of_class - of_class.mean()).sum() + 1) / len(of_class)  # kept off 0 as if one row more were missed
            surely[one] = of_class.mean() >= max(self.MORE, self.ERRORS * error)
        return surely


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
