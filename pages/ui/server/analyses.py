"""The analyses of one job's result: each is computed once and shared by every session that looks at the job."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, TypeVar

from core.experiment import Experiment
from core.preparation.split import Data
from core.training.results import Result

T = TypeVar("T")
#: an analysis of one run, by its index in the experiment; the executor computes it beside the training
Analysis = Callable[[Experiment, int, Data], T]


class Analyses:
    """The analyses of one job. Two threads may not call `submit` at once: the job holds its lock."""

    def __init__(self) -> None:
        self._futures: dict[tuple[Analysis[Any], int], Future[Any]] = {}
        #: the last findings: the metrics that they are about, their context, the findings
        self._findings: tuple[object, object, Any] | None = None

    def submit(self, executor: Callable[[], Executor], analysis: Analysis[T], experiment: Experiment, run: int, data: Data) -> Future[T] | None:
        """Return the future of `analysis(experiment, run, data)`.

        The first call sends the analysis to the executor; so does a call after the analysis was lost or failed.
        Returns None if the executor takes no work, because it is broken or shut down.
        """
        future = self._futures.get((analysis, run))
        if future is None or (future.done() and (future.cancelled() or future.exception() is not None)):
            try:
                future = self._futures[analysis, run] = executor().submit(analysis, experiment, run, data)
            except RuntimeError:  # the pool is broken or shut down
                return None
        return future

    def findings(self, result: Result, context: object, compute: Callable[[], T]) -> T:
        """Return `compute()`, or what it returned before for the same records of the result and an equal context."""
        kept = self._findings
        if kept is None or kept[0] is not result.metrics or kept[1] != context:
            kept = self._findings = result.metrics, context, compute()
        findings: T = kept[2]
        return findings

    def clear(self) -> None:
        """Forget all analyses."""
        self._futures.clear()
        self._findings = None
