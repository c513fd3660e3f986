"""What is trained before anybody comes is what the pages open with, and it waits while somebody trains."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.screens import VIEWS
from core.studies.descent.race import course_of, default_race
from core.studies.descent.stories import STORIES
from core.training.lanes import Comparison
from pages.ui.door import warm
from pages.ui.server import jobs
from pages.ui.server.executors import Workplace
from pages.ui.server.followable import document_of
from pages.ui.server.job import Job
from pages.ui.server.training import Status
from pages.ui.training import follow
from tests.by_hand import EXPERIMENT, ByHand
from tests.views import by_address

#: the views that open with a training, by page, in the order in which they are trained ahead
OPENED = {
    "imbalance": ("",), "regularization": ("strength",), "adversarial": ("critic", "duel"), "metric_learning": ("embedding", "mining", "people"),
    "segmentation": ("losses",), "multitask": ("pareto", "weightings"), "deep_networks": ("",), "reinforcement": ("values", "cliff", "policy"),
}  # fmt: skip
OTHER = replace(EXPERIMENT, split_seed=1)


def test_pages_open_with_what_is_trained_ahead(root: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)
    followed = []
    for page, view in ((page, view) for page, views in OPENED.items() for view in views):
        app = by_address(root, page, **({"view": view} if view else {})).run()
        assert not app.exception
        followed += [job.document for job in app.session_state.followed.jobs]
    assert followed == [document_of(asked) for _, asked in warm.openings()]
    assert [*dict.fromkeys(view for view, _ in warm.openings())] == [".".join(filter(None, (page, view))) for page, views in OPENED.items() for view in views]
    assert {view for view, _ in warm.computed()} <= {*VIEWS}


@pytest.fixture
def by_hand(in_threads: None, monkeypatch: pytest.MonkeyPatch) -> ByHand:
    """Return the executor of shared jobs, and let a short experiment stand for what the pages open with."""
    executor = ByHand()
    monkeypatch.setattr(jobs, "workplace", lambda: Workplace(lambda: executor, lambda: 1))
    monkeypatch.setattr(warm, "openings", lambda: iter([("workbench", EXPERIMENT)]))
    return executor


def test_it_waits_while_somebody_trains(by_hand: ByHand, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = jobs.shared_jobs()
    theirs, ahead = shared.job(Comparison(OTHER)), shared.job(Comparison(EXPERIMENT))
    theirs.watch("somebody")
    waited, rest = [], time.sleep

    def sleep(seconds: float) -> None:
        waited.append(ahead.result())
        by_hand.run()
        rest(0.01)  # for the thread in which data are loaded

    def wait(job: Job, seconds: float) -> None:
        while job.status is Status.RUNNING:
            by_hand.run()
            rest(0.01)

    monkeypatch.setattr(warm, "time", SimpleNamespace(sleep=sleep))  # for this module alone: other threads sleep, too
    monkeypatch.setattr(Job, "wait", wait)
    course_of.cache_clear()
    warm.up()
    assert waited
    assert waited == [None] * len(waited), "nothing of it was trained before they were done"
    assert theirs.status is ahead.status is Status.DONE
    assert course_of.cache_info().currsize == len({default_race(), *(story.document for story in STORIES)})


def test_it_can_be_left_out(by_hand: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(warm.WARM, "0")
    warm.up()
    assert jobs.shared_jobs().job(Comparison(EXPERIMENT)).result() is None
