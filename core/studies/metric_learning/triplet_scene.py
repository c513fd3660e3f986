"""One pair, one triplet: what three points of the plane cost under each loss, how each point is pulled, and the cost while one point moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.metric_learning.base import EmbeddingLoss
from core.studies.metric_learning.pairs import Contrastive, NtXent, SupervisedContrastive
from core.studies.metric_learning.triplets import RANDOM, SQUARED, Triplet

Array = NDArray[Any]

ANCHOR, POSITIVE, NEGATIVE = "anchor", "positive", "negative"
#: how far a moved point goes in the curves
FARTHEST, _STEPS = 3.0, 241


@dataclass(frozen=True)
class Cost:
    """A loss that is shown. `made` returns it for a margin and a temperature. `least`: the points that it needs, as their number."""

    title: str
    made: Callable[[float, float], EmbeddingLoss]
    least: int = 2


COSTS: dict[str, Cost] = {
    "contrastive": Cost("Contrastive", lambda m, t: Contrastive(margin=m)),
    "triplet": Cost("Triplet", lambda m, t: Triplet(margin=m, mining=RANDOM), 3),
    "triplet_squared": Cost("Triplet, squared", lambda m, t: Triplet(margin=m, mining=RANDOM, distance=SQUARED), 3),
    "nt_xent": Cost("NT-Xent", lambda m, t: NtXent(temperature=t), 3),
    "supervised_contrastive": Cost("Supervised contrastive", lambda m, t: SupervisedContrastive(temperature=t), 3),
}


@dataclass(frozen=True)
class Scene:
    """Points of the plane by name, the anchor among them, and the settings of the losses."""

    points: dict[str, tuple[float, ...]]
    margin: float
    temperature: float

    @property
    def labels(self) -> Array:
        """The class of each point: 0 of anchor and positive, 1 of the negative."""
        return np.array([int(name == NEGATIVE) for name in self.points])

    @property
    def embeddings(self) -> Array:
        """The points, (B, 2)."""
        return np.array([*self.points.values()], float)

    def offered(self, name: str) -> bool:
        """Return whether the loss has a meaning for these points."""
        return COSTS[name].least <= len(self.points)

    def loss(self, name: str) -> EmbeddingLoss:
        """Return the loss with the scene's settings."""
        return COSTS[name].made(self.margin, self.temperature)

    def _given(self, name: str) -> tuple[Array, ...]:
        """Return the one triplet of anchor, positive and negative, for a loss of triplets."""
        return (np.array([[0, 1, 2]]),) if self.loss(name).needs_triplets() else ()

    def cost(self, name: str) -> float:
        """Return what the points cost."""
        return float(self.loss(name).value(self.embeddings, self.labels, *self._given(name)))

    def pulls(self, name: str) -> Array:
        """Return where each point is pulled, (B, 2): the negative gradient."""
        pulls: Array = -self.loss(name).gradient(self.embeddings, self.labels, *self._given(name))
        return pulls

    def along(self, name: str, moved: str) -> tuple[Array, Array]:
        """Return distances (T,) of a point from the anchor, or of the anchor from the other point, and the cost (T,) there, while it moves on their line."""
        i, other = self._ends(moved)
        points, distances = self.embeddings, np.linspace(0.01, FARTHEST, _STEPS)
        way = points[i] - points[other]
        length = float(np.hypot(*way))
        way = way / length if length else np.array([1.0, 0.0])
        batches = np.repeat(points[None], _STEPS, axis=0)
        batches[:, i] = points[other] + distances[:, None] * way
        return distances, self.loss(name).value(batches, self.labels, *self._given(name))

    def distance(self, moved: str) -> float:
        """Return the distance that `along` starts from now."""
        i, other = self._ends(moved)
        return float(np.hypot(*(self.embeddings[i] - self.embeddings[other])))

    def _ends(self, moved: str) -> tuple[int, int]:
        """Return the places of the point that moves, and of the point whose distance counts."""
        places = [*self.points]
        i = places.index(moved)
        return i, places.index(ANCHOR) if moved != ANCHOR else (i + 1) % len(places)
