"""Towers of equal depth as one stack: forward and backward of every combination of activation, norm and residual.

Axes: S seeds, R runs, B rows, D features, H units, K classes, L hidden layers. With h_0 = x, in layer l

    s = h_{l-1} W_l,   z = γ_l norm(s) + b_l  (z = s + b_l without a norm),   a = φ(z),   h_l = a,  or h_{l-1} + c a with residuals and l > 1,

and the scores are h_L W + b. With a norm the bias stands behind it. Packed parameters (S, R, P): all weights, all biases, then all γ, which stay 0 without
a norm: so all runs of a depth have the same layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.deep_networks.networks import Network, n_params
from core.studies.deep_networks.norms import Standardising, Statistics
from core.studies.deep_networks.starts import Glorot
from core.training.stack import Group, groups

Array = NDArray[Any]
#: from what the layer of the scores is drawn
_LAST = Glorot()
#: the statistics of each layer, for each group of norms; None where a row is standardised by itself
AllStatistics = list[list[Statistics | None]]


@dataclass(eq=False)
class Passage:
    """What a forward pass leaves: scores (S, R, B, K), the statistics of each layer, and, if it was kept, what `Tower.backward` needs of each layer."""

    scores: Array
    statistics: AllStatistics
    inputs: list[Array] = field(default_factory=list)
    standard: list[list[Array]] = field(default_factory=list)
    inverse: list[list[Array]] = field(default_factory=list)
    sums: list[Array] = field(default_factory=list)
    values: list[Array] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Layers:
    """Packed parameters as views: weights (S, R, fan-in, fan-out) and biases (S, R, 1, fan-out) of all layers, and γ (S, R, 1, H) of the hidden ones."""

    weights: list[Array]
    biases: list[Array]
    scales: list[Array]


class Tower:
    """The networks of runs that are equally deep, on so many features and classes."""

    def __init__(self, runs: Sequence[Network], width: int, features: int, classes: int, dtype: str) -> None:
        self.runs, self.depth, self.width, self.dtype = tuple(runs), runs[0].depth, width, dtype
        if any(run.depth != self.depth for run in runs):
            raise ValueError("the runs of a stack are equally deep")
        self.sizes = [features, *[width] * self.depth, classes]
        self.n_params = n_params(self.depth, width, features, classes)
        self.activations = groups([run.activation for run in runs], 2, dtype)
        norms = groups([run.norm for run in runs], 2, dtype)
        self.norms = [Group(item, group.index, group.size) for group in norms if isinstance(item := group.item, Standardising)]
        self.bridged = np.array([place for place, run in enumerate(runs) if run.residual is not None], int)
        self.branches = np.array([run.residual for run in runs if run.residual is not None], dtype)[:, None, None]

    def layers(self, params: Array) -> Layers:
        """Return packed parameters as views."""
        stack, at, sizes = params.shape[:-1], 0, self.sizes
        parts: tuple[list[Array], list[Array], list[Array]] = ([], [], [])
        shapes = [[*pairwise(sizes)], [(1, b) for b in sizes[1:]], [(1, self.width)] * self.depth]
        for part, of_part in zip(parts, shapes, strict=True):
            for rows, columns in of_part:
                part.append(params[..., at : at + rows * columns].reshape(*stack, rows, columns))
                at += rows * columns
        return Layers(*parts)

    def start(self, seeds: Sequence[int], purpose: int) -> Array:
        """Return the parameters (S, R, P) before the first update: weights as each run draws them, γ = 1 with a norm, the others 0.

        The layer of the scores always begins as Glorot's, so that runs differ in their hidden layers alone.
        """
        params = np.zeros((len(seeds), len(self.runs), self.n_params))
        for row, seed in enumerate(seeds):
            for place, run in enumerate(self.runs):
                rng, layers = np.random.default_rng([seed, purpose]), self.layers(params[row, place])
                for weights, drawn in zip(layers.weights, [*[run.start] * self.depth, _LAST], strict=True):
                    weights[...] = drawn.drawn(rng, *weights.shape)
                if isinstance(run.norm, Standardising):
                    for scale in layers.scales:
                        scale[...] = 1
        return params.astype(self.dtype)

    def forward(self, params: Array, X: Array, shares: Array, statistics: AllStatistics | None = None, *, keep: bool = True) -> Passage:
        """Return the passage of rows X (S or 1, 1, B, D). `shares` (S or 1, 1, 1, B): the weight of each row, divided by the sum of all.

        `statistics`: of another passage, to use in place of those of these rows. Without `keep` the passage has the scores and the statistics alone.
        """
        layers, units = self.layers(params), X
        passage = Passage(units, [])
        for layer in range(self.depth):
            sums = units @ layers.weights[layer]
            standard, inverse, used = self._standardise(sums, layers.scales[layer], shares, None if statistics is None else statistics[layer])
            sums += layers.biases[layer]
            values = np.empty_like(sums)
            for group in self.activations:
                values[:, group.index] = group.item.value(sums[:, group.index])
            passage.statistics.append(used)
            if keep:
                passage.inputs.append(units)
                passage.standard.append(standard)
                passage.inverse.append(inverse)
                passage.sums.append(sums)
                passage.values.append(values)
            units = self._bridged(units, values, layer)
        if keep:
            passage.inputs.append(units)
        passage.scores = np.matmul(layers.weights[-1].mT, units.mT).mT + layers.biases[-1]
        return passage

    def _standardise(
        self, sums: Array, scales: Array, shares: Array, given: list[Statistics | None] | None
    ) -> tuple[list[Array], list[Array], list[Statistics | None]]:
        """Standardise the sums of runs that have a norm, and scale them by γ, in place: the others are not copied.

        Return the standardised sums of each group of norms, 1 / standard deviation, and its statistics.
        """
        standard, inverse, statistics = list[Array](), list[Array](), list[Statistics | None]()
        for place, group in enumerate(self.norms):
            of_group = group.item.forward(sums[:, group.index], shares, None if given is None else given[place])
            sums[:, group.index] = of_group[0] * scales[:, group.index]
            for kept, value in zip((standard, inverse, statistics), of_group, strict=True):
                kept.append(value)
        return standard, inverse, statistics

    def _bridged(self, below: Array, values: Array, layer: int) -> Array:
        """Return the units of a layer: what its branch says, added to what lies below with residuals. The first layer changes the width, so it has none."""
        if not layer or not len(self.bridged):
            return values
        units = values.copy()
        units[:, self.bridged] = below[:, self.bridged] + self.branches * values[:, self.bridged]
        return units

    def backward(self, params: Array, passage: Passage, dscores: Array, shares: Array, signals: list[Array] | None = None) -> Array:
        """Return the gradient by the parameters (S, R, P). `dscores` (S, R, B, K): by the scores. `passage`: of rows with their own statistics.

        `signals` is filled with the gradient by the units h (S, R, B, H) of each layer, the first one first.
        """
        gradient = np.zeros_like(params)
        layers, slopes = self.layers(params), self.layers(gradient)
        ones = np.ones((1, dscores.shape[-2]), dscores.dtype)
        np.matmul(passage.inputs[-1].mT, dscores, out=slopes.weights[-1])
        np.matmul(ones, dscores, out=slopes.biases[-1])
        arriving = dscores @ layers.weights[-1].mT
        for layer in range(self.depth - 1, -1, -1):
            if signals is not None:
                signals.insert(0, arriving.copy())
            bridged = layer > 0 and len(self.bridged) > 0
            delta = arriving.copy() if bridged else arriving
            if bridged:
                delta[:, self.bridged] *= self.branches
            for group in self.activations:
                delta[:, group.index] *= group.item.slope(passage.sums[layer][:, group.index], passage.values[layer][:, group.index])
            np.matmul(ones, delta, out=slopes.biases[layer])
            for norms, standard, inverse in zip(self.norms, passage.standard[layer], passage.inverse[layer], strict=True):
                i = norms.index
                slopes.scales[layer][:, i] = ones @ (delta[:, i] * standard)
                delta[:, i] = norms.item.backward(delta[:, i] * layers.scales[layer][:, i], standard, inverse, shares)
            np.matmul(passage.inputs[layer].mT, delta, out=slopes.weights[layer])
            if layer:
                down = delta @ layers.weights[layer].mT
                if bridged:
                    down[:, self.bridged] += arriving[:, self.bridged]
                arriving = down
        return gradient
