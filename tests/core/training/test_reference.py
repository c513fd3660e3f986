"""The solver that reference lines are drawn by: it finds the minimum, says so truly, in time, and leaves everything as it was."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.metrics import log_loss

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Dataset
from core.experiment import MAX_RUNS, Experiment, Run, fitting_losses, workbench_losses
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.preparation.split import SPLITS, Data
from core.schedules import SCHEDULES
from core.tasks import LOG
from core.training import advance, reference, start
from core.training.plan import initial_params
from core.training.reference import MOST_ITERATIONS, Reference, same_objective, solvable, solve
from core.training.state import TrainingState
from tests.items import in_one
from tests.small import BLOBS, CURVE, LINEAR, MLP, collect, frozen, run, small

COSTS = DATASETS["costs"](rows=60)
RNG = np.random.default_rng(0)
WEIGHTS = RNG.integers(0, 4, 60).astype(float)


def l2(strength: float = 0.01) -> Any:
    return PENALTIES["l2"](strength=strength)


def full(*runs: Run, dataset: Dataset = BLOBS, **others: Any) -> Experiment:
    """Return an experiment at full batch of a linear model with one seed."""
    return small(*runs, dataset=dataset, **({"model": LINEAR, "batch_size": 0, "seeds": 1} | others))


def solved(one: Run, dataset: Dataset = BLOBS, **others: Any) -> tuple[Experiment, Data, Reference]:
    experiment = full(one, dataset=dataset, **others)
    data = start(experiment).data
    return experiment, data, solve(experiment, 0, data)


def objective(experiment: Experiment, data: Data, params: np.ndarray, index: int = 0) -> float:
    """Return the weighted mean loss of the training rows and the penalty, from the formulae of the items alone."""
    one, n = experiment.runs[index], data.n_train
    scores = experiment.model.forward(params, data.X[:n])[0]
    weights = data.sample_weights[:n]
    if data.truth.ndim == 1:
        weights = weights * one.class_weights.weights(data.class_counts())[data.truth[:n]]
    value = one.loss.value(scores, data.targets[one.loss.link].values[:n])
    return float((weights * value).sum() / weights.sum() + one.penalty.value(params[: experiment.model.n_weights(data.X.shape[1], len(data.outputs))]))


def smooth_losses(dataset: Dataset) -> list[Any]:
    return [pytest.param(cls(), dataset, id=f"{cls.kind}-{dataset.kind}") for cls in fitting_losses(dataset) if solvable(Run(cls(), run().optimizer))]


# The minimum


@pytest.mark.parametrize(("loss", "dataset"), [*smooth_losses(BLOBS), *smooth_losses(CURVE), *smooth_losses(COSTS)])
def test_gradient_vanishes(loss: Any, dataset: Dataset) -> None:
    """... by central differences of the objective, along each parameter, also where there are local minima."""
    experiment, data, found = solved(replace(run(), loss=loss, penalty=l2()), dataset)
    assert found.converged
    assert 0 < found.iterations < MOST_ITERATIONS
    if loss.learned:
        return  # what it has learned belongs to the objective, and not to the parameters that are handed out
    for i in range(len(found.params)):
        step = np.zeros_like(found.params)
        step[i] = 1e-4
        slope = (objective(experiment, data, found.params + step) - objective(experiment, data, found.params - step)) / 2e-4
        assert abs(slope) < 1e-6, f"by parameter {i}"
    least = objective(experiment, data, found.params)
    assert least < objective(experiment, data, initial_params(experiment, data)[0])
    np.testing.assert_allclose(found.losses["train"], least - l2().value(found.params[: LINEAR.n_weights(data.X.shape[1], len(data.outputs))]), rtol=1e-12)
    if loss.convex:
        for size in (1e-3, 0.1, 3.0):
            for _ in range(10):
                assert objective(experiment, data, found.params + RNG.normal(scale=size, size=found.params.shape)) >= least - 1e-12


@pytest.mark.parametrize(("loss", "dataset"), [("cross_entropy", BLOBS), ("huber", CURVE)])
def test_no_optimizer_gets_below(loss: str, dataset: Dataset) -> None:
    """Loss and penalty of every optimizer after every epoch; some reach it."""
    _, data, found = solved(run(loss, penalty=l2()), dataset)
    least = found.losses["train"] + float(l2().value(found.params[: LINEAR.n_weights(data.X.shape[1], len(data.outputs))]))
    runs = [run(loss, kind, min(10 * cls.learning_rate, 0.1), penalty=l2()) for kind, cls in OPTIMIZERS.items()]
    gaps = []
    for some in (runs[i : i + MAX_RUNS] for i in range(0, len(runs), MAX_RUNS)):
        _, records = collect(full(*some, dataset=dataset, epochs=300))
        gaps.append(np.array([record.metrics["loss"][SPLITS.index("train"), 0] + record.run_metrics["penalty"][0] for record in records]) - least)
    gap = np.concatenate(gaps, axis=1)
    assert gap.shape == (301, len(OPTIMIZERS))
    assert gap.min() > -1e-12
    assert (gap[-1] < 1e-9).sum() >= 3
    assert (gap[-1] < gap[0]).all()


@pytest.mark.parametrize("weighting", ["none", "balanced", "manual"])
@pytest.mark.parametrize("sample_weights", [None, WEIGHTS], ids=["equal", "weighted"])
def test_loss_equals_that_of_scikit_learns_logistic_regression(weighting: str, sample_weights: Any) -> None:
    """C = 1 / (λ sum w); without the penalty, on every split, with the weights that a run's own loss has there."""
    of_class = CLASS_WEIGHTS[weighting](**({"values": (2.0, 0.5)} if weighting == "manual" else {}))
    experiment = full(run(penalty=l2(), class_weights=of_class))
    data = start(experiment, replace(BLOBS.load(), sample_weights=sample_weights)).data
    weights = data.sample_weights * of_class.weights(data.class_counts())[data.truth]
    n = data.n_train
    model = LogisticRegression(C=1 / (0.01 * weights[:n].sum()), tol=1e-12, max_iter=10_000)
    model.fit(data.X[:n], data.truth[:n], sample_weight=weights[:n])
    found = solve(experiment, 0, data)
    for name in SPLITS:
        rows = data.split(name)
        expected = log_loss(data.truth[rows], model.predict_proba(data.X[rows]), sample_weight=weights[rows])
        np.testing.assert_allclose(found.losses[name], expected, rtol=1e-5)


def test_logarithmic_link_equals_scikit_learns_poisson_regression() -> None:
    """Its α is λ times the mean of the targets, by which ours are divided."""
    _, data, found = solved(run("poisson", penalty=l2()), DATASETS["counts"](rows=60))
    y, mean = data.truth[:, 0], data.truth[: data.n_train, 0].mean()
    model = PoissonRegressor(alpha=0.01 * mean, tol=1e-10, max_iter=10_000).fit(data.X[: data.n_train], y[: data.n_train])
    assert LOG in data.targets
    for name in SPLITS:
        rows = data.split(name)
        predicted = model.predict(data.X[rows]) / mean
        np.testing.assert_allclose(found.losses[name], (predicted - y[rows] / mean * np.log(predicted)).mean(), rtol=1e-6)


def test_learned_hyperparameters_are_found_too() -> None:
    """No training of the learned loss gets below, and one that is long comes near."""
    runs = [run("adaptive_robust", kind, rate) for kind, rate in (("adam", 0.05), ("nesterov", 0.02))]
    experiment = full(*runs, dataset=CURVE, epochs=600)
    data = start(experiment).data
    found = solve(experiment, 0, data)
    _, records = collect(experiment)
    gap = np.array([record.metrics["loss"][0, 0] for record in records]) - found.losses["train"]
    assert found.converged
    assert found.params.shape == (LINEAR.n_params(3, 2),)
    assert gap.min() > -1e-10
    assert (gap[-1] < 1e-3).any()


def test_network_is_solved_to_a_local_minimum() -> None:
    experiment, data, found = solved(run(penalty=l2()), model=MLP)
    assert found.params.shape == (MLP.n_params(2, 3),)
    assert found.converged
    least = objective(experiment, data, found.params)
    for _ in range(50):
        assert objective(experiment, data, found.params + RNG.normal(scale=1e-3, size=found.params.shape)) > least


# What can be solved, and by whom it is shared


@in_one("kind", [cls.kind for cls in workbench_losses()])
def test_losses_with_kinks_or_without_gradient_are_refused(kind: str) -> None:
    loss = LOSSES[kind]()
    dataset = next(data for data in (BLOBS, CURVE, COSTS) if type(loss) in fitting_losses(data))
    experiment = full(replace(run(), loss=loss), dataset=dataset)
    data = start(experiment).data
    assert solvable(experiment.runs[0]) == (loss.differentiable and loss.informative)
    if solvable(experiment.runs[0]):
        assert np.isfinite(solve(experiment, 0, data, most_seconds=0.01).losses["train"])
    else:
        with pytest.raises(ValueError, match="L-BFGS needs a smooth loss") as error:
            solve(experiment, 0, data)
        assert loss.title in str(error.value)


@pytest.mark.parametrize("kind", PENALTIES)
def test_penalties_with_kinks_are_refused(kind: str) -> None:
    experiment = full(run(penalty=PENALTIES[kind]()))
    data = start(experiment).data
    if kind in ("none", "l2"):
        assert np.isfinite(solve(experiment, 0, data, most_seconds=0.01).losses["train"])
    else:
        with pytest.raises(ValueError, match=r"with penalty .* is not") as error:
            solve(experiment, 0, data)
        assert PENALTIES[kind].title in str(error.value)


def test_sum_is_solvable_if_its_parts_are() -> None:
    kinked, smooth = LOSSES["sum_regression"](), LOSSES["sum_regression"](second=LOSSES["huber"]())
    assert not solvable(replace(run(), loss=kinked))
    assert solvable(replace(run(), loss=smooth))
    assert solved(replace(run(), loss=smooth), CURVE)[2].converged


def test_runs_of_one_objective_share_a_reference() -> None:
    one = run(penalty=l2())
    others = {
        "optimizer": OPTIMIZERS["adam"](), "learning_rate": 0.7, "schedule": SCHEDULES["cosine"](), "clip_norm": 1.0, "label": "mine",
    }  # fmt: skip
    for name, value in others.items():
        other = replace(one, **{name: value})
        assert same_objective(one, other)
        experiment = full(one, other)
        first, second = (solve(experiment, i, start(experiment).data) for i in range(2))
        np.testing.assert_array_equal(first.params, second.params)
        assert first.losses == second.losses
    differing = {
        "loss": LOSSES["cross_entropy"](label_smoothing=0.1), "penalty": l2(0.02), "class_weights": CLASS_WEIGHTS["manual"](values=(2.0,)),
    }  # fmt: skip
    for name, value in differing.items():
        other = replace(one, **{name: value})
        assert not same_objective(one, other)
        assert not np.allclose(solved(one)[2].params, solved(other)[2].params, rtol=1e-4)


def test_other_runs_seeds_and_batches_do_not_matter() -> None:
    one = run("focal", penalty=l2())
    alone = solved(one)[2]
    among = small(run("hinge"), one, run(), model=LINEAR, seeds=3, batch_size=7, epochs=1)
    data = start(among).data
    np.testing.assert_array_equal(solve(among, 1, data).params, alone.params)


# Time, precision, and what it leaves alone


def test_it_stops_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = full(run(penalty=l2()), model=MLP)
    data = start(experiment).data
    found = solve(experiment, 0, data, most_seconds=0)
    assert found.iterations == 1
    assert not found.converged
    assert all(np.isfinite(value) for value in found.losses.values())
    assert found.losses["train"] < float(start(experiment).records[0].metrics["loss"][0, 0, 0])
    big = full(run(penalty=l2(1e-4)), dataset=DATASETS["digits"](), model=replace(MLP, hidden=(64, 64)))
    ticks = count()  # a second for each look at the clock: at the begin, and after each iteration
    monkeypatch.setattr(reference, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    stopped = solve(big, 0, start(big).data, most_seconds=7)
    assert not stopped.converged
    assert stopped.iterations == 8, "the first one beyond the time"


def readonly(experiment: Experiment) -> TrainingState:
    return frozen(start(experiment))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("loss", "dataset"), [("cross_entropy", BLOBS), ("gamma", COSTS), ("adaptive_robust", CURVE)])
def test_data_are_left_alone_and_solved_in_double_precision(loss: str, dataset: Dataset, dtype: str) -> None:
    experiment = full(run(loss, penalty=l2()), dataset=dataset, dtype=dtype)
    state, untouched = readonly(experiment), start(experiment).data
    found = solve(experiment, 0, state.data)
    assert found.converged
    assert found.params.dtype == np.float64
    for name in ("X", "truth", "sample_weights"):
        assert getattr(state.data, name).dtype == getattr(untouched, name).dtype
        np.testing.assert_array_equal(getattr(state.data, name), getattr(untouched, name))
    assert untouched.X.dtype == dtype
    double = solved(run(loss, penalty=l2()), dataset)[2]
    np.testing.assert_allclose(found.params, double.params, rtol=1e-5, atol=1e-5)
    for name in SPLITS:
        np.testing.assert_allclose(found.losses[name], double.losses[name], rtol=1e-5)


def test_the_same_question_has_the_same_answer() -> None:
    """Same bits, whatever was trained in the meantime."""
    experiment = full(run(penalty=l2()), model=MLP)
    state = start(experiment)
    first = solve(experiment, 0, state.data)
    state = advance(experiment, state, 2)
    second = solve(experiment, 0, state.data)
    np.testing.assert_array_equal(first.params, second.params)
    assert (first.losses, first.iterations, first.converged) == (second.losses, second.iterations, second.converged)
