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

    `X` (N, D) are floats, in the smallest precision that holds them exactly or in a larger one. `y` is (N,) whole numbers 0..K-1 for K classes,
    or (N, K) floats for K outputs. `features` names the D columns; `outputs` names the K classes or outputs. `sample_weights` (N,) say how much
    each row counts, None: all the same.
    With `fill_in`, NaN is a missing feature: the split fills in the median of the training rows.
    """

    X: Array
    y: Array
    features: tuple[str, ...]
    outputs: tuple[str, ...]
    sample_weights: Array | None = None
    fill_in: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return self.X.nbytes + self.y.nbytes + (0 if self.sample_weights is None else self.sample_weights.nbytes)


class Dataset(Declared, ABC):
    """A recipe for a table."""

    #: a class attribute, but for data that are brought along
    task: str
    #: what the targets of a regression may be, at any parameters; of data that are brought along, an instance knows better
    target_domain: Interval = Interval.parse("(-inf, inf)")
    #: what the targets of a regression are measured in; empty: they have no unit, and the name of the target says what it is
    unit: ClassVar[str] = ""
    #: a person brings the table: `load` has none
    brought: ClassVar[bool] = False
    #: (height, width) of rows that are pictures: their features are the pixels, line by line
    image_shape: ClassVar[tuple[int, int] | None] = None

    @abstractmethod
    def load(self) -> Table:
        """Return the table; the same recipe gives the same table."""


DATASETS: Registry[Dataset] = Registry("data set")
