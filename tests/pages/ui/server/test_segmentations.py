"""The service trains segmentations as it trains experiments: a lane once, in slices, with progress, and a stop that loses nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.studies.segmentation import SCENES, segment
from core.studies.segmentation.document import default_segmentation, segmenter
from core.studies.segmentation.lanes import SegmentationDocument, SegmentationResult
from pages.ui.server.executors import workplace
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import ByHand

SEGMENTATION = replace(default_segmentation(), scene=SCENES["ink"](), images=16, batch=4, updates=40, patch=3)


def same(one: SegmentationResult, other: SegmentationResult) -> None:
    np.testing.assert_array_equal(one.updates, other.updates)
    for name, values in one.metrics.items():
        np.testing.assert_array_equal(values, other.metrics[name], err_msg=name)
    for mine, theirs in zip(one.tracks, other.tracks, strict=True):
        np.testing.assert_array_equal(mine.params, theirs.params)
        np.testing.assert_array_equal(mine.counts, theirs.counts)


def watched(service: Jobs, segmentation: Any) -> Any:
    job = service.job(SegmentationDocument(segmentation))
    job.watch("me")
    return job


def test_five_runs_of_which_one_changes_train_one() -> None:
    executor = ByHand(7)
    service = Jobs(lambda: executor)
    before = watched(service, SEGMENTATION)
    executor.run()
    same(before.result(), segment(SEGMENTATION))
    sent = executor.sent
    changed = replace(SEGMENTATION, runs=(*SEGMENTATION.runs[:4], segmenter("pixel_tversky", smooth=10.0)))
    after = watched(service, changed)
    assert after.progress() == (0, 0)
    executor.run()
    assert executor.sent - sent == -(-40 // 7), "slices of the one lane alone"
    same(after.result(), segment(changed))


def test_progress_and_a_stop_after_which_it_goes_on() -> None:
    executor = ByHand(7)
    job = watched(Jobs(lambda: executor), SEGMENTATION)
    executor.step()
    executor.step()
    assert job.progress()[0] == pytest.approx(14 / 40)
    partial = job.result()
    assert partial.progress == partial.updates.max() / 40 <= 14 / 40
    job.leave("me")
    executor.run()
    assert job.status is Status.STOPPED
    job.watch("me")
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), segment(SEGMENTATION))


def test_what_cannot_be_trained_is_refused_in_its_own_words() -> None:
    job = watched(Jobs(lambda: ByHand(7)), replace(default_segmentation(), updates=5000, seeds=16))
    assert job.status is Status.FAILED
    assert "times the work" in str(job.error)


@pytest.mark.proof
def test_lanes_go_to_a_worker_and_back() -> None:
    """A process of its own: lanes, states and records are pickled."""
    job = watched(Jobs(workplace().executor), SEGMENTATION)
    job.wait(120)
    same(job.result(), segment(SEGMENTATION))
