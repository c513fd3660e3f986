"""What a class does to a server, and what it may cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count, pairwise

import numpy as np

from core.experiment import Experiment, digits_experiment
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from tests.load.client import Session
from tests.server import Server

#: what the server may cost; seconds are those of the 95th percentile
LOAD_SECONDS, SLIDER_SECONDS, SAME_SECONDS = 1.0, 0.8, 1.0
#: from the first arrival to the last result. The second is 0.7 of what it took when each comparison was trained as a whole, 52 and 59 s
ONE_DIFFERS_SECONDS, ALL_RATES_SECONDS = 20.0, 39.0
MEGABYTES, MEGABYTES_PER_50_USERS = 700.0, 20.0

ARRIVAL_SECONDS = 5.0
_CLOSED_AT_ONCE = 5
#: what is measured, as `benchmarks.lanes` looks for it
LAST_RESULT, EPOCH_SLIDER, LOSS_DIAL = "from the first arrival to the last result", "epoch slider", "dial of a loss"
MEMORY = "memory of server and workers"


@dataclass(frozen=True)
class Measured:
    """Values of one kind, and what their 95th percentile, or with `worst` their largest, may be at most (None: anything)."""

    name: str
    values: list[float]
    limit: float | None = None
    worst: bool = False
    unit: str = "s"

    @property
    def value(self) -> float:
        """Return the 95th percentile, or with `worst` the largest; NaN if nothing was measured."""
        return float(np.percentile(self.values, 100 if self.worst else 95)) if self.values else float("nan")


def query(experiment: Experiment) -> str:
    """Return what an address of the workbench carries for an experiment, in words that an older version knows, too."""
    older = Older(experiment.to_json().replace(',"first_seed":0', ""))
    return f"{EXPERIMENT}={link.encode(older)}"  # type: ignore[arg-type]


@dataclass(frozen=True)
class Older:
    """A document as JSON."""

    json: str

    def to_json(self) -> str:
        """Return the JSON."""
        return self.json


@dataclass
class Crowd:
    """Visitors of one server: each failure of one is noted, and the server's memory is watched."""

    server: Server
    failures: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def tab(self, experiment: Experiment | None = None, page: str = "") -> AsyncIterator[Session]:
        """Open a page, the workbench with this experiment if one is given; what the page complains of is a failure."""
        async with Session(self.server.url, page, query(experiment) if experiment else "") as tab:
            yield tab
            self.failures += tab.complaints
            if not tab.showing("vega_lite_chart"):
                self.failures.append(f"/{page} shows no chart")

    async def all(self, visits: Iterable[Awaitable[None]], meeting: asyncio.Barrier | None = None) -> None:
        """Return when all visits have ended; one that raises is a failure, and nobody waits for it at the `meeting` any more."""

        async def attended(visit: Awaitable[None]) -> None:
            try:
                await visit
            except asyncio.BrokenBarrierError:
                pass  # the failure is another's
            except Exception as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                if meeting is not None:
                    await meeting.abort()

        watch = asyncio.create_task(self._watch())
        await asyncio.gather(*map(attended, visits))
        self.memory.append(self.server.memory())
        watch.cancel()

    async def _watch(self) -> None:
        while True:
            self.memory.append(self.server.memory())
            await asyncio.sleep(0.5)


Scenario = Callable[..., Awaitable[list[Measured]]]
#: the places of the runs of the comparison on digits
_ALL, _LAST = range(4), (3,)


def variation(i: int, epochs: int = 20, places: Container[int] = _ALL) -> Experiment:
    """Return the comparison on digits, with rates of its own for the runs at these places: trainings that nobody else asks for."""
    asked, factor = digits_experiment(), 1 + (i + 1) / 1000
    runs = (replace(run, learning_rate=run.learning_rate * factor) if place in places else run for place, run in enumerate(asked.runs))
    return replace(asked, runs=tuple(runs), epochs=epochs)


async def _arrivals(
    crowd: Crowd, experiments: list[Experiment | None], work: Callable[[Session, int], Awaitable[None]] | None = None
) -> tuple[list[float], list[float], list[float]]:
    """Open these within 5 s, and `work` when all are there; return the seconds to each one's first page and results, and until all were there."""
    loaded, trained, there = [], [], list[float]()
    start, meeting = time.monotonic(), asyncio.Barrier(len(experiments))

    async def visit(i: int) -> None:
        await asyncio.sleep(i * ARRIVAL_SECONDS / len(experiments))
        begin = time.monotonic()
        async with crowd.tab(experiments[i]) as tab:
            loaded.append(tab.opened)
            await tab.settle()
            trained.append(time.monotonic() - begin)
            await meeting.wait()
            there.append(time.monotonic() - start)
            if work is not None:
                await work(tab, i)

    await crowd.all(map(visit, range(len(experiments))), meeting)
    return loaded, trained, there[:1]


async def arrive_and_work(crowd: Crowd, visitors: int) -> None:
    """They open the page; then a quarter of them moves the epoch slider, and a quarter trains for longer. All leave."""

    async def work(tab: Session, i: int) -> None:
        if i % 4 == 0:
            await tab.choose("Epoch", "5")
        elif i % 4 == 1:
            await tab.choose("Epochs", "30")
            await tab.settle()

    await _arrivals(crowd, [None] * visitors, work)


async def arrive(crowd: Crowd) -> list[Measured]:
    """100 open the page within 5 s."""
    loaded, trained, _ = await _arrivals(crowd, [None] * 100)
    return [Measured("load", loaded, LOAD_SECONDS), Measured("trained", trained)]


async def same(crowd: Crowd) -> list[Measured]:
    """100 open one link within 5 s, to an experiment that nobody has asked for before."""
    loaded, trained, _ = await _arrivals(crowd, [variation(0)] * 100)
    return [Measured("load", loaded, LOAD_SECONDS), Measured("trained", trained, SAME_SECONDS)]


async def one_differs(crowd: Crowd, visitors: int = 100) -> list[Measured]:
    """100 open links to 100 comparisons within 5 s, which differ in the learning rate of one run, the others being those of the comparison on digits."""
    return await _different(crowd, [variation(i, places=_LAST) for i in range(visitors)], ONE_DIFFERS_SECONDS)


async def all_rates(crowd: Crowd, visitors: int = 100) -> list[Measured]:
    """100 open links to 100 comparisons within 5 s, which differ in the learning rates of all four runs: no run is asked for twice."""
    return await _different(crowd, [variation(i) for i in range(visitors)], ALL_RATES_SECONDS)


async def _different(crowd: Crowd, experiments: list[Experiment | None], limit: float) -> list[Measured]:
    """Open each of these experiments; `limit`: the seconds from the first arrival until the last one sees all results."""
    loaded, trained, seconds = await _arrivals(crowd, experiments)
    return [Measured("load", loaded, LOAD_SECONDS), Measured("trained", trained), Measured(LAST_RESULT, seconds, limit, worst=True)]


async def sliders(crowd: Crowd, visitors: int = 60) -> list[Measured]:
    """30 train one experiment after the other, while 15 move the epoch slider of the workbench and 15 a dial of the Losses page, each every 2 to 3 s."""
    moves: dict[str, list[float]] = {EPOCH_SLIDER: [], LOSS_DIAL: []}
    half, numbers = visitors // 2, count()
    moving, meeting = half, asyncio.Barrier(2 * half)

    async def train() -> None:
        async with crowd.tab(variation(next(numbers), epochs=100)) as tab:
            await tab.unfold("Split and precision")
            await meeting.wait()
            while moving:
                await tab.choose("Split seed", next(numbers))
                await tab.settle()

    async def move(i: int) -> None:
        nonlocal moving
        try:
            async with crowd.tab(page="" if i % 2 else "losses") as tab:
                await tab.settle()
                await meeting.wait()
                for step in range(10):
                    await asyncio.sleep(2 + 2 * i / visitors)
                    name, widget = (EPOCH_SLIDER, "Epoch") if i % 2 else (LOSS_DIAL, "Huber: δ")
                    stops = tab.find(widget).proto.options
                    moves[name].append(await tab.choose(widget, stops[step % len(stops)]))
        finally:
            moving -= 1

    await crowd.all([*(train() for _ in range(half)), *(move(i) for i in range(half))], meeting)
    return [Measured(name, seconds, SLIDER_SECONDS) for name, seconds in moves.items()]


async def come_and_go(crowd: Crowd) -> list[Measured]:
    """300 open the page and close it, 5 at a time."""
    loaded, held = [], []

    async def visits() -> None:
        for _ in range(50 // _CLOSED_AT_ONCE):
            async with crowd.tab() as tab:
                loaded.append(tab.opened)
                await tab.settle()

    for _ in range(6):
        await crowd.all(visits() for _ in range(_CLOSED_AT_ONCE))
        held.append(crowd.server.memory())
    growth = [later - earlier for earlier, later in pairwise(held)]
    return [Measured("load", loaded, LOAD_SECONDS), Measured("growth for 50 users", growth, MEGABYTES_PER_50_USERS, worst=True, unit="MB")]
