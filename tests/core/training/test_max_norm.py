"""Max-norm: the weights into a unit are scaled back to the limit after each update, and nothing else is touched."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.models import MLP
from core.tasks import CLASSIFICATION
from core.training import advance, start
from tests.reference.make_regularization import LIMIT, PATH, matrix
from tests.small import TASKS, collect, run, small

MODEL = MLP(hidden=(5, 4), activation="tanh")
LIMITS = (0.0, 0.6, 1.0)


def limited(limits: Any = LIMITS, task: str = CLASSIFICATION) -> Any:
    loss = "cross_entropy" if task == CLASSIFICATION else "huber"
    return small(*(run(loss, learning_rate=0.5, max_norm=limit) for limit in limits), dataset=TASKS[task], model=MODEL)


def lengths(params: np.ndarray, n_features: int) -> list[np.ndarray]:
    """Return the length (..., units) of the weights into each unit of each layer, with the output layer."""
    return [np.linalg.norm(weights, axis=-2) for weights, _ in MODEL.unpack(params, n_features)]


def test_equals_pytorchs_renorm() -> None:
    """Which divides by the length + 1e-7."""
    weights = matrix()
    model = MLP(hidden=(12,))
    params = np.concatenate([weights.ravel(), np.full(12 + 12 + 1, 0.1)])  # output weights of a length below the limit, and biases
    norms = np.linalg.norm(weights, axis=0)
    assert 3 <= (norms > LIMIT).sum() <= 9
    after = params.copy()
    model.limit_norms(after, 4, np.full((1, 1), LIMIT))
    mine = after[:48].reshape(4, 12)
    np.testing.assert_allclose(mine, np.array(json.loads(PATH.read_text())[1]["renorm"], float), rtol=1.2e-7 / LIMIT)
    np.testing.assert_array_equal(mine[:, norms <= LIMIT], weights[:, norms <= LIMIT])
    np.testing.assert_allclose(np.linalg.norm(mine, axis=0)[norms > LIMIT], LIMIT, rtol=1e-14)
    np.testing.assert_array_equal(after[48:], params[48:])


@pytest.mark.parametrize("task", TASKS)
def test_no_unit_is_longer_after_any_update(task: str) -> None:
    """Of runs in one stack, each with its own limit; without it some would be."""
    experiment = limited(task=task)
    state = start(experiment)
    D = state.data.X.shape[1]
    longest = np.zeros(3)
    while not state.done(experiment):
        state = advance(experiment, state, 1, max_updates=1)
        by_run = state.params
        for of_layer in lengths(by_run, D):
            longest = np.maximum(longest, of_layer.max(axis=(0, 2)))
    assert (longest[1:] <= np.array(LIMITS[1:]) * (1 + 1e-14)).all()
    assert longest[0] > 1.2


def test_an_update_is_the_one_without_a_limit_and_then_scaled() -> None:
    """From the same state; biases and the units that stay below the limit are those of the update without it, to the last bit."""
    experiment, free = limited((0.0, 1.0)), limited((0.0, 0.0))
    state = advance(free, start(free), 1, max_updates=4)
    one, other = (advance(each, state, 1, max_updates=1).params for each in (experiment, free))
    np.testing.assert_array_equal(one[:, 0], other[:, 0])
    bias = slice(MODEL.n_weights(2, 3), None)
    np.testing.assert_array_equal(one[:, 1, bias], other[:, 1, bias])
    for (mine, _), (theirs, _), length in zip(MODEL.unpack(one[:, 1], 2), MODEL.unpack(other[:, 1], 2), lengths(other[:, 1], 2), strict=True):
        expected = theirs * np.minimum(1, 1 / length)[:, None, :]
        np.testing.assert_allclose(mine, expected, rtol=1e-14)
        short = np.broadcast_to((length <= 1)[:, None, :], mine.shape)
        np.testing.assert_array_equal(mine[short], theirs[short])
    assert (one[:, 1] != other[:, 1]).any()


def test_no_limit_beside_others_is_none() -> None:
    plain, beside = limited((0.0, 0.0)), limited((0.0, 0.6))
    np.testing.assert_array_equal(collect(plain)[0].params[:, 0], collect(beside)[0].params[:, 0])
    far = replace(plain, runs=(plain.runs[0], replace(plain.runs[0], max_norm=1e6)))
    np.testing.assert_array_equal(collect(plain)[0].params, collect(far)[0].params)
