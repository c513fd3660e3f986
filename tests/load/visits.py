"""All scenarios, and how a server is visited by one."""

from __future__ import annotations

import time

from tests.load.abuse import MEMORY_MEGABYTES, abuse
from tests.load.brought import bring
from tests.load.scenarios import MEGABYTES, MEMORY, Crowd, Measured, Scenario, all_rates, arrive, come_and_go, one_differs, same, sliders

SCENARIOS: dict[str, Scenario] = {each.__name__: each for each in (arrive, same, one_differs, all_rates, sliders, come_and_go, bring, abuse)}


async def first_visit(crowd: Crowd) -> list[Measured]:
    """One visitor of a server that has just started, who waits for its imports and for the training."""
    start = time.monotonic()

    async def visit() -> None:
        async with crowd.tab() as tab:
            await tab.settle()

    await crowd.all([visit()])
    return [Measured("first visit of the server, trained", [time.monotonic() - start])]


async def visited(crowd: Crowd, name: str, **size: int) -> list[Measured]:
    """Return what the first visitor of a server, and then this scenario, have measured, and the memory that both took."""
    rows = await first_visit(crowd) + await SCENARIOS[name](crowd, **size)
    return [*rows, Measured(MEMORY, crowd.memory, MEMORY_MEGABYTES if name in ("bring", "abuse") else MEGABYTES, worst=True, unit="MB")]
