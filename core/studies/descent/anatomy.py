"""Anatomy of an update: every quantity of the rule in one update of one racer, and sentences on what the update shows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from core.optimizers import Optimizer
from core.optimizers.base import State
from core.optimizers.slots import DEVIATION, Slot
from core.studies.descent.race import Array, Race, updates
from core.words import Figure, Said

#: differences below these, in degrees and as a share, are not mentioned
_SMALL_ANGLE, _SMALL_SHARE = 2.0, 0.05
#: a step at a larger angle to downhill, in degrees, goes across the slope or uphill
_ACROSS = 85.0


@dataclass(frozen=True, eq=False)
class Quantity:
    """One line of the table: a name, a LaTeX symbol, and a number for each parameter.

    `value` (2,): the numbers after the update. `before` (2,): those before it, for the position and the slots of the rule's state; else None.
    """

    words: Said
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
    def followed_slot(self) -> Slot | None:
        """The slot that the rule multiplies by its rates; None if that is the gradient."""
        return next((slot for slot in self.optimizer.slots if slot.name == self.optimizer.followed), None)

    @property
    def followed(self) -> Quantity:
        """The vector that the rule multiplies by its rates: a slot, corrected if the rule corrects it, or the gradient."""
        slot = self.followed_slot
        if slot is None:
            return Quantity(Said("gradient"), "g", self.gradient)
        return self._corrected(slot, rf"\hat {slot.symbol}") if slot.name in self.hats else Quantity(Said(slot.words), slot.symbol, self.state[slot.name])

    def _corrected(self, slot: Slot, symbol: str) -> Quantity:
        """Return the line of a slot that is corrected for its start at 0."""
        return Quantity(Said("{slot}, corrected", slot=Said(slot.words)), symbol, self.hats[slot.name])

    @property
    def rates(self) -> Array:
        """The effective rate of each parameter, (decay - update) / followed (2,); NaN where `followed` is 0."""
        with np.errstate(all="ignore"):
            return np.where(self.followed.value == 0, np.nan, (self.decay - self.update) / self.followed.value)

    def quantities(self) -> tuple[Quantity, ...]:
        """Return the lines of the table, in the order in which the rule computes them."""
        lines = [Quantity(Said("position"), r"\theta", self.after, self.point)]
        noise, l2 = Quantity(Said("noise"), r"\varepsilon", self.noise), Quantity(Said("coupled L2"), r"\lambda\theta", self.l2)
        parts = [term for term in (noise, l2) if term.value.any()]
        if parts or self.clipped < 1 or not np.array_equal(self.seen, self.true):
            lines.append(Quantity(Said("true gradient"), r"\nabla f", self.true))
        if not np.array_equal(self.seen, self.true) and not np.array_equal(self.seen, self.gradient):
            lines.append(Quantity(Said("gradient shown"), r"\nabla f_t", self.seen))
        lines += parts
        gradient = Said("gradient, clipped by {factor}", factor=Figure(self.clipped, ".3g")) if self.clipped < 1 else Said("gradient")
        lines.append(Quantity(gradient, "g", self.gradient))
        for slot in self.optimizer.slots:
            before, value = (np.broadcast_to(state[slot.name], (2,)) for state in (self.before, self.state))
            if before.any() or value.any():
                lines.append(Quantity(Said(slot.words), slot.symbol, value, before))
        lines += [self._corrected(slot, rf"\hat {{{slot.symbol}}}") for slot in self.optimizer.slots if slot.name in self.hats]
        lines.append(Quantity(Said("rate per parameter"), rf"-\Delta/{self.followed.symbol}", self.rates))
        if self.decay.any():
            lines.append(Quantity(Said("decay, part of the step"), r"-\eta\lambda\theta", self.decay))
        return (*lines, Quantity(Said("step"), r"\Delta", self.moved))


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


def in_words(update: Anatomy, axes: tuple[str, str] = ("x", "y")) -> tuple[Said, ...]:
    """Return what the update shows, in one to four sentences with its numbers. `axes`: the names of the parameters."""
    if not np.isfinite(update.after).all():
        return (Said("The update overflows: the step was too long for the walls here."),)
    if not update.moved.any():
        cut_off = update.gradient.any()
        return (Said("Nothing moves: the step is cut off at the edge of the map." if cut_off else "Nothing moves: the gradient is 0 here."),)
    turned = angle(update.moved, -update.true)
    sentences = [_main(update, turned, axes)]
    if update.clipped < 1:
        sentences.append(Said("The gradient was {times} times longer before it was clipped.", times=Figure(1 / update.clipped, ".3g")))
    share = float(np.linalg.norm(update.decay) / np.linalg.norm(update.update)) if update.update.any() else 0.0
    if share > _SMALL_SHARE:
        sentences.append(Said("The decay alone is {share} of the step's length.", share=Figure(share, ".0%")))
    if not np.allclose(update.moved, update.update):
        sentences.append(Said("The rule wanted further: the step is cut off at the edge of the map."))
    elif update.losses[1] > update.losses[0]:
        rises = Said(
            "The loss rises from {before} to {after}: the step does not go downhill."
            if turned > _ACROSS
            else "The loss rises from {before} to {after}: the step is too long for the curvature.",
            before=Figure(update.losses[0], ".3g"), after=Figure(update.losses[1], ".3g"),
        )  # fmt: skip
        sentences.append(rises)
    return tuple(sentences)


def _main(update: Anatomy, turned: float, axes: tuple[str, str]) -> Said:
    """Return the sentence about the rule. `turned`: the angle of the step to downhill, in degrees."""
    divisors, goes = _divisors(update), _direction(turned)
    if divisors is not None:
        return _divided(update, divisors, goes, axes)
    plain = update.rate * float(np.linalg.norm(update.gradient))
    times = float(np.linalg.norm(update.moved)) / plain if plain > 0 else math.inf
    if abs(times - 1) < _SMALL_SHARE and angle(update.moved, -update.gradient) < _SMALL_ANGLE:
        return Said("The step is plain descent's, the rate times the gradient, and {goes}.", goes=goes)
    if math.isinf(times):
        return Said("The gradient is 0: the memory of earlier ones alone moves the point.")
    return Said("The step is {times} times as long as plain descent's at this rate, and {goes}.", times=Figure(times, ".3g"), goes=goes)


def _direction(turned: float) -> Said:
    """Return the clause on where the step goes. `turned`: its angle to downhill, in degrees; NaN where the true gradient is 0."""
    if math.isnan(turned):
        return Said("goes on although the slope is 0 here")
    return Said("goes straight downhill") if turned < _SMALL_ANGLE else Said("goes {angle}° away from downhill", angle=Figure(turned, ".0f"))


def _divided(update: Anatomy, divisors: Array, goes: Said, axes: tuple[str, str]) -> Said:
    """Return the sentence about a rule that divides by `divisors` (2,). `goes`: the clause on where the step goes."""
    slot = update.followed_slot
    followed = Said("gradient") if slot is None else Said(slot.words)
    first, second = (Figure(float(divisor), ".3g") for divisor in divisors)
    low, high = sorted((0, 1), key=lambda i: divisors[i])
    times = divisors[high] / divisors[low]
    if times < 1 + _SMALL_SHARE:
        return Said(
            "The {followed} is divided by {first} in {x} and by {second} in {y}, nearly alike; the step {goes}.",
            followed=followed, first=first, x=axes[0], second=second, y=axes[1], goes=goes,
        )  # fmt: skip
    return Said(
        "The {followed} is divided by {first} in {x} and by {second} in {y}, so {held} is held back {times} times more; the step {goes}."
        if update.optimizer.divisor is DEVIATION
        else "The {followed} is divided by {first} in {x} and by {second} in {y}, so {held}, where gradients were larger, is held back {times} times more; "
        "the step {goes}.",
        followed=followed, first=first, x=axes[0], second=second, y=axes[1], held=axes[high], times=Figure(float(times), ".3g"), goes=goes,
    )  # fmt: skip


def _divisors(update: Anatomy) -> Array | None:
    """Return the learning rate divided by the effective rates (2,); None if the rule has no divisors, or if one is not finite and positive."""
    if update.optimizer.divisor is None:
        return None
    with np.errstate(all="ignore"):
        divisors = update.rate / update.rates
    return divisors if np.isfinite(divisors).all() and (divisors > 0).all() else None
