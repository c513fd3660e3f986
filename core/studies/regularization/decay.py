"""Coupled L2 compared with decoupled decay: the size of a weight after many updates for each size of gradient, and a training on digits."""

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
from core.training.stack import Stepper
from core.words import Said

Array = NDArray[Any]

LEARNING_RATE = 0.01
#: the sizes of the loss's gradient for which the decay is computed
SIZES = np.geomspace(0.01, 10, 61)
#: The signs of the gradient in four successive updates, again and again. Their sum is 0, and they move the weight equally far up and down.
_SIGNS = (1, -1, -1, 1)


@dataclass(frozen=True)
class Rule:
    """An optimizer with weight decay of strength λ. Coupled: the gradient contains λ w. Decoupled: the optimizer multiplies the weight by 1 - η λ."""

    title: str
    optimizer: Optimizer
    coupled: bool


def rules(strength: float) -> tuple[Rule, ...]:
    """Return four rules: gradient descent and Adam, each with coupled L2 and with decoupled decay."""
    return (
        Rule("SGD + L2 (coupled)", OPTIMIZERS["sgd"](), True),
        Rule("SGDW (decoupled)", SGDW(momentum=0.0, weight_decay=strength), False),
        Rule("Adam + L2 (coupled)", Adam(), True),
        Rule("AdamW (decoupled)", AdamW(weight_decay=strength), False),
    )


@lru_cache(maxsize=64)
def remaining_weights(strength: float, updates: int) -> Array:
    """Return the weight (4, len(SIZES)) after `updates`, a multiple of 4, for each of `rules` and each of `SIZES`. It begins at 1.

    The gradient of the loss has a constant size and alternating signs, so only the decay moves the weight in the long run.
    The updates are those of the engine's optimizers, in float64.
    """
    decay_rules = rules(strength)
    stepper = Stepper([rule.optimizer for rule in decay_rules], "float64")
    l2_strength = np.array([strength * rule.coupled for rule in decay_rules])[None, :, None]
    weights = np.ones((1, len(decay_rules), len(SIZES)))
    state, rates = stepper.init(weights), np.full((len(decay_rules), 1), LEARNING_RATE)
    for step in range(1, updates + 1):
        gradient = _SIGNS[(step - 1) % 4] * SIZES + l2_strength * weights
        weights, state = stepper.update(gradient, state, weights, step, rates)
    return weights[0]


def on_digits(strength: float) -> Experiment:
    """Return the experiment of three runs of Adam on a fifth of digits' training rows: without decay, with coupled L2 and with decoupled decay."""
    no_decay = Run(loss=LOSSES["cross_entropy"](), optimizer=Adam(), learning_rate=LEARNING_RATE, label=str(Said("Adam without decay")))
    runs = (
        no_decay,
        replace(no_decay, penalty=L2(strength=strength), label=str(Said("Adam + L2 (coupled)"))),
        replace(no_decay, optimizer=AdamW(weight_decay=strength), label=str(Said("AdamW (decoupled)"))),
    )
    rows = Corruption(training_share=0.2)
    return Experiment(dataset=DATASETS["digits"](), model=MLP(hidden=(64,)), runs=runs, epochs=20, corruption=rows)
