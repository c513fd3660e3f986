"""What is computed of a lane: each thing once, and again when it was lost."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import CancelledError, Executor
from dataclasses import replace

import numpy as np
import pytest

from core.diagnosis import Reference, learned
from core.experiment import Experiment
from core.preparation.split import Data, prepare
from core.training.lanes import Comparison
from pages.ui.server.analyses import Analyses
from pages.ui.server.jobs import Jobs
from tests.by_hand import EXPERIMENT, WHOLE, ByHand


def epochs(experiment: Experiment, data: Data, **kwargs: object) -> int:
    return experiment.epochs


def names(experiment: Experiment, data: Data, **kwargs: object) -> tuple[str, ...]:
    return data.outputs


def test_each_analysis_is_submitted_once() -> None:
    analyses, executor = Analyses(), ByHand()
    first = analyses.submit(lambda: executor, epochs, EXPERIMENT, WHOLE.data)
    assert analyses.submit(lambda: executor, epochs, EXPERIMENT, WHOLE.data) is first
    other = analyses.submit(lambda: executor, names, EXPERIMENT, WHOLE.data)
    assert executor.sent == 2
    executor.run()
    assert first is not None
    assert other is not None
    assert (first.result(), other.result()) == (EXPERIMENT.epochs, WHOLE.data.outputs)


@pytest.mark.parametrize("error", [RuntimeError("worker killed"), CancelledError()])
def test_a_lost_analysis_is_submitted_again(error: BaseException) -> None:
    analyses, executor = Analyses(), ByHand()
    first = analyses.submit(lambda: executor, epochs, EXPERIMENT, WHOLE.data)
    executor.step(error)
    assert analyses.submit(lambda: executor, epochs, EXPERIMENT, WHOLE.data) is not first
    assert executor.sent == 2


def test_what_is_made_of_data_is_made_once_for_all_runs_and_is_gone_with_them() -> None:
    jobs, made = Jobs(ByHand), list[int]()
    first, second = (jobs.job(Comparison(replace(EXPERIMENT, runs=(run,)))) for run in EXPERIMENT.runs)
    data = prepare(EXPERIMENT.dataset.load(), EXPERIMENT.dataset.task, EXPERIMENT.preparation)

    def count(data: Data) -> int:
        made.append(data.n_train)
        return len(made)

    assert (first.kept_of_data(count, data), second.kept_of_data(count, data)) == (1, 1)
    assert len(jobs.of_data) == 1
    del data
    gc.collect()
    assert not jobs.of_data


def test_what_a_reference_learns_does_not_refer_to_the_data() -> None:
    data = prepare(EXPERIMENT.dataset.load(), EXPERIMENT.dataset.task, EXPERIMENT.preparation)
    known, gone = learned(data), weakref.ref(data)
    again = Reference(data, known)
    assert again.chosen is known["chosen"]
    assert again.skill == Reference(data).skill
    del data, again
    gc.collect()
    assert gone() is None


def test_an_executor_that_takes_no_work_gives_no_future() -> None:
    def shut_down() -> Executor:
        raise RuntimeError("the server ends")

    assert Analyses().submit(shut_down, epochs, EXPERIMENT, WHOLE.data) is None


def test_what_is_kept_is_made_anew_for_other_records_or_another_question() -> None:
    analyses, made = Analyses(), list[str]()
    one, other = WHOLE.tracks

    def make() -> int:
        made.append("once more")
        return len(made)

    assert [analyses.kept("findings", one, make) for _ in range(2)] == [1, 1]
    assert analyses.kept("another", one, make) == 2
    assert analyses.kept("findings", other, make) == 3
    assert analyses.kept("another", one, make) == 2
    analyses.clear()
    assert analyses.kept("another", one, make) == 4


def test_what_is_kept_is_counted_and_the_oldest_of_many_is_forgotten() -> None:
    analyses, track = Analyses(), WHOLE.tracks[0]
    for number in range(100):
        analyses.kept(number, track, lambda: np.zeros(1000))
    assert analyses.nbytes == 64 * 8000
    assert analyses.kept(99, track, lambda: None) is not None
    assert analyses.kept(0, track, lambda: None) is None
