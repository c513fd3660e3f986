"""The training of a whole experiment at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.datasets import Table
from core.experiment import Experiment
from core.training.results import Result, Track
from core.training.slices import advance, begin, prepared


def train(experiment: Experiment, on_progress: Callable[[float], None] | None = None, *, table: Table | None = None) -> Result:
    """Return the result of the experiment. Its runs train in stacks, one for each model and batch size.

    `on_progress(share)`: called after every epoch of a stack with the share of all epochs done.
    """
    data, done = prepared(experiment, table), 0.0
    tracks: dict[int, Track] = {}
    for indices in experiment.stacks():
        first = experiment.alone(indices[0])
        stack = replace(first, runs=tuple(experiment.alone(index).runs[0] for index in indices))
        state = begin(stack, data)
        records = list(state.records)
        while not state.done(stack):
            state = advance(stack, state, 1 if on_progress else stack.epochs)
            records += state.records
            if on_progress:
                on_progress((done + state.epoch / stack.epochs * len(indices)) / len(experiment.runs))
        done += len(indices)
        tracks |= {index: Track.of(stack, state, records, place) for place, index in enumerate(indices)}
    return Result.join(experiment, data, [tracks[index] for index in range(len(experiment.runs))])
