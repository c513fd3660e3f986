"""Calibration: whether of the rows with a predicted probability of 0.8 the event occurs in 80 %."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

#: the number of bins of equal width between 0 and 1
BINS = 10


@dataclass(frozen=True, eq=False)
class Reliability:
    """The bins of equal width that are not empty, in ascending order.

    `probability` (bins,): the mean probability of the bin's rows.
    `observed` (bins,): the share of the bin's rows in which the event occurred.
    `count` (bins,): the number of rows.
    """

    probability: Array
    observed: Array
    count: Array

    @property
    def error(self) -> float:
        """The expected calibration error: the mean over rows of |observed share - mean probability| of their bin. Source: Naeini et al., AAAI 2015."""
        return float((self.count * np.abs(self.observed - self.probability)).sum() / self.count.sum())


def reliability(probability: Array, outcome: Array, bins: int = BINS) -> Reliability:
    """Return the reliability of predicted probabilities.

    `probability` (N,): of an event; `outcome` (N,): 1 or true for rows in which it occurred.
    For several classes the event is that the predicted class is correct, and its probability is the largest of the row.
    Bins are [0, 1/bins), ..., [1 - 1/bins, 1], closed below; scikit-learn's `calibration_curve` closes them above.
    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    bin_of_row = np.minimum((probability * bins).astype(int), bins - 1)
    count, probability_sum, outcome_sum = (np.bincount(bin_of_row, weights, bins) for weights in (None, probability, outcome))
    filled = count > 0
    return Reliability(probability_sum[filled] / count[filled], outcome_sum[filled] / count[filled], count[filled])
