"""The sentences of the stories, and the Pareto picture, hold on five seeds, each with rows of its own; and words are computed from what is measured."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.models import Linear
from core.stories import told_by
from core.studies.multitask import weigh
from core.studies.multitask.document import default_multitask, weighting
from core.studies.multitask.forms import FORMS
from core.studies.multitask.lanes import MultitaskResult
from core.studies.multitask.stories import STORIES
from core.studies.multitask.views import WEIGHTS, ParetoView
from core.studies.multitask.words import conflict, drowned, front, on_front, weightings

SEEDS = 5
OF = {story.title: story for story in STORIES}


def measured(title: str, *names: str) -> list[np.ndarray]:
    """Return measures at the end, each (runs, seeds)."""
    results = [weigh(replace(OF[title].document, seed=seed)) for seed in range(SEEDS)]
    return [np.stack([result.metrics[name][-1, 0] for result in results], axis=1) for name in names]


@pytest.mark.proof
def test_the_opening_is_a_story_that_holds() -> None:
    told = told_by(STORIES, default_multitask())
    assert told is not None
    accuracy, r2, place, of_class = measured(told.title, "accuracy", "r2", "pull_place", "pull_class")
    assert (place[0] > 5 * of_class[0]).all()
    assert (accuracy[3] > accuracy[:3] + 0.1).all()
    assert (r2[3] > 0.7).all()


@pytest.mark.proof
def test_one_loss_in_larger_units_drowns_the_others() -> None:
    accuracy, r2 = measured("One loss in larger units drowns the others", "accuracy", "r2")
    assert (accuracy[:3] < 0.6).all()
    assert (accuracy[3] > 0.75).all()
    assert (r2[3] > r2[:3]).all()


@pytest.mark.proof
def test_there_is_no_free_weight() -> None:
    accuracy, r2 = measured("There is no free weight", "accuracy", "r2")
    assert (np.diff(accuracy[:3], axis=0) > 0).all()
    assert (accuracy[0] < 0.5).all()
    assert (accuracy[3] > 0.6).all()
    assert (r2[0] > 0.7).all()
    assert (r2[3] < 0.55).all()


@pytest.mark.proof
def test_learned_weights_need_a_rate_of_their_own() -> None:
    accuracy, r2, weight = measured("Learned weights need a rate of their own", "accuracy", "r2", "weight_place")
    assert (weight[0] > 0.25).all(), "from a half on"
    assert (np.diff(weight, axis=0) < 0).all()
    assert (accuracy[2] > accuracy[0] + 0.1).all()
    assert (np.diff(r2, axis=0) < 0).all()
    assert (r2[2] < r2[0] - 0.3).all()


@pytest.mark.proof
def test_the_pareto_picture() -> None:
    """Of means over three seeds: what one gains the other pays, and most weights are on the front."""
    for seed in range(SEEDS):
        result = weigh(ParetoView(seed=seed).document())
        accuracy, r2 = (result.metrics[name][-1].mean(axis=0) for name in ("accuracy", "r2"))
        assert accuracy[-1] - accuracy[0] > 0.25
        assert r2[0] - r2[-1] > 0.25
        assert on_front(accuracy, r2).sum() >= 4
        assert "No weight has both" in str(front(WEIGHTS, accuracy, r2, ("accuracy", "r2")))


def quick(**changes: Any) -> MultitaskResult:
    return weigh(replace(default_multitask(), updates=30, **changes))


def test_what_drowns_what_is_said_by_the_pulls() -> None:
    result = quick(unit=100.0)
    ratio = result.metrics["pull_place"][-1, 0, 0] / result.metrics["pull_class"][-1, 0, 0]
    assert ratio > 5
    assert str(drowned(result, 0, -1)) == f"the place drowns the class, {float(f'{ratio:.2g}'):g} to 1"
    assert "balance" in str(drowned(result, 3, -1))
    said = str(weightings(result, 30))
    assert "times as hard as the class" in said
    assert f"{result.metrics['accuracy'][-1, 0, 3]:.2f}" in said


def test_balance_and_divergence_are_said() -> None:
    assert "no place drowns its class" in str(weightings(quick(unit=1.0), 30))
    result = quick()
    gone = replace(result, tracks=tuple(replace(t, metrics={name: np.full_like(v, np.nan) for name, v in t.metrics.items()}) for t in result.tracks))
    assert str(weightings(gone, 30)) == "Every run has diverged."
    assert str(drowned(gone, 0, -1)) == "diverged"
    assert str(conflict(gone, 0, -1)) == "nothing to compare"


def test_what_does_not_pull_drowns_nothing_and_is_not_drowned() -> None:
    runs = weighting(0.0, 0.0, 0.0), weighting(0.0, 0.0, 1.0), weighting(0.0, 1.0, 1.0), weighting(1.0, 1.0, 0.0)
    result = quick(runs=runs, unit=100.0)
    said = [str(drowned(result, run, -1)) for run in range(4)]
    assert said[:3] == ["nothing pulls on a trunk", "the mask pulls alone", "the class does not pull"]
    assert said[3].startswith("the place drowns the class")
    assert [str(conflict(result, run, -1)) for run in range(2)] == ["nothing to compare"] * 2
    assert "class" not in str(conflict(result, 2, -1))
    assert "no place drowns its class" in str(weightings(quick(runs=runs[:3], unit=100.0), 30))
    flat = quick(model=Linear())
    assert (str(drowned(flat, 0, -1)), str(conflict(flat, 0, -1))) == ("nothing pulls on a trunk", "nothing to compare")


@pytest.mark.parametrize(
    ("cosines", "said"),
    [
        ((0.2, -0.6, -0.3), "class and mask pull against each other"), ((0.2, 0.9, -0.3), "place and mask disagree a little"),
        ((-0.05, 0.9, 0.1), "hardly any two disagree"), ((np.nan, -0.2, np.nan), "class and mask disagree a little"),
    ],
)  # fmt: skip
def test_who_disagrees_is_said_by_the_cosines(cosines: tuple[float, ...], said: str) -> None:
    result = quick()
    names = ("cosine_class_place", "cosine_class_mask", "cosine_place_mask")
    own = {**result.tracks[0].metrics, **{name: np.full_like(result.tracks[0].metrics[name], each) for name, each in zip(names, cosines, strict=True)}}
    assert str(conflict(replace(result, tracks=(replace(result.tracks[0], metrics=own), *result.tracks[1:])), 0, -1)) == said


def test_a_front_by_hand() -> None:
    across, up = np.array([0.1, 0.5, 0.4, 0.9]), np.array([0.9, 0.6, 0.5, 0.1])
    assert on_front(across, up).tolist() == [True, True, False, True]
    assert on_front(np.array([0.1, np.nan, 0.4]), np.array([0.9, 0.6, np.nan])).tolist() == [True, False, False], "what has diverged is not on it"
    said = str(front((1, 2, 3, 4), across, up, ("accuracy", "r2")))
    assert said == "No weight has both. Accuracy of the class and R² of the place are 0.90 and 0.10 with a weight of 4, and 0.10 and 0.90 with one of 1."
    assert "nearly the best of both" in str(front((1, 2, 3, 4), across, np.array([0.9, 0.6, 0.5, 0.89]), ("accuracy", "r2")))
    assert "diverged" in str(front((1, 2), np.array([np.nan, 1]), np.ones(2), ("accuracy", "r2")))


def test_the_three_forms_are_sums() -> None:
    assert {*FORMS} == {"detection", "segmentation", "style"}
    for form in FORMS.values():
        assert len(form.parts) == 2
        assert "+" in form.formulas[0], "the sum"
        assert all(formula.count("=") >= 1 for formula in form.formulas)
        assert len(form.formulas) >= 1 + len(form.parts), "and each part"
        assert form.reference
