"""The training of a stack of runs, in slices: `start` returns the first state, and each call of `advance` the state after one more slice."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Dataset, Table
from core.experiment import Experiment
from core.losses import Loss
from core.preparation.split import SPLITS, Data, Preparation, prepare
from core.tasks import REGRESSION
from core.training.cost import update_seconds
from core.training.evaluation import evaluate
from core.training.limits import check_size, check_units
from core.training.plan import Plan, initial_params
from core.training.stack import class_weights, row_weights
from core.training.state import Record, TrainingState
from core.training.stopping import Best
from core.training.threads import one_thread
from core.training.updates import norms, train_batches
from core.words import Figure, Said

Array = NDArray[Any]

#: a replica has diverged when its training loss exceeds this many times that of epoch 0
_DIVERGED = 1e6
#: ... where a loss of epoch 0 below this counts as this
_LEAST_LOSS = 1e-6


def start(experiment: Experiment, table: Table | None = None) -> TrainingState:
    """Return the state before the first update, with the record of epoch 0. All runs of a seed start from the same weights.

    `table`: data that replace the experiment's data set. Raise ValueError for runs with models or batch sizes of their own, and as `prepared` does.
    """
    if any(run.model is not None or run.batch_size is not None for run in experiment.runs):
        raise ValueError(Said("runs with models or batch sizes of their own are no single stack: `train` trains them"))
    return begin(experiment, prepared(experiment, table))


def prepared(experiment: Experiment, table: Table | None = None) -> Data:
    """Return the experiment's data, or those of `table`, split and scaled. They do not depend on the runs.

    Raise ValueError for data that cannot be trained on, if a loss is not defined for the data, if class weights give all training rows of a run weight 0,
    and if the experiment exceeds the limits of `core.training.limits`.
    """
    dataset, preparation = experiment.dataset, experiment.preparation
    data = _prepared(dataset, preparation) if table is None else prepare(table, dataset.task, preparation)
    for loss in {run.loss for run in experiment.runs}:
        _check_domain(loss, data)
    check_size(experiment, data.n_train, [model.n_params(data.X.shape[1], len(data.outputs)) for model in experiment.models])
    check_units(experiment, data.n_train, data.X.shape[1] + len(data.outputs))
    with np.errstate(over="ignore"):  # a weight may exceed single precision; its run then diverges
        weights = row_weights(experiment.runs, class_weights(experiment.runs, data, experiment.dtype), data, data.split("train"))
    for label, of_run in zip(experiment.labels(), weights, strict=True):
        if not of_run.any():
            said = Said("run {label}: all training rows have weight 0: give at least one class of the data a weight above 0", label=repr(label))
            raise ValueError(said)
    return data


@lru_cache(maxsize=8)
def _prepared(dataset: Dataset, preparation: Preparation) -> Data:
    """Return a data set, split and scaled, from a cache of the last ones, because many sessions use the same. Nothing may change it."""
    return prepare(dataset.load(), dataset.task, preparation)


def begin(experiment: Experiment, data: Data) -> TrainingState:
    """Return the state before the first update, with the record of epoch 0, of runs without models and batch sizes of their own. `data`: of `prepared`."""
    plan = Plan(experiment, data)
    params = plan.stack.start(initial_params(experiment, data).astype(experiment.dtype))
    replicas = params.shape[:2]
    state = TrainingState(
        data=data, params=params, optimizer=plan.stack.stepper.init(params), diverged_at=np.full(replicas, -1), stopped_at=np.full(replicas, -1),
        first_loss=np.zeros(replicas), update_seconds=np.full(len(experiment.runs), np.nan),
        sums=np.full((2, *replicas), np.nan),  # NaN: no update has norms yet
        best=Best.before(params) if plan.patience.any() else None,
    )  # fmt: skip
    with np.errstate(all="ignore"), one_thread():
        state = _close_epoch(plan, state, np.full(len(experiment.runs), np.nan))
    return replace(state, first_loss=state.records[0].metrics["loss"][SPLITS.index("train")])


def _check_domain(loss: Loss, data: Data) -> None:
    """Raise ValueError, with a row as an example, if the loss is not defined for all targets of a regression."""
    if data.task != REGRESSION:
        return
    for name, values in zip(data.outputs, data.truth.T, strict=True):
        for row in (values.argmin(), values.argmax()):
            if values[row] not in loss.target_domain:
                said = Said(
                    "the loss {loss} is defined for targets in {domain}, and {target} has {value} in row {row}: take another loss for these data",
                    loss=Said(loss.title), domain=str(loss.target_domain), target=repr(name), value=Figure(float(values[row]), "g"),
                    row=int(data.rows[row]) + 1,
                )  # fmt: skip
                raise ValueError(said)


def advance(experiment: Experiment, state: TrainingState, epochs: int, *, max_updates: int | None = None) -> TrainingState:
    """Return the state after `epochs` more epochs, or after `max_updates` updates if that is less. Its records are those of this slice.

    The function is pure: it does not change `state`, and slices of any size lead to the same bits.
    A replica diverges when its gradient or loss is no longer finite, or its training loss exceeds 1e6 times that of epoch 0.
    A diverged replica is marked and its parameters are frozen. The others continue.
    """
    if np.isnan(state.update_seconds).any():
        state = replace(state, update_seconds=update_seconds(experiment, state.data))
    began = time.perf_counter()
    plan = Plan(experiment, state.data)
    copies = {name: getattr(state, name).copy() for name in ("params", "diverged_at", "stopped_at", "sums")}
    state = replace(state, **copies, records=())
    last_epoch = min(state.epoch + epochs, experiment.epochs)
    updates_left = max_updates if max_updates is not None else epochs * plan.n_batches
    with np.errstate(all="ignore"), one_thread():
        while state.epoch < last_epoch and updates_left > 0 and not state.done(experiment):
            end = min(state.batch + updates_left, plan.n_batches)
            updates_left -= end - state.batch
            state = train_batches(plan, state, end)
            if end == plan.n_batches:
                last_rate = plan.rates(np.array([state.epoch * plan.n_batches + end - 1]), "float64")[0, :, 0]
                state = _close_epoch(plan, replace(state, epoch=state.epoch + 1, batch=0), last_rate)
    return replace(state, slice_seconds=time.perf_counter() - began)


def _close_epoch(plan: Plan, state: TrainingState, rates: Array) -> TrainingState:
    """Return the state with the record of the epoch that has just ended. `rates` (R,): the learning rates of its last update."""
    metrics = evaluate(plan.stack, plan.model, state.data, state.params)
    train_loss, validation_loss = (metrics["loss"][SPLITS.index(split)] for split in ("train", "validation"))
    if state.epoch:
        diverged = state.running & ~(train_loss <= _DIVERGED * np.maximum(state.first_loss, _LEAST_LOSS))
        state.diverged_at[diverged] = state.epoch
    ended = ~state.running  # before patience is checked, because the epoch in which it ends is still recorded
    run_metrics = _run_metrics(plan, state, rates)
    kept, best = _after_patience(plan, state, validation_loss)
    ends = ~state.running.any(axis=0) & (np.maximum(state.diverged_at, state.stopped_at).max(axis=0) == state.epoch)  # with this epoch a run is over
    keep_snapshot = state.epoch in plan.snapshot_epochs or ends.any()
    record = Record(
        state.epoch,
        {name: np.where(ended, np.nan, values) for name, values in metrics.items()},
        {name: np.where(ended, np.nan, values) for name, values in run_metrics.items()},
        kept[0, :, : plan.stack.n_params].copy() if keep_snapshot else None,
    )
    return replace(state, params=kept, best=best, sums=np.zeros_like(state.sums), records=(*state.records, record))


def _after_patience(plan: Plan, state: TrainingState, validation_loss: Array) -> tuple[Array, Best | None]:
    """Return the parameters (S, R, P + E) and the best ones after an epoch. Mark the replicas whose patience ends, in place.

    These replicas get their best parameters back. At the last epoch all replicas with patience do. `validation_loss` (S, R).
    """
    if state.best is None:
        return state.params, None
    running = state.running
    best = state.best.after(state.epoch, validation_loss, state.params, running)
    patient = running & (plan.patience > 0)
    ends = patient & (state.epoch - best.epoch >= plan.patience)
    state.stopped_at[ends] = state.epoch
    return best.restored(state.params, ends | (patient & (state.epoch == plan.experiment.epochs))), best


def _run_metrics(plan: Plan, state: TrainingState, rates: Array) -> dict[str, Array]:
    """Return the metrics of the runs themselves at the end of an epoch, each (S, R). `rates` (R,): the learning rates of its last update."""
    stack, params = plan.stack, state.params
    weights, replicas, updates = params[..., : stack.n_weights], np.ones(params.shape[:2]), float(state.epoch * plan.n_batches)
    metrics = {
        "penalty": stack.penalty_values(params),
        "learning_rate": rates * replicas,
        "gradient_norm": state.sums[0] / plan.n_batches,
        "update_norm": state.sums[1] / plan.n_batches,
        "weight_norm": norms(weights),
        "zero_weights": (weights == 0).mean(axis=-1),
        "updates": updates * replicas,
        "seconds": updates * state.update_seconds * replicas if updates else np.zeros(replicas.shape),
    }
    return metrics | {f"learned_{name}": values for name, values in stack.learned_values(params).items()}
