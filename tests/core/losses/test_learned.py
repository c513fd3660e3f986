"""Hyperparameters of a loss that are learned with the weights, in the tail of the packed parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS, Table
from core.losses import LOSSES
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.tasks import REGRESSION
from core.training import advance, start, train
from core.training.stack import RunStack, Stepper
from tests.core.losses.test_losses import central_difference
from tests.small import CURVE, LINEAR, collect, run, small

LEARNING = [kind for kind, cls in LOSSES.items() if cls.learned]
MIXED = small(run("huber"), run("adaptive_robust"), run("squared_error", "adam"), run("adaptive_robust", "adam", 0.01), dataset=CURVE)


def test_something_is_learned() -> None:
    assert LEARNING == ["adaptive_robust"]


@pytest.mark.parametrize("kind", LEARNING)
def test_gradient_of_the_whole_stack_is_the_derivative_of_what_it_minimises(kind: str) -> None:
    """Of all packed parameters, weights, biases and what the loss learns, with a penalty that touches the weights alone."""
    experiment = small(run(kind, penalty=PENALTIES["l2"](strength=0.3)), run("huber"), dataset=CURVE, seeds=1)
    data = start(experiment).data
    stack = RunStack(experiment.runs, experiment.model, data, "float64")
    X, targets = data.X[None, None], {link: of_link.values[None, None] for link, of_link in data.targets.items()}
    weights = np.random.default_rng(0).uniform(size=(1, 2, len(data.X)))

    def objective(params: np.ndarray) -> np.ndarray:
        scores = experiment.model.forward(params[..., : stack.n_params], X)[0]
        return (stack.values(scores, targets, params) * weights).sum(axis=-1) + stack.penalty_values(params)

    params = np.random.default_rng(1).normal(size=(1, 2, stack.n_params + stack.n_learned))
    numeric = np.stack([central_difference(lambda p, r=r: _with_row(objective, params, r, p), params[0, r]) for r in range(2)])
    np.testing.assert_allclose(stack.gradient(experiment.model, params, X, targets, weights)[0], numeric, rtol=1e-5, atol=1e-6)
    assert (numeric[0, stack.n_params :] != 0).all()
    assert (numeric[1, stack.n_params :] == 0).all()


def _with_row(objective: Any, params: np.ndarray, row: int, values: np.ndarray) -> np.ndarray:
    """Return the objective of run `row` for each of its parameter vectors (..., P + E)."""
    results = np.empty(values.shape[:-1])
    for index in np.ndindex(*results.shape):
        changed = params.copy()
        changed[0, row] = values[index]
        results[index] = objective(changed)[0, row]
    return results


def test_it_is_recorded_for_the_runs_that_learn() -> None:
    result = train(MIXED)
    for name, at_first in (("learned_alpha", 1.0), ("learned_scale", 1.0)):
        values = result.values(name)
        assert np.isnan(values[:, :, [0, 2]]).all()
        np.testing.assert_allclose(values[0, :, [1, 3]], at_first, rtol=1e-12)
        assert (values[-1, :, [1, 3]] != values[0, :, [1, 3]]).all()
        assert name in result.described
    assert "learned_alpha" not in train(small(run("huber"), dataset=CURVE)).described


def test_snapshots_hold_the_model_alone() -> None:
    result = train(MIXED)
    sizes = result.data.X.shape[1], len(result.data.outputs)
    assert {snapshot.shape[-1] for snapshot in result.snapshots.values()} == {MIXED.model.n_params(*sizes)}


@pytest.mark.parametrize("kind", [kind for kind, cls in OPTIMIZERS.items() if "weight_decay" in cls.parameters()])
def test_decay_leaves_what_is_learned_alone(kind: str) -> None:
    """Two runs, because hyperparameters are columns then; the gradient is 0, so only the decay moves anything."""
    decayed = np.array([1, 1, 1, 0, 0])
    stepper = Stepper([OPTIMIZERS[kind](weight_decay=decay) for decay in (0.1, 0.3)], "float64", decayed)
    params, lr = np.ones((2, 2, 5)), np.full((2, 1), 0.5)
    moved, _ = stepper.update(np.zeros_like(params), stepper.init(params), params, 1, lr)
    np.testing.assert_allclose(moved[0], [[0.95] * 3 + [1] * 2, [0.85] * 3 + [1] * 2], rtol=1e-14)


def test_penalties_and_norms_leave_what_is_learned_alone() -> None:
    """A penalty of L1 that would push everything to 0, and the recorded norm of the weights."""
    heavy = small(*(run("adaptive_robust", penalty=PENALTIES[kind](strength=50.0), learning_rate=0.01) for kind in ("l1_proximal", "l2")), dataset=CURVE)
    state, records = collect(heavy)
    n_weights = LINEAR.n_weights(3, 2) if heavy.model == LINEAR else heavy.model.n_weights(3, 2)
    params = state.params
    assert not params[:, 0, :n_weights].any()
    assert params[:, 0, -2:].all()
    np.testing.assert_allclose(records[-1].run_metrics["weight_norm"], np.linalg.norm(params[..., :n_weights], axis=-1), rtol=1e-12)


def test_slices_lead_to_the_same_bits() -> None:
    whole, sliced = collect(MIXED)[0], collect(MIXED, max_updates=3)[0]
    np.testing.assert_array_equal(whole.params, sliced.params)


@pytest.mark.parametrize(("degrees", "low", "high"), [(1.0, 0.0, 0.6), (np.inf, 1.6, 2.0)], ids=["Cauchy noise", "normal noise"])
def test_the_shape_of_the_noise_is_found(degrees: float, low: float, high: float) -> None:
    """Cauchy's noise is α = 0 and normal noise α = 2: the likelihood tells which, from 2,000 rows."""
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 3000)
    noise = rng.standard_t(degrees, 3000) if np.isfinite(degrees) else rng.normal(size=3000)
    table = Table(x[:, None], (3 * x + 0.2 * noise)[:, None], ("x",), ("y",))
    experiment = small(run("adaptive_robust", "adam", 0.1), dataset=DATASETS["line"](), model=LINEAR, batch_size=0, epochs=200, seeds=1)
    result = train(experiment, table=table)
    assert low <= result.values("learned_alpha")[-1, 0, 0] <= high


def test_advance_leaves_the_state_as_it_was() -> None:
    state = start(MIXED)
    before = state.params.copy()
    advance(MIXED, state, 1)
    np.testing.assert_array_equal(state.params, before)
    assert replace(MIXED, dtype="float32").dataset.task == REGRESSION
    assert start(replace(MIXED, dtype="float32")).params.dtype == np.float32
