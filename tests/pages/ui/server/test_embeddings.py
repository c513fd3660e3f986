"""The service trains embeddings as it trains experiments: a lane once, in slices, with progress, and a stop that loses nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS
from core.models import MLP
from core.studies.metric_learning.embedding import default_embedding, metric
from core.studies.metric_learning.lanes import EmbeddingDocument, EmbeddingResult, embed
from pages.ui.server.executors import workplace
from pages.ui.server.jobs import Jobs
from pages.ui.server.training import Status
from tests.by_hand import ByHand

EMBEDDING = replace(default_embedding(), dataset=DATASETS["wine"](), updates=40, per_class=4, model=MLP(hidden=(6,)), held_out=(1,))


def same(one: EmbeddingResult, other: EmbeddingResult) -> None:
    np.testing.assert_array_equal(one.updates, other.updates)
    for name, values in one.metrics.items():
        np.testing.assert_array_equal(values, other.metrics[name], err_msg=name)
    for run in range(len(one.tracks)):
        np.testing.assert_array_equal(one.points(run, 40, "unseen"), other.points(run, 40, "unseen"))


def watched(service: Jobs, embedding: Any) -> Any:
    job = service.job(EmbeddingDocument(embedding))
    job.watch("me")
    return job


def test_four_runs_of_which_one_changes_train_one() -> None:
    executor = ByHand(7)
    service = Jobs(lambda: executor)
    before = watched(service, EMBEDDING)
    executor.run()
    same(before.result(), embed(EMBEDDING))
    sent = executor.sent
    changed = replace(EMBEDDING, runs=(*EMBEDDING.runs[:3], metric("triplet", mining="random")))
    after = watched(service, changed)
    assert after.progress() == (0, 0)
    executor.run()
    assert executor.sent - sent == -(-40 // 7), "slices of the one lane alone"
    same(after.result(), embed(changed))


def test_progress_and_a_stop_after_which_it_goes_on() -> None:
    executor = ByHand(7)
    job = watched(Jobs(lambda: executor), EMBEDDING)
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
    same(job.result(), embed(EMBEDDING))


def test_what_cannot_be_trained_is_refused_in_its_own_words() -> None:
    job = watched(Jobs(lambda: ByHand(7)), replace(EMBEDDING, held_out=(0, 1)))
    assert job.status is Status.FAILED
    assert "hold out fewer" in str(job.error)


@pytest.mark.proof
def test_lanes_go_to_a_worker_and_back() -> None:
    """A process of its own: lanes, states and records are pickled."""
    job = watched(Jobs(workplace().executor), EMBEDDING)
    job.wait(120)
    same(job.result(), embed(EMBEDDING))
