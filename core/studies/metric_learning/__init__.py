"""Losses of distances: what they make of an embedding, for rows and for classes that were never seen. `EMBEDDING_LOSSES["triplet"](margin=0.3)`."""

# The order of registration is the order on the screen.
# isort: off
from core.studies.metric_learning import pairs
from core.studies.metric_learning import triplets
from core.studies.metric_learning import heads
# isort: on
from core.studies.metric_learning.base import EMBEDDING_LOSSES, EmbeddingLoss, HeadLoss
from core.studies.metric_learning.embedding import Embedding, Metric
from core.studies.metric_learning.lanes import embed

__all__ = ["EMBEDDING_LOSSES", "Embedding", "EmbeddingLoss", "HeadLoss", "Metric", "embed", "heads", "pairs", "triplets"]
