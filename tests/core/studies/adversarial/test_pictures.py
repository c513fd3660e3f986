"""What a duel looks like: samples, shading, pulls, and single steps that are those of the training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.models import MLP
from core.studies.adversarial.duel import default_duel
from core.studies.adversarial.exam import MEASURES
from core.studies.adversarial.lanes import DuelResult, part, play, players_of
from core.studies.adversarial.pictures import ARROWS, CRITIC, GENERATOR, SHOWN, WIDE, shown, stepped

DUEL = replace(default_duel(), updates=40, batch=8, generator=MLP(hidden=(6,)), critic=MLP(hidden=(5,)), seeds=2)


@pytest.fixture(scope="module")
def result() -> DuelResult:
    return play(DUEL)


def test_a_picture_is_of_the_recorded_update(result: DuelResult) -> None:
    pictures, measures = shown(result, 40)
    assert len(pictures) == len(DUEL.runs)
    assert measures.keys() == MEASURES.keys() == result.metrics.keys()
    for name, values in measures.items():
        np.testing.assert_allclose(values, result.metrics[name][-1, 0], rtol=1e-6, err_msg=name)
    for picture in pictures:
        assert picture.samples.shape == picture.real.shape == (SHOWN, 2)
        assert picture.pulls.shape == (ARROWS, 2)
        height, width, classes = picture.shares.shape
        assert (width, classes) == (WIDE * height, 2)
        np.testing.assert_allclose(picture.shares.sum(axis=-1), 1)


def test_shading_and_pulls_are_those_of_the_critic(result: DuelResult) -> None:
    """A higher score is shaded less generated, and a pull of a monotone loss goes up the scores."""
    pictures, _ = shown(result, 40)
    state = result.state(40)
    for run, contest in enumerate(DUEL.runs):
        params, picture = state.critic.params[0, run], pictures[run]
        height, width, _ = picture.shares.shape
        across, up = (WIDE * picture.reach * ((np.arange(width) + 0.5) / width * 2 - 1), picture.reach * ((np.arange(height) + 0.5) / height * 2 - 1))
        grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
        scores = DUEL.critic.forward(params, grid)[0][:, 0]
        order = np.argsort(scores)
        assert (np.diff(picture.shares[..., 1].ravel()[order]) <= 1e-3).all()
        points, step = picture.samples[:ARROWS], 1e-3
        away = DUEL.critic.forward(params, points + step * picture.pulls)[0] - DUEL.critic.forward(params, points)[0]
        if contest.loss.kind != "least_squares":  # which draws scores beyond 1 down
            assert (away >= -1e-6).all()


def test_single_steps_move_one_player(result: DuelResult) -> None:
    state = result.state(20)
    after = stepped(DUEL, state, (CRITIC,))
    np.testing.assert_array_equal(after.generator.params, state.generator.params)
    assert (after.critic.params != state.critic.params).any()
    assert after.critic.steps == state.critic.steps + 1
    both = stepped(DUEL, state, (CRITIC, GENERATOR))
    np.testing.assert_array_equal(both.critic.params, after.critic.params)
    assert (both.generator.params != state.generator.params).any()
    assert stepped(DUEL, state, ()).generator is state.generator


def test_single_steps_go_on_with_the_optimizers_moments(result: DuelResult) -> None:
    """A step on the rows of the training is the training's own."""
    first, later = int(result.updates[20]), int(result.updates[21])
    state, players = result.state(first), players_of(DUEL)
    for update in range(first, later):
        draws = players.draws(update)
        critic = players.critic_step(state.generator, state.critic, draws, 0)
        state = replace(state, critic=critic, generator=players.generator_step(state.generator, critic, draws))
    np.testing.assert_array_equal(state.generator.params, result.state(later).generator.params)


def test_single_steps_are_those_of_each_run_alone(result: DuelResult) -> None:
    together = stepped(DUEL, result.state(40), "dgdg")
    for run in range(len(DUEL.runs)):
        alone = stepped(DUEL.alone(run), part(replace(DUEL, seeds=1), result.state(40), run), "dgdg")
        np.testing.assert_array_equal(alone.generator.params[:, 0], together.generator.params[:, run])
