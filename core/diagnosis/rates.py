"""The search for a learning rate at which a diverged run does not diverge: it trains again at smaller rates, all as one stack."""

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

#: the largest number of rates to try; with 1, 2 and 5 in each decade, 12 rates span four decades
MOST_RATES = 12
#: the search ends with the first epoch that ends after this many seconds
MOST_SECONDS = 3.0


@dataclass(frozen=True)
class Rates:
    """The result of a search.

    `tried`: the rates, descending; `through`: the last epoch of their training.
    `stable`: the largest rate that did not diverge on any seed; None if all diverged.
    `best`: of the rates that did not diverge, the one with the lowest validation loss at the end (median over the seeds); None if all diverged.
    """

    tried: tuple[float, ...]
    through: int
    stable: float | None
    best: float | None


def smaller_rates(rate: float, count: int = MOST_RATES) -> tuple[float, ...]:
    """Return the `count` largest numbers below a rate of the sequence ..., 0.1, 0.2, 0.5, 1, 2, 5, ..., descending."""
    decade = math.floor(math.log10(rate)) + 1
    ladder = (float(f"{mantissa}e{decade - i}") for i in range(count) for mantissa in (5, 2, 1))
    return tuple(stop for stop in ladder if stop < rate * (1 - 1e-9))[:count]


def stable_rates(experiment: Experiment, index: int, data: Data, *, most_seconds: float = MOST_SECONDS) -> Rates:
    """Return the result of training run `index` at smaller learning rates, with everything else unchanged.

    All rates train as one stack, to the experiment's last epoch or for `most_seconds`, whichever comes first, but for at least one epoch.
    """
    started = time.monotonic()
    stack = _stack(experiment.alone(index), data)
    rates = tuple(run.learning_rate for run in stack.runs)
    state = begin(stack, data)
    records = list(state.records)
    while not state.done(stack) and (not state.epoch or time.monotonic() - started < most_seconds):
        state = advance(stack, state, 1)
        records += state.records
    result = Result.collect(stack, state, records)
    finite = (result.diverged_at < 0).all(axis=0)
    if not finite.any():
        return Rates(rates, state.epoch, None, None)
    loss = np.where(finite, np.median(result.at(result.last, "loss"), axis=0), np.inf)
    return Rates(rates, state.epoch, rates[int(finite.argmax())], rates[int(loss.argmin())])


def _stack(experiment: Experiment, data: Data) -> Experiment:
    """Return the experiment of one run with this run at smaller rates. It has at most `MOST_RATES` runs, fewer if the limits on its size require it."""
    run, count, n_params = experiment.runs[0], MOST_RATES, experiment.model.n_params(data.X.shape[1], len(data.outputs))
    while True:
        stack = replace(experiment, runs=tuple(replace(run, learning_rate=rate, label="") for rate in smaller_rates(run.learning_rate, count)))
        try:
            check_size(stack, data.n_train, n_params + len(run.loss.learned))
        except ValueError:
            count -= 1  # ends at 1 at the latest, because the run itself was within the limits
        else:
            return stack
