"""The sentence that each view of descent comes to, computed from what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from core.studies.descent.line_descent import LineDescent, Path
from core.studies.descent.race import Course
from core.studies.descent.rate_map import DIVERGES, RateMap, Scheduled, settled
from core.studies.descent.surfaces.base import Array
from core.words import Figure, Said

#: a racer is at the minimum once its distance stays within this share of that at the start
NEAR = 0.01


def arrivals(course: Course) -> list[int | None]:
    """Return for each racer the update from which on its distance stays within `NEAR` of that at its start; None if it does not get there, or diverges."""
    start = np.where(course.distances[0] > 0, course.distances[0], 1.0)
    away = np.where(np.isfinite(course.distances), course.distances, 0.0) / start  # after its end a racer stays where it stopped
    steps = np.minimum(settled(away, NEAR), course.ends)
    there = [step >= 0 and reason != "diverged" and last <= NEAR for step, reason, last in zip(steps, course.reasons, _final(course) / start, strict=True)]
    return [int(step) if arrived else None for step, arrived in zip(steps, there, strict=True)]


def _final(course: Course) -> Array:
    """Return the last distance of each racer, (R,)."""
    return course.distances[np.isfinite(course.distances).sum(axis=0) - 1, np.arange(len(course.ends))]


def race(course: Course, names: Sequence[str]) -> Said:
    """Return who is at the minimum first, and who after it; if nobody is, or the surface has none, who is lowest. `names`: one for each racer."""
    steps = course.race.steps
    gone = tuple(name for name, reason in zip(names, course.reasons, strict=True) if reason == "diverged")
    if len(gone) == len(names):
        return Said("Every racer diverges.")
    arrived = dict(zip(names, arrivals(course), strict=True)) if course.race.surface.minima else {}
    there = sorted((step, name) for name, step in arrived.items() if step is not None)
    if there:
        order = tuple(Said("{name} after {step} updates", name=name, step=step) for step, name in there)
        late = tuple(name for name, step in arrived.items() if step is None)
        if late:
            return Said("Within a hundredth of the way to the minimum: {order}; not within {steps}: {late}.", order=order, steps=steps, late=late)
        return Said("Within a hundredth of the way to the minimum: {order}.", order=order)
    ends = np.isfinite(course.losses).sum(axis=0) - 1
    loss, name = min((float(course.losses[ends[racer], racer]), each) for racer, each in enumerate(names) if each not in gone)
    lowest = Figure(loss, ".3g")
    if gone:
        return Said("After {steps} updates {name} is lowest, at a loss of {loss}; {gone} diverged.", steps=steps, name=name, loss=lowest, gone=gone)
    return Said("After {steps} updates {name} is lowest, at a loss of {loss}.", steps=steps, name=name, loss=lowest)


def line(descent: LineDescent, paths: Mapping[int, Path]) -> Said:
    """Return where the path of each batch size ends, above the lowest error that a line can have."""
    ends = []
    for batch, path in paths.items():
        rows, updates = min(batch or descent.surface.rows, descent.surface.rows), path.updates
        if path.reason == "diverged":
            ends.append(Said("batches of {rows} diverge after {updates} updates", rows=rows, updates=updates))
        else:
            above = Figure(max(0.0, float(path.losses[-1]) / descent.lowest - 1), ".2%")
            ends.append(Said("batches of {rows} end {above} above it, after {updates} updates", rows=rows, above=above, updates=updates))
    return Said("No line has an MSE below {lowest}: {ends}.", lowest=Figure(descent.lowest, ".3g"), ends=tuple(ends))


def rate(names: Sequence[str], steps: Sequence[int]) -> Said:
    """Return which rate needs the fewest steps, which the most, and which diverge. `steps`: as `rate_map.settled` returns them."""
    gone = tuple(name for name, count in zip(names, steps, strict=True) if count == DIVERGES)
    there = sorted((count, name) for count, name in zip(steps, names, strict=True) if count >= 0)
    order = tuple(Said("{name} after {steps} steps", name=name, steps=count) for count, name in there)
    if not there:
        return Said("None of these rates gets there; these diverge: {gone}.", gone=gone) if gone else Said("None of these rates gets there.")
    return Said("At the tolerance: {order}; diverges: {gone}.", order=order, gone=gone) if gone else Said("At the tolerance: {order}.", order=order)


def momentum(cells: RateMap, plain: int) -> Said:
    """Return what momentum saves. `plain`: the steps of the best rate without momentum, as `rate_map.settled` returns them."""
    at, beta, fewest = cells.fewest()
    at_best, of_best = Figure(at, ".3g"), Figure(beta, ".2g")
    if plain < 0:
        return Said("The best cell needs {fewest} steps, with the rate {rate} and the momentum {beta}.", fewest=fewest, rate=at_best, beta=of_best)
    return Said(
        "The best rate and momentum, {rate} and {beta}, need {fewest} steps; without momentum the best rate needs {plain}.",
        rate=at_best, beta=of_best, fewest=fewest, plain=plain,
    )  # fmt: skip


def schedules(scheduled: Scheduled, names: Sequence[str]) -> Said:
    """Return which schedule ends lowest, and which highest, in the mean over the last tenth of the steps."""
    tenth = max(1, len(scheduled.losses) // 10)
    ends = sorted(zip(scheduled.losses[-tenth:].mean(axis=0).tolist(), names, strict=True))
    (low, best), (high, worst) = ends[0], ends[-1]
    if len(ends) == 1:
        return Said("{best} ends at a mean loss of {low}.", best=best, low=Figure(low, ".3g"))
    return Said(
        "Over the last tenth of the steps the mean loss is lowest with {best}, {low}, and highest with {worst}, {high}.",
        best=best, low=Figure(low, ".3g"), worst=worst, high=Figure(high, ".3g"),
    )  # fmt: skip
