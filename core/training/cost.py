"""What an update costs: the processor time of one update of a run alone.

The time of a stack says little of its runs: in a stack of eight an update of a run costs less than half of what it costs alone. So the cost is measured
apart from the training, for each kind of run in the same way, and does not depend on the stack.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.experiment import Experiment, Run
from core.preparation.split import Data
from core.training.plan import Plan, initial_params
from core.training.stack import group_key
from core.training.threads import one_thread
from core.training.updates import update

Array = NDArray[Any]

#: updates that are timed, fewer after so many seconds; the first is not among them
_UPDATES, _SECONDS = 12, 0.005


def update_seconds(experiment: Experiment, data: Data) -> Array:
    """Return the processor time of one update of each run (R,), in seconds: of the run alone, with one seed, the fastest of up to 12 updates.

    Runs of one kind, which differ in numbers only, have the same cost, which is measured once in a process.
    """
    shared = experiment.model, experiment.batch_size, experiment.dtype, data.X.shape[1], len(data.outputs), data.n_train
    costs = []
    for index, run in enumerate(experiment.runs):
        known = _known((*_kind(run), *shared))
        if not known:
            known.append(_measured(replace(experiment.alone(index), seeds=1), data))
        costs.append(known[0])
    return np.array(costs)


@lru_cache(maxsize=1000)
def _known(kind: tuple[object, ...]) -> list[float]:
    """Return the list in which the cost of a kind is kept; empty before it was measured. So the cache holds no data."""
    return []


def _kind(run: Run) -> tuple[object, ...]:
    """Return what decides how long an update of a run takes: the kinds of its parts, and which limits it has."""
    return *map(group_key, (run.loss, run.optimizer, run.penalty)), *(bool(limit) for limit in (run.dropout, run.max_norm, run.clip_norm))


def _measured(experiment: Experiment, data: Data) -> float:
    """Return the processor seconds of the fastest of a few updates of an experiment of one run and one seed."""
    plan = Plan(experiment, data)
    params = plan.stack.start(initial_params(experiment, data).astype(experiment.dtype))
    optimizer, seconds = plan.stack.stepper.init(params), []
    began = time.perf_counter()
    with np.errstate(all="ignore"), one_thread():
        for batch in plan.batches(0, 0, min(plan.n_batches, _UPDATES + 1)):
            started = time.thread_time()
            update(plan, params, optimizer, batch)
            seconds.append(time.thread_time() - started)
            if time.perf_counter() - began > _SECONDS:
                break
    return max(min(seconds[1:] or seconds), 1e-9)
