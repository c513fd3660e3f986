"""The sentence that the comparison of losses comes to, computed from what it shows."""

from __future__ import annotations

import numpy as np

from core.studies.segmentation.lanes import SegmentationResult
from core.words import Figure, Said

#: differences of Dice below this are none
_EQUAL = 0.01


def losses(result: SegmentationResult, update: int) -> Said:
    """Return who marks best at a half after a recorded update, and what is left of that where each has its own threshold. Of the first seed."""
    names, at = result.document.labels(), result.place(update)
    at_half, at_best = (result.metrics[name][at, 0] for name in ("dice", "best_dice"))
    known = np.flatnonzero(np.isfinite(at_half))
    if not len(known):
        return Said("Every run has diverged.")
    best, worst = (int(known[place(at_half[known])]) for place in (np.argmax, np.argmin))
    half, own, low, low_own = (Figure(float(values[run]), ".2f") for run in (best, worst) for values in (at_half, at_best))
    if len(known) == 1:
        return Said(
            "After {update} updates {best} has a Dice of {half} at a half, and of {own} at its best threshold.",
            update=update, best=names[best], half=half, own=own,
        )  # fmt: skip
    if at_half[best] - at_half[worst] < _EQUAL:
        return Said("After {update} updates all mark equally well at a half, with a Dice of {half}, to a hundredth.", update=update, half=half)
    return Said(
        "After {update} updates {best} marks best at a half, with a Dice of {half} against {low} of {worst}; at thresholds of their own they have "
        "{own} and {low_own}.",
        update=update, best=names[best], half=half, low=low, worst=names[worst], own=own, low_own=low_own,
    )
