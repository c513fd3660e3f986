"""The trial's goals: of the diagnosis on experiments with known illnesses, and of the advice on fresh data."""

from __future__ import annotations

import itertools

import pytest

from core.studies.losses.advice import ASKED, Needs
from core.tasks import CLASSIFICATION, REGRESSION
from tests.trial.__main__ import CROWDS
from tests.trial.advice import trial, wins
from tests.trial.judge import Clinic
from tests.trial.patients import crowd
from tests.trial.trial import HURTS, NOTHING, Figures, examined

pytestmark = pytest.mark.proof


@pytest.mark.parametrize("draw", [*range(CROWDS["tuned"][1]), "fresh"])
@pytest.mark.filterwarnings("error")
def test_the_diagnosis_on_trial(draw: int | str) -> None:
    """The goals are 3 % false, 5 % alarms, 5 % missed, 2 % that hurt and 10 % that do nothing; `docs/diagnosis.md` says by kind where they are missed.

    Held here is what is reached, and every goal that is. The tables are printed: `pytest -s`, or `python -m tests.trial`.
    """
    seed, _, sane, ill = CROWDS["fresh" if draw == "fresh" else "tuned"]
    clinic = Clinic()
    figures = Figures([examined(clinic, patient) for patient in crowd(clinic, seed if draw == "fresh" else seed + int(draw), sane, ill)])
    print(f"\n{draw}\n{figures.table()}")
    shares = {name: part / whole for name, (part, whole) in figures.shares().items()}
    limits = HELD["fresh" if draw == "fresh" else "tuned"]
    assert {name: share for name, share in shares.items() if share > limits[name]} == {}


#: the largest shares that are held
HELD = {
    "tuned": {"false": 0.05, "alarms": 0.05, "missed": 0.16, HURTS: 0.02, NOTHING: 0.12},
    "fresh": {"false": 0.05, "alarms": 0.05, "missed": 0.16, HURTS: 0.02, NOTHING: 0.12},
}


def needs() -> list[Needs]:
    """Return each combination of answers, once."""
    every = []
    for task in (REGRESSION, CLASSIFICATION):
        questions = ASKED[task]
        options = [Needs.parameters()[name].options for name in questions]  # type: ignore[attr-defined]
        every += [Needs(task, **dict(zip(questions, answers, strict=True))) for answers in itertools.product(*options)]
    return every


@pytest.mark.parametrize("need", needs(), ids=lambda need: " ".join(need.answers().values()))
def test_what_is_advised_first_wins_or_ties_on_four_of_five_fresh_seeds(need: Needs) -> None:
    tables = trial(need)
    assert wins(need, tables) >= 4, tables
