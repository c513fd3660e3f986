"""The runs of a segmentation as one stack: batches, the network, the losses and their gradient. Axes: S seeds, R runs, B images, K pixels, F of a patch.

All runs of a seed share start and batches. The network sees the patches of all images of a batch as rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.losses import Loss
from core.studies.segmentation.document import BATCH, IMAGE, Segmentation
from core.studies.segmentation.rows import Images, Prepared
from core.studies.segmentation.scores import levels, measured
from core.training import recorded_training
from core.training.recorded_training import Record, RunsState, stepper
from core.training.stack import groups

Array = NDArray[Any]

#: purposes of random numbers: seed, purpose and epoch determine a draw
_START, _BATCHES = 0, 1
#: images that are scored at once, which fit in a processor's cache
_AT_ONCE = 16


class Learner(recorded_training.Learner):
    """The losses and optimizers of the runs of a segmentation, applied to all runs at once. It is cheap, so each slice makes it anew."""

    document: Segmentation

    def __init__(self, document: Segmentation, data: Prepared) -> None:
        self.document, self.data, self.steps = document, data, [stepper(document)]
        self._losses: list[tuple[Loss, str, Array]] = []
        for over in (IMAGE, BATCH):
            places = np.array([place for place, run in enumerate(document.runs) if run.over == over])
            for group in groups([document.runs[place].loss for place in places], 2, document.dtype):
                self._losses.append((group.item, over, places[group.index]))
        self._order: tuple[int, list[Array]] | None = None

    def start(self) -> Array:
        """Return the parameters (S, R, P) before the first update: those of a seed are equal, but for the output's bias, which comes last."""
        document = self.document
        features = document.patch**2
        params = np.empty((document.seeds, len(document.runs), document.model.n_params(features, 1)))
        for row, seed in enumerate(document.seed_numbers):
            params[row] = document.model.init(np.random.default_rng([seed, _START]), features, 1)
        params[..., -1] = [run.bias for run in document.runs]
        return params.astype(document.dtype)

    def batch(self, update: int) -> tuple[Array, Array]:
        """Return the patches (S, 1, B * K, F) and the masks (S, 1, B, K) of an update (from 0). An epoch goes once through the images, but for a rest."""
        epoch, place = divmod(update, self.document.images // self.document.batch)
        if self._order is None or self._order[0] != epoch:
            orders = [np.random.default_rng([seed, _BATCHES, epoch]).permutation(self.document.images) for seed in self.document.seed_numbers]
            self._order = epoch, orders
        own = slice(place * self.document.batch, (place + 1) * self.document.batch)
        rows = np.stack([order[own] for order in self._order[1]])[:, None]
        patches = self.data.train.patches[rows]
        return patches.reshape(*rows.shape[:2], -1, patches.shape[-1]), self.data.train.masks[rows]

    def gradient(self, params: Array, patches: Array, masks: Array) -> Array:
        """Return the gradient (S, R, P) of each run's loss of a batch: the mean over its images, or the loss of the whole batch as one image."""
        scores, inputs = self.document.model.forward(params, patches)
        of_images = scores[..., 0].reshape(*scores.shape[:2], *masks.shape[2:])
        slopes = np.empty_like(of_images)
        for loss, over, places in self._losses:
            part = _together(of_images[:, places], over)
            slopes[:, places] = (loss.gradient(part, _together(masks, over)) / part.shape[-2]).reshape(of_images[:, places].shape)
        return self.document.model.backward(params, inputs, slopes.reshape(scores.shape))

    def slope(self, params: Array, update: int) -> Array:
        """Return the gradient (S, R, P) of an update, from 0."""
        return self.gradient(params, *self.batch(update))

    def record(self, state: RunsState) -> Record:
        """Return the record of a state; of the first seed are kept parameters (R, P) and counts on test images (R, 3, T)."""
        metrics, counts = self.measured(state.params)
        metrics = {name: np.where(state.diverged_at < 0, values, np.nan) for name, values in metrics.items()}
        return Record(state.update, metrics, {"params": state.params[0].copy(), "counts": counts[0]})

    def measured(self, params: Array) -> tuple[dict[str, Array], Array]:
        """Return what is measured (S, R) by name, and the counts (S, R, 3, T) on test images."""
        scores = {place: scored(self.document, params, images) for place, images in (("train", self.data.train), ("test", self.data.test))}
        found, on_test = measured(
            levels(expit(scores["train"])), levels(expit(scores["test"])), self.data.train.masks, self.data.test.masks, scores["test"]
        )  # fmt: skip
        found["loss"] = np.empty(params.shape[:2])
        for loss, over, places in self._losses:
            found["loss"][:, places] = loss.value(_together(scores["train"][:, places], over), _together(self.data.train.masks, over)).mean(axis=-1)
        return found, on_test


def scored(document: Segmentation, params: Array, images: Images, chosen: slice = slice(None)) -> Array:
    """Return the scores (..., N, K) of the chosen images under parameters (..., P)."""
    patches = images.patches[chosen]
    parts = []
    for first in range(0, len(patches), _AT_ONCE):
        part = patches[first : first + _AT_ONCE]
        scores, _ = document.model.forward(params, part.reshape(-1, part.shape[-1]))
        parts.append(scores[..., 0].reshape(*params.shape[:-1], *part.shape[:2]))
    return np.concatenate(parts, axis=-2)


def _together(of_images: Array, over: str) -> Array:
    """Return an array (..., B, K) as it is, or (..., 1, B * K): the images of a batch as one."""
    return of_images if over == IMAGE else of_images.reshape(*of_images.shape[:-2], 1, -1)
