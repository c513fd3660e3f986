"""How much of the results is kept: the budget, what counts, and what is never dropped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.training import train
from core.training.lanes import Comparison
from core.training.state import StackState
from pages.ui.server import jobs
from pages.ui.server import stack as stack_module
from pages.ui.server import training as training_module
from pages.ui.server.job import Job
from pages.ui.server.jobs import Jobs, held
from pages.ui.server.training import Status, Training
from tests.by_hand import EXPERIMENT, ByHand, same


def of(*jobs_: Job) -> list[Training]:
    """Return the trainings of jobs, each once."""
    return list(dict.fromkeys(training for job in jobs_ for training in job._trainings))


def trained(several: Jobs, executor: ByHand, seed: int) -> Job:
    job = several.job(Comparison(replace(EXPERIMENT, split_seed=seed)))
    job.watch("me")
    executor.run()
    job.seen("me")
    return job


def test_results_beyond_the_budget_are_dropped_least_recently_looked_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = ByHand(1000)
    several = Jobs(lambda: executor)
    first = [trained(several, executor, seed) for seed in range(3)]
    assert len({held(of(job)) for job in first}) == 1
    monkeypatch.setattr(jobs, "KEPT_BYTES", held(of(*first)))
    trained(several, executor, 0)  # looked at again
    trained(several, executor, 3)
    assert [job.result() is None for job in first] == [False, True, False]
    first[1].watch("you")  # somebody who still looks at it
    executor.run()
    same(first[1].result(), train(first[1].document.experiment))
    assert held(of(first[1])) > 0, "what trains again is counted again"


def test_a_dropped_job_that_nobody_watches_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = ByHand(1000)
    several = Jobs(lambda: executor)
    one = trained(several, executor, 0)
    one.leave("me")
    monkeypatch.setattr(jobs, "KEPT_BYTES", 0)
    trained(several, executor, 1)
    assert not set(of(several.job(one.document))) & set(of(one))
    one.watch("me")  # a tab that was silent for long comes back
    executor.run()
    trained(several, executor, 2)
    assert one.result() is not None, "it is awaited"
    one.seen("me")
    trained(several, executor, 3)
    assert one.result() is None, "what trains again is counted again, also if it is no longer shared"


def test_a_failed_lane_that_nobody_watches_is_forgotten() -> None:
    executor = ByHand(1000)
    several = Jobs(lambda: executor)
    lost = several.job(Comparison(replace(EXPERIMENT, runs=EXPERIMENT.runs[:1])))
    lost.watch("me")
    executor.step(MemoryError())
    assert lost.status is Status.FAILED
    trained(several, executor, 1)
    (failed,) = of(lost)
    assert failed in several._shared.trainings.values()
    lost.leave("me")
    trained(several, executor, 2)
    assert failed not in several._shared.trainings.values()


def test_running_jobs_and_the_newest_are_never_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT_BYTES", 0)
    executor = ByHand()
    several = Jobs(lambda: executor)
    running = [several.job(Comparison(replace(EXPERIMENT, split_seed=seed))) for seed in range(2)]
    for job in running:
        job.watch("me")
        executor.step()
    newest = several.job(Comparison(replace(EXPERIMENT, split_seed=9)))
    newest.watch("me")
    while newest.status is Status.RUNNING:
        executor.step()
    assert newest.result() is not None
    executor.run()
    assert {job.status for job in running} <= {Status.DONE, Status.STOPPED}


def test_the_budget_counts_what_a_result_holds() -> None:
    """To a fifth: a few small arrays are not counted."""
    job = trained(Jobs(lambda: executor), executor := ByHand(1000), 0)
    result = job.result()
    assert result is not None
    arrays = [*result.metrics.values(), *result.run_metrics.values(), *result.snapshots.values(), result.data.X, result.data.truth]
    arrays += [array for targets in result.data.targets.values() for array in (targets.values,)] + [*result.data.draws.values()]
    np.testing.assert_allclose(held(of(job)), sum(array.nbytes for array in arrays), rtol=0.2)


def test_data_that_jobs_share_count_once() -> None:
    executor = ByHand(1000)
    several = Jobs(lambda: executor)
    one = trained(several, executor, 0)
    other = several.job(Comparison(replace(EXPERIMENT, runs=EXPERIMENT.runs[:1])))
    other.watch("me")
    executor.run()
    (data,) = {training.data for training in of(one, other)}
    assert one.result().data is other.result().data is data
    assert held(of(one, other)) == sum(training.size() for training in of(one, other)) + data.nbytes


def test_a_lane_that_has_ended_holds_no_more_than_its_records() -> None:
    job = trained(Jobs(lambda: executor), executor := ByHand(1000), 0)
    for training, track in zip(of(job), job.result().tracks, strict=True):
        assert training.records is track
        assert training.state is None
        assert training.size() == track.nbytes
        owned = [array.base for array in (*track.metrics.values(), *track.run_metrics.values(), *track.snapshots.values())]
        assert all(base is None or base.nbytes < 2 * track.nbytes for base in owned), "a view would hold the arrays of the whole stack"


def test_what_stops_counts_its_parameters_and_optimizers() -> None:
    executor = ByHand()
    job = Jobs(lambda: executor).job(Comparison(EXPERIMENT))
    job.watch("me")
    executor.step()
    job.leave("me")
    executor.run()
    assert job.status is Status.STOPPED
    for training in of(job):
        state, records = training.state, training.records
        assert isinstance(state, StackState)
        assert records is not None
        arrays = [state.params, *(array for group in state.optimizer for array in group.values())]
        assert state.nbytes == sum(array.nbytes for array in arrays) > 0
        assert training.size() == state.nbytes + records.nbytes


def test_a_result_that_a_session_waits_for_is_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    executor = ByHand(1000)
    several = Jobs(lambda: executor)
    awaited = several.job(Comparison(EXPERIMENT))
    awaited.watch("you")
    executor.run()
    monkeypatch.setattr(jobs, "KEPT_BYTES", 0)
    trained(several, executor, 1)
    assert awaited.result() is not None
    awaited.seen("you")
    trained(several, executor, 2)
    assert awaited.result() is None
    awaited.watch("you")  # it trains anew, and is awaited again
    executor.run()
    trained(several, executor, 3)
    assert awaited.result() is not None
    for training in of(awaited):
        training._watchers["you"] -= training_module.ABSENT_SECONDS  # a closed tab
    trained(several, executor, 4)
    assert awaited.result() is None


def test_what_a_closed_tab_waited_for_is_dropped_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit knows that the tab is closed; a lost connection may come back for a moment."""
    tabs, looks = {"mine"}, list[Callable[[], object]]()
    executor = ByHand(1000)
    several = Jobs(lambda: executor, connected=tabs.__contains__, later=looks.append)
    monkeypatch.setattr(jobs, "KEPT_BYTES", 0)
    mine, yours = (several.job(Comparison(replace(EXPERIMENT, split_seed=seed))) for seed in (1, 2))
    mine.watch("mine")
    yours.watch("yours")  # its tab is closed by now
    executor.run()
    assert len(looks) == 1, "the budget is passed, and is looked at again, once"
    looks.pop()()
    assert None not in (mine.result(), yours.result()), "a moment ago it was there"
    monkeypatch.setattr(training_module, "LOST_SECONDS", 0)
    looks.pop()()
    assert yours.result() is None
    assert mine.result() is not None, "somebody looks forward to it"
    tabs.clear()
    looks.pop()()
    assert mine.result() is None
    assert not looks


def test_what_is_stopped_is_dropped_too_when_the_budget_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT_BYTES", 0)
    executor = ByHand()
    job = Jobs(lambda: executor).job(Comparison(EXPERIMENT))
    job.watch("me")
    executor.step()
    assert job.result() is not None
    job.leave("me")
    executor.run()
    assert (job.status, job.result()) == (Status.STOPPED, None)
    assert held(of(job)) == 0


def test_what_a_closed_tab_left_in_line_is_dropped_before_its_turn_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT_BYTES", 0)
    monkeypatch.setattr(training_module, "LOST_SECONDS", 0)
    monkeypatch.setattr(stack_module, "TURN_SECONDS", 0.0)
    executor, tabs = ByHand(), {"mine", "yours"}
    several = Jobs(lambda: executor, places=lambda: 1, connected=tabs.__contains__)
    mine, yours = (several.job(Comparison(replace(EXPERIMENT, split_seed=seed))) for seed in (1, 2))
    yours.watch("yours")
    mine.watch("mine")
    executor.step()
    monkeypatch.setattr(stack_module, "TURN_SECONDS", 1000.0)  # mine keeps its place
    assert yours.ahead() == 1
    assert held(of(yours)) > 0, "it has begun, and stands in line behind mine"
    tabs.remove("yours")
    executor.step()
    assert yours.status is Status.STOPPED
    assert held(of(yours)) == 0
    executor.run()
    same(mine.result(), train(mine.document.experiment))


@pytest.mark.proof
def test_the_memory_of_the_process_stays_near_the_budget() -> None:
    """Twenty visitors train heavy models, each for a slice, and close their tabs: all of them together would hold five times the budget."""
    script = Path(__file__).with_name("heavy.py")
    done = subprocess.run([sys.executable, "-m", f"tests.pages.ui.server.{script.stem}"], capture_output=True, text=True, timeout=300, check=True)
    before, largest, wanted = map(float, done.stdout.split())
    assert wanted > 5 * jobs.KEPT_BYTES
    assert largest - before < 2 * jobs.KEPT_BYTES, done.stdout
