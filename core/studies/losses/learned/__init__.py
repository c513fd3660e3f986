"""A learned loss: 25 numbers that evolution strategies found on data damaged upward. `python -m core.studies.losses.learned` makes them anew.

Source of the idea: Bechtle et al., Meta Learning via Learned Loss, arXiv:1906.05374.
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
class LearnedLoss:
    """What was learned: the numbers (25,), and the bounds of the rivals that were tuned on the same data, by name."""

    numbers: NDArray[Any]
    rivals: dict[str, float]


@cache
def learned() -> LearnedLoss:
    """Return what the training has written. Nothing may change it."""
    made = json.loads(PATH.read_text(encoding="utf-8"))
    return LearnedLoss(np.array(made["numbers"]), made["rivals"])
