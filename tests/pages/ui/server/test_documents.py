"""The service trains the documents of every study as it trains experiments: a lane once, in slices, with progress, and a stop that loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import pytest

from core.datasets import DATASETS
from core.models import MLP
from core.studies.adversarial.duel import contest, default_duel
from core.studies.adversarial.lanes import DuelDocument, play
from core.studies.deep_networks.lanes import NetworksDocument, train
from core.studies.deep_networks.networks import default_networks, network
from core.studies.metric_learning.embedding import default_embedding, metric
from core.studies.metric_learning.lanes import EmbeddingDocument, embed
from core.studies.multitask.document import default_multitask, weighting
from core.studies.multitask.lanes import MultitaskDocument, weigh
from core.studies.segmentation.document import default_segmentation, segmenter
from core.studies.segmentation.lanes import SegmentationDocument, segment
from core.studies.segmentation.scenes import SCENES
from pages.ui.server.executors import workplace
from pages.ui.server.jobs import Jobs
from pages.ui.server.protocol import Document
from pages.ui.server.training import Status
from tests.by_hand import ByHand
from tests.studies import same


@dataclass(frozen=True)
class Served:
    """What a study asks of the service. Its runs last 40 updates.

    `document` makes the service's document of `asked`, `whole` trains it at once. `other` is one more run; `refused` cannot be trained, for the reason `why`.
    """

    asked: Any
    document: Callable[[Any], Document]
    whole: Callable[[Any], Any]
    other: Any
    refused: Any
    why: str


_DUEL = replace(default_duel(), updates=40, batch=8, generator=MLP(hidden=(6,)), critic=MLP(hidden=(5,)))
_EMBEDDING = replace(default_embedding(), dataset=DATASETS["wine"](), updates=40, per_class=4, model=MLP(hidden=(6,)), held_out=(1,))
_NETWORKS = replace(default_networks(), dataset=DATASETS["wine"](), updates=40, batch=16, width=8)
_SEGMENTATION = replace(default_segmentation(), scene=SCENES["ink"](), images=64, batch=16, updates=40)
_MULTITASK = replace(default_multitask(), updates=40, model=MLP(hidden=(4,)))
SERVED = {
    "duel": Served(_DUEL, DuelDocument, play, contest("hinge", "r1"), replace(_DUEL, critic=MLP(hidden=(1024, 1024))), "take smaller networks"),
    "embedding": Served(
        _EMBEDDING, EmbeddingDocument, embed, metric("triplet", mining="random"), replace(_EMBEDDING, held_out=(0, 1)), "hold out fewer"
    ),
    "networks": Served(
        _NETWORKS, NetworksDocument, train, network("he", "tanh", depth=4), replace(_NETWORKS, width=512, seeds=16), "take fewer layers"
    ),
    "segmentation": Served(
        _SEGMENTATION, SegmentationDocument, segment, segmenter("pixel_tversky", smooth=10.0), replace(_SEGMENTATION, updates=5000, seeds=16), "times the work"
    ),
    "multitask": Served(
        _MULTITASK, MultitaskDocument, weigh, weighting(0.1, 1.0, 1.0), replace(_MULTITASK, updates=20_000, seeds=16, model=MLP(hidden=(256,))),
        "times the work",
    ),
}


@pytest.fixture(params=SERVED)
def served(request: pytest.FixtureRequest) -> Served:
    """Return what a study asks."""
    return SERVED[request.param]


def watched(service: Jobs, served: Served, asked: Any) -> Any:
    job = service.job(served.document(asked))
    job.watch("me")
    return job


def test_of_several_runs_of_which_one_changes_one_trains(served: Served) -> None:
    executor = ByHand(7)
    service = Jobs(lambda: executor)
    before = watched(service, served, served.asked)
    executor.run()
    same(before.result(), served.whole(served.asked))
    sent = executor.sent
    changed = replace(served.asked, runs=(*served.asked.runs[:-1], served.other))
    after = watched(service, served, changed)
    assert after.progress() == (0, 0)
    executor.run()
    assert executor.sent - sent == -(-40 // 7), "slices of the one lane alone"
    same(after.result(), served.whole(changed))


def test_progress_and_a_stop_after_which_it_goes_on(served: Served) -> None:
    executor = ByHand(7)
    job = watched(Jobs(lambda: executor), served, served.asked)
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
    same(job.result(), served.whole(served.asked))


def test_what_cannot_be_trained_is_refused_in_its_own_words(served: Served) -> None:
    job = watched(Jobs(lambda: ByHand(7)), served, served.refused)
    assert job.status is Status.FAILED
    assert served.why in str(job.error)


def test_slices_of_any_length_in_threads(served: Served) -> None:
    with ThreadPoolExecutor(1) as threads:
        job = watched(Jobs(lambda: threads), served, served.asked)
        job.wait(60)
        same(job.result(), served.whole(served.asked))


@pytest.mark.proof
def test_lanes_go_to_a_worker_and_back(served: Served) -> None:
    """A process of its own: lanes, states and records are pickled."""
    job = watched(Jobs(workplace().executor), served, served.asked)
    job.wait(120)
    same(job.result(), served.whole(served.asked))
