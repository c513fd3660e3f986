"""What is measured of deep networks: of a run as a whole, and of each of its layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.deep_networks.tower import Passage, Tower

Array = NDArray[Any]

#: a unit is dead or saturated if its slope is at most this share of the activation's steepest one, on at least this share of the rows
FLAT, ON = 0.1, 0.95


@dataclass(frozen=True)
class Measure:
    """A measure: its title, its meaning, and whether it is drawn on a logarithmic axis."""

    title: str
    doc: str
    log: bool = False


MEASURES = {
    "loss": Measure("Training loss", "Mean cross-entropy of all training rows, with the statistics of these rows where a batch norm needs some.", log=True),
    "accuracy": Measure("Test accuracy", "Share of the test rows that are named right."),
    "train_accuracy": Measure("Training accuracy", "Share of the training rows that are named right."),
    "test_loss": Measure("Test loss", "Mean cross-entropy of the test rows.", log=True),
    "norm": Measure("Gradient norm", "Length of the whole gradient on the probe, before clipping.", log=True),
}
LAYERS = {
    "gradient": Measure("Gradient norm", "Length of the gradient by the layer's weights, on the probe.", log=True),
    "signal": Measure("Signal on its way back", "Length of the gradient by what the layer's units say: what arrives there from the loss.", log=True),
    "spread": Measure("Spread of activations", "Standard deviation of what the layer's units say, over units and rows.", log=True),
    "apart": Measure("Rows apart", "Share of that variance that lies between rows: near 0, all rows say the same to the next layer.", log=True),
    "flat": Measure("Dead or saturated", "Share of the units whose slope is at most a tenth of the steepest, on at least 95 % of the rows."),
}


def of_layers(tower: Tower, passage: Passage, gradient: Array, signals: list[Array]) -> dict[str, Array]:
    """Return the measures of each layer by name, (S, R, L), and of `gradient` also that of the last layer, the scores: (S, R, L + 1).

    Lengths are computed in double precision: squares of what has vanished are below the range of a single one.
    """
    apart, spread = zip(*(_variance(units) for units in passage.inputs[1:]), strict=True)
    return {
        "gradient": np.stack([_length(weights) for weights in tower.layers(gradient).weights], axis=-1),
        "signal": np.stack([_length(signal) for signal in signals], axis=-1),
        "spread": np.stack(spread, axis=-1),
        "apart": np.stack(apart, axis=-1),
        "flat": np.stack([_flat(tower, sums, values) for sums, values in zip(passage.sums, passage.values, strict=True)], axis=-1),
    }


def _length(values: Array) -> Array:
    """Return the length (S, R) of arrays (S, R, ., .)."""
    flat = values.reshape(*values.shape[:2], -1).astype(float)
    return np.sqrt(np.vecdot(flat, flat))


def _variance(units: Array) -> tuple[Array, Array]:
    """Return the share of the variance of units (S, R, B, H) that lies between rows, and the standard deviation of all, each (S, R).

    The variance of all is that within units, over rows, averaged, and that of the units' means. Where nothing varies the share is 0.
    """
    wide = units.astype(float)
    between, means = wide.var(axis=-2).mean(axis=-1), wide.mean(axis=-2).var(axis=-1)
    total = between + means
    return np.divide(between, total, out=np.where(np.isfinite(total), 0.0, np.nan), where=total > 0), np.sqrt(total)


def _flat(tower: Tower, sums: Array, values: Array) -> Array:
    """Return the share (S, R) of the units that are dead or saturated."""
    flat = np.empty(sums.shape[:2])
    for group in tower.activations:
        slopes = np.abs(group.item.slope(sums[:, group.index], values[:, group.index]))
        flat[:, group.index] = ((slopes <= FLAT * group.item.steepest).mean(axis=-2) >= ON).mean(axis=-1)
    return flat
