"""One transition taken apart: prediction, target, error and update under each loss that a view shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.reinforcement.views import TRANSITION_LOSSES, TransitionView

Array = NDArray[Any]

#: errors to the left and right of 0 that curves go to, and their number
_FARTHEST, _STEPS = 5.0, 201


@dataclass(frozen=True)
class Update:
    """The update of one transition under one loss. `slope` and `slope_after` are the derivatives by the prediction and by the next one."""

    prediction: float
    target: float
    error: float
    loss: float
    slope: float
    slope_after: float
    moved: float
    moved_after: float


def updates(view: TransitionView) -> list[Update]:
    """Return the update under each chosen loss. An end is worth 0, and does not move."""
    after, discount = (0.0, 0.0) if view.ends else (view.following, view.discount)
    target = view.reward + discount * after
    found = []
    for name in view.losses:
        loss, v, aim = TRANSITION_LOSSES[name], np.array(view.prediction), np.array(target)
        slope, slope_after = float(loss.gradient(v, aim)), float(discount * loss.by_target(v, aim))
        found.append(
            Update(
                view.prediction, target, target - view.prediction, float(loss.value(v, aim)), slope, slope_after,
                view.prediction - view.rate * slope, after - view.rate * slope_after,
            )
        )  # fmt: skip
    return found


def over_errors(view: TransitionView) -> tuple[Array, list[Array], list[Array]]:
    """Return errors (T,), and for each chosen loss its value (T,) and how far the prediction moves (T,) there."""
    errors = np.linspace(-_FARTHEST, _FARTHEST, _STEPS)
    zeros, losses = np.zeros(_STEPS), [TRANSITION_LOSSES[name] for name in view.losses]
    return errors, [loss.value(zeros, errors) for loss in losses], [-view.rate * loss.gradient(zeros, errors) for loss in losses]
