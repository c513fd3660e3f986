"""A learned optimizer: 110 numbers that evolution strategies found, which make the steps. `python -m core.studies.descent.learned` makes them anew.

Sources: Andrychowicz et al., Learning to learn by gradient descent by gradient descent, arXiv:1606.04474; beyond the horizon: arXiv:2310.18191.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: what the training has written
PATH = Path(__file__).with_name("numbers.json")


@dataclass(frozen=True, eq=False)
class Learned:
    """What was learned: the numbers (110,), the mean logarithm of the loss that they reach, and Adam's tuned rate, β₁ and β₂ by family, tuning and steps."""

    numbers: NDArray[Any]
    log_loss: float
    adam: dict[str, dict[str, dict[int, tuple[float, float, float]]]]


@cache
def learned() -> Learned:
    """Return what the training has written. Nothing may change it."""
    made = json.loads(PATH.read_text(encoding="utf-8"))
    adam = {
        family: {tuning: {int(steps): tuple(setting) for steps, setting in by_steps.items()} for tuning, by_steps in of_family.items()}
        for family, of_family in made["adam"].items()
    }
    return Learned(np.array(made["numbers"]), made["log_loss"], adam)
