"""The sentence that each view of losses comes to, computed from what it shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.losses import LOSSES, Loss, short_title
from core.studies.losses import advice, pulls
from core.studies.losses.error_parts import ErrorParts
from core.studies.losses.loss_curves import MARGIN, PROBABILITY, RESIDUAL, at
from core.studies.losses.softmax_steps import SoftmaxSteps
from core.studies.losses.views import OUTLIERS, Properties, Pulls
from core.words import Figure, Said

#: where the pulls of losses are read, because there they differ: at a large error, and at a sure mistake
READ_AT = {RESIDUAL: 5.0, MARGIN: -3.0, PROBABILITY: 0.05}


def forces(drawn: Sequence[tuple[Loss, float]], axis: str) -> list[tuple[Loss, float]]:
    """Return each loss with the size of its gradient, times its factor, at the place that is read, the largest first; without a gradient it is left out."""
    sizes = [(loss, factor * abs(float(at(loss, axis, np.array([READ_AT[axis]]))[1][0]))) for loss, factor in drawn]
    return sorted((each for each in sizes if np.isfinite(each[1])), key=lambda each: -each[1])


def curves(drawn: Sequence[tuple[Loss, float]], axis: str) -> Said:
    """Return how hard each loss pulls where they differ. `drawn`: losses and the factors that they are drawn with."""
    read, place = forces(drawn, axis), Figure(READ_AT[axis], "g")
    if not read:
        return Said("No loss that is shown has a gradient at {place}.", place=place)
    return Said(
        "An error of {place} is pulled back by {forces}." if axis == RESIDUAL
        else "A sure mistake, at a margin of {place}, is pushed by {forces}." if axis == MARGIN
        else "Where the true class gets the probability {place}, it is pushed by {forces}.",
        place=place, forces=tuple(Said("{loss} with {force}", loss=loss.title, force=Figure(size, ".3g")) for loss, size in read),
    )  # fmt: skip


def who_pulls(view: Pulls) -> Said:
    """Return what share of the pull, or of the loss, the outliers or the easy samples have under the loss where it is largest and where it is smallest."""
    marked = pulls.scene(view.recipe).marked
    held: list[tuple[float, Loss]] = []
    for shown in view.shown:
        pull = pulls.pull(shown.loss, view.recipe, view.own)
        held.append((float((pull.pull_share if view.sizes == "pull" else pull.loss_share)[marked].sum()), shown.loss))
    (least, low), (most, high) = min(held, key=lambda each: each[0]), max(held, key=lambda each: each[0])
    what = Said("pull") if view.sizes == "pull" else Said("loss")
    if len(held) == 1:
        return Said(
            "The {count} outliers among {all} samples have {share} of the {what} under {loss}." if view.data == OUTLIERS
            else "The {count} easy ones of {all} samples have {share} of the {what} under {loss}.",
            count=int(marked.sum()), all=len(marked), share=Figure(most, ".0%"), what=what, loss=short_title(high.kind),
        )  # fmt: skip
    return Said(
        "The {count} outliers among {all} samples have {most} of the {what} under {high}, and {least} under {low}." if view.data == OUTLIERS
        else "The {count} easy ones of {all} samples have {most} of the {what} under {high}, and {least} under {low}.",
        count=int(marked.sum()), all=len(marked), what=what, most=Figure(most, ".0%"), least=Figure(least, ".0%"),
        high=short_title(high.kind), low=short_title(low.kind),
    )  # fmt: skip


def errors(parts: ErrorParts) -> Said:
    """Return how the line does beside the flat line at the mean of y."""
    return Said(
        "The mean squared error is {mse} with this line and {flat} with a flat one at the mean: the line explains {share} of the variance of y."
        if parts.r2 >= 0
        else "The mean squared error is {mse} with this line and {flat} with a flat one at the mean: that would err less, so R² is {share}, below 0.",
        mse=Figure(parts.mse, ".3g"), flat=Figure(parts.variance, ".3g"), share=Figure(parts.r2, ".0%"),
    )  # fmt: skip


def softmax(steps: SoftmaxSteps, classes: Sequence[str], true_index: int) -> Said:
    """Return what the true class gets and costs, and which scores descent raises and lowers."""
    raised = tuple(name for name, slope in zip(classes, steps.gradient, strict=True) if slope < -1e-12)
    lowered = tuple(name for name, slope in zip(classes, steps.gradient, strict=True) if slope > 1e-12)
    true, p, loss = classes[true_index], Figure(float(steps.probabilities[true_index]), ".3g"), Figure(steps.total, ".3g")
    if not raised:
        return Said("The true class {true} gets the probability {p}, the loss is {loss}, and descent leaves the scores as they are.", true=true, p=p, loss=loss)
    return Said(
        "The true class {true} gets the probability {p}, the loss is {loss}, and descent raises the score of {raised} and lowers that of {lowered}.",
        true=true, p=p, loss=loss, raised=raised, lowered=lowered,
    )  # fmt: skip


def properties(view: Properties) -> Said:
    """Return how many losses the table holds."""
    return Said("{count} of {all} losses are in the table.", count=len(view.kinds()), all=len(LOSSES))


def chooser(recommended: Sequence[advice.Advice]) -> Said:
    """Return the loss to take first, and why."""
    return Said("Take {loss} first: {reason}", loss=recommended[0].take.title, reason=recommended[0].reason)
