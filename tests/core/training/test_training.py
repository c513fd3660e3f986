"""The training loop: against a loop written out here, and every recorded number against its definition."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS
from core.experiment import MAX_RUNS, Experiment, Run, fitting_losses
from core.models import MODELS
from core.penalties import PENALTIES
from core.preparation.split import SPLITS
from core.schedules import SCHEDULES
from core.training import advance, start, train
from core.training.limits import MAX_STACKED_PARAMS
from core.training.metrics import RUN_METRICS, SPLIT_METRICS
from core.training.plan import snapshot_epochs, updates_per_epoch
from core.training.stack import RunStack
from core.training.state import TrainingState
from core.words import whole
from tests.small import BLOBS, CURVE, LINEAR, MLP, TASKS, collect, frozen, rows_of, run, same_records, small

RTOL = {"rtol": 1e-10, "atol": 1e-14}


def softmax_regression(experiment: Experiment, state: TrainingState, seed: int, epochs: int) -> tuple[np.ndarray, dict[str, list[float]]]:
    """Return packed parameters and the numbers of each epoch: gradient descent on weighted cross-entropy, one row after the other.

    With class weights by hand, L2 on the weights, clipping, a cosine schedule and mini-batches, written without the engine.
    """
    only: Any = experiment.runs[0]
    data, n = state.data, state.data.n_train
    X, y = data.X[:n], data.truth[:n]
    D, K = X.shape[1], len(data.outputs)
    class_weight = [*only.class_weights.values, *[1.0] * K][:K]
    W, b = state.params[seed, 0, : D * K].reshape(D, K).copy(), state.params[seed, 0, D * K :].copy()
    size = experiment.batch_size or n
    batches = -(-n // size)
    step, numbers = 0, {"gradient_norm": [], "update_norm": [], "learning_rate": []}
    for epoch in range(epochs):
        order = np.random.default_rng([seed, 1, epoch]).permutation(n)
        gradient_norms, update_norms = [], []
        for batch in range(batches):
            dW, db, total = np.zeros((D, K)), np.zeros(K), 0.0
            for row in order[batch * size : (batch + 1) * size]:
                scores = X[row] @ W + b
                p = np.exp(scores) / np.exp(scores).sum()
                p[y[row]] -= 1
                weight = class_weight[y[row]]
                dW, db, total = dW + weight * np.outer(X[row], p), db + weight * p, total + weight
            dW, db = dW / total + only.penalty.strength * W, db / total
            norm = float(np.sqrt((dW**2).sum() + (db**2).sum()))
            shrink = min(1.0, only.clip_norm / (norm + 1e-6)) if only.clip_norm else 1.0
            lr = only.learning_rate * (1 + np.cos(np.pi * step / (experiment.epochs * batches))) / 2
            W, b = W - lr * shrink * dW, b - lr * shrink * db
            gradient_norms.append(norm)
            update_norms.append(lr * shrink * norm)
            step += 1
        numbers["gradient_norm"].append(float(np.mean(gradient_norms)))
        numbers["update_norm"].append(float(np.mean(update_norms)))
        numbers["learning_rate"].append(float(lr))
    return np.concatenate([W.ravel(), b]), numbers


@pytest.mark.parametrize("batch_size", [1, 8, 35, 36, 0])
@pytest.mark.parametrize("clip_norm", [0.0, 0.4])
def test_equals_a_loop_written_out(batch_size: int, clip_norm: float) -> None:
    """At full batch the order of the rows does not matter, so the loop's shuffling is harmless there."""
    only = run(
        learning_rate=0.5, clip_norm=clip_norm, penalty=PENALTIES["l2"](strength=0.1), schedule=SCHEDULES["cosine"](),
        class_weights=CLASS_WEIGHTS["manual"](values=(3.0, 0.5)),
    )  # fmt: skip
    experiment = small(only, model=LINEAR, batch_size=batch_size)
    state, records = collect(experiment)
    assert state.data.n_train == 36
    clipped = 0
    for seed in range(experiment.seeds):
        params, numbers = softmax_regression(experiment, start(experiment), seed, experiment.epochs)
        np.testing.assert_allclose(state.params[seed, 0], params, **RTOL)
        for name, values in numbers.items():
            np.testing.assert_allclose([record.run_metrics[name][seed, 0] for record in records[1:]], values, **RTOL)
        clipped += sum(norm > 0.4 for norm in numbers["gradient_norm"])
    assert clipped, "the recorded norm would be the same after clipping"


@pytest.mark.parametrize("size", [36, 37, 1_000_000])
def test_batch_of_all_rows_is_full_batch(size: int) -> None:
    one, other = collect(small(batch_size=0)), collect(small(batch_size=size))
    np.testing.assert_array_equal(one[0].params, other[0].params)
    same_records(one[1], other[1])


@pytest.mark.parametrize("task", TASKS)
def test_full_batch_does_not_depend_on_the_order_of_the_rows(task: str) -> None:
    experiment = small(run("squared_error", "adam", 0.01), dataset=TASKS[task], batch_size=0)
    state = start(experiment)
    shuffled = replace(state, data=rows_of(state.data, np.random.default_rng(0).permutation(state.data.n_train)))
    (one, records), (other, others) = (collect(experiment, state) for state in (state, shuffled))
    np.testing.assert_allclose(one.params, other.params, **RTOL)
    same_records(records[1:], others[1:], **RTOL)
    in_batches = replace(experiment, batch_size=8)
    assert abs(collect(in_batches, state)[0].params - collect(in_batches, shuffled)[0].params).max() > 1e-4


# What is recorded


def test_every_epoch_is_recorded_with_every_metric() -> None:
    for task, dataset in TASKS.items():
        _, records = collect(small(run("squared_error"), dataset=dataset))
        assert [record.epoch for record in records] == [0, 1, 2, 3]
        for record in records:
            assert set(record.metrics) == set(SPLIT_METRICS[task])
            assert set(record.run_metrics) == set(RUN_METRICS)
            assert {values.shape for values in record.metrics.values()} == {(len(SPLITS), 2, 1)}
            assert {values.shape for values in record.run_metrics.values()} == {(2, 1)}


def test_epoch_0_is_before_the_first_update() -> None:
    experiment = small()
    state = start(experiment)
    (record,) = state.records
    expected = np.stack([MLP.init(np.random.default_rng([seed, 0]), 2, 3) for seed in range(2)])
    np.testing.assert_array_equal(state.params[:, 0], expected)
    np.testing.assert_array_equal(record.snapshot, expected[:1])
    assert (record.epoch, state.epoch, state.batch) == (0, 0, 0)
    for name in ("updates", "seconds", "penalty"):
        assert not record.run_metrics[name].any(), name
    for name in ("gradient_norm", "update_norm", "learning_rate"):
        assert np.isnan(record.run_metrics[name]).all(), name
    np.testing.assert_array_equal(state.first_loss, record.metrics["loss"][0])
    assert np.ptp(record.metrics["loss"]) > 0


def test_numbers_of_an_update_by_their_definitions() -> None:
    """One update an epoch, so that what is recorded is that of a single step: the gradient by differences of loss and penalty."""
    only = run(
        learning_rate=0.7, clip_norm=0.05, penalty=PENALTIES["elastic_net"](strength=0.3), schedule=SCHEDULES["exponential"](),
        class_weights=CLASS_WEIGHTS["balanced"](),
    )  # fmt: skip
    experiment = small(only, batch_size=0, seeds=1)
    state = start(experiment)
    n, n_weights, data = state.data.n_train, MLP.n_weights(2, 3), state.data

    def objective(params: np.ndarray) -> np.ndarray:
        weights = only.class_weights.weights(data.class_counts())[data.truth[:n]]
        values = only.loss.value(MLP.forward(params, data.X[:n])[0], data.targets[only.loss.link].values[:n])
        return (weights * values).sum(axis=-1) / weights.sum() + only.penalty.value(params[..., :n_weights])

    for epoch in range(1, 4):
        before, state = state.params[0, 0], advance(experiment, state, 1)
        after, recorded = state.params[0, 0], {name: float(values[0, 0]) for name, values in state.records[0].run_metrics.items()}
        steps = 1e-6 * np.eye(len(before))
        norm = np.linalg.norm((objective(before + steps) - objective(before - steps)) / 2e-6)
        np.testing.assert_allclose(recorded["gradient_norm"], norm, rtol=1e-6)
        lr = 0.7 * 0.01 ** ((epoch - 1) / 3)
        np.testing.assert_allclose(recorded["learning_rate"], lr, rtol=1e-14)
        np.testing.assert_allclose(recorded["update_norm"], np.linalg.norm(after - before), **RTOL)
        np.testing.assert_allclose(recorded["update_norm"], lr * 0.05, rtol=1e-4)  # 1e-6 is added to the norm that is divided by
        weights = after[:n_weights]
        np.testing.assert_allclose(recorded["weight_norm"], np.sqrt((weights**2).sum()), **RTOL)
        np.testing.assert_allclose(recorded["penalty"], 0.3 * (0.5 * abs(weights).sum() + 0.25 * (weights**2).sum()), **RTOL)
        assert recorded["zero_weights"] == 0
        assert recorded["updates"] == epoch
        assert recorded["seconds"] > 0
        loss = state.records[0].metrics["loss"][0, 0, 0]
        np.testing.assert_allclose(loss + recorded["penalty"], objective(after), **RTOL)


def test_learning_rate_is_that_of_the_last_update() -> None:
    _, records = collect(small(run(schedule=SCHEDULES["inverse_time"](decay=3.0), learning_rate=0.2)))
    rates = [float(record.run_metrics["learning_rate"][0, 0]) for record in records]
    np.testing.assert_allclose(rates, [np.nan, *(0.2 / (1 + 3 * (5 * epoch - 1) / 15) for epoch in (1, 2, 3))], rtol=1e-14)


def test_updates_and_seconds_grow() -> None:
    experiment = small(run(), run(optimizer="adam"))
    _, records = collect(experiment, max_updates=2)
    assert [record.run_metrics["updates"][0, 0] for record in records] == [0, 5, 10, 15]
    assert (np.diff([record.run_metrics["seconds"] for record in records], axis=0) > 0).all()


def test_proximal_l1_makes_zeros_and_its_subgradient_does_not() -> None:
    runs = [run(penalty=PENALTIES[kind](strength=0.2)) for kind in ("l1_proximal", "l1", "elastic_net", "l2")]
    experiment = small(*runs, model=MODELS["mlp"](hidden=(8,)), epochs=20)
    state, records = collect(experiment)
    zeros = records[-1].run_metrics["zero_weights"]
    assert (zeros[:, 0] > 0.2).all()
    assert not zeros[:, 1:].any()
    n_weights = experiment.model.n_weights(2, 3)
    snapshot = records[-1].snapshot
    assert snapshot is not None
    np.testing.assert_array_equal((snapshot[:, :n_weights] == 0).mean(axis=-1), zeros[0])
    assert state.params[..., n_weights:].all(), "biases are never penalised"


@pytest.mark.parametrize("epochs", [1, 2, 23, 24, 25, 60, 200])
def test_snapshots_are_kept_at_the_stated_epochs(epochs: int) -> None:
    expected = snapshot_epochs(epochs)
    assert expected[0] == 0
    assert expected[-1] == epochs
    assert sorted(set(expected)) == list(expected)
    assert len(expected) == epochs + 1 if epochs <= 24 else 18 <= len(expected) <= 25
    experiment = small(run(), run(optimizer="adam"), epochs=epochs, batch_size=0)
    state, records = collect(experiment, epochs=7)
    assert tuple(record.epoch for record in records if record.snapshot is not None) == expected
    np.testing.assert_array_equal(records[-1].snapshot, state.params[0])


def test_snapshots_do_not_change_afterwards() -> None:
    experiment = small()
    state, records = collect(experiment)
    copies = [np.copy(record.snapshot) for record in records]
    assert len({copy.tobytes() for copy in copies}) == 4
    advance(replace(experiment, epochs=9), frozen(state), 5)
    for record, copy in zip(records, copies, strict=True):
        np.testing.assert_array_equal(record.snapshot, copy)


# The whole


def test_train_gives_the_records_and_tells_its_progress() -> None:
    experiment = small(run(), run(optimizer="adam", learning_rate=0.01))
    told: list[float] = []
    result = train(experiment, told.append)
    _, records = collect(experiment)
    assert told == [1 / 3, 2 / 3, 1.0]
    np.testing.assert_array_equal(result.epochs, [0, 1, 2, 3])
    for i, record in enumerate(records):
        for name, values in record.metrics.items():
            np.testing.assert_array_equal(result.metrics[name][i], values)
    assert result.complete


def test_too_many_parameters_are_refused() -> None:
    big = small(*[run()] * 12, model=MODELS["mlp"](hidden=(1024, 1024)))
    total = 2 * 12 * big.model.n_params(2, 3)
    assert total > MAX_STACKED_PARAMS
    with pytest.raises(ValueError, match=rf"2 seeds x 12 runs x .* parameters are {whole(total)}; at most {whole(MAX_STACKED_PARAMS)} .*take fewer"):
        start(big)
    start(replace(big, runs=big.runs[:1], seeds=1))


@pytest.mark.parametrize(("batch_size", "updates"), [(0, 1), (1, 36), (5, 8), (6, 6), (36, 1), (99, 1)])
def test_updates_per_epoch(batch_size: int, updates: int) -> None:
    assert updates_per_epoch(small(batch_size=batch_size), 36) == updates


@pytest.mark.parametrize(("dataset", "model"), [(BLOBS, LINEAR), (BLOBS, MLP), (CURVE, LINEAR), (CURVE, MLP)], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_lowers_the_loss_of_every_run(dataset: Any, model: Any, dtype: str) -> None:
    """... whose gradient says anything: the 0-1 loss stays where it is."""
    runs = [Run(loss=cls(), optimizer=run(optimizer="adam").optimizer, learning_rate=0.02) for cls in fitting_losses(dataset)]
    for some in (runs[i : i + MAX_RUNS] for i in range(0, len(runs), MAX_RUNS)):
        with warnings.catch_warnings(action="error"):
            result = train(small(*some, dataset=dataset, model=model, epochs=20, dtype=dtype))
        loss = result.values("loss", "train")
        for i, one in enumerate(some):
            assert (loss[-1, :, i] < loss[0, :, i]).all() if one.loss.informative else (loss[-1, :, i] == loss[0, :, i]).all(), one.loss.title


def test_one_training_row_one_feature_one_output() -> None:
    """The row becomes 0 by the scaling, and so does its target: only the bias can learn, and it has nothing to learn."""
    result = train(small(run("squared_error"), dataset=DATASETS["make_regression"](rows=10, columns=1), validation_share=0.5, test_share=0.4, model=LINEAR))
    assert result.data.n_train == 1
    np.testing.assert_array_equal(result.values("loss", "train"), 0)
    assert not (result.diverged_at >= 0).any()


def test_stack_of_runs_needs_no_penalty_clipping_or_dropout() -> None:
    """Without any of them the passes over all parameters that they would need are left out, and nothing else changes."""
    stack = RunStack([run()] * 2, LINEAR, start(small()).data, "float64")
    assert stack.penalties == []
    assert stack.clip_norm is None
    assert stack.max_norm is None
    assert stack.dropout is None
    grads = np.ones((1, 2, stack.n_params))
    stack.add_penalty_gradient(grads, grads)
    np.testing.assert_array_equal(grads, 1)
    np.testing.assert_array_equal(stack.penalty_values(grads), 0)
