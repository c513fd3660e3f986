"""The stack: losses, penalties and optimizers of all runs, applied to arrays whose leading axes are (S seeds, R runs).

Runs stand on the run axis in the experiment's order. Runs whose items have the same kind, switches and choices form a group.
A group has one item, whose numeric hyperparameters are columns with one value for each of its runs. Loops go over groups, not over runs.
The runs of a group are a slice of the run axis if they are evenly spaced; otherwise they are selected by an index array.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.experiment import Run
from core.losses import Loss
from core.models import Dropout, Model
from core.optimizers import Optimizer
from core.optimizers.base import State
from core.parameters import Declared, Number
from core.preparation.split import Data
from core.tasks import CLASSIFICATION

Array = NDArray[Any]
Index = slice | Array
T = TypeVar("T", bound=Declared)

#: bytes of the parameters that are updated at a time
_CACHED_BYTES = 1_000_000


@dataclass(frozen=True, eq=False)
class Group(Generic[T]):
    """A group of runs. `item`: one item with columns for numbers. `index`: the positions of the runs on the run axis. `size`: the number of runs."""

    item: T
    index: Index
    size: int


def class_weights_of(run: Run, data: Data) -> Array:
    """Return the weight of each class (K,), computed from the class counts after the run's resampling. A regression has one class."""
    return run.class_weights.weights(data.class_counts(run.resampling) if data.task == CLASSIFICATION else np.ones(1))


def class_weights(runs: Sequence[Run], data: Data, dtype: str) -> Array:
    """Return the weights of the classes in each run (R, K); ones (R, 1) for a regression."""
    return np.array([class_weights_of(run, data) for run in runs], dtype)


def row_weights(runs: Sequence[Run], of_classes: Array, data: Data, rows: slice) -> Array:
    """Return the weight of each row in each run (R, N): class weight x sample weight x number of times that the run's resampling draws the row.

    `of_classes` (R, K): the `class_weights` of the runs.
    """
    truth = data.truth[rows]
    classes = truth if truth.ndim == 1 else np.zeros(len(truth), int)
    weights: Array = of_classes[:, classes] * data.sample_weights[rows]
    for run, weight in zip(runs, weights, strict=True):
        if run.resampling in data.draws:
            weight *= data.draws[run.resampling][rows]
    return weights


def groups(items: Sequence[T], trailing: int, dtype: str) -> list[Group[T]]:
    """Return the groups of the items: those of one group have the same kind, and differ in numbers only.

    The numbers of a group become arrays of shape (R_k,) + (1,) * trailing. `trailing`: how many axes follow the run axis.
    """
    members: dict[Any, list[int]] = {}
    for i, item in enumerate(items):
        members.setdefault(group_key(item), []).append(i)
    return [Group(_columns([items[i] for i in index], trailing, dtype), _as_slice(index), len(index)) for index in members.values()]


def group_key(item: Declared) -> tuple[Any, ...]:
    """Return what items of one group have in common: kind, switches and choices."""
    return (item.kind, *(getattr(item, name) for name, parameter in item.parameters().items() if not isinstance(parameter, Number)))


def _columns(items: Sequence[T], trailing: int, dtype: str) -> T:
    """Return one item whose numbers are columns. It is not validated; the single items were."""
    stacked = copy.copy(items[0])
    for name, parameter in stacked.parameters().items():
        if isinstance(parameter, Number):
            column = np.array([getattr(item, name) for item in items], dtype).reshape(-1, *(1,) * trailing)
            object.__setattr__(stacked, name, column)
    return stacked


def _as_slice(index: list[int]) -> Index:
    """Return the indices as a slice if they are evenly spaced, else as an array. A slice makes a view and keeps the memory layout."""
    steps = set(np.diff(index).tolist())
    if len(steps) > 1:
        return np.array(index)
    return slice(index[0], index[-1] + 1, steps.pop() if steps else 1)


def _limits(values: Sequence[float], dtype: str) -> Array | None:
    """Return the limits (R,), with infinity in place of 0 (no limit); None if no run has a limit."""
    return np.array([value or np.inf for value in values], dtype) if any(values) else None


class Stepper:
    """The optimizers of R runs. Each updates its own run's parameters in an array (S, R, P)."""

    def __init__(self, optimizers: Sequence[Optimizer], dtype: str, decayed: Array | None = None) -> None:
        """Group the optimizers. `decayed` (P,): 1 for parameters that decoupled weight decay applies to, else 0; None: it applies to all."""
        self.groups = groups(optimizers, 1, dtype)
        for group in self.groups:
            if decayed is not None and "weight_decay" in group.item.parameters():
                object.__setattr__(group.item, "weight_decay", getattr(group.item, "weight_decay") * decayed.astype(dtype))  # noqa: B009  not a field of every rule

    def init(self, params: Array) -> list[State]:
        """Return the optimizer state of each group before the first update."""
        return [group.item.init(params[:, group.index]) for group in self.groups]

    def update(self, grads: Array, states: list[State], params: Array, step: int, lr: Array) -> tuple[Array, list[State]]:
        """Return parameters (S, R, P) and states after update number `step` (from 1). `lr` (R, 1): learning rates.

        Large stacks are updated a few seeds at a time, which gives the same bits: what a rule computes on the way then fits in a processor's cache.
        """
        new_params = np.empty_like(params)
        new_states: list[State] = []
        at_a_time = max(1, _CACHED_BYTES * len(params) // params.nbytes)
        for group, state in zip(self.groups, states, strict=True):
            i, new_state = group.index, State()
            for first in range(0, len(params), at_a_time):
                seeds = slice(first, first + at_a_time)
                of_seeds = {name: array[seeds] for name, array in state.items()}
                new_params[seeds, i], of_seeds = group.item.update(grads[seeds, i], of_seeds, params[seeds, i], step, lr[i])
                if at_a_time >= len(params):
                    new_state = of_seeds
                    break
                for name, array in of_seeds.items():
                    new_state.setdefault(name, np.empty((len(params), *array.shape[1:]), array.dtype))[seeds] = array
            new_states.append(new_state)
        return new_params, new_states


class RunStack:
    """The losses, penalties and optimizers of an experiment's runs, applied to all runs at once.

    Packed parameters have shape (S, R, P + E). The first P are the model's, and the first `n_weights` of them are weights.
    The last E are the unconstrained numbers of hyperparameters that losses learn; E is the largest number that any loss of the stack needs.
    """

    def __init__(self, runs: Sequence[Run], model: Model, data: Data, dtype: str) -> None:
        """Group the items of the runs, for a model on these data."""
        self.n_features = data.X.shape[1]
        sizes = self.n_features, len(data.outputs)
        n_params, n_weights = model.n_params(*sizes), model.n_weights(*sizes)
        self.n_params = n_params
        self.n_weights = n_weights
        self.losses = groups([run.loss for run in runs], 2, dtype)
        self.links = tuple(dict.fromkeys(group.item.link for group in self.losses))
        self.n_learned = max(len(group.item.learned) for group in self.losses)
        self.penalties = [group for group in groups([run.penalty for run in runs], 1, dtype) if group.item.kind != "none"]
        self.stepper = Stepper([run.optimizer for run in runs], dtype, np.repeat([1, 0], [n_params, self.n_learned]) if self.n_learned else None)
        #: the schedules that differ, and which of them each run has
        self.schedules = [*dict.fromkeys(run.schedule for run in runs)]
        self._schedule_of = [self.schedules.index(run.schedule) for run in runs]
        self.learning_rates = np.array([run.learning_rate for run in runs])
        #: limits (R,) of gradient norms and (R, 1, 1) of weight norms; infinite for a run without a limit, None if no run has one
        self.clip_norm = _limits([run.clip_norm for run in runs], dtype)
        limits = _limits([run.max_norm for run in runs], dtype)
        self.max_norm = None if limits is None else limits[:, None, None]
        #: dropout rates (R, 1, 1); None if no run drops units
        self.dropout = np.array([run.dropout for run in runs])[:, None, None] if model.widths and any(run.dropout for run in runs) else None
        self.runs = tuple(runs)
        self.class_weights = class_weights(runs, data, dtype)

    def rates(self, progress: Array, epochs: int, dtype: str) -> Array:
        """Return the learning rates (U, R, 1) of U updates. `progress` (U,): the share of the training that is done. `epochs`: its length."""
        factors = np.stack([schedule.factor(progress, epochs) for schedule in self.schedules], axis=1)[:, self._schedule_of]
        return (factors * self.learning_rates)[..., None].astype(dtype)

    def row_weights(self, data: Data, rows: slice) -> Array:
        """Return the weight of each row in each run (R, N), as the function `row_weights` does."""
        return row_weights(self.runs, self.class_weights, data, rows)

    def start(self, initial: Array) -> Array:
        """Return the packed parameters (S, R, P + E) at the start. All runs of a seed have the model parameters `initial` (S, P)."""
        runs = len(self.learning_rates)
        params = np.zeros((len(initial), runs, self.n_params + self.n_learned), initial.dtype)
        params[..., : self.n_params] = initial[:, None]
        for group in self.losses:
            params[:, group.index, self._tail(group)] = group.item.latent()
        return params

    def _tail(self, group: Group[Loss]) -> slice:
        return slice(self.n_params, self.n_params + len(group.item.learned))

    def _losses_at(self, params: Array) -> Iterator[tuple[Group[Loss], Loss]]:
        """Yield each group of losses with its loss at the learned hyperparameters in `params`."""
        for group in self.losses:
            yield group, group.item.at(params[:, group.index, self._tail(group)]) if group.item.learned else group.item

    def values(self, scores: Array, targets: Mapping[str, Array], params: Array) -> Array:
        """Return each run's own loss per sample (S, R, B). `scores` (S, R, B, K); `targets` (S or 1, 1, B, K) by link."""
        values = np.empty(scores.shape[:-1], scores.dtype)
        for group, loss in self._losses_at(params):
            values[:, group.index] = loss.value(scores[:, group.index], targets[loss.link])
        return values

    def gradient(
        self, model: Model, params: Array, X: Array, targets: Mapping[str, Array], weights: Array, dropout: Dropout | None = None
    ) -> Array:
        """Return the gradient of each run's objective, (S, R, P + E): its losses, summed with `weights` (S, R, B), and its penalty."""
        n = self.n_params
        scores, inputs = model.forward(params[..., :n], X, dropout)
        dscores = self._score_gradient(scores, targets, params)
        dscores *= weights[..., None]
        grads = np.empty_like(params)
        model.backward(params[..., :n], inputs, dscores, grads[..., :n], dropout)
        if self.n_learned:
            grads[..., n:] = self._learned_gradient(scores, targets, weights, params)
        if self.penalties:
            self.add_penalty_gradient(grads, params)
        return grads

    def _score_gradient(self, scores: Array, targets: Mapping[str, Array], params: Array) -> Array:
        """Return the derivative of each sample's loss by its scores, (S, R, B, K)."""
        gradient = np.empty_like(scores)
        for group, loss in self._losses_at(params):
            gradient[:, group.index] = loss.gradient(scores[:, group.index], targets[loss.link])
        return gradient

    def _learned_gradient(self, scores: Array, targets: Mapping[str, Array], weights: Array, params: Array) -> Array:
        """Return the derivative of each run's loss, summed with `weights` (S, R, B), by its learned numbers: (S, R, E)."""
        gradient = np.zeros((*scores.shape[:2], self.n_learned), scores.dtype)
        for group, loss in self._losses_at(params):
            if loss.learned:
                of_sample = loss.latent_gradient(scores[:, group.index], targets[loss.link])
                gradient[:, group.index, : len(loss.learned)] = np.einsum("srbe,srb->sre", of_sample, weights[:, group.index])
        return gradient

    def learned_values(self, params: Array) -> dict[str, Array]:
        """Return the learned hyperparameters, (S, R) by name; NaN for a run whose loss does not learn it."""
        values: dict[str, Array] = {}
        for group, loss in self._losses_at(params):
            for name in loss.learned:
                values.setdefault(name, np.full(params.shape[:2], np.nan))[:, group.index] = getattr(loss, name)[..., 0, 0]
        return values

    def penalty_values(self, params: Array) -> Array:
        """Return each run's penalty, (S, R)."""
        values = np.zeros(params.shape[:-1], params.dtype)
        for group in self.penalties:
            values[:, group.index] = group.item.value(params[:, group.index, : self.n_weights])
        return values

    def add_penalty_gradient(self, grads: Array, params: Array) -> None:
        """Add the penalties' gradients to `grads` (S, R, P) in place."""
        for group in self.penalties:
            grads[:, group.index, : self.n_weights] += group.item.gradient(params[:, group.index, : self.n_weights])

    def step(self, model: Model, grads: Array, states: list[State], params: Array, step: int, lr: Array) -> tuple[Array, list[State]]:
        """Return parameters (S, R, P + E) and states after update number `step`: optimizers, proximal steps, limits of norms."""
        new_params, states = self.stepper.update(grads, states, params, step, lr)
        self._apply_proximal(new_params, lr)
        if self.max_norm is not None:
            model.limit_norms(new_params[..., : self.n_params], self.n_features, self.max_norm)
        return new_params, states

    def _apply_proximal(self, params: Array, lr: Array) -> None:
        """Apply the proximal steps of the penalties that have one to `params` (S, R, P + E), in place."""
        for group in self.penalties:
            if group.item.has_proximal:
                i = group.index
                params[:, i, : self.n_weights] = group.item.proximal(params[:, i, : self.n_weights], lr[i])
