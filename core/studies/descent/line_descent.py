"""Batch, mini-batch and stochastic descent on the squared error of a line. The paths are compared at equal numbers of samples seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from core.optimizers import OPTIMIZERS, Optimizer
from core.parameters import Declared, component, integer, integers, real, vector
from core.stories import Story
from core.studies.descent.surfaces import SURFACES
from core.studies.descent.surfaces.base import Array
from core.studies.descent.surfaces.fits import LineMSE

#: a path has at most this many updates
MOST_UPDATES = 5_000
#: the batch sizes on offer. The position of a size is its style. 0 means all rows.
BATCHES = (0, 10, 1, 50, 20, 5, 2)
#: the start of the published example: bias, slope
PUBLISHED_START = (-0.5850598491177812, -0.1506290624969875)
#: the published result: bias and slope after 1000 updates, and the MSE before the last update
PUBLISHED = (2.0949559569517954, 2.97988955882458, 0.248116034362788)
#: a path has diverged when the absolute value of a coordinate reaches this
_FAR = 1e6


@dataclass(frozen=True)
class LineDescent(Declared):
    """One optimizer with several batch sizes on one surface, from one start. A stop criterion of 0 stops no path."""

    surface: LineMSE = component(SURFACES, LineMSE(), only=lambda item: item is LineMSE, doc="The data; its own batch size is not used.")
    batches: tuple[int, ...] = integers(
        (0, 10, 1), 0, 100, hard="[0, 10000]", shortest=1, doc="Rows that an update sees, one path each; 0: all rows.", label="Batch sizes"
    )
    optimizer: Optimizer = component(OPTIMIZERS, OPTIMIZERS["sgd"](), doc="The rule that turns gradients into steps.")
    learning_rate: float = real(
        0.1, 1e-3, 2.0, log=True, hard="(0, 1e6]", symbol=r"\eta", doc="Size of the steps, the same for all batch sizes.",
        stops=(0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.5, 2.0),
    )  # fmt: skip
    epochs: int = integer(
        20, 1, 1000, log=True, hard="[1, 5000]", stops=(1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000),
        doc="How many times each row is seen: so all paths see the same number of samples.",
    )  # fmt: skip
    start: tuple[float, ...] = vector(PUBLISHED_START, -4.0, 8.0, hard="[-1e4, 1e4]", shortest=2, longest=2, doc="Where all paths begin: bias, slope.")
    max_updates: int = integer(
        0, 0, MOST_UPDATES, hard="[0, 4294967295]", stops=(0, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000), zero="no limit", label="Updates at most",
        doc="A path stops after this many updates; 0: as many as the epochs hold.",
    )  # fmt: skip
    stop_loss: float = real(
        0.0, 0.0, 2.0, step=0.01, hard="[0, inf)", label="MSE below", doc="A path stops when the MSE over all rows is below this; 0: never."
    )
    stop_gradient: float = real(
        0.0, 0.0, 1.0, hard="[0, inf)", stops=(0.0, 1e-4, 1e-3, 1e-2, 0.05, 0.1, 0.5), zero="never", label="Length of the gradient below",
        doc="A path stops when the gradient over all rows is shorter than this; 0: never.",
    )  # fmt: skip

    @property
    def samples(self) -> int:
        """The number of samples that a path sees if nothing stops it."""
        return self.epochs * self.surface.rows

    @property
    def lowest(self) -> float:
        """The MSE of least squares, the lowest of any line."""
        return float(self.surface.value(np.array(self.surface.minima[0])))

    @property
    def largest_rate(self) -> float:
        """2/L, L being the largest curvature. Gradient descent on all rows diverges beyond this learning rate."""
        return 2 / float(np.linalg.eigvalsh(self.surface.hessian())[-1])


def published() -> LineDescent:
    """Return the published example: 1000 updates on all of 100 rows, at a learning rate of 0.01."""
    return LineDescent(surface=LineMSE(rows=100, noise=0.5, seed=0), batches=(0,), learning_rate=0.01, epochs=1000, start=PUBLISHED_START)


@dataclass(frozen=True, eq=False)
class Path:
    """The path of one batch size: its start and U updates.

    `points` (U + 1, 2): bias and slope. `losses` (U + 1,): the MSE over all rows. `slopes` (U + 1,): the length of the gradient over all rows.
    `samples` (U + 1,): the number of samples seen so far.
    `reason`: why it ends: "samples" (all were seen), "updates" (`max_updates`), "limit" (`MOST_UPDATES`), "loss", "gradient" or "diverged".
    """

    batch: int
    points: Array
    losses: Array
    slopes: Array
    samples: Array
    reason: str

    @property
    def updates(self) -> int:
        """The number of updates, U."""
        return len(self.points) - 1

    def at(self, samples: Array) -> Array:
        """Return the last update that was made when so many samples had been seen; of the shape of `samples`."""
        return np.searchsorted(self.samples, samples, side="right") - 1


@lru_cache(maxsize=64)
def path(descent: LineDescent, batch: int) -> Path:
    """Return the path of one batch size. 0, and any size of at least the number of rows, is the full batch."""
    surface = replace(descent.surface, batch=0)
    rows = surface.rows
    size = min(batch or rows, rows)
    per_epoch = -(-rows // size)
    wanted = descent.epochs * per_epoch
    allowed = min(wanted, MOST_UPDATES, descent.max_updates or wanted)
    with np.errstate(all="ignore"):
        points = _walk(descent, *_moments(surface, size, allowed))
        losses, slopes = surface.value(points), np.linalg.norm(surface.gradient(points), axis=-1)
    update = np.arange(allowed + 1)
    samples = update // per_epoch * rows + np.minimum(update % per_epoch * size, rows)
    criteria = {
        "diverged": ~(np.abs(points).max(axis=-1) < _FAR) | ~np.isfinite(losses),
        "loss": losses < descent.stop_loss,
        "gradient": slopes < descent.stop_gradient,
    }
    firsts = {reason: int(holds.argmax()) for reason, holds in criteria.items() if holds.any()}
    reason = min(firsts, key=lambda name: firsts[name]) if firsts else "samples" if allowed == wanted else "updates" if allowed < MOST_UPDATES else "limit"
    end = firsts.get(reason, allowed) - (reason == "diverged")  # a diverged path ends before its first point that is too far out
    kept = slice(max(end, 0) + 1)
    return Path(batch, points[kept], losses[kept], slopes[kept], samples[kept], reason)


def _moments(surface: LineMSE, size: int, updates: int) -> tuple[Array, Array, Array, Array]:
    """Return twice the means of x, x², y and xy over the rows of each update's batch, (updates,) each. They determine the batch's gradient.

    The means of all batches are computed at once, so that an update costs the same for every batch size.
    """
    x, y = surface.data()
    if size == surface.rows:
        return tuple(np.full(updates, 2 * mean) for mean in (x.mean(), (x * x).mean(), y.mean(), (x * y).mean()))  # type: ignore[return-value]
    per_epoch = -(-surface.rows // size)
    epochs = -(-updates // per_epoch)
    order = np.concatenate([surface.batch_rows(epoch) for epoch in range(1, epochs + 1)])  # `surface.batch` is 0: an epoch is one batch
    first = (np.arange(epochs)[:, None] * surface.rows + np.arange(0, surface.rows, size)).ravel()
    counts = np.diff(first, append=len(order))
    x, y = x[order], y[order]
    return tuple((2 * np.add.reduceat(values, first) / counts)[:updates] for values in (x, x * x, y, x * y))  # type: ignore[return-value]


def _walk(descent: LineDescent, mean_x: Array, mean_xx: Array, mean_y: Array, mean_xy: Array) -> Array:
    """Return the points of a path, (U + 1, 2).

    The arguments are the moments of `_moments`: twice the means. The gradient at (b, w) is 2 (b + mean(x) w - mean(y), mean(x) b + mean(x²) w - mean(xy)).
    """
    rate = descent.learning_rate
    if descent.optimizer.kind == "sgd":  # on plain numbers, which is ten times as fast as on arrays of two
        bias, slope = descent.start
        visited = [(bias, slope)]
        for x, xx, y, xy in zip(mean_x.tolist(), mean_xx.tolist(), mean_y.tolist(), mean_xy.tolist(), strict=True):
            bias, slope = bias - rate * (2 * bias + x * slope - y), slope - rate * (x * bias + xx * slope - xy)
            visited.append((bias, slope))
        return np.array(visited)
    hessians = np.stack([np.full_like(mean_x, 2.0), mean_x, mean_x, mean_xx], axis=-1).reshape(-1, 2, 2)
    targets = np.stack([mean_y, mean_xy], axis=-1)
    params = np.array(descent.start)
    points = np.empty((len(targets) + 1, 2))
    points[0] = params
    state, rule = descent.optimizer.init(params), descent.optimizer
    for step in range(1, len(points)):
        params, state = rule.update(hessians[step - 1] @ params - targets[step - 1], state, params, step, rate)
        points[step] = params
    return points


def ellipses(surface: LineMSE, levels: Array, points: int = 181) -> Array:
    """Return the points (levels, points, 2) at which the MSE is `levels` above its lowest. The MSE is quadratic, so the ellipses are exact."""
    values, axes = np.linalg.eigh(surface.hessian())
    angle = np.linspace(0, 2 * np.pi, points)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    scaled = circle / np.sqrt(values / 2) @ axes.T
    return np.array(surface.minima[0]) + np.sqrt(levels)[:, None, None] * scaled


def clipped(bias: Array, slope: Array, x: tuple[float, float], y: tuple[float, float]) -> tuple[Array, Array, Array, Array]:
    """Return the ends (x, y, x, y) of the lines' parts inside a box, each of the shape of `bias`. They are NaN for a line outside the box."""
    with np.errstate(all="ignore"):
        crossings = np.sort(np.stack([(y[0] - bias) / slope, (y[1] - bias) / slope]), axis=0)
        level = slope == 0
        inside = (bias >= y[0]) & (bias <= y[1])
        left = np.where(level, np.where(inside, x[0], np.nan), np.maximum(crossings[0], x[0]))
        right = np.where(level, np.where(inside, x[1], np.nan), np.minimum(crossings[1], x[1]))
        left, right = (np.where(left < right, end, np.nan) for end in (left, right))
        return left, bias + slope * left, right, bias + slope * right


def frames(descent: LineDescent, count: int) -> dict[int, tuple[Path, Array]]:
    """Return, by batch size, the path and its last update (count + 1,) at each frame of a player.

    Frame i is the moment when i / count of all samples have been seen.
    """
    seen = np.arange(count + 1) * descent.samples / count
    by_batch: dict[int, Any] = {}
    for batch in descent.batches:
        course = path(replace(descent, batches=(batch,)), batch)
        by_batch[batch] = course, course.at(seen)
    return by_batch


#: the stories, by the names of their buttons
STORIES: dict[str, Story[LineDescent]] = {
    "three_batch_sizes": Story(
        "Three batch sizes",
        "The same samples, seen 100, 10 or 1 at a time: who is there first, and who stays there?",
        "The same samples, seen 100, 10 or 1 at a time: more updates get there sooner, but the smaller the batch the noisier the end.",
        LineDescent(),
    ),
    "published_example": Story(
        "Published example",
        "Do 1000 updates lead to the digits that a tutorial has printed?",
        "1000 updates on all 100 rows at a rate of 0.01, to the published digits.",
        published(),
    ),
    "rate_too_large": Story(
        "Rate too large",
        "All rows in each step, so the gradient is exact, and the rate just beyond 2/L: does it arrive?",
        "Just beyond 2/L: across the steepest direction every step overshoots a little further, however exact the gradient.",
        LineDescent(batches=(0,), learning_rate=1.0),
    ),
}
