"""The rules of the advice, as data, in order of preference. A rule without conditions fits any answers."""

from __future__ import annotations

from dataclasses import dataclass

from core.studies.losses.comparisons import Contender, take
from core.tasks import CLASSIFICATION, REGRESSION
from core.words import Said

#: for each question of a condition the answers that meet it
Answers = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Rule:
    """The recommendation of `take`, under the condition that each question in `when` has one of the given answers."""

    take: Contender
    when: Answers
    reason: Said
    caveat: Said


_OUTLIERS: Answers = {"outliers": ("some", "many")}
_WRONG: Answers = {"labels": ("some", "many")}

_REGRESSION = (
    Rule(
        take("cauchy", scale=0.3),
        {"targets": ("positive",), "outliers": ("some",), "costs": ("equal",)},
        Said("Beyond its scale the pull falls as 1/|r|: far outliers hardly count, yet large targets, which scatter more, are not ignored."),
        Said("Not convex, and c must suit the spread of the good rows: many outliers stretch the unit that residuals are measured in, hence 0.3."),
    ),
    Rule(
        take("cauchy", scale=0.2),
        {"targets": ("positive",), "outliers": ("many",), "costs": ("equal",)},
        Said("Beyond its scale the pull falls as 1/|r|: far outliers hardly count, yet large targets, which scatter more, are not ignored."),
        Said("Not convex, and c must suit the spread of the good rows: many outliers stretch the unit that residuals are measured in, hence 0.2."),
    ),
    Rule(
        take("tukey", scale=1.5),
        {**_OUTLIERS, "costs": ("equal",)},
        Said("A residual beyond c does not pull at all, so gross outliers drop out of the fit."),
        Said("Not convex: from a bad start good rows drop out as well. The usual c = 4.685 is in spreads of the good rows alone, hence a smaller one."),
    ),
    Rule(
        take("cauchy", scale=0.3),
        {"targets": ("any", "counts"), **_OUTLIERS, "costs": ("equal",)},
        Said("Beyond its scale the pull falls as 1/|r|: far outliers hardly count, yet none is ignored."),
        Said("Not convex, and c must suit the spread of the good rows: many outliers stretch the unit that residuals are measured in, hence 0.3."),
    ),
    Rule(
        take("absolute_error"),
        {"outliers": ("some",), "costs": ("equal",)},
        Said("It fits the median: each row pulls alike, however far off it is, and there is nothing to set."),
        Said("On Gaussian errors it needs 1.57 times the rows of squared error. Outliers in the features still do harm."),
    ),
    Rule(
        take("absolute_error"),
        {"outliers": ("many",), "costs": ("equal",)},
        Said("It fits the median: each row pulls alike, however far off it is, and there is nothing to set."),
        Said("Outliers that all lie on one side shift the median as well; the pull does not fade near the goal, so let the learning rate fall."),
    ),
    Rule(
        take("absolute_error"),
        {"outliers": ("many",), "costs": ("unequal",)},
        Said("Outliers on one side shift a high quantile far out: with three rows in ten far above, the median of all is about the quantile 0.7 of the rest."),
        Said("It knows one price for both sides: add what the costs ask for once the outliers are dealt with."),
    ),
    Rule(
        take("quantile", quantile=0.8),
        {"outliers": ("many",), "costs": ("unequal",)},
        Said("Where too low costs c times as much as too high, the best forecast is the quantile c/(1 + c): here q = 0.8, for c = 4."),
        Said("Not with outliers on one side: where three rows in ten are far above, the quantile 0.8 of all rows is one of theirs. Clean the data first."),
    ),
    Rule(
        take("quantile", quantile=0.7),
        {"outliers": ("some",), "costs": ("unequal",)},
        Said("For too low at 4 times the price of too high it is 4/5; where one row in ten is far above, 0.7 of all rows is near 0.8 of the good ones."),
        Said("Set q from your own costs and your own outliers: below the target if they lie above, above it if they lie below."),
    ),
    Rule(
        take("quantile", quantile=0.8),
        {"outliers": ("none",), "costs": ("unequal",)},
        Said("Where too low costs c times as much as too high, the best forecast is the quantile c/(1 + c): here q = 0.8, for c = 4."),
        Said("Set q from your own costs. A q near 0 or 1 needs many rows, and outliers on one side shift it: at 0.8 a fifth of the rows is enough."),
    ),
    Rule(
        take("poisson"),
        {"targets": ("counts",), "costs": ("unequal",)},
        Said("Counts are never negative and scatter more where they are large: it fits the logarithm of their mean and expects just that."),
        Said("It fits the mean: for unequal costs take a quantile of the Poisson distribution with that mean, if counts scatter no more than that."),
    ),
    Rule(
        take("poisson"),
        {"targets": ("counts",), "outliers": ("none",)},
        Said("Counts are never negative and scatter more where they are large: it fits the logarithm of their mean and expects just that."),
        Said("It expects a variance equal to the mean. Where counts scatter more, the means stay right, but not the spread about them."),
    ),
    Rule(
        take("poisson"),
        {"targets": ("positive",), "outliers": ("none",), "costs": ("equal",)},
        Said("With a log link it fits the mean of any target that is not negative, counts or not."),
        Said("It expects the variance to grow as the mean does; amounts of money often scatter more."),
    ),
    Rule(
        take("tweedie"),
        {"targets": ("positive", "counts"), "outliers": ("none",), "costs": ("equal",)},
        Said("Between Poisson and gamma: the variance grows as a power of the mean, for amounts of which some are 0 and for counts that scatter more."),
        Said("The power must be chosen, for example on validation rows; without zeros gamma needs none."),
    ),
    Rule(
        take("gamma"),
        {"targets": ("positive",), "outliers": ("none",), "costs": ("equal",)},
        Said("Prices and durations scatter in proportion to their size: it fits the logarithm of the mean and judges relative errors."),
        Said("No target may be 0, and one that is far too large pulls in proportion."),
    ),
    Rule(
        take("huber"),
        {**_OUTLIERS, "costs": ("equal",)},
        Said("Squared near 0, where it is nearly as exact as squared error; beyond δ an outlier pulls no harder than δ."),
        Said("Its pull never fades: many outliers on one side still win. δ must suit the spread of the good rows."),
    ),
    Rule(
        take("squared_error"),
        {"targets": ("positive", "counts"), "outliers": ("none",), "costs": ("equal",)},
        Said("The plain fit of the mean: a baseline for the others."),
        Said("It may predict below 0, and it trusts large targets as much as small ones although they scatter more."),
    ),
    Rule(
        take("squared_error"),
        {"outliers": ("none",), "costs": ("equal",)},
        Said("It fits the mean, and nothing is more exact where errors are Gaussian."),
        Said("One gross outlier can move the whole fit."),
    ),
    Rule(
        take("squared_error"),
        {"outliers": ("none",), "costs": ("unequal",)},
        Said("It fits the mean: a baseline that shows what knowing the costs is worth."),
        Said("It knows one price for both sides."),
    ),
    Rule(
        take("absolute_error"),
        {"costs": ("unequal",)},
        Said("It fits the median, the quantile for equal costs: a baseline that outliers hardly move."),
        Said("It knows one price for both sides."),
    ),
    Rule(
        take("huber"),
        {"costs": ("equal",)},
        Said("Cheap insurance: 95 % of squared error's efficiency on clean data if δ is 1.345 standard deviations of the errors."),
        Said("Where errors are lopsided it fits neither the mean nor the median."),
    ),
    Rule(
        take("absolute_error"),
        {"costs": ("equal",)},
        Said("It fits the median, the natural centre of lopsided errors."),
        Said("On Gaussian errors it needs 1.57 times the rows of squared error."),
    ),
)

_CLASSIFICATION = (
    Rule(
        take("brier"),
        {"classes": ("uneven",), "probabilities": ("needed",), "labels": ("many",)},
        Said("A proper score, so honest probabilities win, and bounded: a wrong label costs at most 2. Robust losses take rare rows for wrong ones."),
        Said("Its probabilities are those of the labels as given, wrong ones included; confident mistakes are unlearned slowly."),
    ),
    Rule(
        take("brier"),
        {"probabilities": ("needed",), "labels": ("some",)},
        Said("A proper score, so honest probabilities win, and bounded: a wrong label costs at most 2."),
        Said("Its probabilities are those of the labels as given, wrong ones included; confident mistakes are unlearned slowly."),
    ),
    Rule(
        take("symmetric_cross_entropy", alpha=0.2),
        {"classes": ("even",), "probabilities": ("needed",), "labels": ("many",)},
        Said("Adds a bounded term with label and prediction exchanged, which wrong labels cannot dominate; probabilities come nearer to the right ones."),
        Said("Two weights to tune, and no proper score: with α = 0.1 it learns as few wrong labels, and is too sure of the rest."),
    ),
    Rule(
        take("symmetric_cross_entropy"),
        {"classes": ("even",), "probabilities": ("needed",), "labels": ("some",)},
        Said("Adds a bounded term with label and prediction exchanged, which wrong labels cannot dominate; probabilities come nearer to the right ones."),
        Said("Two weights to tune, and no proper score: where labels are right its probabilities are too sure."),
    ),
    Rule(
        take("generalised_cross_entropy"),
        {"classes": ("even",), "probabilities": ("needed",), **_WRONG},
        Said("Wrong labels look implausible and lose their pull, so the probabilities come nearer to those of the right labels."),
        Said("It is not a proper score: where labels are right its probabilities are too sure. Check them on rows whose labels are right."),
    ),
    Rule(
        take("brier"),
        {"probabilities": ("needed",), "labels": ("many",)},
        Said("A proper score, so honest probabilities win, and bounded: a wrong label costs at most 2."),
        Said("Its probabilities are those of the labels as given: with many wrong ones far from those of the right labels."),
    ),
    Rule(
        take("symmetric_cross_entropy"),
        {"classes": ("even",), "probabilities": ("not_needed",), **_WRONG},
        Said("Adds a bounded term with label and prediction exchanged, which wrong labels cannot dominate."),
        Said("Two weights to tune; its probabilities are not calibrated."),
    ),
    Rule(
        take("cross_entropy", label_smoothing=0.1),
        {"probabilities": ("needed",), **_WRONG},
        Said("Targets a little below 1, 0.95 for two classes, keep the model from being certain of a wrong label."),
        Said("Its probabilities keep away from 0 and 1 also where the classes are clear."),
    ),
    Rule(
        take("generalised_cross_entropy", weights="balanced"),
        {"classes": ("uneven",), "probabilities": ("not_needed",), **_WRONG},
        Said("Samples that the model finds implausible pull less, so wrong labels lose weight; balanced weights give each class the same say."),
        Said("Rare samples look implausible too: watch the recall of the rare class. A wrong label in it counts heavily."),
    ),
    Rule(
        take("cross_entropy", weights="balanced", label_smoothing=0.1),
        {"classes": ("uneven",), "probabilities": ("not_needed",), **_WRONG},
        Said("Balanced weights give each class the same say; smoothed targets keep the model from being certain of a wrong label."),
        Said("A wrong label in the rare class counts heavily, and weights cost the probabilities their calibration."),
    ),
    Rule(
        take("generalised_cross_entropy"),
        {"classes": ("even",), "probabilities": ("not_needed",), **_WRONG},
        Said("Between cross-entropy (r → 0) and absolute error on probabilities (r = 1): samples that the model finds implausible pull less."),
        Said("A larger r stands more wrong labels and learns more slowly; its probabilities are not calibrated."),
    ),
    Rule(
        take("absolute_error_on_probabilities"),
        {"classes": ("even",), "probabilities": ("not_needed",), "labels": ("many",)},
        Said("Evenly spread label noise does not move its optimum, as long as right labels are the most frequent ones."),
        Said("Slow to train, and it may never fit many classes; its probabilities rush to 0 and 1."),
    ),
    Rule(
        take("symmetric_cross_entropy"),
        {"probabilities": ("not_needed",), **_WRONG},
        Said("Adds a bounded term with label and prediction exchanged, which wrong labels cannot dominate."),
        Said("Two weights to tune; its probabilities are not calibrated."),
    ),
    Rule(
        take("cross_entropy", weights="balanced"),
        {"classes": ("uneven",), "probabilities": ("not_needed",), "labels": ("none",)},
        Said("The first thing to try: weights that give each class the same say, however rare it is."),
        Said("Weights cost the probabilities their calibration: they are those of a world with even classes."),
    ),
    Rule(
        take("cross_entropy"),
        {"classes": ("uneven",), "probabilities": ("not_needed",), "labels": ("none",)},
        Said("The baseline: without weights, but with a threshold below 1/2 for the rare class, it often does as well."),
        Said("At a threshold of 1/2 the rare class is seldom chosen."),
    ),
    Rule(
        take("hinge", weights="balanced"),
        {"classes": ("uneven",), "probabilities": ("not_needed",), "labels": ("none",)},
        Said("Only the decision counts: samples that are right by a margin do not pull any more, and weights give each class the same say."),
        Said("It gives no probabilities, so there is no threshold to set by costs."),
    ),
    Rule(
        take("cross_entropy"),
        {"classes": ("uneven",), "probabilities": ("needed",), "labels": ("none",)},
        Said("A proper score without weights: its probabilities stay calibrated, also for a rare class."),
        Said("At a threshold of 1/2 the rare class is seldom chosen: set the threshold by your costs."),
    ),
    Rule(
        take("brier"),
        {"classes": ("uneven",), "probabilities": ("needed",)},
        Said("A proper score like cross-entropy, but bounded: a few confident mistakes do not rule it."),
        Said("Confident mistakes are unlearned slowly, those on the rare class as well."),
    ),
    Rule(
        take("cross_entropy", weights="balanced"),
        {"classes": ("uneven",), "probabilities": ("needed",)},
        Said("If the rare class is hardly learned at all: weights give each class the same say."),
        Said("Weights cost the probabilities their calibration: recalibrate them on rows with the true shares."),
    ),
    Rule(
        take("cross_entropy", label_smoothing=0.1),
        {"probabilities": ("not_needed",), **_WRONG},
        Said("Targets a little below 1, 0.95 for two classes, keep the model from being certain of a wrong label."),
        Said("Milder than the losses above: a wrong label still pulls without fading."),
    ),
    Rule(
        take("cross_entropy"),
        {"labels": ("none",)},
        Said("The likelihood of the labels: convex in the scores, a proper score, and quick to train."),
        Said("A confident mistake costs without limit, so a wrong label pulls hard."),
    ),
    Rule(
        take("hinge"),
        {"probabilities": ("not_needed",), "labels": ("none",)},
        Said("Only the decision counts: samples that are right by a margin do not pull any more."),
        Said("It gives no probabilities, and its slope jumps at the margin."),
    ),
    Rule(
        take("brier"),
        {},
        Said("Squared error on probabilities: a proper score that is bounded."),
        Said("Not convex: confident mistakes are unlearned slowly."),
    ),
    Rule(
        take("binary_cross_entropy"),
        {"labels": ("none",), "probabilities": ("needed",)},
        Said("One yes or no for each class: right where several classes may be true at once."),
        Said("Classes are fitted apart: that their probabilities sum to 1 is made so afterwards."),
    ),
    Rule(
        take("squared_hinge"),
        {"probabilities": ("not_needed",), "labels": ("none",)},
        Said("Hinge without the corner: smooth, and still silent beyond the margin."),
        Said("It gives no probabilities; far mistakes count with their square."),
    ),
)

#: the rules of each task, the preferred ones first
RULES: dict[str, tuple[Rule, ...]] = {REGRESSION: _REGRESSION, CLASSIFICATION: _CLASSIFICATION}
