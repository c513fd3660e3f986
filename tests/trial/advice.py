"""The trial of the advice: whether what comes first for a need is best, on data of fresh seeds, by what the need asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inspection import pictures
from core.studies.losses import advice
from core.studies.losses.advice import Needs, recommend
from core.studies.losses.comparisons import USUAL, Contender, on_stage
from core.tasks import REGRESSION
from core.training import train
from core.training.results import Result

Array = NDArray[Any]

#: the seeds of the data, on which no rule was made; the rates of which each loss gets the one with its lowest own loss on validation rows
SEEDS, RATES = range(800, 805), (1e-3, 3e-3, 0.01, 0.03)
#: the stage has so many times its rows, and trains on as many as ever: two hundred test rows would tell of one loss only that it is within a row or two
TIMES = 5
#: what is within this share of the best is level with it, or within one standard error of their paired differences on the test rows
LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Score:
    """How bad a contender is on the test rows, less is better: `value`, and what each row adds to it, `rows` (B,), whose mean orders as the value does."""

    value: float
    rows: Array


def trial(needs: Needs, seeds: Sequence[int] = SEEDS) -> list[dict[str, Score]]:
    """Return for each seed how bad each recommended loss and the usual one are on the test rows, by title, in the order of preference."""
    takes = [each.take for each in recommend(needs)]
    takes += [each for each in USUAL[needs.task][:1] if each not in takes]
    return [judged(needs, takes, seed) for seed in seeds]


def judged(needs: Needs, takes: Sequence[Contender], seed: int) -> dict[str, Score]:
    """Return how bad each contender is at its best rate, by title, on data of a seed. All of them at all rates train as one stack."""
    stage = advice.stage(needs)
    dataset = replace(stage.dataset, seed=seed, rows=TIMES * stage.dataset.rows)  # type: ignore[call-arg, attr-defined]
    experiment = replace(on_stage(takes, replace(stage, dataset=dataset)), split_seed=seed)
    experiment = replace(experiment, corruption=replace(experiment.corruption, training_share=1 / TIMES))
    result = train(replace(experiment, runs=tuple(replace(run, learning_rate=rate) for rate in RATES for run in experiment.runs)))
    own = result.at(result.last, "loss")[0].reshape(len(RATES), len(takes))
    tuned = np.where(np.isfinite(own), own, np.inf).argmin(axis=0)
    return {str(take.title): badness(result, int(tuned[i]) * len(takes) + i, needs) for i, take in enumerate(takes)}


def badness(result: Result, run: int, needs: Needs) -> Score:
    """Return the metric that a need asks for, of clean test rows.

    Unequal costs: the pinball loss of the quantile 0.8. Outliers: the mean absolute error. Other regressions: RMSE. Probabilities: the log loss, of classes as
    uneven as they are.
    Uneven classes: 1 minus the balanced accuracy. Other classifications: 1 minus the accuracy.
    """
    data, rows = result.data, result.data.split("test")
    if needs.task == REGRESSION:
        residuals = (data.truth[rows] - pictures.predicted_targets(result, max(result.snapshots), data.X[rows])[run])[:, 0]
        if needs.costs == "unequal":
            return of_rows(np.maximum(0.8 * residuals, -0.2 * residuals))
        return of_rows(np.abs(residuals)) if needs.outliers != "none" else Score(float(np.sqrt(np.square(residuals).mean())), np.square(residuals))
    truth, scores = data.truth[rows], pictures.scores_at(result, max(result.snapshots), data.X[rows])[run]
    if needs.probabilities == "needed":
        shares = result.experiment.runs[run].loss.probabilities(scores)
        assert shares is not None
        return of_rows(-np.log(np.maximum(shares[np.arange(len(truth)), truth], np.finfo(float).tiny)) * weights(result))
    wrong, counts = scores.argmax(axis=-1) != truth, np.bincount(truth)
    return of_rows(wrong * len(truth) / (len(counts) * counts[truth]) if needs.classes == "uneven" else wrong.astype(float))


def weights(result: Result) -> Array:
    """Return how much each test row (B,) counts, so that classes are as uneven as among the clean training rows: of even rows probabilities are other ones."""
    data, train, test = result.data, result.data.split("train"), result.data.split("test")
    clean, truth = data.truth[train][~data.damaged[train]], data.truth[test]
    shares, found = (np.bincount(rows, minlength=len(data.outputs)) / len(rows) for rows in (clean, truth))
    of_classes: Array = shares / np.maximum(found, np.finfo(float).tiny)
    return of_classes[truth]


def of_rows(rows: Array) -> Score:
    """Return the score whose value is the mean of the rows."""
    return Score(float(rows.mean()), rows)


def wins(tables: list[dict[str, Score]]) -> int:
    """Return on how many seeds the first one is best, or level with the best."""
    return sum(level(next(iter(table.values())), min(table.values(), key=lambda score: score.value)) for table in tables)


def level(one: Score, best: Score) -> bool:
    """Return whether a score cannot be told from the best."""
    differ = one.rows - best.rows
    return one.value <= (1 + LEVEL) * best.value or bool(differ.mean() <= differ.std() / np.sqrt(len(differ)))
