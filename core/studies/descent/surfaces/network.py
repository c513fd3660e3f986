"""The surface of a network: its training loss in a plane through the space of its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses import LOSSES, Loss
from core.models import MODELS, Model
from core.optimizers import OPTIMIZERS
from core.parameters import integer, real
from core.studies.descent.surfaces.base import SURFACES, Array, Point, Surface, as_points, in_pieces, map_around, sample_seed
from core.training.slices import advance, start
from core.words import Figure, Said


@dataclass(frozen=True, eq=False)
class _Plane:
    """A plane in the space of a model's parameters, with what its loss needs.

    `X` (B, D), `targets` (B, K): training rows and one-hot targets. `origin` (P,), `directions` (2, P): the plane, in packed parameters.
    `path` (epochs + 1, 2): the training in the plane. `explained`: the share of the path's squared distances from its end that lies in the plane.
    """

    model: Model
    loss: Loss
    X: Array
    targets: Array
    origin: Array
    directions: Array
    path: Array
    explained: float


@lru_cache(maxsize=16)
def _plane(units: int, noise: float, epochs: int, seed: int) -> _Plane:
    """Train a network, and return the plane of its path: the first two principal components of θ(epoch) - θ(last epoch), as Li et al. define them."""
    model = MODELS["mlp"](hidden=(units,), activation="tanh")  # type: ignore[call-arg]
    run = Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS["momentum"](), learning_rate=0.05)
    dataset = DATASETS["moons"](rows=100, noise=noise, seed=seed)  # type: ignore[call-arg]
    experiment = Experiment(dataset=dataset, model=model, runs=(run,), epochs=epochs, validation_share=0.1, test_share=0.1, split_seed=seed, dtype="float64")
    state = start(experiment)
    visited = [state.params[0, 0]]
    while not state.done(experiment):
        state = advance(experiment, state, 1)
        visited.append(state.params[0, 0])
    rows, targets = slice(state.data.n_train), state.data.targets[run.loss.link].values
    offsets = np.array(visited) - visited[-1]
    _, sizes, axes = np.linalg.svd(offsets, full_matrices=False)
    path = offsets @ axes[:2].T
    signs = np.where(path[0] > 0, -1.0, 1.0)  # the sign of a component is arbitrary: this one makes the training start at the lower left
    explained = float((sizes[:2] ** 2).sum() / (sizes**2).sum())
    return _Plane(model, run.loss, state.data.X[rows], targets[rows], visited[-1], axes[:2] * signs[:, None], path * signs, explained)


@SURFACES.add("mlp_plane")
@dataclass(frozen=True)
class MLPPlane(Surface):
    """Training loss of a small network (moons, one hidden layer of tanh, cross-entropy) in the plane of its own training path.

    The origin of the plane is the last parameters of the path. Its directions are those in which the path is furthest from its end.
    `path` (epochs + 1, 2): the training in the plane. `explained`: the share of the path's squared distances from its end that lies in the plane.
    A race cannot leave the plane, while a training can. A minimum in the plane may be none in the whole space, so no minima are declared.
    """

    units: int = integer(8, 2, 32, log=True, hard="[1, 64]", doc="Hidden units.")
    noise: float = real(0.2, 0.0, 0.5, hard="[0, 10]", symbol=r"\sigma", doc="Noise of the moons.")
    epochs: int = integer(60, 10, 100, hard="[2, 200]", doc="Length of the training that defines the plane.")
    seed: int = sample_seed()

    title = "Network in the plane of its path"
    summary = "A real network's loss where its training went: valleys and plateaus as they are, though a slice of two dimensions can mislead."
    formula = r"L(\theta_{\text{end}} + a\, d_1 + b\, d_2)"
    reference = "Li et al., Visualizing the Loss Landscape of Neural Nets, arXiv:1712.09913"
    minima = ()
    axes = ("component 1", "component 2")
    real = True

    @cached_property
    def _plane(self) -> _Plane:
        """The plane, which equal surfaces share. The first read trains the network."""
        return _plane(self.units, self.noise, self.epochs, self.seed)

    @property
    def path(self) -> Array:
        """The training in the plane, (epochs + 1, 2)."""
        return self._plane.path

    @property
    def explained(self) -> float:
        """The share of the path's squared distances from its end that lies in the plane."""
        return self._plane.explained

    @property
    def _middle_and_reach(self) -> tuple[Array, float]:
        low, high = self.path.min(axis=0), self.path.max(axis=0)
        return (low + high) / 2, 0.75 * float((high - low).max())

    @cached_property
    def domain(self) -> tuple[Point, Point]:
        return map_around(*self._middle_and_reach)

    @cached_property
    def starts(self) -> tuple[Point, ...]:
        middle, reach = self._middle_and_reach
        return as_points([self.path[0], middle + reach * np.array([0.8, -0.8]), middle + reach * np.array([-0.8, 0.8])])

    def note(self) -> Said:
        """Return a sentence on the share of the training that lies in the plane."""
        return Said(
            "The plane holds {share} of how far the training strayed from its end; what happens outside it is not seen.",
            share=Figure(self.explained, ".1%"),
        )  # fmt: skip

    def value(self, points: Array) -> Array:
        plane = self._plane

        def piece(coordinates: Array) -> Array:
            scores, _ = plane.model.forward(plane.origin + coordinates @ plane.directions, plane.X)
            return plane.loss.value(scores, plane.targets).mean(axis=-1)

        return in_pieces(piece, points, len(plane.X) * self.units)

    def gradient(self, points: Array) -> Array:
        plane = self._plane

        def piece(coordinates: Array) -> Array:
            params = plane.origin + coordinates @ plane.directions
            scores, inputs = plane.model.forward(params, plane.X)
            dscores = plane.loss.gradient(scores, plane.targets) / len(plane.X)
            return plane.model.backward(params, inputs, dscores) @ plane.directions.T

        return in_pieces(piece, points, len(plane.X) * self.units)
