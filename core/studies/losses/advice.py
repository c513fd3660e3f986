"""Advice on which loss to take: questions about data and purpose, and the recommendations for the answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.experiment import Experiment
from core.studies.losses.advice_rules import RULES, Rule
from core.studies.losses.comparisons import COSTS, COUNTS, LINE, MOONS, UNEVEN, USUAL, Contender, Stage, damaged, on_stage
from core.tasks import CLASSIFICATION, REGRESSION
from core.words import Said

#: the largest number of recommendations
MOST = 4
#: the share of the training rows that the answers "some" and "many" mean
_SHARES = {"some": 0.1, "many": 0.3}


@dataclass(frozen=True)
class Question:
    """A question of the chooser.

    `answers`: what is said of each possible answer, the harmless one first; `doc`: what they mean.
    `task`: the task for which the question is asked; empty for both.
    """

    title: str
    answers: dict[str, Said]
    doc: str
    task: str = ""


_HOW_MANY = {"none": Said("none"), "some": Said("some"), "many": Said("many")}
QUESTIONS: dict[str, Question] = {
    "task": Question("Predict", {REGRESSION: Said("regression"), CLASSIFICATION: Said("classification")}, "A number (regression) or a class (classification)."),
    "targets": Question(
        "Targets", {"any": Said("any"), "positive": Said("positive"), "counts": Said("counts")},
        "What the numbers to predict can be. Counts are 0, 1, 2, ...; prices and durations are positive.", REGRESSION,
    ),
    "outliers": Question("Outliers", _HOW_MANY, "Rows whose target is far off for no reason that the features know.", REGRESSION),
    "costs": Question(
        "Costs of errors", {"equal": Said("equal"), "unequal": Said("unequal")},
        "Whether a forecast that is too low costs as much as one that is too high by the same amount.", REGRESSION,
    ),
    "classes": Question(
        "Classes", {"even": Said("even"), "uneven": Said("uneven")}, "Uneven: some class is much rarer than another, and it matters.", CLASSIFICATION
    ),
    "labels": Question("Wrong labels", _HOW_MANY, "Rows whose class is given wrongly: label noise.", CLASSIFICATION),
    "probabilities": Question(
        "Probabilities", {"not_needed": Said("not needed"), "needed": Said("needed")},
        "Needed where a probability itself is used: for risks, costs, thresholds or rankings.", CLASSIFICATION,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Needs:
    """The answers to all questions. Answers to questions that are not asked for the task do not matter.

    Raises `ValueError` for a text that is not one of a question's answers.
    """

    task: str = REGRESSION
    targets: str = "any"
    outliers: str = "none"
    costs: str = "equal"
    classes: str = "even"
    labels: str = "none"
    probabilities: str = "not_needed"

    def __post_init__(self) -> None:
        for name, question in QUESTIONS.items():
            if getattr(self, name) not in question.answers:
                raise ValueError(f"{name} must be one of {', '.join(question.answers)}, got {getattr(self, name)!r:.80}")

    def answers(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each question that is asked for the task, and its answer."""
        for name, question in QUESTIONS.items():
            if question.task in ("", self.task):
                yield name, getattr(self, name)


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
    answers, recommendations = dict(needs.answers()), dict[Contender, Advice]()
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
