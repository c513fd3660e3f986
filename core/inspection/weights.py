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
    """Return the number of layers with weights, the hidden layers and the output layer, of the model that has the fewest."""
    return 1 + min(len(model.widths) for model in result.experiment.models)


def layer_weights(result: Result, epoch: int, layer: int) -> list[Array]:
    """Return for each run the weights (fan-in · fan-out,) of a layer, without biases, of the first seed's model at a snapshot's epoch.

    `layer` is the layer's position; that of the layer next to the input is 0.
    """
    models = result.experiment.models
    return [[*model.unpack(result.params(epoch, run), result.data.X.shape[1])][layer][0].ravel() for run, model in enumerate(models)]


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
        for weights, lives in zip(layer_weights(result, epoch, layer), alive(result, epoch), strict=True):
            if lives:
                largest = max(largest, float(np.quantile(np.abs(weights.astype(float)), 1 - _BEYOND)))
    return np.linspace(-1, 1, BINS + 1) * (largest or 1.0)


def histogram(result: Result, epoch: int, layer: int, bins: Array) -> Histogram:
    """Return the histograms of a layer's weights at a snapshot's epoch. `bins` (BINS + 1,) are the edges, from `edges`.

    Weights beyond the outermost edges, and those that are not a number, count in the outermost bins.
    """
    of_runs = [weights.astype(float) for weights in layer_weights(result, epoch, layer)]
    clipped = [np.clip(np.nan_to_num(weights, nan=np.inf), bins[0], bins[-1]) for weights in of_runs]
    counts = np.stack([np.histogram(weights, bins)[0] for weights in clipped])
    return Histogram(bins, counts, np.array([(weights == 0).mean() for weights in of_runs]))
