"""The pace of one job: how many updates its next slice has, and how long the rest of its training will take."""

from __future__ import annotations

import time

from core.experiment import Experiment
from core.training.state import TrainingState

#: the estimate of an update's cost before the first slice was measured: a constant, a part per run, a part per parameter and row
_UPDATE_SECONDS, _RUN_SECONDS, _PRODUCT_SECONDS = 1e-4, 2e-5, 1e-9


class Pace:
    """The pace of one job."""

    def __init__(self) -> None:
        #: updates of the next slice
        self.updates = 0
        #: seconds from the sending of a slice to its arrival, summed over the slices so far
        self._seconds = 0.0
        self._sent = 0.0

    def estimate(self, experiment: Experiment, state: TrainingState, slice_seconds: float) -> None:
        """Set `updates` of the first slice so that it should train for `slice_seconds`."""
        rows = min(experiment.batch_size or state.data.n_train, state.data.n_train)
        update_seconds = _UPDATE_SECONDS + _RUN_SECONDS * len(experiment.runs) + _PRODUCT_SECONDS * state.params.size * rows
        self.updates = max(1, int(slice_seconds / update_seconds))

    def sent(self) -> None:
        """Note that a slice is sent now."""
        self._sent = time.monotonic()

    def arrived(self, trained_seconds: float, slice_seconds: float) -> None:
        """Note that a slice arrived, and set `updates` so that the next one should train for `slice_seconds`.

        `trained_seconds` is how long the slice trained. `updates` changes at most by a factor of 4.
        """
        self._seconds += time.monotonic() - self._sent
        self.updates = max(1, int(self.updates * min(max(slice_seconds / trained_seconds, 0.25), 4)))

    def seconds_left(self, done: int, total: int) -> float:
        """Return the seconds that the updates after the first `done` of `total` should take; 0 while none is done."""
        return (total - done) * self._seconds / done if done else 0.0
