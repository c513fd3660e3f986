"""Whether probabilities are what they say: of the rows that are given 0.8, 80 % should turn out so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

BINS = 10


@dataclass(frozen=True, eq=False)
class Reliability:
    """Bins of equal width that hold rows, in ascending order: their mean probability, the share of outcomes, and the number of rows, each (bins,)."""

    probability: Array
    observed: Array
    count: Array

    @property
    def error(self) -> float:
        """The expected calibration error: the mean over rows of |observed share - mean probability| of their bin. Source: Naeini et al., AAAI 2015."""
        return float((self.count * np.abs(self.observed - self.probability)).sum() / self.count.sum())


def reliability(probability: Array, outcome: Array, bins: int = BINS) -> Reliability:
    """Return the reliability of probabilities (N,) of something that happened or not, `outcome` (N,).

    For several classes these are the largest probability of each row and whether its class was right. Bins are [0, 1/bins), ..., [1 - 1/bins, 1],
    closed below; scikit-learn's `calibration_curve` closes them above. Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    place = np.minimum((probability * bins).astype(int), bins - 1)
    count, total, hits = (np.bincount(place, weights, bins) for weights in (None, probability, outcome))
    some = count > 0
    return Reliability(total[some] / count[some], hits[some] / count[some], count[some])
