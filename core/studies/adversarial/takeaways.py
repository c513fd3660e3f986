"""The sentence that each view of two players comes to, computed from what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.studies.adversarial import bells
from core.studies.adversarial.clouds import Cloud
from core.studies.adversarial.dirac import ALTERNATING, FLOW, SIMULTANEOUS
from core.studies.adversarial.dirac_words import happened
from core.studies.adversarial.views import LOSSES, GradientView
from core.words import Figure, Said

Array = NDArray[Any]

#: a smaller share is said as a fraction; no share is smaller than the other
_SMALL, _NOTHING = 0.01, 1e-9


def gradient(view: GradientView) -> Said:
    """Return which loss pulls hardest and which least at the distance of the dial, and how far Jensen-Shannon is from its limit there."""
    place, theta = bells.place(view.theta), Figure(view.theta, "g")
    limit = Figure(float(bells.distances(view.width).js[place] / bells.LOG_2), ".0%")
    pulls = sorted((float(bells.pull(LOSSES[name], view.width)[place]), str(LOSSES[name].in_words())) for name in view.losses)
    if len(pulls) < 2:
        of_one = tuple(Said("{loss} pulls with {pull}", loss=loss, pull=Figure(pull, ".3g")) for pull, loss in pulls)
        said = Said("Bells {theta} apart: Jensen-Shannon is at {limit} of its limit.", theta=theta, limit=limit)
        return said if not of_one else Said("Bells {theta} apart: {loss}; Jensen-Shannon is at {limit} of its limit.", theta=theta, limit=limit, loss=of_one[0])
    (least, low), (most, high) = pulls[0], pulls[-1]
    return Said(
        "Bells {theta} apart: {high} pulls hardest, with {most}, and {low} least, with {least}; Jensen-Shannon is at {limit} of its limit.",
        theta=theta, high=high, most=Figure(most, ".3g"), low=low, least=Figure(least, ".3g"), limit=limit,
    )  # fmt: skip


def critic(names: Sequence[str], pulls: Array, steps: int) -> Said:
    """Return under which critic the pull grows most, or lasts best, and under which it fades most. `pulls` (E, R): over the records, by critic."""
    times = pulls[-1] / np.where(pulls[0] > 0, pulls[0], np.nan)
    found = sorted((float(value), name) for value, name in zip(times, names, strict=True) if np.isfinite(value))
    if not found:
        return Said("Under none of these critics there is a pull to compare.")
    (least, low), (most, high) = found[0], found[-1]
    if len(found) == 1:
        return Said("After {steps} steps of {high} the pull is {most} times that at the start.", steps=steps, high=high, most=Figure(most, ".2g"))
    if least < _SMALL:
        return Said(
            "After {steps} steps the pull is {most} times that at the start under {high}, and 1/{part} of it under {low}.",
            steps=steps, most=Figure(most, ".2g"), high=high, part=Figure(float(f"{1 / max(least, _NOTHING):.2g}"), ",.0f"), low=low,
        )  # fmt: skip
    return Said(
        "After {steps} steps the pull is {most} times that at the start under {high}, and {least} times under {low}.",
        steps=steps, most=Figure(most, ".2g"), high=high, least=Figure(least, ".2g"), low=low,
    )  # fmt: skip


def dirac(paths: Mapping[str, Array]) -> Said:
    """Return what the players did on each way to move. `paths`: (T + 1, 2) by the way."""
    flow, simultaneous, alternating = (happened(paths[how]).said for how in (FLOW, SIMULTANEOUS, ALTERNATING))
    return Said(
        "The flow {flow}; simultaneous steps {simultaneous}; alternating steps {alternating}.", flow=flow, simultaneous=simultaneous, alternating=alternating
    )


def duel(names: Sequence[str], measures: Mapping[str, Array], cloud: Cloud, update: int) -> Said:
    """Return whose samples are closest to the data at an update, whose farthest, and who covers every part. `measures` (R,): NaN of who diverged."""
    sliced, count = measures["sliced"], int(cloud.parts().max()) + 1
    there = sorted((float(away), name) for away, name in zip(sliced, names, strict=True) if np.isfinite(away))
    if not there:
        return Said("Every duel has diverged.")
    (near, best), (far, worst) = there[0], there[-1]
    covers = tuple(name for name, covered in zip(names, measures["covered"], strict=True) if covered == count)
    closest, count_of = Figure(near, ".3g"), cloud.part
    if len(there) == 1:
        covered = int(np.nanmax(measures["covered"]))
        return Said(
            "After update {update} {best} is {near} away from the data and covers {covered} of {count} {part}.",
            update=update, best=best, near=closest, covered=covered, count=count, part=count_of,
        )  # fmt: skip
    farthest = Figure(far, ".3g")
    if not covers:
        return Said(
            "After update {update} {best} is closest to the data, {near} away, and {worst} farthest, {far}; none covers all {count} {part}.",
            update=update, best=best, near=closest, worst=worst, far=farthest, count=count, part=count_of,
        )  # fmt: skip
    return Said(
        "After update {update} {best} is closest to the data, {near} away, and {worst} farthest, {far}; all {count} {part} are covered by {covers}.",
        update=update, best=best, near=closest, worst=worst, far=farthest, count=count, part=count_of, covers=covers,
    )  # fmt: skip
