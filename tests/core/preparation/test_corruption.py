"""Damage to the data: as much as was asked for, more of it on top of less, the same for all runs, and elsewhere only if asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS, Table
from core.experiment import Experiment
from core.losses import LOSSES
from core.preparation.corruption import Corruption
from core.preparation.split import SPLITS, Data, Preparation, prepare
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import start
from tests.small import TASKS, run, small

DAMAGE = Corruption(wrong_labels=0.25, outliers=0.25, outlier_size=5.0)
#: enough rows for shares and spreads to be told
LARGE = {CLASSIFICATION: DATASETS["blobs"](rows=600, spread=4.0), REGRESSION: DATASETS["make_regression"](rows=600, columns=3, informative=2, outputs=2)}
#: what is asked for of one kind of damage
EACH: dict[str, dict[str, Any]] = {
    "wrong_labels": {"wrong_labels": 0.25}, "outliers": {"outliers": 0.25}, "feature_noise": {"feature_noise": 0.7}, "rarest": {"rarest": 0.3},
}  # fmt: skip
OF_TASK = [(task, name) for task in TASKS for name in EACH if name not in {CLASSIFICATION: ("outliers",), REGRESSION: ("wrong_labels", "rarest")}[task]]
every_task = pytest.mark.parametrize("task", TASKS)
every_damage = pytest.mark.parametrize(("task", "name"), OF_TASK)


def prepared(task: str, *, seed: int = 0, large: bool = False, **damage: Any) -> Data:
    """Return the data of a task with damage, 60 % of the rows for training."""
    return prepare((LARGE if large else TASKS)[task].load(), task, Preparation(seed=seed, dtype="float64", corruption=Corruption(**damage)))


def original(data: Data, split: str = "train") -> np.ndarray:
    """Return the features of a split in their own units."""
    return data.original(data.X[data.split(split)])


def by_row(data: Data, split: str = "train") -> dict[int, tuple[Any, ...]]:
    """Return features in their own units (rounded), targets and whether they are damaged, by the number of the row in the table."""
    rows = data.split(split)
    values = zip(data.rows[rows], original(data, split).round(9).tolist(), data.truth[rows].tolist(), data.damaged[rows].tolist(), strict=True)
    return {int(row): rest for row, *rest in values}  # type: ignore[misc]


# How much


@every_task
def test_a_share_of_the_training_targets_is_damaged_and_marked(task: str) -> None:
    clean, damaged = prepared(task), prepared(task, wrong_labels=0.25, outliers=0.25)
    np.testing.assert_array_equal(clean.rows, damaged.rows)
    np.testing.assert_array_equal(clean.X, damaged.X)
    changed = (clean.truth != damaged.truth).reshape(len(clean.truth), -1).all(axis=1)
    np.testing.assert_array_equal(changed, damaged.damaged)
    assert changed[: clean.n_train].sum() == round(0.25 * clean.n_train)
    assert not clean.damaged.any()


def test_wrong_labels_are_other_classes_each_as_likely() -> None:
    clean, damaged = (prepared(CLASSIFICATION, large=True, wrong_labels=share) for share in (0.0, 1.0))
    train = clean.split("train")
    steps = np.bincount((damaged.truth - clean.truth)[train] % 3, minlength=3)
    assert steps[0] == 0
    assert abs(steps[1] - steps[2]) < 5 * np.sqrt(steps.sum())


def test_outliers_are_moved_up_by_the_spread_of_the_training_targets() -> None:
    clean, damaged = prepared(REGRESSION), prepared(REGRESSION, outliers=0.25)
    moved = damaged.truth - clean.truth
    spread = clean.truth[: clean.n_train].std(axis=0)
    np.testing.assert_allclose(moved[damaged.damaged], np.broadcast_to(5 * spread, (round(0.25 * clean.n_train), 2)), rtol=1e-12)
    assert not moved[~damaged.damaged].any()


@every_task
def test_noise_has_the_size_that_was_asked_for(task: str) -> None:
    """In standard deviations of each feature over the training rows; the spread of n numbers is known to 1 part in sqrt(2n), taken five times."""
    clean, noisy = (prepared(task, large=True, feature_noise=size) for size in (0.0, 0.7))
    noise = (original(noisy) - original(clean)) / original(clean).std(axis=0)
    n = len(noise)
    np.testing.assert_allclose(noise.std(axis=0), 0.7, rtol=5 / np.sqrt(2 * n))
    assert (np.abs(noise.mean(axis=0)) < 5 * 0.7 / np.sqrt(n)).all()
    assert np.abs(np.corrcoef(noise.T) - np.eye(noise.shape[1])).max() < 5 / np.sqrt(n), "features have noise of their own"
    np.testing.assert_array_equal(clean.truth, noisy.truth)


@pytest.mark.parametrize("ratio", [0.5, 0.1, 0.01])
def test_the_rarest_class_is_as_rare_as_was_asked_for(ratio: float) -> None:
    """Of classes of equal size the last one, which is the positive one of two; all rows of the others stay."""
    clean, uneven = (prepared(CLASSIFICATION, large=True, rarest=each) for each in (1.0, ratio))
    before, after = clean.class_counts(), uneven.class_counts()
    np.testing.assert_array_equal(after[:2], before[:2])
    assert after[2] == max(1, round(ratio * before.max()))
    kept = set(uneven.rows[: uneven.n_train])
    assert {row for row, c in zip(clean.rows[: clean.n_train], clean.truth, strict=False) if c < 2} <= kept


def test_a_class_that_is_rarer_than_asked_for_keeps_its_rows() -> None:
    table = LARGE[CLASSIFICATION].load()
    rare = np.concatenate([np.flatnonzero(table.y != 1), np.flatnonzero(table.y == 1)[:20]])
    few = Table(table.X[rare], table.y[rare], table.features, table.outputs)
    ratios = [Preparation(dtype="float64", corruption=Corruption(rarest=rarest)) for rarest in (1, 0.5, 0.05)]
    plain, asked, rarer = (prepare(few, CLASSIFICATION, preparation).class_counts() for preparation in ratios)
    np.testing.assert_array_equal(plain, asked)
    np.testing.assert_array_equal(rarer, [120, round(0.05 * 120), 120])


@every_task
@pytest.mark.parametrize("share", [0.5, 0.1, 0.001])
def test_a_share_of_the_training_set_is_left_class_by_class(task: str, share: float) -> None:
    whole, part = (prepared(task, large=True, training_share=each) for each in (1.0, share))
    if task == CLASSIFICATION:
        np.testing.assert_array_equal(part.class_counts(), np.maximum(1, np.round(share * whole.class_counts())))
    else:
        assert part.n_train == max(2, round(share * whole.n_train))
    for split in SPLITS[1:]:
        assert by_row(whole, split) == by_row(part, split)


# More of it on top of less


@every_damage
def test_more_damage_is_less_of_it_and_more(task: str, name: str) -> None:
    """Wrong labels and outliers: a superset of rows, damaged alike. Noise: the same, only larger. Imbalance: a subset of the rows."""
    levels = (0.8, 0.3, 0.05) if name == "rarest" else (0.1, 0.3, 0.9)
    little, more, most = (prepared(task, **{name: level}) for level in levels)
    clean = prepared(task)
    for less, greater in ((little, more), (more, most)):
        if name == "rarest":
            assert set(by_row(greater)) < set(by_row(less))
        elif name == "feature_noise":
            ratio = (original(greater) - original(clean)) / (original(less) - original(clean))
            np.testing.assert_allclose(ratio, levels[1] / levels[0] if less is little else levels[2] / levels[1], rtol=1e-6)
        else:
            assert less.damaged.sum() < greater.damaged.sum()
            np.testing.assert_array_equal(greater.truth[less.damaged], less.truth[less.damaged])


@every_task
def test_a_larger_share_of_the_training_set_adds_rows_to_those_of_a_smaller(task: str) -> None:
    """And a row keeps its wrong label, its outlier and its noise for as long as it is among the damaged ones."""
    kept: list[dict[int, Any]] = []
    for share in (0.2, 0.5, 1.0):
        data = prepared(task, large=True, training_share=share, wrong_labels=0.3, outliers=0.3, outlier_size=1e-9, feature_noise=0.0, rarest=0.5)
        kept.append(by_row(data))
    for less, greater in ((kept[0], kept[1]), (kept[1], kept[2])):
        assert set(less) < set(greater)
        both = [(less[row], greater[row]) for row in less]
        assert all(one[1] == pytest.approx(other[1]) for one, other in both if one[2] and other[2])
        assert np.mean([one[2] == other[2] for one, other in both]) > 0.9


@every_task
def test_noise_of_a_row_does_not_depend_on_which_rows_are_left(task: str) -> None:
    """In units of the features' spread, which is that of the rows that are left."""
    noise = []
    for share in (1.0, 0.3):
        clean, noisy = (prepared(task, training_share=share, feature_noise=size) for size in (0.0, 1.0))
        noise.append(dict(zip(clean.rows.tolist(), (original(noisy) - original(clean)) / original(clean).std(axis=0), strict=False)))
    assert set(noise[1]) < set(noise[0])
    for row, values in noise[1].items():
        np.testing.assert_allclose(values, noise[0][row], rtol=1e-6, atol=1e-9)


# Where


@every_damage
@pytest.mark.parametrize("everywhere", [False, True])
def test_validation_and_test_rows_are_spared_unless_asked_for(task: str, name: str, everywhere: bool) -> None:
    clean, damaged = prepared(task), prepared(task, **EACH[name], everywhere=everywhere)
    assert by_row(clean) != by_row(damaged)
    for split in SPLITS[1:]:
        assert (by_row(clean, split) == by_row(damaged, split)) != everywhere
        assert damaged.damaged[damaged.split(split)].any() == (everywhere and name in ("wrong_labels", "outliers"))


@every_damage
def test_everywhere_damages_the_other_splits_as_much(task: str, name: str) -> None:
    clean, damaged = prepared(task, large=True), prepared(task, large=True, **EACH[name], everywhere=True)
    for split in SPLITS:
        rows = damaged.split(split)
        if name == "rarest":
            of_class = np.bincount(damaged.truth[rows])
            assert of_class[2] == round(0.3 * of_class.max())
        elif name == "feature_noise":
            noise = (original(damaged, split) - original(clean, split)) / original(clean).std(axis=0)
            np.testing.assert_allclose(noise.std(axis=0), 0.7, rtol=5 / np.sqrt(2 * len(noise)))
        else:
            assert damaged.damaged[rows].sum() == round(0.25 * (rows.stop - rows.start))


@every_task
def test_training_rows_are_the_same_with_and_without_damage_elsewhere(task: str) -> None:
    everything = {"wrong_labels": 0.2, "outliers": 0.2, "feature_noise": 0.5, "rarest": 0.4, "training_share": 0.7}
    here, everywhere = (prepared(task, **everything, everywhere=each) for each in (False, True))
    assert by_row(here) == by_row(everywhere)


@every_damage
def test_scales_are_those_of_the_training_rows_as_they_are_left(task: str, name: str) -> None:
    for everywhere in (False, True):
        data = prepared(task, **EACH[name], training_share=0.6, everywhere=everywhere)
        n = data.n_train
        np.testing.assert_allclose(data.X[:n].mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(data.X[:n].std(axis=0), 1, rtol=1e-12)
        if task == REGRESSION:
            values = data.targets["identity"].values[:n]
            np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-12)
            np.testing.assert_allclose(values.std(axis=0), 1, rtol=1e-12)


# What decides


@every_damage
def test_the_split_s_seed_decides_which(task: str, name: str) -> None:
    """And not the seed of a training: there is one set of data for all of them."""
    one, again, other = (by_row(prepared(task, seed=seed, **EACH[name])) for seed in (0, 0, 1))
    assert one == again
    same_split = Corruption(**EACH[name])
    table, splits = TASKS[task].load(), [np.arange(30), np.arange(30, 40), np.arange(40, 50)]
    y = table.y

    def damage(seed: int) -> list[Any]:
        kept = same_split.kept(splits, y, task, seed)
        return [np.concatenate(kept).tolist(), same_split.noisy(kept, table.X, seed).tolist(), same_split.damaged(kept, y, task, 3, seed)[0].tolist()]

    assert damage(0) == damage(0) != damage(1), "the same rows train, and others are damaged"
    assert one != other


@every_damage
def test_the_table_is_left_as_it_was(task: str, name: str) -> None:
    table = TASKS[task].load()
    X, y = table.X.copy(), table.y.copy()
    for array in (X, y):
        array.flags.writeable = False
    frozen = replace(table, X=X, y=y)
    for corruption in (Corruption(**EACH[name], everywhere=True, training_share=0.5), Corruption()):
        prepare(frozen, task, Preparation(dtype="float64", corruption=corruption))
    np.testing.assert_array_equal(X, table.X)


@pytest.mark.parametrize(("share", "size"), [(0.0, 5.0), (1.0, 5.0), (0.5, 1e3)])
@every_task
def test_extremes(task: str, share: float, size: float) -> None:
    for rest in ({}, {"rarest": 1e-9, "training_share": 1e-9, "feature_noise": 1e3}):
        data = prepared(task, wrong_labels=share, outliers=share, outlier_size=size, **rest)
        assert data.n_train == ((3 if task == CLASSIFICATION else 2) if rest else len(data.rows) * 3 // 5)
        assert np.isfinite(data.X).all()


def test_json_and_refusals() -> None:
    experiment = Experiment(dataset=DATASETS["line"](), model=small().model, runs=(run("huber"),), corruption=DAMAGE)
    assert Experiment.from_json(experiment.to_json()) == experiment
    assert replace(experiment, corruption=Corruption()) != experiment
    assert start(experiment).data.damaged.sum() == round(0.25 * start(experiment).data.n_train)
    with pytest.raises(ValueError, match="outliers must be a number in \\[0, 1\\], got 2"):
        Corruption(outliers=2)
    with pytest.raises(ValueError, match="training_share must be a number in \\(0, 1\\], got 0"):
        Corruption(training_share=0)
    with pytest.raises(ValueError, match="corruption must be a Corruption"):
        replace(experiment, corruption=LOSSES["huber"]())


def test_damage_in_words() -> None:
    everything = Corruption(wrong_labels=0.2, outliers=0.1, feature_noise=0.5, rarest=0.05, training_share=0.3)
    assert tuple(map(str, everything.damages(CLASSIFICATION))) == ("20% wrong labels", "feature noise 0.5", "rarest class 0.05 : 1", "30% of the training set")
    assert tuple(map(str, everything.damages(REGRESSION))) == ("10% outliers", "feature noise 0.5", "30% of the training set")
    assert Corruption().damages(CLASSIFICATION) == ()
