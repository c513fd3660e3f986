"""The sentence that a comparison of trained runs comes to, computed from what the table shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.statistics import Ranking
from core.training.results import Result
from core.words import Figure, Said


def comparison(result: Result, metric: str, told: Ranking | None, names: Sequence[str]) -> Said:
    """Return which run is the best on a metric, on the validation rows at each run's best epoch, and by how much; or which cannot be told apart.

    `told`: what rows and seeds can tell, None if nothing. `names`: one for each run.
    """
    described, values = result.described[metric], result.at(result.best_epoch, metric).mean(axis=0)
    title = Said(described.title)
    known = [int(run) for run in np.argsort(-values if described.higher_is_better else values, kind="stable") if np.isfinite(values[run])]
    if not known:
        return Said("No run has a value of {metric} yet.", metric=title)
    shown = [Figure(float(values[run]), ".3g") for run in known]
    best, last = names[known[0]], names[known[-1]]
    if len(known) == 1:
        return Said("{run} reaches {value} in {metric} on the validation rows.", run=best, value=shown[0], metric=title)
    if told is None or told.best is None:
        return Said(
            "{metric} on the validation rows: from {value} of {run} to {other} of {last}.",
            metric=title, value=shown[0], run=best, other=shown[-1], last=last,
        )  # fmt: skip
    tied = tuple(names[run] for run in known if told.tied[run])
    if len(tied) == len(known):
        if not np.isfinite(told.least):
            return Said("{metric} cannot tell the runs apart: {value} to {other}.", metric=title, value=shown[-1], other=shown[0])
        least = Figure(told.least, ".2g")
        return Said(
            "{metric} cannot tell the runs apart: {value} to {other}, where a difference of {least} could be told.",
            metric=title, value=shown[-1], other=shown[0], least=least,
        )  # fmt: skip
    gap = Figure(abs(float(values[known[0]] - values[known[-1]])), ".2g")
    if tied:
        return Said(
            "In {metric} {tied} lead and cannot be told apart; the last, {last}, is {gap} behind.", metric=title, tied=tied, last=last, gap=gap
        )
    if len(known) == 2:
        return Said("{best} is best in {metric}: {value}, against {other} of {last}.", best=best, metric=title, value=shown[0], other=shown[1], last=last)
    return Said(
        "{best} is best in {metric}: {value}; next {second} {next}, last {last} {other}.",
        best=best, metric=title, value=shown[0], next=shown[1], second=names[known[1]], other=shown[-1], last=last,
    )  # fmt: skip
