"""The learned loss beside Huber's and Tukey's on fresh tables: curves, pulls, and clean errors under damage of either direction."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.losses import LOSSES
from core.studies.losses.learned import learned
from core.studies.losses.learned.rule import fitted, pull, value
from core.studies.losses.learned.training import DOWN, NONE, RIVALS, UP, of_rival, tables
from core.words import Figure, Said

Array = NDArray[Any]

#: fresh tables of a contest, and the first of the seeds that they are drawn with: no training and no tuning has it
TABLES, FRESH = 1000, 100
LEARNED = "learned"
TITLES = {LEARNED: "Learned", "huber": "Huber, tuned", "tukey": "Tukey, tuned"}
DAMAGES = {UP: "Pushed up, as it was trained", DOWN: "Pushed down", NONE: "Undamaged"}


@dataclass(frozen=True, eq=False)
class Contest:
    """Clean errors (T,) of each loss by damage."""

    errors: dict[str, dict[str, Array]]

    def mean(self, loss: str, damage: str) -> float:
        """Return the mean clean error of a loss."""
        return float(self.errors[damage][loss].mean())

    def wins(self, rival: str, damage: str) -> int:
        """Return on how many tables the learned loss has a lower clean error than a rival."""
        return int((self.errors[damage][LEARNED] < self.errors[damage][rival]).sum())


@lru_cache(maxsize=8)
def contest(seed: int = 0) -> Contest:
    """Return the contest on `TABLES` fresh tables, from a cache of the last ones. Nothing may change it."""
    made, errors = learned(), {}
    for damage in DAMAGES:
        drawn = tables(np.random.default_rng(FRESH + seed), TABLES, damage)
        ours = drawn.errors(fitted(lambda residuals: pull(made.numbers, residuals), drawn.X, drawn.y))
        errors[damage] = {LEARNED: ours, **{kind: of_rival(kind, made.rivals[kind], drawn) for kind in RIVALS}}
    return Contest(errors)


def curves(residuals: Array) -> dict[str, tuple[Array, Array]]:
    """Return value and pull (N,) of each loss at residuals (N,), score minus target. The lowest value of each within them is put at 0."""
    made = learned()
    drawn = {LEARNED: (value(made.numbers, residuals), pull(made.numbers, residuals))}
    for kind, bound in RIVALS.items():
        loss, scores = LOSSES[kind](**{bound: made.rivals[kind]}), residuals[:, None]
        drawn[kind] = loss.value(scores, np.zeros(1)), loss.gradient(scores, np.zeros(1))[:, 0]
    return {name: (values - values.min(), pulls) for name, (values, pulls) in drawn.items()}


def takeaway(shown: Contest) -> Said:
    """Return what the learned loss has learned, with the clean errors under damage of either direction."""
    ours_up, ours_down, tukey_up, tukey_down = (Figure(shown.mean(loss, damage), ".2g") for loss in (LEARNED, "tukey") for damage in (UP, DOWN))
    return Said(
        "With targets pushed up, as in its training, its clean error is {ours_up} against Tukey's {tukey_up}; pushed down {ours_down} against {tukey_down}: "
        "it learned the damage, not robustness.",
        ours_up=ours_up, tukey_up=tukey_up, ours_down=ours_down, tukey_down=tukey_down,
    )  # fmt: skip
