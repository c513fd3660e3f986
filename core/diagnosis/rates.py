"""At which learning rate a run that diverged would not have: it is trained again at smaller ones, as one stack."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np

from core.experiment import Experiment
from core.preparation.split import Data
from core.training.limits import check_size
from core.training.results import Result
from core.training.slices import advance, begin

#: so many rates are tried, on a ladder of 1, 2, 5 in each decade: four decades
MOST_RATES = 12
#: it stops after this many seconds, at the end of an epoch
MOST_SECONDS = 3.0


@dataclass(frozen=True)
class Rates:
    """What was tried: the rates, descending; through which epoch; the largest that did not diverge by then, and the best of those (None: all diverged).

    The best has the lowest validation loss at the end, as the median over the seeds.
    """

    tried: tuple[float, ...]
    through: int
    stable: float | None
    best: float | None


def smaller_rates(rate: float, count: int = MOST_RATES) -> tuple[float, ...]:
    """Return the next `count` stops below a rate on the ladder ..., 0.1, 0.2, 0.5, 1, 2, 5, ..., the largest first."""
    decade = math.floor(math.log10(rate)) + 1
    ladder = (float(f"{mantissa}e{decade - i}") for i in range(count) for mantissa in (5, 2, 1))
    return tuple(stop for stop in ladder if stop < rate * (1 - 1e-9))[:count]


def stable_rates(experiment: Experiment, index: int, data: Data, *, most_seconds: float = MOST_SECONDS) -> Rates:
    """Return at which smaller learning rates run `index` does not diverge, with everything else as it is.

    All rates train as one stack, to the experiment's last epoch or for `most_seconds`, whichever comes first, but at least through an epoch.
    """
    began = time.monotonic()
    stack = _stack(experiment, index, data)
    rates = tuple(run.learning_rate for run in stack.runs)
    state = begin(stack, data)
    records = list(state.records)
    while not state.done(stack) and (not state.epoch or time.monotonic() - began < most_seconds):
        state = advance(stack, state, 1)
        records += state.records
    result = Result.collect(stack, state, records)
    finite = (result.diverged_at < 0).all(axis=0)
    if not finite.any():
        return Rates(rates, state.epoch, None, None)
    loss = np.where(finite, np.median(result.at(result.last, "loss"), axis=0), np.inf)
    return Rates(rates, state.epoch, rates[int(finite.argmax())], rates[int(loss.argmin())])


def _stack(experiment: Experiment, index: int, data: Data) -> Experiment:
    """Return the experiment of run `index` at smaller rates: as many as one experiment may have."""
    run, count, n_params = experiment.runs[index], MOST_RATES, experiment.model.n_params(data.X.shape[1], len(data.outputs))
    while True:
        stack = replace(experiment, runs=tuple(replace(run, learning_rate=rate, label="") for rate in smaller_rates(run.learning_rate, count)))
        try:
            check_size(stack, data.n_train, n_params + len(run.loss.learned))
        except ValueError:
            count -= 1  # one alone is never too much: it was trained
        else:
            return stack
