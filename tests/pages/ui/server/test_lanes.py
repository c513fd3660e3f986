"""The service trains lanes of any document: a toy one that only counts, and whose lanes say who trained beside whom."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from core.training import train
from core.training.lanes import Comparison
from pages.ui.server import stack as stack_module
from pages.ui.server.job import Job
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import ByHand, same
from tests.small import run, small


@dataclass(frozen=True)
class Counted:
    """A state or a record: a number."""

    value: int
    nbytes: int = 8

    def followed_by(self, later: Counted) -> Counted:
        return Counted(self.value + later.value)


@dataclass(frozen=True)
class Count:
    """A lane that counts to 10 in steps of its own."""

    step: int
    shared: str = "toys"

    def key(self) -> str:
        return f"{self.shared} {self.step}"

    def company(self) -> str:
        return self.shared

    def share(self, data: Counted) -> float:
        return 1 / 4

    def memory_share(self, data: Counted) -> float:
        return 0.0

    def done(self, state: Counted) -> bool:
        return state.value >= 10

    def position(self, state: Counted) -> tuple[int, ...]:
        return (state.value,)

    def updates(self, state: Counted, data: Counted) -> tuple[int, int]:
        return state.value, 10

    @staticmethod
    def advance(
        lanes: Sequence[Count], states: Sequence[Counted] | None, data: Counted, seconds: float, max_updates: int = 1
    ) -> list[tuple[Counted, Counted]]:
        TRAINED.append([lane.step for lane in lanes])
        assert states is None or len({state.value for state in states}) == 1
        before = [0] * len(lanes) if states is None else [state.value for state in states]
        return [(Counted(done + max_updates), Counted(lane.step * max_updates)) for lane, done in zip(lanes, before, strict=True)]


TRAINED: list[list[int]] = []


@dataclass(frozen=True)
class Toys:
    """A document of such lanes."""

    steps: tuple[int, ...]
    shared: str = "toys"

    @property
    def lanes(self) -> tuple[Count, ...]:
        return tuple(Count(step, self.shared) for step in self.steps)

    def prepared(self, table: object) -> Counted:
        if self.shared == "none":
            raise ValueError("there are none")
        return Counted(0)

    def joined(self, data: Counted, records: Sequence[Counted]) -> list[int]:
        return [record.value for record in records]


@pytest.fixture(autouse=True)
def _nothing_trained() -> None:
    TRAINED.clear()


def watched(service: Jobs, *documents: Toys) -> list[Job]:
    jobs = [service.job(document) for document in documents]
    for i, job in enumerate(jobs):
        job.watch(str(i))
    return jobs


def test_what_is_known_is_not_trained_again() -> None:
    executor = ByHand(10)
    service = Jobs(lambda: executor)
    watched(service, Toys((1, 2, 3)))
    executor.run()
    (changed,) = watched(service, Toys((3, 4, 1)))
    assert changed.progress() == (0, 0), "of what is missing"
    executor.run()
    assert TRAINED == [[1, 2, 3], [4]]
    assert changed.result() == [30, 40, 10]
    (known,) = watched(service, Toys((4, 3)))
    assert (known.status, known.result(), known.progress()) == (Status.DONE, [40, 30], (1, 0))
    assert TRAINED == [[1, 2, 3], [4]]


def test_what_waits_for_the_same_company_goes_into_one_stack_whoever_asked() -> None:
    executor = ByHand(10)
    service = Jobs(lambda: executor, places=lambda: 1)
    jobs = watched(service, Toys((9,), "others"), Toys((1, 2)), Toys((2, 3)), Toys((4, 5, 6)))
    assert [job.ahead() for job in jobs] == [0, 1, 1, 1]
    executor.run()
    assert TRAINED == [[9], [1, 2, 3, 4], [5, 6]], "and no more than have room"
    assert [job.result() for job in jobs] == [[90], [10, 20], [20, 30], [40, 50, 60]]


def test_who_leaves_takes_only_what_nobody_else_waits_for() -> None:
    executor = ByHand(2)
    service = Jobs(lambda: executor)
    mine, yours = watched(service, Toys((1, 2)), Toys((2, 3)))
    executor.step()
    executor.step()
    mine.leave("0")
    executor.run()
    assert (mine.status, yours.status) == (Status.STOPPED, Status.DONE)
    assert TRAINED[:3] == [[1, 2], [3], [1, 2]]
    assert all(lanes in ([2], [3]) for lanes in TRAINED[3:])
    mine.watch("0")
    executor.run()
    assert mine.result() == [10, 20], "it went on from where it was stopped"
    assert sum(lanes.count(1) for lanes in TRAINED) == 5


def test_a_lane_that_goes_on_joins_those_that_are_as_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_module, "TURN_SECONDS", 0.0)
    executor = ByHand(5)
    service = Jobs(lambda: executor, places=lambda: 1)
    mine, _, yours = watched(service, Toys((1,)), Toys((7,), "others"), Toys((2,)))
    assert TRAINED == []
    mine.leave("0")
    executor.step()  # the first slice of 1, which nobody waits for any more
    executor.step()  # that of 7, which goes to the end of the line
    executor.step()  # that of 2, which does the same: it is as far as 1 is
    assert TRAINED == [[1], [7], [2]]
    watched(service, Toys((8,), "third"))  # whatever else joins the line meanwhile
    mine.watch("0")
    executor.run()
    assert TRAINED[3:5] == [[7], [2, 1]]
    assert (mine.result(), yours.result()) == ([10], [20])


def test_a_document_is_refused_in_its_own_words() -> None:
    executor = ByHand(10)
    service = Jobs(lambda: executor)
    (refused,) = watched(service, Toys((1,), "none"))
    assert (refused.status, str(refused.error), executor.sent) == (Status.FAILED, "there are none", 0)
    refused.watch("me")
    assert executor.sent == 0


def test_what_is_drawn_of_a_lane_is_kept_for_every_comparison() -> None:
    executor = ByHand(10)
    service = Jobs(lambda: executor)
    one, other = watched(service, Toys((1, 2)), Toys((3, 2)))
    executor.run()
    made: list[str] = []
    about = one.result()
    for job in (one, other):
        assert job.kept(1, "matrix", about, lambda: made.append("once") or "picture") == "picture"
    assert made == ["once"]


def test_eight_runs_of_which_one_changes_train_one() -> None:
    """With real workers' threads, and a real experiment: a run of the result is that of the whole training."""
    runs = [run(learning_rate=0.01 * (i + 1)) for i in range(8)]
    before, after = small(*runs), small(*runs[:5], run(optimizer="adam"), *runs[6:])
    sizes: list[int] = []
    with ThreadPoolExecutor(1) as threads:
        service = Jobs(lambda: Noting(threads, sizes))
        for experiment in (before, after, before):
            job = service.job(Comparison(experiment))
            job.watch("me")
            job.wait(60)
            same(job.result(), train(experiment))
            job.leave("me")
    assert sorted(set(sizes)) == [1, 8]
    assert np.argmax(np.array(sizes) == 1) == sizes.count(8), "first the eight, then the one, then none"


class Noting:
    """An executor that notes the sizes of the stacks."""

    def __init__(self, executor: ThreadPoolExecutor, sizes: list[int]) -> None:
        self.executor, self.sizes = executor, sizes

    def submit(self, function: Any, lanes: Any, *arguments: Any) -> Any:
        self.sizes.append(len(lanes))
        return self.executor.submit(function, lanes, *arguments)
