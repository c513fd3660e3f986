"""The service trains what reinforcement compares as it trains experiments: a lane once, in slices, with progress, and a stop that loses nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.studies.reinforcement import METHODS, RULES, Estimator, Learner, Prediction, Quest, learn
from core.studies.reinforcement.climb import Climb, actors
from core.studies.reinforcement.lanes import StudyDocument, StudyResult
from core.studies.reinforcement.worlds import Grid
from pages.ui.server.executors import workplace
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import ByHand

CLIMB = Climb(runs=actors(), updates=10, seeds=2, batch=3)
DOCUMENTS: tuple[Any, ...] = (
    CLIMB,
    Prediction(runs=(Estimator(), Estimator(METHODS["true_online"]())), episodes=30, seeds=2, rates=(0.1, 0.5)),
    Quest(runs=tuple(Learner(RULES[kind]()) for kind in RULES), episodes=15, seeds=2),
)


def same(one: StudyResult, other: StudyResult) -> None:
    assert one.done == other.done
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name], err_msg=name)


def watched(service: Jobs, document: Any) -> Any:
    job = service.job(StudyDocument(document.unlabelled()))
    job.watch("me")
    return job


def test_four_runs_of_which_one_changes_train_one() -> None:
    executor = ByHand(3)
    service = Jobs(lambda: executor)
    before = watched(service, CLIMB)
    executor.run()
    same(before.result(), learn(CLIMB))
    sent = executor.sent
    changed = replace(CLIMB, runs=(*CLIMB.runs[:3], replace(CLIMB.runs[0], rate=0.05)))
    after = watched(service, changed)
    assert after.progress() == (0, 0)
    executor.run()
    assert executor.sent - sent == -(-10 // 3), "slices of the one lane alone"
    same(after.result(), learn(changed))


@pytest.mark.parametrize(("document", "size"), [(DOCUMENTS[0], 3), (DOCUMENTS[1], 3), (DOCUMENTS[2], 200)], ids=lambda each: getattr(each, "noun", ""))
def test_progress_and_a_stop_after_which_it_goes_on(document: Any, size: int) -> None:
    executor = ByHand(size)
    job = watched(Jobs(lambda: executor), document)
    executor.step()
    executor.step()
    done = job.progress()[0]
    assert 0 <= done < 1
    if not isinstance(document, Quest):  # a step is no episode
        assert done == pytest.approx(2 * size / document.updates)
    assert job.result().progress == pytest.approx(done), "a stop does not take back what the bar has shown"
    job.leave("me")
    executor.run()
    assert job.status is Status.STOPPED
    job.watch("me")
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), learn(document))


def test_what_cannot_be_trained_is_refused_in_its_own_words() -> None:
    job = watched(Jobs(lambda: ByHand(3)), replace(DOCUMENTS[2], world=Grid(walls=(24, 37))))
    assert job.status is Status.FAILED
    assert "no way leads from the start to the goal" in str(job.error)


@pytest.mark.proof
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.noun)
def test_lanes_go_to_a_worker_and_back(document: Any) -> None:
    """A process of its own: lanes, states and records are pickled."""
    job = watched(Jobs(workplace().executor), document)
    job.wait(120)
    same(job.result(), learn(document))
