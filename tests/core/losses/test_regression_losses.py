"""Losses of a regression: what they are in other words, what scikit-learn makes of them, and what a loss that learns itself has to hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import sklearn.compose
import sklearn.linear_model
from scipy.integrate import quad
from scipy.optimize import minimize
from scipy.special import kve
from sklearn.metrics import mean_pinball_loss, mean_squared_log_error, mean_tweedie_deviance

from core.datasets import DATASETS
from core.losses import LOSSES, Loss
from core.losses.robust import NEAREST_TWO, SCALES, AdaptiveRobust, log_partition, rho, rho_and_by_log_alpha, rho_by_x
from core.tasks import IDENTITY, REGRESSION
from tests.core.parameters.test_parameters import stacked
from tests.loss_draws import central_difference, draw, of

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


# In other words


def of_residual(function: Callable[[np.ndarray], np.ndarray]) -> Function:
    """Return the mean over the outputs of a function of the residual."""
    return lambda s, t: function(s - t).mean(axis=-1)


def scaled(factor: float, loss: Function) -> Function:
    return lambda s, t: factor * loss(s, t)


def general(alpha: float, scale: float = 1.7) -> Function:
    return of("general_robust", alpha=alpha, scale=scale)


IDENTITIES = {
    "Huber is delta smooth L1": (of("huber", delta=0.7), scaled(0.7, of("smooth_l1", beta=0.7))),
    "smooth L1 in PyTorch's words": (of("smooth_l1", beta=1.3), of_residual(lambda r: np.where(abs(r) < 1.3, r**2 / 2.6, abs(r) - 0.65))),
    "a tube of no width is the absolute error": (of("epsilon_insensitive", epsilon=0), of("absolute_error")),
    "tube": (of("epsilon_insensitive", epsilon=1.5), of_residual(lambda r: np.where(abs(r) > 1.5, abs(r) - 1.5, 0))),
    "a squared tube of no width is the squared error": (of("squared_epsilon_insensitive", epsilon=0), of("squared_error")),
    "squared tube": (of("squared_epsilon_insensitive", epsilon=1.5), of_residual(lambda r: np.where(abs(r) > 1.5, (abs(r) - 1.5) ** 2, 0))),
    "general 2 is half the squared error": (general(2), scaled(0.5 / 1.7**2, of("squared_error"))),
    "general 1 is Charbonnier's": (general(1), of_residual(lambda r: np.sqrt((r / 1.7) ** 2 + 1) - 1)),
    "general 0 is Cauchy's": (general(0), of_residual(lambda r: np.log1p((r / 1.7) ** 2 / 2))),
    "Cauchy's is general 0": (of("cauchy", scale=2), scaled(2, general(0, 2 / np.sqrt(2)))),
    "general -2 is Geman and McClure's": (general(-2), of_residual(lambda r: 2 * (r / 1.7) ** 2 / ((r / 1.7) ** 2 + 4))),
    "wide Cauchy is half the squared error": (of("cauchy", scale=1e3), of_residual(lambda r: r**2 / 2 - r**4 / 4e6)),
    "wide Tukey is half the squared error": (of("tukey", scale=1e3), of_residual(lambda r: r**2 / 2 - r**4 / 2e6)),
    "log-cosh is near Huber's at 0": (lambda s, t: of("log_cosh")(s / 1e5, t / 1e5), lambda s, t: of("huber")(s / 1e5, t / 1e5)),
}
#: equal up to the next term of a series
ROUGH = {"wide Cauchy is half the squared error", "wide Tukey is half the squared error", "log-cosh is near Huber's at 0"}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identity(name: str) -> None:
    one, other = IDENTITIES[name]
    scores, targets = draw(LOSSES["huber"], REGRESSION, 13, (200, 3))
    np.testing.assert_allclose(one(scores, targets), other(scores, targets), rtol=1e-12 if name not in ROUGH else 1e-7, atol=0 if name in ROUGH else 1e-15)


def test_general_robust_is_continuous_in_alpha() -> None:
    """Through the two values at which its formula is 0/0, and towards Welsch's at minus infinity."""
    scores, targets = draw(LOSSES["huber"], REGRESSION, 13, (200, 3))
    for middle, step, rtol in ((0, 1e-9, 1e-8), (0, 1e-35, 1e-14), (2, 1e-9, 1e-6)):
        for alpha in (middle - step, min(middle + step, 2)):
            np.testing.assert_allclose(general(alpha)(scores, targets), general(middle)(scores, targets), rtol=rtol)
    welsch = -np.expm1(-(((scores - targets) / 1.7) ** 2) / 2).mean(axis=-1)
    np.testing.assert_allclose(general(-100)(scores, targets), welsch, rtol=0.03)


def test_kinks_of_the_tube() -> None:
    residual = np.array([[-2.0], [-0.5], [-0.25], [0], [0.25], [0.5], [2]])
    np.testing.assert_array_equal(LOSSES["epsilon_insensitive"](epsilon=0.5).gradient(residual, 0 * residual)[:, 0], [-1, 0, 0, 0, 0, 0, 1])
    np.testing.assert_array_equal(LOSSES["epsilon_insensitive"](epsilon=0).gradient(residual, 0 * residual)[:, 0], np.sign(residual[:, 0]))


def test_tukey_ignores_what_is_beyond_its_scale() -> None:
    loss, residual = LOSSES["tukey"](scale=3.0), np.array([[-1e6], [-3.0], [3.0], [3.0001], [40]])
    np.testing.assert_array_equal(loss.value(residual, 0 * residual), 3.0**2 / 6)
    np.testing.assert_array_equal(loss.gradient(residual, 0 * residual), 0)


@pytest.mark.parametrize(("kind", "values", "power"), [("poisson", {}, 1), ("gamma", {}, 2), *(("tweedie", {"power": p}, p) for p in (1.1, 1.5, 1.9))])
def test_twice_the_loss_is_the_deviance_up_to_a_constant_of_the_target(kind: str, values: dict[str, float], power: float) -> None:
    loss = LOSSES[kind](**values)
    scores, targets = draw(loss, REGRESSION, 14, (50, 1))
    others = scores[::-1]
    ours = loss.value(scores, targets) - loss.value(others, targets)
    predictions = zip(targets, loss.predict(scores), loss.predict(others), strict=True)
    theirs = [mean_tweedie_deviance(y, p, power=power) - mean_tweedie_deviance(y, q, power=power) for y, p, q in predictions]
    np.testing.assert_allclose(2 * ours, theirs, rtol=1e-9, atol=1e-12)


def test_constants_of_the_target_are_as_the_docstrings_say() -> None:
    y = np.array([[0.1], [1.0], [2.5], [40.0]])
    for kind, values, constant in (("poisson", {}, y - y * np.log(y)), ("gamma", {}, 1 + np.log(y)), ("tweedie", {"power": 1.3}, y**0.7 / (0.3 * 0.7))):
        np.testing.assert_allclose(of(kind, **values)(np.log(y), y), constant[:, 0], rtol=1e-13)


def test_squared_log_error_is_scikit_learns() -> None:
    """On the predictions that scikit-learn accepts: those from 0 on."""
    loss = LOSSES["squared_log_error"]()
    scores, targets = draw(loss, REGRESSION, 15, (50, 3))
    scores = np.abs(scores)
    assert loss.predict(scores).min() >= 0
    np.testing.assert_allclose(loss.value(scores, targets).mean(), mean_squared_log_error(targets, loss.predict(scores)), rtol=1e-12)


@pytest.mark.parametrize("quantile", [0.05, 0.5, 0.9])
def test_quantile_is_scikit_learns(quantile: float) -> None:
    scores, targets = draw(LOSSES["quantile"], REGRESSION, 16, (50, 3))
    np.testing.assert_allclose(of("quantile", quantile=quantile)(scores, targets).mean(), mean_pinball_loss(targets, scores, alpha=quantile), rtol=1e-12)


# scikit-learn's estimators

#: what scikit-learn's solver leaves to be gained; stochastic gradients leave more
SLACK = {"SGDRegressor": 1e-3}
HERE = [cls(**({} if name is None else {name: value})) for cls, name, value in (
    *((cls, None, None) for cls in LOSSES.values() if cls.sklearn and REGRESSION in cls.tasks),
    (LOSSES["huber"], "delta", 0.5), (LOSSES["quantile"], "quantile", 0.8), (LOSSES["epsilon_insensitive"], "epsilon", 0.3), (LOSSES["tweedie"], "power", 1.2),
)]  # fmt: skip


@pytest.mark.parametrize("loss", HERE, ids=str)
def test_scikit_learns_estimator_minimises_the_loss(loss: Loss) -> None:
    """No other line has a smaller mean loss than the one that scikit-learn fits."""
    table = DATASETS["costs"](rows=200).load()
    X = (table.X - table.X.mean(axis=0)) / table.X.std(axis=0)
    y = (table.y - table.y.mean()) / table.y.std() if loss.link == IDENTITY else table.y / table.y.mean()
    code = loss.in_sklearn()
    assert code is not None
    estimator = eval(code, {"sklearn": sklearn, "numpy": np})
    if (name := type(estimator).__name__) == "SGDRegressor":
        estimator.set_params(max_iter=3000, tol=None, average=True, random_state=0)
    predicted = estimator.fit(X, y[:, 0]).predict(X)
    inverse = {"squared_log_error": np.log1p}.get(loss.kind, np.log)
    fitted = predicted if loss.link == IDENTITY else inverse(predicted)
    np.testing.assert_allclose(loss.predict(fitted), predicted, rtol=1e-12)

    def mean(line: np.ndarray) -> float:
        return float(loss.value((line[0] + X @ line[1:])[:, None], y).mean())

    start = np.polynomial.Polynomial.fit(X[:, 0], fitted, 1).convert().coef
    np.testing.assert_allclose(start[0] + X[:, 0] * start[1], fitted, rtol=1e-8, atol=1e-8)
    best = minimize(mean, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 2000})
    assert mean(start) <= best.fun + SLACK.get(name, 1e-6)
    assert all(mean(start) < mean(start + step) - 1e-4 for step in 0.2 * np.eye(2))


def test_made_positive_data_are_what_their_formulas_say() -> None:
    table = DATASETS["counts"](rows=20000, intercept=0.5, slope=1.5).load()
    assert (table.y == np.round(table.y)).all()
    fit = sklearn.linear_model.PoissonRegressor(alpha=0).fit(table.X, table.y[:, 0])
    np.testing.assert_allclose([fit.intercept_, fit.coef_[0]], [0.5, 1.5], atol=0.03)
    table = DATASETS["costs"](rows=20000, intercept=0.5, slope=1.5, dispersion=0.7).load()
    factor = table.y[:, 0] / np.exp(0.5 + 1.5 * table.X[:, 0])
    np.testing.assert_allclose([factor.mean(), factor.var()], [1, 0.7], rtol=0.03)


# The loss that learns its own shape


def exact_rho(x: Any, alpha: Any) -> Any:
    """Return Barron's loss with mpmath, as the paper writes it."""
    if alpha == 0:
        return mpmath.log(x * x / 2 + 1)
    b = max(2 - alpha, mpmath.mpf(NEAREST_TWO))
    return b / alpha * ((x * x / b + 1) ** (alpha / 2) - 1)


def exact_partition(alpha: float) -> Any:
    """Return Z(alpha) with mpmath, its integral cut where the integrand bends."""
    bend = mpmath.sqrt(max(2 - alpha, NEAREST_TWO))
    places = sorted({0, bend / 4, bend, 2 * bend, 1, 3, 10, 100, 10**4, 10**8, mpmath.inf})
    return 2 * mpmath.quad(lambda x: mpmath.exp(-exact_rho(x, mpmath.mpf(alpha))), places)


@pytest.mark.parametrize("alpha", [0.0, 1e-6, 0.01, 0.3, 1.0, 1.5, 1.9, 1.99, 1.9999])
def test_partition_function_against_mpmath(alpha: float) -> None:
    with mpmath.workdps(25):
        exact = float(mpmath.log(exact_partition(alpha)))
    value, by_log_alpha = log_partition(np.array(alpha))
    np.testing.assert_allclose(value, exact, rtol=1e-13)
    numeric = central_difference(lambda step: log_partition(alpha * np.exp(step[..., 0]))[0], np.zeros(1), min(1e-5, (2 - alpha) / 1000))[0]
    np.testing.assert_allclose(by_log_alpha, numeric, rtol=1e-7, atol=1e-9)


def test_partition_function_against_quad_and_by_formulas() -> None:
    alphas = np.linspace(0.05, 1.95, 20)
    by_quad = [2 * quad(lambda x, a=a: np.exp(-rho(np.array(x), np.array(a))), 0, np.inf, epsabs=1e-12, epsrel=1e-12, limit=500)[0] for a in alphas]
    np.testing.assert_allclose(log_partition(alphas)[0], np.log(by_quad), rtol=1e-9)
    formulas = [np.pi * np.sqrt(2), 2 * np.e * kve(1, 1) / np.e, np.sqrt(2 * np.pi)]
    np.testing.assert_allclose(np.exp(log_partition(np.array([0.0, 1.0, 2.0]))[0]), formulas, rtol=1e-13)


@pytest.mark.parametrize("alpha", [1e-4, 0.02, 0.7, 1.0, 1.6, 1.98])
def test_derivatives_of_the_general_loss(alpha: float) -> None:
    x = np.concatenate([-np.geomspace(1e-3, 1e4, 30), np.geomspace(1e-3, 1e4, 30)])
    with mpmath.workdps(40):
        values = [exact_rho(mpmath.mpf(v), mpmath.mpf(alpha)) for v in x]
        by_x = [mpmath.diff(lambda v: exact_rho(v, mpmath.mpf(alpha)), mpmath.mpf(v)) for v in x]
        by_log_alpha = [alpha * mpmath.diff(lambda a, v=v: exact_rho(mpmath.mpf(v), a), mpmath.mpf(alpha)) for v in x]
    a = np.array(alpha)
    both = rho_and_by_log_alpha(x, a)
    for ours, expected in ((rho(x, a), values), (both[0], values), (rho_by_x(x, a), by_x), (both[1], by_log_alpha)):
        exact = np.array([float(e) for e in expected])
        np.testing.assert_allclose(ours, exact, rtol=1e-11, atol=1e-15 * (1 + np.abs(exact).max()))


#: shapes and scales from ordinary to the ends of what is valid
CORNERS = [(1.0, 1.0), (0.05, 0.1), (1.95, 10.0), (0.6, 0.3), (0.001, 0.001), (1.999, 1000.0)]


@pytest.mark.parametrize(("alpha", "scale"), CORNERS)
def test_latent_numbers_and_back(alpha: float, scale: float) -> None:
    loss = AdaptiveRobust(alpha=alpha, scale=scale)
    same = loss.at(latent := loss.latent())
    assert latent.shape == (2,)
    assert same.alpha.shape == same.scale.shape == (1, 1)
    np.testing.assert_allclose([same.alpha[0, 0], same.scale[0, 0]], [alpha, scale], rtol=1e-13)
    np.testing.assert_allclose(same.latent(), latent, rtol=1e-12, atol=1e-13)
    assert (loss.alpha, loss.scale) == (alpha, scale)
    scores, targets = draw(loss, REGRESSION, 17)
    for method in ("value", "gradient"):
        np.testing.assert_allclose(getattr(same, method)(scores, targets), getattr(loss, method)(scores, targets), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("alpha", "scale"), CORNERS)
def test_latent_gradient_is_the_derivative_of_the_value(alpha: float, scale: float) -> None:
    latent = (loss := AdaptiveRobust(alpha=alpha, scale=scale)).latent()
    scores, targets = draw(loss, REGRESSION, 18)
    gradient = loss.at(latent).latent_gradient(scores, targets)
    assert gradient.shape == (20, 2)
    value = np.abs(loss.value(scores, targets)).max()
    for b in range(20):
        numeric = central_difference(lambda numbers, b=b: loss.at(numbers).value(scores[b : b + 1], targets[b : b + 1])[..., 0], latent)
        np.testing.assert_allclose(gradient[b], numeric, rtol=5e-6, atol=1e-9 * (1 + value))
    np.testing.assert_allclose(loss.latent_gradient(scores, targets), gradient, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_stacked_columns_learn_each_alone(dtype: Any) -> None:
    alone = [AdaptiveRobust(alpha=alpha, scale=scale) for alpha, scale in CORNERS[:4]]
    stack = stacked(alone, (1, 1), dtype)
    start = stack.latent()
    assert start.shape == (4, 2)
    assert start.dtype == dtype
    latent = np.stack([start, start + dtype(0.3), start - dtype(1)])
    scores, targets = (array.astype(dtype) for array in draw(stack, REGRESSION, 19, (3, 4, 9, 3)))
    learned = stack.at(latent)
    assert learned.alpha.shape == learned.scale.shape == (3, 4, 1, 1)
    together = {name: getattr(learned, name)(scores, targets) for name in ("value", "gradient", "latent_gradient")}
    assert [array.shape for array in together.values()] == [(3, 4, 9), (3, 4, 9, 3), (3, 4, 9, 2)]
    for name, array in together.items():
        assert array.dtype == dtype
        for s, r in np.ndindex(3, 4):
            single = getattr(alone[r].at(latent[s, r].astype(float)), name)(scores[s, r].astype(float), targets[s, r].astype(float))
            np.testing.assert_allclose(array[s, r], single, rtol=1e-12 if dtype == np.float64 else 1e-4, atol=1e-12 if dtype == np.float64 else 1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_learned_hyperparameters_may_go_anywhere(dtype: Any) -> None:
    """However far the latent numbers run, everything is finite; a scale at its end has gradient 0."""
    ends = np.array([[a, c] for a in (-1e4, -100, 0, 100, 1e4) for c in (-1e4, -20, 0, 20, 1e4)], dtype)
    residual = np.array([[0.0], [1e-8], [1.0], [-37], [1e6]], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss = AdaptiveRobust().at(ends)
        results = [getattr(loss, name)(residual, 0 * residual) for name in ("value", "gradient", "latent_gradient")]
    for array in results:
        assert array.dtype == dtype
        assert np.isfinite(array).all()
    stopped = (loss.scale[:, 0, 0] == dtype(SCALES[0])) | (loss.scale[:, 0, 0] == dtype(SCALES[1]))
    assert stopped.sum() == 20
    assert not results[2][stopped, :, 1].any()


def test_learned_shape_and_scale_find_the_distribution() -> None:
    """Maximum likelihood on normal residuals ends near alpha 2 and their standard deviation, on Cauchy's near alpha 0 and sqrt(1/2) of their scale."""
    rng = np.random.default_rng(0)
    for residual, alpha, scale in ((rng.normal(0, 0.7, (4000, 1)), (1.6, 2), 0.7), (0.7 * rng.standard_cauchy((4000, 1)), (0, 0.2), 0.7 / np.sqrt(2))):
        loss, zero = AdaptiveRobust(), np.zeros_like(residual)

        def mean(latent: np.ndarray, loss: Any = loss, residual: Any = residual, zero: Any = zero) -> tuple[float, np.ndarray]:
            at = loss.at(latent)
            return float(at.value(residual, zero).mean()), at.latent_gradient(residual, zero).mean(axis=0)

        found = loss.at(minimize(mean, loss.latent(), jac=True, method="L-BFGS-B").x)
        assert alpha[0] < found.alpha[0, 0] < alpha[1]
        np.testing.assert_allclose(found.scale[0, 0], scale, rtol=0.1)
