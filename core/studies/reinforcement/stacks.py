"""Where the runs of a stack stand: arrays that have the runs on their second axis, so that a stack is taken apart and put together in one way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.runs import spread

Array = NDArray[Any]


def recorded_steps(steps: int) -> tuple[int, ...]:
    """Return the steps of a training that are shown: the start, the end, and up to 24 between, denser at the start."""
    return spread(steps, 25, 1.6)


@dataclass(frozen=True, eq=False)
class Stand:
    """Where the runs of a stack stand after `at` steps. `arrays`: what is learned, and `records`: what was measured, each (S, R, ...) by name."""

    arrays: dict[str, Array]
    records: dict[str, Array]
    at: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in (*self.arrays.values(), *self.records.values()))

    def of_run(self, run: int) -> Stand:
        """Return where one run stands, as the run alone."""
        own = slice(run, run + 1)
        arrays, records = ({name: array[:, own].copy() for name, array in part.items()} for part in (self.arrays, self.records))
        return Stand(arrays, records, self.at)


def together(stands: Sequence[Stand]) -> Stand:
    """Return where runs that are equally far stand, as one stack."""
    first = stands[0]
    arrays = {name: np.concatenate([each.arrays[name] for each in stands], axis=1) for name in first.arrays}
    records = {name: np.concatenate([each.records[name] for each in stands], axis=1) for name in first.records}
    return Stand(arrays, records, first.at)
