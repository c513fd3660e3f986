"""The sentence that each view of regularization comes to, computed from what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.regularization import capacity
from core.studies.regularization.capacity import BEST, OVERFITS, UNDERFITS
from core.studies.regularization.norm_balls import Constrained
from core.studies.regularization.remedies import Outcome
from core.studies.regularization.sweep import Path
from core.words import Figure, Said

Array = NDArray[Any]

NONE = Said("none")


def strength(names: Sequence[str], paths: Sequence[Path]) -> Said:
    """Return the lowest validation loss under each penalty, and how many weights are exactly 0 there."""
    count = paths[0].coefficients[0].size
    each = tuple(
        Said(
            "{name} {loss} (λ = {strength}, {zeros} of {count} weights 0)", name=name, loss=Figure(float(path.validation[path.best]), ".3g"),
            strength=Figure(float(path.strengths[path.best]), "g"), zeros=round(float(path.zeros[path.best]) * count), count=count,
        )
        for name, path in zip(names, paths, strict=True)
    )  # fmt: skip
    return Said("Lowest validation loss: {each}.", each=tuple(each))


def remedies(ends: Sequence[Outcome], metric: str, title: str) -> Said:
    """Return which remedies are better than none on the test rows of every split, and which are worse. `title`: the metric within a sentence."""
    of_verdict: dict[int, list[str]] = {1: [], 0: [], -1: []}
    for outcome in ends[1:]:
        of_verdict[outcome.against(ends[0], metric)].append(outcome.label)
    helps, hurts = tuple(of_verdict[1]), tuple(of_verdict[-1])
    if helps and hurts:
        return Said("On the test rows of every split the {title} is better with {helps}, and worse with {hurts}.", title=title, helps=helps, hurts=hurts)
    if helps:
        return Said("On the test rows of every split the {title} is better with {helps}; nothing makes it worse on all.", title=title, helps=helps)
    if hurts:
        return Said("No remedy makes the {title} better on the test rows of every split; worse is it with {hurts}.", title=title, hurts=hurts)
    return Said("No remedy makes the {title} better, or worse, on the test rows of every split.", title=title)


def balls(names: Sequence[str], minima: Sequence[Constrained], budget: int) -> Said:
    """Return under which penalties a coefficient is exactly 0 at this budget, in percent of what least squares takes."""
    zero = tuple(name for name, minimum in zip(names, minima, strict=True) if (minimum.weights == 0).any())
    others = tuple(name for name in names if name not in zero)
    at = Figure(budget / 100, ".0%")
    if not zero:
        return Said("With {budget} of what least squares takes, no penalty makes a coefficient exactly 0.", budget=at)
    if not others:
        return Said("With {budget} of what least squares takes, every penalty makes a coefficient exactly 0.", budget=at)
    return Said(
        "With {budget} of what least squares takes, a coefficient is exactly 0 under {zero}, and none under {others}.", budget=at, zero=zero, others=others
    )


def fit(fits: Sequence[capacity.Fit], names: Sequence[str]) -> Said:
    """Return the model with the lowest validation loss, and which underfit and overfit beside it."""
    verdicts = capacity.verdicts(fits)
    best = min(range(len(fits)), key=lambda i: fits[i].validation)
    under, over = (tuple(name for name, verdict in zip(names, verdicts, strict=True) if verdict == which) for which in (UNDERFITS, OVERFITS))
    level = tuple(name for i, (name, verdict) in enumerate(zip(names, verdicts, strict=True)) if verdict == BEST and i != best)
    return Said(
        "The lowest validation loss, {loss}, is that of {best}; as good within a tenth: {level}; too small: {under}; too large: {over}.",
        best=names[best], loss=Figure(fits[best].validation, ".3g"), level=level or NONE, under=under or NONE, over=over or NONE,
    )  # fmt: skip


def decay(remaining: Array, updates: int) -> Said:
    """Return what each form of decay leaves of a weight. `remaining` (4, sizes): of `decay.rules`, by the size of the gradients."""
    evenly = Figure(float(np.median(remaining[3])), ".3f")
    low, high = Figure(float(remaining[2].min()), ".3f"), Figure(float(remaining[2].max()), ".3f")
    return Said(
        "After {updates} updates AdamW leaves {evenly} of a weight, whatever its gradients; Adam with L2 leaves from {low} to {high} of it.",
        updates=updates, evenly=evenly, low=low, high=high,
    )  # fmt: skip
