"""The course of a race as small frames for charts: paths clipped to the map, and where each racer is after each update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.descent.race import Course, Race
from pages.ui.charts.series import run_column
from pages.ui.charts.theme import Look

Array = NDArray[Any]

#: points of one racer's path that are sent: all up to the first number, else about the second
_MOST_SENT, _SENT = 400, 300
#: what is drawn where a racer is: a dot, a triangle at the edge of the map which it has left, a cross where it diverged
INSIDE, OUTSIDE, DIVERGED = 0, 1, 2
#: the row after a racer's last one begins never
_NEVER = 32_000
LOSS, DISTANCE = "loss", "distance"
#: what a curve shows at least, as a share of the largest value: below, it rests on the axis
_FLOOR = {LOSS: 1e-12, DISTANCE: 1e-6}
_EDGE = 1e-9


def kept_rows(course: Course) -> list[Array]:
    """Return the rows (updates) of each racer that are drawn: a long path is thinned where it moves least."""
    (left, right), (bottom, top) = course.race.surface.domain
    rows = []
    for racer in range(len(course.ends)):
        last = int(np.isfinite(course.points[:, racer, 0]).sum()) - 1
        if last < 0 or last + 1 <= _MOST_SENT:
            rows.append(np.arange(last + 1))
            continue
        steps = np.diff(course.points[: last + 1, racer] / (right - left, top - bottom), axis=0)
        way = np.append(0, np.cumsum(np.minimum(np.hypot(*steps.T), 0.2)))
        progress = 0.7 * way / max(way[-1], 1e-300) + 0.3 * np.linspace(0, 1, last + 1)
        marks = np.searchsorted(progress, np.linspace(0, progress[-1], _SENT))
        rows.append(np.unique(np.append(marks, (0, last)).clip(0, last)))
    return rows


def path_frame(course: Course, looks: Sequence[Look]) -> pd.DataFrame:
    """Return the lines of all racers on the map, parted by NaN: `run`, `step` from which on a point is drawn, `x`, `y`."""
    parts = []
    for racer, rows in enumerate(kept_rows(course)):
        steps, points = clipped(rows, course.points[rows, racer], course.race)
        parts.append((np.full(len(steps), racer), steps, points))
    runs, steps, points = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pd.DataFrame(
        {"run": run_column(runs, looks), "step": steps.astype(np.int16), "x": points[:, 0].astype(np.float32), "y": points[:, 1].astype(np.float32)}
    )


def clipped(steps: Array, points: Array, race: Race) -> tuple[Array, Array]:
    """Return the parts of a path (n, 2) that are on the map, after Liang and Barsky; a NaN stands before each part."""
    (left, right), (bottom, top) = race.surface.domain
    low, high = np.array([left, bottom]), np.array([right, top])
    if len(points) < 2:
        inside = ((points >= low) & (points <= high)).all(axis=1)
        return steps[inside], points[inside]
    begin, way = points[:-1], np.diff(points, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = (low - begin) / way, (high - begin) / way
    still = way == 0
    within = (begin >= low) & (begin <= high)
    enters = np.where(still, np.where(within, -np.inf, np.inf), np.minimum(first, second)).max(axis=1).clip(0, None)
    leaves = np.where(still, np.where(within, np.inf, -np.inf), np.maximum(first, second)).min(axis=1).clip(None, 1)
    seen = enters <= leaves
    enters, leaves = np.where(seen, enters, 0), np.where(seen, leaves, 0)  # nothing is infinite any more
    fresh = seen & np.append(True, ~seen[:-1] | (leaves[:-1] < 1) | (enters[1:] > 0))
    # each segment gives up to three rows: a gap and its first point where a new part begins, and its end
    ends = begin + way * leaves[:, None]
    starts = begin + way * enters[:, None]
    rows = np.stack([np.full_like(starts, np.nan), starts, ends], axis=1)
    keep = np.stack([fresh, fresh, seen], axis=1)
    begun = np.where(enters > 0, steps[1:], steps[:-1])  # also of the gap: what is shown earlier must stand earlier, for the player adds and removes rows
    when = np.stack([begun, begun, steps[1:]], axis=1)
    return when[keep], rows[keep]


def values(course: Course, quantity: str) -> tuple[Array, bool]:
    """Return the loss or distance (T + 1, R) as it is drawn, and whether on a logarithmic axis.

    The loss is that above the minimum where there is one; without a lowest point it may be negative, and its axis is linear. Values that vanish rest at
    the bottom of the axis, values that explode at its top.
    """
    surface = course.race.surface
    shown = course.distances if quantity == DISTANCE else course.losses
    if quantity == LOSS and surface.minima:
        shown = shown - float(surface.value(np.array(surface.minima)).min())
    starts = shown[0][np.isfinite(shown[0])]
    if not (quantity == DISTANCE or surface.minima or (np.isfinite(shown).any() and np.nanmin(shown) > 0)):
        reach = 4 * max(1.0, float(np.ptp(starts)), float(np.abs(starts).max(initial=0)))
        return np.clip(shown, -reach, reach), False
    largest = max(float(starts.max(initial=0)), 1e-12)
    return np.clip(shown, _FLOOR[quantity] * largest, 100 * largest), True


def course_frame(course: Course, looks: Sequence[Look], quantity: str) -> pd.DataFrame:
    """Return where each racer is: `run`, `step` and `next`, from and to when, `x`, `y` on the map or its edge, `kind`, `angle` outwards, `value`."""
    (left, right), (bottom, top) = course.race.surface.domain
    low, high = np.array([left, bottom]), np.array([right, top])
    shown, _ = values(course, quantity)
    columns: dict[str, list[Array]] = {name: [] for name in ("run", "step", "next", "x", "y", "kind", "angle", "value")}
    for racer, rows in enumerate(kept_rows(course)):
        points = course.points[rows, racer]
        at = np.clip(points, low, high)
        out = (points - at) / (high - low)
        kind = np.where((np.abs(out) > _EDGE).any(axis=1), OUTSIDE, INSIDE)
        if len(kind) and course.reasons[racer] == "diverged":
            kind[-1] = DIVERGED
        angle = np.where(kind == OUTSIDE, np.degrees(np.arctan2(out[:, 0], out[:, 1])), 0)
        new = np.full(len(rows), racer), rows, np.append(rows[1:], _NEVER)[: len(rows)], at[:, 0], at[:, 1], kind, angle, shown[rows, racer]
        for column, part in zip(columns.values(), new, strict=True):
            column.append(part)
    whole = {name: np.concatenate(parts) for name, parts in columns.items()}
    types = {"step": np.int16, "next": np.int16, "kind": np.int8, "angle": np.int16}
    return pd.DataFrame({"run": run_column(whole.pop("run"), looks)} | {name: part.astype(types.get(name, np.float32)) for name, part in whole.items()})


def start_frame(race: Race) -> pd.DataFrame:
    """Return the different starts of the racers that are on the map: `x`, `y`."""
    (left, right), (bottom, top) = race.surface.domain
    points = sorted({racer.start or race.start for racer in race.racers})
    on_map = [(x, y) for x, y in points if left <= x <= right and bottom <= y <= top]
    return pd.DataFrame(np.array(on_map, np.float32).reshape(-1, 2), columns=["x", "y"])
