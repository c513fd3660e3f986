"""What the views of two players come to, against the numbers that they show."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.studies.adversarial import bells, takeaways
from core.studies.adversarial.clouds import Ring
from core.studies.adversarial.dirac import ALTERNATING, FLOW, SIMULTANEOUS, Game, path
from core.studies.adversarial.dirac_words import happened
from core.studies.adversarial.views import LOSSES, DiracView, GradientView
from core.words import Figure


@pytest.mark.parametrize(("theta", "width"), [(0.5, 0.5), (2.0, 0.5), (4.5, 1.2)])
def test_the_hardest_and_the_least_pull_are_those_of_the_curves(theta: float, width: float) -> None:
    view = replace(GradientView(), theta=theta, width=width)
    pulls = {name: float(bells.pull(LOSSES[name], width)[bells.place(theta)]) for name in view.losses}
    words = {name: str(LOSSES[name].in_words()) for name in view.losses}
    high, low = max(pulls, key=pulls.__getitem__), min(pulls, key=pulls.__getitem__)
    said = str(takeaways.gradient(view))
    assert f"{words[high]} pulls hardest, with {Figure(pulls[high], '.3g')}," in said
    assert f"{words[low]} least, with {Figure(pulls[low], '.3g')};" in said
    assert f"at {bells.distances(width).js[bells.place(theta)] / np.log(2):.0%} of its limit" in said


def test_one_loss_and_none_are_said_without_a_comparison() -> None:
    assert "hardest" not in str(takeaways.gradient(replace(GradientView(), losses=("hinge",))))
    assert str(takeaways.gradient(replace(GradientView(), losses=()))).endswith("of its limit.")


def test_a_pull_is_compared_with_that_at_its_own_start() -> None:
    pulls = np.array([[1.0, 4.0, 0.0], [0.5, 4.0, 1.0], [0.01, 8.0, 1.0]])
    assert str(takeaways.critic(["a", "b", "c"], pulls, 200)) == "After 200 steps the pull is 2 times that at the start under b, and 0.01 times under a."
    dead = str(takeaways.critic(["a", "b"], np.array([[1.0, 1.0], [5.06e-5, 2.0]]), 200))
    assert dead == f"After 200 steps the pull is 2 times that at the start under b, and 1/{Figure(20_000.0, ',.0f')} of it under a."
    assert str(takeaways.critic(["a"], pulls[:, :1], 200)) == "After 200 steps of a the pull is 0.01 times that at the start."


def test_each_way_to_move_is_said_with_what_happened() -> None:
    view = DiracView()
    game = Game(view.loss, view.penalty, view.noise)
    paths = {how: path(game, how, view.start, view.rate, view.steps) for how in (FLOW, SIMULTANEOUS, ALTERNATING)}
    said = str(takeaways.dirac(paths))
    for how, name in ((FLOW, "The flow"), (SIMULTANEOUS, "simultaneous steps"), (ALTERNATING, "alternating steps")):
        assert f"{name} {happened(paths[how]).said}" in said


def test_the_closest_duel_and_those_that_cover_all_are_named() -> None:
    measures = {"sliced": np.array([0.5, 0.1, np.nan, 0.9]), "covered": np.array([8.0, 7.0, np.nan, 8.0])}
    said = str(takeaways.duel(["A", "B", "C", "D"], measures, Ring(modes=8), 300))
    assert said == "After update 300 B is closest to the data, 0.1 away, and D farthest, 0.9; all 8 modes are covered by A, D."
    none = measures | {"covered": np.array([7.0, 7.0, np.nan, 5.0])}
    assert str(takeaways.duel(["A", "B", "C", "D"], none, Ring(modes=8), 300)).endswith("none covers all 8 modes.")
    alone = {name: values[1:2] for name, values in measures.items()}
    assert str(takeaways.duel(["B"], alone, Ring(modes=8), 5)) == "After update 5 B is 0.1 away from the data and covers 7 of 8 modes."
    assert str(takeaways.duel(["C"], {name: values[2:3] for name, values in measures.items()}, Ring(modes=8), 5)) == "Every duel has diverged."
