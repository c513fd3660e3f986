"""The documents of all studies that train as lanes: small ones, runs of every kind, and whether two results are the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np

from core.datasets import DATASETS
from core.losses import LOSSES
from core.models import MLP
from core.optimizers import OPTIMIZERS
from core.studies.adversarial.duel import Contest, Duel, contest, default_duel
from core.studies.adversarial.lanes import DuelDocument
from core.studies.deep_networks.activations import ACTIVATIONS
from core.studies.deep_networks.lanes import NetworksDocument
from core.studies.deep_networks.networks import Network, Networks, default_networks, network
from core.studies.deep_networks.norms import NORMS
from core.studies.deep_networks.starts import STARTS
from core.studies.metric_learning import EMBEDDING_LOSSES
from core.studies.metric_learning.embedding import SPHERE, Embedding, Metric, default_embedding, metric
from core.studies.metric_learning.lanes import EmbeddingDocument
from core.studies.multitask.document import UNCERTAINTY, Multitask, Weighting, default_multitask, weighting
from core.studies.multitask.lanes import MultitaskDocument
from core.studies.segmentation.document import BATCH, IMAGE, Segmentation, Segmenter, default_segmentation, segmenter
from core.studies.segmentation.lanes import SegmentationDocument
from core.studies.segmentation.scenes import SCENES
from core.tasks import SEGMENTATION
from core.training.recorded_lanes import DocumentLanes

PIXEL_LOSSES = [kind for kind, cls in LOSSES.items() if SEGMENTATION in cls.tasks]


def small_duel(*runs: Contest, **settings: Any) -> Duel:
    """Return a duel that is over soon."""
    defaults = {"generator": MLP(hidden=(6, 5)), "critic": MLP(hidden=(5, 6)), "updates": 40, "batch": 8}
    return Duel(runs=runs or default_duel().runs, **{**defaults, **settings})


def small_embedding(*runs: Metric, **settings: Any) -> Embedding:
    """Return an embedding that is over soon."""
    defaults = {"dataset": DATASETS["wine"](), "model": MLP(hidden=(6,)), "updates": 30, "per_class": 4}
    return Embedding(runs=runs or default_embedding().runs, **{**defaults, **settings})


def small_segmentation(*runs: Segmenter, **settings: Any) -> Segmentation:
    """Return a segmentation that is over soon."""
    defaults = {"scene": SCENES["discs"](side=12), "model": MLP(hidden=(4,)), "images": 16, "batch": 5, "updates": 20, "patch": 3}
    return Segmentation(runs=runs or default_segmentation().runs, **{**defaults, **settings})


def small_multitask(*runs: Weighting, **settings: Any) -> Multitask:
    """Return a comparison of weightings that is over soon."""
    return Multitask(runs=runs or default_multitask().runs, **{"model": MLP(hidden=(4,)), "updates": 20, **settings})


def small_networks(*runs: Network, **settings: Any) -> Networks:
    """Return deep networks that are over soon."""
    defaults = {"dataset": DATASETS["wine"](), "width": 8, "batch": 16, "updates": 30}
    return Networks(runs=runs or tuple(replace(run, depth=4) for run in default_networks().runs), **{**defaults, **settings})


def every_contest() -> tuple[Contest, ...]:
    """Return runs of several losses and penalties."""
    return (*default_duel().runs, contest("wasserstein", "clipping", strength=0.1), contest("minimax", "r1", strength=2.0))


def every_metric() -> tuple[Metric, ...]:
    """Return a run of each loss, and one of each mining."""
    return (*(metric(kind) for kind in EMBEDDING_LOSSES), metric("triplet", mining="random"), metric("triplet", mining="hard", rate=0.03))


def every_segmenter() -> tuple[Segmenter, ...]:
    """Return a run of each loss, and of some over the whole batch, between each other."""
    kinds = (*PIXEL_LOSSES, "pixel_dice", "pixel_tversky")
    return tuple(segmenter(kind, over=(IMAGE, BATCH, IMAGE)[i % 3], bias=-0.5 * i) for i, kind in enumerate(kinds))


def every_weighting() -> tuple[Weighting, ...]:
    """Return fixed and learned weights, between each other, under several rules."""
    return (*default_multitask().runs, replace(UNCERTAINTY, optimizer=OPTIMIZERS["momentum"](), label=""), weighting(0.0, 2.0, 0.0, standardised=True))


def every_network(depth: int = 3) -> tuple[Network, ...]:
    """Return runs with every activation, norm and initialisation, with and without residuals."""
    norms, starts, kinds = [*NORMS], [*STARTS], [*ACTIVATIONS]
    rules = ("sgd", "adam", "sgd", "rmsprop")
    return tuple(
        network(starts[i % 4], kinds[i % 5], norms[i % 3], residual=(None, 0.5)[i % 2], optimizer=rules[i % 4], depth=depth, clip_norm=(0.0, 0.0, 0.5)[i % 3])
        for i in range(10)
    )


@dataclass(frozen=True)
class Studied:
    """A study's documents: `lanes` of one, and a small one with runs of `every` kind under some settings."""

    lanes: type[DocumentLanes[Any]]
    small: Callable[..., Any]
    every: Callable[[], tuple[Any, ...]]
    settings: dict[str, Any]

    def document(self, **settings: Any) -> Any:
        """Return the small document, with further settings."""
        return self.small(*self.every(), **{**self.settings, **settings})


STUDIES = {
    "duel": Studied(DuelDocument, small_duel, every_contest, {"critic_steps": 2}),
    "embedding": Studied(EmbeddingDocument, small_embedding, every_metric, {"held_out": (1,), "space": SPHERE}),
    "segmentation": Studied(SegmentationDocument, small_segmentation, every_segmenter, {}),
    "multitask": Studied(MultitaskDocument, small_multitask, every_weighting, {"model": MLP(hidden=(16,))}),
    "networks": Studied(NetworksDocument, small_networks, lambda: (*every_network(), *every_network(2)[:2]), {}),
}


def same(mine: Any, theirs: Any, name: str = "result") -> None:
    """Assert that two results, and all that they hold, are the same to the bit."""
    if is_dataclass(mine):
        for each in fields(mine):
            same(getattr(mine, each.name), getattr(theirs, each.name), f"{name}.{each.name}")
    elif isinstance(mine, dict):
        assert mine.keys() == theirs.keys()
        for key, value in mine.items():
            same(value, theirs[key], f"{name}[{key}]")
    elif isinstance(mine, list | tuple):
        for one, other in zip(mine, theirs, strict=True):
            same(one, other, name)
    else:
        np.testing.assert_array_equal(mine, theirs, err_msg=name)
