"""Trained to convergence, linear models reach the solutions of scikit-learn, which finds them by other means.

Each comment or docstring derives which strength of scikit-learn's is our λ: our objective is the mean over n rows of the loss of a row, and λ/2 |W|²
or λ |W|₁, without the biases. scikit-learn's are sums or means, with or without halves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, HuberRegressor, Lasso, LogisticRegression, QuantileRegressor, Ridge, TweedieRegressor
from sklearn.svm import SVC, SVR, LinearSVC

from core.datasets import DATASETS, Dataset
from core.experiment import Experiment, Run
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.parameters import Declared
from core.penalties import PENALTIES
from core.preparation.split import Data
from core.schedules import SCHEDULES
from core.tasks import IDENTITY, LOG
from core.training import advance, start
from core.training.reference import solve
from core.training.state import TrainingState
from tests.small import LINEAR, small

ATOL = 1e-5
KINK_ATOL = 1e-4
L2 = 0.02
BLOBS = DATASETS["blobs"](rows=100, spread=4.0)
MOONS = DATASETS["moons"](rows=100, noise=0.4)
TABLE = DATASETS["make_regression"](rows=80, columns=6, informative=3, noise=40.0)
#: a rule and a schedule that come to rest at the minimum of a smooth objective
SMOOTH = {"optimizer": OPTIMIZERS["nesterov"](momentum=0.85), "learning_rate": 0.3}
#: ... and at that of one with kinks, about which a constant rate would jump
KINKED = {"optimizer": OPTIMIZERS["nesterov"](momentum=0.9), "learning_rate": 0.2, "schedule": SCHEDULES["exponential"](final=1e-5), "epochs": 800}


def l2(strength: float = L2) -> Declared:
    return PENALTIES["l2"](strength=strength)


def experiment(dataset: Dataset, loss: str, settings: dict[str, Any] | None = None, epochs: int = 400, **others: Any) -> Experiment:
    """Return an experiment of one run of a linear model at full batch."""
    run = Run(**({"loss": LOSSES[loss](**(settings or {}))} | SMOOTH | others))
    return small(run, dataset=dataset, model=LINEAR, batch_size=0, seeds=1, epochs=epochs)


def trained(of: Experiment) -> tuple[np.ndarray, np.ndarray, TrainingState]:
    """Return W (D, K) and b (K,) after the whole training, and the state; a training of a smooth objective has come to rest."""
    state = advance(of, start(of), of.epochs)
    run = of.runs[0]
    assert not (run.loss.differentiable and run.penalty.smooth) or state.records[-1].run_metrics["gradient_norm"] < 1e-9
    return *unpacked(state.params[0, 0], state.data), state


def unpacked(params: np.ndarray, data: Data) -> tuple[np.ndarray, np.ndarray]:
    size = data.X.shape[1] * len(data.outputs)
    return params[:size].reshape(data.X.shape[1], -1), params[size : size + len(data.outputs)]


def rows(data: Data, link: str = IDENTITY) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the training rows as scikit-learn takes them, targets of a regression (n,) as the losses see them, and n."""
    n = data.n_train
    return data.X[:n], data.truth[:n] if data.truth.ndim == 1 else data.targets[link].values[:n, 0], n


# Classes


def test_softmax_regression() -> None:
    """C times the sum of losses and |W|²/2 there: divided by C n it is ours of λ = 1 / (C n). Softmax leaves the biases' sum open."""
    W, b, state = trained(experiment(BLOBS, "cross_entropy", penalty=l2()))
    X, y, n = rows(state.data)
    model = LogisticRegression(C=1 / (L2 * n), tol=1e-10, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(W, model.coef_.T, atol=ATOL)
    np.testing.assert_allclose(b - b.mean(), model.intercept_ - model.intercept_.mean(), atol=ATOL)


def test_softmax_regression_of_two_classes() -> None:
    """Two columns here, one there. Only their difference d matters, and the penalty is least where they are d/2 and -d/2: λ/2 |W|² = λ/4 |d|².

    So |d|² / (2 C n) there is ours for C = 2 / (λ n).
    """
    W, b, state = trained(experiment(MOONS, "cross_entropy", penalty=l2()))
    X, y, n = rows(state.data)
    model = LogisticRegression(C=2 / (L2 * n), tol=1e-10, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(W.sum(axis=1), 0, atol=ATOL)
    np.testing.assert_allclose(W[:, 1] - W[:, 0], model.coef_[0], atol=ATOL)
    np.testing.assert_allclose(b[1] - b[0], model.intercept_[0], atol=ATOL)


@pytest.mark.parametrize("dataset", [BLOBS, MOONS], ids=["three", "two"])
def test_one_logistic_regression_a_class(dataset: Dataset) -> None:
    """The loss is a mean over K columns, each a regression of its own: times K n it is the sum of losses and K n λ/2 |w|², so C = 1 / (K n λ)."""
    W, b, state = trained(experiment(dataset, "binary_cross_entropy", penalty=l2(), learning_rate=0.5))
    X, y, n = rows(state.data)
    for k in range(len(b)):
        model = LogisticRegression(C=1 / (len(b) * n * L2), tol=1e-10, max_iter=1000).fit(X, y == k)
        np.testing.assert_allclose(W[:, k], model.coef_[0], atol=ATOL)
        np.testing.assert_allclose(b[k], model.intercept_[0], atol=ATOL)


@pytest.mark.parametrize("dataset", [BLOBS, MOONS], ids=["three", "two"])
def test_linear_svm_of_squared_hinge(dataset: Dataset) -> None:
    """|w|²/2 and C times the sum of losses for each class against the rest: C = 1 / (K n λ), as above.

    liblinear penalises the bias too, as the weight of a constant feature: (b / s)²/2 for a feature of s. For s = 1000 that is nothing.
    """
    W, b, state = trained(experiment(dataset, "squared_hinge", penalty=l2()))
    X, y, n = rows(state.data)
    for k in range(len(b)):
        model = LinearSVC(loss="squared_hinge", dual=False, C=1 / (len(b) * n * L2), intercept_scaling=1000, tol=1e-12, max_iter=100_000).fit(X, y == k)
        np.testing.assert_allclose(W[:, k], model.coef_[0], atol=ATOL)
        np.testing.assert_allclose(b[k], model.intercept_[0], atol=ATOL)


def test_linear_svm_of_hinge() -> None:
    """libsvm has the same objective with a free bias, C = 1 / (K n λ), and solves its dual exactly."""
    W, b, state = trained(experiment(MOONS, "hinge", penalty=l2(), **KINKED))
    X, y, n = rows(state.data)
    for k in range(len(b)):
        model = SVC(kernel="linear", C=1 / (len(b) * n * L2), tol=1e-10).fit(X, y == k)
        np.testing.assert_allclose(W[:, k], model.coef_[0], atol=KINK_ATOL)
        np.testing.assert_allclose(b[k], model.intercept_[0], atol=KINK_ATOL)


def test_linear_svm_of_crammer_and_singer() -> None:
    """|W|²/2 and C times the sum of losses: C = 1 / (λ n). The bias is a weight of a large constant feature, as above, which slows its dual."""
    W, b, state = trained(experiment(BLOBS, "crammer_singer", penalty=l2(0.1), **KINKED))
    X, y, n = rows(state.data)
    model = LinearSVC(multi_class="crammer_singer", C=1 / (0.1 * n), intercept_scaling=30, tol=1e-9, max_iter=1_000_000, random_state=0).fit(X, y)
    np.testing.assert_allclose(W, model.coef_.T, atol=KINK_ATOL)
    np.testing.assert_allclose(b - b.mean(), model.intercept_ - model.intercept_.mean(), atol=KINK_ATOL)


# Numbers


def test_ridge_regression() -> None:
    """The sum of squares and α |w|² there, the mean of squares and λ/2 |w|² here: α = λ n / 2."""
    W, b, state = trained(experiment(TABLE, "squared_error", penalty=l2()))
    X, y, n = rows(state.data)
    model = Ridge(alpha=L2 * n / 2, tol=1e-12).fit(X, y)
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=ATOL)
    np.testing.assert_allclose(b[0], model.intercept_, atol=ATOL)


def test_lasso_by_proximal_steps() -> None:
    """Half the mean of squares and α |w|₁ there: α = λ / 2. The same weights are exactly 0."""
    of = experiment(TABLE, "squared_error", penalty=PENALTIES["l1_proximal"](strength=0.3), optimizer=OPTIMIZERS["sgd"]())
    W, b, state = trained(of)
    X, y, _ = rows(state.data)
    model = Lasso(alpha=0.15, tol=1e-14).fit(X, y)
    np.testing.assert_array_equal(W[:, 0] == 0, model.coef_ == 0)
    assert 0 < np.count_nonzero(W) < W.size
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=ATOL)
    np.testing.assert_allclose(b[0], model.intercept_, atol=ATOL)


@pytest.mark.parametrize("l1_ratio", [0.3, 1.0])
def test_elastic_net_by_subgradients(l1_ratio: float) -> None:
    """Half the mean of squares and α (ρ |w|₁ + (1 - ρ)/2 |w|²) there: α = λ / 2. Weights come close to 0."""
    penalty = PENALTIES["elastic_net"](strength=0.3, l1_ratio=l1_ratio)
    W, b, state = trained(experiment(TABLE, "squared_error", penalty=penalty, **KINKED))
    X, y, _ = rows(state.data)
    model = ElasticNet(alpha=0.15, l1_ratio=l1_ratio, tol=1e-14).fit(X, y)
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=KINK_ATOL)
    np.testing.assert_allclose(b[0], model.intercept_, atol=KINK_ATOL)


def test_huber_regression() -> None:
    """There the scale σ is fitted too: the sum of σ + σ H(r/σ), and α |w|², where H(z) is z² up to ε, then 2 ε |z| - ε².

    σ H(r/σ) is 2/σ times Huber's loss of δ = ε σ: r²/σ inside, and 2 ε |r| - ε² σ = (2/σ) δ (|r| - δ/2) outside. At its best σ the rest is the best
    for that σ, so w and b minimise the sum of Huber's losses of δ = ε σ and α σ/2 |w|²: ours of λ = α σ / n.
    """
    noisy = replace(TABLE, seed=3)
    X, y, n = rows(start(experiment(noisy, "huber")).data)
    alpha, epsilon = 0.5, 1.35
    model = HuberRegressor(epsilon=epsilon, alpha=alpha, tol=1e-10, max_iter=10_000).fit(X, y)
    assert 5 < model.outliers_.sum() < n - 5
    W, b, _ = trained(experiment(noisy, "huber", {"delta": epsilon * model.scale_}, penalty=l2(alpha * model.scale_ / n)))
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=ATOL)
    np.testing.assert_allclose(b[0], model.intercept_, atol=ATOL)


@pytest.mark.parametrize(("loss", "settings", "quantile"), [("quantile", {"quantile": 0.8}, 0.8), ("absolute_error", {}, 0.5)])
def test_quantile_regression(loss: str, settings: dict[str, Any], quantile: float) -> None:
    """The same mean there, solved as a linear program; the absolute error is twice the loss of the median."""
    W, b, state = trained(experiment(TABLE, loss, settings, **KINKED))
    X, y, _ = rows(state.data)
    model = QuantileRegressor(quantile=quantile, alpha=0).fit(X, y)
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=KINK_ATOL)
    np.testing.assert_allclose(b[0], model.intercept_, atol=KINK_ATOL)


def test_support_vector_regression() -> None:
    """|w|²/2 and C times the sum of losses: C = 1 / (λ n)."""
    W, b, state = trained(experiment(TABLE, "epsilon_insensitive", {"epsilon": 0.3}, penalty=l2(), **KINKED))
    X, y, n = rows(state.data)
    model = SVR(kernel="linear", C=1 / (L2 * n), epsilon=0.3, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(W[:, 0], model.coef_[0], atol=KINK_ATOL)
    np.testing.assert_allclose(b[0], model.intercept_[0], atol=KINK_ATOL)


@pytest.mark.parametrize(
    ("loss", "settings", "power", "dataset"), [("poisson", {}, 1, "counts"), ("tweedie", {"power": 1.3}, 1.3, "counts"), ("gamma", {}, 2, "costs")]
)
def test_generalised_linear_models(loss: str, settings: dict[str, Any], power: float, dataset: str) -> None:
    """The mean of half deviances and α/2 |w|² there. Our targets are divided by their mean m, so its scores are ours + log m.

    Up to constants of the targets, half the deviance of power p at y and s is y e^((1-p) s) / (p-1) + e^((2-p) s) / (2-p), which m^(2-p) times ours is
    at y / m and s - log m: e^s - y s, m times ours, for p = 1, and s + y e^-s, ours itself, for p = 2. So α = λ m^(2-p).
    """
    W, b, state = trained(experiment(DATASETS[dataset](rows=80), loss, settings, penalty=l2()))
    X, _, n = rows(state.data, LOG)
    y = state.data.truth[:n, 0]
    model = TweedieRegressor(power=power, link="log", alpha=L2 * y.mean() ** (2 - power), tol=1e-9, max_iter=10_000).fit(X, y)
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=ATOL)
    np.testing.assert_allclose(b[0] + np.log(y.mean()), model.intercept_, atol=ATOL)
    np.testing.assert_allclose(state.data.targets[LOG].original(LOSSES[loss](**settings).predict(X @ W + b))[:, 0], model.predict(X), rtol=1e-4)


def test_squared_log_error() -> None:
    """Scores are log(1 + prediction): ridge regression of log(1 + y/m), whose α is λ n / 2 as above."""
    W, b, state = trained(experiment(DATASETS["costs"](rows=80), "squared_log_error", penalty=l2()))
    X, y, n = rows(state.data, LOG)
    model = Ridge(alpha=L2 * n / 2, tol=1e-12).fit(X, np.log1p(y))
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=ATOL)
    np.testing.assert_allclose(b[0], model.intercept_, atol=ATOL)


def test_squared_log_ratio() -> None:
    """Scores are log(prediction): ridge regression of log(y/m)."""
    W, b, state = trained(experiment(DATASETS["costs"](rows=80), "squared_log_ratio", penalty=l2()))
    X, y, n = rows(state.data, LOG)
    model = Ridge(alpha=L2 * n / 2, tol=1e-12).fit(X, np.log(y))
    np.testing.assert_allclose(W[:, 0], model.coef_, atol=ATOL)
    np.testing.assert_allclose(b[0], model.intercept_, atol=ATOL)


# The same by the solver, on data that a run would take long for


@pytest.mark.parametrize("name", ["iris", "breast_cancer"])
def test_solver_reaches_logistic_regression(name: str) -> None:
    of = experiment(DATASETS[name](), "cross_entropy", penalty=l2(0.001))
    data = start(of).data
    W, b = unpacked(solve(of, 0, data).params, data)
    X, y, n = rows(data)
    of_columns = 2 if len(b) == 2 else 1
    model = LogisticRegression(C=of_columns / (0.001 * n), tol=1e-10, max_iter=10_000).fit(X, y)
    d, e = (W, b - b.mean()) if of_columns == 1 else (W[:, 1:] - W[:, :1], b[1:] - b[:1])
    np.testing.assert_allclose(d, model.coef_.T, atol=1e-4)
    np.testing.assert_allclose(e, model.intercept_ - (model.intercept_.mean() if of_columns == 1 else 0), atol=1e-4)
