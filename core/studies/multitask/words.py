"""What drowns what, and what a sweep of weights comes to, in words that are computed from what is measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.studies.multitask.document import TASKS
from core.studies.multitask.lanes import MultitaskResult
from core.studies.multitask.measures import MEASURES
from core.words import Figure, Said

#: a task that pulls so many times as hard as another drowns it
DROWNS = 5.0
#: gradients whose cosine is below these pull against each other, and disagree
OPPOSED, AT_ODDS = -0.5, -0.1
#: differences of a measure below this are none
_EQUAL = 0.02


def pulls(result: MultitaskResult, run: int, record: int) -> NDArray[np.float64]:
    """Return the pull of each task (T,) of the first seed of a run at the place of a record."""
    return np.array([result.metrics[f"pull_{task}"][record, 0, run] for task in TASKS])


def drowned(result: MultitaskResult, run: int, record: int) -> Said:
    """Return which task drowns which in a run, by their pulls on the trunk. The mask is told of only where it drowns another: its pull is small everywhere."""
    found = pulls(result, run, record)
    if not np.isfinite(found).all():
        return Said("diverged")
    if np.count_nonzero(found) < 2:
        return Said("the {task} pulls alone", task=Said(TASKS[int(found.argmax())])) if found.any() else Said("nothing pulls on a trunk")
    first, second = (0, 1) if found[0] >= found[1] else (1, 0)
    if found[2] >= DROWNS * found[:2].max():
        return Said("the mask drowns the others")
    first_task, second_task = Said(TASKS[first]), Said(TASKS[second])
    if not found[second]:
        return Said("the {second} does not pull", second=second_task)
    if found[first] < DROWNS * found[second]:
        return Said("class and place are in balance")
    return Said("the {first} drowns the {second}, {times} to 1", first=first_task, second=second_task, times=Figure(found[first] / found[second], ".2g"))


def conflict(result: MultitaskResult, run: int, record: int) -> Said:
    """Return which two tasks disagree most by their gradients, of those that pull on the trunk; or that hardly any two do. Of the first seed of a run."""
    there = [task for task, pull in zip(TASKS, pulls(result, run, record), strict=True) if pull > 0]
    pairs = [(first, second) for place, first in enumerate(there) for second in there[place + 1 :]]
    cosines = np.array([result.metrics[f"cosine_{first}_{second}"][record, 0, run] for first, second in pairs])
    if not np.isfinite(cosines).any():
        return Said("nothing to compare")
    place = int(np.nanargmin(cosines))
    if cosines[place] >= AT_ODDS:
        return Said("hardly any two disagree")
    first, second = (Said(task) for task in pairs[place])
    return Said(
        "{first} and {second} pull against each other" if cosines[place] < OPPOSED else "{first} and {second} disagree a little", first=first, second=second
    )


def weightings(result: MultitaskResult, update: int) -> Said:
    """Return where the place drowns the class most after a recorded update, what that costs, and who is best. Of the first seed."""
    names, at = result.document.labels(), result.place(update)
    accuracy, r2 = (result.metrics[name][at, 0] for name in ("accuracy", "r2"))
    known = [run for run in range(len(names)) if np.isfinite(accuracy[run])]
    if not known:
        return Said("Every run has diverged.")
    ratios = [float(found[1] / found[0]) if found[0] else 0.0 for found in (pulls(result, run, at) for run in known)]
    worst = known[int(np.argmax(ratios))]
    best = known[int(np.argmax([accuracy[run] + r2[run] for run in known]))]
    times = Figure(max(ratios), ".2g")
    low, low_r2, top, top_r2 = (Figure(float(values[run]), ".2f") for run in (worst, best) for values in (accuracy, r2))
    if max(ratios) < DROWNS:
        return Said(
            "After {update} updates no place drowns its class; {best} has most of both: an accuracy of {top}, and an R² of {top_r2}.",
            update=update, best=names[best], top=top, top_r2=top_r2,
        )  # fmt: skip
    if worst == best:
        return Said(
            "After {update} updates of {worst} the place pulls {times} times as hard as the class: accuracy {accuracy}, R² {r2}.",
            update=update, worst=names[worst], times=times, accuracy=low, r2=low_r2,
        )  # fmt: skip
    return Said(
        "After {update} updates of {worst} the place pulls {times} times as hard as the class: accuracy {accuracy}, R² {r2}. {best} has {top} and {top_r2}.",
        update=update, worst=names[worst], times=times, accuracy=low, r2=low_r2, best=names[best], top=top, top_r2=top_r2,
    )  # fmt: skip


def front(weights: Sequence[float], across: NDArray[np.float64], up: NDArray[np.float64], names: tuple[str, str]) -> Said:
    """Return what a sweep comes to: whether one weight is best at both measures `across` (R,) and `up` (R,), or what each of them costs the other."""
    if not (np.isfinite(across).all() and np.isfinite(up).all()):
        return Said("Some of the runs have diverged.")
    right, top = int(np.argmax(across)), int(np.argmax(up))
    first, second = (Said(MEASURES[name].title) for name in names)
    if across[right] - across[top] < _EQUAL or up[top] - up[right] < _EQUAL:
        free = top if across[right] - across[top] < _EQUAL else right
        return Said(
            "A weight of {free} has nearly the best of both. {across} and {up}: {x} and {y}.",
            free=Figure(weights[free], "g"), across=first, up=second, x=Figure(float(across[free]), ".2f"), y=Figure(float(up[free]), ".2f"),
        )  # fmt: skip
    return Said(
        "No weight has both. {across} and {up} are {x1} and {y1} with a weight of {high}, and {x2} and {y2} with one of {low}.",
        high=Figure(weights[right], "g"), low=Figure(weights[top], "g"),
        x1=Figure(float(across[right]), ".2f"), y1=Figure(float(up[right]), ".2f"), x2=Figure(float(across[top]), ".2f"), y2=Figure(float(up[top]), ".2f"),
        across=first, up=second,
    )  # fmt: skip


def on_front(across: NDArray[np.float64], up: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which runs (R,) no other beats: none is at least as good at both measures, and better at one. One that has diverged is not on the front."""
    better = (across >= across[:, None]) & (up >= up[:, None]) & ((across > across[:, None]) | (up > up[:, None]))
    return np.asarray(~better.any(axis=1) & np.isfinite(across) & np.isfinite(up))
