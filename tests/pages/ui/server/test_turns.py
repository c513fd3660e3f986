"""How many train at a time: jobs in line, their turns, and places that are given up."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

import pytest

from core.models import MODELS
from core.training import train
from core.training.lanes import Comparison
from pages.ui.server import stack as stack_module
from pages.ui.server.job import Job
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from pages.ui.server.turns import Turns
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


class Loaded:
    """Something that can stand in line, and notes when it gets a place."""

    def __init__(self, memory: float, placed: list[Loaded]) -> None:
        self.memory, self._placed = memory, placed

    def go(self) -> None:
        self._placed.append(self)


def test_what_trains_together_takes_no_more_memory_than_the_largest_stack() -> None:
    placed: list[Loaded] = []
    line = [Loaded(memory, placed) for memory in (0.7, 0.7, 0.1, 1.0, 0.2)]
    turns = Turns(lambda: 3)
    for each in line:
        turns.join(each)
    assert placed == [line[0], line[2], line[4]]  # the second would be too much beside the first; lighter ones go before it
    assert turns.ahead(line[1]) == 3
    turns.leave(line[2])
    assert placed[3:] == []
    assert turns.pass_on(line[0])
    assert placed[3:] == [line[1]]
    turns.leave(line[1])
    assert placed[4:] == [line[0]]  # the largest takes all of it
    turns.leave(line[4])
    turns.leave(line[0])
    assert placed[5:] == [line[3]]


def test_two_stacks_of_large_models_train_one_after_the_other_and_a_small_one_beside_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_module, "TURN_SECONDS", 0.0)
    executor = ByHand(updates=1)
    jobs = Jobs(lambda: executor, places=lambda: 3)
    large = replace(EXPERIMENT, model=MODELS["mlp"](hidden=(1000, 1000)), epochs=1, seeds=3, batch_size=0, runs=EXPERIMENT.runs[:1])
    line = [jobs.job(Comparison(each)) for each in (large, replace(large, split_seed=1), EXPERIMENT)]
    for i, job in enumerate(line):
        job.watch(str(i))
    assert [job.ahead() > 0 for job in line] == [False, True, False]
    assert len(executor.waiting) == 2
    executor.run()
    assert {job.status for job in line} == {Status.DONE}
    same(line[1].result(), train(line[1].document.experiment))
