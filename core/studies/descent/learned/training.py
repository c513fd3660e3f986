"""How the learned optimizer was trained, and how Adam was tuned for it: `python -m core.studies.descent.learned` writes both, from fixed seeds."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.descent.learned.families import FAMILIES, Family
from core.studies.descent.learned.rule import HORIZON, SIZE, by_adam, descended
from core.training.evolution import Evolution

Array = NDArray[Any]

#: of the training, of the problems on which the loss that it reached is measured, and of those on which Adam is tuned
SEED, EXAM_SEED, TUNING_SEED = 0, 1, 2
EVOLUTION = Evolution(generations=800)
#: problems of a generation, of the exam, and of Adam's tuning
BATCH, EXAM, TUNED_ON = 32, 1000, 100
#: the numbers of steps for which Adam is tuned, each on its own
STEPS = (20, 60, 100, 200)
#: the rates and the β that Adam is tuned over: all of these, or the rates alone with β as in its paper
RATES = (*(float(f"{mantissa}e{exponent}") for exponent in (-3, -2, -1, 0) for mantissa in (1, 2, 3, 5)), 10.0)
USUAL = (0.9, 0.999)
BETAS = (USUAL, *(pair for pair in product((0.0, 0.5, 0.7, 0.8, 0.9, 0.95), (0.8, 0.9, 0.95, 0.99, 0.999)) if pair != USUAL))
#: settings of Adam that are tried together, and the largest loss that counts
_TOGETHER, _MOST = 34, 1e6

Setting = tuple[float, float, float]


def costs(losses: Array) -> Array:
    """Return the mean logarithm (M,) of losses (M, N) of problems; what has diverged counts as the largest loss."""
    return np.log(np.clip(np.nan_to_num(losses, nan=_MOST), 1e-12, _MOST)).mean(axis=-1)


def trained(evolution: Evolution = EVOLUTION, seed: int = SEED) -> Array:
    """Return the numbers (`SIZE`,) that evolution strategies find: low logarithms of the loss after `HORIZON` steps on least squares drawn anew each time."""
    def objective(numbers: Array, rng: np.random.Generator) -> Array:
        problems, points = FAMILIES["own"].drawn(rng, BATCH)
        return costs(descended(numbers, problems, points, HORIZON)[..., -1])

    with np.errstate(all="ignore"):
        return evolution.minimised(objective, 0.3 * np.random.default_rng([seed, 1]).standard_normal(SIZE), seed)


def reached(numbers: Array) -> float:
    """Return the mean logarithm of the loss after `HORIZON` steps on problems of its own that no training saw."""
    problems, points = FAMILIES["own"].drawn(np.random.default_rng(EXAM_SEED), EXAM)
    return float(costs(descended(numbers[None], problems, points, HORIZON)[..., -1])[0])


def tuned(family: Family) -> dict[str, dict[str, Setting]]:
    """Return the rate and β of Adam with the lowest mean logarithm of the loss after each number of steps: with its usual β (`rate`), and with any (`all`)."""
    problems, points = family.drawn(np.random.default_rng(TUNING_SEED), TUNED_ON)
    settings = [(rate, *betas) for betas, rate in product(BETAS, RATES)]
    found = []
    with np.errstate(all="ignore"):
        for first in range(0, len(settings), _TOGETHER):
            rates, beta1, beta2 = np.array(settings[first : first + _TOGETHER]).T
            losses = by_adam(rates, beta1, beta2, problems, points, max(STEPS))
            found.append(np.stack([costs(losses[..., steps]) for steps in STEPS], axis=-1))
    of_all = np.concatenate(found)
    return {
        name: {str(steps): settings[int(of_all[:count, place].argmin())] for place, steps in enumerate(STEPS)}
        for name, count in (("rate", len(RATES)), ("all", len(settings)))
    }
