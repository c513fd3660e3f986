"""The learned optimizer: reproducible from its seeds, what it reaches, and where it wins and loses."""

from __future__ import annotations

import numpy as np
import pytest

from core.optimizers import OPTIMIZERS
from core.studies.descent.learned import learned
from core.studies.descent.learned.contest import FRESH, PROBLEMS, contest, summed, takeaway
from core.studies.descent.learned.families import DIMENSIONS, FAMILIES
from core.studies.descent.learned.rule import HIDDEN, HORIZON, SIZE, by_adam, descended
from core.studies.descent.learned.training import EXAM_SEED, STEPS, TUNING_SEED, reached, trained, tuned
from core.training.evolution import Evolution
from core.training.threads import one_thread

SEEDS = 5


def test_evolution_strategies_are_reproducible_from_their_seeds() -> None:
    short = Evolution(generations=4, pairs=4)
    first, again, other = (trained(short, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_evolution_strategies_find_a_minimum() -> None:
    wanted = np.array([1.0, -2.0, 0.5])
    found = Evolution(generations=300, pairs=8, spread=0.05).minimised(lambda numbers, rng: np.square(numbers - wanted).sum(axis=-1), np.zeros(3), 0)
    np.testing.assert_allclose(found, wanted, atol=0.05)


@pytest.mark.proof
def test_the_committed_numbers_are_those_of_the_script() -> None:
    """They differ by rounding alone: ranks of costs make the steps, and these seldom change when a last digit does."""
    with one_thread():
        np.testing.assert_allclose(trained(), learned().numbers, atol=1e-5)


def test_what_was_committed() -> None:
    made = learned()
    assert made.numbers.shape == (SIZE,) == (110,)
    assert reached(made.numbers) == pytest.approx(made.log_loss, abs=1e-6)
    assert {*made.adam} == {*FAMILIES}
    assert all({*by_steps} == {*STEPS} for of_family in made.adam.values() for by_steps in of_family.values())
    assert not {EXAM_SEED, TUNING_SEED} & {*range(FRESH, FRESH + 1_000_001)}, "fresh problems are of no seed that was used before"


def test_adam_is_tuned_on_other_problems() -> None:
    found = tuned(FAMILIES["own"])
    assert {tuning: {int(steps): setting for steps, setting in by_steps.items()} for tuning, by_steps in found.items()} == learned().adam["own"]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_familys_gradient_is_that_of_its_loss(name: str) -> None:
    problems, points = FAMILIES[name].drawn(np.random.default_rng(0), 6)
    x, step = points[None] + np.random.default_rng(1).normal(0, 0.3, (1, *points.shape)), 1e-6
    _, gradient = problems(x)
    for place in range(DIMENSIONS):
        moved = step * np.eye(DIMENSIONS)[place]
        np.testing.assert_allclose((problems(x + moved)[0] - problems(x - moved)[0]) / (2 * step), gradient[..., place], rtol=1e-5, atol=1e-5)


def test_adam_is_the_optimizer_of_the_registry() -> None:
    problems, points = FAMILIES["own"].drawn(np.random.default_rng(0), 3)
    found = by_adam(np.array([0.1]), np.array([0.8]), np.array([0.95]), problems, points, 12)[0]
    rule = OPTIMIZERS["adam"](beta1=0.8, beta2=0.95)
    x, state, losses = points, rule.init(points), []
    for step in range(1, 14):
        loss, gradient = problems(x[None])
        losses.append(loss[0])
        x, state = rule.update(gradient[0], state, x, step, 0.1)
    np.testing.assert_allclose(found, np.stack(losses, axis=-1), rtol=1e-9)


def test_the_learned_rule_is_its_equation() -> None:
    """One coordinate, two steps, written out."""
    numbers = np.random.default_rng(5).normal(size=SIZE)
    a, b = numbers[: 6 * HIDDEN].reshape(6, HIDDEN), numbers[6 * HIDDEN : 7 * HIDDEN]
    c, d = numbers[7 * HIDDEN : 9 * HIDDEN].reshape(HIDDEN, 2), numbers[9 * HIDDEN :]
    losses = descended(numbers[None], lambda x: (np.square(x).sum(axis=-1), 2 * x), np.array([[1.5]]), 2)[0, 0]
    fast = slow = squares = moved = 0.0
    x, expected = 1.5, [1.5**2]
    for step in (1, 2):
        g = 2 * x
        fast, slow, squares = 0.5 * fast + 0.5 * g, 0.9 * slow + 0.1 * g, 0.95 * squares + 0.05 * g * g
        root = np.sqrt(squares / (1 - 0.95**step))
        seen = np.array([g / root, fast / (1 - 0.5**step) / root, slow / (1 - 0.9**step) / root, np.log(root) / 3, moved / 0.1, np.tanh(step / HORIZON)])
        direction, exponent = np.tanh(seen @ a + b) @ c + d
        moved = -0.1 * direction * np.exp(min(exponent, 3))
        x += moved
        expected.append(x * x)
    np.testing.assert_allclose(losses, expected, rtol=1e-9)


@pytest.mark.proof
def test_it_wins_within_its_horizon_and_loses_beyond_it() -> None:
    for seed in range(SEEDS):
        own = contest("own", seed)
        assert own.wins("rate", 20) > 950
        assert own.wins("all", 20) > 800
        assert own.wins("rate", 200) < 200
        assert own.wins("all", 200) < 200
        assert own.wins("all", 20) > own.wins("all", 60) > own.wins("all", 100) > own.wins("all", 200)
        far, stretched, logistic = (contest(family, seed) for family in ("far", "stretched", "logistic"))
        assert max(far.wins("all", steps) for steps in STEPS) < 150, "where the minimum lies farther it loses at every length"
        assert logistic.wins("all", 20) < 500
        assert max(logistic.wins("all", 200), stretched.wins("all", 100)) < 50
        assert "which it was trained for" in str(takeaway(own, "all"))


def test_what_has_diverged_is_no_win() -> None:
    shown, adam = contest("own"), (0.1, 0.9, 0.999)
    lost = summed("own", np.full((4, 201), np.nan), {adam: np.ones((4, 201))}, {("all", 20): adam})
    assert lost.wins("all", 20) == 0
    assert lost.won["all", 20].max() == 0
    assert np.isinf(lost.learned).all()
    assert np.isfinite(shown.learned).all()


def test_a_contest_is_summed_up_problem_by_problem() -> None:
    """Recomputed here from the losses; what is kept of a contest is small, because a server keeps many."""
    shown, (problems, points) = contest("logistic", 3), FAMILIES["logistic"].drawn(np.random.default_rng(FRESH + 3), PROBLEMS)
    rate, *betas = shown.settings["rate", 60]
    ours = descended(learned().numbers[None], problems, points, 60)[0]
    theirs = by_adam(np.array([rate]), *(np.array([beta]) for beta in betas), problems, points, 60)[0]
    assert shown.wins("rate", 60) == np.count_nonzero(ours[:, 60] < theirs[:, 60])
    np.testing.assert_allclose(shown.learned[:61], np.median(ours, axis=0))
    np.testing.assert_allclose(shown.adam["rate", 60][:61], np.median(theirs, axis=0))
    assert sum(values.nbytes for values in (shown.learned, *shown.adam.values(), *shown.won.values())) < 30_000


def test_logistic_problems_far_from_their_minimum_stay_finite() -> None:
    """There margins are far beyond what an exponential takes. The gradient along itself is held against differences of the loss, in more than one block."""
    problems, points = FAMILIES["logistic"].drawn(np.random.default_rng(0), 250)
    x = points[None] + np.random.default_rng(1).normal(0, 300, (2, *points.shape))
    losses, gradient = problems(x)
    lengths = np.linalg.norm(gradient, axis=-1)
    assert losses.max() > 700
    step = 1e-4 * gradient / lengths[..., None]
    np.testing.assert_allclose((problems(x + step)[0] - problems(x - step)[0]) / 2e-4, lengths, rtol=1e-3)
