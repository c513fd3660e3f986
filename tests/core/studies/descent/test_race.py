"""A race: the same as each racer in a plain loop, what its dials do, how it ends, and its JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from core.optimizers import OPTIMIZERS, Optimizer
from core.schedules import SCHEDULES
from core.studies.descent.race import MAX_RACERS, Course, Race, Racer, run
from core.studies.descent.surfaces import SURFACES, Surface
from tests.items import in_one, named
from tests.races import QUADRATIC, race, racer
from tests.reference.make_optimizers import settings

KINDS = list(OPTIMIZERS)
#: eight at a time
FIELDS = [KINDS[i : i + MAX_RACERS] for i in range(0, len(KINDS), MAX_RACERS)]
#: those on which paths are smooth enough for rounding to stay rounding
SMOOTH = [QUADRATIC, SURFACES["ravine"](), SURFACES["himmelblau"](), SURFACES["sparse"](), SURFACES["line_mse"](batch=30), SURFACES["logistic"]()]


def mixed(surface: Surface, rate: float = 1.0) -> list[Race]:
    """Return races in which every optimizer meets others, at its defaults and at drawn settings, with every dial in use."""
    items: list[Optimizer] = [cls(**values) for cls in OPTIMIZERS.values() for values in list(settings(cls))[::3]]
    schedules = [cls() for cls in SCHEDULES.values()]
    racers = [
        Racer(
            optimizer=item, learning_rate=rate * item.learning_rate, schedule=schedules[i % len(schedules)],
            clip_norm=(0.0, 0.5, 4.0)[i % 3], l2=(0.0, 0.01)[i % 2], start=surface.starts[1] if i % 5 == 4 else (),
        )
        for i, item in enumerate(items)
    ]  # fmt: skip
    return [race(*racers[i::7], surface=surface, noise=0.1, seed=3) for i in range(7)]


def loop(contest: Race, i: int) -> np.ndarray:
    """Return the path (T + 1, 2) of one racer, with its optimizer called directly."""
    one, surface = contest.racers[i], contest.surface
    point = np.array(one.start or contest.start)
    noise = np.random.default_rng(contest.seed).normal(size=(contest.steps, 2))
    state, path = one.optimizer.init(point), [point]
    for step in range(1, contest.steps + 1):
        gradient = surface.seen(point, step) + contest.noise * noise[step - 1] + one.l2 * point
        if one.clip_norm and np.linalg.norm(gradient) > one.clip_norm:
            gradient = gradient * one.clip_norm / np.linalg.norm(gradient)
        rate = one.learning_rate * one.schedule.factor(np.array((step - 1) / contest.steps), contest.steps)
        point, state = one.optimizer.update(gradient, state, point, step, rate)
        if surface.bounded:
            point = np.clip(point, *np.array(surface.domain).T)
        path.append(point)
    return np.array(path)


def assert_ends_well(course: Course) -> None:
    """Assert that numbers are finite up to each racer's end, and NaN after it."""
    steps, racers = course.race.steps, len(course.race.racers)
    assert course.points.shape == (steps + 1, racers, 2)
    assert course.losses.shape == course.slopes.shape == course.distances.shape == (steps + 1, racers)
    assert course.rates.shape == (steps, racers)
    for r, (end, reason) in enumerate(zip(course.ends, course.reasons, strict=True)):
        assert reason in {"steps", "loss", "gradient", "diverged"}
        assert end == steps if reason == "steps" else end <= steps
        shown = np.arange(steps + 1) < end + (reason != "diverged")
        columns = [course.points[:, r, 0], course.points[:, r, 1], course.losses[:, r], course.slopes[:, r]]
        columns += [course.distances[:, r]] if course.race.surface.minima else []
        for column in columns:
            np.testing.assert_array_equal(np.isfinite(column), shown)
            assert np.isnan(column[~shown]).all()
        np.testing.assert_array_equal(np.isfinite(course.rates[:, r]), shown[1:])


@pytest.mark.parametrize("wild_steps", [40, pytest.param(120, marks=pytest.mark.proof)])
@pytest.mark.parametrize("kind", SURFACES)
def test_every_optimizer_races_on_every_surface(kind: str, wild_steps: int) -> None:
    """Warnings are errors here. At higher rates, or where walls are sheer, some do not survive, which is no error."""
    surface = SURFACES[kind]()
    for field, rates in product(FIELDS, (1, 10, 1000)):
        with named(f"{rates} times the suggested rates", *field):
            racers = [racer(name, OPTIMIZERS[name].learning_rate * rates) for name in field]
            course = run(race(*racers, surface=surface, steps=120 if rates == 1 else wild_steps))
            assert_ends_well(course)
            if rates == 1 and kind not in {"monkey_saddle", "beale", "rosenbrock", "himmelblau"}:
                assert set(course.reasons) == {"steps"}


@pytest.mark.parametrize("surface", [*SMOOTH, SURFACES["reddi"](), SURFACES["mlp_plane"]()], ids=repr)
def test_race_is_each_racer_in_a_plain_loop(surface: Surface) -> None:
    for contest in mixed(surface):
        course = run(contest)
        assert_ends_well(course)
        for i in range(len(contest.racers)):
            if course.reasons[i] == "steps":
                np.testing.assert_allclose(course.points[:, i], loop(contest, i), rtol=1e-9, atol=1e-9, err_msg=repr(contest.racers[i]))


@pytest.mark.parametrize("surface", SMOOTH, ids=repr)
def test_racers_are_independent(surface: Surface) -> None:
    contest = mixed(surface)[0]
    together = run(contest)
    for i, one in enumerate(contest.racers):
        alone = run(replace(contest, racers=(one,)))
        for name in ("points", "losses", "slopes", "distances", "rates"):
            np.testing.assert_allclose(getattr(alone, name)[:, 0], getattr(together, name)[:, i], rtol=1e-12, atol=1e-12, err_msg=repr(one))
        assert (alone.ends[0], alone.reasons[0]) == (together.ends[i], together.reasons[i])


def test_order_of_racers_does_not_matter() -> None:
    racers = tuple(racer(kind) for kind in ("rmsprop", "adam", "sgd", "adam", "lion"))
    forwards, backwards = run(race(*racers)), run(race(*racers[::-1]))
    np.testing.assert_array_equal(forwards.points, backwards.points[:, ::-1])
    np.testing.assert_array_equal(forwards.rates, backwards.rates[:, ::-1])


def test_what_is_recorded_is_the_surface_at_the_points() -> None:
    surface = SURFACES["himmelblau"]()
    course = run(race(racer(learning_rate=0.01), racer("adam", 0.1), surface=surface, noise=1.0))
    np.testing.assert_array_equal(course.losses, surface.value(course.points))
    np.testing.assert_allclose(course.slopes, np.hypot(*np.moveaxis(surface.gradient(course.points), -1, 0)), rtol=1e-14)
    distances = [np.linalg.norm(course.points - np.array(minimum), axis=-1) for minimum in surface.minima]
    np.testing.assert_allclose(course.distances, np.min(distances, axis=0), rtol=1e-14)
    assert np.isnan(run(race(surface=SURFACES["mlp_plane"]())).distances).all()


# What the dials do


def test_noise_is_the_same_for_all_racers_and_ruled_by_the_seed() -> None:
    contest = race(racer(learning_rate=0.1), racer(learning_rate=0.1, label="twin"), noise=0.5, seed=1)
    course = run(contest)
    np.testing.assert_array_equal(course.points[:, 0], course.points[:, 1])
    np.testing.assert_array_equal(course.points, run(contest).points)
    assert not np.allclose(course.points, run(replace(contest, seed=2)).points)
    np.testing.assert_array_equal(run(replace(contest, noise=0)).points, run(replace(contest, noise=0, seed=2)).points)
    seen = (course.points[:-1] - course.points[1:]) / 0.1 - QUADRATIC.gradient(course.points[:-1])
    np.testing.assert_allclose(seen[:, 0], 0.5 * np.random.default_rng(1).normal(size=(50, 2)), atol=1e-12)


def test_clipping_shortens_longer_gradients_only() -> None:
    course = run(race(racer(learning_rate=0.5, clip_norm=0.4), racer(learning_rate=0.5)))
    steps = np.linalg.norm(np.diff(course.points, axis=0), axis=-1) / 0.5
    np.testing.assert_allclose(steps[:, 0], np.minimum(course.slopes[:-1, 0], 0.4), rtol=1e-10)
    assert steps[0, 0] < steps[0, 1]
    assert steps[-1, 0] < 0.4
    np.testing.assert_allclose(steps[:, 1], course.slopes[:-1, 1], rtol=1e-10)


def test_clipping_of_a_gradient_of_0_moves_nobody() -> None:
    course = run(race(racer(clip_norm=0.1), start=(0.0, 0.0)))
    np.testing.assert_array_equal(course.points, 0)


def test_l2_adds_a_share_of_the_parameters_to_the_gradient() -> None:
    course = run(race(racer(learning_rate=0.2, l2=0.3)))
    before, after = course.points[:-1, 0], course.points[1:, 0]
    np.testing.assert_allclose(after, before - 0.2 * (QUADRATIC.gradient(before) + 0.3 * before), rtol=1e-12)
    np.testing.assert_allclose(course.losses, QUADRATIC.value(course.points), rtol=0)


def test_coupled_l2_is_decoupled_decay_for_plain_descent_and_not_for_adam() -> None:
    undamped = {"momentum": 0.0, "weight_decay": 0.1}
    plain = run(race(racer(learning_rate=0.1, l2=0.1), racer("sgdw", 0.1, undamped)))
    np.testing.assert_allclose(plain.points[:, 0], plain.points[:, 1], rtol=1e-10)
    adam = run(race(racer("adam", 0.1, l2=0.1), racer("adamw", 0.1, {"weight_decay": 0.1})))
    assert np.abs(adam.points[:, 0] - adam.points[:, 1]).max() > 0.05


@pytest.mark.parametrize("kind", SCHEDULES)
def test_schedule_rules_the_rate_of_each_update(kind: str) -> None:
    schedule = SCHEDULES[kind]()
    course = run(race(racer("adam", 0.1), racer(learning_rate=0.3, schedule=schedule)))
    np.testing.assert_allclose(course.rates[:, 1], 0.3 * schedule.factor(np.arange(50) / 50, 50), rtol=1e-14)
    np.testing.assert_array_equal(course.rates[:, 0], 0.1)
    steps = course.points[:-1, 1] - course.points[1:, 1]
    np.testing.assert_allclose(steps, course.rates[:, 1:] * QUADRATIC.gradient(course.points[:-1, 1]), rtol=1e-9, atol=1e-14)


def test_start_of_a_racer_overrides_that_of_the_race() -> None:
    course = run(race(racer(), racer(start=(1.0, 2.0)), racer("adam"), start=(-1.0, 0.5)))
    np.testing.assert_array_equal(course.points[0], [[-1, 0.5], [1, 2], [-1, 0.5]])


def test_bounded_surface_keeps_everybody_on_the_map() -> None:
    course = run(race(racer(learning_rate=1.0), racer("adam", 1.0, start=(5.0, -7.0)), surface=SURFACES["reddi"](), noise=2.0))
    assert np.abs(course.points).max() == 1
    np.testing.assert_array_equal(course.points[0, 1], [1, -1])


# How it ends


def test_stops_at_the_first_update_that_meets_a_criterion() -> None:
    racers = racer(learning_rate=0.5), racer("momentum", 0.1), racer("adam", 1e-4)
    free = run(race(*racers, steps=300))
    for name, values, others in (("loss", free.losses, {"stop_loss": 0.01}), ("gradient", free.slopes, {"stop_gradient": 0.02})):
        course = run(race(*racers, steps=300, **others))
        assert_ends_well(course)
        bound = next(iter(others.values()))
        assert course.reasons == (name, name, "steps")
        for r in range(2):
            assert course.ends[r] == (values[:, r] < bound).argmax() > 0
            np.testing.assert_array_equal(course.points[: course.ends[r] + 1, r], free.points[: course.ends[r] + 1, r])
        assert course.ends[2] == 300


def test_criterion_that_is_met_first_is_the_reason() -> None:
    free = run(race(racer(learning_rate=0.5), steps=100))
    early, late = free.losses[5, 0] * 1.0001, free.slopes[20, 0] * 1.0001
    both = run(race(racer(learning_rate=0.5), steps=100, stop_loss=early, stop_gradient=late))
    assert (both.ends[0], both.reasons) == (5, ("loss",))
    other = run(race(racer(learning_rate=0.5), steps=100, stop_loss=free.losses[20, 0] * 1.0001, stop_gradient=free.slopes[5, 0] * 1.0001))
    assert (other.ends[0], other.reasons) == (5, ("gradient",))
    last = run(race(racer(learning_rate=0.5), steps=20, stop_gradient=late))
    assert (last.ends[0], last.reasons) == (20, ("gradient",))


def test_racer_that_starts_at_the_goal_makes_no_update() -> None:
    course = run(race(racer(), racer(start=(2.0, 2.0)), start=(0.0, 0.0), stop_loss=1e-3))
    assert (course.ends.tolist(), course.reasons) == ([0, 50], ("loss", "steps"))
    assert_ends_well(course)


def test_threshold_of_the_loss_is_above_the_minimum() -> None:
    """The lowest loss of a line is that of its residuals, and of Styblinski-Tang -78; where there is no minimum nothing is compared."""
    for kind in ("line_mse", "styblinski_tang"):
        surface = SURFACES[kind]()
        course = run(race(racer("adam", 0.1), surface=surface, steps=2000, start=(-1.0, -1.0), stop_loss=0.01))
        assert course.reasons == ("loss",)
        assert 0 < course.losses[course.ends[0], 0] - surface.value(np.array(surface.minima[0])) < 0.01
    assert run(race(surface=SURFACES["mlp_plane"](), stop_loss=1.0)).reasons == ("steps",)


def test_diverging_racers_end_and_others_go_on() -> None:
    """Beyond 2/L = 2 a quadratic throws plain descent ever further; a thousand widths of the map out it has diverged."""
    course = run(race(racer(learning_rate=1.9), racer(learning_rate=3.0), racer("adam", 0.1), racer(learning_rate=1e6), steps=100))
    assert_ends_well(course)
    assert course.reasons == ("steps", "diverged", "steps", "diverged")
    assert np.abs(course.points[course.ends[1] - 1, 1]).max() <= 6000 < np.abs(2 * course.points[course.ends[1] - 1, 1]).max()
    assert course.ends[3] <= 2
    np.testing.assert_allclose(course.points[:, 2], run(race(racer("adam", 0.1), steps=100)).points[:, 0], rtol=1e-12)


def test_racer_that_overflows_ends_as_diverged() -> None:
    course = run(race(racer(learning_rate=10.0), surface=SURFACES["monkey_saddle"](), steps=200))
    assert course.reasons == ("diverged",)
    assert_ends_well(course)


# As JSON


@in_one("kind", SURFACES)
def test_json_round_trip(kind: str) -> None:
    contest = replace(mixed(SURFACES[kind]())[1], stop_loss=0.1, stop_gradient=0.01)
    assert Race.from_json(contest.to_json()) == contest


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "version must be 1"),
        ({"surface": {"kind": "everest"}}, "unknown surface 'everest'"),
        ({"surface": {"kind": "quadratic", "condition": 0.5}}, "condition must be a number in"),
        ({"racers": []}, "racers must be a list of 1 to 8"),
        ({"racers": [{"optimizer": {"kind": "sgd"}}] * 9}, "racers must be a list of 1 to 8"),
        ({"racers": [{"optimizer": {"kind": "sgd"}, "start": [1]}]}, "start must be two numbers or none"),
        ({"racers": [{"optimizer": {"kind": "sgd"}, "learning_rate": 0}]}, "learning_rate must be a number in"),
        ({"racers": [{}]}, "optimizer"),
        ({"start": [1]}, "start must be a list of 2 items"),
        ({"start": [1, 1e7]}, r"start\[1\] must be a number in"),
        ({"steps": 100_000}, "steps must be a whole number in"),
        ({"noise": -1}, "noise must be a number in"),
        ({"lap": 1}, "no parameter 'lap'"),
    ],
)
def test_what_is_no_race_is_refused(changes: dict[str, Any], message: str) -> None:
    values = json.loads(race().to_json())
    with pytest.raises(ValueError, match=message):
        Race.from_json(json.dumps(values | changes))


def test_labels_say_what_differs() -> None:
    assert race(racer("sgd", 0.1), racer("adam", 0.001)).labels() == ("SGD · η 0.1", "Adam · η 0.001")
    assert race(racer(learning_rate=0.1), racer(learning_rate=0.5)).labels() == ("η 0.1", "η 0.5")
    assert race(racer(), racer(clip_norm=0.5)).labels() == ("no clipping", "clip 0.5")
    assert race(racer(), racer(label="mine")).labels()[1] == "mine"
    assert race(racer(), racer(start=(1.0, -2.0))).labels() == ("common start", "from (1, −2)")
