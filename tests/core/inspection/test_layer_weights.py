"""Histograms of weights per layer: every weight is counted once, in bins that runs and epochs share."""

from __future__ import annotations

import numpy as np
import pytest

from core.inspection import weights
from core.models import MLP
from core.penalties import L1Proximal
from core.training import train
from core.training.results import Result
from tests.small import run, small


@pytest.fixture(scope="module")
def result() -> Result:
    return train(small(run(), run(penalty=L1Proximal(strength=0.5)), run("squared_error", learning_rate=1e6), model=MLP(hidden=(5, 4)), seeds=1))


def test_every_weight_of_a_layer_is_counted_at_every_epoch(result: Result) -> None:
    shapes = [2 * 5, 5 * 4, 4 * len(result.data.outputs)]
    assert weights.n_layers(result) == len(shapes)
    for layer, count in enumerate(shapes):
        bins = weights.edges(result, layer)
        for epoch in result.snapshots:
            assert [own.shape for own in weights.layer_weights(result, epoch, layer)] == [(count,)] * 3
            assert weights.histogram(result, epoch, layer, bins).counts.sum(axis=1).tolist() == [count] * 3, "also of what diverged"


def test_bins_are_even_about_zero_and_hold_what_did_not_diverge(result: Result) -> None:
    bins = weights.edges(result, 0)
    np.testing.assert_allclose(bins, -bins[::-1])
    assert len(bins) == weights.BINS + 1
    assert np.max(weights.layer_weights(result, 0, 0)) <= bins[-1] < 10


def test_exact_zeros_are_told_and_lie_in_the_middle(result: Result) -> None:
    found = weights.histogram(result, max(result.snapshots), 0, weights.edges(result, 0))
    assert found.zeros[0] == 0 < found.zeros[1]
    assert found.counts[1, weights.BINS // 2] >= found.zeros[1] * 10


def test_weights_are_those_of_the_model(result: Result) -> None:
    params = result.snapshots[0]
    first = next(result.experiment.model.unpack(params, 2))[0]
    np.testing.assert_array_equal(weights.layer_weights(result, 0, 0), first.reshape(3, -1))
