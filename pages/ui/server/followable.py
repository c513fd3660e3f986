"""What a session can follow, and what the service of lanes trains of each. A study whose documents train adds one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.experiment import Experiment, unlabelled
from core.parameters import Declared
from core.studies.adversarial.duel import Duel
from core.studies.adversarial.lanes import DuelDocument
from core.studies.deep_networks.lanes import NetworksDocument
from core.studies.deep_networks.networks import Networks
from core.studies.metric_learning.embedding import Embedding
from core.studies.metric_learning.lanes import EmbeddingDocument
from core.studies.multitask.document import Multitask
from core.studies.multitask.lanes import MultitaskDocument
from core.studies.reinforcement.climb import Climb
from core.studies.reinforcement.control import Quest
from core.studies.reinforcement.lanes import StudyDocument
from core.studies.reinforcement.prediction import Prediction
from core.studies.segmentation.document import Segmentation
from core.studies.segmentation.lanes import SegmentationDocument
from core.training.lanes import Comparison
from pages.ui.server.protocol import Document


@dataclass(frozen=True)
class Followable:
    """A kind of what a session can follow.

    `document` makes of it what the service trains, without its labels: jobs know none. `name`: what it is called in its result, where labels are put in again.
    """

    document: Callable[[Any], Document]
    name: str


def document_of(asked: Declared) -> Document:
    """Return what the service trains of what a session asks for: the same for all labels."""
    return FOLLOWABLE[type(asked)].document(asked)


FOLLOWABLE: dict[type, Followable] = {
    Experiment: Followable(lambda asked: Comparison(unlabelled(asked)), "experiment"),
    Duel: Followable(lambda asked: DuelDocument(asked.unlabelled()), "duel"),
    Embedding: Followable(lambda asked: EmbeddingDocument(asked.unlabelled()), "embedding"),
    Networks: Followable(lambda asked: NetworksDocument(asked.unlabelled()), "networks"),
    Segmentation: Followable(lambda asked: SegmentationDocument(asked.unlabelled()), "segmentation"),
    Multitask: Followable(lambda asked: MultitaskDocument(asked.unlabelled()), "multitask"),
    **dict.fromkeys((Prediction, Quest, Climb), Followable(lambda asked: StudyDocument(asked.unlabelled()), "document")),
}
