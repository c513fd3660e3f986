"""The service trains weightings as it trains experiments: a lane once, in slices, with progress, and a stop that loses nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.models import MLP
from core.studies.multitask import weigh
from core.studies.multitask.document import default_multitask, weighting
from core.studies.multitask.lanes import MultitaskDocument, MultitaskResult
from pages.ui.server.executors import workplace
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import ByHand

MULTITASK = replace(default_multitask(), updates=40, model=MLP(hidden=(4,)))


def same(one: MultitaskResult, other: MultitaskResult) -> None:
    np.testing.assert_array_equal(one.updates, other.updates)
    for name, values in one.metrics.items():
        np.testing.assert_array_equal(values, other.metrics[name], err_msg=name)


def watched(service: Jobs, multitask: Any) -> Any:
    job = service.job(MultitaskDocument(multitask))
    job.watch("me")
    return job


def test_four_runs_of_which_one_changes_train_one() -> None:
    executor = ByHand(7)
    service = Jobs(lambda: executor)
    before = watched(service, MULTITASK)
    executor.run()
    same(before.result(), weigh(MULTITASK))
    sent = executor.sent
    changed = replace(MULTITASK, runs=(*MULTITASK.runs[:3], weighting(0.1, 1.0, 1.0)))
    after = watched(service, changed)
    assert after.progress() == (0, 0)
    executor.run()
    assert executor.sent - sent == -(-40 // 7), "slices of the one lane alone"
    same(after.result(), weigh(changed))


def test_progress_and_a_stop_after_which_it_goes_on() -> None:
    executor = ByHand(7)
    job = watched(Jobs(lambda: executor), MULTITASK)
    executor.step()
    executor.step()
    assert job.progress()[0] == pytest.approx(14 / 40)
    job.leave("me")
    executor.run()
    assert job.status is Status.STOPPED
    job.watch("me")
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), weigh(MULTITASK))


def test_what_cannot_be_trained_is_refused_in_its_own_words() -> None:
    job = watched(Jobs(lambda: ByHand(7)), replace(default_multitask(), updates=20_000, seeds=16))
    assert job.status is Status.FAILED
    assert "times the work" in str(job.error)


@pytest.mark.proof
def test_lanes_go_to_a_worker_and_back() -> None:
    """A process of its own: lanes, states and records are pickled."""
    job = watched(Jobs(workplace().executor), MULTITASK)
    job.wait(120)
    same(job.result(), weigh(MULTITASK))
