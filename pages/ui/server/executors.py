"""The executor of slices, chosen by environment variables: worker processes on this machine, one thread, or a Dask cluster."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from core.training.plan import snapshot_epochs
from pages.ui.server import bound

#: the variable with the number of worker processes. Default: one per processor, at most `_MOST_WORKERS`. 0: one thread instead of processes
WORKERS = "LOSSBENCH_WORKERS"
#: the variable with the address of a Dask scheduler, for example tcp://10.0.0.1:8786. If it is set, slices train on that cluster
SCHEDULER = "LOSSBENCH_SCHEDULER"
_MOST_WORKERS = 4
#: How large an array may be, and how many free bytes there may be, which glibc's allocator keeps for the next array. By default it returns an array above
#: 128 kB to the system at once, and every page of the next array is a fault; that took a third of the time at full batch. The arrays of the largest models
#: are returned: kept, they added 130 MB to a worker, and an update takes long enough.
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": "8000000", "MALLOC_TRIM_THRESHOLD_": "67108864"}
#: how often the pool is checked for a dead worker that it has not noticed
_LOOK_SECONDS = 1.0
#: set when the server ends; then a lost slice starts no new worker
_ENDING = threading.Event()


@dataclass(frozen=True)
class Workplace:
    """An executor and its capacity.

    `executor()` returns the present executor. It is called before each slice, because a broken executor is replaced.
    `places()` returns how many jobs may train on it at the same time.
    """

    executor: Callable[[], Executor]
    places: Callable[[], int]


def workplace() -> Workplace:
    """Return the workplace that the environment asks for. Worker processes begin to import the engine at once."""
    if address := os.environ.get(SCHEDULER):
        return Workplace(lambda: _client(address).get_executor(), lambda: sum(_client(address).nthreads().values()) + 1)
    count = workers()
    if count == 0:
        threads = ThreadPoolExecutor(1)
        return Workplace(lambda: threads, lambda: 1)
    for _ in range(count):
        process_executor().submit(snapshot_epochs, 1)  # any function of the engine makes the worker import it
    return Workplace(process_executor, lambda: count + 1)  # one job more than workers, so that no worker idles between two slices


def process_executor() -> Executor:
    """Return the server's pool of worker processes; a new pool if a worker has died. Raises `RuntimeError` when the server ends."""
    if _ENDING.is_set():
        raise RuntimeError("the server ends")
    _watcher()
    return _pool()


def _pool() -> Any:
    from joblib.externals.loky import get_reusable_executor

    return get_reusable_executor(max_workers=workers(), timeout=24 * 3600, env=_MEMORY, initializer=bound.to, initargs=(os.getpid(),))


@lru_cache(maxsize=1)
def _watcher() -> threading.Thread:
    """Return the thread that looks after the pool."""
    thread = threading.Thread(target=_watch, daemon=True)
    thread.start()
    return thread


def _watch() -> None:
    """Break a pool that does not notice the death of a worker.

    loky reads a result to its end before it looks at the workers. If a worker is killed while it sends a result, that end never comes: all training
    would wait for it, and the server would not end. The read ends when nobody is left who could write. So the other workers are killed, and this
    process closes its own end of the pipe.
    """
    from joblib.externals.loky import reusable_executor
    from joblib.externals.loky.backend.utils import kill_process_tree

    suspect: Any = None
    while True:
        time.sleep(_LOOK_SECONDS)
        pool: Any = reusable_executor._executor
        processes = [] if pool is None else [*pool._processes.values()]
        died = any(process.exitcode not in (None, 0) for process in processes)
        # at the second look, because a pool that notices says so at once; one that was shut down has no queue
        if died and pool is suspect and pool._flags.broken is None and (results := pool._result_queue) is not None:
            for process in processes:
                if process.exitcode is None:
                    with suppress(ProcessLookupError):
                        kill_process_tree(process)
            handle, results._writer._handle = results._writer._handle, None  # before the close: the pool closes it, too, once its read has ended
            os.close(handle)
        suspect = pool if died else None


def end() -> None:
    """End the worker processes, and start no new ones. `atexit` cannot do this: it does not run when a signal ends the server."""
    _ENDING.set()
    if SCHEDULER not in os.environ and workers() > 0:
        _pool().shutdown(wait=True, kill_workers=True)


def workers() -> int:
    """Return the number of worker processes; 0 means one thread instead, for hosts with little memory."""
    from joblib import cpu_count  # counts the processors that this process may use, not those of the machine

    return int(os.environ.get(WORKERS, min(cpu_count(), _MOST_WORKERS)))


@lru_cache(maxsize=1)
def _client(address: str) -> Any:
    """Return the client of a Dask scheduler. A client that lost its connection connects again by itself."""
    from distributed import Client  # an optional extra: pip install distributed

    return Client(address, set_as_default=False)
