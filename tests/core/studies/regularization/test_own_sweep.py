"""The sweep on a table that was brought: at its learning rate plain descent gets closer with every update, and close to the minimum."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Lasso, LogisticRegression, Ridge

from core.datasets import Table
from core.datasets.own import Own
from core.preparation.split import SPLITS, prepare
from core.studies.regularization import sweep
from core.studies.regularization.sweep import POINTS, SWEPT, own_problem, penalty
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import train
from core.training.results import Result


def made(seed: int, task: str, rows: int = 120, classes: int = 3) -> Table:
    """Return a table with correlated numbers, a column far from 0, and three one-hot columns."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(rows, 2))
    numbers = np.column_stack([base, base @ rng.normal(size=(2, 3)) + 0.3 * rng.normal(size=(rows, 3)), 1e6 + 1e3 * rng.normal(size=rows)])
    X = np.column_stack([numbers, np.eye(3)[rng.integers(0, 3, rows)]])
    score = X[:, :2] @ rng.normal(size=2) + 0.5 * rng.normal(size=rows)
    names = tuple(f"x{i}" for i in range(X.shape[1]))
    if task == REGRESSION:
        return Table(X, 1e5 * score[:, None], names, ("price",))
    return Table(X, np.digitize(score, np.quantile(score, [0.3, 0.6])), names, tuple("abc"))


def trained(table: Table, task: str, *penalties: Any, epochs: int = 500) -> Result:
    problem = replace(own_problem(Own(task=task), table), epochs=epochs)
    return train(replace(problem.experiment(*penalties), dtype="float64"), table=table)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("task", [REGRESSION, CLASSIFICATION])
def test_every_update_gets_closer_at_any_strength(task: str, seed: int) -> None:
    penalties = [penalty(kind, strength, 0.5) for kind in sweep.SWEPT for strength in (*sweep.OWN_ENDS, 0.01, 0.3)]
    result = trained(made(seed, task), task, *penalties, epochs=100)
    objective = result.values("loss", "train")[:, 0] + result.values("penalty")[:, 0]
    assert (np.diff(objective, axis=0) <= 1e-9 * objective[0]).all()
    assert (result.diverged_at < 0).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("strength", [0.01, 0.1, 1.0])
def test_it_ends_close_to_the_minimum_of_scikit_learn(strength: float, seed: int) -> None:
    table = made(seed, REGRESSION)
    result = trained(table, REGRESSION, penalty("l1_proximal", strength, 0.5), penalty("l2", strength, 0.5))
    data = result.data
    n, X, y = data.n_train, data.X[: data.n_train], data.targets["identity"].values[: data.n_train, 0]
    lasso = Lasso(alpha=strength / 2, tol=1e-10, max_iter=100_000).fit(X, y)
    ridge = Ridge(alpha=n * strength / 2).fit(X, y)
    losses = [np.mean((model.predict(X) - y) ** 2) for model in (lasso, ridge)]
    sizes = [strength * np.abs(lasso.coef_).sum(), strength / 2 * np.square(ridge.coef_).sum()]
    ends = (result.values("loss", "train") + result.values("penalty"))[-1, 0]
    np.testing.assert_allclose(ends, np.add(losses, sizes), rtol=5e-3)


@pytest.mark.parametrize("seed", range(3))
def test_it_ends_close_to_the_minimum_for_classes(seed: int) -> None:
    strength = 0.1
    result = trained(made(seed, CLASSIFICATION), CLASSIFICATION, penalty("l2", strength, 0.5))
    data = result.data
    n, X, y = data.n_train, data.X[: data.n_train], data.truth[: data.n_train]
    model = LogisticRegression(C=1 / (n * strength), tol=1e-10, max_iter=10_000).fit(X, y)
    loss = -np.log(model.predict_proba(X)[np.arange(n), y]).mean() + strength / 2 * np.square(model.coef_).sum()
    np.testing.assert_allclose((result.values("loss", "train") + result.values("penalty"))[-1, 0, 0], loss, rtol=5e-3)


@pytest.mark.parametrize(("rows", "columns", "used"), [(100, 5, 100), (3000, 5, 3000), (100_000, 20, 4167), (20_000, 200, 758)])
def test_of_many_rows_a_part_is_used_in_the_same_shares(rows: int, columns: int, used: int) -> None:
    rng = np.random.default_rng(0)
    table = Table(rng.normal(size=(rows, columns)), rng.normal(size=(rows, 1)), tuple(f"x{i}" for i in range(columns)), ("y",))
    experiment = own_problem(Own(task=REGRESSION), table).experiment(penalty("none", 0, 0))
    data = prepare(table, REGRESSION, experiment.preparation)
    sizes = [data.split(name).stop - data.split(name).start for name in SPLITS]
    np.testing.assert_allclose(sizes, np.array([0.6, 0.2, 0.2]) * used, atol=1.5)
    assert len(SWEPT) * POINTS * experiment.epochs * sum(sizes) * columns < 1e10


def test_a_rare_class_has_rows_in_every_split() -> None:
    rng = np.random.default_rng(0)
    y = (np.arange(50_000) % 500 == 0).astype(int)
    table = Table(rng.normal(size=(50_000, 20)), y, tuple(f"x{i}" for i in range(20)), ("a", "b"))
    data = prepare(table, CLASSIFICATION, own_problem(Own(), table).experiment(penalty("none", 0, 0)).preparation)
    assert all(np.bincount(data.truth[data.split(name)]).min() >= 4 for name in SPLITS)
    assert len(data.truth) < 20_000


def test_a_table_that_cannot_be_split_is_refused() -> None:
    with pytest.raises(ValueError, match="has 1 row"):
        own_problem(Own(), Table(np.zeros((6, 1)), np.array([0, 0, 0, 0, 0, 1]), ("x",), ("a", "b")))
