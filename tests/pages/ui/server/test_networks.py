"""The service trains deep networks as it trains experiments: a lane once, in slices, with progress, and a stop that loses nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS
from core.studies.deep_networks.lanes import NetworksDocument, NetworksResult, train
from core.studies.deep_networks.networks import default_networks, network
from pages.ui.server.executors import workplace
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import ByHand

NETWORKS = replace(default_networks(), dataset=DATASETS["wine"](), updates=40, batch=16, width=8)


def same(one: NetworksResult, other: NetworksResult) -> None:
    np.testing.assert_array_equal(one.updates, other.updates)
    for name, values in one.metrics.items():
        np.testing.assert_array_equal(values, other.metrics[name], err_msg=name)
    for run in range(len(one.tracks)):
        np.testing.assert_array_equal(one.layers(run, "gradient", 40), other.layers(run, "gradient", 40))


def watched(service: Jobs, networks: Any) -> Any:
    job = service.job(NetworksDocument(networks))
    job.watch("me")
    return job


def test_five_runs_of_which_one_changes_train_one() -> None:
    executor = ByHand(7)
    service = Jobs(lambda: executor)
    before = watched(service, NETWORKS)
    executor.run()
    same(before.result(), train(NETWORKS))
    sent = executor.sent
    changed = replace(NETWORKS, runs=(*NETWORKS.runs[:4], network("he", "tanh", depth=4)))
    after = watched(service, changed)
    assert after.progress() == (0, 0)
    executor.run()
    assert executor.sent - sent == -(-40 // 7), "slices of the one lane alone"
    same(after.result(), train(changed))


def test_progress_and_a_stop_after_which_it_goes_on() -> None:
    executor = ByHand(7)
    job = watched(Jobs(lambda: executor), NETWORKS)
    executor.step()
    executor.step()
    assert job.progress()[0] == pytest.approx(14 / 40)
    partial = job.result()
    assert partial.progress == partial.updates.max() / 40 <= 14 / 40
    job.leave("me")
    executor.run()
    assert job.status is Status.STOPPED
    job.watch("me")
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), train(NETWORKS))


def test_what_cannot_be_trained_is_refused_in_its_own_words() -> None:
    job = watched(Jobs(lambda: ByHand(7)), replace(NETWORKS, width=512, seeds=16))
    assert job.status is Status.FAILED
    assert "take fewer layers" in str(job.error)


@pytest.mark.proof
def test_lanes_go_to_a_worker_and_back() -> None:
    """A process of its own: lanes, states and records are pickled."""
    job = watched(Jobs(workplace().executor), NETWORKS)
    job.wait(120)
    same(job.result(), train(NETWORKS))
