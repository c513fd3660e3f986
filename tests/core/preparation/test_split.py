"""Every data set, and what becomes of a table: which rows train, how they are scaled, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from core.datasets import DATASETS, Dataset, Table
from core.parameters import Number
from core.preparation.split import SPLITS, Data, Preparation, prepare
from core.tasks import CLASSIFICATION, IDENTITY, LOG, REGRESSION
from tests.items import by_kind
from tests.reference.make_optimizers import settings

#: those that have a table of their own
LOADED = {kind: cls for kind, cls in DATASETS.items() if not cls.brought}
ITEMS: list[Dataset] = [cls(**values) for cls in LOADED.values() for values in list(settings(cls))[:: 3 if cls.parameters() else 1]]
every_item = by_kind("item", ITEMS)
every_kind = pytest.mark.parametrize("kind", LOADED)
seeded = pytest.mark.parametrize("kind", [kind for kind, cls in LOADED.items() if "seed" in cls.parameters()])


def prepared(item: Dataset, table: Table | None = None, shares: tuple[float, float] = (0.2, 0.2), seed: int = 0, dtype: str = "float64") -> Data:
    return prepare(item.load() if table is None else table, item.task, Preparation(*shares, seed, dtype, (IDENTITY, LOG)))


def same(one: Table, other: Table) -> bool:
    return np.array_equal(one.X, other.X) and np.array_equal(one.y, other.y) and (one.features, one.outputs) == (other.features, other.outputs)


# The data sets


@every_item
def test_table_is_what_its_docstring_says(item: Dataset) -> None:
    table = item.load()
    n, n_features = table.X.shape
    assert table.X.dtype == float
    assert np.isfinite(table.X).all()
    assert len(table.features) == n_features
    for names in (table.features, table.outputs):
        assert all(isinstance(name, str) and name for name in names)
        assert len(set(names)) == len(names)
    if item.task == CLASSIFICATION:
        assert table.y.shape == (n,)
        assert np.issubdtype(table.y.dtype, np.integer)
        assert set(table.y) == set(range(len(table.outputs)))
    else:
        assert item.task == REGRESSION
        assert table.y.shape == (n, len(table.outputs))
        assert table.y.dtype == float
        assert np.isfinite(table.y).all()
    if "rows" in item.parameters():
        assert n == getattr(item, "rows")  # noqa: B009 (not every data set has rows)
    if "columns" in item.parameters():
        assert n_features == getattr(item, "columns")  # noqa: B009


@every_item
def test_same_recipe_same_table(item: Dataset) -> None:
    """In memory of its own: nobody can change another's data."""
    one, other = item.load(), item.load()
    assert same(one, other)
    assert not np.shares_memory(one.X, other.X)


@seeded
def test_other_seed_other_table(kind: str) -> None:
    assert not same(DATASETS[kind](seed=0).load(), DATASETS[kind](seed=1).load())


@by_kind("kind_,name", [(kind, name) for kind, cls in LOADED.items() for name in cls.parameters() if name != "seed"], lambda pair: pair[0])
def test_every_parameter_matters(kind_: str, name: str) -> None:
    """From one end of its slider to the other, the table changes."""
    low, high = (settings_of[name] for settings_of in list(settings(DATASETS[kind_]))[1:3])
    assert not same(DATASETS[kind_](**{name: low}).load(), DATASETS[kind_](**{name: high}).load())


REAL = [(kind, name) for kind, cls in LOADED.items() for name, p in cls.parameters().items() if isinstance(p, Number) and not p.whole]


@by_kind("kind_,name", REAL, lambda pair: pair[0])
def test_table_is_finite_at_the_ends_of_the_valid_range(kind_: str, name: str) -> None:
    hard = DATASETS[kind_].parameters()[name].hard  # type: ignore[attr-defined]
    for end, inwards in ((hard.low, np.inf), (hard.high, -np.inf)):
        assert np.isfinite(end)
        data = prepared(DATASETS[kind_](**{name: float(end if end in hard else np.nextafter(end, inwards))}), dtype="float32")
        assert np.isfinite(data.X).all()
        assert np.isfinite(data.targets[IDENTITY].values).all()


@pytest.mark.parametrize("kind", [kind for kind, cls in LOADED.items() if cls.task == REGRESSION])
def test_targets_lie_in_the_declared_domain(kind: str) -> None:
    domain = DATASETS[kind].target_domain
    for values in settings(DATASETS[kind], draws=5):
        for seed in range(3) if "seed" in values else [None]:
            y = DATASETS[kind](**values | ({} if seed is None else {"seed": seed})).load().y
            assert float(y.min()) in domain
            assert float(y.max()) in domain


# The split


@every_item
def test_every_row_is_in_exactly_one_split(item: Dataset) -> None:
    table = item.load()
    n = len(table.X)
    for shares in ((0.2, 0.2), (0.1, 0.4), (0.25, 0.15)):
        data = prepared(item, table, shares)
        np.testing.assert_array_equal(np.sort(data.rows), np.arange(n))
        slices = [data.split(name) for name in SPLITS]
        assert [piece.start for piece in slices] == [0, slices[0].stop, slices[1].stop]
        assert slices[2].stop == n
        assert [piece.stop - piece.start for piece in slices[1:]] == [round(n * share) for share in shares]
        assert data.n_train == slices[0].stop


@every_item
def test_split_is_stratified(item: Dataset) -> None:
    """The share of each class in each split is that in the table, to a row or two."""
    data = prepared(item)
    if item.task == CLASSIFICATION:
        whole = np.bincount(data.truth) / len(data.truth)
        for name in SPLITS:
            truth = data.truth[data.split(name)]
            assert np.abs(np.bincount(truth, minlength=len(whole)) - whole * len(truth)).max() <= 2
        np.testing.assert_array_equal(data.class_counts(), np.bincount(data.truth[: data.n_train]))


@every_item
def test_rows_keep_what_belongs_to_them(item: Dataset) -> None:
    table = item.load()
    weights = np.random.default_rng(0).uniform(size=len(table.X))
    data = prepared(item, replace(table, sample_weights=weights))
    np.testing.assert_allclose(data.original(data.X), table.X[data.rows], rtol=1e-10, atol=1e-9)
    np.testing.assert_array_equal(data.truth, table.y[data.rows])
    np.testing.assert_array_equal(data.sample_weights, weights[data.rows])
    np.testing.assert_array_equal(prepared(item).sample_weights, 1)
    assert (data.features, data.outputs, data.task) == (table.features, table.outputs, item.task)


@every_kind
def test_split_seed_decides_which_rows_train(kind: str) -> None:
    one, again, other = (prepared(DATASETS[kind](), seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.rows, again.rows)
    assert set(one.rows[: one.n_train]) != set(other.rows[: one.n_train])


# The scaling


@every_item
def test_scaled_by_the_training_rows_as_scikit_learn_does(item: Dataset) -> None:
    table, data = item.load(), prepared(item)
    train, targets = data.rows[: data.n_train], data.targets[IDENTITY]
    np.testing.assert_allclose(data.X, StandardScaler().fit(table.X[train]).transform(table.X[data.rows]), rtol=1e-12, atol=1e-12)
    if item.task == REGRESSION:
        np.testing.assert_allclose(targets.values, StandardScaler().fit(table.y[train]).transform(table.y[data.rows]), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(targets.original(targets.values), data.truth, rtol=1e-12, atol=1e-12)
        mean = np.where((means := table.y[train].mean(axis=0)) > 0, means, 1)
        np.testing.assert_allclose(data.targets[LOG].values, table.y[data.rows] / mean, rtol=1e-12)
        np.testing.assert_allclose(data.targets[LOG].original(data.targets[LOG].values), data.truth, rtol=1e-12)
    else:
        np.testing.assert_array_equal(targets.values, np.eye(len(table.outputs))[data.truth])
        np.testing.assert_array_equal(targets.unit, 1)
        np.testing.assert_array_equal(targets.offset, 0)


@every_kind
def test_other_rows_never_reach_the_training_rows(kind: str) -> None:
    """Whatever stands in validation and test rows, the training rows and the scaling stay the same to the last bit."""
    item = DATASETS[kind]()
    table, data = item.load(), prepared(item)
    others = data.rows[data.n_train :]
    X, y = table.X.copy(), table.y.copy()
    X[others] = 1e3 * X[others] - 7
    if item.task == REGRESSION:
        y[others] += 1e4
    changed = prepared(item, replace(table, X=X, y=y))
    n = data.n_train
    for name in ("X", "truth"):
        np.testing.assert_array_equal(getattr(changed, name)[:n], getattr(data, name)[:n])
    for name in ("feature_mean", "feature_scale"):
        np.testing.assert_array_equal(getattr(changed, name), getattr(data, name))
    for link in (IDENTITY, LOG):
        np.testing.assert_array_equal(changed.targets[link].values[:n], data.targets[link].values[:n])
        for name in ("offset", "unit"):
            np.testing.assert_array_equal(getattr(changed.targets[link], name), getattr(data.targets[link], name))
    assert (changed.X[n:] != data.X[n:]).any()


@every_kind
def test_inputs_are_not_changed(kind: str) -> None:
    item = DATASETS[kind]()
    table = item.load()
    for array in (table.X, table.y):
        array.flags.writeable = False
    data = prepared(item, table)
    for array in (data.X, data.targets[IDENTITY].values, data.truth):
        assert not np.shares_memory(array, table.X)
        assert not np.shares_memory(array, table.y)


@every_kind
def test_precision_is_as_asked(kind: str) -> None:
    """Truth and scaling stay double: metrics are in original units."""
    for dtype in ("float32", "float64"):
        data = prepared(DATASETS[kind](), dtype=dtype)
        assert {data.X.dtype, data.targets[IDENTITY].values.dtype, data.sample_weights.dtype} == {np.dtype(dtype)}
        assert data.feature_mean.dtype == data.targets[IDENTITY].unit.dtype == float
        assert data.truth.dtype == (np.int64 if data.task == CLASSIFICATION else float)


# What is special, and what is refused


def table(n: int = 60, n_classes: int = 3) -> Table:
    """Return a classification of two features with equally many rows of each class."""
    X = np.random.default_rng(0).normal(size=(n, 2))
    return Table(X, np.arange(n) % n_classes, ("width", "height"), ("red", "green", "blue")[:n_classes])


def targets(n: int = 60) -> Table:
    """Return a regression of two features and two outputs."""
    one = table(n)
    return replace(one, y=one.X * [2.0, -1.0] + 3, outputs=("price", "weight"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constant_columns_are_centred_and_not_scaled(dtype: str) -> None:
    one = targets()
    X, y = one.X.copy(), one.y.copy()
    X[:, 1], y[:, 0] = 7.25, -0.1
    data = prepare(replace(one, X=X, y=y), REGRESSION, Preparation(dtype=dtype))
    assert (data.feature_scale[1], data.targets[IDENTITY].unit[0]) == (1, 1)
    np.testing.assert_allclose(data.X[:, 1], 0, atol=1e-12)
    np.testing.assert_allclose(data.targets[IDENTITY].values[:, 0], 0, atol=1e-12)


def at(column: int, value: float, row: int = 4) -> Callable[[Table], Table]:
    def changed(one: Table) -> Table:
        X = one.X.copy()
        X[row, column] = value
        return replace(one, X=X)

    return changed


def target_at(value: float) -> Callable[[Table], Table]:
    def changed(one: Table) -> Table:
        y = one.y.copy()
        y[4, 1] = value
        return replace(one, y=y)

    return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (at(1, np.nan), "feature 'height' has a missing or infinite value in row 5"),
        (at(0, np.inf), "feature 'width' has a missing or infinite value in row 5"),
        (at(0, -np.inf, row=0), "feature 'width' has a missing or infinite value in row 1"),
        (at(1, 1e31), "feature 'height' has values beyond 1e30: rescale it"),
        (at(1, -1e31), "feature 'height' has values beyond 1e30: rescale it"),
    ],
)
@pytest.mark.parametrize("task", [CLASSIFICATION, REGRESSION])
def test_bad_feature_is_refused_by_name(task: str, change: Callable[[Table], Table], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prepare(change(table() if task == CLASSIFICATION else targets()), task, Preparation())


@pytest.mark.parametrize(("value", "message"), [(np.nan, "'weight' has a missing or infinite value in row 5"), (-2e30, "'weight' has values beyond 1e30")])
def test_bad_target_is_refused_by_name(value: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"target {message}"):
        prepare(target_at(value)(targets()), REGRESSION, Preparation())


@pytest.mark.parametrize("what", ["feature 'height'", "target 'weight'"])
def test_outlier_that_cannot_be_scaled_is_refused_by_name(what: str) -> None:
    """The training rows are all but constant, and one of the others is beyond single precision in their units."""
    one = targets()
    row = int(prepare(one, REGRESSION, Preparation()).rows[-1])
    X, y = one.X.copy(), one.y.copy()
    values = X if what.startswith("feature") else y
    values[:, 1] *= 1e-12
    values[row, 1] = 1e29
    with pytest.raises(ValueError, match=f"{what} has values that are too far from those of the training rows"):
        prepare(replace(one, X=X, y=y), REGRESSION, Preparation())


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([1] * 60, "single class"),
        ([0] * 30 + [1] * 30, "class 'blue' has 0 rows"),
        ([0] * 58 + [1] * 1 + [2] * 1, "class 'green' has 1 row: each split needs at least one"),
        ([0] * 30 + [1] * 28 + [2] * 2, "class 'blue' has 2 rows: each split needs at least one"),
    ],
)
def test_bad_classes_are_refused_by_name(classes: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prepare(replace(table(), y=np.array(classes)), CLASSIFICATION, Preparation())


@pytest.mark.parametrize(
    ("rare", "shares", "missing"), [(5, (0.2, 0.2), None), (3, (0.2, 0.2), "test"), (6, (0.1, 0.1), "validation"), (4, (0.4, 0.5), "training")]
)
def test_each_split_has_every_class_or_the_class_is_refused(rare: int, shares: tuple[float, float], missing: str | None) -> None:
    y = np.arange(60) % 2
    y[:rare] = 2
    one = replace(table(), y=y)
    if missing is None:
        data = prepare(one, CLASSIFICATION, Preparation(*shares, 0, "float32"))
        assert all(set(data.truth[data.split(name)]) == {0, 1, 2} for name in SPLITS)
    else:
        with pytest.raises(ValueError, match=f"class 'blue' has no {missing} rows: its {rare} rows are too few"):
            prepare(one, CLASSIFICATION, Preparation(*shares, 0, "float32"))


@pytest.mark.parametrize("task", [CLASSIFICATION, REGRESSION])
@pytest.mark.parametrize(("rows", "shares"), [(0, (0.2, 0.2)), (1, (0.2, 0.2)), (2, (0.4, 0.4)), (12, (0.01, 0.2)), (12, (0.2, 0.01)), (12, (0.5, 0.49))])
def test_too_few_rows_are_refused(task: str, rows: int, shares: tuple[float, float]) -> None:
    made = table(rows, 2) if task == CLASSIFICATION else targets(rows)
    with pytest.raises(ValueError, match=r"no rows|too few|single class|'\w+' has \d rows?"):
        prepare(made, task, Preparation(*shares, 0, "float32"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_as_few_rows_as_possible(dtype: str) -> None:
    """Three rows are a regression, three of each class a classification."""
    data = prepare(targets(3), REGRESSION, Preparation(0.34, 0.34, 0, dtype))
    assert data.ends == (1, 2, 3)
    np.testing.assert_array_equal(data.X[0], 0)
    data = prepare(table(9), CLASSIFICATION, Preparation(0.34, 0.34, 0, dtype))
    assert all(set(data.truth[data.split(name)]) == {0, 1, 2} for name in SPLITS)
