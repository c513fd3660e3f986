"""What a server trains and computes ahead of its visitors, view by view: `python -m benchmarks.ahead`. With `server`: what a whole server takes for it.

Processor seconds of one process, and the bytes that are kept: of trainings as the service counts them for its budget, data included, of the rest as
`tracemalloc` does. Run it with the allocator of the workers, `MALLOC_MMAP_THRESHOLD_=8000000 MALLOC_TRIM_THRESHOLD_=67108864`.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from core.training.threads import one_thread
from pages.ui.door import warm
from pages.ui.server.followable import document_of
from pages.ui.server.jobs import Jobs, held
from pages.ui.server.training import Status
from tests.server import Server

#: a server is done when it has taken less than this share of a processor for so many seconds
_IDLE, _IDLE_SECONDS = 0.05, 4.0


class AtOnce(Executor):
    """Runs what is submitted at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return the future of a call, which is done."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def works(jobs: Jobs) -> Iterator[tuple[str, Callable[[], object], bool]]:
    """Yield a view's name, what is done ahead for it, and whether that is a training of `jobs`."""
    for view, asked in warm.openings():
        job = jobs.job(document_of(asked))
        yield view, lambda job=job: job.watch("ahead"), True
        if job.status is not Status.DONE:
            raise RuntimeError(f"{view} was not trained: {job.error}")
    for view, compute in warm.computed():
        yield view, compute, False


def by_view() -> None:
    """Print the processor seconds and the kept bytes of each view."""
    jobs = Jobs(AtOnce)
    seconds, kept, keeps = defaultdict[str, float](float), defaultdict[str, int](int), list[object]()
    with one_thread():
        for view, work, trains in works(jobs):
            before = held(jobs._trainings)
            if not trains:
                gc.collect()
                tracemalloc.start()
            begun = time.process_time()
            keeps.append(work())
            seconds[view] += time.process_time() - begun
            if trains:
                kept[view] += held(jobs._trainings) - before
            else:
                gc.collect()
                kept[view] += tracemalloc.get_traced_memory()[0]
                tracemalloc.stop()
    print("| view | processor seconds | kept, kB |\n| --- | --: | --: |")
    for view in seconds:
        print(f"| {view} | {seconds[view]:.2f} | {kept[view] / 1000:,.0f} |")
    print(f"| all | {sum(seconds.values()):.1f} | {sum(kept.values()) / 1000:,.0f} |")


def of_a_server() -> None:
    """Print what a server has taken when it has nothing more to do, with and without what it does ahead."""
    print("| a server | seconds | its processor seconds | its workers' | memory, MB |\n| --- | --: | --: | --: | --: |")
    for title, switch in (("with what is done ahead", "1"), ("without", "0")):
        with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "log.txt", LOSSBENCH_WARM=switch, LOSSBENCH_WORKERS="2") as server:
            begun = last = time.monotonic()
            taken = server.processor_seconds()
            while time.monotonic() - last < _IDLE_SECONDS:
                time.sleep(1)
                now = server.processor_seconds()
                if sum(now) - sum(taken) > _IDLE:
                    last = time.monotonic()
                taken = now
            print(f"| {title} | {last - begun:.0f} | {taken[0]:.1f} | {taken[1]:.1f} | {server.memory():.0f} |")


def main() -> None:
    """Print the table that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=("views", "server"), default="views", help="each view alone, or a whole server")
    {"views": by_view, "server": of_a_server}[parser.parse_args().what]()


if __name__ == "__main__":
    main()
