"""Racers and races for tests, in few words."""

from __future__ import annotations

from typing import Any

from core.optimizers import OPTIMIZERS
from core.studies.descent.race import Race, Racer
from core.studies.descent.surfaces import SURFACES, Surface

QUADRATIC = SURFACES["quadratic"]()


def racer(kind: str = "sgd", learning_rate: float | None = None, values: dict[str, Any] | None = None, **others: Any) -> Racer:
    """Return a racer, at the rate that its rule suggests unless told otherwise."""
    optimizer = OPTIMIZERS[kind](**(values or {}))
    return Racer(optimizer=optimizer, learning_rate=learning_rate or optimizer.learning_rate, **others)


def race(*racers: Racer, surface: Surface = QUADRATIC, **others: Any) -> Race:
    """Return a race of 50 updates from the surface's first start."""
    return Race(surface=surface, racers=racers or (racer(),), **({"start": surface.starts[0], "steps": 50} | others))
