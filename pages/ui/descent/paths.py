"""The frames of a race for charts: the paths, clipped to the map, and the state of each racer after each update."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.descent.race import Course, Race
from pages.ui.charts.axes import Axis, notes
from pages.ui.charts.series import run_column
from pages.ui.charts.theme import Look

Array = NDArray[Any]

#: a path of at most `_MOST_SENT` points is sent whole; a longer one is thinned to about `_SENT`
_MOST_SENT, _SENT = 400, 300
#: the mark of a racer: a dot on the map, a triangle at the edge that it has crossed, a cross at its last point if it diverged
INSIDE, OUTSIDE, DIVERGED = 0, 1, 2
#: stands for the update of the next row after a racer's last row
_NEVER = 32_000
LOSS, DISTANCE = "loss", "distance"
#: the smallest value that a logarithmic curve shows, as a share of the largest at the start; the axis begins at the power of ten below
_FLOOR = {LOSS: 1e-12, DISTANCE: 1e-6}
_EDGE = 1e-9


def kept_rows(course: Course) -> list[Array]:
    """Return the updates of each racer that are drawn. A long path is thinned, most where it moves least."""
    (left, right), (bottom, top) = course.race.surface.domain
    rows = []
    for racer in range(len(course.ends)):
        last = int(np.isfinite(course.points[:, racer, 0]).sum()) - 1
        if last < 0 or last + 1 <= _MOST_SENT:
            rows.append(np.arange(last + 1))
            continue
        steps = np.diff(course.points[: last + 1, racer] / (right - left, top - bottom), axis=0)
        travelled = np.append(0, np.cumsum(np.minimum(np.hypot(*steps.T), 0.2)))
        progress = 0.7 * travelled / max(travelled[-1], 1e-300) + 0.3 * np.linspace(0, 1, last + 1)
        marks = np.searchsorted(progress, np.linspace(0, progress[-1], _SENT))
        rows.append(np.unique(np.append(marks, (0, last)).clip(0, last)))
    return rows


def path_frame(course: Course, looks: Sequence[Look]) -> pd.DataFrame:
    """Return the lines of all racers on the map: `run`, `step` (the update from which on a point is drawn), `x`, `y`. A row of NaN separates two lines."""
    parts = []
    for racer, rows in enumerate(kept_rows(course)):
        steps, points = clipped(rows, course.points[rows, racer], course.race)
        parts.append((np.full(len(steps), racer), steps, points))
    runs, steps, points = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pd.DataFrame(
        {"run": run_column(runs, looks), "step": steps.astype(np.int16), "x": points[:, 0].astype(np.float32), "y": points[:, 1].astype(np.float32)}
    )


def clipped(steps: Array, points: Array, race: Race) -> tuple[Array, Array]:
    """Return the parts of a path that lie on the map, by the algorithm of Liang and Barsky: their steps and points. A NaN stands before each part.

    `steps` (n,): the update of each point. `points` (n, 2): the path.
    """
    (left, right), (bottom, top) = race.surface.domain
    low, high = np.array([left, bottom]), np.array([right, top])
    if len(points) < 2:
        inside = ((points >= low) & (points <= high)).all(axis=1)
        return steps[inside], points[inside]
    begin, move = points[:-1], np.diff(points, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        to_low, to_high = (low - begin) / move, (high - begin) / move
    still = move == 0
    within = (begin >= low) & (begin <= high)
    enters = np.where(still, np.where(within, -np.inf, np.inf), np.minimum(to_low, to_high)).max(axis=1).clip(0, None)
    leaves = np.where(still, np.where(within, np.inf, -np.inf), np.maximum(to_low, to_high)).min(axis=1).clip(None, 1)
    seen = enters <= leaves
    enters, leaves = np.where(seen, enters, 0), np.where(seen, leaves, 0)  # replaces the infinite values
    fresh = seen & np.append(True, ~seen[:-1] | (leaves[:-1] < 1) | (enters[1:] > 0))
    # a segment gives up to three rows: if it begins a part, a gap and its first point; always its last point
    ends = begin + move * leaves[:, None]
    starts = begin + move * enters[:, None]
    rows = np.stack([np.full_like(starts, np.nan), starts, ends], axis=1)
    keep = np.stack([fresh, fresh, seen], axis=1)
    begins = np.where(enters > 0, steps[1:], steps[:-1])  # the gap has this time too: rows must be in order of time, because the player shows a prefix of them
    times = np.stack([begins, begins, steps[1:]], axis=1)
    return times[keep], rows[keep]


def values(course: Course, quantity: str) -> tuple[Array, bool]:
    """Return the loss or the distance (T + 1, R) as it is drawn, and whether its axis is logarithmic.

    Values beyond the ends of the axis are drawn at its ends.
    """
    low, high, log = ends(course, quantity)
    return np.clip(exact(course, quantity), low, high), log


def exact(course: Course, quantity: str) -> Array:
    """Return the loss or the distance (T + 1, R). The loss is measured above the minimum if the surface has one."""
    surface = course.race.surface
    if quantity == DISTANCE:
        return course.distances
    return course.losses - float(surface.value(np.array(surface.minima)).min()) if surface.minima else course.losses


def ends(course: Course, quantity: str) -> tuple[float, float, bool]:
    """Return the ends of the axis, and whether it is logarithmic. Without a minimum it is linear unless every loss is positive."""
    surface, shown = course.race.surface, exact(course, quantity)
    starts = shown[0][np.isfinite(shown[0])]
    if not (quantity == DISTANCE or surface.minima or (np.isfinite(shown).any() and np.nanmin(shown) > 0)):
        reach = 4 * max(1.0, float(np.ptp(starts)), float(np.abs(starts).max(initial=0)))
        return -reach, reach, False
    largest = max(float(starts.max(initial=0)), 1e-12)
    return Axis("", log=True).edge(math.log10(_FLOOR[quantity] * largest)), 100 * largest, True


def resting_words(course: Course, looks: Sequence[Look], quantity: str) -> str:
    """Return which racers reach values below the lower end of the axis, which they rest on; an empty text if there are none."""
    low, _, log = ends(course, quantity)
    names = tuple(look.mark for look, values in zip(looks, exact(course, quantity).T, strict=True) if (values <= low).any())
    return " ".join(map(str, notes(Axis("", log=True, floor=low), names, []))) if log else ""


def course_frame(course: Course, looks: Sequence[Look], quantity: str) -> pd.DataFrame:
    """Return a row for each racer and drawn update.

    `run`; `step`: the update; `next`: the update of the racer's next row; `x`, `y`: the point, or the nearest one of the map's edge; `kind`: `INSIDE`,
    `OUTSIDE` or `DIVERGED`; `angle`: the direction in which the racer is outside, degrees clockwise from up; `value`: as `values` returns it; `exact`: the
    value itself; `edge`: whether it is beyond the lower end of the axis (-1), the upper one (1), or neither.
    """
    (left, right), (bottom, top) = course.race.surface.domain
    low, high = np.array([left, bottom]), np.array([right, top])
    shown, true = values(course, quantity)[0], exact(course, quantity)
    bottom_end, top_end, _ = ends(course, quantity)
    beyond_axis = (true > top_end).astype(int) - (true <= bottom_end)
    columns: dict[str, list[Array]] = {name: [] for name in ("run", "step", "next", "x", "y", "kind", "angle", "value", "exact", "edge")}
    for racer, rows in enumerate(kept_rows(course)):
        points = course.points[rows, racer]
        nearest = np.clip(points, low, high)
        beyond = (points - nearest) / (high - low)
        kind = np.where((np.abs(beyond) > _EDGE).any(axis=1), OUTSIDE, INSIDE)
        if len(kind) and course.reasons[racer] == "diverged":
            kind[-1] = DIVERGED
        angle = np.where(kind == OUTSIDE, np.degrees(np.arctan2(beyond[:, 0], beyond[:, 1])), 0)
        places = np.full(len(rows), racer), rows, np.append(rows[1:], _NEVER)[: len(rows)], nearest[:, 0], nearest[:, 1], kind, angle
        entries = *places, *(of_steps[rows, racer] for of_steps in (shown, true, beyond_axis))
        for column, part in zip(columns.values(), entries, strict=True):
            column.append(part)
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    types = {"step": np.int16, "next": np.int16, "kind": np.int8, "angle": np.int16, "edge": np.int8}
    return pd.DataFrame({"run": run_column(whole.pop("run"), looks)} | {name: part.astype(types.get(name, np.float32)) for name, part in whole.items()})


def start_frame(race: Race) -> pd.DataFrame:
    """Return the distinct starts of the racers that lie on the map: `x`, `y`."""
    (left, right), (bottom, top) = race.surface.domain
    points = sorted({racer.start or race.start for racer in race.racers})
    on_map = [(x, y) for x, y in points if left <= x <= right and bottom <= y <= top]
    return pd.DataFrame(np.array(on_map, np.float32).reshape(-1, 2), columns=["x", "y"])
