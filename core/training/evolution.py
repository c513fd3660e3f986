"""Evolution strategies: a minimum without a gradient, by comparing what is near. It trains what a training is made of, as an optimizer or a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Evolution:
    """How a minimum is looked for. In each generation `pairs` of neighbours are tried, at numbers + and - `spread` times normal ones.

    They are ranked, and Adam takes a step of the size `rate`, which falls to a tenth of it towards the end.
    Sources: Salimans et al., arXiv:1703.03864; ranks in place of values: Wierstra et al., Natural Evolution Strategies, JMLR 15, 2014.
    """

    generations: int
    pairs: int = 16
    spread: float = 0.1
    rate: float = 0.03

    def minimised(self, objective: Callable[[Array, np.random.Generator], Array], start: Array, seed: int) -> Array:
        """Return numbers (P,) at which `objective` is low, from `start` (P,). The same seed gives the same numbers.

        `objective(numbers (M, P), rng)` returns the costs (M,); what it draws of `rng` is shared by all M of a generation.
        """
        rng, numbers = np.random.default_rng(seed), start.copy()
        first, second = np.zeros_like(numbers), np.zeros_like(numbers)
        for generation in range(1, self.generations + 1):
            steps = rng.standard_normal((self.pairs, len(numbers)))
            costs = objective(np.concatenate([numbers + self.spread * steps, numbers - self.spread * steps]), rng)
            ranks = costs.argsort().argsort() / (2 * self.pairs - 1) - 0.5
            gradient = ((ranks[: self.pairs] - ranks[self.pairs :])[:, None] * steps).mean(axis=0) / self.spread
            first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
            rate = self.rate * (1 - 0.9 * generation / self.generations)
            numbers = numbers - rate * (first / (1 - 0.9**generation)) / (np.sqrt(second / (1 - 0.99**generation)) + 1e-8)
        return numbers
