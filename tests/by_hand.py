"""An executor that works by hand, and a job on it: no processes, no threads, and nothing happens unless a test says so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from typing import Any

import numpy as np

from core.experiment import Experiment
from core.training import train
from core.training.lanes import Comparison
from core.training.results import Result
from pages.ui.server.job import Job
from pages.ui.server.jobs import Jobs
from tests.small import run, small

EXPERIMENT = small(run(), run(optimizer="adam", learning_rate=0.01))
WHOLE = train(EXPERIMENT)


class ByHand(Executor):
    """Keeps what is submitted until a test runs it, in slices of a few updates whatever is asked for."""

    def __init__(self, updates: int = 2) -> None:
        self.updates = updates
        self.waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self.sent = 0

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.sent += 1
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: fn(*args, **(kwargs | {"max_updates": self.updates}))))
        return future

    def step(self, error: BaseException | None = None) -> None:
        """Run the slice that has waited longest, or lose it."""
        future, call = self.waiting.popleft()
        if isinstance(error, CancelledError):
            future.cancel()
        elif error is not None:
            future.set_exception(error)
        else:
            future.set_result(call())

    def run(self) -> None:
        """Run slices until none is waiting."""
        while self.waiting:
            self.step()


def begun(experiment: Experiment = EXPERIMENT, updates: int = 2) -> tuple[Job, ByHand]:
    """Return a job that one session watches, with its first slice waiting."""
    executor = ByHand(updates)
    job = Jobs(lambda: executor).job(Comparison(experiment))
    job.watch("me")
    return job, executor


def same(result: Result | None, expected: Result) -> None:
    """Assert that two results are the same to the last bit, but for seconds."""
    assert result is not None
    assert result.experiment == expected.experiment
    np.testing.assert_array_equal(result.epochs, expected.epochs)
    np.testing.assert_array_equal(result.diverged_at, expected.diverged_at)
    for mine, theirs in ((result.metrics, expected.metrics), (result.run_metrics, expected.run_metrics), (result.snapshots, expected.snapshots)):
        assert list(mine) == list(theirs)
        for name in mine:
            if name != "seconds":
                np.testing.assert_array_equal(mine[name], theirs[name])  # type: ignore[index]
