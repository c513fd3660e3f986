"""The sentence that each view of embeddings comes to, computed from what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.metric_learning.triplet_scene import COSTS, Scene
from core.studies.metric_learning.unseen import RAW, Space
from core.words import Figure, Said

Array = NDArray[Any]

#: a pull below this share of the largest one is none
_NOTHING = 1e-9


def embedding(names: Sequence[str], recall: Array, update: int, *, held_out: bool = False) -> Said:
    """Return which run finds a row of the same class most often as the nearest one, and which least. `recall` (R,): NaN of a run that has diverged."""
    found = sorted((float(value), name) for value, name in zip(recall, names, strict=True) if np.isfinite(value))
    if not found:
        return Said("Every run has diverged.")
    (least, low), (most, high) = found[0], found[-1]
    first, last = Figure(most, ".0%"), Figure(least, ".0%")
    if str(first) == str(last):
        return Said(
            "After update {update} the nearest row of a class held out is of that class for {most} of the rows, under every run." if held_out
            else "After update {update} the nearest row is of the same class for {most} of the rows, under every run.",
            update=update, most=first,
        )  # fmt: skip
    return Said(
        "After update {update} the nearest row of a class held out is of that class for {most} of them under {high}, and for {least} under {low}." if held_out
        else "After update {update} the nearest row is of the same class for {most} of the rows under {high}, and for {least} under {low}.",
        update=update, most=first, high=high, least=last, low=low,
    )  # fmt: skip


def mining(names: Sequence[str], recall: Array, loss: Array, margin: float, update: int) -> Said:
    """Return how often each way to mine finds the class, and whose loss is at the margin or above it, as if all rows were one point. Arrays are (R,)."""
    order = sorted(zip(recall.tolist(), names, strict=True), reverse=True)
    each = tuple(Said("{name} {recall}", name=name, recall=Figure(value, ".0%")) for value, name in order if np.isfinite(value))
    stuck = tuple(name for name, value in zip(names, loss, strict=True) if value >= margin)
    if stuck:
        return Said(
            "Recall@1 after update {update}: {each}; at the margin or above, no better than one point for all rows, is the loss of {stuck}.",
            update=update, each=each, stuck=stuck,
        )  # fmt: skip
    return Said("Recall@1 after update {update}: {each}; no loss is stuck at the margin.", update=update, each=each)


def people(found: Sequence[Space], classes: int, same: Said) -> Said:
    """Return how often the nearest row is of the same class in raw features, and in the best learned space, of so many `classes` that were held out.

    `same`: what a class is, "the same person".
    """
    if classes < 2:
        return Said("With one class held out every neighbour is of it: hold out two or more to see which space tells them apart.")
    raw = next(space for space in found if space.name == RAW)
    learned = [space for space in found if space.name != RAW]
    of_raw = Figure(raw.by_class[0], ".0%")
    if not learned:
        return Said("In raw features the nearest row is of {same} for {raw} of the rows.", same=same, raw=of_raw)
    best = max(learned, key=lambda space: space.by_class[0])
    return Said(
        "Of classes never trained on, the nearest row is of {same} for {raw} in raw features, and for {best} under {name}.",
        same=same, raw=of_raw, best=Figure(best.by_class[0], ".0%"), name=best.name,
    )  # fmt: skip


def triplet(scene: Scene, shown: Sequence[str]) -> Said:
    """Return what the points cost under each loss, and which losses leave all of them alone."""
    if not shown:
        return Said("No loss is chosen that has a cost of these points.")
    costs = tuple(Said("{loss} {cost}", loss=COSTS[name].title, cost=Figure(scene.cost(name), ".3g")) for name in shown)
    still = tuple(COSTS[name].title for name in shown if np.abs(scene.pulls(name)).max() <= _NOTHING)
    if still:
        return Said("These points cost {costs}; nothing is pulled under {still}.", costs=costs, still=still)
    return Said("These points cost {costs}; every loss pulls.", costs=costs)
