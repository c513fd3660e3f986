"""What theory says of a game of two numbers, and what happened on a path, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.adversarial.dirac import ALTERNATING, FLOW, SIMULTANEOUS, Game
from core.words import Figure, Said

Array = NDArray[Any]

#: what theory expects of a path
CONVERGES, CREEPS, CIRCLES, SPIRALS_OUT, LIMIT_CYCLE, STAYS_IN_A_BAND, STOPS, CYCLES, UNKNOWN = (
    "converges", "creeps", "circles", "spirals out", "limit cycle", "band", "stops", "cycles", "unknown",
)  # fmt: skip
#: what a path did
RESTED, STOOD, GREW, FELL, WENT_ROUND = "rested", "stood", "grew", "fell", "went round"
#: losses that creep to the rest point; with the others nothing draws the players there
_CREEPING = frozenset({"non_saturating", "relativistic", "least_squares"})
#: a path comes closer when its last fifth is nearer than this times the fifth before
_CLOSER = 0.98
#: a path goes out when its last fifth is farther than this times its middle one
_FARTHER = 1.1
#: a real part below this is damping
_DAMPED = -1e-6


@dataclass(frozen=True)
class Theory:
    """What theory expects, as an identifier and in words."""

    expected: str
    said: Said


def theory(game: Game, how: str, rate: float) -> Theory:
    """Return what theory says of players that move in this way, with steps of `rate`. Source: Mescheder et al., arXiv:1801.04406, and the arithmetic."""
    unbalanced = game.loss.kind == "least_squares" and game.loss.to_dict()["codes"] == "01"
    if game.penalty.kind == "gradient_penalty":
        if unbalanced:
            return Theory(UNKNOWN, Said("the penalty draws |ψ| to 1, and codes of 0 and 1 draw θ to no certain place"))
        return Theory(CYCLES, Said("the penalty draws |ψ| to 1, so the critic never rests at 0: it goes on cycling"))
    if unbalanced:
        return Theory(STOPS, Said("stops anywhere on ψ = 0: there the generator is not pulled, wherever it stands"))
    values = game.eigenvalues()
    if values.real.max() < _DAMPED:
        return _damped(game, how, rate, values)
    if game.noise and game.loss.kind == "hinge":
        said = Said("near the rest point the hinge is a plane, which noise does not bend: it damps only wide swings, so no rest point is certain")
        return Theory(STAYS_IN_A_BAND, said)
    return _undamped(game, how, rate)


def _damped(game: Game, how: str, rate: float, values: Array) -> Theory:
    damping, turning = Figure(float(values.real.max()), ".3g"), Figure(float(np.abs(values.imag).max()), ".3g")
    if how == FLOW:
        return Theory(CONVERGES, Said("converges: eigenvalues {damping} ± {turning}i at the rest point", damping=damping, turning=turning))
    factor = shrinking(game, how, rate)
    if factor < 1:
        said = Said("converges: near the rest point each step takes the distance times {factor}", factor=Figure(factor, ".3g"))
        return Theory(CONVERGES, said)
    said = Said("the flow converges, but steps of {rate} are too long: near the rest point each takes the distance times {factor}",
                rate=Figure(rate, "g"), factor=Figure(factor, ".3g"))  # fmt: skip
    return Theory(STAYS_IN_A_BAND, said)


def shrinking(game: Game, how: str, rate: float) -> float:
    """Return the factor by which steps take the distance to the rest point in the long run: the largest size of an eigenvalue of their derivative."""
    jacobian, one = game.jacobian(), np.eye(2)
    of_critic, of_generator = rate * np.diag([0, 1]) @ jacobian, rate * np.diag([1, 0]) @ jacobian
    step = one + of_critic + of_generator if how == SIMULTANEOUS else (one + of_generator) @ (one + of_critic)
    return float(np.abs(np.linalg.eigvals(step)).max())


def _undamped(game: Game, how: str, rate: float) -> Theory:
    clipped = game.penalty.kind == "clipping"
    if game.loss.kind in _CREEPING:
        if how == SIMULTANEOUS:
            said = Said("a limit cycle at about √(2h) = {radius}: close by, each step overshoots", radius=Figure(float(np.sqrt(2 * rate)), ".3g"))
            return Theory(LIMIT_CYCLE, said)
        return Theory(CREEPS, Said("converges, ever more slowly: d(r²)/dt = −2b tanh(b/2) or −2b², which is of fourth order in the distance"))
    if clipped:
        return Theory(CYCLES, Said("goes on cycling, where clipping turns the critic back"))
    if how == FLOW:
        return Theory(CIRCLES, Said("a circle: both players are pulled at right angles to where they stand"))
    if how == ALTERNATING:
        return Theory(CIRCLES, Said("a closed orbit near the circle: the answer of the generator cancels the overshoot"))
    if game.loss.kind == "hinge":
        return Theory(STAYS_IN_A_BAND, Said("spirals out until b is beyond the margin, where the critic stops: it stays in a band"))
    if game.loss.kind == "wasserstein":
        said = Said("spirals out: each step takes the distance times √(1 + h²) = {factor}", factor=Figure(float(np.sqrt(1 + rate * rate)), ".4g"))
        return Theory(SPIRALS_OUT, said)
    return Theory(SPIRALS_OUT, Said("spirals out, because each step along the tangent leaves the circle"))


@dataclass(frozen=True)
class Happened:
    """What a path did, as an identifier and in words."""

    what: str
    said: Said


def happened(points: Array) -> Happened:
    """Return what a path (T + 1, 2) did over its last fifth, against where it began."""
    radius = np.hypot(*points.T)
    radius = radius[np.isfinite(radius)]
    first, last = float(radius[0]), radius[-max(2, len(radius) // 5):]
    steps = np.hypot(*np.diff(points[: len(radius)][-len(last):], axis=0).T)
    start, end = Figure(first, ".3g"), Figure(float(radius[-1]), ".3g")
    low, high = Figure(float(last.min()), ".3g"), Figure(float(last.max()), ".3g")
    before = radius[-2 * len(last) : -len(last)].mean()
    middle = radius[2 * len(last) : 3 * len(last)].mean()
    if len(radius) < len(points) or (last.min() > 1.2 * first and last.mean() > _FARTHER * middle):
        return Happened(GREW, Said("went out, from a distance of {start} to {end}", start=start, end=end))
    if last.max() < 0.02 * max(first, 1e-9):
        return Happened(RESTED, Said("came to rest at (0, 0)"))
    if steps.max() < 1e-4:
        return Happened(STOOD, Said("stopped at a distance of {end}, away from (0, 0)", end=end))
    if last.mean() < _CLOSER * before:
        return Happened(FELL, Said("came closer, from a distance of {start} to {end}", start=start, end=end))
    return Happened(WENT_ROUND, Said("went round at distances of {low} to {high}", low=low, high=high))
