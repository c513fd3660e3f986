"""Which loss to take: questions about data and purpose, and what the rules recommend for the answers to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.experiment import Experiment
from core.studies.losses.advice_rules import RULES, Rule
from core.studies.losses.comparisons import COSTS, COUNTS, LINE, MOONS, UNEVEN, USUAL, Contender, Stage, damaged, on_stage
from core.tasks import CLASSIFICATION, REGRESSION

#: at most so many are recommended
MOST = 4
#: of the training rows, what "some" and "many" mean
_SHARES = {"some": 0.1, "many": 0.3}


@dataclass(frozen=True)
class Question:
    """A question of the chooser: its title, the answers (the harmless one first), and what they mean. It is asked for `task` alone, or always."""

    title: str
    answers: tuple[str, ...]
    doc: str
    task: str = ""


QUESTIONS: dict[str, Question] = {
    "task": Question("Predict", (REGRESSION, CLASSIFICATION), "A number (regression) or a class (classification)."),
    "targets": Question(
        "Targets", ("any", "positive", "counts"), "What the numbers to predict can be. Counts are 0, 1, 2, ...; prices and durations are positive.", REGRESSION
    ),
    "outliers": Question("Outliers", ("none", "some", "many"), "Rows whose target is far off for no reason that the features know.", REGRESSION),
    "costs": Question(
        "Costs of errors", ("equal", "unequal"), "Whether a forecast that is too low costs as much as one that is too high by the same amount.", REGRESSION
    ),
    "classes": Question("Classes", ("even", "uneven"), "Uneven: some class is much rarer than another, and it matters.", CLASSIFICATION),
    "labels": Question("Wrong labels", ("none", "some", "many"), "Rows whose class is given wrongly: label noise.", CLASSIFICATION),
    "probabilities": Question(
        "Probabilities", ("not needed", "needed"), "Needed where a probability itself is used: for risks, costs, thresholds or rankings.", CLASSIFICATION
    ),
}


@dataclass(frozen=True)
class Needs:
    """An answer to each question; those that are not asked for the task do not matter. Raises `ValueError` for an answer that there is not."""

    task: str = REGRESSION
    targets: str = "any"
    outliers: str = "none"
    costs: str = "equal"
    classes: str = "even"
    labels: str = "none"
    probabilities: str = "not needed"

    def __post_init__(self) -> None:
        for name, question in QUESTIONS.items():
            if getattr(self, name) not in question.answers:
                raise ValueError(f"{name} must be one of {', '.join(question.answers)}, got {getattr(self, name)!r:.80}")

    def answers(self) -> Iterator[tuple[str, str]]:
        """Yield each question that is asked for the task, and its answer."""
        for name, question in QUESTIONS.items():
            if question.task in ("", self.task):
                yield name, getattr(self, name)


@dataclass(frozen=True)
class Advice:
    """A recommendation: what to take, why, what to mind, and the answers (question, answer) that made it; none: it suits any."""

    take: Contender
    reason: str
    caveat: str
    because: tuple[tuple[str, str], ...]


def recommend(needs: Needs) -> tuple[Advice, ...]:
    """Return what to take, the best first: the first rules that the answers fit, and only losses with probabilities where those are needed."""
    answers, found = dict(needs.answers()), dict[Contender, Advice]()
    for rule in RULES[needs.task]:
        fits = all(answers[question] in allowed for question, allowed in rule.when.items())
        if fits and (rule.take.loss.probabilistic or needs.probabilities == "not needed" or needs.task == REGRESSION):
            found.setdefault(rule.take, _advice(rule, answers))
    return tuple(found.values())[:MOST]


def _advice(rule: Rule, answers: dict[str, str]) -> Advice:
    return Advice(rule.take, rule.reason, rule.caveat, tuple((question, answer) for question, answer in answers.items() if question in rule.when))


def stage(needs: Needs) -> Stage:
    """Return data that have what the needs say, with outliers or wrong labels among the training rows if they say so."""
    if needs.task == REGRESSION:
        nearest, trouble = {"any": LINE, "positive": COSTS, "counts": COUNTS}[needs.targets], needs.outliers
    else:
        nearest, trouble = UNEVEN if needs.classes == "uneven" else MOONS, needs.labels
    return nearest if trouble == "none" else damaged(nearest, _SHARES[trouble])


def comparison(needs: Needs) -> Experiment:
    """Return the experiment of what is recommended, beside the plain loss of the task, on data that have what the needs say."""
    takes = [advice.take for advice in recommend(needs)]
    baseline = USUAL[needs.task][0]
    return on_stage(takes if baseline in takes else [*takes, baseline], stage(needs))
