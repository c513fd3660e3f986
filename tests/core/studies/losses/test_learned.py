"""The learned loss: reproducible from its seeds, its curve the integral of its pull, and what it learned."""

from __future__ import annotations

import numpy as np
import pytest

from core.studies.losses.learned import learned
from core.studies.losses.learned.contest import DAMAGES, LEARNED, contest, curves, takeaway
from core.studies.losses.learned.rule import SIZE, fitted, pull, value
from core.studies.losses.learned.training import DOWN, NONE, RIVALS, SHARE, UP, tables, trained, tuned
from core.training.evolution import Evolution
from core.training.threads import one_thread

SEEDS = 5


def test_it_is_reproducible_from_its_seeds() -> None:
    short = Evolution(generations=3, pairs=4)
    np.testing.assert_array_equal(trained(short, 3), trained(short, 3))
    assert not np.array_equal(trained(short, 3), trained(short, 4))


@pytest.mark.proof
def test_the_committed_numbers_are_those_of_the_script() -> None:
    with one_thread():
        np.testing.assert_allclose(trained(), learned().numbers, atol=1e-5)


def test_what_was_committed() -> None:
    assert learned().numbers.shape == (SIZE,) == (25,)
    assert tuned() == learned().rivals


def test_the_curve_is_the_integral_of_the_pull() -> None:
    numbers, residuals, step = learned().numbers, np.linspace(-6, 6, 25), 1e-6
    slopes = (value(numbers, residuals + step) - value(numbers, residuals - step)) / (2 * step)
    np.testing.assert_allclose(slopes, pull(numbers, residuals), rtol=1e-6, atol=1e-7)
    assert value(numbers, np.zeros(1))[0] == pytest.approx(0, abs=1e-12)
    for values, _ in curves(residuals).values():
        assert values.min() == 0


def test_a_fit_by_squares_stays_where_it_begins() -> None:
    drawn = tables(np.random.default_rng(0), 4, UP)
    squares = np.stack([np.linalg.lstsq(X, y, rcond=None)[0] for X, y in zip(drawn.X, drawn.y, strict=True)])
    np.testing.assert_allclose(fitted(lambda residuals: residuals, drawn.X, drawn.y), squares, rtol=1e-8)


def test_a_quarter_of_the_targets_is_pushed_one_way() -> None:
    up, down, clean = (tables(np.random.default_rng(0), 500, damage) for damage in (UP, DOWN, NONE))
    assert up.damaged.mean() == pytest.approx(SHARE, abs=0.01)
    assert not clean.damaged.any()
    np.testing.assert_array_equal(up.X, down.X)
    pushed = up.y - clean.y
    assert (pushed[up.damaged] >= 2).all()
    assert (pushed[up.damaged] <= 8).all()
    np.testing.assert_array_equal(pushed[~up.damaged], 0)
    np.testing.assert_allclose(down.y - clean.y, -pushed, atol=1e-12)
    assert up.errors(up.truth).max() == 0


@pytest.mark.proof
def test_it_learned_the_damage_and_not_robustness() -> None:
    for seed in range(SEEDS):
        shown = contest(seed)
        for rival in RIVALS:
            assert shown.mean(LEARNED, UP) < shown.mean(rival, UP) / 5
            assert shown.mean(LEARNED, DOWN) > 5 * shown.mean(rival, DOWN)
            assert shown.mean(LEARNED, NONE) > shown.mean(rival, NONE)
        assert "it learned the damage, not robustness" in str(takeaway(shown))
    assert {*DAMAGES} == {UP, DOWN, NONE}
