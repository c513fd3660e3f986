"""The runs of an embedding as one stack: batches, the network, the losses and their gradient. Axes: S seeds, R runs, B rows, E dimensions, K classes.

Runs of one kind of loss or optimizer form a group, as in `core.training.stack`. All runs of a seed share start and batches.
The packed parameters (S, R, P + T) are the network's, then what is learned for each class. T is the same for every loss, so that a run is the same in any
company; what a loss does not use stays 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.metric_learning.base import EmbeddingLoss, HeadLoss
from core.studies.metric_learning.embedding import PLANE, Embedding
from core.studies.metric_learning.geometry import normalised, through_normalised
from core.studies.metric_learning.rows import Prepared
from core.studies.metric_learning.scores import measured, named
from core.studies.metric_learning.triplets import drawn
from core.training import recorded_training
from core.training.recorded_training import Record, RunsState, stepper
from core.training.stack import Group, groups

Array = NDArray[Any]

#: purposes of random numbers: seed, purpose and block determine a draw
_START, _HEADS, _BATCHES, _TRIPLETS = 0, 1, 2, 3
#: updates whose batches are drawn at once
_BLOCK = 32
#: batches that the loss is measured on, and their block: one that no training reaches
PROBES, _PROBED = 4, 2**31


@dataclass(frozen=True, eq=False)
class Batch:
    """What one update sees of each seed. `X` (S, 1, B, D), `labels` (S, 1, B): places among the classes seen, `triplets` (S, 1, T, 3) if a run needs them."""

    X: Array
    labels: Array
    triplets: Array | None


class Learner(recorded_training.Learner):
    """The losses and optimizers of the runs of an embedding, applied to all runs at once. It is cheap, so each slice makes it anew."""

    document: Embedding

    def __init__(self, embedding: Embedding, data: Prepared) -> None:
        self.document, self.data, self.steps = embedding, data, [stepper(embedding)]
        self.losses: list[Group[EmbeddingLoss]] = groups([run.loss for run in embedding.runs], 2, embedding.dtype)
        self.n_network = embedding.model.n_params(data.train.X.shape[1], embedding.dimensions)
        self.n_learned = len(data.seen) * (2 * embedding.dimensions + 1)
        self._numbers = np.searchsorted(data.seen, data.train.labels)
        self._of_class = [np.flatnonzero(self._numbers == number) for number in range(len(data.seen))]
        self._random = any(run.loss.needs_triplets() for run in embedding.runs)
        self._block: tuple[int, list[Array], list[Array]] | None = None

    def start(self) -> Array:
        """Return the parameters (S, R, P + T) before the first update."""
        embedding, classes = self.document, len(self.data.seen)
        params = np.zeros((embedding.seeds, len(embedding.runs), self.n_network + self.n_learned))
        for row, seed in enumerate(embedding.seed_numbers):
            network = embedding.model.init(np.random.default_rng([seed, _START]), self.data.train.X.shape[1], embedding.dimensions)
            params[row, :, : self.n_network] = network
            for place, run in enumerate(embedding.runs):
                if isinstance(run.loss, HeadLoss):
                    learned = run.loss.init(np.random.default_rng([seed, _HEADS]), classes, embedding.dimensions)
                    params[row, place, self.n_network : self.n_network + learned.size] = learned.ravel()
        return params.astype(embedding.dtype)

    def batch(self, update: int) -> Batch:
        """Return the batch of an update (from 0). Those of a block of updates are drawn at once."""
        block, place = divmod(update, _BLOCK)
        if self._block is None or self._block[0] != block:
            rows, triplets = zip(*(self._drawn(seed, block, _BLOCK) for seed in self.document.seed_numbers), strict=True)
            self._block = block, list(rows), list(triplets)
        return self._batch([rows[place] for rows in self._block[1]], [triplets[place] for triplets in self._block[2] if len(triplets)])

    def probes(self) -> list[Batch]:
        """Return the batches of training rows that the loss is measured on."""
        rows, triplets = self._drawn(0, _PROBED, PROBES)
        return [self._batch([rows[place]], [triplets[place]] if self._random else []) for place in range(PROBES)]

    def _drawn(self, seed: int, block: int, count: int) -> tuple[Array, Array]:
        """Return the row numbers (count, B) of some batches of a seed, class by class, and their random triplets (count, T, 3) if a run needs them.

        A class with fewer rows than a batch takes of it gives some of them again.
        """
        embedding, data = self.document, self.data
        rng = np.random.default_rng([seed, _BATCHES, block])
        classes, each = min(embedding.classes, len(data.seen)), embedding.per_class
        chosen = rng.random((count, len(data.seen))).argsort(axis=1)[:, :classes]
        rows = np.empty((count, classes, each), np.intp)
        for number, of_class in enumerate(self._of_class):
            order = rng.random((count, len(of_class))).argsort(axis=1)[:, np.arange(each) % len(of_class)]
            batch, place = np.nonzero(chosen == number)
            rows[batch, place] = of_class[order[batch]]
        flat = rows.reshape(count, classes * each)
        if not self._random:
            return flat, np.zeros(0, int)
        chance = np.random.default_rng([seed, _TRIPLETS, block])
        return flat, np.stack([drawn(chance, data.train.labels[of_batch]) for of_batch in flat])

    def _batch(self, rows: list[Array], triplets: list[Array]) -> Batch:
        stacked = np.stack(rows)[:, None]
        return Batch(self.data.train.X[stacked], self._numbers[stacked], np.stack(triplets)[:, None] if triplets else None)

    def embedded(self, params: Array, X: Array) -> tuple[Array, Any]:
        """Return the embeddings (S, R, B, E) of rows (..., B, D), and what `gradient` needs to go back through the network."""
        network = params[..., : self.n_network]
        outputs, inputs = self.document.model.forward(network, X)
        outputs = np.ascontiguousarray(outputs)
        if self.document.space == PLANE:
            return outputs, (network, inputs, None)
        unit, lengths = normalised(outputs)
        return unit, (network, inputs, lengths)

    def learned(self, params: Array, loss: HeadLoss) -> Array:
        """Return what is learned for each class (S, R, K, F), a view of the parameters of runs with this loss."""
        shape = (len(self.data.seen), loss.width(self.document.dimensions))
        return params[..., self.n_network : self.n_network + shape[0] * shape[1]].reshape(*params.shape[:-1], *shape)

    def gradient(self, params: Array, batch: Batch) -> Array:
        """Return the gradient (S, R, P + T) of each run's loss of a batch."""
        embeddings, (network, inputs, lengths) = self.embedded(params, batch.X)
        slopes, gradient = np.empty_like(embeddings), np.zeros_like(params)
        for group in self.losses:
            i, loss = group.index, group.item
            of_group = embeddings[:, i]
            if isinstance(loss, HeadLoss):
                slopes[:, i], by_class = loss.gradient(of_group, batch.labels, self.learned(params[:, i], loss))
                size = by_class.shape[-2] * by_class.shape[-1]
                gradient[:, i, self.n_network : self.n_network + size] = by_class.reshape(*by_class.shape[:2], size)
            else:
                slopes[:, i] = loss.gradient(of_group, batch.labels, *_further(loss, batch))
        if lengths is not None:
            slopes = through_normalised(slopes, embeddings, lengths)
        self.document.model.backward(network, inputs, slopes, out=gradient[..., : self.n_network])
        return gradient

    def slope(self, params: Array, update: int) -> Array:
        """Return the gradient (S, R, P + T) of an update, from 0."""
        return self.gradient(params, self.batch(update))

    def record(self, state: RunsState) -> Record:
        """Return the record of a state; the embeddings (R, N, E) of the first seed are kept by place."""
        metrics: dict[str, Array] = {}
        points: dict[str, Array] = {}
        for place, rows in self.data.places.items():
            shown = self.shown(state.params, rows.X)
            for seeds_runs in np.ndindex(*shown.shape[:2]):  # one at a time: what is measured of a run fits in a processor's cache
                for name, value in measured(shown[seeds_runs], rows.labels).items():
                    metrics.setdefault(named(name, place), np.full(shown.shape[:2], np.nan))[seeds_runs] = value
            points[place] = np.where((state.diverged_at[0] < 0)[:, None, None], shown[0], np.nan).astype(np.float32)
        metrics["loss"], metrics["active"] = self.losses_of(state.params, self.probes())
        return Record(state.update, {name: np.where(state.diverged_at < 0, values, np.nan) for name, values in metrics.items()}, points)

    def shown(self, params: Array, X: Array) -> Array:
        """Return the embeddings (S, R, N, E) of rows (N, D) as they are drawn and measured: at length 1 if only directions count to the loss."""
        embeddings, _ = self.embedded(params, X)
        for place, run in enumerate(self.document.runs):
            if run.loss.directions:
                embeddings[:, place] = normalised(embeddings[:, place])[0]
        return embeddings

    def losses_of(self, params: Array, batches: list[Batch]) -> tuple[Array, Array]:
        """Return the mean loss of some batches, and the share of their triplets above 0, each (S, R)."""
        values, active = (np.zeros((len(batches), *params.shape[:2])) for _ in range(2))
        for place, batch in enumerate(batches):
            embeddings, _ = self.embedded(params, batch.X)
            for group in self.losses:
                i, loss = group.index, group.item
                learned = (self.learned(params[:, i], loss),) if isinstance(loss, HeadLoss) else _further(loss, batch)
                values[place][:, i] = loss.value(embeddings[:, i], batch.labels, *learned)
                active[place][:, i] = loss.active_share(embeddings[:, i], batch.labels, batch.triplets)
        return values.mean(axis=0), active.mean(axis=0)


def _further(loss: EmbeddingLoss, batch: Batch) -> tuple[Any, ...]:
    """Return the further arguments of a loss that learns nothing beside the network."""
    return (batch.triplets,) if loss.needs_triplets() else ()
