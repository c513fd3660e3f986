"""Jobs: one training for all who ask, in slices, stopped and gone on with; by executors that need no processes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from core.experiment import Experiment
from core.training import train
from pages.ui.server import job as job_module
from pages.ui.server.job import Job, Status
from pages.ui.server.jobs import Jobs
from tests.by_hand import EXPERIMENT, WHOLE, ByHand, begun, same
from tests.small import CURVE, run, small


@pytest.mark.parametrize("updates", [1, 4, 1000])
@pytest.mark.parametrize("experiment", [EXPERIMENT, small(run("huber"), dataset=CURVE)], ids=["classification", "regression"])
def test_result_is_that_of_the_training(experiment: Experiment, updates: int) -> None:
    job, executor = begun(experiment, updates)
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), train(experiment))


def test_result_is_that_of_the_training_with_threads() -> None:
    """In the slices that the job asks for itself."""
    with ThreadPoolExecutor(2) as threads:
        several = Jobs(lambda: threads)
        experiments = [replace(EXPERIMENT, split_seed=seed) for seed in range(3)]
        running = [several.get(experiment) for experiment in experiments]
        for job in running:
            job.watch("me")
        for job, experiment in zip(running, experiments, strict=True):
            job.wait(30)
            assert job.status is Status.DONE
            same(job.result(), train(experiment))


class Asked(ByHand):
    """Notes how many updates each slice should have."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked: list[int] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked.append(kwargs["max_updates"])
        return super().submit(fn, *args, **kwargs)


def test_slices_grow_to_the_time_that_they_should_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as long at most, and never less than one update."""
    for seconds, grows in ((1e9, True), (0.0, False)):
        executor = Asked()
        Jobs(lambda executor=executor: executor).get(EXPERIMENT).watch("me")
        with monkeypatch.context() as patch:
            patch.setattr(job_module, "SLICE_SECONDS", seconds)
            executor.run()
        assert len(executor.asked) == 15
        for before, after in pairwise(executor.asked):
            assert after == (before * 4 if grows else max(1, before // 4))


def test_a_first_slice_is_short_also_where_updates_are_small() -> None:
    """No update takes less than a tenth of a millisecond, and nobody can cancel within a slice."""
    executor = Asked()
    Jobs(lambda: executor).get(replace(EXPERIMENT, batch_size=1)).watch("me")
    assert 100 < executor.asked[0] <= job_module.SLICE_SECONDS / 1e-4


# Who watches


def test_two_who_ask_share_a_job() -> None:
    executor = ByHand()
    several = Jobs(lambda: executor)
    job = several.get(EXPERIMENT)
    assert several.get(Experiment.from_json(EXPERIMENT.to_json())) is job
    assert several.get(replace(EXPERIMENT, epochs=4)) is not job
    job.watch("me")
    job.watch("you")
    job.watch("me")
    assert executor.sent == 1
    executor.run()
    assert executor.sent == 8
    assert several.get(EXPERIMENT) is job
    job.watch("late")
    assert executor.sent == 8


def test_many_who_ask_at_once_share_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Experiment] = []
    start = job_module.start
    monkeypatch.setattr(job_module, "start", lambda experiment, table: started.append(experiment) or start(experiment, table))
    barrier = threading.Barrier(8)
    with ThreadPoolExecutor(1) as worker, ThreadPoolExecutor(8) as sessions:
        several = Jobs(lambda: worker)

        def ask(session: int) -> Job:
            barrier.wait(10)
            job = several.get(EXPERIMENT)
            job.watch(str(session))
            return job

        asked = list(sessions.map(ask, range(8)))
        asked[0].wait(30)
    assert len(set(map(id, asked))) == len(started) == 1
    same(asked[0].result(), WHOLE)


def test_last_to_leave_stops_the_job_within_a_slice() -> None:
    job, executor = begun()
    job.watch("you")
    job.leave("me")
    executor.step()
    assert (job.status, len(executor.waiting)) == (Status.RUNNING, 1)
    job.leave("me")
    job.leave("stranger")
    assert job.status is Status.RUNNING
    job.leave("you")
    assert job.status is Status.STOPPED
    job.wait(30)  # returns at once
    executor.step()
    assert (job.status, len(executor.waiting)) == (Status.STOPPED, 0)


@pytest.mark.parametrize("steps", range(7))
def test_job_that_is_watched_again_goes_on_to_the_same_result(steps: int) -> None:
    job, executor = begun()
    for _ in range(steps):
        executor.step()
    job.leave("me")
    executor.run()
    assert executor.sent == steps + 1
    partial = job.result()
    assert partial is not None
    assert {str(partial.status(run, 0)) for run in range(2)} == {f"cancelled at epoch {partial.epochs[-1]}"}
    job.watch("you")
    assert (job.status, len(executor.waiting)) == (Status.RUNNING, 1)
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), WHOLE)


def test_back_before_the_slice_is_over() -> None:
    """It goes on as if nobody had left, and never twice at a time."""
    job, executor = begun()
    for _ in range(4):
        job.leave("me")
        job.watch("me")
        assert len(executor.waiting) == 1
        executor.step()
    executor.run()
    assert executor.sent == 8
    same(job.result(), WHOLE)


def test_done_stays_done() -> None:
    job, executor = begun()
    executor.run()
    job.leave("me")
    job.watch("you")
    assert (job.status, executor.sent) == (Status.DONE, 8)


# What can be seen


def test_progress_rises_to_one() -> None:
    job, executor = begun(updates=1)
    assert job.progress() == (0, 0)
    seen = []
    while executor.waiting:
        executor.step()
        seen.append(job.progress())
    np.testing.assert_allclose([share for share, _ in seen], np.arange(1, 16) / 15)
    assert all(left > 0 for _, left in seen[:-1])
    assert seen[-1] == (1, 0)


def test_result_grows_with_the_epochs() -> None:
    executor = ByHand(5)
    job = Jobs(lambda: executor).get(EXPERIMENT)
    assert job.result() is None
    job.watch("me")
    for epoch in range(4):
        result = job.result()
        assert result is not None
        assert result is job.result()
        assert list(result.epochs) == list(range(epoch + 1))
        np.testing.assert_array_equal(result.values("loss"), WHOLE.values("loss")[: epoch + 1])
        if epoch < 3:
            executor.step()


@pytest.mark.parametrize("updates", [1, 2, 1000])
def test_job_whose_runs_all_diverge_is_done_and_says_so(updates: int) -> None:
    """Whenever the result is looked at on the way."""
    experiment = small(run("squared_error", learning_rate=1e6), dtype="float32", batch_size=1, epochs=50)
    job, executor = begun(experiment, updates)
    while executor.waiting:
        assert job.result() is not None
        executor.step()
    assert job.status is Status.DONE
    result = job.result()
    same(result, train(experiment))
    assert result is not None
    assert {str(result.status(0, seed)) for seed in range(2)} == {"diverged at epoch 1"}


def test_a_private_job_is_nobody_else_s() -> None:
    executor = ByHand(1000)
    several = Jobs(lambda: executor)
    table = EXPERIMENT.dataset.load()
    one, other = several.private(EXPERIMENT, table), several.private(EXPERIMENT, table)
    assert len({id(job) for job in (one, other, several.get(EXPERIMENT))}) == 3
    one.watch("me")
    executor.run()
    same(one.result(), WHOLE)
    assert other.result() is None
