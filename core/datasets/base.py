"""What every data set is: a declared recipe that loads a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from numpy.typing import NDArray

from core.parameters import Declared, Interval, Registry

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of features with their targets, before any split or scaling.

    `X` (N, D) are floats. `y` is (N,) whole numbers 0..K-1 for K classes, or (N, K) floats for K outputs. `features` names the D
    columns; `outputs` names the K classes or outputs. `sample_weights` (N,) say how much each row counts, None: all the same.
    """

    X: Array
    y: Array
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    sample_weights: Array | None = None


class Dataset(Declared, ABC):
    """A recipe for a table."""

    task: ClassVar[str]
    #: what the targets of a regression may be, at any parameters
    target_domain: ClassVar[Interval] = Interval.parse("(-inf, inf)")
    #: (height, width) of rows that are pictures: their features are the pixels, line by line
    image_shape: ClassVar[tuple[int, int] | None] = None

    @abstractmethod
    def load(self) -> Table:
        """Return the table; the same recipe gives the same table."""


DATASETS: Registry[Dataset] = Registry("data set")
