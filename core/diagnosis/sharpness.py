"""By what scores are best divided: how certain probabilities are, beside how certain they may be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


#: scores are of a wrong size if they are best divided by this much, or multiplied, on both kinds of rows; the log loss of the validation rows falls by this
#: share then; and training and validation rows together make it sure by so many standard errors
SIZE, GAIN, BOTH = 1.5, 0.2, 4.0


@dataclass(frozen=True)
class Sharpness:
    """What is lowest of log losses with divided scores.

    `divisor`: above 1 for scores that are too large. `sure`: how many standard errors the divisor is from 1, the root of the ratio of the likelihoods
    2 B (before - after), which without a need to divide is above 3 in 3 of 1,000 runs. `before`, `after`: the log loss.
    """

    #: scores are far too large if they are best divided by this much; so many standard errors make it sure
    FAR: ClassVar[float] = 4.0
    SURE: ClassVar[float] = 6.0

    divisor: float = 1.0
    sure: float = 0.0
    before: float = 0.0
    after: float = 0.0

    @property
    def far(self) -> bool:
        """Whether the scores are surely far too large."""
        return self.divisor >= self.FAR and self.sure >= self.SURE


def sharpness(shares: Array, truth: Array) -> Sharpness:
    """Return by what the scores of probabilities (B, K) of the true classes (B,) are best divided; that of nothing for such that are not finite.

    Probabilities to the power of 1/T, made to sum to 1, are those of scores over T (Guo et al., ICML 2017).
    """
    from scipy.optimize import minimize_scalar

    if not np.isfinite(shares).all():
        return Sharpness()
    logs = np.log(np.maximum(shares.astype(float), 1e-30))

    def log_loss(log_power: float) -> float:
        powers = np.exp(log_power) * logs
        powers -= powers.max(axis=-1, keepdims=True)
        return float((np.log(np.exp(powers).sum(axis=-1)) - powers[np.arange(len(truth)), truth]).mean())

    best = minimize_scalar(log_loss, bounds=(-4.0, 4.0), method="bounded")
    before, after = log_loss(0.0), float(best.fun)
    return Sharpness(float(np.exp(-best.x)), float(np.sqrt(max(0.0, 2 * len(truth) * (before - after)))), before, after)


def size(training: Sharpness, validation: Sharpness) -> int:
    """Return 1 for scores that are surely too large on training and validation rows alike, -1 for such that are too small, else 0.

    A training that goes on leaves scores of the right size on its own rows if its loss asks for probabilities.
    """
    if np.hypot(training.sure, validation.sure) < BOTH or validation.after > (1 - GAIN) * validation.before:
        return 0
    divisors = training.divisor, validation.divisor
    return 1 if min(divisors) >= SIZE else -1 if max(divisors) <= 1 / SIZE else 0
