"""`python -m tests.load [scenario ...]`: measure what a class does to a fresh server, and fail where it costs more than it may.

`load` is the time from the first contact over the websocket to the end of the page's first run (a browser's own work, and the files that it
fetches once, are not in it); `trained` is the time until the results of the finished training are on the page. Memory is that of the server
and its workers, pages that they share counted once.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from tests.load.scenarios import Crowd, Measured
from tests.load.visits import SCENARIOS, visited
from tests.server import Server


def line(measured: Measured) -> tuple[str, bool]:
    """Return a row of the table, and whether what was measured is within its limit."""
    if not measured.values:
        return f"  {measured.name:<44} nothing was measured", False
    half, most, largest = (float(np.percentile(measured.values, share)) for share in (50, 95, 100))
    row = f"  {measured.name:<44} {len(measured.values):>5} {half:>8.2f} {most:>8.2f} {largest:>8.2f} {measured.unit:<2}"
    if measured.limit is None:
        return row, True
    kept = measured.value <= measured.limit
    return f"{row}  {'ok  ' if kept else 'FAIL'}  {'max' if measured.worst else 'p95'} <= {measured.limit:g}", kept


def run(name: str, folder: Path) -> bool:
    """Run a scenario on a server of its own, print what it has cost, and return whether that was within the limits."""
    with Server(folder / f"{name}.txt") as server:
        crowd, start = Crowd(server), time.monotonic()
        print(f"\n{name}: {SCENARIOS[name].__doc__}", flush=True)
        own = time.process_time()
        lines = [line(row) for row in asyncio.run(visited(crowd, name))]
        print(*(text for text, _ in lines), sep="\n")
        page, workers = server.processor_seconds()
        seconds, own = time.monotonic() - start, time.process_time() - own
        print(f"  {seconds:.1f} s; processor seconds: pages {page:.1f}, workers {workers:.1f}, these visitors {own:.1f}")
        failures = crowd.failures + [f"left behind: {process}" for process in server.stop()]
    log = server.log.read_text(errors="replace")
    if "Traceback" in log:
        failures.append(f"the server's log has a traceback:\n{log[log.index('Traceback') :][:3000]}")
    for failure, times in Counter(failures).most_common():
        print(f"  FAIL  {times} x {failure}")
    return not failures and all(kept for _, kept in lines)


def main() -> int:
    """Run the named scenarios, or all, and return 0 if all limits were kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description="What a class does to a fresh server.")
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help=f"any of {', '.join(SCENARIOS)}; all if none is named")
    names = parser.parse_args().scenarios or list(SCENARIOS)
    if unknown := set(names) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}")
    logging.disable(logging.WARNING)  # Streamlit, imported outside a server, says so
    print("What is measured: number, median, 95th percentile, largest.")
    with tempfile.TemporaryDirectory() as folder:
        kept = [run(name, Path(folder)) for name in names]
    print("\nAll within the limits." if all(kept) else "\nNOT within the limits.")
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
