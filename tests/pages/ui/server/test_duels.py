"""The service trains duels as it trains experiments: a lane once, in slices, with progress, and a stop that loses nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.models import MLP
from core.studies.adversarial.duel import contest, default_duel
from core.studies.adversarial.lanes import DuelDocument, DuelResult, play
from pages.ui.server.executors import workplace
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import ByHand

DUEL = replace(default_duel(), updates=40, batch=8, generator=MLP(hidden=(6,)), critic=MLP(hidden=(5,)))


def same(one: DuelResult, other: DuelResult) -> None:
    np.testing.assert_array_equal(one.updates, other.updates)
    for name, values in one.metrics.items():
        np.testing.assert_array_equal(values, other.metrics[name], err_msg=name)


def watched(service: Jobs, duel: Any) -> Any:
    job = service.job(DuelDocument(duel))
    job.watch("me")
    return job


def test_six_duels_of_which_one_changes_train_one() -> None:
    executor = ByHand(7)
    service = Jobs(lambda: executor)
    before = watched(service, DUEL)
    executor.run()
    same(before.result(), play(DUEL))
    sent = executor.sent
    changed = replace(DUEL, runs=(*DUEL.runs[:5], contest("hinge", "r1")))
    after = watched(service, changed)
    assert after.progress() == (0, 0)
    executor.run()
    assert executor.sent - sent == -(-40 // 7), "slices of the one lane alone"
    same(after.result(), play(changed))


def test_progress_and_a_stop_after_which_it_goes_on() -> None:
    executor = ByHand(7)
    job = watched(Jobs(lambda: executor), DUEL)
    executor.step()
    executor.step()
    assert job.progress()[0] == pytest.approx(14 / 40)
    partial = job.result()
    assert partial.updates.max() <= 14
    assert partial.progress == partial.updates.max() / 40
    job.leave("me")
    executor.run()
    assert job.status is Status.STOPPED
    job.watch("me")
    executor.run()
    assert job.status is Status.DONE
    same(job.result(), play(DUEL))


def test_what_asks_for_too_much_is_refused_in_its_own_words() -> None:
    job = watched(Jobs(lambda: ByHand(7)), replace(DUEL, critic=MLP(hidden=(1024, 1024))))
    assert job.status is Status.FAILED
    assert "take smaller networks" in str(job.error)


def test_slices_of_any_length_in_threads() -> None:
    with ThreadPoolExecutor(1) as threads:
        job = watched(Jobs(lambda: threads), DUEL)
        job.wait(60)
        same(job.result(), play(DUEL))


@pytest.mark.proof
def test_lanes_go_to_a_worker_and_back() -> None:
    """A process of its own: lanes, states and records are pickled."""
    job = watched(Jobs(workplace().executor), replace(DUEL, updates=30))
    job.wait(120)
    same(job.result(), play(replace(DUEL, updates=30)))
