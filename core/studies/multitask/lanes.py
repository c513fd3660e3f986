"""The lanes of a comparison: one run each, trained once for every comparison that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from dataclasses import dataclass

from core.datasets import Table
from core.studies.multitask.document import MAX_UNITS, Multitask
from core.studies.multitask.learner import Learner
from core.studies.multitask.rows import Prepared, prepared
from core.training.limits import MAX_STACKED_PARAMS
from core.training.recorded import Recorded
from core.training.recorded_lanes import DocumentLanes
from core.training.recorded_training import RunsLane, RunTrack


class MultitaskLane(RunsLane):
    """One run of a comparison under the settings that it shares with others."""

    asked: Multitask
    learner = Learner

    def memory_share(self, data: Prepared) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its units in an update."""
        return max(self.asked.params() / MAX_STACKED_PARAMS, self.asked.units() / MAX_UNITS)


@dataclass(frozen=True)
class MultitaskResult(Recorded):
    """The records of a comparison, or those so far."""

    document: Multitask
    data: Prepared
    tracks: tuple[RunTrack, ...]


class MultitaskDocument(DocumentLanes[MultitaskResult]):
    """A comparison as the lanes that it is made of."""

    asked: Multitask
    lane, result = MultitaskLane, MultitaskResult

    def prepared(self, table: Table | None = None) -> Prepared:
        """Return the rows that all runs share. Raise ValueError, with the reason, as `Multitask.check` does."""
        self.asked.check()
        return prepared(self.asked)


def weigh(multitask: Multitask) -> MultitaskResult:
    """Return the result of a comparison, all of whose runs train as one stack."""
    return MultitaskDocument(multitask).trained()
