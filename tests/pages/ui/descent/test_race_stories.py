"""What surfaces are there for: the published fit, and the races that presets tell."""

from __future__ import annotations

import numpy as np
import pytest

from core.schedules import SCHEDULES
from core.studies.descent.race import run
from core.studies.descent.surfaces import SURFACES
from tests.races import race, racer


def test_published_line_fit() -> None:
    """100 points, plain descent on the mean squared error with its factor 2: a tutorial's numbers."""
    line = SURFACES["line_mse"]()
    course = run(race(racer(learning_rate=0.01), surface=line, start=(-0.5850598491177812, -0.1506290624969875), steps=1000))
    np.testing.assert_allclose(course.points[-1, 0], (2.0949559569517954, 2.97988955882458), rtol=0, atol=1e-9)
    np.testing.assert_allclose(course.losses[-2, 0], 0.248116034362788, rtol=0, atol=1e-9)
    assert line.starts[0] == (-0.5850598491177812, -0.1506290624969875)


@pytest.mark.parametrize("scale", [2.1, 3.0, 10.0])
def test_adam_goes_to_the_worst_point_and_amsgrad_to_the_best(scale: float) -> None:
    """Theorem 1 of Reddi et al., with their β1 = 0 and β2 = 1 / (1 + C²), at a constant rate and at one that falls as in the theorem."""
    values = {"beta1": 0.0, "beta2": 1 / (1 + scale**2)}
    surface = SURFACES["reddi"](scale=scale)
    falling = {"schedule": SCHEDULES["exponential"](final=0.1)}
    racers = [racer(kind, 0.1, values, **others) for kind in ("adam", "amsgrad") for others in ({}, falling)]
    course = run(race(*racers, surface=surface, steps=3000))
    x = course.points[-30:, :, 0]
    assert (x[:, :2] > 0.85).all()
    assert (x[:, 2:] < -0.85).all()
    worst, best = surface.value(np.array([[1.0, 0.0], [-1.0, 0.0]]))
    assert (course.losses[-30:, :2].mean(axis=0) > best + 0.9 * (worst - best)).all()
    assert (course.losses[-30:, 2:].mean(axis=0) < best + 0.1 * (worst - best)).all()


def test_adagrad_makes_up_for_what_is_rare_and_plain_descent_at_its_best_rate_does_not() -> None:
    surface = SURFACES["sparse"]()
    rates = (0.1, 0.3, 0.6, 1.0, 1.3, 1.6, 1.9)
    plain = run(race(*(racer(learning_rate=rate) for rate in rates), surface=surface, steps=100))
    adagrad = run(race(racer("adagrad", 1.0), racer("adagrad", 3.0), surface=surface, steps=100))
    assert adagrad.distances[-1].max() < 0.2 * plain.distances[-1].min()


def test_clipping_saves_at_the_cliff() -> None:
    surface = SURFACES["cliff"]()
    pairs = [racer(kind, rate, clip_norm=clip) for kind, rate in (("sgd", 1.0), ("momentum", 0.1)) for clip in (0.0, 0.5)]
    course = run(race(*pairs, surface=surface, steps=300))
    left = surface.domain[0][0]
    assert (course.points[:, ::2, 0].min(axis=0) < 5 * left).all()
    assert (course.points[:, 1::2, 0].min(axis=0) > left).all()


def test_descents_from_different_starts_find_different_minima() -> None:
    surface = SURFACES["himmelblau"]()
    starts = [(4.0, 4.0), (-4.0, 4.0), (-4.0, -4.0), (4.0, -4.0)]
    course = run(race(*(racer(learning_rate=0.01, start=start) for start in starts), surface=surface, steps=200))
    np.testing.assert_allclose(course.points[-1], surface.minima, atol=1e-6)


def test_momentum_beats_plain_descent_in_a_ravine() -> None:
    surface = SURFACES["ravine"](condition=100)
    course = run(race(*(racer(learning_rate=rate) for rate in (0.5, 0.9, 0.99)), racer("momentum", 0.3), surface=surface, steps=150))
    assert course.distances[-1, 3] < 0.1 * course.distances[-1, :3].min()


def test_exactly_on_the_ridge_nobody_leaves_a_saddle_and_noise_helps() -> None:
    surface = SURFACES["saddle"]()
    calm, noisy = (run(race(racer(learning_rate=0.1), surface=surface, start=(2.0, 0.0), steps=300, noise=noise)) for noise in (0.0, 0.1))
    assert calm.points[-1, 0, 1] == 0
    assert noisy.distances[-1, 0] < 0.5
