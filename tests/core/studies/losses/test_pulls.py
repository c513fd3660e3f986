"""Outliers, who pulls: the fits against scikit-learn's, the shares, the figures of a line's errors, and the charts of both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression, QuantileRegressor
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.svm import LinearSVC

from core.losses import LOSSES, Loss
from core.studies.losses import error_parts, pulls
from core.studies.losses.pulls import MOST_PLACED, RIDGE, LineWithOutliers, Placed, SceneRecipe, TwoClouds
from core.studies.losses.views import Pulls
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart
from pages.ui.charts.theme import look
from pages.ui.losses import pull_charts
from tests import vega
from tests.items import in_one

LINES = [LineWithOutliers(), LineWithOutliers(outliers=0), LineWithOutliers(outliers=12, distance=12.0)]
CLOUDS = [TwoClouds(), TwoClouds(overlap=0.01), TwoClouds(overlap=0.3)]
EVERY = [pytest.param(recipe, kind, id=f"{recipe} {kind}") for recipe in (*LINES[:2], *CLOUDS[:2]) for kind in pulls.fitting(recipe)]


def mean_loss(loss: Loss, recipe: SceneRecipe, params: Any) -> float:
    """Return what `fit` minimises."""
    data = pulls.scene(recipe)
    ridge = RIDGE / 2 * float(np.square(params[:-1]).sum()) if recipe.task == "classification" else 0.0
    return float(loss.value(data.inputs @ params, data.targets).mean()) + ridge


@pytest.mark.parametrize("recipe", LINES, ids=str)
def test_squared_error_is_linear_regression(recipe: SceneRecipe) -> None:
    data = pulls.scene(recipe)
    model = LinearRegression().fit(data.X, data.y)
    ends = pulls.line_ends(recipe, pulls.fit(LOSSES["squared_error"](), recipe))
    np.testing.assert_allclose(ends[:, 1], model.predict(ends[:, :1]), rtol=1e-6)


@pytest.mark.parametrize("quantile", [0.5, 0.2])
@pytest.mark.parametrize("recipe", LINES, ids=str)
def test_absolute_error_and_quantile_are_quantile_regression(recipe: SceneRecipe, quantile: float) -> None:
    data = pulls.scene(recipe)
    model = QuantileRegressor(quantile=quantile, alpha=0, solver="highs").fit(data.inputs[:, :1], data.targets[:, 0])
    best = np.append(model.coef_, model.intercept_)[:, None]
    losses = [LOSSES["quantile"](quantile=quantile)] + ([LOSSES["absolute_error"]()] if quantile == 0.5 else [])
    for loss in losses:
        assert mean_loss(loss, recipe, pulls.fit(loss, recipe)) == pytest.approx(mean_loss(loss, recipe, best), rel=1e-4)


@pytest.mark.parametrize("recipe", LINES, ids=str)
@pytest.mark.parametrize("delta", [0.3, 1.0])
def test_huber_fits_least_squares_on_what_it_weighs(recipe: SceneRecipe, delta: float) -> None:
    """A Huber fit is the weighted least-squares fit with weights min(1, delta / |r|); scikit-learn's regressor scales by its own sigma."""
    data = pulls.scene(recipe)
    params = pulls.fit(LOSSES["huber"](delta=delta), recipe)
    size = np.abs(data.inputs @ params - data.targets)[:, 0]
    weighted = LinearRegression().fit(data.inputs[:, :1], data.targets, sample_weight=np.minimum(1, delta / np.maximum(size, 1e-12)))
    np.testing.assert_allclose(params[:, 0], [weighted.coef_.item(), weighted.intercept_.item()], atol=2e-5)


@pytest.mark.parametrize("recipe", CLOUDS, ids=str)
def test_cross_entropy_is_logistic_regression(recipe: SceneRecipe) -> None:
    """Two columns ±w/2 cost half the penalty of one column w: scikit-learn's C is 2 / (rows * RIDGE)."""
    data = pulls.scene(recipe)
    model = LogisticRegression(C=2 / (len(data.y) * RIDGE), tol=1e-10, max_iter=10_000).fit(data.X, data.y)
    params = pulls.fit(LOSSES["cross_entropy"](), recipe)
    difference = params[:, 1] - params[:, 0]
    np.testing.assert_allclose(difference[:2], model.coef_[0], rtol=1e-3)
    np.testing.assert_allclose(difference[2], model.intercept_[0], atol=1e-3)
    if recipe == CLOUDS[2]:  # with this overlap the fit without any penalty is close by
        free = LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(data.X, data.y)
        np.testing.assert_allclose(difference[:2], free.coef_[0], rtol=0.02)


@pytest.mark.parametrize("recipe", CLOUDS, ids=str)
def test_squared_hinge_is_the_linear_support_vector_machine(recipe: SceneRecipe) -> None:
    """Each of two columns is penalised for half of the mean loss: C is 1 / (2 rows RIDGE). liblinear penalises its intercept, scaled away."""
    data = pulls.scene(recipe)
    machine = LinearSVC(C=1 / (2 * len(data.y) * RIDGE), intercept_scaling=100, tol=1e-8, max_iter=1_000_000, random_state=0)
    machine.fit(data.X, data.y)
    params = pulls.fit(LOSSES["squared_hinge"](), recipe)
    np.testing.assert_allclose(params[:2, 1], machine.coef_[0], rtol=0.02, atol=0.01)
    np.testing.assert_allclose(params[:, 0], -params[:, 1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(("recipe", "kind"), EVERY)
def test_every_loss_is_fitted_and_shared_out(recipe: SceneRecipe, kind: str) -> None:
    loss = LOSSES[kind]()
    params = pulls.fit(loss, recipe)
    rng = np.random.default_rng(0)
    best = mean_loss(loss, recipe, params)
    if loss.informative:
        for size in (1e-3, 1e-2, 0.1):
            nearby = [mean_loss(loss, recipe, params + size * rng.normal(size=params.shape)) for _ in range(20)]
            assert best <= min(nearby) + 1e-5
    for own in (True, False):
        found = pulls.pull(loss, recipe, own)
        assert (found.loss >= 0).all()
        assert (found.pull >= 0).all()
        for values, shares in ((found.loss, found.loss_share), (found.pull, found.pull_share)):
            assert np.isfinite(shares).all()
            assert (shares >= 0).all()
            assert shares.sum() == pytest.approx(1.0 if values.any() else 0.0)


def test_what_is_kept_is_neither_changed_nor_mixed_up() -> None:
    params = pulls.fit(LOSSES["squared_error"](), LINES[0])
    with pytest.raises(ValueError, match="read-only"):
        params[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        pulls.scene(LINES[0]).targets[0] = 0
    assert pulls.fit(LOSSES["squared_error"](), LINES[0]) is params
    assert (pulls.fit(LOSSES["absolute_error"](), LINES[0]) != params).all()
    assert (pulls.fit(LOSSES["huber"](delta=0.3), LINES[0]) != pulls.fit(LOSSES["huber"](delta=1.0), LINES[0])).all()


def held(loss: Loss, recipe: SceneRecipe, *, own: bool, part: str = "pull_share") -> float:
    return float(getattr(pulls.pull(loss, recipe, own), part)[pulls.scene(recipe).marked].sum())


@pytest.mark.parametrize("own", [True, False])
def test_outliers_hold_less_the_more_robust_the_loss(own: bool) -> None:
    squared, huber, tukey = LOSSES["squared_error"](), LOSSES["huber"](delta=0.3), LOSSES["tukey"](scale=1.5)
    shares = [held(loss, LINES[0], own=own) for loss in (squared, huber, tukey)]
    assert shares[0] > 2 * shares[1] > 0.1
    assert shares[2] == 0
    assert held(LOSSES["absolute_error"](), LINES[0], own=own) == pytest.approx(4 / 40, abs=0.006)


def test_at_a_fit_the_pulls_balance() -> None:
    for kind in ("squared_error", "huber", "log_cosh", "tukey"):
        found, data = pulls.pull(LOSSES[kind](), LINES[0], True), pulls.scene(LINES[0])
        up = found.scores[:, 0] < data.targets[:, 0]
        assert found.pull[up].sum() == pytest.approx(found.pull[~up].sum(), rel=1e-4)


def test_the_robust_line_is_nearer_to_the_true_one() -> None:
    recipe = LINES[0]
    truth = pulls.line_ends(recipe, pulls.scene(recipe).truth)
    np.testing.assert_allclose(truth, [[0, 3], [10, 11]], atol=1e-9)
    away = [np.abs(pulls.line_ends(recipe, pulls.fit(loss, recipe)) - truth).max() for loss in (LOSSES["squared_error"](), LOSSES["tukey"](scale=1.5))]
    assert away[1] < 0.5 < 2 < away[0]


def test_easy_samples_leave_focal_and_stay_with_cross_entropy() -> None:
    entropy, focal = (held(LOSSES[kind](), CLOUDS[0], own=False) for kind in ("cross_entropy", "focal"))
    assert entropy > 0.2
    assert focal < 0.03


def test_a_loss_without_slope_stays_where_it_starts_and_pulls_nothing() -> None:
    loss, recipe = LOSSES["zero_one"](), CLOUDS[0]
    np.testing.assert_array_equal(pulls.fit(loss, recipe), np.linalg.lstsq(pulls.scene(recipe).inputs, pulls.scene(recipe).targets)[0])
    found = pulls.pull(loss, recipe, True)
    assert not found.pull_share.any()
    assert found.loss_share.sum() == pytest.approx(1)


def test_which_losses_are_left_out() -> None:
    line, clouds = pulls.fitting(LINES[0]), pulls.fitting(CLOUDS[0])
    assert {"squared_error", "absolute_error", "huber", "tukey"} <= set(line)
    assert {"cross_entropy", "focal", "hinge", "zero_one"} <= set(clouds)
    for kind in (*line, *clouds):
        assert not LOSSES[kind].learned
        assert kind in clouds or LOSSES[kind].link == "identity"
    assert not {"poisson", "gamma", "sum_regression", "sum_classification", "adaptive_robust"} & {*line, *clouds}


@pytest.mark.parametrize("overlap", [0.02, 0.1, 0.3])
def test_the_overlap_is_the_error_of_the_true_line(overlap: float) -> None:
    data = pulls.scene(TwoClouds(overlap=overlap))
    wrong = ((data.inputs @ data.truth).argmax(axis=1) != data.y).mean()
    assert wrong == pytest.approx(overlap, abs=3 * np.sqrt(overlap * (1 - overlap) / len(data.y)))


def test_the_boundary_ends_on_the_edges_where_scores_are_equal() -> None:
    recipe = CLOUDS[0]
    params = pulls.fit(LOSSES["cross_entropy"](), recipe)
    ends = pulls.line_ends(recipe, params)
    scores = np.column_stack([ends, np.ones(2)]) @ params
    np.testing.assert_allclose(scores[:, 0], scores[:, 1], atol=1e-9)
    assert np.isclose(np.abs(ends), pulls.BOX[1]).any(axis=1).all()
    assert np.isnan(pulls.line_ends(recipe, np.zeros((3, 2)))).all()
    assert np.isnan(pulls.line_ends(recipe, np.array([[0.0, 0], [0, 0], [0, 1]]))).all()


# Error and loss


def test_figures_are_those_of_scikit_learn() -> None:
    x, y = error_parts.points()
    for slope, intercept in (error_parts.least_squares(), error_parts.flat(), (0.3, 4.2), (-1.0, -5.0)):
        parts = error_parts.parts(LOSSES["squared_error"](), slope, intercept)
        assert parts.mean == parts.mse == pytest.approx(mean_squared_error(y, parts.predictions))
        assert parts.rmse == pytest.approx(parts.mse**0.5)
        assert parts.mae == pytest.approx(mean_absolute_error(y, parts.predictions))
        assert parts.r2 == pytest.approx(r2_score(y, parts.predictions))
        assert parts.total == pytest.approx(parts.mean * len(x))
        np.testing.assert_allclose(parts.ends[:, 1], slope * parts.ends[:, 0] + intercept)
    model = LinearRegression().fit(x[:, None], y)
    assert error_parts.least_squares() == pytest.approx((model.coef_[0], model.intercept_))
    assert error_parts.parts(LOSSES["huber"](), *error_parts.flat()).r2 == pytest.approx(0)


@in_one("kind", error_parts.fitting())
def test_every_fitting_loss_is_defined_for_any_line(kind: str) -> None:
    for line in ((0.3, 4.2), (-1.0, -5.0), (2.0, 12.0)):
        assert np.isfinite(error_parts.parts(LOSSES[kind](), *line).losses).all()


# The charts


def every_chart(shift: float = 0.0, *, dark: bool = False) -> Iterator[Chart]:
    """Yield a chart of each function, its numbers moved by `shift`."""
    points = pd.DataFrame({"number": [1, 2], "x": [0.0, 1.0], "y": [shift, 1.0], "fit": [0.5, 0.6], "error": [0.5 - shift, -0.4], "loss": [0.35 + shift, 0.16]})
    points = points.assign(share=[0.4 + shift, 0.6 - shift], pull=[1.0, 0.8 + shift], side=[0, 1], marked=[True, False], chosen=[True, False])
    line = np.array([[0.0, shift], [1.0, 1.0]])
    box: dict[str, Any] = {"x_domain": (0.0, 1.0), "y_domain": (0.0, 1.0), "dark": dark}
    for residuals in (True, False):
        x, y = Axis("x", domain=(0.0, 1.0)), Axis("y", domain=(0.0, 1.0))
        yield pull_charts.pull_panel(points, line, line, look(0, "one"), x, y, residuals=residuals, dark=dark)
    for squares in (True, False):
        yield pull_charts.error_lines(points, line, squares=squares, **box)
    yield pull_charts.sample_losses(points, 0.2 + shift, title="loss", dark=dark)


@pytest.mark.parametrize("dark", [False, True])
def test_specs_are_valid_and_name_their_data(dark: bool) -> None:
    for data, spec in every_chart(dark=dark):
        vega.check(spec)
        assert {layer["data"]["name"] for layer in spec["layer"] if "name" in layer["data"]} == set(data)
        for frame in data.values():
            assert set(frame.dtypes.astype(str)) <= {"float32", "int16", "category"}


def test_specs_are_constant_when_only_data_change() -> None:
    for (data, spec), (moved, same) in zip(every_chart(), every_chart(0.1), strict=True):
        assert json.dumps(spec) == json.dumps(same)
        assert any(not data[name].equals(moved[name]) for name in data)


def test_large_discs_are_drawn_first() -> None:
    data, _ = next(every_chart())
    assert data["points"]["share"].is_monotonic_decreasing


def test_the_axis_of_the_losses_stands_still() -> None:
    tops = [pull_charts._round_up(value) for value in (0.0, 0.9, 1.0, 1.1, 4.2, 7.0, 31.0, np.inf)]
    assert tops == [1, 1, 1, 2, 5, 10, 50, 1]


# Points that are placed by hand


def test_a_click_adds_a_point_moves_it_chooses_another_and_takes_it_away() -> None:
    added = Pulls().clicked(0, 5.004, -3.0)
    assert (added.chosen, added.outliers.placed) == (41, (Placed(41, 5.0, -3.0),))
    assert len(added.outliers.scene().y) == 41
    moved = added.clicked(0, 2.0, 9.0)
    assert (moved.chosen, moved.outliers.placed) == (41, (Placed(41, 2.0, 9.0),))
    let_go = moved.clicked(41, 0.0, 0.0)
    assert (let_go.chosen, let_go.outliers) == (0, moved.outliers)
    own = let_go.clicked(7, 0.0, 0.0).clicked(0, 30.0, 3.0)
    assert own.outliers.placed[-1] == Placed(7, 10.0, 3.0), "it stays on the plot"
    gone = own.without_chosen()
    assert gone.chosen == 0
    assert 7 not in gone.outliers.numbers()
    assert len(gone.outliers.scene().y) == 40
    assert gone.clicked(41, 0.0, 0.0).without_chosen().outliers.placed == (Placed(7, gone=True),)


def test_a_point_far_from_the_line_counts_as_an_outlier_wherever_it_is_put() -> None:
    plain = LineWithOutliers(outliers=0)
    assert not plain.scene().marked.any()
    far, near = plain.put(1, 1.0, -5.0).scene(), plain.put(1, 1.0, 3.9).scene()
    assert far.marked.tolist() == [True, *[False] * 39]
    assert not near.marked.any()
    np.testing.assert_array_equal(far.y[1:], plain.scene().y[1:])
    assert (far.X[0, 0], far.y[0]) == (1.0, -5.0)


@pytest.mark.parametrize("x", [0.5, 5.0, 9.5])
def test_one_point_moves_the_line_of_the_square_and_hardly_that_of_tukey(x: float) -> None:
    plain = LineWithOutliers(outliers=0)
    moved = plain.put(0, x, -6.0)
    ends = {}
    for kind, loss in (("squared_error", LOSSES["squared_error"]()), ("tukey", LOSSES["tukey"](scale=1.5))):
        before, after = (pulls.line_ends(recipe, pulls.fit(loss, recipe)) for recipe in (plain, moved))
        ends[kind] = float(np.abs(after - before)[:, 1].max())
    assert ends["squared_error"] > 5 * ends["tukey"]


def test_too_many_or_the_same_point_twice_are_refused() -> None:
    recipe = LineWithOutliers()
    for number in range(1, MOST_PLACED + 1):
        recipe = recipe.put(number, 1.0, 1.0)
    with pytest.raises(ValueError, match="placed"):
        recipe.put(0, 1.0, 1.0)
    with pytest.raises(ValueError, match="a point is placed twice"):
        LineWithOutliers(placed=(Placed(3), Placed(3, y=2.0)))
