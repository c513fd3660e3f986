"""The game of two numbers: circle, spiral, limit cycle and eigenvalues as theory has them, and words that agree with what happens."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from core.studies.adversarial import dirac_words as words
from core.studies.adversarial.dirac import ALTERNATING, FLOW, SIMULTANEOUS, Game, path
from core.studies.adversarial.dirac_words import happened, theory
from core.studies.adversarial.penalties import CRITIC_PENALTIES, CriticPenalty
from core.studies.adversarial.views import LOSSES
from tests.items import in_one, named

WAYS = (FLOW, SIMULTANEOUS, ALTERNATING)
#: what may happen on a path of which theory expects this
AGREES = {
    words.CONVERGES: {words.RESTED, words.FELL}, words.CREEPS: {words.FELL}, words.CIRCLES: {words.WENT_ROUND}, words.SPIRALS_OUT: {words.GREW},
    words.LIMIT_CYCLE: {words.WENT_ROUND}, words.STAYS_IN_A_BAND: {words.WENT_ROUND, words.FELL},
    words.STOPS: {words.STOOD}, words.CYCLES: {words.WENT_ROUND},
}  # fmt: skip


def game(name: str, penalty: str = "none", noise: float = 0.0, **numbers: Any) -> Game:
    return Game(LOSSES[name], CRITIC_PENALTIES[penalty](**numbers), noise)


def radii(game: Game, how: str, start: tuple[float, float] = (1.0, 1.0), rate: float = 0.2, steps: int = 400) -> np.ndarray:
    return np.hypot(*path(game, how, start, rate, steps).T)


@in_one("name", ["minimax", "wasserstein", "hinge"])
def test_the_flow_is_a_circle(name: str) -> None:
    start = (0.4, 0.6)  # within the margin of the hinge
    np.testing.assert_allclose(radii(game(name), FLOW, start), np.hypot(*start), rtol=1e-5)


def test_simultaneous_steps_of_wasserstein_spiral_out_by_the_root_of_1_and_h_squared() -> None:
    for rate in (0.05, 0.3):
        np.testing.assert_allclose(radii(game("wasserstein"), SIMULTANEOUS, rate=rate, steps=50), np.sqrt(2) * np.sqrt(1 + rate**2) ** np.arange(51))


def test_alternating_steps_of_wasserstein_stay_on_an_ellipse() -> None:
    rate = 0.3
    theta, psi = path(game("wasserstein"), ALTERNATING, (1.0, 0.5), rate, 200).T
    np.testing.assert_allclose(theta**2 + psi**2 - rate * theta * psi, 1.25 - rate * 0.5, rtol=1e-10)


@in_one("name", ["non_saturating", "relativistic"])
def test_the_flow_of_the_non_saturating_loss_creeps_inwards(name: str) -> None:
    """d(r²)/dt = -2 b tanh(b/2)."""
    points = np.random.default_rng(0).normal(size=(50, 2))
    velocity = game(name).velocity(points)
    b = points.prod(axis=1)
    np.testing.assert_allclose(2 * (points * velocity).sum(axis=1), -2 * b * np.tanh(b / 2), atol=1e-12)


def test_limit_cycles_have_the_radius_root_2h() -> None:
    for rate in (0.05, 0.1, 0.2):
        steps = round(400 / rate)
        for name, tolerance in (("non_saturating", 0.008), ("relativistic", 0.008), ("least_squares_pm1", 0.012)):
            with named(name, rate):
                last = radii(game(name), SIMULTANEOUS, (0.9, 0.0), rate, steps)[-steps // 4 :]
                assert last.mean() == pytest.approx(np.sqrt(2 * rate), rel=tolerance)


def test_simultaneous_steps_of_the_hinge_stay_in_a_band() -> None:
    last = radii(game("hinge"), SIMULTANEOUS, steps=2000)[-1000:]
    assert 1.4 < last.mean() < 1.65
    assert last.max() < 2


def test_eigenvalues_under_r1() -> None:
    """-γ/2 ± √(γ²/4 - f'²), where f' is ½ for logistic losses and 1 for the others."""
    for strength, (name, slope) in product((0.3, 1.5), (("minimax", 0.5), ("non_saturating", 0.5), ("relativistic", 0.5), ("wasserstein", 1), ("hinge", 1),
                                                        ("least_squares_pm1", 1))):  # fmt: skip
        root = np.emath.sqrt(strength**2 / 4 - slope**2)
        expected = np.sort_complex(-strength / 2 + np.array([root, -root]))
        np.testing.assert_allclose(np.sort_complex(game(name, "r1", strength=strength).eigenvalues()), expected, atol=1e-6)


def test_eigenvalues_under_instance_noise() -> None:
    """-σ²/4 ± √(σ⁴/16 - ¼) for logistic losses; none of it for Wasserstein."""
    for noise, name in product((0.5, 1.2), ("minimax", "non_saturating", "relativistic")):
        root = np.emath.sqrt(noise**4 / 16 - 0.25)
        expected = np.sort_complex(-(noise**2) / 4 + np.array([root, -root]))
        np.testing.assert_allclose(np.sort_complex(game(name, noise=noise).eigenvalues()), expected, atol=1e-5)
    points = np.random.default_rng(0).normal(size=(20, 2))
    np.testing.assert_allclose(game("wasserstein", noise=1.0).velocity(points), game("wasserstein").velocity(points), atol=1e-12)


def test_noise_is_a_mean() -> None:
    rng = np.random.default_rng(0)
    theta, psi, noise = 0.7, -0.8, 0.9
    real, made = noise * rng.normal(size=(2, 400_000))
    for name in ("minimax", "relativistic", "hinge"):
        loss = LOSSES[name]
        a, b = psi * real, psi * (theta + made)
        (da, db), (_, force) = loss.critic_gradient(a, b), loss.generator_gradient(a, b)
        expected = -(force * psi).mean(), -(da * real + db * (theta + made)).mean()
        np.testing.assert_allclose(game(name, noise=noise).velocity(np.array([theta, psi])), expected, atol=5e-3)


CASES: list[tuple[str, CriticPenalty, float]] = [
    (name, penalty, noise)
    for name in LOSSES
    for penalty, noise in (
        (CRITIC_PENALTIES["none"](), 0.0), (CRITIC_PENALTIES["none"](), 0.7), (CRITIC_PENALTIES["r1"](strength=0.3), 0.0),  # type: ignore[call-arg]
        (CRITIC_PENALTIES["clipping"](limit=0.9), 0.0), (CRITIC_PENALTIES["gradient_penalty"](), 0.0),  # type: ignore[call-arg]
    )
]  # fmt: skip


@in_one("name,penalty,noise", CASES)
def test_what_theory_says_is_what_happens(name: str, penalty: CriticPenalty, noise: float) -> None:
    of = Game(LOSSES[name], penalty, noise)
    for how in WAYS:
        said, did = theory(of, how, 0.2), happened(path(of, how, (1.0, 1.0), 0.2, 400))
        assert said.expected == words.UNKNOWN or did.what in AGREES[said.expected], f"{how}: {said.said}, and it {did.said}"
        assert str(said.said)[0].islower()
        assert str(did.said)[0].islower()


def test_least_squares_with_codes_0_and_1_stops_anywhere() -> None:
    ends = [path(game("least_squares", "r1"), SIMULTANEOUS, start, 0.2, 2000)[-1] for start in ((1.0, 0.2), (-2.0, 0.3))]
    for end in ends:
        assert abs(end[1]) < 1e-6
    assert abs(ends[0][0] - ends[1][0]) > 1


def test_steps_that_are_too_long_for_a_penalty_are_said_to_be() -> None:
    of = game("wasserstein", "r1", strength=0.1)
    said = theory(of, SIMULTANEOUS, 0.5)
    assert said.expected == words.STAYS_IN_A_BAND
    assert "too long" in str(said.said)
    assert happened(path(of, SIMULTANEOUS, (1.0, 1.0), 0.5, 300)).what == words.GREW


def test_a_path_that_leaves_for_good_ends() -> None:
    points = path(game("wasserstein"), SIMULTANEOUS, (1.0, 1.0), 1.0, 200)
    assert np.isnan(points[-1]).all()
    assert happened(points).what == words.GREW
