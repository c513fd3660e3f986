"""Jobs that go wrong: slices that are lost with their worker, executors that break, and experiments that cannot be trained."""

from __future__ import annotations

import gc
import os
import signal
import struct
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from joblib.externals.loky.backend.queues import SimpleQueue

from core.class_weights import CLASS_WEIGHTS
from core.training import train
from core.training.lanes import Comparison, Lane
from pages.ui.server import stack as stack_module
from pages.ui.server import training as training_module
from pages.ui.server.executors import process_executor
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import EXPERIMENT, WHOLE, ByHand, begun, same
from tests.small import run, small

HOPELESS = small(run(class_weights=CLASS_WEIGHTS["manual"](values=(0, 0, 0))))


@pytest.mark.parametrize("error", [BrokenProcessPool("a worker died"), KeyError("x"), CancelledError()], ids=lambda error: type(error).__name__)
def test_lost_slice_is_sent_again(error: BaseException) -> None:
    job, executor = begun()
    executor.step(error)
    executor.step()
    executor.step(error)
    executor.run()
    assert (job.status, executor.sent) == (Status.DONE, 10)
    same(job.result(), WHOLE)


@pytest.mark.parametrize("error", [BrokenProcessPool("a worker died"), CancelledError()], ids=lambda error: type(error).__name__)
def test_slice_that_is_lost_again_and_again_fails(error: BaseException) -> None:
    executor = ByHand()
    several = Jobs(lambda: executor)
    single = Comparison(small(run()))
    job = several.job(single)
    job.watch("me")
    executor.step()
    for _ in range(4):
        assert job.status is Status.RUNNING
        executor.step(error)
    assert job.status is Status.FAILED
    assert str(job.error) == f"training was lost 4 times ({type(error).__name__}): try again"
    assert not executor.waiting
    job.watch("me")
    assert not executor.waiting
    again = several.job(single)
    again.watch("me")
    executor.run()
    same(again.result(), train(small(run())))


def test_a_lane_that_cannot_be_trained_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else had lanes in its stack gets them, though the stack was lost again and again."""
    advance = Lane.advance

    def poisoned(lanes: Any, *arguments: Any, **options: Any) -> Any:
        if any(lane.experiment.runs[0].optimizer.kind == "adam" for lane in lanes):
            raise MemoryError
        return advance(lanes, *arguments, **options)

    monkeypatch.setattr(Lane, "advance", staticmethod(poisoned))
    executor = Failing()
    several = Jobs(lambda: executor)
    both, one = several.job(Comparison(EXPERIMENT)), several.job(Comparison(replace(EXPERIMENT, runs=EXPERIMENT.runs[:1])))
    both.watch("me")
    one.watch("you")
    executor.run()
    assert (both.status, one.status) == (Status.FAILED, Status.DONE)
    assert str(both.error) == "there is not enough memory for this training: take a smaller batch, fewer seeds or a smaller model"
    same(one.result(), train(one.document.experiment))
    assert executor.sent - 8 == 2, "together, then alone: what needs too much memory is not tried again"


class Failing(ByHand):
    """Hands on what a slice raises."""

    def step(self, error: BaseException | None = None) -> None:
        future, call = self.waiting.popleft()
        try:
            future.set_result(call())
        except MemoryError as raised:
            future.set_exception(raised)


@pytest.mark.parametrize("failures", [1, 3, 4])
def test_executor_that_refuses(failures: int) -> None:
    """It broke or was shut down between two slices; asked again, `get_executor` returns another."""
    executor, refusals = ByHand(), iter(range(failures))

    class Broken(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise RuntimeError("cannot schedule new futures after shutdown")

    single = small(run())
    job = Jobs(lambda: Broken() if next(refusals, None) is not None else executor).job(Comparison(single))
    job.watch("me")
    executor.run()
    assert job.status is (Status.DONE if failures <= 3 else Status.FAILED)
    if failures <= 3:
        same(job.result(), train(single))
    else:
        assert "lost 4 times (RuntimeError)" in str(job.error)


def test_experiment_that_cannot_be_trained_fails_with_the_message() -> None:
    job, executor = begun(HOPELESS)
    assert job.status is Status.FAILED
    assert str(job.error).endswith("all training rows have weight 0: give at least one class of the data a weight above 0")
    job.wait(30)  # returns at once
    assert job.result() is None
    assert job.progress() == (0, 0)
    job.watch("you")
    job.leave("you")
    assert (job.status, executor.sent) == (Status.FAILED, 0)


def test_error_that_nobody_expected_is_raised_and_leaves_no_job_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = ByHand()
    several = Jobs(lambda: executor)
    with monkeypatch.context() as patch:
        patch.setattr(Comparison, "prepared", lambda comparison, table: 1 / 0)
        job = several.job(Comparison(EXPERIMENT))
        with pytest.raises(ZeroDivisionError):
            job.watch("me")
    assert job.status is Status.FAILED
    assert "ZeroDivisionError" in str(job.error)
    again = several.job(Comparison(EXPERIMENT))
    again.watch("me")
    executor.run()
    same(again.result(), WHOLE)


def test_lost_slice_is_not_sent_again_for_nobody() -> None:
    job, executor = begun()
    executor.step()
    job.leave("me")
    executor.step(BrokenProcessPool("a worker died"))
    assert (job.status, len(executor.waiting)) == (Status.STOPPED, 0)
    job.watch("you")
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), WHOLE)


def until(holds: Callable[[], bool]) -> None:
    """Return when something holds; fail after five minutes."""
    deadline = time.monotonic() + 300
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_worker_costs_a_slice_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """With real processes, several jobs at once, and one of the workers killed twice while they train."""
    monkeypatch.setenv("LOSSBENCH_WORKERS", "2")
    monkeypatch.setattr(stack_module, "SLICE_SECONDS", 0.05)
    sender = ThreadPoolExecutor(1)
    several = Jobs(process_executor, sender.submit)
    experiments = [replace(EXPERIMENT, epochs=200, split_seed=seed) for seed in range(2)]
    waiting = [several.job(Comparison(experiment)) for experiment in experiments]
    for job in waiting:
        job.watch("me")
    for _ in range(2):
        before = [job.progress() for job in waiting]
        until(lambda before=before: [job.progress() for job in waiting] != before or all(job.status is Status.DONE for job in waiting))
        pool = process_executor()
        os.kill(pool.submit(os.getpid).result(timeout=300), signal.SIGKILL)
        until(lambda pool=pool: process_executor() is not pool)  # it ends the pool's other workers itself
    for job, experiment in zip(waiting, experiments, strict=True):
        job.wait(300)
        assert (job.status, job.error) == (Status.DONE, None)
        same(job.result(), train(experiment))
    process_executor().shutdown(wait=True)
    sender.shutdown()


def half_a_result() -> None:
    """In a worker: begin to send a result, and be killed."""
    (results,) = (each for each in gc.get_objects() if isinstance(each, SimpleQueue))
    os.write(results._writer.fileno(), struct.pack("!i", 1000) + b"half of it")
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_is_killed_while_it_sends_a_result_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without help the pool would wait for the rest of the result, for ever, and so would its end."""
    monkeypatch.setenv("LOSSBENCH_WORKERS", "2")
    pool = process_executor()
    with pytest.raises(BrokenProcessPool):
        pool.submit(half_a_result).result(timeout=60)
    assert process_executor().submit(abs, -1).result(timeout=60) == 1
    process_executor().shutdown(wait=True)


def test_a_session_that_was_not_heard_of_for_long_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    job, executor = begun()
    monkeypatch.setattr(training_module, "ABSENT_SECONDS", 0.0)
    executor.step()
    assert job.status is Status.STOPPED
    assert not executor.waiting
    monkeypatch.setattr(training_module, "ABSENT_SECONDS", 60.0)
    job.watch("me")
    job.heard_of("me")
    executor.run()
    same(job.result(), WHOLE)


def test_a_session_whose_tab_is_closed_has_left_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit tells that it has no connection; a lost one may come back for a moment, and goes on from there."""
    tabs, executor = {"me"}, ByHand()
    job = Jobs(lambda: executor, connected=tabs.__contains__).job(Comparison(EXPERIMENT))
    job.watch("me")
    tabs.clear()
    executor.step()
    assert job.status is Status.RUNNING
    monkeypatch.setattr(training_module, "LOST_SECONDS", 0.0)
    executor.step()
    assert (job.status, len(executor.waiting)) == (Status.STOPPED, 0)
    tabs.add("me")
    job.watch("me")
    executor.run()
    same(job.result(), WHOLE)


def test_a_storm_of_changes_leaves_the_last_one_alone() -> None:
    """Twenty in a second: what was begun ends with its slice, which takes 0.3 s, and the others never send one."""
    executor = ByHand()
    several = Jobs(lambda: executor, places=lambda: 3)
    storm = [several.job(Comparison(replace(EXPERIMENT, split_seed=seed))) for seed in range(20)]
    storm[0].watch("me")
    for old, new in pairwise(storm):
        old.leave("me")
        new.watch("me")
    assert stack_module.SLICE_SECONDS <= 0.5
    assert len(executor.waiting) == executor.sent == 3
    for _ in range(3):
        executor.step()
    assert {job.status for job in storm[:-1]} == {Status.STOPPED}
    assert (storm[-1].status, executor.sent, len(executor.waiting)) == (Status.RUNNING, 4, 1)
    executor.run()
    assert executor.sent == 3 + 8
    same(storm[-1].result(), train(storm[-1].document.experiment))
