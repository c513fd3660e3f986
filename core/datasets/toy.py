"""Made classification data in two dimensions, where a boundary can be seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.datasets.base import DATASETS, Dataset, Table
from core.datasets.tabular import class_table
from core.parameters import integer, real
from core.tasks import CLASSIFICATION


def size_parameter(default: int = 300) -> Any:
    """Declare the number of rows of a made data set."""
    return integer(default, 50, 2000, log=True, hard="[10, 20000]", doc="Number of rows, before the split.")


def noise_parameter(default: float, high: float, doc: str = "Standard deviation of what is added to each coordinate.") -> Any:
    """Declare the noise of a made data set."""
    return real(default, 0.0, high, hard="[0, 100]", doc=doc)


def seed_parameter() -> Any:
    """Declare the seed of a made data set."""
    return integer(0, 0, 20, hard="[0, 4294967295]", doc="Another seed draws another sample of the same kind.")


@DATASETS.add("moons")
@dataclass(frozen=True)
class Moons(Dataset):
    """scikit-learn's `make_moons`."""

    rows: int = size_parameter()
    noise: float = noise_parameter(0.2, 0.6)
    seed: int = seed_parameter()

    task = CLASSIFICATION
    title = "Moons"
    summary = "Two interleaved half circles: a straight boundary cannot part them."
    reference = "scikit-learn, sklearn.datasets.make_moons"

    def load(self) -> Table:
        from sklearn.datasets import make_moons

        return class_table(*make_moons(self.rows, noise=self.noise, random_state=self.seed))


@DATASETS.add("circles")
@dataclass(frozen=True)
class Circles(Dataset):
    """scikit-learn's `make_circles`."""

    rows: int = size_parameter()
    noise: float = noise_parameter(0.1, 0.4)
    factor: float = real(0.5, 0.1, 0.9, hard="[0, 1)", doc="Radius of the inner circle over that of the outer one.")
    seed: int = seed_parameter()

    task = CLASSIFICATION
    title = "Circles"
    summary = "One class inside the other: no single feature, and no straight line, tells them apart."
    reference = "scikit-learn, sklearn.datasets.make_circles"

    def load(self) -> Table:
        from sklearn.datasets import make_circles

        return class_table(*make_circles(self.rows, noise=self.noise, factor=self.factor, random_state=self.seed))


@DATASETS.add("blobs")
@dataclass(frozen=True)
class Blobs(Dataset):
    """scikit-learn's `make_blobs`."""

    rows: int = size_parameter()
    classes: int = integer(3, 2, 6, hard="[2, 20]", doc="Number of clouds, one a class.")
    spread: float = noise_parameter(1.5, 4.0, "Standard deviation of each cloud; the centres lie in a square of side 20.")
    seed: int = seed_parameter()

    task = CLASSIFICATION
    title = "Blobs"
    summary = "One round cloud a class, with straight boundaries between them."
    reference = "scikit-learn, sklearn.datasets.make_blobs"

    def load(self) -> Table:
        from sklearn.datasets import make_blobs

        return class_table(*make_blobs(self.rows, centers=self.classes, cluster_std=self.spread, random_state=self.seed)[:2])


@DATASETS.add("xor")
@dataclass(frozen=True)
class Xor(Dataset):
    """Points in a square whose class is the exclusive or of the signs of their coordinates, moved by noise afterwards."""

    rows: int = size_parameter()
    noise: float = noise_parameter(0.1, 0.5)
    seed: int = seed_parameter()

    task = CLASSIFICATION
    title = "XOR"
    summary = "Opposite quadrants share a class: the pattern that a single layer cannot learn."
    reference = "Minsky and Papert, Perceptrons, 1969"

    def load(self) -> Table:
        rng = np.random.default_rng(self.seed)
        X = rng.uniform(-1, 1, (self.rows, 2))
        y = ((X[:, 0] > 0) ^ (X[:, 1] > 0)).astype(int)
        return class_table(X + rng.normal(0, self.noise, X.shape), y)


@DATASETS.add("spirals")
@dataclass(frozen=True)
class Spirals(Dataset):
    """Arms r = a of angle 2 pi turns a + 2 pi c / classes for a in [0.05, 1], moved by noise."""

    rows: int = size_parameter()
    classes: int = integer(2, 2, 5, hard="[2, 10]", doc="Number of arms, one a class.")
    turns: float = real(1.25, 0.25, 2.5, hard="(0, 10]", doc="How often each arm winds about the centre.")
    noise: float = noise_parameter(0.03, 0.2)
    seed: int = seed_parameter()

    task = CLASSIFICATION
    title = "Spirals"
    summary = "Arms that wind about each other: the boundary has to wind as well."
    reference = "Lang and Witbrock, Learning to Tell Two Spirals Apart, 1988"

    def load(self) -> Table:
        rng = np.random.default_rng(self.seed)
        y = np.arange(self.rows) % self.classes
        radius = rng.uniform(0.05, 1, self.rows)
        angle = 2 * np.pi * (self.turns * radius + y / self.classes)
        X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return class_table(X + rng.normal(0, self.noise, X.shape), y)
