"""The lanes of a segmentation: one run each, trained once for every segmentation that has it, and the result that is joined of what they recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.datasets import Table
from core.studies.segmentation.document import MAX_UNITS, Segmentation
from core.studies.segmentation.learner import Learner, scored
from core.studies.segmentation.rows import Prepared, prepared
from core.studies.segmentation.scores import levels
from core.training.limits import MAX_STACKED_PARAMS
from core.training.recorded import Recorded
from core.training.recorded_lanes import DocumentLanes
from core.training.recorded_training import RunsLane, RunTrack
from core.training.threads import one_thread

Array = NDArray[Any]


class SegmentationLane(RunsLane):
    """One run of a segmentation under the settings that it shares with others."""

    asked: Segmentation
    learner = Learner

    def memory_share(self, data: Prepared) -> float:
        """Return the share of the largest stack's memory that the lane takes: of its parameters, or of its units in an update."""
        return max(self.asked.params() / MAX_STACKED_PARAMS, self.asked.units() / MAX_UNITS)


@dataclass(frozen=True)
class SegmentationResult(Recorded):
    """The records of a segmentation, or those so far. Of the first seed of each run are kept: parameters (E, P) and counts on test images (E, 3, T)."""

    document: Segmentation
    data: Prepared
    tracks: tuple[RunTrack, ...]

    def levels(self, run: int, update: int, chosen: slice) -> Array:
        """Return the levels (N, K) of the pixels of chosen test images, of the first seed of a run after a recorded update."""
        params = self.tracks[run].kept["params"][self.place(update)]
        with one_thread():
            return levels(expit(scored(self.document, params, self.data.test, chosen)))

    def counts(self, update: int) -> Array:
        """Return TP, FP, and FP on empty images, (R, 3, T), of the first seed on test images after a recorded update."""
        return np.stack([track.kept["counts"][self.place(update)] for track in self.tracks])


class SegmentationDocument(DocumentLanes[SegmentationResult]):
    """A segmentation as the lanes that it is made of."""

    asked: Segmentation
    lane, result = SegmentationLane, SegmentationResult

    def prepared(self, table: Table | None = None) -> Prepared:
        """Return the images that all runs share. Raise ValueError, with the reason, as `Segmentation.check` does."""
        self.asked.check()
        return prepared(self.asked)


def segment(segmentation: Segmentation) -> SegmentationResult:
    """Return the result of a segmentation, all of whose runs train as one stack."""
    return SegmentationDocument(segmentation).trained()
