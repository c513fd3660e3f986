"""Damage to the training rows: as much as was asked for, the same for all runs, and never in validation or test rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.corruption import Corruption
from core.datasets import DATASETS
from core.experiment import Experiment
from core.losses import CLASSIFICATION, LOSSES, REGRESSION
from core.split import SPLITS
from core.training import start
from tests.small import TASKS, run, small

DAMAGE = Corruption(wrong_labels=0.25, outliers=0.25, outlier_size=5.0)


def prepared(task: str, corruption: Corruption, **others: Any) -> Any:
    return start(small(run("squared_error"), dataset=TASKS[task], corruption=corruption, **others)).data


@pytest.mark.parametrize("task", TASKS)
def test_a_share_of_the_training_rows_is_damaged_and_no_other_row(task: str) -> None:
    clean, damaged = prepared(task, Corruption()), prepared(task, DAMAGE)
    np.testing.assert_array_equal(clean.rows, damaged.rows)
    np.testing.assert_array_equal(clean.X, damaged.X)
    changed = (clean.truth != damaged.truth).reshape(len(clean.truth), -1).all(axis=1)
    n = clean.n_train
    assert changed[:n].sum() == round(0.25 * n)
    assert not changed[n:].any()
    for split in SPLITS[1:]:
        np.testing.assert_array_equal(clean.truth[clean.split(split)], damaged.truth[damaged.split(split)])


def test_outliers_are_moved_up_by_the_spread_of_the_training_targets() -> None:
    clean, damaged = prepared(REGRESSION, Corruption()), prepared(REGRESSION, DAMAGE)
    moved = damaged.truth - clean.truth
    spread = clean.truth[: clean.n_train].std(axis=0)
    np.testing.assert_allclose(moved[moved[:, 0] != 0], np.broadcast_to(5 * spread, (round(0.25 * clean.n_train), 2)), rtol=1e-12)


def test_targets_are_scaled_by_the_training_rows_as_they_are() -> None:
    values = prepared(REGRESSION, DAMAGE).targets["identity"].values
    np.testing.assert_allclose(values[:30].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(values[:30].std(axis=0), 1, rtol=1e-12)


def test_the_split_s_seed_decides_which() -> None:
    one, other = (prepared(CLASSIFICATION, DAMAGE, split_seed=seed).truth for seed in (0, 0))
    np.testing.assert_array_equal(one, other)
    clean, damaged = (prepared(CLASSIFICATION, c, split_seed=1) for c in (Corruption(), DAMAGE))
    pairs = {seed: [prepared(CLASSIFICATION, c, split_seed=seed).truth for c in (Corruption(), DAMAGE)] for seed in (0, 1)}
    rows = {seed: frozenset(np.flatnonzero(before != after)) for seed, (before, after) in pairs.items()}
    assert rows[0] != rows[1]
    assert (clean.truth != damaged.truth).any()


@pytest.mark.parametrize(("share", "size"), [(0.0, 5.0), (1.0, 5.0), (0.5, 1e3)])
def test_extremes(share: float, size: float) -> None:
    corruption = Corruption(wrong_labels=share, outliers=share, outlier_size=size)
    for task in TASKS:
        assert prepared(task, corruption).n_train > 0
    y = np.arange(10)
    assert corruption.applied(y, CLASSIFICATION, 10, 0) is y or (y == np.arange(10)).all(), "the targets themselves are left as they were"


def test_json_and_refusals() -> None:
    experiment = Experiment(dataset=DATASETS["line"](), model=small().model, runs=(run("huber"),), corruption=DAMAGE)
    assert Experiment.from_json(experiment.to_json()) == experiment
    assert replace(experiment, corruption=Corruption()) != experiment
    with pytest.raises(ValueError, match="outliers must be a number in \\[0, 1\\], got 2"):
        Corruption(outliers=2)
    with pytest.raises(ValueError, match="corruption must be a Corruption"):
        replace(experiment, corruption=LOSSES["huber"]())
