"""Training on a Dask cluster instead of workers of one's own: the same results, also when a worker is killed in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from distributed import Client, LocalCluster

from core.training import train
from core.training.lanes import Comparison
from pages.ui.server import executors
from pages.ui.server import stack as stack_module
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import EXPERIMENT, same


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCluster]:
    """Yield two worker processes behind a scheduler whose address the environment names."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "worker_dashboard_address": None, "host": "127.0.0.1"}
    with LocalCluster(**options, processes=True, silence_logs=50) as local:
        monkeypatch.setenv(executors.SCHEDULER, local.scheduler_address)
        yield local
        executors._client(local.scheduler_address).close()
        executors._client.cache_clear()


def test_a_cluster_trains_the_same_and_survives_the_loss_of_a_worker(cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack_module, "SLICE_SECONDS", 0.05)
    place = executors.workplace()
    assert place.places() == 3
    with ThreadPoolExecutor(1) as sender, Client(cluster.scheduler_address) as observer:
        several = Jobs(place.executor, sender.submit, places=place.places)
        experiments = [replace(EXPERIMENT, epochs=100, split_seed=seed) for seed in range(3)]
        running = [several.job(Comparison(experiment)) for experiment in experiments]
        for job in running:
            job.watch("me")
        victim = place.executor().submit(os.getpid).result(timeout=300)
        assert victim in observer.run(os.getpid).values()
        os.kill(victim, signal.SIGKILL)
        for job, experiment in zip(running, experiments, strict=True):
            job.wait(300)
            assert (job.status, job.error) == (Status.DONE, None)
            same(job.result(), train(experiment))
