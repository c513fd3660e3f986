"""The weights of a layer at a snapshot's epoch, and their histograms over bins that all runs and epochs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inspection.pictures import alive
from core.training.results import Result

Array = NDArray[Any]

#: the number of bins; it is odd, so that one bin has 0 in its middle
BINS = 41
#: the largest share of a run's weights at an epoch whose size may be beyond the outermost edges
_BEYOND = 0.002


def n_layers(result: Result) -> int:
    """Return the number of layers with weights: the hidden layers and the output layer."""
    return len(result.experiment.model.widths) + 1


def layer_weights(result: Result, epoch: int, layer: int) -> Array:
    """Return the weights (R, fan-in · fan-out) of a layer, without biases, of seed 0's models at a snapshot's epoch.

    `layer` is the layer's position; that of the layer next to the input is 0.
    """
    weights, _ = list(result.experiment.model.unpack(result.snapshots[epoch], result.data.X.shape[1]))[layer]
    return weights.reshape(len(weights), -1)


@dataclass(frozen=True, eq=False)
class Histogram:
    """The histograms of a layer's weights, one per run.

    `edges` (BINS + 1,): the edges of the bins; `counts` (R, BINS): the number of weights in each bin;
    `zeros` (R,): the share of weights that are exactly 0.
    """

    edges: Array
    counts: Array
    zeros: Array


def edges(result: Result, layer: int) -> Array:
    """Return bin edges (BINS + 1,), symmetric about 0, that contain nearly all weights of a layer.

    They contain all but a share `_BEYOND` of each run's weights at the first, the middle and the last snapshot. Diverged runs do not count.
    """
    largest, epochs = 0.0, list(result.snapshots)
    for epoch in {epochs[0], epochs[len(epochs) // 2], epochs[-1]}:
        sizes = np.abs(layer_weights(result, epoch, layer).astype(float))[alive(result, epoch)]
        if sizes.size:
            largest = max(largest, float(np.quantile(sizes, 1 - _BEYOND, axis=1).max()))
    return np.linspace(-1, 1, BINS + 1) * (largest or 1.0)


def histogram(result: Result, epoch: int, layer: int, bins: Array) -> Histogram:
    """Return the histograms of a layer's weights at a snapshot's epoch. `bins` (BINS + 1,) are the edges, from `edges`.

    Weights beyond the outermost edges, and those that are not a number, count in the outermost bins.
    """
    weights = layer_weights(result, epoch, layer).astype(float)
    clipped = np.clip(np.nan_to_num(weights, nan=np.inf), bins[0], bins[-1])
    return Histogram(bins, np.stack([np.histogram(run_weights, bins)[0] for run_weights in clipped]), (weights == 0).mean(axis=1))
