"""The training of a whole experiment at once."""

from __future__ import annotations

from collections.abc import Callable

from core.datasets import Table
from core.experiment import Experiment
from core.training.results import Result
from core.training.slices import advance, start


def train(experiment: Experiment, on_progress: Callable[[float], None] | None = None, *, table: Table | None = None) -> Result:
    """Return the result of the experiment. `on_progress(share)`: called after every epoch with the share of epochs done."""
    state = start(experiment, table)
    records = list(state.records)
    while not state.done(experiment):
        state = advance(experiment, state, 1 if on_progress else experiment.epochs)
        records += state.records
        if on_progress:
            on_progress(state.epoch / experiment.epochs)
    return Result.collect(experiment, state, records)
