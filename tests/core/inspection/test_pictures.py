"""Pictures of a model at an epoch: planes through the data, scores on them, shares of the classes and confusion counts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import confusion_matrix

from core.datasets import DATASETS, Table
from core.experiment import fitting_losses
from core.inspection import pictures
from core.models import MODELS, Model
from core.preparation.split import Data, Preparation, prepare
from core.tasks import CLASSIFICATION
from core.training import start, train
from core.training.results import Result
from tests.small import BLOBS, CURVE, MLP, run, small

CELLS = 9
RUNS = (run("hinge"), run("cross_entropy"), run("binary_cross_entropy", "adam"), run("squared_error", learning_rate=1e6))
FLAT = train(small(*RUNS, dataset=BLOBS))
DEEP = train(small(*RUNS, dataset=DATASETS["iris"](), epochs=2))
SMOOTH = train(small(run("huber"), run("squared_error"), dataset=CURVE))
every_plane = pytest.mark.parametrize("data", [FLAT.data, DEEP.data, SMOOTH.data], ids=["two features", "four features", "three features"])
classified = pytest.mark.parametrize("result", [FLAT, DEEP], ids=["two features", "four features"])


def cell(place: pictures.Plane, cells: int) -> np.ndarray:
    """Return the centres (cells, cells, 2) of a grid in the units of the axes, worked out one by one."""
    (left, right), (bottom, top) = place.x_domain, place.y_domain
    return np.array([[(left + (i + 0.5) / cells * (right - left), bottom + (j + 0.5) / cells * (top - bottom)) for i in range(cells)] for j in range(cells)])


@every_plane
def test_points_lie_inside_the_domains(data: Data) -> None:
    place = pictures.plane(data)
    assert place.points.shape == (len(data.X), 2)
    for axis, (low, high) in enumerate((place.x_domain, place.y_domain)):
        values = place.points[:, axis]
        room = 0.08 * np.ptp(values)
        np.testing.assert_allclose((low, high), (values.min() - room, values.max() + room), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_plane_of_two_features_is_in_their_units(dtype: str) -> None:
    table = BLOBS.load()
    data = prepare(replace(table, X=table.X * [100, 0.01] + [7, -3]), CLASSIFICATION, Preparation(dtype=dtype))
    place = pictures.plane(data)
    assert place.titles == data.features
    assert place.explained == 1
    np.testing.assert_allclose(place.points, (table.X * [100, 0.01] + [7, -3])[data.rows], rtol=1e-5 if dtype == "float32" else 1e-12)
    grid = place.grid(CELLS)
    np.testing.assert_allclose(data.original(grid).reshape(CELLS, CELLS, 2), cell(place, CELLS), rtol=1e-12)


def test_scores_on_the_grid_are_those_of_the_place() -> None:
    """A grid point's score is the one of a row that has its coordinates, scaled as training rows are."""
    place = pictures.plane(FLAT.data)
    on_grid = pictures.scores_at(FLAT, 3, place.grid(CELLS)).reshape(4, CELLS, CELLS, -1)
    X = (cell(place, CELLS) - FLAT.data.feature_mean) / FLAT.data.feature_scale
    for r, params in enumerate(FLAT.snapshots[3][:3]):
        np.testing.assert_allclose(on_grid[r], MLP.forward(params, X.reshape(-1, 2))[0].reshape(CELLS, CELLS, -1), rtol=1e-10)


@every_plane
def test_rows_of_the_data_fall_on_their_points(data: Data) -> None:
    """Point -> features is the inverse of features -> point: exactly with two features, else of the row's shadow on the plane."""
    place = pictures.plane(data)
    features = place.points @ place.axes + place.origin
    if data.X.shape[1] == 2:
        np.testing.assert_allclose(features, data.X, rtol=1e-10, atol=1e-12)
    else:
        np.testing.assert_allclose((data.X - features) @ place.axes.T, 0, atol=1e-10)
        assert (np.linalg.norm(features, axis=1) <= np.linalg.norm(data.X, axis=1) + 1e-9).all()


@pytest.mark.parametrize("data", [DEEP.data, SMOOTH.data])
def test_plane_of_components_is_that_of_the_most_variance(data: Data) -> None:
    """Through the centre of the training rows, along the first two right singular vectors of them."""
    place, train_rows = pictures.plane(data), data.X[: data.n_train]
    centre = train_rows.mean(axis=0)
    np.testing.assert_allclose(place.origin, centre, atol=1e-12)
    np.testing.assert_allclose((centre - place.origin) @ place.axes.T, 0, atol=1e-12)
    assert place.x_domain[0] < 0 < place.x_domain[1]
    _, singular, vectors = np.linalg.svd(train_rows - centre)
    np.testing.assert_allclose(np.abs(place.axes @ vectors[:2].T), np.eye(2), atol=1e-9)
    np.testing.assert_allclose(place.axes @ place.axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(place.explained, (singular[:2] ** 2).sum() / (singular**2).sum(), rtol=1e-10)
    assert place.titles == ("component 1 (scaled features)", "component 2 (scaled features)")


def test_plane_needs_two_features_and_two_training_rows_and_no_variance() -> None:
    with pytest.raises(ValueError, match="two features"):
        pictures.plane(train(small(run("huber"), dataset=DATASETS["line"](rows=20), epochs=1)).data)
    rng = np.random.default_rng(0)
    for X in (rng.normal(size=(10, 3)), np.ones((10, 3)), np.ones((10, 2))):
        table = Table(X, rng.normal(size=(10, 1)), ("a", "b", "c")[: X.shape[1]], ("y",))
        place = pictures.plane(prepare(table, "regression", Preparation(0.4, 0.4, 0, "float64")))
        assert np.isfinite(place.points).all()
        assert np.isfinite(place.grid(3)).all()
        assert place.x_domain[0] < place.x_domain[1]
        assert 0 <= place.explained <= 1


# Predictions on a plane


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("model", [*(kind() for kind in MODELS.values()), *(MODELS["mlp"](hidden=(7, 5), activation=name) for name in ("tanh", "sigmoid"))])
@pytest.mark.parametrize("kind", [kind for kind, dataset in DATASETS.items() if not dataset.brought])
def test_scores_on_a_plane_are_those_of_its_grid(kind: str, model: Model, dtype: str) -> None:
    """Up to rounding where there are more than two features, to the bit where there are two; a single feature has no plane."""
    dataset = DATASETS[kind]()
    losses = [run(loss.kind) for loss in fitting_losses(dataset)[:2]]
    experiment = small(*losses, dataset=dataset, model=model, dtype=dtype, seeds=1)
    data, K = start(experiment).data, len(dataset.load().outputs)
    rng = np.random.default_rng(0)
    D = data.X.shape[1]
    if D == 1:
        with pytest.raises(ValueError, match="two features"):
            pictures.plane(data)
        return
    params = np.stack([model.init(rng, D, K) + 0.1 * rng.normal(size=model.n_params(D, K)) for _ in losses]).astype(dtype)
    result = replace(FLAT, experiment=experiment, data=data, snapshots={0: params})
    place = pictures.plane(data)
    direct, on_plane = pictures.scores_at(result, 0, place.grid(CELLS)), pictures.plane_scores(result, 0, place, CELLS)
    assert on_plane.dtype == dtype
    if D == 2:
        np.testing.assert_array_equal(on_plane, direct)
    else:
        precision = 1e-5 if dtype == "float32" else 1e-13
        np.testing.assert_allclose(on_plane, direct, rtol=precision, atol=precision * np.abs(direct).max())
    if data.task == CLASSIFICATION:
        for share, directly in zip(pictures.plane_shares(result, 0, place, CELLS), pictures.class_shares(result, 0, place.grid(CELLS)), strict=True):
            np.testing.assert_allclose(share, directly, atol=10 * np.finfo(dtype).eps * max(1, np.abs(direct).max()))


# Predictions


@classified
def test_shares_of_the_classes_sum_to_one(result: Result) -> None:
    grid = pictures.plane(result.data).grid(CELLS)
    for epoch in result.snapshots:
        shares, scores = pictures.class_shares(result, epoch, grid), pictures.scores_at(result, epoch, grid)
        for r in np.flatnonzero(pictures.alive(result, epoch)):
            assert shares[r].shape == (CELLS**2, 3)
            assert (shares[r] >= 0).all()
            np.testing.assert_allclose(shares[r].sum(axis=-1), 1, rtol=1e-12)
            np.testing.assert_array_equal(shares[r].argmax(axis=-1), scores[r].argmax(axis=-1))


def test_shares_are_probabilities_where_there_are_any() -> None:
    grid = pictures.plane(FLAT.data).grid(CELLS)
    shares, scores = pictures.class_shares(FLAT, 3, grid), pictures.scores_at(FLAT, 3, grid)
    assert set(shares[0].ravel()) == {0, 1}
    np.testing.assert_allclose(shares[1], softmax(scores[1], axis=-1), rtol=1e-10)
    sigmoids = 1 / (1 + np.exp(-scores[2]))
    np.testing.assert_allclose(shares[2], sigmoids / sigmoids.sum(axis=-1, keepdims=True), rtol=1e-10)


@classified
@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_confusion_equals_scikit_learns_and_the_recorded_accuracy(result: Result, split: str) -> None:
    truth = result.data.truth[result.data.split(split)]
    for epoch in result.snapshots:
        confusion, predicted = pictures.confusion_at(result, epoch, split), pictures.predicted_classes(result, epoch, split)
        for r in np.flatnonzero(pictures.alive(result, epoch)):
            np.testing.assert_array_equal(confusion[r], confusion_matrix(truth, predicted[r], labels=range(3)))
            np.testing.assert_allclose(np.trace(confusion[r]) / len(truth), result.values("accuracy", split)[epoch, 0, r], rtol=1e-12)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_predicted_targets_are_in_original_units(split: str) -> None:
    rows = SMOOTH.data.split(split)
    for epoch in SMOOTH.snapshots:
        predicted = pictures.predicted_targets(SMOOTH, epoch, SMOOTH.data.X[rows])
        errors = predicted - SMOOTH.data.truth[rows]
        np.testing.assert_allclose((errors**2).mean(axis=(1, 2)), SMOOTH.values("mse", split)[epoch, 0], rtol=1e-10)


def test_alive_until_the_epoch_of_divergence() -> None:
    lost = int(FLAT.diverged_at[0, 3])
    assert 0 < lost <= 3
    for epoch in range(4):
        np.testing.assert_array_equal(pictures.alive(FLAT, epoch), [True, True, True, epoch < lost])


@classified
def test_pictures_of_a_diverged_run_are_no_crash(result: Result) -> None:
    grid = pictures.plane(result.data).grid(3)
    params = np.full_like(result.snapshots[2], np.nan)
    params[1] = np.inf
    lost = replace(result, snapshots={2: params})
    assert len(pictures.class_shares(lost, 2, grid)) == 4
    assert len(pictures.plane_shares(lost, 2, pictures.plane(result.data), 3)) == 4
    assert pictures.confusion_at(lost, 2, "test").sum() == 4 * len(result.data.truth[result.data.split("test")])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_scores_keep_the_precision_of_the_training(dtype: str) -> None:
    result = train(small(run(), dtype=dtype, epochs=1))
    assert pictures.scores_at(result, 1, pictures.plane(result.data).grid(3)).dtype == dtype


def test_planes_of_large_models_are_coarser() -> None:
    """A visitor waits for them: whatever a model's size, all runs' planes together take the same few multiplications."""
    def cells(size: int) -> int:
        return pictures.plane_cells(replace(FLAT, snapshots={0: np.empty((1, size), np.int8)}))

    assert pictures.plane_cells(FLAT) == cells(10**6) == 100
    assert cells(4_000_000) == 50
    assert 10**9 <= 4_000_000 * cells(4_000_000) ** 2 <= 10**10
