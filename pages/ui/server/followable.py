"""What a session can follow, and what the service of lanes trains of each. A study whose documents train adds one line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.experiment import Experiment
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

#: what the service trains of each kind of document
FOLLOWABLE: dict[type, Callable[[Any], Document]] = {
    Experiment: Comparison,
    Duel: DuelDocument,
    Embedding: EmbeddingDocument,
    Networks: NetworksDocument,
    Segmentation: SegmentationDocument,
    Multitask: MultitaskDocument,
    **dict.fromkeys((Prediction, Quest, Climb), StudyDocument),
}


def document_of(asked: Any) -> Document:
    """Return what the service trains of what a session asks for: the same for all labels, because jobs know none."""
    return FOLLOWABLE[type(asked)](asked.unlabelled())
