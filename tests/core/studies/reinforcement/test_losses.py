"""Losses of values and policies, the steps that follow from them, and the exact gradient, against PyTorch's autograd."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from core.studies.reinforcement import POLICY_LOSSES, VALUE_LOSSES, Climb
from core.studies.reinforcement.advantage import exact
from core.studies.reinforcement.climb import CRITIC, advance, prepared, start
from core.studies.reinforcement.methods import Episodes, NStep
from core.studies.reinforcement.policy_losses import EntropyBonus
from core.studies.reinforcement.worlds import FIELD, maze
from tests.reference.make_reinforcement import (
    ACTIONS,
    ADVANTAGES,
    OLD,
    PATH,
    RATE,
    REWARDS,
    SCORES,
    TARGET,
    WAY,
    V,
    climbs,
    policy_losses,
    scores_of,
    value_losses,
)  # fmt: skip

VECTORS = json.loads(PATH.read_text(encoding="utf-8"))
AGAIN = "run tests/reference/make_reinforcement.py"
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def test_every_loss_has_its_vectors() -> None:
    assert [case["loss"] for case in VECTORS["values"]] == [loss.to_dict() for loss in value_losses()], AGAIN
    assert [case["pytorch"] for case in VECTORS["values"]] == [loss.in_pytorch() for loss in value_losses()], AGAIN
    assert [case["loss"] for case in VECTORS["policies"]] == [loss.to_dict() for loss in policy_losses()], AGAIN
    assert [case["pytorch"] for case in VECTORS["policies"]] == [loss.in_pytorch() for loss in policy_losses()], AGAIN


@pytest.mark.parametrize("case", VECTORS["values"], ids=lambda case: str(case["loss"]))
def test_losses_of_values_are_pytorchs(case: dict[str, Any]) -> None:
    loss = VALUE_LOSSES[case["loss"]["kind"]](**{name: value for name, value in case["loss"].items() if name != "kind"})
    v, target = np.array(V), np.array(TARGET)
    np.testing.assert_allclose(loss.value(v, target), case["value"], **CLOSE)
    np.testing.assert_allclose(loss.gradient(v, target), case["gradient"], **CLOSE)
    np.testing.assert_allclose(loss.by_target(v, target), case["by_target"], **CLOSE)


@pytest.mark.parametrize("case", VECTORS["policies"], ids=lambda case: str(case["loss"]))
def test_losses_of_policies_are_pytorchs(case: dict[str, Any]) -> None:
    loss = POLICY_LOSSES[case["loss"]["kind"]](**{name: value for name, value in case["loss"].items() if name != "kind"})
    given = np.array(SCORES), np.array(ACTIONS), np.array(ADVANTAGES), np.array(OLD)
    np.testing.assert_allclose(loss.value(*given), case["value"], **CLOSE)
    np.testing.assert_allclose(loss.gradient(*given), case["gradient"], **CLOSE)


def test_the_clip_ends_the_pull_on_both_sides() -> None:
    """The vectors hold each of the four cases: a ratio beyond the limit in the advantage's direction, and against it."""
    ratio = np.exp(np.array([np.log(np.exp(s[a]) / np.exp(np.array(s) - 0).sum()) for s, a in zip(SCORES, ACTIONS, strict=True)]) - np.array(OLD))
    assert {(advantage > 0, bool(r > 1)) for advantage, r in zip(ADVANTAGES, ratio, strict=True) if abs(r - 1) > 0.2} == {
        (True, True), (True, False), (False, True), (False, False),
    }  # fmt: skip
    pulled = np.abs(POLICY_LOSSES["ppo"]().gradient(np.array(SCORES), np.array(ACTIONS), np.array(ADVANTAGES), np.array(OLD))).sum(axis=1) > 0
    ended = [(r > 1.2 and advantage > 0) or (r < 0.8 and advantage < 0) for r, advantage in zip(ratio, ADVANTAGES, strict=True)]
    assert pulled.tolist() == [not each for each in ended]
    assert any(ended)


def test_the_entropy_bonus_rests_where_all_actions_are_equal() -> None:
    gradient = EntropyBonus(weight=1.0).gradient(np.zeros((1, 4)), np.zeros(1, int), np.ones(1), np.zeros(1))
    np.testing.assert_allclose(gradient, 0, atol=1e-15)


@pytest.mark.parametrize("case", VECTORS["walks"], ids=lambda case: f"{case['loss']} n={case['n']}")
def test_a_walk_moves_values_as_descent_on_each_transition_does(case: dict[str, Any]) -> None:
    loss = VALUE_LOSSES[case["loss"]["kind"]](**{name: value for name, value in case["loss"].items() if name != "kind"})
    episodes = Episodes(np.array([[*WAY, 5]]), np.array([[0.0, *np.cumsum(REWARDS)]]), np.array([len(WAY)]))
    after = NStep(n=case["n"]).learned(np.zeros((1, 6, 1, 1)), episodes, loss, np.array([RATE]))
    np.testing.assert_allclose(after[0, :5, 0, 0], case["values"], **CLOSE)
    assert after[0, 5, 0, 0] == 0


def test_the_exact_gradient_is_pytorchs_through_the_linear_system() -> None:
    known = exact(maze(FIELD), scores_of(maze(FIELD)))
    assert known.value == pytest.approx(VECTORS["exact"]["value"], rel=1e-9)
    np.testing.assert_allclose(known.gradient, VECTORS["exact"]["gradient"], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("case", VECTORS["climbs"], ids=lambda case: str(Climb.from_json(case["climb"]).runs[0].in_words()))
def test_two_updates_of_an_actor_are_pytorchs(case: dict[str, Any]) -> None:
    climb = Climb.from_json(case["climb"])
    assert climb in climbs(), AGAIN
    world = prepared(climb)
    state = advance(climb, start(climb, world), climb.updates, world)
    np.testing.assert_allclose(state.arrays["scores"][0, 0], case["scores"], **CLOSE)
    np.testing.assert_allclose(state.records["policy_loss"][0, 0], case["policy_loss"], rtol=1e-9, atol=1e-9)
    if climb.runs[0].baseline == CRITIC:
        np.testing.assert_allclose(state.arrays["critic"][0, 0], case["critic"], **CLOSE)
