"""What the dashboard opens with teaches something: its runs differ by several spreads over the seeds, on any split of the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core import train
from core.experiment import default_experiment
from core.inspection.pictures import plane, plane_cells, plane_shares

FOCAL, CROSS_ENTROPY, SYMMETRIC = range(3)


def test_its_runs_differ_by_several_spreads() -> None:
    """Over four splits of three seeds each: the order is the same on every split, and the means are apart by more than the seeds scatter."""
    opening = default_experiment()
    assert [run.loss.kind for run in opening.runs] == ["focal", "cross_entropy", "symmetric_cross_entropy"]
    assert opening.seeds == 3
    results = [train(replace(opening, split_seed=split_seed)) for split_seed in range(4)]
    accuracy = np.array([result.at(result.best_epoch, "accuracy") for result in results])
    tested = np.array([result.at(result.best_epoch, "accuracy", "test") for result in results])
    for values in (accuracy, tested):
        mean, spread = values.mean(axis=1), np.sqrt(values.var(axis=1, ddof=1).mean(axis=0))
        assert (np.diff(mean, axis=1) > 0).all(), "focal loss, cross-entropy, symmetric cross-entropy"
        gaps = (mean[:, [SYMMETRIC]] - mean).mean(axis=0)
        assert gaps[CROSS_ENTROPY] > 3 * spread[CROSS_ENTROPY]
        assert gaps[FOCAL] > 2 * spread[FOCAL]
        assert spread[SYMMETRIC] < 0.01
    last = np.mean([result.at(result.last, "accuracy").mean(axis=0) for result in results], axis=0)
    assert last[SYMMETRIC] - last[FOCAL] > 0.1, "the curves end apart, too"
    first = results[0]
    shares = plane_shares(first, int(first.epochs[-1]), plane(first.data), plane_cells(first))
    focal, _, symmetric = (of_run.argmax(axis=-1) for of_run in shares)
    assert (focal != symmetric).mean() > 0.05, "and so do the boundaries"
