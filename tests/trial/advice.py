"""The trial of the advice: whether what comes first for a need is best, on data of fresh seeds, by what the need asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.inspection import pictures
from core.studies.losses import advice
from core.studies.losses.advice import Needs, recommend
from core.studies.losses.comparisons import USUAL, Contender, on_stage
from core.tasks import REGRESSION
from core.training import train
from core.training.results import Result
from core.training.slices import prepared

#: the seeds of the data, on which no rule was made; the rates of which each loss gets the one with its lowest own loss on validation rows
SEEDS, RATES = range(800, 805), (1e-3, 3e-3, 0.01, 0.03)
#: what is within this share of the best is level with it; an error rate is so, too, within one standard error on its test rows
LEVEL = 0.05


def trial(needs: Needs, seeds: Sequence[int] = SEEDS) -> list[dict[str, float]]:
    """Return for each seed how bad each recommended loss and the usual one are on the test rows, by title, in the order of preference."""
    takes = [each.take for each in recommend(needs)]
    takes += [each for each in USUAL[needs.task][:1] if each not in takes]
    return [judged(needs, takes, seed) for seed in seeds]


def judged(needs: Needs, takes: Sequence[Contender], seed: int) -> dict[str, float]:
    """Return how bad each contender is at its best rate, by title, on data of a seed. All of them at all rates train as one stack."""
    stage = advice.stage(needs)
    experiment = replace(on_stage(takes, replace(stage, dataset=replace(stage.dataset, seed=seed))), split_seed=seed)  # type: ignore[call-arg]
    result = train(replace(experiment, runs=tuple(replace(run, learning_rate=rate) for rate in RATES for run in experiment.runs)))
    own = result.at(result.last, "loss")[0].reshape(len(RATES), len(takes))
    tuned = np.where(np.isfinite(own), own, np.inf).argmin(axis=0)
    return {str(take.title): badness(result, int(tuned[i]) * len(takes) + i, needs) for i, take in enumerate(takes)}


def badness(result: Result, run: int, needs: Needs) -> float:
    """Return the metric that a need asks for, of clean test rows; less is better.

    Unequal costs: the pinball loss of the quantile 0.8. Outliers: the mean absolute error. Other regressions: RMSE. Probabilities: the log loss.
    Uneven classes: 1 minus the balanced accuracy. Other classifications: 1 minus the accuracy.
    """
    if needs.task == REGRESSION and needs.costs == "unequal":
        rows = result.data.split("test")
        residuals = result.data.truth[rows] - pictures.predicted_targets(result, max(result.snapshots), result.data.X[rows])[run]
        return float(np.maximum(0.8 * residuals, -0.2 * residuals).mean())
    if needs.task == REGRESSION:
        name = "rmse" if needs.outliers == "none" else "mae"
    else:
        name = "log_loss" if needs.probabilities == "needed" else "balanced_accuracy" if needs.classes == "uneven" else "accuracy"
    value = float(result.at(result.last, name, "test")[0, run])
    return value if name in ("rmse", "mae", "log_loss") else 1 - value


def wins(needs: Needs, tables: list[dict[str, float]]) -> int:
    """Return on how many seeds the first one is best, or level with the best."""
    return sum(next(iter(table.values())) <= min(table.values()) + slack(needs, min(table.values())) for table in tables)


def slack(needs: Needs, best: float) -> float:
    """Return what is level with the best."""
    if needs.task == REGRESSION or needs.probabilities == "needed":
        return LEVEL * best
    stage = advice.stage(needs)
    data = prepared(on_stage(USUAL[needs.task][:1], stage))
    counts = np.bincount(data.truth[data.split("test")])
    error = np.sqrt(best * (1 - best) / counts.sum()) if needs.classes == "even" else np.sqrt(best * (1 - best) / counts.min()) / 2
    return max(LEVEL * best, float(error))
