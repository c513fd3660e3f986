"""A race of optimizers on a surface: what races (`Race`), and the whole of its course (`Course`), computed as one stack."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Declared, Document, component, integer, items, real, text, vector
from core.parameters.labels import labels
from core.schedules import SCHEDULES, Schedule
from core.studies.descent.surfaces import SURFACES, Surface
from core.training.stack import Meter, Stepper, optimizer_order

Array = NDArray[Any]

MAX_RACERS = 8
#: a path ends as diverged when a coordinate is further out than this many widths of the map
_FAR = 1e3
#: keeps a gradient of 0 from being divided by its length
_TINY = 1e-300


@dataclass(frozen=True)
class Racer(Declared):
    """One contestant. An empty `start` is the race's own; `clip_norm` and `l2` 0 mean none."""

    optimizer: Optimizer = component(OPTIMIZERS, doc="The rule that turns gradients into steps.")
    learning_rate: float = real(0.1, 1e-4, 10.0, log=True, hard="(0, 1e6]", symbol=r"\eta", doc="Size of the steps.")
    schedule: Schedule = component(SCHEDULES, SCHEDULES["constant"](), doc="How the learning rate changes during the race.")
    clip_norm: float = real(0.0, 0.0, 10.0, hard="[0, inf)", doc="A gradient longer than this is shortened to it before the update; 0: never.")
    l2: float = real(0.0, 0.0, 1.0, hard="[0, inf)", symbol=r"\lambda", doc="Coupled L2: this share of the parameters is added to the gradient.")
    start: tuple[float, ...] = vector((), -10.0, 10.0, hard="[-1e6, 1e6]", longest=2, doc="A start of its own; empty: that of the race.")
    label: str = text("", doc="A name of your own; empty: made from what differs between the racers.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.start) == 1:
            raise ValueError(f"start must be two numbers or none, got {self.start}")


@dataclass(frozen=True)
class Race(Document):
    """Racers on one surface: the same gradients, the same noise. Stop criteria of 0 never stop anybody."""

    noun = "a race"
    version = 1

    surface: Surface = component(SURFACES, doc="The loss of two parameters.")
    racers: tuple[Racer, ...] = items(Racer, shortest=1, longest=MAX_RACERS, doc="What is compared.")
    start: tuple[float, ...] = vector((0.0, 0.0), -10.0, 10.0, hard="[-1e6, 1e6]", shortest=2, longest=2, doc="Where all begin.")
    steps: int = integer(200, 10, 1000, log=True, hard="[1, 5000]", doc="Number of updates.")
    noise: float = real(
        0.0, 0.0, 2.0, hard="[0, 1e3]", symbol=r"\sigma", doc="Standard deviation of what is added to each part of the gradient, the same for all racers."
    )
    seed: int = integer(0, 0, 20, hard="[0, 4294967295]", doc="Another number gives other noise.")
    stop_loss: float = real(0.0, 0.0, 1.0, hard="[0, inf)", doc="A racer stops when its loss, above the minimum's, is below this; 0: never.")
    stop_gradient: float = real(0.0, 0.0, 1.0, hard="[0, inf)", doc="A racer stops when the true gradient is shorter than this; 0: never.")

    def labels(self) -> tuple[str, ...]:
        """Return a label for each racer: its own, or what distinguishes it from the others."""
        return labels(self.racers)


def default_race() -> Race:
    """Return the race that the descent page opens with: momentum and adaptive steps against plain descent in a ravine."""
    rates = {"sgd": 1.0, "momentum": 0.3, "rmsprop": 0.05, "adam": 0.2}
    racers = tuple(Racer(optimizer=OPTIMIZERS[kind](), learning_rate=rate) for kind, rate in rates.items())
    return Race(surface=SURFACES["quadratic"](), racers=racers, start=(-2.4, 1.6), steps=100)


def on_surface(race: Race, surface: Surface) -> Race:
    """Return the race on another surface, or on the same with other parameters.

    It begins at the new surface's first start if it began at that of the old one, or if the kind is another; racers with a start of their own keep
    their place on the map.
    """
    anew = surface.kind != race.surface.kind or race.start == race.surface.starts[0]
    racers = tuple(replace(racer, start=_moved(racer.start, race.surface, surface)) for racer in race.racers)
    return replace(race, surface=surface, start=surface.starts[0] if anew else race.start, racers=racers)


def _moved(start: tuple[float, ...], before: Surface, after: Surface) -> tuple[float, ...]:
    """Return a start at the same place of another map."""
    spans = zip(start, before.domain, after.domain, strict=False)
    return tuple(float(f"{low + (part - old_low) / (old_high - old_low) * (high - low):.4g}") for part, (old_low, old_high), (low, high) in spans)


def gradient_noise(race: Race) -> Array:
    """Return what is added to the gradient in each update, (T, 2), the same for all racers."""
    return race.noise * np.random.default_rng(race.seed).normal(size=(race.steps, 2))


@dataclass(frozen=True, eq=False)
class Course:
    """The whole of a race: T updates of R racers, in the race's order; NaN after a racer's end.

    `points` (T + 1, R, 2), `losses` (T + 1, R), `slopes` (T + 1, R): length of the true gradient, `distances` (T + 1, R) to the nearest minimum (NaN
    without one), `rates` (T, R). `ends` (R,) is the update after which a racer stopped, `reasons` (R,) why: "steps", "loss", "gradient" or "diverged".
    """

    race: Race
    points: Array
    losses: Array
    slopes: Array
    distances: Array
    rates: Array
    ends: Array
    reasons: tuple[str, ...]


def run(race: Race) -> Course:
    """Return the whole race. All racers are one stack: each optimizer kind is a few array operations an update."""
    surface, racers = race.surface, race.racers
    order = optimizer_order([racer.optimizer for racer in racers])
    stepper = Stepper([racers[i].optimizer for i in order], "float64")
    params = np.array([racers[i].start or race.start for i in order])[None]
    progress = np.arange(race.steps) / race.steps
    rates = np.stack([racers[i].learning_rate * racers[i].schedule.factor(progress, race.steps) for i in order], axis=1)
    noise = gradient_noise(race) if race.noise else None
    clip = np.array([racers[i].clip_norm or np.inf for i in order]) if any(racer.clip_norm for racer in racers) else None
    l2 = np.array([racers[i].l2 for i in order])[:, None] if any(racer.l2 for racer in racers) else None
    corners = np.array(surface.domain).T if surface.bounded else None
    if corners is not None:
        params = np.clip(params, *corners)
    state, meter = stepper.init(params), Meter()
    path = np.empty((race.steps + 1, *params.shape))
    path[0] = params
    with np.errstate(all="ignore"):
        for step, lr in enumerate(rates[..., None], start=1):
            grads = surface.seen(params, step)
            if noise is not None:
                grads = grads + noise[step - 1]
            if l2 is not None:
                grads = grads + l2 * params
            if clip is not None:
                norm = np.sqrt(np.vecdot(grads, grads))
                grads = grads * np.minimum(clip / np.maximum(norm, _TINY), 1)[..., None]
            params, state = stepper.update(grads, state, params, step, lr, meter)
            if corners is not None:
                params = np.clip(params, *corners)
            path[step] = params
        back = np.argsort(order)
        return _ended(race, path[:, 0, back], rates[:, back])


def _ended(race: Race, points: Array, rates: Array) -> Course:
    """Return the course of paths (T + 1, R, 2), each racer's up to where its stop criterion was met or it diverged."""
    surface = race.surface
    losses, gradients = surface.value(points), surface.gradient(points)
    slopes = np.sqrt(np.vecdot(gradients, gradients))
    (left, right), (bottom, top) = surface.domain
    reach = _FAR * max(right - left, top - bottom)
    bad = ~(np.abs(points).max(axis=-1) <= reach) | ~np.isfinite(losses)
    met = {"diverged": bad, "gradient": slopes < race.stop_gradient}
    if surface.minima and race.stop_loss:
        lowest = float(surface.value(np.array(surface.minima)).min())
        met["loss"] = losses - lowest < race.stop_loss
    firsts = {reason: np.where(where.any(axis=0), where.argmax(axis=0), race.steps + 1) for reason, where in met.items()}
    ends = np.minimum(race.steps, np.min(list(firsts.values()), axis=0))
    reasons = tuple(next((reason for reason, first in firsts.items() if first[r] == end), "steps") for r, end in enumerate(ends))
    last = ends - (np.array(reasons) == "diverged")  # the point that was no number any more, or far out, is not shown
    gone = np.arange(race.steps + 1)[:, None] > last
    distances = np.full(losses.shape, np.nan)
    if surface.minima:
        distances = np.linalg.norm(points[:, :, None] - np.array(surface.minima), axis=-1).min(axis=-1)
    return Course(
        race, np.where(gone[..., None], np.nan, points), np.where(gone, np.nan, losses), np.where(gone, np.nan, slopes), np.where(gone, np.nan, distances),
        np.where(gone[1:], np.nan, rates), ends, reasons,
    )  # fmt: skip


@lru_cache(maxsize=16)
def course_of(race: Race) -> Course:
    """Return the course of a race, computed once for all visitors."""
    return run(race)
