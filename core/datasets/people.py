"""People under circumstances: a made data set, in which the raw features tell more of the circumstances than of the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets.base import DATASETS, Dataset, Table
from core.parameters import integer, real
from core.tasks import CLASSIFICATION

Array = NDArray[Any]

#: numbers that a person and a circumstance are, hidden units between them and the features, and features
_OF_PERSON, _OF_CIRCUMSTANCE, _HIDDEN, _FEATURES = 3, 4, 64, 32
#: how much rows of one person in one circumstance differ from each other, in units of the differences between persons
_JITTER = 0.15


@dataclass(frozen=True)
class _Made:
    """What the data are made of: persons and circumstances (N,) of the rows, and their features (N, D)."""

    person: Array
    circumstance: Array
    X: Array


@DATASETS.add("people")
@dataclass(frozen=True)
class People(Dataset):
    """Each person (3 numbers) in each circumstance (4 numbers), through a random network with one tanh layer to 32 features."""

    people: int = integer(48, 12, 60, hard="[3, 100]", doc="Number of people: the classes.")
    circumstances: int = integer(20, 8, 30, hard="[2, 100]", doc="Number of circumstances (light, pose, ...), each of which every person is seen in.")
    shots: int = integer(1, 1, 4, hard="[1, 20]", doc="Rows of each person in each circumstance.")
    strength: float = real(1.5, 0.2, 3.0, hard="[0, 10]", label="Strength of circumstances", doc="How much circumstances differ, against people.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967295]", doc="Another seed draws other people, circumstances and features.")

    task = CLASSIFICATION
    title = "People and circumstances"
    summary = "Made: each person in each circumstance. Raw features of two people in one circumstance are more alike than those of one person in two."
    reference = "-"

    def load(self) -> Table:
        made = self._made()
        names = tuple(f"x{i + 1}" for i in range(_FEATURES))
        return Table(made.X, made.person, names, tuple(f"P{i + 1}" for i in range(self.people)))

    def circumstance(self) -> Array:
        """Return the number of the circumstance of each row, (N,)."""
        return self._made().circumstance

    def _made(self) -> _Made:
        rng = np.random.default_rng(self.seed)
        people, circumstances = rng.standard_normal((self.people, _OF_PERSON)), rng.standard_normal((self.circumstances, _OF_CIRCUMSTANCE))
        inner = rng.standard_normal((_OF_PERSON + _OF_CIRCUMSTANCE, _HIDDEN)) / np.sqrt(_OF_PERSON + _OF_CIRCUMSTANCE)
        outer = rng.standard_normal((_HIDDEN, _FEATURES)) / np.sqrt(_HIDDEN)
        person, circumstance = (each.ravel().repeat(self.shots) for each in np.indices((self.people, self.circumstances)))
        causes = np.concatenate([people[person], self.strength * circumstances[circumstance]], axis=1)
        causes += _JITTER * rng.standard_normal(causes.shape)
        return _Made(person, circumstance, np.tanh(causes @ inner) @ outer)
