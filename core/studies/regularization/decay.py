"""Coupled L2 against decoupled decay: what is left of a weight after many updates, by how large the gradients of the loss are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MLP
from core.optimizers import OPTIMIZERS, Optimizer
from core.optimizers.adam import Adam, AdamW
from core.optimizers.descent import SGDW
from core.penalties import L2
from core.preparation.corruption import Corruption
from core.training.stack import Meter, Stepper

Array = NDArray[Any]

LEARNING_RATE = 0.01
#: gradient sizes of the demonstration
SIZES = np.geomspace(0.01, 10, 61)
#: signs of the gradients, in turns: they cancel over four updates, and the weight swings about its place evenly
_SIGNS = (1, -1, -1, 1)


@dataclass(frozen=True)
class Rule:
    """An optimizer with a decay of one strength: coupled, as λ w in the gradient, or decoupled, as its own shrinking by 1 - η λ."""

    title: str
    optimizer: Optimizer
    coupled: bool


def rules(strength: float) -> tuple[Rule, ...]:
    """Return gradient descent and Adam, each with coupled L2 and with decoupled decay."""
    return (
        Rule("SGD + L2 (coupled)", OPTIMIZERS["sgd"](), True),
        Rule("SGDW (decoupled)", SGDW(momentum=0.0, weight_decay=strength), False),
        Rule("Adam + L2 (coupled)", Adam(), True),
        Rule("AdamW (decoupled)", AdamW(weight_decay=strength), False),
    )


@lru_cache(maxsize=64)
def left(strength: float, updates: int) -> Array:
    """Return what is left (4, len(SIZES)) of weights of 1 after `updates` (a multiple of 4), for each of `rules` and each size of gradient.

    The gradient of the loss has one size and changing signs, so that it leads nowhere: only the decay moves the weight in the long run. The updates are
    those of the engine's optimizers, in float64.
    """
    chosen = rules(strength)
    stepper = Stepper([rule.optimizer for rule in chosen], "float64")
    pull = np.array([strength * rule.coupled for rule in chosen])[None, :, None]
    weights = np.ones((1, len(chosen), len(SIZES)))
    state, rates, meter = stepper.init(weights), np.full((len(chosen), 1), LEARNING_RATE), Meter()
    for step in range(1, updates + 1):
        gradient = _SIGNS[(step - 1) % 4] * SIZES + pull * weights
        weights, state = stepper.update(gradient, state, weights, step, rates, meter)
    return weights[0]


def on_digits(strength: float) -> Experiment:
    """Return Adam on a fifth of digits' training rows without decay, with coupled L2 and with decoupled decay of the same strength."""
    none = Run(loss=LOSSES["cross_entropy"](), optimizer=Adam(), learning_rate=LEARNING_RATE, label="Adam without decay")
    runs = (
        none,
        replace(none, penalty=L2(strength=strength), label="Adam + L2 (coupled)"),
        replace(none, optimizer=AdamW(weight_decay=strength), label="AdamW (decoupled)"),
    )
    rows = Corruption(training_share=0.2)
    return Experiment(dataset=DATASETS["digits"](), model=MLP(hidden=(64,)), runs=runs, epochs=20, corruption=rows)
