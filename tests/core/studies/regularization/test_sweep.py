"""Penalty sweeps: the engine's solutions are scikit-learn's, and what the page says of them holds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Lasso, Ridge

from core.datasets.regression import MakeRegression
from core.experiment import Experiment, Run
from core.inspection.pictures import predicted_targets
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.studies.regularization import sweep
from core.studies.regularization.sweep import PROBLEMS, SWEPT, Path, penalty
from core.tasks import IDENTITY
from core.training import train
from core.training.results import Result

RATIO = 0.5


@cache
def swept(name: str, kind: str) -> Result:
    return train(PROBLEMS[name].sweep(kind, RATIO))


def path(name: str, kind: str) -> Path:
    return sweep.path(swept(name, kind))


def rows(result: Result) -> tuple[np.ndarray, np.ndarray]:
    n = result.data.n_train
    return result.data.X[:n].astype(float), result.data.targets[IDENTITY].values[:n, 0].astype(float)


def solution(kind: str, strength: float, X: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return scikit-learn's coefficients. Its squared error has the factor 1/2 (ridge: sums over rows), so the same strength is half (or n/2) as large."""
    if kind == "l2":
        return Ridge(alpha=len(X) * strength / 2).fit(X, y).coef_
    model = Lasso(alpha=strength / 2, max_iter=100_000, tol=1e-10) if kind == "l1_proximal" else None
    return (model or ElasticNet(alpha=strength / 2, l1_ratio=RATIO, max_iter=100_000, tol=1e-10)).fit(X, y).coef_


@pytest.mark.parametrize("kind", SWEPT)
def test_a_sweep_is_scikit_learns_path(kind: str) -> None:
    found = path("made", kind)
    X, y = rows(swept("made", kind))
    for strength, mine in list(zip(found.strengths, found.coefficients[..., 0], strict=True))[::6]:
        theirs = solution(kind, float(strength), X, y)
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=2e-3)
        if kind != "l2":
            assert (mine == 0).sum() == pytest.approx((theirs == 0).sum(), abs=1)


def test_momentum_weakens_a_proximal_penalty() -> None:
    """The reason for plain gradient descent: a velocity holds 1 / (1 - β) gradients in the long run, the proximal step does not."""
    problem = replace(PROBLEMS["made"], learning_rate=0.02)
    plain = problem.run(penalty("l1_proximal", 0.2, RATIO))
    run = Run(loss=plain.loss, optimizer=OPTIMIZERS["momentum"](momentum=0.9), learning_rate=0.02, penalty=plain.penalty)
    result = train(replace(problem.experiment(plain.penalty), runs=(run,)))
    X, y = rows(result)
    found = sweep.path(result).coefficients[0, :, 0]
    np.testing.assert_allclose(found, solution("l1_proximal", 0.2 * (1 - 0.9), X, y), rtol=0, atol=2e-3)
    assert np.abs(found - solution("l1_proximal", 0.2, X, y)).max() > 0.02


@pytest.mark.parametrize("kind", SWEPT)
def test_the_validation_loss_is_a_u_and_the_training_loss_rises(kind: str) -> None:
    found = path("made", kind)
    assert not found.at_an_end
    assert found.validation[found.best] < 0.9 * min(found.validation[0], found.validation[-1])
    assert (np.diff(found.train) > -1e-4).all()


def test_strengths_within_one_standard_error_are_as_good_as_can_be_told() -> None:
    """Of the mean loss over the validation rows, whose standard error is that of the books."""
    result, found = swept("made", "l1_proximal"), path("made", "l1_proximal")
    validation = result.data.split("validation")
    predicted = predicted_targets(result, max(result.snapshots), result.data.X[validation])[found.best]
    squared = np.square((predicted - result.data.truth[validation]) / result.data.targets[IDENTITY].unit).ravel()
    error = squared.std(ddof=1) / np.sqrt(len(squared))
    weakest, strongest = found.alike
    assert weakest <= found.strengths[found.best] <= strongest
    inside = (found.strengths >= weakest) & (found.strengths <= strongest)
    assert (found.validation[inside][[0, -1]] <= found.validation[found.best] + 1.3 * error).all()
    assert (found.validation[~inside] > found.validation[found.best] + 0.7 * error).all()


def test_l1_makes_zeros_and_l2_none() -> None:
    l1, l2, net = (path("made", kind) for kind in SWEPT)
    assert l1.zeros[l1.best] > 0.5
    assert l1.zeros[-1] == net.zeros[-1] == 1
    assert not l2.zeros.any()
    assert (l1.zeros >= net.zeros - 0.051).all(), "half of the elastic net is L1"
    assert l1.validation[l1.best] < net.validation[net.best] < l2.validation[l2.best], "few of many features matter: what L1 is for"


def test_l1_keeps_the_features_that_matter_longest() -> None:
    result = swept("made", "l1_proximal")
    truth = sweep.truth(result)
    assert truth is not None
    assert set(sweep.most_persistent(path("made", "l1_proximal"), 5)) == set(np.flatnonzero(truth))
    noiseless = np.linalg.lstsq(*rows(train(replace(result.experiment, dataset=replace(result.experiment.dataset, noise=0.0), epochs=1))), rcond=None)[0]
    assert np.count_nonzero(np.abs(noiseless) > 1e-3) == np.count_nonzero(truth)


def test_true_coefficients_are_those_of_the_noiseless_target() -> None:
    data = MakeRegression(rows=60, columns=8, informative=3, outputs=2, noise=0.0)
    table = data.load()
    np.testing.assert_allclose(table.X @ data.coefficients(), table.y, rtol=0, atol=1e-9)
    assert np.count_nonzero(data.coefficients().any(axis=1)) == 3


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_sweep_is_one_stack_whose_runs_differ_in_strength_alone(name: str) -> None:
    for kind in SWEPT:
        experiment = PROBLEMS[name].sweep(kind, RATIO)
        assert len(experiment.runs) == sweep.POINTS
        assert len({replace(run, penalty=penalty(kind, 1.0, RATIO)) for run in experiment.runs}) == 1
        assert Experiment.from_json(experiment.to_json()) == experiment
    assert LOSSES[PROBLEMS[name].loss].convex
