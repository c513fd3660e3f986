"""Dropout: PyTorch's on average, the derivative of what it does to the scores, and nothing at all where there is none."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.models import MLP, Dropout
from core.training import advance, start
from core.training.stack import RunStack
from tests.core.losses.test_losses import central_difference
from tests.reference.make_regularization import DRAWS, DROPPED, PATH, RATE, B, drawn
from tests.small import LINEAR, collect, run, small

RECORDED = json.loads(PATH.read_text())[0]["dropout"]


def masks(model: Any, rates: Any, rows: int = B, seeds: int = 1, dtype: str = "float64") -> Dropout:
    """Return masks (seeds, rates, rows, units) of each hidden layer."""
    return model.dropout(np.reshape(rates, (-1, 1, 1)), rows, [np.random.default_rng([7, seed]) for seed in range(seeds)], dtype)


# On average


@pytest.fixture(scope="module", params=DROPPED)
def case(request: pytest.FixtureRequest) -> tuple[str, dict[str, np.ndarray]]:
    """Return a network's name, and its scores and gradients, each (draws, numbers), over as many draws as PyTorch made."""
    model = DROPPED[request.param]
    params, X, targets = drawn(model)
    stack = np.repeat(params[None, None], DRAWS, axis=0)
    of_rows = masks(model, RATE, rows=DRAWS * B)  # a row's draws are its own, whichever network it goes through
    dropout = Dropout(tuple(mask.reshape(DRAWS, 1, B, -1) for mask in of_rows.masks), of_rows.keep)
    scores, inputs = model.forward(stack, X, dropout)
    gradients = model.backward(stack, inputs, scores - targets, dropout=dropout)
    return request.param, {"scores": scores.reshape(DRAWS, -1), "gradient": gradients.reshape(DRAWS, -1)}


def test_means_are_those_of_pytorchs_dropout(case: tuple[str, dict[str, np.ndarray]]) -> None:
    """Of scores and of the gradient by the parameters: within five standard errors of the difference of two means over draws of their own."""
    name, numbers = case
    for what, values in numbers.items():
        mean, error = (np.ravel(RECORDED[name][what][key]) for key in ("mean", "error"))
        allowed = 5 * np.hypot(error, values.std(axis=0) / np.sqrt(DRAWS)) + 1e-6  # recorded to six digits
        assert (np.abs(values.mean(axis=0) - mean) < allowed).all(), what
        assert (values.std(axis=0) > 0).any()
        np.testing.assert_allclose(values.std(axis=0) / np.sqrt(DRAWS), error, rtol=0.1, atol=2e-6, err_msg="the spread of the draws")


def test_mean_scores_of_one_hidden_layer_are_those_of_the_evaluation(case: tuple[str, dict[str, np.ndarray]]) -> None:
    """What is left out is made up for by the scale of the rest; through a second nonlinearity that holds no more."""
    name, numbers = case
    params, X, _ = drawn(DROPPED[name])
    whole = DROPPED[name].forward(params, X)[0].ravel()
    off = np.abs(numbers["scores"].mean(axis=0) - whole) / (numbers["scores"].std(axis=0) / np.sqrt(DRAWS))
    assert (off < 5).all() if len(DROPPED[name].widths) == 1 else (off > 5).any()


# Masks


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_masks_leave_out_the_share_and_scale_the_rest(rate: float) -> None:
    model = MLP(hidden=(40, 30))
    first, second = masks(model, rate, rows=200).masks
    assert first.shape == (1, 1, 200, 40)
    assert second.shape == (1, 1, 200, 30)
    units = np.concatenate([first.ravel(), second.ravel()])
    assert set(np.unique(units)) == {0.0, 1 / (1 - rate)}
    assert abs((units == 0).mean() - rate) < 5 * np.sqrt(rate * (1 - rate) / units.size)
    assert (first[0, 0, :, :30] != second[0, 0]).any(), "layers have draws of their own"


def test_masks_of_seeds_and_updates_differ_and_those_of_runs_are_nested() -> None:
    model = MLP(hidden=(20,))
    (units,) = masks(model, [0.0, 0.3, 0.3, 0.6], seeds=2).masks
    assert (units[0] != units[1]).any()
    np.testing.assert_array_equal(units[:, 0], 1)
    np.testing.assert_array_equal(units[:, 1], units[:, 2])
    assert (units[:, 3][units[:, 1] == 0] == 0).all(), "what a lower rate leaves out, a higher one leaves out too"
    assert {part.dtype for part in masks(model, 0.3, dtype="float32").masks} == {np.dtype(np.float32)}


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("hidden", [(5,), (4, 6)])
@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_backward_is_the_derivative_of_forward_with_the_same_masks(activation: str, hidden: tuple[int, ...], rate: float) -> None:
    model = MLP(hidden=hidden, activation=activation)
    params, X, slopes = drawn(model)
    of_stack = masks(model, rate)
    dropout = Dropout(tuple(mask[0, 0] for mask in of_stack.masks), of_stack.keep[0])
    assert rate == 0 or all((mask == 0).any() and mask.any() for mask in dropout.masks)

    def value(flat: np.ndarray) -> np.ndarray:
        results = [(model.forward(one, X, dropout)[0] * slopes).sum() for one in flat.reshape(-1, flat.shape[-1])]
        return np.reshape(results, flat.shape[:-1])

    inputs = model.forward(params, X, dropout)[1]
    mine = model.backward(params, inputs, slopes, dropout=dropout)
    np.testing.assert_allclose(mine, central_difference(value, params), rtol=5e-6, atol=1e-8)
    assert rate == 0 or (mine != model.backward(params, model.forward(params, X)[1], slopes)).any()


# In a training


def test_rate_0_beside_others_is_no_dropout_to_the_last_bit() -> None:
    plain, dropping = collect(small(run(), run())), collect(small(run(), run(dropout=0.5)))
    np.testing.assert_array_equal(dropping[0].params[:, 0], plain[0].params[:, 0])
    for name, values in plain[1][-1].metrics.items():
        np.testing.assert_array_equal(dropping[1][-1].metrics[name][..., 0], values[..., 0])
    assert (dropping[0].params[:, 1] != plain[0].params[:, 1]).any(), "without dropout the second run would be the first"


def test_runs_of_one_rate_have_the_same_masks() -> None:
    experiment = small(run(dropout=0.4), run(optimizer="adam", learning_rate=0.01), run(dropout=0.4, label="again"))
    params = collect(experiment)[0].params
    np.testing.assert_array_equal(params[:, 0], params[:, 2])


@pytest.mark.parametrize(("dropout", "alike"), [(0.0, True), (0.4, False)])
def test_seeds_differ_in_what_is_left_out(dropout: float, alike: bool) -> None:
    """From the same initial weights at full batch, nothing else is random."""
    experiment = small(run(dropout=dropout), batch_size=0)
    state = start(experiment)
    same = replace(state, params=np.repeat(state.params[:1], 2, axis=0))
    after = advance(experiment, same, 1).params
    assert (after[0] == after[1]).all() == alike


def test_every_update_leaves_out_others() -> None:
    """At a learning rate of 0 but for rounding, the gradients of two updates at full batch differ by their masks alone."""
    experiment = small(run(dropout=0.4, learning_rate=1e-30), batch_size=0, epochs=2)
    _, records = collect(experiment)
    norms = [record.run_metrics["gradient_norm"] for record in records[1:]]
    assert (norms[0] != norms[1]).all()


def test_a_linear_model_has_nothing_to_leave_out() -> None:
    plain, dropping = (collect(small(run(dropout=rate), model=LINEAR))[0] for rate in (0.0, 0.7))
    np.testing.assert_array_equal(plain.params, dropping.params)
    assert RunStack([run(dropout=0.7)], LINEAR, plain.data, "float64").dropout is None
