"""Weights of each layer at a kept epoch, and their histograms over bins that all runs and epochs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inspection.pictures import alive
from core.training.results import Result

Array = NDArray[Any]

#: an odd number, so that one bin has 0 in its middle
BINS = 41
#: share of the weights of each run and epoch, on either side, that may lie beyond the ends: they count in the outermost bins
_BEYOND = 0.002


def n_layers(result: Result) -> int:
    """Return the number of layers that have weights."""
    return len(result.experiment.model.widths) + 1


def layer_weights(result: Result, epoch: int, layer: int) -> Array:
    """Return the weights (R, fan-in · fan-out) into a layer, the first being 0, of seed 0's models at a snapshot's epoch; biases are left out."""
    weights, _ = list(result.experiment.model.unpack(result.snapshots[epoch], result.data.X.shape[1]))[layer]
    return weights.reshape(len(weights), -1)


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many weights of each run lie in each bin: `edges` (BINS + 1,), `counts` (R, BINS); `zeros` (R,) is the share that is exactly 0."""

    edges: Array
    counts: Array
    zeros: Array


def edges(result: Result, layer: int) -> Array:
    """Return bin edges (BINS + 1,), symmetric about 0, that hold nearly all of a layer's weights of every run at the first, a middle and the last epoch."""
    reach, epochs = 0.0, list(result.snapshots)
    for epoch in {epochs[0], epochs[len(epochs) // 2], epochs[-1]}:
        weights = np.abs(layer_weights(result, epoch, layer).astype(float))
        sound = weights[alive(result, epoch)]
        if sound.size:
            reach = max(reach, float(np.quantile(sound, 1 - _BEYOND, axis=1).max()))
    return np.linspace(-1, 1, BINS + 1) * (reach or 1.0)


def histogram(result: Result, epoch: int, layer: int, bins: Array) -> Histogram:
    """Return the histogram of a layer's weights at a kept epoch over `bins`, from `edges`. Weights beyond the ends count in the outermost bins."""
    weights = layer_weights(result, epoch, layer).astype(float)
    inside = np.clip(np.nan_to_num(weights, nan=np.inf), bins[0], bins[-1])
    return Histogram(bins, np.stack([np.histogram(of_run, bins)[0] for of_run in inside]), (weights == 0).mean(axis=1))
