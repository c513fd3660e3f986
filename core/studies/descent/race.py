"""A race of optimizers on a surface: its declaration (`Race`), and its course (`Course`), computed for all racers as one stack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.optimizers import OPTIMIZERS, Optimizer
from core.optimizers.base import State
from core.parameters import Declared, Document, component, described, integer, items, real, text, vector
from core.parameters.labels import labels
from core.schedules import SCHEDULES, Schedule
from core.studies.descent.surfaces import SURFACES, Surface
from core.training.stack import Stepper
from core.words import Said

Array = NDArray[Any]

MAX_RACERS = 8
#: a path has diverged when the absolute value of a coordinate exceeds this many times the longer side of the map
FAR = 1e3
#: the smallest length that a gradient is divided by
_TINY = 1e-300


@dataclass(frozen=True)
class Racer(Declared):
    """One optimizer with its settings. An empty `start` means the race's; a `clip_norm` or `l2` of 0 means none."""

    optimizer: Optimizer = component(OPTIMIZERS, doc="The rule that turns gradients into steps.")
    learning_rate: float = described(
        real(0.1, 1e-4, 10.0, log=True, hard="(0, 1e6]", symbol=r"\eta", doc="Size of the steps."),
        brief="η {value}",
    )
    schedule: Schedule = described(
        component(SCHEDULES, SCHEDULES["constant"](), doc="How the learning rate changes during the race."),
        off="constant rate",
    )
    clip_norm: float = described(
        real(0.0, 0.0, 10.0, hard="[0, inf)", doc="A gradient longer than this is shortened to it before the update; 0: never.", label="Clip gradient norm at"),
        brief="clip {value}", off="no clipping",
    )
    l2: float = described(
        real(0.0, 0.0, 1.0, hard="[0, inf)", symbol=r"\lambda", doc="Coupled L2: this share of the parameters is added to the gradient."),
        brief="L2 {value}", off="no L2",
    )
    start: tuple[float, ...] = described(
        vector((), -10.0, 10.0, hard="[-1e6, 1e6]", longest=2, doc="A start of its own; empty: that of the race.", label="Start of its own"),
        brief="from ({value})", off="common start",
    )
    label: str = text("", doc="A name of your own; empty: made from what differs between the racers.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.start) == 1:
            raise ValueError(Said("start must be two numbers or none, got {value}", value=str(self.start)))


def _threshold(label: str, doc: str) -> Any:
    """Declare a stop criterion."""
    return real(0.0, 0.0, 1.0, hard="[0, inf)", stops=(0.0, 1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0), zero="never", label=label, doc=doc)


@dataclass(frozen=True)
class Race(Document):
    """Racers on one surface. All get the same noise. A stop criterion of 0 stops no racer."""

    noun = "a race"
    version = 1

    surface: Surface = component(SURFACES, doc="The loss of two parameters.")
    racers: tuple[Racer, ...] = items(Racer, shortest=1, longest=MAX_RACERS, doc="What is compared.")
    start: tuple[float, ...] = vector((0.0, 0.0), -10.0, 10.0, hard="[-1e6, 1e6]", shortest=2, longest=2, doc="Where all begin.")
    steps: int = integer(200, 10, 1000, log=True, hard="[1, 5000]", label="Updates", doc="Number of updates.")
    noise: float = real(
        0.0, 0.0, 2.0, hard="[0, 1e3]", symbol=r"\sigma", doc="Standard deviation of what is added to each part of the gradient, the same for all racers."
    )
    seed: int = integer(0, 0, 20, hard="[0, 4294967295]", label="Seed of the noise", doc="Another number gives other noise.")
    stop_loss: float = _threshold("Loss above the minimum below", "A racer stops when its loss, above the minimum's, is below this; 0: never.")
    stop_gradient: float = _threshold("Gradient shorter than", "A racer stops when the true gradient is shorter than this; 0: never.")

    def labels(self) -> tuple[str, ...]:
        """Return a label for each racer: its own if it has one, else the settings in which it differs from the others."""
        return labels(self.racers)


def default_race() -> Race:
    """Return the race that the Descent page opens with: four optimizers in a ravine, each at the rate with which it is there first.

    On a grid of rates none brings its optimizer near the minimum, for good, in fewer updates (tests/core/studies/descent/test_takeaways.py).
    """
    rates = {"sgd": 0.98, "momentum": 0.096, "nesterov": 0.47, "adam": 0.24}
    racers = tuple(Racer(optimizer=OPTIMIZERS[kind](), learning_rate=rate) for kind, rate in rates.items())
    return Race(surface=SURFACES["ravine"].from_dict({"condition": 50.0}), racers=racers, start=(-7.0, 2.0), steps=120)


def on_surface(race: Race, surface: Surface) -> Race:
    """Return the race on another surface, or on the same surface with other parameters.

    The race's start becomes the new surface's first if the kind of surface changes, or if it was the old surface's first; else it stays.
    A racer's own start moves to the same position on the new map, as a share of its width and height.
    """
    anew = surface.kind != race.surface.kind or race.start == race.surface.starts[0]
    racers = tuple(replace(racer, start=_moved(racer.start, race.surface, surface)) for racer in race.racers)
    return replace(race, surface=surface, start=surface.starts[0] if anew else race.start, racers=racers)


def _moved(start: tuple[float, ...], before: Surface, after: Surface) -> tuple[float, ...]:
    """Return the start at the same position on another map, in four significant digits."""
    spans = zip(start, before.domain, after.domain, strict=False)
    return tuple(float(f"{low + (part - old_low) / (old_high - old_low) * (high - low):.4g}") for part, (old_low, old_high), (low, high) in spans)


def gradient_noise(race: Race) -> Array:
    """Return the noise that is added to the gradient in each update, (T, 2). It is the same for all racers."""
    return race.noise * np.random.default_rng(race.seed).normal(size=(race.steps, 2))


@dataclass(frozen=True, eq=False)
class Course:
    """The course of a race: T updates of R racers, in the race's order. Values after a racer's end are NaN.

    `points` (T + 1, R, 2): parameters. `losses` (T + 1, R): without noise. `slopes` (T + 1, R): length of the true gradient.
    `distances` (T + 1, R): to the nearest minimum; NaN if the surface has none. `rates` (T, R): learning rates.
    `ends` (R,): the update after which a racer stopped. `reasons` (R,): why it stopped: "steps", "loss", "gradient" or "diverged".
    """

    race: Race
    points: Array
    losses: Array
    slopes: Array
    distances: Array
    rates: Array
    ends: Array
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Update:
    """One update of R racers. Points and gradients have shape (R, 2).

    `step`: its number, from 1. `rates` (R, 1): learning rates. `point`, `after`: parameters before and after it.
    `seen`: the gradient that the surface shows. `noise` (2,), `l2`: what is added to it. `clipped` (R, 1): the factor by which the sum is shortened.
    `gradient`: what the rule is given. `before`, `state`: the rules' states before and after, one for each group of the stepper.
    `updated`: the parameters that the rule returns. `after` differs from it only where a bounded surface keeps a point on its map.
    """

    step: int
    rates: Array
    point: Array
    seen: Array
    noise: Array
    l2: Array
    clipped: Array
    gradient: Array
    before: list[State]
    state: list[State]
    updated: Array
    after: Array


def updates(race: Race) -> Iterator[Update]:
    """Yield the updates of the race, in order. They do not stop at a stop criterion."""
    surface, racers = race.surface, race.racers
    stepper = Stepper([racer.optimizer for racer in racers], "float64")
    rates = racer_rates(race)[..., None]
    noise = gradient_noise(race) if race.noise else None
    l2 = np.array([racer.l2 for racer in racers])[:, None]
    clip = np.array([racer.clip_norm or np.inf for racer in racers])[:, None]
    has_l2, has_clipping = bool(l2.any()), bool(np.isfinite(clip).any())
    corners = np.array(surface.domain).T if surface.bounded else None
    zeros, ones = np.zeros((len(racers), 2)), np.ones((len(racers), 1))
    after = starting_points(race)
    state = stepper.init(after[None])
    for step in range(1, race.steps + 1):
        point, before = after, state
        seen = gradient = surface.seen(point, step)
        l2_term = zeros
        if noise is not None:
            gradient = gradient + noise[step - 1]
        if has_l2:
            l2_term = l2 * point
            gradient = gradient + l2_term
        factor = ones
        if has_clipping:
            norm = np.sqrt(np.vecdot(gradient, gradient))[:, None]
            factor = np.minimum(clip / np.maximum(norm, _TINY), 1)
            gradient = gradient * factor
        stepped, state = stepper.update(gradient[None], before, point[None], step, rates[step - 1])
        updated = stepped[0]
        after = updated if corners is None else np.clip(updated, *corners)
        noise_now = zeros[0] if noise is None else noise[step - 1]
        yield Update(step, rates[step - 1], point, seen, noise_now, l2_term, factor, gradient, before, state, updated, after)


def starting_points(race: Race) -> Array:
    """Return the start of each racer, (R, 2). On a bounded surface starts are clipped to the map."""
    points = np.array([racer.start or race.start for racer in race.racers])
    return np.clip(points, *np.array(race.surface.domain).T) if race.surface.bounded else points


def racer_rates(race: Race) -> Array:
    """Return the learning rate of each update and racer, (T, R)."""
    progress = np.arange(race.steps) / race.steps
    return np.stack([racer.learning_rate * racer.schedule.factor(progress, race.steps) for racer in race.racers], axis=1)


def run(race: Race) -> Course:
    """Return the course of a race."""
    path = np.empty((race.steps + 1, len(race.racers), 2))
    path[0] = starting_points(race)
    with np.errstate(all="ignore"):
        for update in updates(race):
            path[update.step] = update.after
        return _ended(race, path, racer_rates(race))


def _ended(race: Race, points: Array, rates: Array) -> Course:
    """Return the course of the race. A racer's values end where its first stop criterion was met, or before it diverged.

    `points` (T + 1, R, 2): the paths without stop criteria. `rates` (T, R): learning rates.
    """
    surface = race.surface
    losses, gradients = surface.value(points), surface.gradient(points)
    slopes = np.sqrt(np.vecdot(gradients, gradients))
    (left, right), (bottom, top) = surface.domain
    reach = FAR * max(right - left, top - bottom)
    diverged = ~(np.abs(points).max(axis=-1) <= reach) | ~np.isfinite(losses)
    criteria = {"diverged": diverged, "gradient": slopes < race.stop_gradient}
    if surface.minima and race.stop_loss:
        lowest = float(surface.value(np.array(surface.minima)).min())
        criteria["loss"] = losses - lowest < race.stop_loss
    first_updates = {reason: np.where(holds.any(axis=0), holds.argmax(axis=0), race.steps + 1) for reason, holds in criteria.items()}
    ends = np.minimum(race.steps, np.min(list(first_updates.values()), axis=0))
    reasons = tuple(next((reason for reason, first in first_updates.items() if first[r] == end), "steps") for r, end in enumerate(ends))
    last = ends - (np.array(reasons) == "diverged")  # a diverged racer ends before its first point that is not finite or too far out
    over = np.arange(race.steps + 1)[:, None] > last
    distances = np.full(losses.shape, np.nan)
    if surface.minima:
        distances = np.linalg.norm(points[:, :, None] - np.array(surface.minima), axis=-1).min(axis=-1)
    return Course(
        race, np.where(over[..., None], np.nan, points), np.where(over, np.nan, losses), np.where(over, np.nan, slopes), np.where(over, np.nan, distances),
        np.where(over[1:], np.nan, rates), ends, reasons,
    )  # fmt: skip


@lru_cache(maxsize=16)
def course_of(race: Race) -> Course:
    """Return `run(race)` from a cache that all sessions share."""
    return run(race)
