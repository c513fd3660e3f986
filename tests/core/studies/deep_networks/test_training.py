"""Gradients and trainings equal those in PyTorch; statistics are those of the training rows; a run is the same in any company, and in slices of any size."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from core.datasets.own import Own
from core.studies.deep_networks import ACTIVATIONS, NORMS, STARTS, Networks, network, train
from core.studies.deep_networks.lanes import NetworksDocument
from core.studies.deep_networks.learner import Learner
from core.studies.deep_networks.networks import default_networks
from core.studies.deep_networks.norms import EPSILON
from core.studies.deep_networks.starts import Scale
from core.studies.deep_networks.tower import Tower
from core.training.recorded_training import begun, go_on
from tests.reference.make_deep_networks import PATH, prepared, runs, stacks
from tests.studies import every_network, same
from tests.studies import small_networks as small

CASES = json.loads(PATH.read_text())


@pytest.mark.parametrize("case", range(len(CASES)))
def test_gradients_and_trainings_equal_those_in_pytorch(case: int) -> None:
    weighted, wanted = CASES[case]["weighted"], CASES[case]["runs"]
    networks, data = Networks.from_json(json.dumps(CASES[case]["networks"])), prepared(weighted)
    learner = Learner(networks, data)
    gradient = learner.gradient(learner.start(), learner.rows(0))[0]
    state, _ = go_on(learner, begun(learner), networks.updates)
    for run, expected in enumerate(wanted):
        said = str(networks.runs[run])
        np.testing.assert_allclose(gradient[run], expected["gradient"], rtol=1e-9, atol=1e-12, err_msg=said)
        np.testing.assert_allclose(state.params[0, run], expected["params"], rtol=1e-8, atol=1e-10, err_msg=said)


def test_what_the_recorded_trainings_cover() -> None:
    recorded = [Networks.from_json(json.dumps(case["networks"])) for case in CASES]
    assert recorded == [*stacks(False), *stacks(True)], "run tests/reference/make_deep_networks.py"
    combinations = {(run.activation.kind, run.norm.kind, run.residual is not None, run.start.kind) for run in runs()}
    assert combinations == {*product(ACTIVATIONS, NORMS, (False, True), STARTS)}


@pytest.mark.parametrize("weighted", [False, True])
def test_statistics_at_evaluation_are_those_of_the_training_rows(weighted: bool) -> None:
    """Computed here directly, layer by layer: mean and variance of all training rows by `numpy.average`, and with them the scores of the test rows."""
    networks = Networks(runs=tuple(network("he", activation, "batch", depth=3) for activation in ("tanh", "gelu")), width=5, dtype="float64", updates=15)
    data = prepared(weighted)
    learner = Learner(networks, data)
    state, records = go_on(learner, begun(learner), 15)
    train_rows, test_rows = data.X[data.split("train")], data.X[data.split("test")]
    weights = data.sample_weights[data.split("train")]
    assert (len(np.unique(weights)) > 1) == weighted
    for run, of_run in enumerate(networks.runs):
        layers = learner.tower.layers(state.params[0, run])
        seen, asked = train_rows, test_rows
        for matrix, bias, scale in zip(layers.weights[:-1], layers.biases[:-1], layers.scales, strict=True):
            sums, others = seen @ matrix, asked @ matrix
            mean = np.average(sums, axis=0, weights=weights)
            deviation = np.sqrt(np.average((sums - mean) ** 2, axis=0, weights=weights) + EPSILON)
            seen, asked = (of_run.activation.value((each - mean) / deviation * scale + bias) for each in (sums, others))
        scores = asked @ layers.weights[-1] + layers.biases[-1]
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        truth, of_test = data.truth[data.split("test")], data.sample_weights[data.split("test")]
        loss = np.average(-logs[np.arange(len(truth)), truth], weights=of_test)
        assert records[-1].metrics["test_loss"][0, run] == pytest.approx(loss, rel=1e-10)
        assert records[-1].metrics["accuracy"][0, run] == pytest.approx(np.average(scores.argmax(axis=1) == truth, weights=of_test))


def test_a_row_without_weight_changes_nothing() -> None:
    data = prepared(True)
    nothing = np.flatnonzero(data.sample_weights[: data.n_train] == 0)
    assert len(nothing) > 5
    networks = Networks(runs=(network(norm="batch", depth=3),), width=5, dtype="float64", updates=10)
    X = data.X.copy()
    X[nothing] += 7
    other = replace(data, X=X)
    states = [go_on(learner, begun(learner), 10) for learner in (Learner(networks, each) for each in (data, other))]
    np.testing.assert_array_equal(states[0][0].params, states[1][0].params)
    assert states[0][1][-1].metrics["test_loss"] == states[1][1][-1].metrics["test_loss"]


@pytest.mark.parametrize("kind", STARTS)
def test_a_start_has_the_variance_that_it_promises(kind: str) -> None:
    item = STARTS[kind]()
    for fan_in, fan_out in ((200, 150), (150, 200)):
        weights = item.drawn(np.random.default_rng(0), fan_in, fan_out)
        assert weights.shape == (fan_in, fan_out)
        variance = {
            "scale": 0.01**2, "glorot": 2 / (fan_in + fan_out), "he": 2 / fan_in, "orthogonal": 1.4**2 / max(fan_in, fan_out),
        }[kind]  # fmt: skip
        assert weights.var() == pytest.approx(variance, rel=0.03)
        if kind == "orthogonal":
            square = weights.T @ weights if fan_in > fan_out else weights @ weights.T
            np.testing.assert_allclose(square, 1.96 * np.eye(150), atol=1e-10)


def test_runs_of_one_initialisation_begin_alike() -> None:
    params = Tower([network(Scale(0.01)), network(Scale(1.0)), network(Scale(1.0), norm="batch"), network()], 8, 5, 3, "float64").start([0, 1], 0)
    hidden, weights = 5 * 8 + 9 * 64, 5 * 8 + 9 * 64 + 8 * 3
    np.testing.assert_allclose(params[:, 0, :hidden] * 100, params[:, 1, :hidden])
    np.testing.assert_array_equal(params[:, 0, hidden:weights], params[:, 1, hidden:weights])
    assert not params[:, :, weights:-80].any()
    assert (params[:, 2, -80:] == 1).all()
    assert not params[:, :2, -80:].any()
    assert not np.array_equal(params[0], params[1])


def test_depths_train_in_stacks_of_their_own() -> None:
    networks = small(*every_network(2)[:3], *every_network(5)[:3])
    lanes = NetworksDocument(networks).lanes
    assert len({lane.company() for lane in lanes}) == 2
    whole = train(networks)
    assert [track.kept["gradient"].shape[-1] for track in whole.tracks] == [3, 3, 3, 6, 6, 6]
    for run, lane in enumerate(lanes):
        same(type(lane).advance([lane], None, whole.data, 0, max_updates=30)[0][1], whole.tracks[run], str(lane.asked.runs[0]))


def test_a_replica_that_diverges_is_frozen_and_leaves_gaps() -> None:
    result = train(small(network(Scale(1.0), depth=12, rate=1e3), network(depth=12)))
    diverged = int(result.tracks[0].diverged_at[0])
    assert diverged > 0
    assert result.tracks[1].diverged_at[0] == -1
    lost = result.updates >= diverged
    for values in (result.metrics["accuracy"][:, 0, 0], result.tracks[0].kept["spread"][:, 0, 3]):
        assert np.isnan(values[lost]).all()
        assert np.isfinite(values[0])
    assert np.isfinite(result.metrics["loss"][:, 0, 1]).all()


def test_an_epoch_shows_each_row_at_most_once() -> None:
    networks = small(batch=16)
    learner = Learner(networks, NetworksDocument(networks).prepared())
    of_epoch = learner.data.n_train // 16
    rows = np.concatenate([learner.rows(update)[0] for update in range(of_epoch)])
    assert len(np.unique(rows)) == len(rows) == 16 * of_epoch
    assert not np.array_equal(rows[:16], learner.rows(of_epoch)[0])


def test_too_much_is_refused_before_anything_is_allocated() -> None:
    for settings, said in (
        ({"updates": 20_000, "seeds": 8}, "times the work that one comparison may ask for"),
        ({"width": 512, "seeds": 16, "updates": 1}, "times what one run may have"),
        ({"width": 256, "seeds": 5, "batch": 1024, "updates": 1}, "times what one run may hold"),
    ):
        with pytest.raises(ValueError, match=said):
            NetworksDocument(Networks(runs=default_networks().runs, **settings)).prepared()
    with pytest.raises(ValueError, match="learn classes"):
        small(dataset=Own(task="regression"))


def test_a_lanes_share_grows_with_its_memory() -> None:
    for settings in ({}, {"width": 256}, {"seeds": 16, "width": 64}):
        networks = small(network(depth=20), **settings)
        lane, data = NetworksDocument(networks).lanes[0], NetworksDocument(networks).prepared()
        assert 0 < lane.memory_share(data) <= lane.share(data) <= 1
        assert (lane.share(data) == 1 / 16) == (not settings)
