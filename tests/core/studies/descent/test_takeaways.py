"""What the views of descent come to, against the numbers that they show, and the default race at its best rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.optimizers import OPTIMIZERS
from core.schedules import SCHEDULES
from core.studies.descent import rate_map, takeaways
from core.studies.descent.line_descent import LineDescent, frames
from core.studies.descent.race import MAX_RACERS, Racer, default_race, run
from core.studies.descent.stories import STORIES
from core.studies.descent.surfaces import SURFACES
from tests.races import race, racer

#: every rate of two digits from 0.01 to 3
GRID = [round(mantissa * 10.0**power, 6) for power in (-3, -2) for mantissa in range(10, 100)] + [1 + tenth / 10 for tenth in range(21)]


@pytest.mark.parametrize("place", range(4))
def test_no_rate_of_a_grid_brings_an_optimizer_of_the_default_race_there_sooner(place: int) -> None:
    opening = default_race()
    chosen = opening.racers[place]
    steps: dict[float, int] = {}
    for first in range(0, len(GRID), MAX_RACERS):
        racers = tuple(replace(chosen, learning_rate=rate) for rate in GRID[first : first + MAX_RACERS])
        arrived = takeaways.arrivals(run(replace(opening, racers=racers)))
        steps |= {each.learning_rate: step for each, step in zip(racers, arrived, strict=True) if step is not None}
    assert steps[chosen.learning_rate] == min(steps.values())


def test_the_verdict_of_the_default_race_has_its_numbers() -> None:
    opening = default_race()
    told = next(story for story in STORIES if story.document == opening)
    steps = dict(zip([each.optimizer.kind for each in opening.racers], takeaways.arrivals(run(opening)), strict=True))
    assert steps == {"sgd": 115, "momentum": 66, "nesterov": 61, "adam": 74}
    assert "plain descent needs 115 updates" in told.verdict
    assert "Adam 74, momentum 66, and Nesterov’s 61" in told.verdict


def test_a_racer_arrives_when_it_stays_near_and_not_when_it_passes_by() -> None:
    course = run(race(racer("sgd", 0.9), racer("momentum", 0.3, {"momentum": 0.99}), racer("sgd", 2.5), surface=SURFACES["quadratic"](), steps=150))
    away = course.distances / course.distances[0]
    plain, swinging, gone = takeaways.arrivals(course)
    assert plain is not None
    assert (away[plain:, 0] <= takeaways.NEAR).all()
    assert away[plain - 1, 0] > takeaways.NEAR
    assert swinging is None
    assert gone is None
    said = str(takeaways.race(course, ["A", "B", "C"]))
    assert said == f"Within a hundredth of the way to the minimum: A after {plain} updates; not within 150: B, C."


def test_a_racer_that_stops_near_the_minimum_has_arrived() -> None:
    whole = race(racer("sgd", 0.9), surface=SURFACES["quadratic"](), steps=400)
    stopped = run(replace(whole, stop_gradient=1e-3))
    assert stopped.reasons == ("gradient",)
    assert takeaways.arrivals(stopped) == takeaways.arrivals(run(whole))


def test_without_a_minimum_the_lowest_is_named_and_who_diverged() -> None:
    course = run(race(racer("sgd", 0.1), racer("sgd", 0.2), surface=SURFACES["saddle"](), start=(1.0, 0.5), steps=20))
    assert "B" in str(takeaways.race(course, ["A", "B"]))
    lost = run(race(racer("sgd", 9.0), racer("sgd", 8.0), surface=SURFACES["quadratic"](), steps=200))
    assert str(takeaways.race(lost, ["A", "B"])) == "Every racer diverges."


def test_the_line_says_what_each_batch_size_ends_with() -> None:
    descent = LineDescent()
    paths = {batch: path for batch, (path, _) in frames(descent, 10).items()}
    said = str(takeaways.line(descent, paths))
    for batch, path in paths.items():
        above = path.losses[-1] / descent.lowest - 1
        assert f"batches of {batch or 100} end {above:.2%} above it, after {path.updates} updates" in said
    wild = replace(descent, batches=(0,), learning_rate=2.0, epochs=500)
    gone = {batch: path for batch, (path, _) in frames(wild, 10).items()}
    assert "batches of 100 diverge after" in str(takeaways.line(wild, gone))


def test_rates_momenta_and_schedules() -> None:
    assert str(takeaways.rate(["a", "b", "c"], [30, rate_map.DIVERGES, 12])) == "At the tolerance: c after 12 steps, a after 30 steps; diverges: b."
    assert str(takeaways.rate(["a"], [rate_map.NOT_YET])) == "None of these rates gets there."
    cells = rate_map.rate_map(rate_map.HEAVY_BALL, 20.0, 1e-3)
    rate, momentum, steps = cells.fewest()
    said = str(takeaways.momentum(cells, 67))
    assert f"{rate:.3g} and {momentum:.2g}, need {steps} steps" in said
    assert steps < 67
    for noise in (0.1, 0.3, 1.0):
        kinds = ("constant", "cosine")
        runs = rate_map.scheduled(tuple(SCHEDULES[kind]() for kind in kinds), 20.0, 0.3, noise, 500, 0)
        ends = runs.losses[-50:].mean(axis=0)
        words = str(takeaways.schedules(runs, kinds))
        assert words == f"Over the last tenth of the steps the mean loss is lowest with cosine, {ends[1]:.3g}, and highest with constant, {ends[0]:.3g}."
        assert ends[1] < ends[0]


def test_every_optimizer_has_a_sentence() -> None:
    racers = tuple(Racer(optimizer=OPTIMIZERS[kind](), learning_rate=0.05) for kind in list(OPTIMIZERS)[:MAX_RACERS])
    course = run(replace(default_race(), racers=racers))
    assert str(takeaways.race(course, [f"{i}" for i in range(len(racers))])).endswith(".")
    assert np.isfinite(course.losses[0]).all()
