"""What a class does that brings data of its own, all at once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import numpy as np

from core.datasets.own import Own
from core.experiment import digits_experiment
from tests.load.client import Session
from tests.load.scenarios import Crowd, Measured, query

#: limits: seconds until the last of a class sees what was trained on a file that was brought, and how many are told that there is no room
LAST_SECONDS, REFUSED = 30.0, 12
_NO_ROOM = "as much brought data as it may"


def table(number: int, rows: int, values: int = 49) -> bytes:
    """Return a table that nobody else brings: classes, a number, and four columns of so many categories each."""
    rng = np.random.default_rng(number)
    letters, kind = rng.integers(values, size=(rows, 4)), rng.integers(3, size=rows)
    lines = (",".join(f"c{each}" for each in row) + f",{x:.6f},{'abc'[k]}" for k, x, row in zip(kind, rng.normal(kind), letters, strict=True))
    return "\n".join(["one,two,three,four,size,kind", *lines]).encode()


async def bring(crowd: Crowd, visitors: int = 30, large: int = 12, rows: int = 25_000, values: int = 49) -> list[Measured]:
    """30 bring a table at once: 12 the largest that is taken (25,000 rows, 197 columns of numbers), the others one of 300 rows; and train on it."""
    meeting, read, trained, refused = asyncio.Barrier(visitors), list[float](), list[float](), 0
    address = query(replace(digits_experiment(), dataset=Own(), epochs=5))

    async def visit(i: int) -> None:
        nonlocal refused
        async with Session(crowd.server.url, query=address) as tab:
            content = table(i, rows if i < large else 300, values)
            await meeting.wait()
            start = time.monotonic()
            read.append(await tab.bring("own_file", content))
            await tab.settle()
            if no_room := any(_NO_ROOM in said for said in tab.complaints):
                refused += 1
            else:
                trained.append(time.monotonic() - start)
                crowd.failures += tab.complaints
            if bool(tab.showing("vega_lite_chart")) == no_room:
                crowd.failures.append("a chart of a table that was refused, or none of one that was taken")
            await meeting.wait()  # all tables are held at once

    await crowd.all(map(visit, range(visitors)), meeting)
    return [
        Measured("a file is read", read),
        Measured("and trained on", trained, LAST_SECONDS, worst=True),
        Measured("told that there is no room", [float(refused)], REFUSED, worst=True, unit=""),
    ]
