"""The runs of a comparison as one stack: batches, the network, the weighted sum of its losses and its gradient. Axes: S seeds, R runs, B rows, T tasks.

The packed parameters (S, R, P + T) are the network's, then s = log σ² of each task. Runs with fixed weights leave these at 0.

Learned weights, of Kendall, Gal and Cipolla (arXiv:1705.07115): the total is Σ c_t e^{-s_t} L_t + s_t / 2, with c = 1/2 for the regression and 1 else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.optimizers.adam import Adam
from core.studies.multitask.document import FEATURES, LEARNED, OUTPUTS, SCORES, TASKS, Multitask
from core.studies.multitask.rows import Prepared, Rows
from core.training import recorded_training
from core.training.recorded_training import Record, RunsState, Steps, stepper
from core.training.stack import Stepper

Array = NDArray[Any]

#: purposes of random numbers: seed, purpose and epoch determine a draw
_START, _BATCHES = 0, 1
#: where the scores of each task are
SLICES = {task: slice(first, first + SCORES[task]) for task, first in zip(TASKS, np.cumsum([0, *SCORES.values()]).tolist(), strict=False)}
#: c of each task
_KENDALL = np.array([0.5 if task == "place" else 1.0 for task in TASKS])
#: training rows on which the pulls of the tasks are measured
_PROBED = 256


class Learner(recorded_training.Learner):
    """The losses, weights and optimizers of the runs, applied to all runs at once. It is cheap, so each slice makes it anew."""

    document: Multitask

    def __init__(self, document: Multitask, data: Prepared) -> None:
        self.document, self.data, dtype = document, data, document.dtype
        self.n_network = document.model.n_params(FEATURES, OUTPUTS)
        weights_rates = np.array([[run.weights_rate] for run in document.runs], dtype)
        of_weights = Steps(Stepper([Adam() for _ in document.runs], dtype), weights_rates, slice(self.n_network, None))
        self.steps = [stepper(document, slice(self.n_network)), of_weights]
        self._fixed = np.array([run.weights for run in document.runs], dtype)
        self.learned = np.array([run.scheme == LEARNED for run in document.runs])
        own = np.array([run.standardised for run in document.runs])[:, None, None]
        self._mean, self._scale = np.where(own, data.mean, 0).astype(dtype), np.where(own, data.scale, 1).astype(dtype)
        self.trunk = trunk_of(document)
        self._order: tuple[int, list[Array]] | None = None

    def start(self) -> Array:
        """Return the parameters (S, R, P + T) before the first update; all runs of a seed begin alike."""
        params = np.zeros((self.document.seeds, len(self.document.runs), self.n_network + len(TASKS)))
        for row, seed in enumerate(self.document.seed_numbers):
            params[row, :, : self.n_network] = self.document.model.init(np.random.default_rng([seed, _START]), FEATURES, OUTPUTS)
        return params.astype(self.document.dtype)

    def batch(self, update: int) -> Rows:
        """Return the rows of an update (from 0), (S, 1, B, ...). An epoch goes once through the rows, but for a rest."""
        size = self.document.batch
        epoch, place = divmod(update, len(self.data.train.X) // size)
        if self._order is None or self._order[0] != epoch:
            self._order = epoch, [np.random.default_rng([seed, _BATCHES, epoch]).permutation(len(self.data.train.X)) for seed in self.document.seed_numbers]
        return chosen(self.data.train, np.stack([order[place * size : (place + 1) * size] for order in self._order[1]])[:, None])

    def factors(self, params: Array) -> Array:
        """Return what each task's loss is multiplied by, (S, R, T): its fixed weight, or c e^{-s}."""
        learned = _KENDALL.astype(params.dtype) * np.exp(-params[..., self.n_network :])
        return np.where(self.learned[:, None], learned, self._fixed)

    def slopes(self, scores: Array, rows: Rows) -> tuple[Array, Array]:
        """Return the mean loss of each task (S, R, T), and its derivative by the scores (S, R, B, 76), each task's in its own slice."""
        values, slopes = np.empty((*scores.shape[:2], len(TASKS)), scores.dtype), np.empty_like(scores)
        for place, (task, loss) in enumerate(self.document.losses.items()):
            own, targets = scores[..., SLICES[task]], self.targets(rows, task)
            values[..., place] = loss.value(own, targets).mean(axis=-1)
            slopes[..., SLICES[task]] = loss.gradient(own, targets) / scores.shape[-2]
        return values, slopes

    def targets(self, rows: Rows, task: str) -> Array:
        """Return the targets of a task (S or 1, R or 1, B, K); those of the place as each run has them."""
        targets = rows.targets[task]
        return (targets - self._mean) / self._scale if task == "place" else targets

    def gradient(self, params: Array, rows: Rows) -> Array:
        """Return the gradient (S, R, P + T) of each run's total."""
        network = params[..., : self.n_network]
        scores, inputs = self.document.model.forward(network, rows.X)
        values, slopes = self.slopes(scores, rows)
        factors, gradient = self.factors(params), np.zeros_like(params)
        for place, task in enumerate(TASKS):
            slopes[..., SLICES[task]] *= factors[..., None, place : place + 1]
        self.document.model.backward(network, inputs, slopes, out=gradient[..., : self.n_network])
        gradient[..., self.n_network :] = np.where(self.learned[:, None], 0.5 - factors * values, 0)
        return gradient

    def slope(self, params: Array, update: int) -> Array:
        """Return the gradient (S, R, P + T) of an update, from 0."""
        return self.gradient(params, self.batch(update))

    def record(self, state: RunsState) -> Record:
        """Return the record of a state."""
        return Record(state.update, {name: np.where(state.diverged_at < 0, values, np.nan) for name, values in self.measured(state.params).items()})

    def pulls(self, params: Array) -> tuple[Array, Array]:
        """Return the length of each task's weighted gradient by the trunk (S, R, T), and the cosines of the pairs (S, R, 3): 01, 02, 12. On training rows."""
        rows = chosen(self.data.train, np.arange(min(_PROBED, len(self.data.train.X)))[None, None])
        network = params[..., : self.n_network]
        scores, inputs = self.document.model.forward(network, rows.X)
        _, slopes = self.slopes(scores, rows)
        found = []
        for task in TASKS:
            alone = np.zeros_like(slopes)
            alone[..., SLICES[task]] = slopes[..., SLICES[task]]
            whole_gradient = self.document.model.backward(network, inputs, alone)
            found.append(np.ascontiguousarray(whole_gradient[..., self.trunk]))  # whatever the stack, sums go through memory in one order
        lengths = np.stack([np.sqrt(np.vecdot(each, each)) for each in found], axis=-1)
        pairs = [(0, 1), (0, 2), (1, 2)]
        products = np.stack([np.vecdot(found[a], found[b]) for a, b in pairs], axis=-1)
        whole = np.stack([lengths[..., a] * lengths[..., b] for a, b in pairs], axis=-1)
        cosines = np.divide(products, whole, out=np.full_like(products, np.nan), where=whole > 0)
        return lengths * self.factors(params), cosines

    def measured(self, params: Array) -> dict[str, Array]:
        """Return what is measured (S, R) by name: on test rows, and the pulls on training rows."""
        test = chosen(self.data.test, np.arange(len(self.data.test.X))[None, None])
        scores, _ = self.document.model.forward(params[..., : self.n_network], test.X)
        values, _ = self.slopes(scores, test)
        place = self.targets(test, "place")
        missed = np.square(scores[..., SLICES["place"]] - place).sum(axis=-2)
        spread = np.square(place - place.mean(axis=-2, keepdims=True)).sum(axis=-2)
        marked, truth = scores[..., SLICES["mask"]] >= 0, test.targets["mask"] > 0
        right = scores[..., SLICES["class"]].argmax(axis=-1) == test.targets["class"].argmax(axis=-1)
        lengths, cosines = self.pulls(params)
        factors = self.factors(params)
        found = {
            "accuracy": right.mean(axis=-1), "r2": (1 - missed / spread).mean(axis=-1),
            "dice": 2 * (marked & truth).sum(axis=(-2, -1)) / (marked.sum(axis=(-2, -1)) + truth.sum(axis=(-2, -1))),
        }  # fmt: skip
        for place_, task in enumerate(TASKS):
            found |= {f"loss_{task}": values[..., place_], f"weight_{task}": factors[..., place_], f"pull_{task}": lengths[..., place_]}
        found |= {name: cosines[..., pair] for pair, name in enumerate(("cosine_class_place", "cosine_class_mask", "cosine_place_mask"))}
        return {name: np.array(values, float) for name, values in found.items()}


def chosen(rows: Rows, numbers: Array) -> Rows:
    """Return the rows with these numbers (...), with their axes."""
    return Rows(rows.X[numbers], {task: values[numbers] for task, values in rows.targets.items()})


def trunk_of(document: Multitask) -> Array:
    """Return which of the network's parameters (P,) belong to the trunk: all but those of the last layer. A linear network has none."""
    weights, size = document.model.n_weights(FEATURES, OUTPUTS), document.model.n_params(FEATURES, OUTPUTS)
    last = document.model.widths[-1] * OUTPUTS if document.model.widths else weights
    places = np.arange(size)
    trunk: Array = (places < weights - last) | ((places >= weights) & (places < size - OUTPUTS))
    return trunk
