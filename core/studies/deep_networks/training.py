"""The training of deep networks that are equally deep, in slices: `start` returns the first state, `advance` the state after some more updates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES
from core.optimizers.base import State
from core.preparation.split import Data
from core.studies.deep_networks.measures import of_layers
from core.studies.deep_networks.networks import PROBED, RECORDS, Networks
from core.studies.deep_networks.tower import Tower
from core.tasks import IDENTITY
from core.training.recorded_training import RunsState, begun, go_on
from core.training.stack import Stepper
from core.training.updates import norms

Array = NDArray[Any]

#: purposes of random numbers: seed, purpose and epoch determine a draw
_START, _BATCHES = 0, 1
#: PyTorch's guard in `clip_grad_norm_`
_CLIP_EPS = 1e-6
#: the first updates change most: record k of n is at the share (k / n)^`_EARLY` of the updates
_EARLY = 1.7
_LOSS = LOSSES["cross_entropy"]()


@dataclass(frozen=True, eq=False)
class Record:
    """What was measured after an update: `metrics` (S, R), and `layers` (S, R, L) by name, of the gradient (S, R, L + 1). NaN after a divergence."""

    update: int
    metrics: dict[str, Array]
    layers: dict[str, Array]


def recorded_updates(networks: Networks) -> tuple[int, ...]:
    """Return the updates after which networks are recorded."""
    return tuple(sorted({round((place / RECORDS) ** _EARLY * networks.updates) for place in range(RECORDS + 1)}))


class Learner:
    """The runs of a stack on their data: batches, gradients, steps, and what is measured. It is cheap, so each slice makes it anew."""

    def __init__(self, networks: Networks, data: Data) -> None:
        self.networks, self.data = networks, data
        self.tower = Tower(networks.runs, networks.width, data.X.shape[1], len(data.outputs), networks.dtype)
        self.stepper = Stepper([run.optimizer for run in networks.runs], networks.dtype)
        self._rates = np.array([[run.learning_rate] for run in networks.runs], networks.dtype)
        limits = [run.clip_norm or np.inf for run in networks.runs]
        self._limits = np.array(limits, networks.dtype) if np.isfinite(limits).any() else None
        self._targets = data.targets[IDENTITY].values
        self.batch_size = min(networks.batch, data.n_train)
        self._order: tuple[int, Array] | None = None

    def start(self) -> Array:
        """Return the parameters (S, R, P) before the first update."""
        return self.tower.start(self.networks.seed_numbers, _START)

    def rows(self, update: int) -> Array:
        """Return the training rows (S, B) of an update, from 0. Each epoch has an order of its own, and leaves the rows out that fill no batch."""
        epoch, place = divmod(update, self.data.n_train // self.batch_size)
        if self._order is None or self._order[0] != epoch:
            orders = [np.random.default_rng([seed, _BATCHES, epoch]).permutation(self.data.n_train) for seed in self.networks.seed_numbers]
            self._order = epoch, np.stack(orders)
        return self._order[1][:, place * self.batch_size : (place + 1) * self.batch_size]

    def shares(self, rows: Array) -> Array:
        """Return the weights of rows (..., B), divided by their sum, which makes the weighted sum of losses a mean; 0 if all are 0."""
        weights = self.data.sample_weights[rows]
        total = weights.sum(axis=-1, keepdims=True)
        shares: Array = (weights / np.where(total > 0, total, 1)).astype(self.networks.dtype)
        return shares

    def gradient(self, params: Array, rows: Array) -> Array:
        """Return the gradient (S, R, P) of the mean loss of rows (S or 1, B)."""
        X, shares = self.data.X[rows][:, None], self.shares(rows)[:, None, None]
        passage = self.tower.forward(params, X, shares)
        return self.tower.backward(params, passage, self._slopes(passage.scores, rows, shares), shares)

    def _slopes(self, scores: Array, rows: Array, shares: Array) -> Array:
        slopes: Array = _LOSS.gradient(scores, self._targets[rows][:, None]) * shares.mT
        return slopes

    def updated(self, params: Array, optimizer: list[State], step: int) -> tuple[Array, list[State]]:
        """Return the parameters and the optimizers' states after update number `step`, from 1."""
        gradient = self.gradient(params, self.rows(step - 1))
        if self._limits is not None:
            gradient *= np.minimum(self._limits / (norms(gradient) + _CLIP_EPS), 1)[..., None]
        return self.stepper.update(gradient, optimizer, params, step, self._rates)

    def measured(self, params: Array) -> tuple[dict[str, Array], dict[str, Array]]:
        """Return the measures of the runs, (S, R), and of their layers. The statistics of all training rows serve the test rows."""
        data, metrics = self.data, {}
        train, test = np.arange(data.n_train), np.arange(*data.split("test").indices(len(data.X)))
        statistics = None
        for place, rows in (("train", train), ("test", test)):
            passage = self.tower.forward(params, data.X[rows][None, None], self.shares(rows)[None, None, None], statistics, keep=False)
            statistics = passage.statistics
            metrics[place] = self._scored(passage.scores, rows)
        probe = train[:PROBED][None]
        X, shares, signals = data.X[probe][:, None], self.shares(probe)[:, None, None], list[Array]()
        passage = self.tower.forward(params, X, shares)
        gradient = self.tower.backward(params, passage, self._slopes(passage.scores, probe, shares), shares, signals)
        of_runs = {
            "loss": metrics["train"][0], "accuracy": metrics["test"][1], "train_accuracy": metrics["train"][1], "test_loss": metrics["test"][0],
            "norm": norms(gradient.astype(float)),
        }  # fmt: skip
        return of_runs, of_layers(self.tower, passage, gradient, signals)

    def _scored(self, scores: Array, rows: Array) -> tuple[Array, Array]:
        """Return the mean loss and the share of the rows that are named right, each (S, R), weighted by the rows' weights."""
        shares = self.shares(rows).astype(float)
        right = scores.argmax(axis=-1) == self.data.truth[rows]
        return (_LOSS.value(scores, self._targets[rows][None, None]) * shares).sum(axis=-1), (right * shares).sum(axis=-1)


def start(networks: Networks, data: Data) -> RunsState:
    """Return the state before the first update. Raise ValueError, with the reason, for more than a comparison may ask for."""
    networks.check(len(data.X), data.X.shape[1], len(data.outputs))
    return begun(Learner(networks, data))


def advance(networks: Networks, state: RunsState, updates: int, data: Data) -> tuple[RunsState, list[Record]]:
    """Return the state after so many more updates, at most to the end, and the records of this slice, as `recorded_training.go_on` does."""
    return go_on(Learner(networks, data), state, updates, recorded_updates(networks), _record)


def _record(learner: Learner, state: RunsState) -> Record:
    """Return the record of a state."""
    metrics, layers = learner.measured(state.params)
    runs = state.diverged_at < 0
    return Record(
        state.update, {name: np.where(runs, values, np.nan) for name, values in metrics.items()},
        {name: np.where(runs[..., None], values, np.nan) for name, values in layers.items()},
    )  # fmt: skip
