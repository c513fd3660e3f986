"""What is known exactly: the small worlds of the textbook, the walk, and the estimators of the advantage beside the exact gradient."""

from __future__ import annotations

import numpy as np
import pytest

from core.studies.reinforcement.advantage import (
    ESTIMATORS,
    advantages_of,
    contest,
    contests,
    counts,
    critic_of,
    exact,
    expected,
    gae,
    gradients,
    sampled,
    scores_towards,
)  # fmt: skip
from core.studies.reinforcement.prediction import Estimator, Prediction, true_values
from core.studies.reinforcement.small import (
    A_SPLIT,
    CORRIDOR_BEST,
    PREDICTOR,
    baird,
    batch_monte_carlo,
    batch_residual,
    batch_td,
    corridor_return,
)  # fmt: skip
from core.studies.reinforcement.worlds import FIELD, Grid, maze


def test_two_states_example_6_4() -> None:
    np.testing.assert_allclose(batch_td(PREDICTOR, 2), [3 / 4, 3 / 4], rtol=1e-12)
    np.testing.assert_allclose(batch_monte_carlo(PREDICTOR, 2), [0, 3 / 4], rtol=1e-12)


def test_the_a_split() -> None:
    np.testing.assert_allclose(batch_td(A_SPLIT, 3), [1 / 2, 1, 0], atol=1e-12)
    np.testing.assert_allclose(batch_residual(A_SPLIT, 3), [1 / 2, 3 / 4, 1 / 4], rtol=1e-12)


def test_the_short_corridor() -> None:
    """By the linear system of its three states, and by a fine grid."""
    for right in (0.1, 0.59, 0.95):
        left = 1 - right
        ways = np.array([[left, right, 0], [right, 0, left], [0, left, 0]])  # the second state's actions are switched
        assert corridor_return(np.array(right)) == pytest.approx(np.linalg.solve(np.eye(3) - ways, -np.ones(3))[0], rel=1e-12)
    assert corridor_return(CORRIDOR_BEST) == pytest.approx(-11.656854249, rel=1e-9)
    grid = np.linspace(0.01, 0.99, 9801)
    assert corridor_return(grid).max() <= corridor_return(CORRIDOR_BEST)
    assert grid[corridor_return(grid).argmax()] == pytest.approx(CORRIDOR_BEST, abs=1e-4)


def test_bairds_counterexample() -> None:
    semi, residual = (baird(0.01, 1000, residual=through) for through in (False, True))
    np.testing.assert_allclose(semi[[1, 100, 1000]], [5.43, 19.55, 581.4], rtol=1e-3)
    assert residual[1000] == pytest.approx(1.94, abs=0.005)
    assert (np.diff(residual) < 0).all()
    assert np.isnan(baird(1.0, 1000, residual=False)[-1]), "what overflows is a gap"


@pytest.mark.parametrize(("ends", "low", "high"), [("minus", -1.0, 1.0), ("zero", 0.0, 1.0)])
def test_the_walks_true_values_lie_on_a_line(ends: str, low: float, high: float) -> None:
    np.testing.assert_allclose(true_values(Prediction(runs=(Estimator(),), ends=ends)), np.linspace(low, high, 21)[1:-1], atol=1e-12)


def test_the_exact_gradient_is_the_slope_of_the_exact_return() -> None:
    world = maze(Grid(rows=3, columns=4, start=24, goal=27, cliff=(25,), walls=(14,), cliff_reward=-7.0, goal_reward=3.0))
    scores = np.random.default_rng(1).normal(0, 0.7, (world.cells, 4))
    known = exact(world, scores)
    slopes = np.zeros_like(scores)
    for place in np.ndindex(*scores.shape):
        step = np.zeros_like(scores)
        step[place] = 1e-6
        slopes[place] = (exact(world, scores + step).value - exact(world, scores - step).value) / 2e-6
    np.testing.assert_allclose(known.gradient, slopes, rtol=1e-6, atol=1e-6)


def test_gae_is_the_sum_of_discounted_errors_and_ends_in_returns() -> None:
    rng = np.random.default_rng(0)
    rewards, v = rng.normal(size=(6, 2)), rng.normal(size=(6, 2))
    after = np.vstack([v[1:], np.zeros((1, 2))])
    deltas = rewards + after - v
    for decay in (0.0, 0.3, 1.0):
        wanted = [sum(decay**k * deltas[t + k] for k in range(6 - t)) for t in range(6)]
        np.testing.assert_allclose(gae(rewards, v, after, decay), wanted, rtol=1e-12)
    np.testing.assert_allclose(gae(rewards, v, after, 1.0), np.cumsum(rewards[::-1], axis=0)[::-1] - v, rtol=1e-12)


def test_a_right_critic_costs_no_bias_and_a_wrong_one_does_below_one() -> None:
    world = maze(FIELD)
    known = exact(world, scores_towards(world, 0.5))
    wrong = critic_of(known, world, 5.0, 0)
    assert wrong[world.goal] == 0
    for decay in (0.0, 0.9, 1.0):
        np.testing.assert_allclose(expected(world, known, known.v, decay), known.gradient, atol=1e-9)
    np.testing.assert_allclose(expected(world, known, wrong, 1.0), known.gradient, atol=1e-9)
    bias = [np.linalg.norm(expected(world, known, wrong, decay) - known.gradient) for decay in (0.0, 0.9, 0.95)]
    assert bias[0] > 5 * bias[1] > 5 * bias[2] > 0


@pytest.mark.parametrize("name", ESTIMATORS)
def test_each_estimators_mean_is_what_theory_says(name: str) -> None:
    """Over 4,000 episodes: each of the 100 entries within five standard errors, and most within two."""
    world = maze(FIELD)
    known = exact(world, scores_towards(world, 1.0))
    critic = critic_of(known, world, 2.0, 1)
    sample = sampled(world, known.chances, 4000, 5)
    each = gradients(advantages_of(name, sample, critic), sample, known.chances)
    decay = ESTIMATORS[name].decay
    mean = known.gradient if decay is None else expected(world, known, critic, decay)
    errors = each.std(axis=0, ddof=1) / np.sqrt(len(each))
    away = np.abs(each.mean(axis=0) - mean) / np.maximum(errors, 1e-12)
    assert away[errors > 0].max() < 5
    assert (away[errors > 0] < 2).mean() > 0.9
    np.testing.assert_allclose(each.sum(axis=-1), 0, atol=1e-8)  # all actions of a cell raised alike change nothing


@pytest.mark.parametrize("seed", range(10))
def test_each_estimator_scatters_less_than_the_one_before(seed: int) -> None:
    """With the true critic, on every seed; the notes' factors: 3 from the whole return to the return to go, 4 from V to GAE with 0.95."""
    found = contest(0.5, 0.0, 2000, seed)
    variances = [each.variance for each in found.estimates.values()]
    whole, to_go, minus_mean, minus_v, gae_95, gae_90, gae_0 = variances
    assert whole > 2 * to_go
    assert to_go > 1.7 * minus_mean
    assert minus_mean > minus_v > 3 * gae_95
    assert gae_95 > 1.4 * gae_90 > 1.4 * 2 * gae_0
    assert all(each.bias < 1e-9 for each in found.estimates.values())


def test_the_scatter_of_the_first_episodes() -> None:
    """It is that of so many gradients; of none nothing is known, and the bias is exact from the start."""
    found = contests(0.5, 5.0, 500, 3)
    assert [*found] == counts(500) == [0, 2, 5, 10, 20, 50, 100, 200, 500]
    assert np.isnan([each.variance for each in found[0].estimates.values()]).all()
    world = maze(FIELD)
    known = exact(world, scores_towards(world, 0.5))
    sample = sampled(world, known.chances, 500, 3)
    each = gradients(advantages_of("gae_90", sample, critic_of(known, world, 5.0, 3)), sample, known.chances)[:20].reshape(20, -1)
    assert found[20].estimates["gae_90"].variance == pytest.approx(np.trace(np.cov(each.T)), rel=1e-12)
    assert found[20].steps == pytest.approx(sample.going[:, :20].sum() / 20)
    assert found[0].estimates["gae_0"].bias == found[500].estimates["gae_0"].bias > 0
    assert found[500] is contest(0.5, 5.0, 500, 3)
