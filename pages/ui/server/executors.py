"""Where slices are trained: worker processes on this machine, a thread, or a Dask cluster, as the environment says."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.training.plan import snapshot_epochs

#: the number of worker processes (default: one a processor, at most 4); 0: a thread
WORKERS = "LOSSBENCH_WORKERS"
#: the address of a Dask scheduler, for example tcp://10.0.0.1:8786; trains there instead
SCHEDULER = "LOSSBENCH_SCHEDULER"
_MOST_WORKERS = 4
#: What glibc's allocator keeps for the next array, in bytes. By default arrays above 128 kB go back to the system each time, and each page of the
#: next one is a fault: a third of the time at full batch.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "67108864"}
#: set when the server ends: a slice that is lost then is sent to no new worker
_ENDING = threading.Event()


@dataclass(frozen=True)
class Workplace:
    """An executor, asked for anew before each slice because a broken one is replaced, and how many slices it can take at a time."""

    executor: Callable[[], Executor]
    places: Callable[[], int]


def workplace() -> Workplace:
    """Return where the environment says that training is done; workers start to import the engine at once."""
    if address := os.environ.get(SCHEDULER):
        return Workplace(lambda: _client(address).get_executor(), lambda: sum(_client(address).nthreads().values()) + 1)
    count = workers()
    if count == 0:
        threads = ThreadPoolExecutor(1)
        return Workplace(lambda: threads, lambda: 1)
    for _ in range(count):
        process_executor().submit(snapshot_epochs, 1)  # loads the engine into a worker
    return Workplace(process_executor, lambda: count + 1)  # the one too many fills the gap between two slices


def process_executor() -> Executor:
    """Return the server's pool of worker processes, a new one if a worker died; raise `RuntimeError` once the server ends."""
    if _ENDING.is_set():
        raise RuntimeError("the server ends")
    return _pool()


def _pool() -> Any:
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(max_workers=workers(), timeout=24 * 3600, env=_MEMORY)


def end() -> None:
    """End the worker processes, and start no others. A server that is told to stop is ended by the signal itself, which runs no `atexit`."""
    _ENDING.set()
    if SCHEDULER not in os.environ and workers() > 0:
        _pool().shutdown(wait=True, kill_workers=True)


def workers() -> int:
    """Return the number of worker processes that are wanted; 0 means a thread, for hosts with little memory."""
    from joblib import cpu_count  # counts what this process may use, not what the machine has

    return int(os.environ.get(WORKERS, min(cpu_count(), _MOST_WORKERS)))


@lru_cache(maxsize=1)
def _client(address: str) -> Any:
    """Return the connection to a Dask scheduler; it connects again by itself when it was lost."""
    from distributed import Client  # an optional extra: pip install distributed

    return Client(address, set_as_default=False)
