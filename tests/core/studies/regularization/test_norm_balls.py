"""Norm balls: the lowest loss within a ball against a search over a grid, and the calculation of one large and four small weights."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from core.studies.regularization import norm_balls
from core.studies.regularization.norm_balls import BALLS, Bowl, constrained, outline, penalised, size

BOWLS = [Bowl(1.0, second, correlation) for second in (0.3, -0.7, 0.0) for correlation in (-0.9, 0.0, 0.6)]
every_bowl = pytest.mark.parametrize("bowl", BOWLS, ids=repr)
every_ball = pytest.mark.parametrize("l1_ratio", BALLS.values(), ids=BALLS)


@every_bowl
@every_ball
def test_nothing_on_the_ball_is_lower(bowl: Bowl, l1_ratio: float) -> None:
    for share in (0.1, 0.5, 0.95, 1.0):
        found = constrained(bowl, l1_ratio, share)
        budget = share * size(bowl.centre, l1_ratio)
        assert size(found.weights, l1_ratio) == pytest.approx(budget, rel=1e-9)
        assert found.loss == pytest.approx(bowl.loss(found.weights))
        np.testing.assert_allclose(size(found.outline, l1_ratio), budget, rtol=1e-12)
        around = bowl.loss(found.outline)
        assert found.loss <= around.min() + 1e-12
        assert around.min() - found.loss < 1e-3, "the best point of the outline is next to it"


@every_bowl
@every_ball
def test_the_penalised_minimum_is_a_solvers(bowl: Bowl, l1_ratio: float) -> None:
    for strength in (0.05, 0.4, 3.0):
        found = penalised(bowl, l1_ratio, strength)

        def objective(w: np.ndarray, strength: float = strength) -> float:
            return float(bowl.loss(w) + strength * size(w, l1_ratio))

        starts = [minimize(objective, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-13}) for start in (bowl.centre, np.zeros(2))]
        assert objective(found) <= min(each.fun for each in starts) + 1e-10


def test_l1_meets_a_corner_and_l2_does_not() -> None:
    """What the view opens with, and that a smaller budget only makes it more so."""
    bowl = Bowl(1.0, 0.3, 0.0)
    for share in (0.1, 0.3, 0.5):
        assert constrained(bowl, BALLS["l1"], share).weights[1] == 0
        assert constrained(bowl, BALLS["l2"], share).weights.all()


@every_ball
def test_the_route_leads_from_nothing_to_least_squares(l1_ratio: float) -> None:
    bowl = Bowl(1.0, 0.3, 0.6)
    route = norm_balls.route(bowl, l1_ratio)
    np.testing.assert_allclose(route[-1], bowl.centre, atol=1e-12)
    assert np.abs(route[0]).max() < 2e-3
    assert (np.diff(size(route, l1_ratio)) >= -1e-12).all()
    assert (np.diff(bowl.loss(route)) <= 1e-12).all()


@every_bowl
def test_contours_hold_their_level(bowl: Bowl) -> None:
    np.testing.assert_allclose(bowl.loss(bowl.contour(0.3)), 0.3, rtol=1e-12)


def test_an_outline_has_the_balls_corners() -> None:
    corners = outline(1.0, 0.8)[::90]
    np.testing.assert_allclose(np.abs(corners).max(axis=1), 0.8, rtol=1e-12)


def test_one_large_weight_or_four_small_ones() -> None:
    one, four = norm_balls.one_large_and_four_small()
    assert (one.prediction, one.l1, one.l2) == (1, 1, 1)
    assert (four.prediction, four.l1, four.l2) == (1, 1, 0.25)
