"""Rules about the data, as the training rows and the other rows show them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.diagnosis.changes import Change, another_split, without_feature
from core.diagnosis.evidence import Evidence
from core.diagnosis.reference import errors, row_weights
from core.diagnosis.rule import Finding, Rule
from core.diagnosis.tails import log_target
from core.losses import LOSSES
from core.tasks import CLASSIFICATION, IDENTITY, REGRESSION
from core.words import Figure, Said, Value

_TREES = Said("A forest of trees")
#: what bad data explain
EXPLAINED = frozenset(
    {"held_back", "dead_units", "exploding_gradient", "oscillates", "too_fast", "vanishing_gradient", "too_slow", "poor_loss", "underfits",
     "still_improving", "miscalibrated", "lucky_split", "loss_gap"}
)  # fmt: skip


class FirstVaries(Rule):
    """A feature has one value in all training rows and another in validation or test rows, which is no chance, so its weight was never learned."""

    kind = "first_varies"
    hides = EXPLAINED | {"shifted", "outliers"}
    #: the smallest share of the validation and test rows in which such a feature varies; the largest number of names in the sentence
    SHARE, NAMES = 0.05, 3
    #: the largest chance that any feature of rows without an order looks so: a pixel that is seldom set is in no row of few
    CHANCE = 0.01

    def finding(self, evidence: Evidence) -> Finding | None:
        data = evidence.result.data
        train, others = data.X[data.split("train")], data.X[data.n_train :]
        chance = (1 - (others != train[0]).mean(axis=0)) ** len(train) * train.shape[1]
        first = np.flatnonzero((train == train[0]).all(axis=0) & (others != train[0]).any(axis=0) & (chance < self.CHANCE))
        share = (others[:, first] != train[0, first]).any(axis=1).mean() if len(first) else 0.0
        if share < self.SHARE:
            return None
        names: tuple[Value, ...] = tuple(f"“{data.features[i]}”" for i in first[: self.NAMES])
        others_in = Figure(float(share), ".0%")
        if len(first) == 1:
            return self.report(
                Said(
                    "{names} has one value in all training rows, and others in {share} of the validation and test rows: what its weight does there was "
                    "never learned. Leave it out, or split the rows in another way.",
                    names=names, share=others_in,
                ),
                shared=without_feature(evidence.result.experiment, data.features[first[0]]) or another_split(evidence.result.experiment),
            )  # fmt: skip
        return self.report(
            Said(
                "{count} features ({names}) have one value in all training rows, and others in {share} of the validation and test rows: "
                "what their weights do there was never learned. Leave them out, or split the rows in another way.",
                count=len(first), names=names, share=others_in,
            ),
            shared=another_split(evidence.result.experiment),
        )  # fmt: skip


class Leak(Rule):
    """One feature alone predicts the target nearly without error, and all others together do not."""

    kind = "leak"
    hides = frozenset({"outliers", "shifted"})

    def finding(self, evidence: Evidence) -> Finding | None:
        data, found = evidence.result.data, evidence.reference.leak
        if found is None:
            return None
        feature, alone, rest = found
        classes = data.task == CLASSIFICATION
        return self.report(
            Said(
                "“{name}” alone predicts the class: trees that see nothing else have a skill of {alone} on rows that are new to them, all other features "
                "together {rest} (0: the most frequent class, 1: no error). Is it known before the class is? If not, it leaks: leave it out."
                if classes
                else "“{name}” alone predicts the target: trees that see nothing else have R² {alone} on rows that are new to them, all other features "
                "together {rest}. Is it known before the target is? If not, it leaks: leave it out.",
                name=data.features[feature], alone=Figure(alone, ".2f"), rest=Figure(rest, ".2f"),
            ),
            shared=without_feature(evidence.result.experiment, data.features[feature]),
        )  # fmt: skip


class Outliers(Rule):
    """Training residuals have a heavy tail under a loss that outliers rule.

    Residuals are those of the model and of trees that have not seen the row; of the trees alone where the model has learned rows by heart.
    They are measured from their median in robust standard deviations, 1.4826 times the median of their distance from it (Hampel, JASA 69, 1974).
    """

    kind = "outliers"
    hides = EXPLAINED | {"overfits", "shifted"}
    #: a residual beyond so many robust standard deviations is far, and the smallest share of far ones: of normal ones 1 in 15,000 is beyond 4, and of
    #: Laplace's 1 in 90; many outliers stretch the unit and are nearer
    FAR, SHARE = (4.5, 3.5), (0.03, 0.07)
    #: the smallest number of far residuals
    ROWS = 5
    #: a model that has this much skill on training rows with outliers has learned them by heart; one with this gap to the validation rows in part
    BY_HEART, GAP = 0.9, 0.2

    def finding(self, evidence: Evidence) -> Finding | None:
        data, run = evidence.result.data, evidence.run
        if data.task != REGRESSION or run.loss.robust or run.loss.link != IDENTITY or data.n_train < FewRows.LEAST:
            return None
        rows = slice(0, len(evidence.reference.left_out_residuals))
        of_model = self._far(data.truth[rows] - evidence.predicted("train")[rows])
        of_trees = self._far(evidence.reference.left_out_residuals)
        known = evidence.skill("train")[0]
        by_heart = known >= self.BY_HEART
        share, far, largest = of_trees if by_heart or known - evidence.skill("validation")[0] >= self.GAP else min(of_model, of_trees)
        if share < self.ROWS / rows.stop:
            return None
        robust, words = LOSSES["absolute_error"](), Said(LOSSES["absolute_error"].title)
        if by_heart:  # a bounded pull lets outliers drop out of what is learned by heart
            robust, words = LOSSES["cauchy"].from_dict({"scale": 0.3}), Said("Cauchy 0.3")
        return self.report(
            Said(
                "Outliers: {share} of the training residuals lie beyond {far} robust standard deviations, the farthest at {largest}. Of normal errors hardly "
                "any would. {loss} lets each of them pull with all its distance.",
                share=Figure(share, ".0%"), far=Figure(far, "g"), largest=Figure(largest, ".0f"), loss=Said(run.loss.title),
            ),
            Change(words, replace(run, loss=robust)),
            log_target(evidence, self._far),
        )  # fmt: skip

    def _far(self, residuals: np.ndarray) -> tuple[float, float, float]:
        """Return the share of far residuals (n, K), beyond which distance, and the distance of the farthest, of the target with most; (0, 0, 0) for too few.

        The unit is taken on the side of the median where residuals are nearer, because outliers may lie on the other.
        """
        offsets = residuals - np.median(residuals, axis=0)
        sides = np.array([[np.median(np.abs(column[column * side > 0])) if (column * side > 0).any() else 0.0 for column in offsets.T] for side in (-1, 1)])
        unit = 1.4826 * sides.min(axis=0)
        scaled = np.abs(offsets) / np.where(unit > 0, unit, np.inf)
        found = []
        for far, least in zip(self.FAR, self.SHARE, strict=True):
            shares = (scaled > far).mean(axis=0)
            target = int(shares.argmax())
            if shares[target] >= least:
                found.append((float(shares[target]), far, float(scaled[:, target].max())))
        return max(found, default=(0.0, 0.0, 0.0))


class Shifted(Rule):
    """The features of the training rows scatter more than those of the validation rows, or less: the rows are not of one kind."""

    kind = "shifted"
    hides = EXPLAINED | {"wrong_labels"}
    #: the smallest ratio of the spreads, in the middle feature, and the smallest number of standard errors of a single feature
    RATIO, ERRORS = 1.2, 3.0
    #: the smallest share of the features that differ in the same direction, and the smallest number of rows of each kind
    SAME, ROWS = 0.8, 10

    def finding(self, evidence: Evidence) -> Finding | None:
        data = evidence.result.data
        train, validation = (data.X[data.split(name)].astype(float) for name in ("train", "validation"))
        spreads = np.array([train.std(axis=0), validation.std(axis=0)])
        varies = (spreads > 1e-6).all(axis=0)
        if min(len(train), len(validation)) < self.ROWS or not varies.any():
            return None
        logs = np.log(spreads[0, varies]) - np.log(spreads[1, varies])
        middle = float(np.median(logs))
        error = np.sqrt(0.5 / len(train) + 0.5 / len(validation))
        same = (np.sign(logs) == np.sign(middle)).mean()
        if abs(middle) < max(np.log(self.RATIO), self.ERRORS * error) or same < self.SAME:
            return None
        return self.report(
            Said(
                "The training rows differ from the validation rows: their features scatter {ratio} times as much. Noise in the features blurs what is learned. "
                "Train on rows like those that are to be predicted."
                if middle > 0
                else "The training rows differ from the validation rows: their features scatter only {ratio} times as much. "
                "Train on rows like those that are to be predicted.",
                ratio=Figure(float(np.exp(middle)), ".2g"),
            )
        )  # fmt: skip


class WrongLabels(Rule):
    """The reference predicts the validation rows far better than training rows that it has not seen: the labels of training rows are less true."""

    kind = "wrong_labels"
    hides = EXPLAINED
    #: the smallest difference of the error, absolute and in standard errors
    GAP, ERRORS = 0.08, 3.0
    #: fewer training rows tell nothing
    ROWS = 80

    def finding(self, evidence: Evidence) -> Finding | None:
        data, reference = evidence.result.data, evidence.reference
        if data.task != CLASSIFICATION or data.n_train < self.ROWS:
            return None
        weights = row_weights(data, data.split("validation"))
        count = len(weights) / np.square(weights).mean()
        for title, train, validation in ((_TREES, reference.left_out, reference.of_trees), (reference.best[0], reference.unseen, reference.best[1])):
            shares = float(train.mean()), float((weights * validation).mean())
            error = np.sqrt(_variance(shares[0], len(train)) / len(train) + _variance(shares[1], count) / count)
            if shares[0] - shares[1] >= max(self.GAP, self.ERRORS * error):
                return self.report(
                    Said(
                        "Wrong labels among the training rows? {other} misses {train} of the training rows, none of which it has seen, but {validation} of the "
                        "validation rows.",
                        other=title, train=Figure(shares[0], ".0%"), validation=Figure(shares[1], ".0%"),
                    )
                )  # fmt: skip
        return None


def _variance(share: float, n: float) -> float:
    """Return the variance of one outcome of a share, which is kept away from 0 and 1 by one more row of each."""
    kept = (share * n + 1) / (n + 2)
    return kept * (1 - kept)


class FewRows(Rule):
    """So few training rows that what is learned hangs on which ones they are."""

    kind, severity = "few_rows", "note"
    hides = frozenset(
        {
            "dead_units", "exploding_gradient", "oscillates", "underfits", "too_fast", "exploded_loss", "still_improving", "miscalibrated", "lucky_split",
            "loss_gap",
        }
    )  # fmt: skip
    #: fewer training rows than this are few
    LEAST = 40

    def finding(self, evidence: Evidence) -> Finding | None:
        data, model = evidence.result.data, evidence.model
        if data.n_train >= self.LEAST:
            return None
        params = model.n_params(data.X.shape[1], len(data.outputs))
        return self.report(
            Said(
                "Only {rows} training rows, for {params} parameters: what is learned hangs on which rows they are. More rows help before anything else does.",
                rows=data.n_train, params=params,
            )
        )  # fmt: skip


class LuckySplit(Rule):
    """The kept model is far better on the validation rows than on the test rows, or the reverse: the rows fell unevenly into the splits."""

    kind, severity = "lucky_split", "note"
    #: the smallest difference of the errors, in standard errors
    ERRORS = 3.5

    def finding(self, evidence: Evidence) -> Finding | None:
        data = evidence.result.data
        if evidence.skill("validation")[0] < 0:
            return None
        sizes, means, variances = [], [], []
        for split in ("validation", "test"):
            wrong = errors(data, data.split(split), evidence.predicted(split))
            sizes.append(len(wrong))
            means.append(float(wrong.mean()))
            variances.append(_variance(means[-1], len(wrong)) if data.task == CLASSIFICATION else float(wrong.var()))
        difference = means[1] - means[0]
        if not abs(difference) >= self.ERRORS * np.sqrt(sum(v / n for v, n in zip(variances, sizes, strict=True))):
            return None
        return self.report(
            Said(
                "The test rows are harder than the validation rows: the error is {test} there, after {validation}. Another split or more rows tell whether "
                "that is chance."
                if difference > 0
                else "The validation rows are harder than the test rows: the error is {validation} there, and {test} on the test rows. "
                "Another split or more rows tell whether that is chance.",
                test=Figure(means[1], ".0%" if data.task == CLASSIFICATION else ".3g"),
                validation=Figure(means[0], ".0%" if data.task == CLASSIFICATION else ".3g"),
            ),
            shared=another_split(evidence.result.experiment),
        )  # fmt: skip
