"""Learning rate and momentum on a quadratic: what is measured against what Polyak, Nesterov and Lessard et al. prove."""

from __future__ import annotations

import math

import numpy as np
import pytest

from core.schedules import SCHEDULES
from core.studies.descent.rate_map import (
    DIVERGES,
    HEAVY_BALL,
    LARGEST,
    NESTEROV,
    NOT_YET,
    best,
    best_plain,
    border,
    curvatures,
    distances,
    factor,
    losses,
    measured_factor,
    noise_floor,
    rate_map,
    scheduled,
    settled,
    sweep,
)

CONDITIONS = [2.0, 5.0, 20.0, 100.0]
KINDS = [HEAVY_BALL, NESTEROV]


def ran(kind: str, condition: float, rate: float, momentum: float = 0.0, steps: int = 3000) -> np.ndarray:
    return distances(kind, condition, np.array([rate]), np.array([momentum]), steps)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_plain_descent_diverges_exactly_beyond_two_over_l(condition: float) -> None:
    away = distances(HEAVY_BALL, condition, np.array([1.999, 2.0, 2.001]) / LARGEST, np.zeros(3), 20_000)
    assert away[-1, 0] < 1e-6
    assert away[-1, 1] == pytest.approx(math.sqrt(0.5), rel=1e-9)  # swings for ever along the steepest direction
    assert away[-1, 2] > 1e6


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_best_rate_is_the_best(condition: float) -> None:
    rates, steps = sweep(condition, 1e-3, steps=3000)
    reached = steps >= 0
    fastest = rates[reached][steps[reached] == steps[reached].min()]
    plain = best_plain(condition)
    assert np.abs(fastest - plain.rate).min() <= 0.04
    assert (steps[rates > 2 / LARGEST + 1e-9] == DIVERGES).all()
    assert (steps[rates < 2 / LARGEST - 1e-9] != DIVERGES).all()
    assert measured_factor(ran(HEAVY_BALL, condition, plain.rate))[0] == pytest.approx((condition - 1) / (condition + 1), rel=1e-6)
    grid = np.linspace(0.01, 1.99, 500)
    assert (factor(HEAVY_BALL, condition, grid) >= plain.factor - 1e-12).all()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_steps_are_at_most_what_the_factor_promises(condition: float) -> None:
    rates = np.linspace(0.1, 1.95, 30)
    steps = settled(distances(HEAVY_BALL, condition, rates, np.zeros(30), 8000), 1e-3)
    bound = np.ceil(math.log(1e-3) / np.log(factor(HEAVY_BALL, condition, rates)) - 1e-9)
    assert (steps >= 0).all()
    assert (steps <= np.maximum(bound, 1)).all()
    assert (steps[condition * rates > 30] >= 0.7 * bound[condition * rates > 30]).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_map_diverges_beyond_its_border(kind: str, condition: float) -> None:
    found = rate_map(kind, condition, 1e-3)
    share = found.rates / border(kind, found.momenta)[:, None]
    sure = np.abs(share - 1) > 1e-3
    assert ((found.steps == DIVERGES) == (share > 1))[sure].all()
    assert (found.steps != NOT_YET).any()


@pytest.mark.parametrize("kind", KINDS)
def test_the_border_is_where_the_factor_is_one(kind: str) -> None:
    for momentum in (0.0, 0.3, 0.9):
        limit = float(border(kind, momentum))
        assert float(factor(kind, 10.0, limit, momentum)) == pytest.approx(1, abs=1e-9)
        assert float(factor(kind, 10.0, 0.999 * limit, momentum)) < 1 < float(factor(kind, 10.0, 1.001 * limit, momentum))
    assert float(border(kind, 0.0)) == 2 / LARGEST


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("rate", "momentum"), [(0.5, 0.3), (1.0, 0.5), (0.7, 0.8), (0.3, 0.95), (1.2, 0.1)])
def test_runs_shrink_by_the_factor(kind: str, rate: float, momentum: float) -> None:
    away = ran(kind, 20.0, rate, momentum, steps=600)
    assert measured_factor(away)[0] == pytest.approx(float(factor(kind, 20.0, rate, momentum)), rel=0.02)


@pytest.mark.parametrize("momentum", [0.5, 0.7, 0.9])
def test_heavy_ball_swings_down_by_the_root_of_its_momentum(momentum: float) -> None:
    """Where both directions swing, the rate does not matter: (1 - √β)² κ < η L < (1 + √β)²."""
    low, high = (1 - math.sqrt(momentum)) ** 2 * 5, (1 + math.sqrt(momentum)) ** 2
    for rate in np.linspace(low, high, 5)[1:-1] if low < high else []:
        assert float(factor(HEAVY_BALL, 5.0, rate, momentum)) == pytest.approx(math.sqrt(momentum), rel=1e-12)
        assert measured_factor(ran(HEAVY_BALL, 5.0, rate, momentum, 1000))[0] == pytest.approx(math.sqrt(momentum), rel=0.02)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_best_rate_and_momentum_are_the_best(kind: str, condition: float) -> None:
    optimum = best(kind, condition)
    assert float(factor(kind, condition, optimum.rate, optimum.momentum)) == pytest.approx(optimum.factor, abs=1e-6)  # a double root: half the digits
    rates, momenta = np.meshgrid(np.linspace(0.02, 4, 400), np.linspace(0, 0.99, 200))
    assert factor(kind, condition, rates, momenta).min() >= optimum.factor - 1e-6
    assert optimum.factor < best_plain(condition).factor


def test_momentum_pays_with_the_root_of_the_condition_number() -> None:
    fewest = {condition: rate_map(HEAVY_BALL, condition, 1e-3).fewest()[2] for condition in (25.0, 100.0, 400.0)}
    assert fewest[100.0] / fewest[25.0] == pytest.approx(2, rel=0.25)
    assert fewest[400.0] / fewest[100.0] == pytest.approx(2, rel=0.25)


def test_losses_are_those_of_the_rule() -> None:
    rates = [0.1, 1.0, 2.05]
    found = losses(20.0, rates, 50)
    params = np.ones((3, 2))
    for step in range(51):
        value = (params**2 * curvatures(20.0)).sum(axis=-1) / 1.05
        np.testing.assert_allclose(found[step], value, rtol=1e-9)
        params = params - np.array(rates)[:, None] * curvatures(20.0) * params
    assert np.isnan(losses(20.0, [5.0], 200)[-1, 0])


def test_settled_counts_from_where_a_run_stays() -> None:
    away = np.array([[1, 1, 1, 1], [0.01, 0.5, 2, 0.001], [0.5, 0.01, 4, 0.001], [0.01, 0.5, 8, 0.001], [0.01, 0.3, 16, 0.001]])
    assert settled(away, 0.1).tolist() == [3, NOT_YET, DIVERGES, 1]
    assert settled(np.zeros((3, 1)), 0.1).tolist() == [0]


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.5])
def test_a_constant_rate_hovers_at_its_floor(rate: float) -> None:
    found = scheduled((SCHEDULES["constant"](),), 5.0, rate, 0.3, 1000, 0)
    assert found.losses[300:].mean() == pytest.approx(noise_floor(5.0, rate, 0.3), rel=0.05)
    assert noise_floor(5.0, 2.0, 0.3) == math.inf


def test_falling_rates_end_below_the_floor() -> None:
    kinds = ("constant", "cosine", "inverse_time")
    found = scheduled(tuple(SCHEDULES[kind]() for kind in kinds), 20.0, 0.3, 0.3, 500, 0)
    last = found.losses[-50:].mean(axis=0)
    assert (last[1:] < last[0] / 3).all()
    np.testing.assert_array_equal(found.rates[:, 0], 0.3)
    assert found.path.shape == (501, 3, 2)


@pytest.mark.parametrize("kind", list(SCHEDULES))
def test_every_schedule_can_be_drawn(kind: str) -> None:
    found = scheduled((SCHEDULES[kind](),), 20.0, 0.3, 0.3, 100, 0)
    assert np.isfinite(found.losses).all()
