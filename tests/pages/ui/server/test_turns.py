"""How many train at a time: jobs in line, their turns, and places that are given up."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest

from core.training import train
from core.training.lanes import Comparison
from pages.ui.server import stack as stack_module
from pages.ui.server.job import Job
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import EXPERIMENT, ByHand, same


def in_line(places: int, count: int) -> tuple[list[Job], ByHand]:
    """Return jobs of as many sessions, on other splits, of which only some may have a slice under way."""
    executor = ByHand()
    several = Jobs(lambda: executor, places=lambda: places)
    line = [several.job(Comparison(replace(EXPERIMENT, split_seed=seed))) for seed in range(count)]
    for i, job in enumerate(line):
        job.watch(str(i))
    return line, executor


def test_jobs_wait_in_line_in_the_order_in_which_they_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_module, "TURN_SECONDS", 1000.0)
    line, executor = in_line(2, 5)
    assert [job.ahead() for job in line] == [0, 0, 2, 3, 4]
    assert len(executor.waiting) == 2
    finished = []
    while executor.waiting:
        executor.step()
        finished += [i for i, job in enumerate(line) if job.status is Status.DONE and i not in finished]
        assert len(executor.waiting) <= 2
    assert finished == list(range(5))
    for job in line:
        same(job.result(), train(job.document.experiment))


def test_a_job_that_has_had_its_turn_goes_to_the_end_of_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a long training never keeps a short one waiting for its end."""
    monkeypatch.setattr(stack_module, "TURN_SECONDS", 0.0)
    line, executor = in_line(1, 3)
    turns = []
    for _ in range(6):
        turns.append(next(i for i, job in enumerate(line) if not job.ahead()))
        executor.step()
    assert turns == [0, 1, 2, 0, 1, 2]
    assert {job.status for job in line} == {Status.RUNNING}
    executor.run()
    for job in line:
        same(job.result(), train(job.document.experiment))


def test_who_leaves_while_in_line_costs_nobody_a_slice() -> None:
    line, executor = in_line(1, 3)
    line[1].leave("1")
    executor.run()
    assert [job.status for job in line] == [Status.DONE, Status.STOPPED, Status.DONE]
    assert executor.sent == 16
    line[1].watch("1")
    executor.run()
    same(line[1].result(), train(line[1].document.experiment))


@pytest.mark.parametrize("change", ["fails", "leaves", "finishes"])
def test_a_place_is_given_up_however_a_job_ends(change: str) -> None:
    line, executor = in_line(1, 2)
    if change == "fails":
        for _ in range(4):
            executor.step(BrokenProcessPool("a worker died"))
    elif change == "leaves":
        line[0].leave("0")
        executor.step()
    else:
        while line[0].status is Status.RUNNING:
            executor.step()
    assert line[1].ahead() == 0
    executor.run()
    same(line[1].result(), train(line[1].document.experiment))
