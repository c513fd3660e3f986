"""Jobs: one training for all who ask, in slices, stopped and gone on with; by executors that need no processes."""

from __future__ import annotations

import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from core.experiment import Experiment
from core.training import lanes, train
from core.training.lanes import Comparison
from pages.ui.server.job import Job
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
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
        running = [several.job(Comparison(experiment)) for experiment in experiments]
        for job in running:
            job.watch("me")
        for job, experiment in zip(running, experiments, strict=True):
            job.wait(30)
            assert job.status is Status.DONE
            same(job.result(), train(experiment))


# Who watches


def test_two_who_ask_share_the_training() -> None:
    executor = ByHand()
    several = Jobs(lambda: executor)
    job = several.job(Comparison(EXPERIMENT))
    other = several.job(Comparison(Experiment.from_json(EXPERIMENT.to_json())))
    job.watch("me")
    other.watch("you")
    job.watch("me")
    assert executor.sent == 1
    executor.run()
    assert executor.sent == 8
    late = several.job(Comparison(EXPERIMENT))
    late.watch("late")
    assert (late.status, executor.sent) == (Status.DONE, 8)
    for each in (job, other, late):
        same(each.result(), WHOLE)


def test_many_who_ask_at_once_share_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    begin = lanes.begin
    monkeypatch.setattr(lanes, "begin", lambda stack, data: started.append(len(stack.runs)) or begin(stack, data))
    barrier = threading.Barrier(8)
    with ThreadPoolExecutor(1) as worker, ThreadPoolExecutor(8) as sessions:
        several = Jobs(lambda: worker)

        def ask(session: int) -> Job:
            barrier.wait(10)
            job = several.job(Comparison(EXPERIMENT))
            job.watch(str(session))
            return job

        asked = list(sessions.map(ask, range(8)))
        for job in asked:
            job.wait(30)
    assert started == [len(EXPERIMENT.runs)]
    for job in asked:
        same(job.result(), WHOLE)


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
    job = Jobs(lambda: executor).job(Comparison(EXPERIMENT))
    assert job.result() is None
    job.watch("me")
    executor.step()
    for epoch in range(1, 4):
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
        executor.step()
        assert job.result() is not None
    assert job.status is Status.DONE
    result = job.result()
    same(result, train(experiment))
    assert result is not None
    assert {str(result.status(0, seed)) for seed in range(2)} == {"diverged at epoch 1"}


def test_the_lanes_on_a_persons_table_are_that_persons_alone() -> None:
    executor = ByHand(1000)
    several = Jobs(lambda: executor)
    mine, yours = EXPERIMENT.dataset.load(), EXPERIMENT.dataset.load()
    one, other, shared = (several.job(Comparison(EXPERIMENT), table) for table in (mine, yours, None))
    one.watch("me")
    executor.run()
    same(one.result(), WHOLE)
    assert other.result() is shared.result() is None
    fewer = several.job(Comparison(replace(EXPERIMENT, runs=EXPERIMENT.runs[1:])), mine)
    fewer.watch("me")
    assert (fewer.status, executor.sent) == (Status.DONE, 1)
    known = len(several._trainings)
    del one, fewer, mine
    gc.collect()
    assert len(several._trainings) == known - len(EXPERIMENT.runs), "they end with the table"
