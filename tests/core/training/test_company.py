"""What a run records does not depend on the runs beside it, to the bit: in stacks of 1 to 32, and on every kernel for products that the processor has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from core.datasets import DATASETS
from core.experiment import Experiment
from core.models import MODELS
from core.training.state import Record
from tests.small import TASKS, collect, mixtures, small

#: the kernels of OpenBLAS for processors of x86-64 of different makes
KERNELS = ("Haswell", "Zen", "SkylakeX")
#: more rows than go through a model together, and a last piece of another size
DIGITS = DATASETS["digits"]()


def experiments(dtype: str) -> Iterator[Experiment]:
    """Yield stacks of all losses, optimizers, penalties and schedules; and wide ones of many rows, of 1 to 32 replicas."""
    for task, dataset in TASKS.items():
        for runs in mixtures(task):
            yield small(*runs, dataset=dataset, dtype=dtype)
    runs = next(mixtures("classification"))
    for hidden in ((), (5,), (64, 24)):
        model = MODELS["mlp"](hidden=hidden) if hidden else MODELS["linear"]()
        for seeds in (1, 4):
            yield small(*runs[: 32 // seeds], dataset=DIGITS, model=model, dtype=dtype, seeds=seeds, epochs=1, batch_size=512)


def numbers(records: list[Record], run: int) -> dict[str, np.ndarray]:
    """Return all that one run records, but for seconds."""
    found = {}
    for record in records:
        recorded = record.metrics | {name: values for name, values in record.run_metrics.items() if name != "seconds"}
        found |= {f"{name} of epoch {record.epoch}": values[..., run] for name, values in recorded.items()}
        if record.snapshot is not None:
            found[f"snapshot of epoch {record.epoch}"] = record.snapshot[run]
    return found


def differences(dtype: str) -> list[str]:
    """Return what differs between runs in a stack and the same runs alone, in pairs and in fours."""
    found = []
    for experiment in experiments(dtype):
        together = collect(experiment)[1]
        count = len(experiment.runs)
        for size in (1, 2, 4):
            for first in {0, count // 2, count - size} if size < count else ():
                chosen = range(first, min(first + size, count))
                apart = collect(replace(experiment, runs=tuple(experiment.runs[i] for i in chosen)))[1]
                for place, run in enumerate(chosen):
                    theirs = numbers(together, run)
                    for name, values in numbers(apart, place).items():
                        if name not in theirs:
                            assert name.startswith("snapshot"), "a last snapshot is taken where all runs of a stack have ended"
                        elif not np.array_equal(values, theirs[name][..., : values.shape[-1]], equal_nan=True):
                            found.append(f"{dtype}: {name} of {experiment.runs[run]} among {size}")
    return found


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_run_records_the_same_in_any_company(dtype: str) -> None:
    assert differences(dtype) == []
    assert max(len(experiment.runs) * experiment.seeds for experiment in experiments(dtype)) == 32


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_run_records_the_same_in_any_company_on_every_kernel(kernel: str) -> None:
    script = "from tests.core.training.test_company import architectures, differences; print(architectures(), differences('float32'))"
    done = subprocess.run([sys.executable, "-c", script], env={**os.environ, "OPENBLAS_CORETYPE": kernel}, capture_output=True, text=True, timeout=120)
    if kernel not in done.stdout:
        pytest.skip(f"this processor has no {kernel} kernel: {done.stdout[:80]}{done.stderr[-80:]}")
    assert done.stdout.strip().endswith("[]")


def architectures() -> set[str]:
    """Return the kernels in use."""
    return {pool["architecture"] for pool in threadpool_info() if pool["internal_api"] == "openblas"}
