"""Deep networks that are equally deep as one stack: batches, gradients, and what is measured. Axes: S seeds, R runs, B rows, L layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES
from core.preparation.split import Data
from core.studies.deep_networks.measures import of_layers
from core.studies.deep_networks.networks import PROBED, Networks
from core.studies.deep_networks.tower import Tower
from core.tasks import IDENTITY
from core.training import recorded_training
from core.training.recorded_training import Record, RunsState, stepper
from core.training.updates import norms

Array = NDArray[Any]

#: purposes of random numbers: seed, purpose and epoch determine a draw
_START, _BATCHES = 0, 1
#: PyTorch's guard in `clip_grad_norm_`
_CLIP_EPS = 1e-6
_LOSS = LOSSES["cross_entropy"]()


class Learner(recorded_training.Learner):
    """The runs of a stack on their data: batches, gradients, steps, and what is measured. It is cheap, so each slice makes it anew."""

    document: Networks

    def __init__(self, networks: Networks, data: Data) -> None:
        self.document, self.data, self.steps = networks, data, [stepper(networks)]
        self.tower = Tower(networks.runs, networks.width, data.X.shape[1], len(data.outputs), networks.dtype)
        limits = [run.clip_norm or np.inf for run in networks.runs]
        self._limits = np.array(limits, networks.dtype) if np.isfinite(limits).any() else None
        self._targets = data.targets[IDENTITY].values
        self.batch_size = min(networks.batch, data.n_train)
        self._order: tuple[int, Array] | None = None

    def start(self) -> Array:
        """Return the parameters (S, R, P) before the first update."""
        return self.tower.start(self.document.seed_numbers, _START)

    def rows(self, update: int) -> Array:
        """Return the training rows (S, B) of an update, from 0. Each epoch has an order of its own, and leaves the rows out that fill no batch."""
        epoch, place = divmod(update, self.data.n_train // self.batch_size)
        if self._order is None or self._order[0] != epoch:
            orders = [np.random.default_rng([seed, _BATCHES, epoch]).permutation(self.data.n_train) for seed in self.document.seed_numbers]
            self._order = epoch, np.stack(orders)
        return self._order[1][:, place * self.batch_size : (place + 1) * self.batch_size]

    def shares(self, rows: Array) -> Array:
        """Return the weights of rows (..., B), divided by their sum, which makes the weighted sum of losses a mean; 0 if all are 0."""
        weights = self.data.sample_weights[rows]
        total = weights.sum(axis=-1, keepdims=True)
        shares: Array = (weights / np.where(total > 0, total, 1)).astype(self.document.dtype)
        return shares

    def gradient(self, params: Array, rows: Array) -> Array:
        """Return the gradient (S, R, P) of the mean loss of rows (S or 1, B)."""
        X, shares = self.data.X[rows][:, None], self.shares(rows)[:, None, None]
        passage = self.tower.forward(params, X, shares)
        return self.tower.backward(params, passage, self._slopes(passage.scores, rows, shares), shares)

    def _slopes(self, scores: Array, rows: Array, shares: Array) -> Array:
        slopes: Array = _LOSS.gradient(scores, self._targets[rows][:, None]) * shares.mT
        return slopes

    def slope(self, params: Array, update: int) -> Array:
        """Return the gradient (S, R, P) of an update, from 0, clipped where a run asks for it."""
        gradient = self.gradient(params, self.rows(update))
        if self._limits is not None:
            gradient *= np.minimum(self._limits / (norms(gradient) + _CLIP_EPS), 1)[..., None]
        return gradient

    def record(self, state: RunsState) -> Record:
        """Return the record of a state; the measures of layers are kept, (R, S, L), of the gradient (R, S, L + 1)."""
        metrics, layers = self.measured(state.params)
        runs = state.diverged_at < 0
        return Record(
            state.update, {name: np.where(runs, values, np.nan) for name, values in metrics.items()},
            {name: np.where(runs[..., None], values, np.nan).swapaxes(0, 1) for name, values in layers.items()},
        )  # fmt: skip

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
