"""Stacked, resumable training in slices: `start`, then `advance` as often as there is something left to train."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import Dataset, Table
from core.experiment import Experiment
from core.losses import Loss
from core.optimizers.base import State
from core.preparation.split import SPLITS, Data, prepare
from core.tasks import REGRESSION
from core.training.evaluation import evaluate
from core.training.limits import check_size, snapshots
from core.training.stack import Meter, RunStack, stack_order
from core.training.stopping import Best
from core.training.threads import one_thread

Array = NDArray[Any]

#: what a random draw is for: together with seed and epoch it fixes the draw
_WEIGHTS, _BATCHES, _DROPOUT = 0, 1, 2
#: PyTorch's guard in `clip_grad_norm_`
_CLIP_EPS = 1e-6
#: a loss this many times that of epoch 0 counts as diverged
_DIVERGED = 1e6
#: ... where a loss that begins at 0 counts as this
_LEAST_LOSS = 1e-6
SNAPSHOTS = 24


@dataclass(frozen=True, eq=False)
class Record:
    """What is kept of one epoch, runs in the experiment's order: metrics (splits, S, R), run metrics (S, R), perhaps seed 0's parameters (R, P)."""

    epoch: int
    metrics: dict[str, Array]
    run_metrics: dict[str, Array]
    snapshot: Array | None


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Everything that `advance` needs to go on, as arrays with axes (S seeds, R runs in stack order), and the records of the last slice.

    `epoch` whole epochs and `batch` updates of the next one are done. `sums` are the epoch's sums of gradient and update norms.
    `diverged_at` (S, R) is the epoch in which a replica was frozen, or -1; `stopped_at` that in which its patience ended. `best` is None where no run
    has patience. `slice_seconds` is the wall time that the last slice took.
    """

    data: Data
    params: Array
    optimizer: list[State]
    diverged_at: Array
    stopped_at: Array
    first_loss: Array
    seconds: Array
    sums: Array
    best: Best | None = None
    epoch: int = 0
    batch: int = 0
    slice_seconds: float = 0.0
    records: tuple[Record, ...] = field(default=())

    @property
    def running(self) -> Array:
        """Which replicas (S, R) still train."""
        return (self.diverged_at < 0) & (self.stopped_at < 0)

    def updates(self, experiment: Experiment) -> int:
        """Return the number of updates done."""
        return self.epoch * updates_per_epoch(experiment, self.data.n_train) + self.batch

    def done(self, experiment: Experiment) -> bool:
        """Return whether nothing is left to train. An epoch in which the last replica diverges is finished, so that it is recorded."""
        return self.epoch >= experiment.epochs or (self.batch == 0 and not self.running.any())


class _Plan:
    """What follows from the experiment and the data, and is cheap to derive again in each slice."""

    @np.errstate(over="ignore")  # a hyperparameter may be beyond single precision: its run diverges, or is not clipped
    def __init__(self, experiment: Experiment, data: Data) -> None:
        self.model = experiment.model
        self.order = stack_order(experiment.runs)
        runs = [experiment.runs[i] for i in self.order]
        self.stack = RunStack(runs, experiment.model, data, experiment.dtype)
        self.patience = np.array([run.patience for run in runs])
        self.batch_size = min(experiment.batch_size or data.n_train, data.n_train)
        self.batches = updates_per_epoch(experiment, data.n_train)
        self.snapshot_epochs = snapshot_epochs(experiment.epochs, snapshots(experiment, self.stack.n_params, SNAPSHOTS))
        self.train_weights = self.stack.row_weights(data, data.split("train"))

    def batch_shares(self, weights: Array) -> Array:
        """Return weights (..., n) divided by their sum over each batch; a batch of zero weights gives 0."""
        starts = np.arange(0, weights.shape[-1], self.batch_size)
        totals = np.add.reduceat(weights, starts, axis=-1)
        sizes = np.diff(starts, append=weights.shape[-1])
        return weights / np.repeat(np.where(totals > 0, totals, 1), sizes, axis=-1)

    def in_run_order(self, values: Array) -> Array:
        """Return stacked values (..., R) with the runs in the experiment's order."""
        return values[..., np.argsort(self.order)]


def initial_params(experiment: Experiment, data: Data) -> Array:
    """Return the initial parameters of the model for each seed, (S, P)."""
    seeds = [np.random.default_rng([seed, _WEIGHTS]) for seed in range(experiment.seeds)]
    return np.stack([experiment.model.init(rng, data.X.shape[1], len(data.outputs)) for rng in seeds])


def snapshot_epochs(epochs: int, most: int = SNAPSHOTS) -> tuple[int, ...]:
    """Return the epochs at which parameters are kept: all of a short training, else about `most`, denser at the start, where most happens."""
    if epochs <= most:
        return tuple(range(epochs + 1))
    spread = epochs * (np.arange(most + 1) / most) ** 2
    return tuple(sorted({round(e) for e in spread}))


def updates_per_epoch(experiment: Experiment, n_train: int) -> int:
    """Return how many mini-batches an epoch has; the last one may be smaller."""
    return -(-n_train // min(experiment.batch_size or n_train, n_train))


def start(experiment: Experiment, table: Table | None = None) -> TrainingState:
    """Return the state before the first update, with the record of epoch 0.

    `table` stands in for the experiment's own data. Raises `ValueError` for data that cannot be trained on, and as `begin` does.
    """
    links, resamplings = (tuple(dict.fromkeys(each)) for each in zip(*((run.loss.link, run.resampling) for run in experiment.runs), strict=True))
    how = experiment.validation_share, experiment.test_share, experiment.split_seed, experiment.dtype, links, experiment.corruption, resamplings
    data = _prepared(experiment.dataset, *how) if table is None else prepare(table, experiment.dataset.task, *how)
    return begin(experiment, data)


def begin(experiment: Experiment, data: Data) -> TrainingState:
    """Return the state before the first update on data that are split and scaled already, for the losses and resamplings of these runs or of more.

    Every run of a seed starts from the same weights. Raises `ValueError` for data that a loss is not defined for, for class weights that
    leave nothing to learn, and for more work than one experiment may ask for (`core.training.limits`).
    """
    for loss in {run.loss for run in experiment.runs}:
        _check_domain(loss, data)
    plan = _Plan(experiment, data)
    check_size(experiment, data.n_train, plan.stack.n_params)
    labels = experiment.labels()
    for i, weights in zip(plan.order, plan.train_weights, strict=True):
        if not weights.any():
            raise ValueError(f"run {labels[i]!r}: all training rows have weight 0: give at least one class of the data a weight above 0")
    params = plan.stack.start(initial_params(experiment, data).astype(experiment.dtype))
    replicas = params.shape[:2]
    state = TrainingState(
        data=data, params=params, optimizer=plan.stack.stepper.init(params), diverged_at=np.full(replicas, -1), stopped_at=np.full(replicas, -1),
        first_loss=np.zeros(replicas), seconds=np.zeros(len(experiment.runs)), sums=np.full((2, *replicas), np.nan),  # no update yet: no rate, no norms
        best=Best.before(params) if plan.patience.any() else None,
    )  # fmt: skip
    with np.errstate(all="ignore"), one_thread():
        state = _close_epoch(experiment, plan, state, np.full(len(experiment.runs), np.nan))
    return replace(state, first_loss=state.records[0].metrics["loss"][0][:, plan.order])


@lru_cache(maxsize=8)
def _prepared(dataset: Dataset, *how: Any) -> Data:
    """Return a data set split and scaled, which nothing changes; those used last are kept, because a class asks for the same ones."""
    return prepare(dataset.load(), dataset.task, *how)


def _check_domain(loss: Loss, data: Data) -> None:
    """Raise `ValueError` naming the first row whose target the loss is not defined for."""
    if data.task == REGRESSION:
        for name, values in zip(data.outputs, data.truth.T, strict=True):
            bad = [i for i in (values.argmin(), values.argmax()) if values[i] not in loss.target_domain]
            if bad:
                found = f"{name!r} has {values[bad[0]]:g} in row {data.rows[bad[0]] + 1}"
                raise ValueError(f"the loss {loss.title} is defined for targets in {loss.target_domain}, and {found}: take another loss for these data")


def advance(experiment: Experiment, state: TrainingState, epochs: int, *, max_updates: int | None = None) -> TrainingState:
    """Return the state after `epochs` more epochs, or after `max_updates` updates if those are fewer; its records are those of this slice.

    A pure function: `state` is left as it was, and slices of any size lead to the same bits. A replica whose gradient or
    loss stops being finite, or whose training loss passes 1e6 times that of epoch 0, is frozen and marked; the others go on.
    """
    began = time.perf_counter()
    plan = _Plan(experiment, state.data)
    copies = {name: getattr(state, name).copy() for name in ("params", "diverged_at", "stopped_at", "sums")}
    state = replace(state, **copies, records=())
    last = min(state.epoch + epochs, experiment.epochs)
    left = max_updates if max_updates is not None else epochs * plan.batches
    with np.errstate(all="ignore"), one_thread():
        while state.epoch < last and left > 0 and not state.done(experiment):
            end = min(state.batch + left, plan.batches)
            left -= end - state.batch
            state = _train_batches(experiment, plan, state, end)
            if end == plan.batches:
                rate = plan.stack.rates(np.array([(state.epoch * plan.batches + end - 1) / (experiment.epochs * plan.batches)]), experiment.epochs, "float64")
                state = _close_epoch(experiment, plan, replace(state, epoch=state.epoch + 1, batch=0), rate[0, :, 0])
    return replace(state, slice_seconds=time.perf_counter() - began)


def _train_batches(experiment: Experiment, plan: _Plan, state: TrainingState, end: int) -> TrainingState:
    """Return the state after updates `state.batch`..`end` of the current epoch. The state's own arrays are used up."""
    stack, batch = plan.stack, plan.batch_size
    X, targets, weights = _epoch_rows(experiment, plan, state.data, state.epoch)
    first_step = state.epoch * plan.batches + 1
    steps = np.arange(first_step + state.batch, first_step + end)
    rates = stack.rates((steps - 1) / (experiment.epochs * plan.batches), experiment.epochs, experiment.dtype)
    params, optimizer, active = state.params, state.optimizer, state.running
    (gradient_norms, update_norms), all_active = state.sums, bool(active.all())
    meter, wall, cpu = Meter(), time.perf_counter(), time.thread_time()
    for i in range(state.batch, end):
        rows = slice(i * batch, (i + 1) * batch)
        step, lr = first_step + i, rates[i - state.batch]
        batch_targets = {link: of_link[..., rows, :] for link, of_link in targets.items()}
        dropout = None
        if stack.dropout is not None:
            rngs = [np.random.default_rng([seed, _DROPOUT, step]) for seed in range(experiment.seeds)]
            dropout = plan.model.dropout(stack.dropout, weights[..., rows].shape[-1], rngs, experiment.dtype)
        grads = stack.gradient(plan.model, params, X[..., rows, :], batch_targets, weights[..., rows], meter, dropout)
        norm = np.sqrt(np.vecdot(grads, grads))
        gradient_norms += norm
        if stack.clip_norm is not None:
            grads *= np.minimum(stack.clip_norm / (norm + _CLIP_EPS), 1)[..., None]
        meter.charge()
        new_params, optimizer = stack.stepper.update(grads, optimizer, params, step, lr, meter)
        stack.apply_proximal(new_params, lr, meter)
        if stack.max_norm is not None:
            plan.model.limit_norms(new_params[..., : stack.n_params], X.shape[-1], stack.max_norm)
        if not math.isfinite(norm.sum()):  # in a diverging stack only: one cheap look each update
            lost = active & ~np.isfinite(norm)
            state.diverged_at[lost] = state.epoch + 1
            active, all_active = active & ~lost, False
        if not all_active:
            new_params = np.where(active[..., None], new_params, params)
        moved = new_params - params
        update_norms += np.sqrt(np.vecdot(moved, moved))
        params = new_params
        meter.charge()
    on_processor = (time.thread_time() - cpu) / max(time.perf_counter() - wall, 1e-9)
    seconds = meter.shares(len(plan.order)) * on_processor / experiment.seeds
    return replace(state, params=params, optimizer=optimizer, batch=end, seconds=state.seconds + seconds)


def _epoch_rows(experiment: Experiment, plan: _Plan, data: Data, epoch: int) -> tuple[Array, dict[str, Array], Array]:
    """Return the epoch's training rows in the order of its batches: X (S, 1, n, D), each link's targets (S, 1, n, K), weights (S, R, n).

    A seed's order is shared by all runs. Targets are stored class by class, like the scores that they meet. Weights are divided
    by their sum over the batch: the trainer's one reduction.
    """
    n = data.n_train
    if plan.batches == 1:
        whole = {link: targets.values[None, None, :n] for link, targets in data.targets.items()}
        return data.X[None, None, :n], whole, plan.batch_shares(plan.train_weights)[None]
    order = np.stack([np.random.default_rng([seed, _BATCHES, epoch]).permutation(n) for seed in range(experiment.seeds)])
    by_class = {link: np.ascontiguousarray(targets.values[order].mT).mT[:, None] for link, targets in data.targets.items()}
    return data.X[order][:, None], by_class, plan.batch_shares(plan.train_weights[:, order].swapaxes(0, 1))


def _close_epoch(experiment: Experiment, plan: _Plan, state: TrainingState, rates: Array) -> TrainingState:
    """Return the state with the record of the epoch that has just ended, after its learning rates (R,)."""
    stack, params, weights = plan.stack, state.params, state.params[..., : plan.stack.n_weights]
    metrics = evaluate(stack, plan.model, state.data, params)
    train_loss = metrics["loss"][SPLITS.index("train")]
    if state.epoch:
        diverged = state.running & ~(train_loss <= _DIVERGED * np.maximum(state.first_loss, _LEAST_LOSS))
        state.diverged_at[diverged] = state.epoch
    gone = ~state.running  # an epoch in which patience ends is still recorded
    kept, best = params, state.best
    if best is not None:
        best = best.after(state.epoch, metrics["loss"][SPLITS.index("validation")], params, ~gone)
        patient = ~gone & (plan.patience > 0)
        ends = patient & (state.epoch - best.epoch >= plan.patience)
        state.stopped_at[ends] = state.epoch
        kept = best.restored(params, ends | (patient & (state.epoch == experiment.epochs)))
    replicas = np.ones(gone.shape)
    run_metrics = {
        "penalty": stack.penalty_values(params),
        "learning_rate": rates * replicas,
        "gradient_norm": state.sums[0] / plan.batches,
        "update_norm": state.sums[1] / plan.batches,
        "weight_norm": np.sqrt(np.vecdot(weights, weights)),
        "zero_weights": (weights == 0).mean(axis=-1),
        "updates": float(state.epoch * plan.batches) * replicas,
        "seconds": state.seconds * replicas,
    }
    run_metrics |= {f"learned_{name}": values for name, values in stack.learned_values(params).items()}
    keep = state.epoch in plan.snapshot_epochs or not state.running.any()  # nothing comes after it
    record = Record(
        state.epoch,
        {name: plan.in_run_order(np.where(gone, np.nan, values)) for name, values in metrics.items()},
        {name: plan.in_run_order(np.where(gone, np.nan, values)) for name, values in run_metrics.items()},
        kept[0, np.argsort(plan.order), : stack.n_params] if keep else None,
    )
    return replace(state, params=kept, best=best, sums=np.zeros_like(state.sums), records=(*state.records, record))
