"""Every surface: its gradient, its minima, its starts, what it promises of shapes, and what each of them is said to teach."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from core.datasets import DATASETS
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.models import MODELS
from core.optimizers import OPTIMIZERS
from core.studies.descent.surfaces import SURFACES, Surface
from core.training import train
from tests.items import by_kind
from tests.reference.make_optimizers import settings

ITEMS = [cls(**values) for cls in SURFACES.values() for values in settings(cls)]
ITEMS.append(SURFACES["line_mse"](batch=30))
every_item = by_kind("item", ITEMS)
every_kind = pytest.mark.parametrize("kind", SURFACES)


def corners(item: Surface) -> tuple[np.ndarray, np.ndarray]:
    """Return the lower left and the upper right end of the map."""
    low, high = np.array(item.domain).T
    return low, high


def somewhere(item: Surface, n: int, wider: float = 1.0, seed: int = 0) -> np.ndarray:
    """Return random points (n, 2) of the map, or of one so many times as wide."""
    low, high = corners(item)
    spread = wider * np.random.default_rng(seed).uniform(-1, 1, (n, 2))
    return (low + high) / 2 + spread * (high - low) / 2


def central(function: Callable[[np.ndarray], np.ndarray], points: np.ndarray, h: float) -> np.ndarray:
    """Return the derivatives (..., 2) of a function by four-point central differences."""
    parts = [(8 * (function(points + h * e) - function(points - h * e)) - (function(points + 2 * h * e) - function(points - 2 * h * e))) for e in np.eye(2)]
    return np.stack(parts, axis=-1) / (12 * h)


@every_kind
def test_card_is_filled_in(kind: str) -> None:
    cls = SURFACES[kind]
    assert all((cls.title, cls.formula, cls.reference))
    assert cls.summary.endswith(".")
    assert ". " not in cls.summary, "one sentence"
    assert 40 < len(cls.summary) < 160


@every_item
def test_gradient_equals_differences(item: Surface) -> None:
    """On the map, and on one twice as wide."""
    width = np.subtract(*corners(item)[::-1]).max()
    for points in (somewhere(item, 60), somewhere(item, 60, 2.0)):
        gradient = item.gradient(points)
        assert gradient.shape == points.shape
        np.testing.assert_allclose(gradient, central(item.value, points, 5e-5 * width), rtol=1e-6, atol=1e-8 * np.abs(gradient).max() + 1e-10)


@every_item
def test_nothing_is_lower_than_the_minima(item: Surface) -> None:
    if not item.minima:
        return
    minima = np.array(item.minima)
    low, high = corners(item)
    assert ((minima >= low) & (minima <= high)).all()
    slopes = item.gradient(minima)
    if item.bounded:  # what points out of the map does not count
        slopes = minima - np.clip(minima - slopes, low, high)
    np.testing.assert_allclose(slopes, 0, atol=1e-12 * max(1.0, np.abs(item.gradient(somewhere(item, 50))).max()))
    values = item.value(minima)
    np.testing.assert_allclose(values, values[0], rtol=1e-13, atol=1e-13)
    x, y = np.meshgrid(*(np.linspace(*ends, 201) for ends in item.domain))
    tolerance = 1e-14 * max(1.0, abs(values[0]))
    assert item.value(np.stack([x, y], axis=-1)).min() >= values.min() - tolerance
    rng = np.random.default_rng(0)
    for scale in 10.0 ** np.arange(-6, 1):
        nearby = np.clip(minima + scale * rng.normal(size=(200, len(minima), 2)), low, high)
        assert (item.value(nearby) >= values.min() - tolerance).all()


@every_item
def test_every_minimum_on_the_map_is_listed(item: Surface) -> None:
    """From each hollow of a grid, moves to the lowest of 5 x 5 points that draw together; what ends as low as the lowest is a listed point."""
    if not item.minima:
        return
    low, high = corners(item)
    cell = (high - low) / 200
    grid = np.stack(np.meshgrid(*(np.linspace(*ends, 201) for ends in item.domain)), axis=-1)
    values = item.value(grid)
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, 1, mode="edge"), (3, 3)).min(axis=(2, 3))
    points = grid[values <= around]
    stencil = np.stack(np.meshgrid(*[np.linspace(-1, 1, 5)] * 2), axis=-1).reshape(-1, 2) * cell
    for shrinking in 0.7 ** np.arange(60):
        tried = np.clip(points[:, None] + shrinking * stencil, low, high)
        points = tried[np.arange(len(points)), item.value(tried).argmin(axis=1)]
    lowest = item.value(np.array(item.minima)).min()
    found = points[item.value(points) < lowest + 1e-9]
    assert len(found)
    assert np.linalg.norm(found[:, None] - np.array(item.minima), axis=-1).min(axis=1).max() < 1e-2 * (high - low).max()


@every_kind
def test_surfaces_without_a_minimum_have_none(kind: str) -> None:
    item = SURFACES[kind](floor=False) if kind == "saddle" else SURFACES[kind]()
    assert bool(item.minima) == (kind not in {"saddle", "monkey_saddle", "mlp_plane"})
    if kind in {"saddle", "monkey_saddle"}:
        bottoms = [item.value(somewhere(item, 2000, wider)).min() for wider in (1, 10, 100)]
        assert bottoms[2] < 50 * bottoms[1] < 2500 * bottoms[0] < 0


@every_item
def test_starts_are_on_the_map_and_at_no_rest(item: Surface) -> None:
    starts = np.array(item.starts)
    low, high = corners(item)
    assert len(starts) >= 3
    assert len({*item.starts}) == len(starts)
    assert ((starts > low) & (starts < high)).all()
    assert (np.abs(item.gradient(starts)).max(axis=-1) > 1e-4).all()
    for minimum in item.minima:
        assert (np.linalg.norm(starts - minimum, axis=-1) > 0.02 * (high - low).max()).all()


@every_item
def test_leading_shapes(item: Surface) -> None:
    functions = (item.value, item.gradient, lambda some: item.seen(some, 3), lambda some: item.seen(some, 10))
    for shape, function in product([(), (1,), (7,), (1, 8), (2, 3, 4), (0,)], functions):
        points = somewhere(item, int(np.prod(shape))).reshape(*shape, 2)
        points.flags.writeable = False
        flat = points.reshape(-1, 2)
        result, one_by_one = function(points), np.array([function(point) for point in flat])
        assert np.asarray(result).dtype == np.float64
        assert np.shape(result)[: len(shape)] == shape
        np.testing.assert_allclose(np.ravel(result), one_by_one.ravel(), rtol=1e-12, atol=1e-12)


@every_item
def test_finite_far_beyond_the_map(item: Surface) -> None:
    points = somewhere(item, 200, 100.0)
    assert np.isfinite(item.value(points)).all()
    assert np.isfinite(item.gradient(points)).all()
    assert np.isfinite(item.seen(points, 1)).all()


@every_item
def test_hessian_is_that_of_a_gradient_that_is_linear(item: Surface) -> None:
    hessian, points = item.hessian(), somewhere(item, 20)
    changes, moves = np.diff(item.gradient(points), axis=0), np.diff(points, axis=0)
    if hessian is not None:
        np.testing.assert_allclose(changes, moves @ hessian, rtol=1e-10, atol=1e-11 * np.abs(changes).max())
    elif item != SURFACES["rastrigin"](amplitude=0) and item.kind != "reddi":
        fitted = np.linalg.lstsq(moves, changes)[0]
        assert np.abs(changes - moves @ fitted).max() > 1e-3 * np.abs(changes).max()


@every_item
def test_mean_of_what_is_seen_is_the_gradient(item: Surface) -> None:
    points = somewhere(item, 5)
    match item.kind:
        case "sparse":
            sizes = np.ones(item.every)
        case "reddi":
            sizes = np.ones(3)
        case "line_mse":
            batch = min(item.batch or item.rows, item.rows)
            sizes = np.array([min(batch, item.rows - first) for first in range(0, item.rows, batch)])
        case _:
            np.testing.assert_array_equal(item.seen(points, 7), item.gradient(points))
            return
    for epoch in range(2):
        seen = [item.seen(points, epoch * len(sizes) + step) for step in range(1, len(sizes) + 1)]
        np.testing.assert_allclose(np.average(seen, axis=0, weights=sizes), item.gradient(points), rtol=1e-10, atol=1e-10)


@every_item
def test_round_trip(item: Surface) -> None:
    again = type(item).from_dict({name: value for name, value in item.to_dict().items() if name != "kind"})
    assert again == item
    assert hash(again) == hash(item)
    assert (again.domain, again.starts, again.minima) == (item.domain, item.starts, item.minima)
    with pytest.raises(dataclasses.FrozenInstanceError):
        item.domain = ((0.0, 1.0), (0.0, 1.0))  # type: ignore[misc]


# What each is


@pytest.mark.parametrize(
    ("kind", "values", "point", "expected"),
    [
        ("quadratic", {"condition": 4, "rotation": 0}, (2, 3), 0.5 + 4.5),
        ("quadratic", {"condition": 4, "rotation": 90}, (2, 3), 2 + 9 / 8),
        ("ravine", {}, (-7, 2), 49 / 20 + 4),
        ("rosenbrock", {}, (-1.2, 1), 24.2),
        ("beale", {}, (0, 0), 14.203125),
        ("beale", {}, (1, 1), 14.203125),
        ("himmelblau", {}, (0, 0), 170),
        ("saddle", {}, (2, 1), 1.5625),
        ("saddle", {"floor": False}, (2, 1), 1.5),
        ("monkey_saddle", {}, (2, 1), 2),
        ("rastrigin", {}, (1, 1), 2),
        ("rastrigin", {}, (0.5, 0), 20.25),
        ("ackley", {}, (1, 1), 3.6253849384403627),
        ("ackley", {}, (0, 0), 0),
        ("styblinski_tang", {}, (-2.903534027771177,) * 2, -78.33233140754282),
        ("sparse", {"every": 5, "strength": 0.5}, (2, 10), 2 + 5),
        ("reddi", {"scale": 5}, (0.5, 1), 1),
    ],
)
def test_published_value(kind: str, values: dict[str, Any], point: tuple[float, float], expected: float) -> None:
    np.testing.assert_allclose(SURFACES[kind](**values).value(np.array(point, float)), expected, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("rotation", [0, 20, 77, 90])
def test_eigenvalues_of_the_quadratic(rotation: float) -> None:
    hessian = SURFACES["quadratic"](condition=50, rotation=rotation).hessian()
    assert hessian is not None
    values, vectors = np.linalg.eigh(hessian)
    np.testing.assert_allclose(values, [1 / 50, 1], rtol=1e-13)
    np.testing.assert_allclose(abs(np.cos(np.radians(rotation))), abs(vectors[0, 0]), atol=1e-12)


def test_cliff_is_convex_and_its_slope_is_bounded() -> None:
    item = SURFACES["cliff"](steepness=80)
    one, other = somewhere(item, 500), somewhere(item, 500, seed=1)
    assert (item.value((one + other) / 2) <= (item.value(one) + item.value(other)) / 2 + 1e-12).all()
    assert np.linalg.norm(item.gradient(somewhere(item, 500, 1000.0)), axis=-1).max() < 80
    np.testing.assert_allclose(item.gradient(np.array([[-1.0, 0.0], [1.0, 0.0]])), [[-0.3, 0], [79.7, 0]], atol=1e-12)


def test_line_is_the_mean_squared_error_of_its_rows() -> None:
    item = SURFACES["line_mse"]()
    rng = np.random.RandomState(0)
    x, noise = rng.uniform(-1, 1, 100), rng.normal(0, 0.5, 100)
    y = 2 + 3 * x + noise
    np.testing.assert_array_equal(item.data(), (x, y))
    points = somewhere(item, 30)
    residuals = points[:, :1] + points[:, 1:] * x - y
    np.testing.assert_allclose(item.value(points), (residuals**2).mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(item.minima[0], np.polyfit(x, y, 1)[::-1], rtol=1e-12)
    rows = np.concatenate([SURFACES["line_mse"](batch=30).batch_rows(step) for step in range(1, 5)])
    np.testing.assert_array_equal(np.sort(rows), np.arange(100))


def test_batches_are_other_ones_in_another_epoch_and_the_same_when_asked_again() -> None:
    item, points = SURFACES["line_mse"](batch=10), np.array([[0.0, 0.0]])
    assert not np.array_equal(item.seen(points, 1), item.seen(points, 11))
    np.testing.assert_array_equal(item.seen(points, 3), SURFACES["line_mse"](batch=10).seen(points, 3))
    np.testing.assert_array_equal(SURFACES["line_mse"](batch=100).seen(points, 3), item.gradient(points))


def test_logistic_is_that_of_scikit_learn() -> None:
    item = SURFACES["logistic"]()
    X, labels = item.data()
    points = somewhere(item, 30)
    by_hand = np.log1p(np.exp(-labels * (points @ X.T))).mean(axis=1) + item.l2 / 2 * (points**2).sum(axis=1)
    np.testing.assert_allclose(item.value(points), by_hand, rtol=1e-12)
    fitted = LogisticRegression(C=1 / (item.l2 * item.rows), fit_intercept=False, tol=1e-10, max_iter=1000).fit(X, labels)
    np.testing.assert_allclose(item.minima[0], fitted.coef_[0], rtol=1e-6)


@pytest.mark.parametrize("values", list(settings(SURFACES["logistic"])), ids=str)
def test_minimum_of_logistic_is_exact(values: dict[str, Any]) -> None:
    item = SURFACES["logistic"](**values)
    assert np.abs(item.gradient(np.array(item.minima))).max() < 1e-12


def test_plane_holds_the_training_that_made_it() -> None:
    """The end of the path is the origin and has the loss of the trained network; the path's beginning lies near the network's."""
    item = SURFACES["mlp_plane"]()
    experiment = Experiment(
        dataset=DATASETS["moons"](rows=100), model=MODELS["mlp"](hidden=(8,), activation="tanh"), epochs=60, dtype="float64",
        validation_share=0.1, test_share=0.1,
        runs=(Run(loss=LOSSES["cross_entropy"](), optimizer=OPTIMIZERS["momentum"](), learning_rate=0.05),),
    )  # fmt: skip
    result = train(experiment)
    losses = result.values("loss", "train")[:, 0, 0]
    assert len(item.path) == len(losses) == 61
    np.testing.assert_allclose(item.path[-1], 0, atol=1e-12)
    np.testing.assert_allclose(item.value(item.path[-1]), losses[-1], rtol=1e-12)
    np.testing.assert_allclose(item.value(item.path), losses, atol=0.1)
    start, end = result.snapshots[0][0], result.snapshots[60][0]
    assert np.linalg.norm(item.path[0]) <= np.linalg.norm(start - end) <= np.linalg.norm(item.path[0]) * 1.05
    assert 0.9 < item.explained < 1
    assert item.starts[0] == tuple(item.path[0])
    assert (item.path[0] < 0).all()


def test_no_other_plane_holds_more_of_the_path() -> None:
    item = SURFACES["mlp_plane"](units=3, epochs=20)
    again = SURFACES["mlp_plane"](units=3, epochs=20)
    assert again.path is item.path, "a plane is trained once"
    one, other = SURFACES["mlp_plane"](units=3, epochs=20, seed=1), SURFACES["mlp_plane"](units=3, epochs=20, noise=0.4)
    assert not np.allclose(one.path, item.path)
    assert not np.allclose(other.path, item.path)
    spread = (item.path**2).sum(axis=0)
    assert spread[0] > spread[1] > 0
    np.testing.assert_allclose(item.path[:, 0] @ item.path[:, 1], 0, atol=1e-9 * spread[0])


def test_the_network_s_plane_says_how_much_of_the_path_it_holds() -> None:
    item = SURFACES["mlp_plane"]()
    assert f"{item.explained:.1%}" in str(item.note())
    assert "mislead" in item.summary
