"""What the view "Race" of the Descent page draws: contours, clipped paths, specifications and words."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from core.optimizers import OPTIMIZERS
from core.studies.descent.contours import FINE, relief
from core.studies.descent.race import MAX_RACERS, Course, Race, Racer, default_race, on_surface, run
from core.studies.descent.surfaces import SURFACES, Surface
from pages.ui.charts import theme
from pages.ui.descent import paths
from pages.ui.descent.map_charts import PICK, race_map
from pages.ui.descent.race import ended, results
from pages.ui.descent.solid_charts import race_solid
from tests import vega

LOOKS = tuple(theme.look(i, f"racer {i}") for i in range(MAX_RACERS))


def racer(kind: str = "sgd", rate: float = 0.1, **rest: Any) -> Racer:
    return Racer(optimizer=OPTIMIZERS[kind](), learning_rate=rate, **rest)


def race_on(kind: str, *racers: Racer, **rest: Any) -> Race:
    surface = SURFACES[kind]()
    return Race(surface=surface, start=rest.pop("start", surface.starts[0]), racers=racers or (racer(),), **rest)


def diverging() -> Course:
    return run(race_on("ravine", racer(rate=1.5), racer("adam", 0.3), start=(-7.0, 2.0), steps=60))


# Contours


@pytest.mark.parametrize("kind", SURFACES)
def test_contours_are_where_the_surface_has_their_level(kind: str) -> None:
    surface: Surface = SURFACES[kind]()
    found = relief(surface)
    lines = found.lines[np.isfinite(found.lines[:, 0])]
    assert 100 < len(lines) <= 8_000
    (left, right), (bottom, top) = surface.domain
    assert (lines >= np.array((left, bottom)) - 1e-9).all()
    assert (lines <= np.array((right, top)) + 1e-9).all()
    # a line is at its level up to what the surface does between two points of the grid
    heights = found.heights(surface.value(lines))
    distance = np.abs(heights[:, None] - found.heights(found.levels)).min(axis=1)
    assert np.quantile(distance, 0.9) < 0.02
    assert (np.diff(found.levels) > 0).all()


def test_bands_count_the_levels_below() -> None:
    found = relief(SURFACES["quadratic"]())
    np.testing.assert_array_equal(found.bands(FINE), np.searchsorted(found.levels, found.values))
    assert found.bands(50)[25, 25] == 0  # the minimum is in the middle
    assert found.bands(50).max() == len(found.levels)


@pytest.mark.parametrize("kind", SURFACES)
def test_heights_rise_with_the_loss_and_stay_within_the_solid(kind: str) -> None:
    found = relief(SURFACES[kind]())
    values = np.sort(found.values.ravel())
    heights = found.heights(values)
    assert heights[0] == 0
    assert heights[-1] == pytest.approx(1)
    assert (np.diff(heights) >= 0).all()
    assert found.heights(np.array([values[-1] * 2 + 1]))[0] == pytest.approx(1)


# Paths


def test_a_clipped_path_is_what_the_map_shows_of_it() -> None:
    race = race_on("quadratic")
    rng = np.random.default_rng(0)
    points = rng.uniform(-5, 5, (200, 2))  # the map goes from -3 to 3
    steps, shown = paths.clipped(np.arange(200), points, race)
    gaps = np.isnan(shown[:, 0])
    assert (np.abs(shown[~gaps]) <= 3 + 1e-9).all()
    assert (np.diff(steps) >= 0).all(), "what is shown earlier stands earlier"
    length = sum(float(np.hypot(*(b - a))) for a, b in pairwise(shown) if np.isfinite(a).all() and np.isfinite(b).all())
    fine = np.linspace(0, 1, 401)[:, None]
    expected = 0.0
    for a, b in pairwise(points):
        inside = (np.abs(a + fine * (b - a)) <= 3).all(axis=1)
        expected += float(inside.mean() * np.hypot(*(b - a)))
    assert length == pytest.approx(expected, rel=0.01)


def test_a_path_inside_the_map_is_one_unbroken_line() -> None:
    course = run(default_race())
    frame = paths.path_frame(course, LOOKS[:4])
    for i in range(4):
        rows = frame[frame["run"] == f"r{i}"]
        assert rows["x"].isna().sum() == 1  # the gap before it
        np.testing.assert_allclose(rows[["x", "y"]].dropna(), course.points[:, i], rtol=1e-6, atol=1e-37)  # below it float32 loses digits
        np.testing.assert_array_equal(rows["step"], [0, *range(121)])


def test_a_long_path_is_thinned_and_keeps_both_ends() -> None:
    course = run(race_on("rosenbrock", racer("adam", 0.05), racer(rate=0.002), steps=1000))
    for rows in paths.kept_rows(course):
        assert 50 < len(rows) <= 302
        assert rows[0] == 0
        assert rows[-1] == 1000
    frame = paths.course_frame(course, LOOKS[:2], paths.LOSS)
    for _, part in frame.groupby("run", observed=True):
        assert (part["next"].to_numpy()[:-1] == part["step"].to_numpy()[1:]).all()
        assert part["next"].iloc[-1] > 1000


def test_a_racer_that_left_is_at_the_edge_and_one_that_diverged_is_crossed_out() -> None:
    course = diverging()
    assert course.reasons[0] == "diverged"
    frame = paths.course_frame(course, LOOKS[:2], paths.LOSS)
    first = frame[frame["run"] == "r0"]
    assert first["kind"].iloc[0] == paths.INSIDE
    assert paths.OUTSIDE in set(first["kind"])
    assert first["kind"].iloc[-1] == paths.DIVERGED
    assert first["y"].abs().max() <= 5
    assert set(first.loc[first["kind"] == paths.OUTSIDE, "angle"]) <= {0, 180}  # above or below the map
    assert set(frame.loc[frame["run"] == "r1", "kind"]) == {paths.INSIDE}


@pytest.mark.parametrize("quantity", [paths.LOSS, paths.DISTANCE])
def test_curves_are_positive_where_the_axis_is_logarithmic(quantity: str) -> None:
    shown, log = paths.values(diverging(), quantity)
    assert log
    assert np.nanmin(shown) > 0
    assert np.nanmax(shown) <= 100 * shown[0].max()


def test_a_surface_without_a_lowest_point_has_a_linear_axis() -> None:
    course = run(race_on("monkey_saddle", racer(rate=0.1), steps=100))
    shown, log = paths.values(course, paths.LOSS)
    assert not log
    assert np.isfinite(shown[0]).all()
    assert np.nanmin(shown) > -100


# Specifications


def charts(course: Course, **options: Any) -> Iterator[tuple[dict[str, pd.DataFrame], dict[str, Any]]]:
    looks = LOOKS[: len(course.ends)]
    yield race_map(course, looks, **{"quantity": paths.LOSS, **options})
    yield race_solid(course, looks, **{"quantity": paths.LOSS, **options})


def named(spec: Any) -> set[str]:
    if isinstance(spec, dict):
        own = {spec["data"]["name"]} if isinstance(spec.get("data"), dict) and "name" in spec["data"] else set()
        return own.union(*(named(value) for value in spec.values()))
    return set().union(*(named(value) for value in spec)) if isinstance(spec, list) else set()


@pytest.mark.parametrize("dark", [False, True])
def test_specs_are_valid_but_for_what_drives_the_player(dark: bool) -> None:
    for data, spec in charts(diverging(), dark=dark):
        json.dumps(spec, allow_nan=False)
        assert named(spec) == set(data)
        plain = copy.deepcopy(spec)
        for param in plain["params"]:
            param.pop("on", None)  # passed through to Vega, unknown to Vega-Lite's schema
        vega.check(plain)


def test_a_rate_an_optimizer_or_a_start_changes_the_data_alone() -> None:
    race = default_race()
    other = replace(race, start=(1.0, 1.0), racers=(racer("adam", 0.01, label='"]}'), *race.racers[1:]))
    for (data, spec), (moved, same) in zip(charts(run(race)), charts(run(other)), strict=True):
        assert spec is same
        assert not data["course"].equals(moved["course"])


def test_data_are_small() -> None:
    race = replace(default_race(), racers=tuple(racer(kind, 0.02) for kind in list(OPTIMIZERS)[:MAX_RACERS]), steps=1000)
    for data, _ in charts(run(race)):
        for name, frame in data.items():
            assert name == "shading" or set(frame.dtypes.astype(str)) <= {"float32", "int8", "int16", "category"}
        assert sum(frame.memory_usage(deep=True, index=False).sum() for frame in data.values()) < 250_000


def test_the_player_s_end_and_the_picked_start_are_named() -> None:
    _, spec = race_map(run(default_race()), LOOKS[:4], quantity=paths.LOSS)
    params = {param["name"]: param for param in spec["params"]}
    assert params["step"]["value"] == params["step"]["bind"]["max"] == 120
    assert [name for name, param in params.items() if "bind" in param] == ["playing", "back", "forward", "step", "seen", "speed"]
    assert spec["layer"][1]["layer"][-1]["params"][0]["name"] == PICK


@pytest.mark.parametrize(("opens_at", "shown"), [(37, 37), (120, 120), (121, 120), (0, 0), (None, 120)])
def test_the_player_opens_at_an_update_or_at_its_end(opens_at: int | None, shown: int) -> None:
    """A specification is kept by its shape, of which the update is a part: the last case is the default, after the others."""
    for _, spec in charts(run(default_race()), opens_at=opens_at):
        step = next(param for param in spec["params"] if param["name"] == "step")
        assert (step["value"], step["bind"]["max"]) == (shown, 120)
        assert next(param for param in spec["params"] if param["name"] == "seen")["value"] == (shown == 120)


@pytest.mark.parametrize("kind", SURFACES)
def test_every_surface_is_drawn(kind: str) -> None:
    for data, spec in charts(run(race_on(kind, racer(rate=0.05), racer("adam", 0.1), steps=30))):
        assert spec["layer"]
        for name, frame in data.items():
            numbers = frame.select_dtypes("number").to_numpy()
            if name not in ("contours", "paths", "wires"):
                assert np.isfinite(numbers).all(), name


# Words


def test_results_say_how_each_racer_ended() -> None:
    course = diverging()
    table = results(course, LOOKS[:2])
    assert table["Ended"].tolist() == [f"diverged after {course.ends[0]} updates", "ran all 60 updates"]
    assert table["Distance"].notna().all()
    assert "Distance" not in results(run(race_on("monkey_saddle")), LOOKS[:1])
    early = run(race_on("quadratic", racer(rate=1.0), stop_loss=0.5, stop_gradient=1e-9))
    assert ended(early, 0).startswith("loss below 0.5 after 1 update")


def test_another_surface_brings_its_start_and_keeps_own_starts_in_their_place() -> None:
    race = race_on("quadratic", racer(), racer(start=(3.0, 0.0)))
    moved = on_surface(race, SURFACES["rosenbrock"]())
    assert moved.start == moved.surface.starts[0]
    assert moved.racers[0].start == ()
    assert moved.racers[1].start == (2.0, 1.0)


def test_starts_and_paths_off_the_map_are_left_out_without_a_warning() -> None:
    """A path that rests outside, or moves along one axis only, gives segments without a way: nothing is infinite on the way to the answer."""
    race = race_on("quadratic", racer(), racer(start=(1e6, 0.0)), racer(start=(300.0, 0.0)), start=(0.0, 2.0))
    frame = paths.start_frame(race)
    assert frame.to_numpy().tolist() == [[0.0, 2.0]]
    assert paths.start_frame(replace(race, start=(-50.0, 0.0))).shape == (0, 2)
    for points in ([[9.0, 9.0], [9.0, 9.0], [9.0, -9.0]], [[0.0, 9.0], [0.0, -9.0]], [[9.0, 0.0], [9.0, 0.0]]):
        steps, kept = paths.clipped(np.arange(len(points)), np.array(points), race)
        assert len(steps) == len(kept)
        assert (np.abs(kept[np.isfinite(kept)]) <= 3).all()


def test_a_start_that_was_chosen_stays_when_the_same_surface_changes() -> None:
    race = race_on("line_mse", racer())
    first, other = race.surface, SURFACES["line_mse"](rows=30, seed=3)
    assert on_surface(replace(race, start=first.starts[0]), other).start == other.starts[0]
    assert on_surface(replace(race, start=(1.0, 1.0)), other).start == (1.0, 1.0)
