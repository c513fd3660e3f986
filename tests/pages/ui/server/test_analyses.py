"""The analyses of a job: each is computed once, and again when it was lost."""

from __future__ import annotations

from concurrent.futures import CancelledError, Executor
from dataclasses import replace

import pytest

from core.experiment import Experiment
from core.preparation.split import Data
from pages.ui.server.analyses import Analyses
from tests.by_hand import EXPERIMENT, WHOLE, ByHand


def epochs(experiment: Experiment, run: int, data: Data, **kwargs: object) -> int:
    return experiment.epochs + run


def names(experiment: Experiment, run: int, data: Data, **kwargs: object) -> tuple[str, ...]:
    return data.outputs


def test_each_analysis_of_each_run_is_submitted_once() -> None:
    analyses, executor = Analyses(), ByHand()
    first = analyses.submit(lambda: executor, epochs, EXPERIMENT, 0, WHOLE.data)
    assert analyses.submit(lambda: executor, epochs, EXPERIMENT, 0, WHOLE.data) is first
    other_run = analyses.submit(lambda: executor, epochs, EXPERIMENT, 1, WHOLE.data)
    other_analysis = analyses.submit(lambda: executor, names, EXPERIMENT, 0, WHOLE.data)
    assert executor.sent == 3
    executor.run()
    assert first is not None
    assert other_run is not None
    assert other_analysis is not None
    assert (first.result(), other_run.result()) == (EXPERIMENT.epochs, EXPERIMENT.epochs + 1)
    assert other_analysis.result() == WHOLE.data.outputs


@pytest.mark.parametrize("error", [RuntimeError("worker killed"), CancelledError()])
def test_a_lost_analysis_is_submitted_again(error: BaseException) -> None:
    analyses, executor = Analyses(), ByHand()
    first = analyses.submit(lambda: executor, epochs, EXPERIMENT, 0, WHOLE.data)
    executor.step(error)
    assert analyses.submit(lambda: executor, epochs, EXPERIMENT, 0, WHOLE.data) is not first
    assert executor.sent == 2


def test_an_executor_that_takes_no_work_gives_no_future() -> None:
    def shut_down() -> Executor:
        raise RuntimeError("the server ends")

    assert Analyses().submit(shut_down, epochs, EXPERIMENT, 0, WHOLE.data) is None


def test_findings_are_computed_anew_for_other_records_or_another_context() -> None:
    analyses, computed = Analyses(), list[str]()

    def compute() -> int:
        computed.append("once more")
        return len(computed)

    relabelled = replace(WHOLE, experiment=replace(EXPERIMENT, epochs=9))  # the same records
    other_records = replace(WHOLE, metrics=dict(WHOLE.metrics))
    assert [analyses.findings(result, "context", compute) for result in (WHOLE, relabelled)] == [1, 1]
    assert analyses.findings(WHOLE, "another", compute) == 2
    assert analyses.findings(other_records, "another", compute) == 3
    analyses.clear()
    assert analyses.findings(other_records, "another", compute) == 4
