"""What the choice of the test rows does to the scores of a contest: their values on samples of these rows, drawn again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.inspection.calibration import BINS
from core.statistics import SAMPLES, Ranking, draws, ranking
from core.studies.imbalance.contest import ALWAYS, PLAIN, REMEDIES, Board
from core.studies.imbalance.thresholds import SCORES, Judged, scores

Array = NDArray[Any]

#: test rows of a split for each training row, as the contest splits
_OVERLAP = 0.3 / 0.4
#: the scores of probabilities alone, which no single decision moves
_OF_PROBABILITIES = ("brier", "ece", "average_precision", "roc_auc")


def rankings(board: Board, splits: tuple[Judged, ...]) -> dict[str, Ranking]:
    """Return what can be told of the contestants in each of `SCORES`: of one split by its test rows, of several by how the splits scatter."""
    samples = resampled(splits[0], board.thresholds[0]) if len(splits) == 1 else None
    grain = 1 / len(splits[0].truth) if samples else 0.0
    return {
        name: ranking(
            board.values[name], bool(metric.higher_is_better), None if samples is None else samples[name],
            grain=0.0 if name in _OF_PROBABILITIES else grain, overlap=_OVERLAP if len(splits) > 1 else 0.0,
        )
        for name, metric in SCORES.items()
    }  # fmt: skip


def resampled(judged: Judged, thresholds: Array) -> dict[str, Array]:
    """Return each of `SCORES` of the C contestants, (C, B), in `core.statistics.SAMPLES` samples of the test rows. `thresholds` (C,): as in `Board`."""
    truth, weights = judged.truth, np.concatenate([*draws(len(judged.truth))]).astype(np.float32)
    runs = np.array([*range(len(REMEDIES)), PLAIN])
    decisions = np.zeros((len(thresholds), len(truth)), int)
    decisions[:ALWAYS] = judged.test[runs] >= thresholds[:ALWAYS, None]
    cells = (truth * 2 + decisions)[..., None] == np.arange(4)
    confusion = (weights @ cells.astype(np.float32)).reshape(-1, 2, 2)
    found = {name: values.reshape(len(thresholds), SAMPLES) for name, values in scores(confusion.astype(float)).items()}
    of_runs = [_of_probabilities(weights, probability, truth) for probability in judged.test]
    for place, name in enumerate(_OF_PROBABILITIES):
        found[name] = np.full((len(thresholds), SAMPLES), np.nan)
        found[name][:ALWAYS] = np.array([values[place] for values in of_runs])[runs]
    return found


def _of_probabilities(weights: Array, probability: Array, truth: Array) -> tuple[Array, ...]:
    """Return the scores of `_OF_PROBABILITIES`, (B,) each, of probabilities (N,) in samples with these weights (B, N).

    The areas are sums over the rows from the highest probability down; equal probabilities count in any order, which moves no sample by itself.
    """
    brier = weights @ np.square(probability - truth).astype(np.float32) / len(truth)
    bins = np.minimum((probability * BINS).astype(int), BINS - 1)[:, None] == np.arange(BINS)
    ece = np.abs(weights @ (bins * (truth - probability)[:, None]).astype(np.float32)).sum(axis=1) / len(truth)
    order = np.argsort(-probability, kind="stable")
    ranked = weights[:, order]
    rare = ranked * truth[order]
    hits = rare.cumsum(axis=1)
    positives, negatives = hits[:, -1], ranked.sum(axis=1) - hits[:, -1]
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = hits / np.maximum(ranked.cumsum(axis=1), 1)
        return brier, ece, (rare * precision).sum(axis=1) / positives, ((ranked - rare) * hits).sum(axis=1) / (positives * negatives)
