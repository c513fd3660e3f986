"""Anatomy of an update: every quantity of the rule in one update of one racer, and a sentence on what the update shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from core.optimizers import Optimizer
from core.optimizers.base import State
from core.optimizers.slots import DEVIATION
from core.studies.descent.race import Array, Race, updates

#: differences below these, in degrees and as a share, are not mentioned
_SMALL_ANGLE, _SMALL_SHARE = 2.0, 0.05
#: a step at a larger angle to downhill, in degrees, goes across the slope or uphill
_ACROSS = 85.0


@dataclass(frozen=True, eq=False)
class Quantity:
    """One line of the table: a name, a LaTeX symbol, and a number for each parameter.

    `value` (2,): the numbers after the update. `before` (2,): those before it, for the position and the slots of the rule's state; else None.
    """

    words: str
    symbol: str
    value: Array
    before: Array | None = None


@dataclass(frozen=True, eq=False)
class Anatomy:
    """Update number `step` (from 1) of a racer, at the learning rate `rate`. Vectors have shape (2,).

    `point`, `after`: the parameters before and after the update. `losses`: the loss at both.
    `true`: the surface's gradient at `point`. `seen`: the gradient that the surface showed. `noise`, `l2`: what was added to it.
    `gradient`: what the rule was given, which is the sum of these multiplied by `clipped`.
    `before`, `state`: the slots of the rule's state before and after the update. `hats`: the slots that the rule corrects for their start at 0, corrected.
    `update`: what the rule added to the parameters. `decay`: the part of it that is decoupled weight decay.
    """

    optimizer: Optimizer
    step: int
    rate: float
    point: Array
    after: Array
    losses: tuple[float, float]
    true: Array
    seen: Array
    noise: Array
    l2: Array
    clipped: float
    gradient: Array
    before: State
    state: State
    hats: Mapping[str, Array]
    update: Array
    decay: Array

    @property
    def moved(self) -> Array:
        """The step taken, `after - point`. It equals `update` unless the surface kept the point on its map."""
        return self.after - self.point

    @property
    def followed(self) -> Quantity:
        """The vector that the rule multiplies by its rates: a slot, corrected if the rule corrects it, or the gradient."""
        for name, words, symbol in self.optimizer.slots:
            if name == self.optimizer.followed:
                return Quantity(f"{words}, corrected", rf"\hat {symbol}", self.hats[name]) if name in self.hats else Quantity(words, symbol, self.state[name])
        return Quantity("gradient", "g", self.gradient)

    @property
    def rates(self) -> Array:
        """The effective rate of each parameter, (decay - update) / followed (2,); NaN where `followed` is 0."""
        with np.errstate(all="ignore"):
            return np.where(self.followed.value == 0, np.nan, (self.decay - self.update) / self.followed.value)

    def quantities(self) -> tuple[Quantity, ...]:
        """Return the lines of the table, in the order in which the rule computes them."""
        lines = [Quantity("position", r"\theta", self.after, self.point)]
        parts = [term for term in (("noise", r"\varepsilon", self.noise), ("coupled L2", r"\lambda\theta", self.l2)) if term[2].any()]
        if parts or self.clipped < 1 or not np.array_equal(self.seen, self.true):
            lines.append(Quantity("true gradient", r"\nabla f", self.true))
        if not np.array_equal(self.seen, self.true) and not np.array_equal(self.seen, self.gradient):
            lines.append(Quantity("gradient shown", r"\nabla f_t", self.seen))
        lines += [Quantity(*term) for term in parts]
        lines.append(Quantity(f"gradient, clipped by {self.clipped:.3g}" if self.clipped < 1 else "gradient", "g", self.gradient))
        for name, words, symbol in self.optimizer.slots:
            before, value = (np.broadcast_to(state[name], (2,)) for state in (self.before, self.state))
            if before.any() or value.any():
                lines.append(Quantity(words, symbol, value, before))
        lines += [
            Quantity(f"{words}, corrected", rf"\hat {{{symbol}}}", self.hats[name]) for name, words, symbol in self.optimizer.slots if name in self.hats
        ]
        lines.append(Quantity("rate per parameter", rf"-\Delta/{self.followed.symbol}", self.rates))
        if self.decay.any():
            lines.append(Quantity("decay, part of the step", r"-\eta\lambda\theta", self.decay))
        return (*lines, Quantity("step", r"\Delta", self.moved))


def anatomy(race: Race, racer: int, step: int) -> Anatomy:
    """Return update number `step` (from 1) of a racer.

    The racer is run again, alone, up to this update. Racers do not affect each other, so the numbers are those of the race.
    Raise ValueError if the race has no such update.
    """
    if not 1 <= step <= race.steps:
        raise ValueError(f"step must be from 1 to {race.steps}, got {step}")
    alone, optimizer, surface = replace(race, racers=(race.racers[racer],)), race.racers[racer].optimizer, race.surface
    with np.errstate(all="ignore"):
        update = next(islice(updates(alone), step - 1, None))
        point, after, gradient, updated = (values[0] for values in (update.point, update.after, update.gradient, update.updated))
        before, state, rate = _of_one(update.before[0]), _of_one(update.state[0]), float(update.rates[0, 0])
        losses = float(surface.value(point)), float(surface.value(after))
        # both steps by the rule alone: a stack rounds otherwise, and no decay would be a decay of 1e-16
        with_decay, without = (rule.update(gradient, before, point, step, rate)[0] for rule in (optimizer, _without_decay(optimizer)))
        return Anatomy(
            optimizer, step, rate, point, after, losses, surface.gradient(point), update.seen[0], update.noise, update.l2[0], float(update.clipped[0, 0]),
            gradient, before, state, _hats(optimizer, state, step), updated - point, with_decay - without,
        )  # fmt: skip


def _of_one(state: State) -> State:
    """Return the state of a stack of one racer without the stack's axes: each slot is (2,), or a number that both parameters share."""
    return {slot: value[0, 0] if np.ndim(value) == 3 and value.shape[-1] == 2 else np.asarray(value).reshape(-1)[0] for slot, value in state.items()}


def _hats(optimizer: Optimizer, state: State, step: int) -> dict[str, Array]:
    """Return the slots that the rule corrects for their start at 0, corrected: m / (1 - βᵗ)."""
    return {slot: state[slot] / (1 - getattr(optimizer, beta) ** step) for slot, beta in optimizer.corrected.items()}


def _without_decay(optimizer: Optimizer) -> Optimizer:
    """Return the rule with a decoupled weight decay of 0."""
    return replace(optimizer, weight_decay=0.0) if "weight_decay" in optimizer.parameters() else optimizer  # type: ignore[type-var]


def angle(first: Array, second: Array) -> float:
    """Return the angle between two vectors (2,), in degrees from 0 to 180; NaN if one of them is 0."""
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    return math.degrees(math.acos(max(-1.0, min(1.0, float(first @ second) / lengths)))) if lengths > 0 else math.nan


def in_words(update: Anatomy, axes: tuple[str, str] = ("x", "y")) -> str:
    """Return what the update shows, in one to four sentences with its numbers. `axes`: the names of the parameters."""
    if not np.isfinite(update.after).all():
        return "The update overflows: the step was too long for the walls here."
    if not update.moved.any():
        return "Nothing moves: the gradient is 0 here." if not update.gradient.any() else "Nothing moves: the step is cut off at the edge of the map."
    turned = angle(update.moved, -update.true)
    parts = [f"{_main(update, turned, axes)}."]
    if update.clipped < 1:
        parts.append(f"The gradient was {1 / update.clipped:.3g} times longer before it was clipped.")
    share = float(np.linalg.norm(update.decay) / np.linalg.norm(update.update)) if update.update.any() else 0.0
    if share > _SMALL_SHARE:
        parts.append(f"The decay alone is {share:.0%} of the step's length.")
    if not np.allclose(update.moved, update.update):
        parts.append("The rule wanted further: the step is cut off at the edge of the map.")
    elif update.losses[1] > update.losses[0]:
        why = "the step does not go downhill" if turned > _ACROSS else "the step is too long for the curvature"
        parts.append(f"The loss rises from {update.losses[0]:.3g} to {update.losses[1]:.3g}: {why}.")
    return " ".join(parts)


def _main(update: Anatomy, turned: float, axes: tuple[str, str]) -> str:
    """Return the sentence about the rule, without its full stop. `turned`: the angle of the step to downhill, in degrees."""
    divisors = _divisors(update)
    direction = "" if math.isnan(turned) else " straight downhill" if turned < _SMALL_ANGLE else f" {turned:.0f}° away from downhill"
    if divisors is not None:
        low, high = sorted((0, 1), key=lambda i: divisors[i])
        times = divisors[high] / divisors[low]
        divided = f"The {update.followed.words.partition(',')[0]} is divided by {divisors[0]:.3g} in {axes[0]} and by {divisors[1]:.3g} in {axes[1]}"
        if times < 1 + _SMALL_SHARE:
            return f"{divided}, nearly alike; the step goes{direction}"
        why = "" if update.optimizer.divisor is DEVIATION else ", where gradients were larger,"
        return f"{divided}, so {axes[high]}{why} is held back {times:.3g} times more; the step goes{direction}"
    plain = update.rate * float(np.linalg.norm(update.gradient))
    times = float(np.linalg.norm(update.moved)) / plain if plain > 0 else math.inf
    if abs(times - 1) < _SMALL_SHARE and angle(update.moved, -update.gradient) < _SMALL_ANGLE:
        return f"The step is plain descent's, the rate times the gradient, and goes{direction}"
    if math.isinf(times):
        return "The gradient is 0: the memory of earlier ones alone moves the point"
    return f"The step is {times:.3g} times as long as plain descent's at this rate, and goes{direction}"


def _divisors(update: Anatomy) -> Array | None:
    """Return the learning rate divided by the effective rates (2,); None if the rule has no divisors, or if one is not finite and positive."""
    if update.optimizer.divisor is None:
        return None
    with np.errstate(all="ignore"):
        divisors = update.rate / update.rates
    return divisors if np.isfinite(divisors).all() and (divisors > 0).all() else None
