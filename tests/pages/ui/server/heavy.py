"""Let twenty visitors begin to train heavy models, and leave; print the process's memory before, its largest, and the bytes that all states have."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from core.datasets import DATASETS
from core.models import MODELS
from core.training.lanes import Comparison
from pages.ui.server import stack
from pages.ui.server.jobs import Jobs
from tests.small import run, small


def resident() -> int:
    """Return the bytes of memory that the process has."""
    with open("/proc/self/statm") as sizes:
        return int(sizes.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Train each for a slice."""
    dataset = DATASETS["make_regression"](rows=200, columns=20, informative=5)
    model = MODELS["mlp"](hidden=(600, 440))
    runs = [run("squared_error", "adam", learning_rate=1e-5 * (i + 1)) for i in range(20)]
    experiments = [small(each, dataset=dataset, model=model, seeds=10, dtype="float32") for each in runs]
    stack.SLICE_SECONDS = 0.0
    before, largest, wanted = 0, 0, 0
    with ThreadPoolExecutor(1) as threads:
        several = Jobs(lambda: threads, connected=lambda session: False)
        for i, experiment in enumerate(experiments):
            job = several.job(Comparison(replace(experiment, epochs=50)))
            job.watch(str(i))
            while job.result() is None:
                job.wait(0.01)
            job.leave(str(i))
            threads.submit(int).result()  # the slice that was under way has arrived
            largest = max(largest, resident())
            if i == 0:
                before = resident()
            (training,) = job._trainings
            wanted += training.size() if training.state is not None else wanted // max(i, 1)
    print(before, largest, wanted)


if __name__ == "__main__":
    sys.exit(main())
