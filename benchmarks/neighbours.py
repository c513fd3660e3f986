"""How much of the machine others took while something was measured: the noise of its figures."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.server import PROC, stat


@contextmanager
def others() -> Iterator[Callable[[], float]]:
    """Yield a function that returns, after the `with` block, the share of the processors that was not idle, and not ours or our descendants'.

    What the hypervisor gave to other machines is others', too.
    """
    busy, capacity, ours = *_machine(), _ours()
    share = 0.0
    yield lambda: share
    busy_now, capacity_now = _machine()
    share = max(0.0, busy_now - busy - (_ours() - ours)) / max(1, capacity_now - capacity)


def _machine() -> tuple[int, int]:
    """Return the ticks in which the processors worked, and all ticks, since the start of the machine."""
    user, nice, system, idle, waiting, *interrupts = map(int, (PROC / "stat").read_text().split("\n", 1)[0].split()[1:9])
    busy = user + nice + system + sum(interrupts)
    return busy, busy + idle + waiting


def _ours() -> int:
    """Return the ticks of this process and all its descendants, also of those that have ended: their parents have inherited them."""
    fields = {int(path.parent.name): found for path in PROC.glob("[0-9]*/stat") if (found := stat(path))}
    known, new = set[int](), {os.getpid()}
    while new:
        known |= new
        new = {pid for pid, found in fields.items() if int(found[1]) in known} - known
    return sum(int(ticks) for pid in known for ticks in fields[pid][11:15])
