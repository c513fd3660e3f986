"""Two bells: distances and pulls equal integrals by scipy, differences, and the values that are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from core.studies.adversarial import bells
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES, AdversarialLoss
from core.studies.adversarial.views import LOSSES, GradientView
from tests.items import in_one

#: the pull at θ = 1, 2 and 4 with s = ½
KNOWN = {
    "minimax": (0.90, 0.27, 8e-4), "non_saturating": (3.1, 7.7, 16), "least_squares": (0.29, 0.097, 3e-4), "hinge": (0, 0, 0), "wasserstein": (1, 1, 1),
    "least_squares_pm1": (2 * 0.29, 2 * 0.097, 2 * 3e-4),
}  # fmt: skip


@in_one("name,expected", KNOWN.items())
def test_the_pulls_are_the_known_ones(name: str, expected: tuple[float, ...]) -> None:
    found = bells.pull(LOSSES[name], 0.5)[[bells.place(theta) for theta in (1, 2, 4)]]
    if name == "least_squares_pm1":  # the generator's code is 1 as before, and the critic's slope is twice as steep: more than twice the pull
        assert (found >= expected).all()
    else:
        np.testing.assert_allclose(found, expected, rtol=0.04)


@in_one("loss", LOSSES.values())
def test_a_pull_is_the_derivative_of_the_generators_loss_with_the_critic_held(loss: AdversarialLoss) -> None:
    width, eps = 0.7, 1e-4
    z, weights = bells._normal(2001)
    for theta in (0.5, 1.5):
        def mean(at: float, theta: float = theta) -> float:
            made, _ = bells.critic(loss, at + width * z, theta, width)
            real, _ = bells.critic(loss, width * z[::20], theta, width)
            value = loss.generator_value(*np.broadcast_arrays(real[:, None], made[None]))
            return float((weights[::20] / weights[::20].sum()) @ value @ weights)

        difference = (mean(theta + eps) - mean(theta - eps)) / (2 * eps)
        if loss.kind != "hinge":  # whose best critic is a step: its mean moves, and almost no sample says so
            assert bells.pull(loss, width)[bells.place(theta)] == pytest.approx(difference, rel=1e-4)


def test_distances() -> None:
    of_bells = bells.distances(0.5)
    np.testing.assert_allclose(of_bells.js[[bells.place(theta) for theta in (1, 2, 4)]], (0.337, 0.633, 0.693), atol=6e-4)
    np.testing.assert_array_equal(of_bells.w1, of_bells.theta)
    theta, width = 2.0, 0.8

    def integrand(x: float) -> float:
        p, q = norm.pdf(x, 0, width), norm.pdf(x, theta, width)
        return float((p * np.log(2 * p / (p + q)) + q * np.log(2 * q / (p + q))) / 2)

    js = quad(integrand, -6, 8, epsabs=1e-12)[0]
    assert bells.distances(width).js[bells.place(theta)] == pytest.approx(js, rel=1e-8)
    assert (np.diff(of_bells.js) > -1e-12).all()
    assert of_bells.js[-1] == pytest.approx(bells.LOG_2, rel=1e-4)


@in_one("kind", [kind for kind in ADVERSARIAL_LOSSES if kind not in ("wasserstein", "relativistic")])
def test_the_best_score_makes_the_critics_loss_lowest(kind: str) -> None:
    """Of densities p = e^r and q = 1 at a place, p times the loss of a real sample plus that of a generated one."""
    for loss in [loss for loss in LOSSES.values() if loss.kind == kind]:
        for ratio in (-2.0, -0.3, 0.4, 3.0):
            best = loss.best_score(np.array([ratio]))
            assert best is not None

            def cost(score: np.ndarray, loss: AdversarialLoss = loss, ratio: float = ratio) -> np.ndarray:
                far = np.full_like(score, 50.0)  # the other sample does not matter
                return np.exp(ratio) * (loss.critic_value(score, -far) - loss.critic_value(far, -far)) + loss.critic_value(far, score)

            around = best[0] + np.linspace(-0.5, 0.5, 101)
            assert (cost(best[0]) <= cost(around) + 1e-9).all()
            step = loss.best_score(np.array([ratio - 1e-6, ratio + 1e-6]))
            assert step is not None
            assert best[1][0] == pytest.approx(np.diff(step[0])[0] / 2e-6, abs=1e-6)


def test_a_relativistic_critic_rates_pairs_by_their_odds() -> None:
    """σ(D(x) - D(y)) is the probability that x is the real one of two samples, one real and one generated."""
    loss = ADVERSARIAL_LOSSES["relativistic"]()
    best = loss.best_score(np.array([1.3, -0.4]))
    assert best is not None
    p, q = np.exp([1.3, -0.4]), np.ones(2)
    odds = p[0] * q[1] / (p[0] * q[1] + p[1] * q[0])
    assert 1 / (1 + np.exp(best[0][1] - best[0][0])) == pytest.approx(odds)


def test_every_loss_is_offered() -> None:
    assert {loss.kind for loss in LOSSES.values()} == {*ADVERSARIAL_LOSSES}
    assert {*GradientView().losses} < {*LOSSES}
