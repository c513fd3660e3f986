"""Advice on which loss to take: questions about data and purpose, and the recommendations for the answers."""

from __future__ import annotations

from dataclasses import dataclass

from core.experiment import Experiment
from core.parameters import Declared, choice
from core.studies.losses.advice_rules import RULES, Rule
from core.studies.losses.comparisons import COSTS, COUNTS, LINE, MOONS, UNEVEN, USUAL, Contender, Stage, damaged, on_stage
from core.tasks import CLASSIFICATION, REGRESSION
from core.words import Said

#: the largest number of recommendations
MOST = 4
#: the share of the training rows that the answers "some" and "many" mean
_SHARES = {"some": 0.1, "many": 0.3}


#: the questions that are asked for each task alone
ASKED = {REGRESSION: ("targets", "outliers", "costs"), CLASSIFICATION: ("classes", "labels", "probabilities")}
_AMOUNTS = {"none": "None", "some": "Some", "many": "Many"}


@dataclass(frozen=True)
class Needs(Declared):
    """The answers to all questions; the first answer to each is the harmless one. Answers to questions that are not asked for the task do not matter."""

    task: str = choice(
        REGRESSION, {REGRESSION: "Regression", CLASSIFICATION: "Classification"}, label="Predict", doc="A number (regression) or a class (classification)."
    )
    targets: str = choice(
        "any", {"any": "Any", "positive": "Positive", "counts": "Counts"},
        doc="What the numbers to predict can be. Counts are 0, 1, 2, ...; prices and durations are positive.",
    )  # fmt: skip
    outliers: str = choice("none", _AMOUNTS, doc="Rows whose target is far off for no reason that the features know.")
    costs: str = choice(
        "equal", {"equal": "Equal", "unequal": "Unequal"}, label="Costs of errors",
        doc="Whether a forecast that is too low costs as much as one that is too high by the same amount.",
    )  # fmt: skip
    classes: str = choice("even", {"even": "Even", "uneven": "Uneven"}, doc="Uneven: some class is much rarer than another, and it matters.")
    labels: str = choice("none", _AMOUNTS, label="Wrong labels", doc="Rows whose class is given wrongly: label noise.")
    probabilities: str = choice(
        "not_needed", {"not_needed": "Not needed", "needed": "Needed"},
        doc="Needed where a probability itself is used: for risks, costs, thresholds or rankings.",
    )  # fmt: skip

    def active(self) -> tuple[str, ...]:
        """Return the names of the questions that are asked for the task."""
        return ("task", *ASKED[self.task])

    def answers(self) -> dict[str, str]:
        """Return the answer to each question that is asked for the task."""
        return {name: getattr(self, name) for name in self.active()}


@dataclass(frozen=True)
class Advice:
    """A recommendation.

    `take`: the loss and class weights to take; `reason`: why; `caveat`: what to be careful about.
    `because`: the answers, as (question, answer), that led to it; empty if it suits any answers.
    """

    take: Contender
    reason: Said
    caveat: Said
    because: tuple[tuple[str, str], ...]


def recommend(needs: Needs) -> tuple[Advice, ...]:
    """Return at most `MOST` recommendations, the best first.

    They are the first rules whose conditions the answers meet. If probabilities are needed, losses without probabilities are left out.
    """
    answers, recommendations = needs.answers(), dict[Contender, Advice]()
    for rule in RULES[needs.task]:
        fits = all(answers[question] in allowed for question, allowed in rule.when.items())
        if fits and (rule.take.loss.probabilistic or needs.probabilities == "not_needed" or needs.task == REGRESSION):
            recommendations.setdefault(rule.take, _advice(rule, answers))
    return tuple(recommendations.values())[:MOST]


def _advice(rule: Rule, answers: dict[str, str]) -> Advice:
    """Return the recommendation of a rule, with the answers on which it depends."""
    return Advice(rule.take, rule.reason, rule.caveat, tuple((question, answer) for question, answer in answers.items() if question in rule.when))


def stage(needs: Needs) -> Stage:
    """Return the data set and model that match the answers. Outliers or wrong labels are added to the training rows if the answers have them."""
    if needs.task == REGRESSION:
        clean, damage = {"any": LINE, "positive": COSTS, "counts": COUNTS}[needs.targets], needs.outliers
    else:
        clean, damage = UNEVEN if needs.classes == "uneven" else MOONS, needs.labels
    return clean if damage == "none" else damaged(clean, _SHARES[damage])


def comparison(needs: Needs) -> Experiment:
    """Return the experiment that compares the recommended losses and the usual loss of the task, on data that match the answers."""
    contenders = [advice.take for advice in recommend(needs)]
    baseline = USUAL[needs.task][0]
    return on_stage(contenders if baseline in contenders else [*contenders, baseline], stage(needs))
