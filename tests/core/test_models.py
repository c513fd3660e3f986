"""Every model: its gradient, its initial parameters, and what a stack of networks asks of it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.special import expit

from core.models import MLP, MODELS, Linear, Model
from core.parameters import Choice
from tests.core.losses.test_losses import central_difference
from tests.items import by_kind, in_one

D, K, B = 3, 2, 5


def activations(cls: type[Model], **values: Any) -> list[Model]:
    """Return the model with every option of each of its choices, and with its default."""
    return [cls(**values)] + [cls(**values, **{n: o}) for n, p in cls.parameters().items() if isinstance(p, Choice) for o in p.options]


ITEMS = [*(item for cls in MODELS.values() for item in activations(cls)), *activations(MLP, hidden=(4, 6)), MLP(hidden=(1, 2, 1, 3))]
every_item = by_kind("item", ITEMS, lambda item: f"{item.kind}-{item.nonlinearity}")


def draw(item: Model, seed: int = 0, stack: tuple[int, ...] = ()) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return random parameters (*stack, P), inputs (B, D) and slopes by the scores (*stack, B, K); writing to them is an error."""
    rng = np.random.default_rng(seed)
    arrays = rng.normal(scale=0.7, size=(*stack, item.n_params(D, K))), rng.normal(size=(B, D)), rng.normal(size=(*stack, B, K))
    for array in arrays:
        array.flags.writeable = False
    return arrays


@every_item
@in_one("seed", range(3))
def test_backward_is_the_derivative_of_forward(item: Model, seed: int) -> None:
    params, X, slopes = draw(item, seed)
    scores, inputs = item.forward(params, X)
    numeric = central_difference(lambda p: (item.forward(p, X)[0] * slopes).sum(axis=(-1, -2)), params)
    np.testing.assert_allclose(item.backward(params, inputs, slopes), numeric, rtol=5e-6, atol=1e-9 * np.abs(scores).sum())


@every_item
def test_backward_leaves_what_forward_returned(item: Model) -> None:
    params, X, slopes = draw(item)
    scores, inputs = item.forward(params, X)
    for array in (scores, *inputs):
        array.flags.writeable = False
    first, again = item.backward(params, inputs, slopes), item.backward(params, inputs, slopes)
    np.testing.assert_array_equal(first, again)


@every_item
def test_stack_equals_each_alone(item: Model) -> None:
    """On inputs that all networks share, and on inputs of their own."""
    params, X, slopes = draw(item, 1, (2, 3))
    own = np.random.default_rng(2).normal(size=(2, 3, B, D))
    for inputs in (X, own):
        scores, kept = item.forward(params, inputs)
        grads = item.backward(params, kept, slopes)
        assert scores.shape == (2, 3, B, K)
        assert grads.shape == params.shape
        for index in np.ndindex(2, 3):
            alone, kept_alone = item.forward(params[index], np.broadcast_to(inputs, own.shape)[index])
            np.testing.assert_allclose(scores[index], alone, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(grads[index], item.backward(params[index], kept_alone, slopes[index]), rtol=1e-12, atol=1e-14)


@every_item
def test_single_precision_stays_single(item: Model) -> None:
    params, X, slopes = (array.astype(np.float32) for array in draw(item))
    scores, inputs = item.forward(params, X)
    grads = item.backward(params, inputs, slopes)
    assert {array.dtype for array in (scores, grads, *inputs)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(scores, item.forward(params.astype(float), X.astype(float))[0], rtol=1e-4, atol=1e-4)


@every_item
def test_weights_come_first_and_biases_start_at_zero(item: Model) -> None:
    params = item.init(np.random.default_rng(0), D, K)
    n_weights = item.n_weights(D, K)
    assert params.shape == (item.n_params(D, K),)
    assert params[:n_weights].all()
    assert not params[n_weights:].any()
    sizes = item.sizes(D, K)
    layers = list(item.unpack(params, D))
    assert [weights.shape for weights, _ in layers] == list(pairwise(sizes))
    assert [bias.shape for _, bias in layers] == [(1, width) for width in sizes[1:]]
    for array in (part for layer in layers for part in layer):
        assert np.shares_memory(array, params)
        array[...] = np.nan
    assert np.isnan(params).all()


@pytest.mark.parametrize(("item", "n_weights", "n_biases"), [(Linear(), 6, 2), (MLP(hidden=(4, 6)), 12 + 24 + 12, 4 + 6 + 2), (MLP(hidden=(7,)), 35, 9)])
def test_counts_by_hand(item: Model, n_weights: int, n_biases: int) -> None:
    assert (item.n_weights(D, K), item.n_params(D, K)) == (n_weights, n_weights + n_biases)


@every_item
def test_same_seed_same_bits(item: Model) -> None:
    first, again, other = (item.init(np.random.default_rng(seed), D, K) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("item", [Linear(), *activations(MLP, hidden=(300, 200))], ids=repr)
def test_initial_variance_suits_the_activation(item: Model) -> None:
    """He before a relu, Glorot otherwise; the variance of n uniform numbers is known to 1 part in sqrt(5n / 4), taken five times."""
    layers = [weights for weights, _ in item.unpack(item.init(np.random.default_rng(3), 250, 100), 250)]
    for i, weights in enumerate(layers):
        fan_in, fan_out = weights.shape
        he = item.nonlinearity == "relu" and i + 1 < len(layers)
        variance = 2 / fan_in if he else 2 / (fan_in + fan_out)
        np.testing.assert_allclose(weights.var(), variance, rtol=5 / np.sqrt(1.25 * weights.size))
        assert abs(weights.mean()) < 5 * np.sqrt(variance / weights.size)
        assert np.abs(weights).max() <= np.sqrt(3 * variance)


@pytest.mark.parametrize(("activation", "phi"), [("relu", lambda u: u * (u > 0)), ("tanh", np.tanh), ("sigmoid", expit)])
def test_forward_by_hand(activation: str, phi: Any) -> None:
    rng = np.random.default_rng(4)
    W1, W2, W3, b1, b2, b3 = (rng.normal(size=shape) for shape in ((D, 4), (4, 6), (6, K), 4, 6, K))
    params = np.concatenate([part.ravel() for part in (W1, W2, W3, b1, b2, b3)])
    X = rng.normal(size=(B, D))
    scores, _ = MLP(hidden=(4, 6), activation=activation).forward(params, X)
    np.testing.assert_allclose(scores, phi(phi(X @ W1 + b1) @ W2 + b2) @ W3 + b3, rtol=1e-12)
    linear, _ = Linear().forward(np.concatenate([W3.ravel(), b3]), X @ W1 @ W2)
    np.testing.assert_allclose(linear, X @ W1 @ W2 @ W3 + b3, rtol=1e-12)


@pytest.mark.parametrize(("activation", "slope"), [("relu", 0.0), ("tanh", 1.0), ("sigmoid", 0.25)])
def test_derivative_of_the_activation_at_zero(activation: str, slope: float) -> None:
    """A unit whose sum is 0: relu's derivative is 0 there, as in PyTorch."""
    item, params = MLP(hidden=(1,), activation=activation), np.array([0.0, 1, 0, 0])
    _, inputs = item.forward(params, np.array([[3.0]]))
    np.testing.assert_array_equal(item.backward(params, inputs, np.array([[2.0]]))[[0, 2]], [6 * slope, 2 * slope])


def test_relu_turns_at_zero() -> None:
    sums = np.array([[-1.0], [-1e-9], [0], [1e-9], [1]])
    scores, _ = MLP(hidden=(1,), activation="relu").forward(np.array([1.0, 1, 0, 0]), sums)
    np.testing.assert_array_equal(scores, [[0], [0], [0], [1e-9], [1]])


@every_item
def test_saturated_units_are_finite(item: Model) -> None:
    params, X, slopes = draw(item)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        scores, inputs = item.forward(params * 1e3, X)
        grads = item.backward(params * 1e3, inputs, slopes)
    assert np.isfinite(scores).all()
    assert np.isfinite(grads).all()
