"""Jobs that go wrong: slices that are lost with their worker, executors that break, and experiments that cannot be trained."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import pytest

from core.class_weights import CLASS_WEIGHTS
from pages.ui import jobs
from pages.ui.jobs import Jobs, Status
from tests.by_hand import EXPERIMENT, WHOLE, ByHand, begun, same
from tests.small import run, small

HOPELESS = small(run(class_weights=CLASS_WEIGHTS["manual"](values=(0, 0, 0))))


@pytest.mark.parametrize("error", [BrokenProcessPool("a worker died"), MemoryError(), KeyError("x"), CancelledError()], ids=lambda error: type(error).__name__)
def test_lost_slice_is_sent_again(error: BaseException) -> None:
    job, executor = begun()
    executor.step(error)
    executor.step()
    executor.step(error)
    executor.run()
    assert (job.status, executor.sent) == (Status.DONE, 10)
    same(job.result(), WHOLE)


@pytest.mark.parametrize("error", [BrokenProcessPool("a worker died"), MemoryError(), CancelledError()], ids=lambda error: type(error).__name__)
def test_slice_that_is_lost_again_and_again_fails(error: BaseException) -> None:
    executor = ByHand()
    several = Jobs(lambda: executor)
    job = several.get(EXPERIMENT)
    job.watch("me")
    executor.step()
    for _ in range(4):
        assert job.status is Status.RUNNING
        executor.step(error)
    assert job.status is Status.FAILED
    assert job.error == f"training was lost 4 times ({type(error).__name__}): change any setting to try again"
    assert not executor.waiting
    job.watch("me")
    assert not executor.waiting
    again = several.get(EXPERIMENT)
    assert again is not job
    again.watch("me")
    executor.run()
    same(again.result(), WHOLE)


@pytest.mark.parametrize("failures", [1, 3, 4])
def test_executor_that_refuses(failures: int) -> None:
    """It broke or was shut down between two slices; asked again, `get_executor` returns another."""
    executor, refusals = ByHand(), iter(range(failures))

    class Broken(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            raise RuntimeError("cannot schedule new futures after shutdown")

    job = Jobs(lambda: Broken() if next(refusals, None) is not None else executor).get(EXPERIMENT)
    job.watch("me")
    executor.run()
    assert job.status is (Status.DONE if failures <= 3 else Status.FAILED)
    if failures <= 3:
        same(job.result(), WHOLE)
    else:
        assert "lost 4 times (RuntimeError)" in job.error


def test_experiment_that_cannot_be_trained_fails_with_the_message() -> None:
    job, executor = begun(HOPELESS)
    assert (job.status, job.error) == (Status.FAILED, "run 1: all training rows have weight 0: give at least one class of the data a weight above 0")
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
        patch.setattr(jobs, "start", lambda experiment: 1 / 0)
        job = several.get(EXPERIMENT)
        with pytest.raises(ZeroDivisionError):
            job.watch("me")
    assert job.status is Status.FAILED
    assert "ZeroDivisionError" in job.error
    again = several.get(EXPERIMENT)
    again.watch("me")
    executor.run()
    same(again.result(), WHOLE)


def test_lost_slice_is_not_sent_again_for_nobody() -> None:
    job, executor = begun()
    executor.step()
    job.leave("me")
    executor.step(MemoryError())
    assert (job.status, len(executor.waiting)) == (Status.STOPPED, 0)
    job.watch("you")
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), WHOLE)
