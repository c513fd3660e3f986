"""The optimizers' states of a stack, taken apart into those of single runs, and put together again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.optimizers.base import State
from core.training.stack import Stepper


def of_run(stepper: Stepper, states: Sequence[State], run: int, runs: int, seeds: slice = slice(None)) -> State:
    """Return the optimizer's state of one of `runs` runs, as the run alone has it, of all seeds or of these."""
    for group, state in zip(stepper.groups, states, strict=True):
        places = np.arange(runs)[group.index].tolist()
        if run in places:
            place = places.index(run)
            return {name: array[seeds, place : place + 1].copy() for name, array in state.items()}
    raise LookupError(run)


def together(stepper: Stepper, alone: Sequence[State]) -> list[State]:
    """Return the optimizers' states of a stack, from the state of each run alone."""
    states: list[Any] = []
    for group in stepper.groups:
        members = [alone[place] for place in np.arange(len(alone))[group.index]]
        states.append({slot: np.concatenate([member[slot] for member in members], axis=1) for slot in members[0]})
    return states
