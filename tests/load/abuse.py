"""What people do who mean harm, within all limits, while a class works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from tests.bare import HUNG_UP, LARGE, answer, files_of_a_tab, handshake
from tests.load.client import Session
from tests.load.scenarios import Crowd, Measured, query

#: seconds that it lasts; visitors at a time, and seconds that each stays; links with heavy models at a time, and seconds until their tabs are closed
SECONDS, VISITORS, STAY, HEAVY, CLOSED_AFTER = 120, 20, 5.0, 2, 2.0
#: handshakes and files at once, and seconds between two such storms
AT_ONCE, CALM = 30, 10.0
#: limits: seconds to a visitor's first page; megabytes of server and workers
FIRST_PAGE_SECONDS, MEMORY_MEGABYTES = 1.0, 900


def heavy() -> Iterator[Experiment]:
    """Yield experiments of large models that nobody has asked for."""
    data, model = DATASETS["make_regression"](rows=1000, columns=50, informative=5), MODELS["mlp"](hidden=(600, 440))
    for i in count(1):
        run = Run(loss=LOSSES["squared_error"](), optimizer=OPTIMIZERS["adam"](), learning_rate=1e-6 * i)
        yield Experiment(dataset=data, model=model, runs=(run,), epochs=50, seeds=10)


async def abuse(crowd: Crowd, seconds: float = SECONDS) -> list[Measured]:
    """For two minutes 20 ordinary visitors come and go, beside heavy links whose tabs are closed, foreign handshakes and files, 30 at once."""
    end, loaded, answers, experiments = time.monotonic() + seconds, list[float](), list[int](), heavy()
    address = crowd.server.url

    async def again(do: Callable[[], Awaitable[None]]) -> None:
        while time.monotonic() < end:
            await do()

    async def visit() -> None:
        async with crowd.tab() as tab:
            loaded.append(tab.opened)
            await asyncio.sleep(STAY)

    async def link() -> None:
        async with Session(address, query=query(next(experiments))):
            await asyncio.sleep(CLOSED_AFTER)

    def storm() -> None:
        with ThreadPoolExecutor(AT_ONCE) as at_once, files_of_a_tab(address) as request:
            foreign = [at_once.submit(handshake, address, Origin="https://foreign.example") for _ in range(AT_ONCE)]
            answers.extend(each.result() for each in foreign)
            answers.extend(at_once.map(lambda i: request("PUT", str(i), LARGE), range(AT_ONCE)))
            answers.append(answer(address, "GET", "/_stcore/health")[0])

    async def storms() -> None:
        await asyncio.to_thread(storm)
        await asyncio.sleep(CALM)

    await crowd.all([*(again(visit) for _ in range(VISITORS)), *(again(link) for _ in range(HEAVY)), again(storms)])
    refused = {status: answers.count(status) for status in sorted({*answers})}
    if not {200, 204, 403} <= {*refused} <= {200, 204, 403, 413, HUNG_UP}:
        crowd.failures.append(f"the storms were answered with {refused}")
    return [Measured("first page of an ordinary visitor", loaded, FIRST_PAGE_SECONDS)]
