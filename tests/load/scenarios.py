"""What a class does to a server, and what it may cost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count, pairwise

from core.experiment import Experiment, default_experiment
from pages.ui.session import link
from pages.ui.session.address import EXPERIMENT
from tests.load.client import Session
from tests.server import Server

#: what the server may cost; seconds are those of the 95th percentile
LOAD_SECONDS, SLIDER_SECONDS, SAME_SECONDS = 1.0, 0.3, 1.0
DIFFERENT_SECONDS = 20.0
MEGABYTES, MEGABYTES_PER_50_USERS = 700.0, 20.0

ARRIVAL_SECONDS = 5.0
_CLOSED_AT_ONCE = 5


@dataclass(frozen=True)
class Measured:
    """Values of one kind, and what their 95th percentile, or with `worst` their largest, may be at most (None: anything)."""

    name: str
    values: list[float]
    limit: float | None = None
    worst: bool = False
    unit: str = "s"


@dataclass
class Crowd:
    """Visitors of one server: each failure of one is noted, and the server's memory is watched."""

    server: Server
    failures: list[str] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def tab(self, experiment: Experiment | None = None, page: str = "") -> AsyncIterator[Session]:
        """Open a page, the workbench with this experiment if one is given; what the page complains of is a failure."""
        async with Session(self.server.url, page, f"{EXPERIMENT}={link.encode(experiment)}" if experiment else "") as tab:
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


Scenario = Callable[[Crowd], Awaitable[list[Measured]]]


def variation(i: int, epochs: int = 20) -> Experiment:
    """Return the default comparison at rates of its own: as much work, and a training that nobody else asks for."""
    asked = default_experiment()
    return replace(asked, runs=tuple(replace(run, learning_rate=run.learning_rate * (1 + (i + 1) / 1000)) for run in asked.runs), epochs=epochs)


async def first_visit(crowd: Crowd) -> list[Measured]:
    """One visitor of a server that has just started, who waits for its imports and for the training."""
    start = time.monotonic()

    async def visit() -> None:
        async with crowd.tab() as tab:
            await tab.settle()

    await crowd.all([visit()])
    return [Measured("first visit of the server, trained", [time.monotonic() - start])]


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
            await tab.choose("workbench.epoch", "5")
        elif i % 4 == 1:
            await tab.choose("epochs", "30")
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


async def different(crowd: Crowd) -> list[Measured]:
    """100 open links to 100 experiments within 5 s."""
    loaded, trained, seconds = await _arrivals(crowd, [variation(i) for i in range(100)])
    return [
        Measured("load", loaded, LOAD_SECONDS),
        Measured("trained", trained),
        Measured("from the first arrival to the last training", seconds, DIFFERENT_SECONDS, worst=True),
    ]


async def sliders(crowd: Crowd) -> list[Measured]:
    """30 train one experiment after the other, while 15 move the epoch slider of the workbench and 15 a dial of the Losses page, each every 2 to 3 s."""
    moves: dict[str, list[float]] = {"epoch slider": [], "dial of a loss": []}
    moving, numbers = 30, count()
    meeting = asyncio.Barrier(60)

    async def train() -> None:
        async with crowd.tab(variation(next(numbers), epochs=100)) as tab:
            await tab.unfold("workbench.folded_out.split")
            await meeting.wait()
            while moving:
                await tab.choose("split_seed", next(numbers))
                await tab.settle()

    async def move(i: int) -> None:
        nonlocal moving
        try:
            async with crowd.tab(page="" if i % 2 else "losses") as tab:
                await tab.settle()
                await meeting.wait()
                for step in range(10):
                    await asyncio.sleep(2 + i / 30)
                    name, widget = ("epoch slider", "workbench.epoch") if i % 2 else ("dial of a loss", "losses.curves.regression.2.loss.delta")
                    stops = tab.find(widget).proto.options
                    moves[name].append(await tab.choose(widget, stops[step % len(stops)]))
        finally:
            moving -= 1

    await crowd.all([*(train() for _ in range(30)), *(move(i) for i in range(30))], meeting)
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


SCENARIOS: dict[str, Scenario] = {"arrive": arrive, "same": same, "different": different, "sliders": sliders, "come_and_go": come_and_go}
