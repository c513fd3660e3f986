"""What the dashboard opens with teaches something: its runs differ by several spreads over the seeds, on any split of the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core import train
from core.experiment import default_experiment
from core.inspection.pictures import plane, plane_cells, plane_shares

FOCAL, CROSS_ENTROPY, SYMMETRIC = range(3)


@pytest.mark.parametrize("split_seed", range(4))
def test_its_runs_differ_by_several_spreads(split_seed: int) -> None:
    experiment = replace(default_experiment(), split_seed=split_seed)
    assert [run.loss.kind for run in experiment.runs] == ["focal", "cross_entropy", "symmetric_cross_entropy"]
    result = train(experiment)
    for split in ("validation", "test"):
        accuracy = result.at(result.best_epoch, "accuracy", split)
        mean, spread = accuracy.mean(axis=0), accuracy.std(axis=0, ddof=1)
        assert mean[FOCAL] < mean[CROSS_ENTROPY] < mean[SYMMETRIC]
        assert mean[SYMMETRIC] - mean[FOCAL] > 3 * np.hypot(spread[SYMMETRIC], spread[FOCAL]) / np.sqrt(2)
    last = result.at(result.last, "accuracy").mean(axis=0)
    assert last[SYMMETRIC] - last[FOCAL] > 0.04, "the curves end apart, too"
    shapes = plane(result.data)  # of the first seed
    focal, _, symmetric = (shares.argmax(axis=-1) for shares in plane_shares(result, int(result.epochs[-1]), shapes, plane_cells(result)))
    assert (focal != symmetric).mean() > 0.05, "and the boundaries are not the same"
