"""What each view comes to, in one sentence that is computed from what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.reinforcement.advantage import ESTIMATORS, Contest
from core.studies.reinforcement.small import CORRIDOR_BEST, baird, corridor_return
from core.studies.reinforcement.views import SmallView, TransitionView
from core.words import Figure, Said

Array = NDArray[Any]

#: an actor whose last returns are below this has not found the goal by a short way
STUCK = -20.0
#: of fewer batches nobody can say that an actor is stuck
_FEW = 20


def values(names: Sequence[str], errors: Array, rates: Sequence[float], episode: int) -> Said:
    """Return which method is best at its best rate. `errors` (R, A): mean errors up to an episode."""
    if episode == 0:
        return Said("Before the first walk all methods know the same: nothing.")
    found = np.where(np.isfinite(errors), errors, np.inf)
    best = found.min(axis=1)
    place = int(best.argmin())
    error, rate, episodes = Figure(float(best[place]), ".3f"), Figure(rates[int(found[place].argmin())], "g"), Figure(episode, ",")
    if len(names) == 1:
        return Said(
            "{name} is best at α = {rate}, with a mean error of {error} over the first {episodes} walks.",
            name=names[0], rate=rate, error=error, episodes=episodes,
        )  # fmt: skip
    worst = int(best.argmax())
    return Said(
        "Each at its best rate, {name} has the lowest mean error over the first {episodes} walks: {error} at α = {rate}. {last} has {most}.",
        name=names[place], error=error, rate=rate, episodes=episodes, last=names[worst], most=Figure(float(best[worst]), ".3f"),
    )  # fmt: skip


def transition(view: TransitionView) -> Said:
    """Return what the error of the transition is, and why."""
    target = view.reward + (0.0 if view.ends else view.discount * view.following)
    error = target - view.prediction
    prediction = Figure(view.prediction, ".3g")
    if abs(error) < 1e-9:
        return Said("The target is what was predicted, {prediction}: nothing moves under any loss.", prediction=prediction)
    return Said(
        "The target {target} is {error} above the prediction {prediction}: the state is worth more than was thought."
        if error > 0
        else "The target {target} is {error} below the prediction {prediction}: the state is worth less than was thought.",
        target=Figure(target, ".3g"), error=Figure(abs(error), ".3g"), prediction=prediction,
    )  # fmt: skip


def cliff(names: Sequence[str], returns: Array, arrives: Sequence[bool], steps: Sequence[int]) -> Said:
    """Return who earns most, and where the greedy paths lead. `returns` (R,): means of the last half, NaN before the first episode.

    `arrives`, `steps`: of each greedy path.
    """
    if not np.isfinite(returns).all():
        return Said("Before the first episode all values are 0: nobody knows a way.")
    lost = tuple(name for name, arrived in zip(names, arrives, strict=True) if not arrived)
    best = int(np.argmax(returns))
    name, earned = names[best], Figure(float(returns[best]), ".1f")
    if lost:
        return Said(
            "While learning {name} earns most, {earned} an episode. No greedy path arrives yet of {lost}: it goes round.", name=name, earned=earned, lost=lost
        )
    shortest = int(np.argmin(steps))
    if len(names) > 1 and shortest != best and steps[shortest] < steps[best]:
        return Said(
            "{short} has the shortest path, {steps} steps, and yet {name} earns most while learning: {earned} an episode, against {less}.",
            short=names[shortest], steps=steps[shortest], name=name, earned=earned, less=Figure(float(returns[shortest]), ".1f"),
        )  # fmt: skip
    return Said(
        "{name} earns most while learning, {earned} an episode, and its greedy path has {steps} steps.", name=name, earned=earned, steps=steps[best]
    )


def advantage(found: Contest, batch: int) -> Said:
    """Return which estimator is nearest to the exact gradient with batches of this size."""
    if found.episodes == 0:
        return Said("Before the first episode nothing is known of how far the estimators scatter.")
    errors = {name: found.error(name, batch) for name in ESTIMATORS}
    best = min(errors, key=lambda name: errors[name])
    factor = found.estimates["whole"].variance / found.estimates[best].variance
    return Said(
        "With batches of {batch} episodes {name} comes closest: it errs by {error} of the gradient, its bias included, with a variance {factor} times smaller "
        "than the whole return's."
        if found.estimates[best].bias > 1e-6
        else "With batches of {batch} episodes {name} comes closest: it errs by {error} of the gradient, and has no bias. Its variance is {factor} times "
        "smaller than the whole return's.",
        name=Said(ESTIMATORS[best].title), error=Figure(errors[best], ".0%"), batch=Figure(batch, ","), factor=Figure(factor, ".2g"),
    )  # fmt: skip


def policy(names: Sequence[str], returns: Array, losses: Array) -> Said:
    """Return how many seeds of each actor are stuck, and whether loss and return go the same way. `returns`, `losses` (S, R, E)."""
    last = returns[:, :, -10:].mean(axis=2)
    stuck = (last < STUCK).sum(axis=0)
    means = last.mean(axis=0)
    best, batches = int(means.argmax()), returns.shape[2]
    if batches == 1:
        return Said("Before the first update all actions are equally likely: the return is {first}.", first=Figure(float(means[0]), ".3g"))
    if batches < _FEW:
        return Said(
            "Over the last of {batches} batches {name} has the highest return, {last}.",
            batches=batches, name=names[best], last=Figure(float(means[best]), ".3g"),
        )  # fmt: skip
    rises = [float(losses[:, run, -10:].mean() - losses[:, run, :10].mean()) for run in range(len(names))]
    gained = means - returns[:, :, 0].mean(axis=0)
    if len(names) == 1 and rises[0] > 0 and gained[0] > 0:
        return Said(
            "The return rises by {gained} to {last}, and the loss, which is minimised, rises, too, by {rise}: it is no score.",
            gained=Figure(float(gained[0]), ".3g"), last=Figure(float(means[0]), ".3g"), rise=Figure(rises[0], ".3g"),
        )  # fmt: skip
    highest = Figure(float(means[best]), ".3g")
    if stuck.max() > 0:
        return Said(
            "{name} comes to the highest return, {last}. {other} is stuck on {stuck} of {seeds} seeds.",
            name=names[best], last=highest, other=names[int(stuck.argmax())], stuck=int(stuck.max()), seeds=len(last),
        )  # fmt: skip
    return Said("{name} comes to the highest return, {last}; no actor is stuck on any of {seeds} seeds.", name=names[best], last=highest, seeds=len(last))


def small(view: SmallView, sweep: int) -> Said:
    """Return what the chosen small world shows, Baird's after so many sweeps."""
    match view.world:
        case "baird":
            semi, residual = (baird(view.rate, sweep, residual=through) for through in (False, True))
            finite = semi[np.isfinite(semi)]
            sweeps, size = Figure(len(finite) - 1, ","), Figure(float(finite[-1]), ".3g")
            if not np.isfinite(residual).all():
                return Said("At this rate both diverge: after {sweeps} sweeps the TD error's values are {semi} in size.", sweeps=sweeps, semi=size)
            return Said(
                "The true values are 0. After {sweeps} sweeps those of the TD error are {semi} in size, those of the residual gradient {residual}.",
                sweeps=sweeps, semi=size, residual=Figure(float(residual[-1]), ".3g"),
            )  # fmt: skip
        case "predictor":
            return Said(
                "A was seen once, before a B that brought 0. TD says ¾ for A, because A led to B and B is worth ¾; Monte Carlo says 0, which is what was seen."
            )
        case "split":
            return Said("B is worth 1 and C 0. The residual gradient says ¾ and ¼: it makes A's errors smaller by moving what A leads to.")
    return Said(
        "At p = {right} the return is {now}; the best that one and the same chance in all cells can do is {best}, at p = {at}.",
        right=Figure(view.right, ".2f"), now=Figure(float(corridor_return(np.array(view.right))), ".2f"),
        best=Figure(float(corridor_return(CORRIDOR_BEST)), ".2f"), at=Figure(float(CORRIDOR_BEST), ".3f"),
    )  # fmt: skip
