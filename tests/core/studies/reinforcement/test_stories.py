"""Every sentence of the stories, on the seeds that it names, and the sentences that the views compute."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from core.studies.reinforcement import learn, takeaways
from core.studies.reinforcement.advantage import contest, contests
from core.studies.reinforcement.prediction import RATES
from core.studies.reinforcement.small import baird
from core.studies.reinforcement.stories import STORIES, of_view
from core.studies.reinforcement.views import (
    AdvantageView,
    CliffView,
    PolicyView,
    SmallView,
    TransitionView,
    ValuesView,
)  # fmt: skip
from core.studies.reinforcement.worlds import greedy_path
from core.words import Said

TOLD: dict[str, Any] = {story.title: story.document for story in STORIES}


@cache
def told(title: str) -> Any:
    """Return the result of a story, as it is told."""
    return learn(TOLD[title].document())


def test_each_story_is_told_by_a_view() -> None:
    kinds = (AdvantageView, ValuesView, CliffView, PolicyView, SmallView)
    assert sum(len(of_view(kind)) for kind in kinds) == len(STORIES)
    assert all(of_view(kind) for kind in kinds)


def test_between_td_and_monte_carlo() -> None:
    for first in range(0, 200, 20):
        error = learn(replace(TOLD["Between TD and Monte Carlo"], seed=first).document()).arrays["error"][:, :, 1:].mean(axis=(0, 2)).min(axis=1)
        td, n_step, monte_carlo = error
        assert n_step < 0.82 * td
        assert 0.45 < n_step / monte_carlo < 0.6


def compared(title: str, seed: int = 0) -> tuple[Any, Any]:
    """Return the errors (S,) of TD(0) with the squared error and with Huber's, at the story's rate, the mean of the last fifty walks."""
    error = learn(replace(TOLD[title], seed=seed).document()).arrays["error"][:, :, -50:, RATES.index(TOLD[title].rate)].mean(axis=2)
    return error[:, 0], error[:, 1]


def test_heavy_tails() -> None:
    for seed in (0, 100):
        squared, huber = compared("Heavy tails: Huber helps", seed)
        assert (huber < squared).mean() >= 0.9
        assert huber.mean() < 0.5 * squared.mean()


def test_skewed_rewards() -> None:
    for seed in (0, 100):
        squared, huber = compared("Skewed rewards fool Huber", seed)
        assert len(huber) == 20
        assert (huber > squared).all()


def test_the_safe_path() -> None:
    result = told("SARSA takes the safe path")
    returns = result.arrays["returns"][:, :, -250:].mean(axis=2)
    assert len(returns) == 10
    assert (returns[:, 0] < returns[:, 1]).all()
    rows = []
    for seed in range(10):
        cells, arrives, _ = greedy_path(result.data, result.arrays["values"][seed, 0, -1])
        assert arrives
        assert len(cells) == 14
        assert {cell // 12 for cell in cells[1:-1]} == {2}, "along the edge"
        rows.append(min(cell // 12 for cell in greedy_path(result.data, result.arrays["values"][seed, 1, -1])[0]))
    assert sum(row <= 1 for row in rows) >= 8


def test_why_exploration_decides() -> None:
    returns = told("... and why ε decides").arrays["returns"][:, :, -250:].mean(axis=(0, 2))
    assert np.ptp(returns) < 2
    assert np.ptp(told("SARSA takes the safe path").arrays["returns"][:, :, -250:].mean(axis=(0, 2))) > 20


@pytest.mark.parametrize("seed", range(10))
def test_a_wrong_critic(seed: int) -> None:
    """What is said of the right one is held by test_exact.py, on ten seeds."""
    view = TOLD["A wrong critic is paid for"]
    found = contest(view.sureness, view.noise, 500, seed)
    assert found.error("gae_0", view.batch) > found.error("gae_95", view.batch)
    assert found.estimates["gae_0"].bias > 5 * found.estimates["gae_95"].bias


def last(title: str) -> Any:
    """Return the mean return (S, R) of the last ten updates."""
    return told(title).arrays["return"][:, :, -10:].mean(axis=2)


def test_a_baseline() -> None:
    stuck = (last("... and a baseline decides who learns") < takeaways.STUCK).sum(axis=0)
    assert len(last("... and a baseline decides who learns")) == 20
    assert stuck[0] >= 5
    assert stuck[1] == 0


def test_the_loss_is_not_the_score() -> None:
    arrays = told("The loss is not the score").arrays
    for seed in range(20):
        earned, loss = arrays["return"][seed, 0], arrays["policy_loss"][seed, 0]
        assert np.corrcoef(earned, loss)[0, 1] > 0.9
        assert loss[-10:].mean() > loss[:10].mean()
        assert earned[-10:].mean() > earned[:10].mean() + 20


def test_the_clip() -> None:
    stuck = (last("What PPO's clip is for") < takeaways.STUCK).sum(axis=0)
    assert stuck[0] == 0
    assert stuck[1] > 5


def test_baird() -> None:
    view = TOLD["Baird's counterexample"]
    semi, residual = (baird(view.rate, view.sweeps, residual=through) for through in (False, True))
    assert (np.diff(semi[10:]) > 0).all()
    assert semi[-1] > 100 * semi[0]
    assert (np.diff(residual) < 0).all()


# what the views say


def test_what_is_said_of_values() -> None:
    errors = np.array([[0.5, 0.3, np.nan], [0.2, 0.4, 0.6]])
    said = str(takeaways.values(["one", "two"], errors, (0.1, 0.2, 0.3), 10))
    assert said == "Each at its best rate, two has the lowest mean error over the first 10 walks: 0.200 at α = 0.1. one has 0.300."
    assert "one is best at α = 0.2" in str(takeaways.values(["one"], errors[:1], (0.1, 0.2, 0.3), 10))
    assert "nothing" in str(takeaways.values(["one"], errors[:1], (0.1, 0.2, 0.3), 0))


@pytest.mark.parametrize(
    ("view", "part"),
    [
        (TransitionView(), "The target 2.9 is 2.4 above the prediction 0.5"),
        (TransitionView(ends=True, prediction=3.0), "The target 2 is 1 below the prediction 3"),
        (TransitionView(prediction=2.0, ends=True), "nothing moves under any loss"),
    ],
)
def test_what_is_said_of_a_transition(view: TransitionView, part: str) -> None:
    assert part in str(takeaways.transition(view))


def test_what_is_said_of_the_cliff() -> None:
    names = ["Q-learning", "SARSA"]
    assert str(takeaways.cliff(names, np.array([-50.0, -28.0]), [True, True], [13, 17])) == (
        "Q-learning has the shortest path, 13 steps, and yet SARSA earns most while learning: −28.0 an episode, against −50.0."
    )
    assert "No greedy path arrives yet of SARSA: it goes round" in str(takeaways.cliff(names, np.array([-50.0, -28.0]), [True, False], [13, 9]))
    assert "its greedy path has 13 steps" in str(takeaways.cliff(names[:1], np.array([-15.0]), [True], [13]))
    assert "nobody knows a way" in str(takeaways.cliff(names, np.full(2, np.nan), [False, False], [1, 1]))


def test_what_is_said_of_the_advantage() -> None:
    view = AdvantageView()
    found = contest(view.sureness, 0.0, 500, 0)
    assert "GAE, λ = 0 comes closest" in str(takeaways.advantage(found, 10))
    assert "has no bias" in str(takeaways.advantage(found, 10))
    assert "nothing is known" in str(takeaways.advantage(contests(view.sureness, 0.0, 500, 0)[0], 10))
    wrong = contest(view.sureness, 5.0, 500, 0)
    assert "GAE, λ = 0 " not in str(takeaways.advantage(wrong, 1000)), "with many episodes the bias decides"
    assert wrong.error("gae_0", 1000) > wrong.error("gae_95", 1000)


def test_what_is_said_of_policies() -> None:
    result = told("The loss is not the score")
    assert "it is no score" in str(takeaways.policy(["R"], result.arrays["return"], result.arrays["policy_loss"]))
    result = told("... and a baseline decides who learns")
    said = str(takeaways.policy(["R", "B"], result.arrays["return"], result.arrays["policy_loss"]))
    assert said.startswith("B comes to the highest return")
    assert "R is stuck on" in said
    first, few = (str(takeaways.policy(["R", "B"], result.arrays["return"][:, :, :count], result.arrays["policy_loss"][:, :, :count])) for count in (1, 15))
    assert "Before the first update" in first
    assert "stuck" not in few, "of so few batches nobody can say it"


@pytest.mark.parametrize("world", ["baird", "predictor", "split", "corridor"])
def test_what_is_said_of_small_worlds(world: str) -> None:
    said = takeaways.small(SmallView(world=world), 1000)
    assert isinstance(said, Said)
    wanted = {"baird": "581", "predictor": "¾ for A", "split": "¾ and ¼", "corridor": "−11.66"}[world]
    assert wanted in str(said)
    assert "both diverge" in str(takeaways.small(SmallView(rate=1.0), 1000))
