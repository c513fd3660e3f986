"""Early stopping: a training that overfits ends where PyTorch's does, with the parameters of its best epoch, and the others of its stack go on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.experiment import Experiment
from core.preparation.corruption import Corruption
from core.training import advance, start, train
from core.training.evaluation import evaluate
from core.training.plan import snapshot_epochs
from core.training.results import Result
from core.training.stack import RunStack
from core.training.stopping import Best
from pages.ui.charts.frames import run_status
from tests.reference.make_regularization import PATH, stopped_experiments
from tests.small import BLOBS, MLP, collect, run, small

RECORDED = json.loads(PATH.read_text())[2]["stopped"]
#: a quarter of the training labels wrong, and steps that fit them: the best epoch comes early
OVERFITTING = small(
    run(optimizer="adam", learning_rate=0.05, patience=3), run(optimizer="adam", learning_rate=0.05),
    run(optimizer="sgd", learning_rate=0.01, patience=50), run(optimizer="adam", learning_rate=0.05, patience=6, dropout=0.3),
    corruption=Corruption(wrong_labels=0.25), epochs=20, seeds=3,
)  # fmt: skip


@pytest.fixture(scope="module")
def result() -> Result:
    return train(OVERFITTING)


def alone(experiment: Experiment, *indices: int, **others: Any) -> Experiment:
    return replace(experiment, runs=tuple(experiment.runs[i] for i in indices), **others)


# Against PyTorch


@pytest.mark.parametrize("case", range(len(RECORDED)), ids=[case["experiment"]["dataset"]["kind"] for case in RECORDED])
def test_stops_where_a_loop_in_pytorch_stops(case: int) -> None:
    """The epoch chosen and the epoch of the end exactly, and all parameters, with dropout, max-norm, resampling and a loss that learns among the runs."""
    experiment, recorded = Experiment.from_json(json.dumps(RECORDED[case]["experiment"])), RECORDED[case]["runs"]
    assert experiment == stopped_experiments()[case], "run tests/reference/make_regularization.py"
    state, _ = collect(experiment)
    assert state.best is not None
    params, stopped_at, best, loss = (v for v in (state.params, state.stopped_at, state.best.epoch, state.best.loss))
    for i, seeds in enumerate(recorded):
        for seed, expected in enumerate(seeds):
            assert (best[seed, i], stopped_at[seed, i]) == (expected["best_epoch"], expected["stopped_at"])
            np.testing.assert_allclose(loss[seed, i], expected["loss"], rtol=1e-10)
            np.testing.assert_allclose(params[seed, i, : len(expected["params"])], np.array(expected["params"], float), rtol=1e-10, atol=1e-13)


def test_recorded_trainings_stop_early_late_and_never() -> None:
    of_seeds = [seed for case in RECORDED for seeds in case["runs"] for seed in seeds]
    assert {seed["stopped_at"] < 0 for seed in of_seeds} == {True, False}
    assert {seed["best_epoch"] == 0 for seed in of_seeds} == {True, False}
    assert all(seed["stopped_at"] < 0 or seed["stopped_at"] > seed["best_epoch"] for seed in of_seeds)


# The parameters that are restored


def test_without_restoring_the_validation_loss_of_the_end_would_be_higher(result: Result) -> None:
    """Of every replica with patience the parameters at the end give the lowest of its recorded validation losses."""
    state, records = collect(OVERFITTING)
    stack = RunStack(OVERFITTING.runs, MLP, state.data, "float64")
    at_end = evaluate(stack, MLP, state.data, state.params)["loss"][1]
    recorded = np.array([record.metrics["loss"][1] for record in records])
    patient = [0, 2, 3]
    np.testing.assert_allclose(at_end[:, patient], np.nanmin(recorded, axis=0)[:, patient], rtol=1e-12)
    np.testing.assert_allclose(at_end[:, 1], recorded[-1][:, 1], rtol=1e-12)
    last = result.at(result.last, "loss")
    assert (last[:, [0, 3]] > at_end[:, [0, 3]]).all(), "the runs overfit"


def test_without_the_mask_snapshots_after_the_stop_would_go_on(result: Result) -> None:
    """From the epoch of the stop on they are those of the best epoch; before it they are those of a run without patience."""
    for run_index in (0, 3):
        stop, best = int(result.stopped_at[0, run_index]), int(result.epochs[result.best_epoch[0, run_index]])
        assert 0 < best < stop < OVERFITTING.epochs
        for epoch, params in result.snapshots.items():
            same = (params[run_index] == result.snapshots[best][run_index]).all()
            assert same == (epoch >= stop or epoch == best)
    for epoch in range(int(result.stopped_at[0, 0])):
        np.testing.assert_array_equal(result.snapshots[epoch][0], result.snapshots[epoch][1])


def test_without_restoring_at_the_end_long_patience_would_give_the_last_parameters() -> None:
    experiment = alone(OVERFITTING, 0, 1)
    longer = replace(experiment, runs=(replace(experiment.runs[0], patience=100), experiment.runs[1]))
    result = train(longer)
    assert (result.stopped_at == -1).all()
    best = int(result.epochs[result.best_epoch[0, 0]])
    assert 0 < best < longer.epochs
    np.testing.assert_array_equal(result.snapshots[longer.epochs][0], result.snapshots[best][0])
    assert (result.snapshots[longer.epochs][0] != result.snapshots[longer.epochs][1]).any()
    np.testing.assert_array_equal(result.metrics["loss"][..., 0], result.metrics["loss"][..., 1])  # what was recorded stays


def test_history_ends_with_the_epoch_of_the_stop(result: Result) -> None:
    loss = result.values("loss")
    for seed, run_index in np.ndindex(result.stopped_at.shape):
        stop = result.stopped_at[seed, run_index]
        patience = OVERFITTING.runs[run_index].patience
        end = OVERFITTING.epochs if stop < 0 else int(stop)
        assert np.isfinite(loss[: end + 1, seed, run_index]).all()
        assert np.isnan(loss[end + 1 :, seed, run_index]).all()
        assert stop < 0 or stop == result.epochs[result.best_epoch[seed, run_index]] + patience
    assert set(np.unique(result.stopped_at[:, 1])) == {-1}


# Others of the stack


def test_a_replica_that_stopped_stays_put_while_others_go_on() -> None:
    state = start(OVERFITTING)
    kept: dict[tuple[int, ...], np.ndarray] = {}
    while not state.done(OVERFITTING):
        before, state = state, advance(OVERFITTING, state, 1, max_updates=2)
        running = state.running
        for index in np.ndindex(running.shape):
            if index in kept:
                np.testing.assert_array_equal(state.params[index], kept[index])
            elif not running[index]:
                kept[index] = state.params[index]
            elif state.epoch < OVERFITTING.epochs:
                assert (state.params[index] != before.params[index]).any()
    assert 3 < len(kept) < state.running.size


def test_without_an_end_for_all_the_training_would_go_on() -> None:
    """When the last replica stops nothing is left to train, and its best parameters are a snapshot, at whatever epoch that is."""
    experiment = alone(OVERFITTING, 0, 3, epochs=300)
    result = train(experiment)
    last = int(result.stopped_at.max())
    assert (result.stopped_at >= 0).all()
    assert result.epochs[-1] == last < 100
    assert result.complete
    assert last not in snapshot_epochs(300), "it would be kept anyway"
    assert last in result.snapshots
    best = result.data.split("validation")
    loss = experiment.runs[0].loss
    for i in range(2):
        scores = MLP.forward(result.snapshots[last][i], result.data.X[best])[0]
        values = loss.value(scores, result.data.targets[loss.link].values[best])
        np.testing.assert_allclose(values.mean(), np.nanmin(result.values("loss")[:, 0, i]), rtol=1e-12)


def test_patience_beside_others_changes_nothing_for_them() -> None:
    plain, mixed = collect(alone(OVERFITTING, 1, 1))[0], collect(alone(OVERFITTING, 1, 0))[0]
    np.testing.assert_array_equal(plain.params[:, 0], mixed.params[:, 0])
    assert plain.best is None, "nothing is kept where no run has patience"


def test_a_run_that_diverges_is_not_called_stopped() -> None:
    result = train(small(run("squared_error", learning_rate=1e6, patience=1), run("squared_error", patience=50)))
    assert (result.diverged_at[:, 0] >= 0).all()
    assert (result.stopped_at[:, 0] == -1).all()
    assert str(result.status(0, 0)).startswith("diverged")


# Validation losses that are no numbers


def test_without_a_validation_loss_the_parameters_of_the_end_are_kept() -> None:
    """No validation row has weight: patience runs out, but nothing was best, so nothing is restored."""
    experiment = small(run(patience=2), run(), epochs=5)
    weights = np.ones(60)
    weights[start(experiment).data.rows[start(experiment).data.split("validation")]] = 0
    table = replace(BLOBS.load(), sample_weights=weights)
    result = train(experiment, table=table)
    assert np.isnan(result.values("loss")).all()
    np.testing.assert_array_equal(result.stopped_at, [[2, -1]] * 2)
    np.testing.assert_array_equal(result.snapshots[5][0], result.snapshots[2][1])
    assert (result.snapshots[5][0] != result.snapshots[0][0]).any()


def test_best_is_the_first_of_equals_and_never_no_number() -> None:
    params = np.arange(4.0).reshape(1, 4, 1)
    running = np.array([[True, True, True, False]])
    best = Best.before(params)
    losses = [[3.0, np.nan, np.inf, 9.0], [2.0, np.nan, 1.0, 1.0], [2.0, 5.0, np.nan, 0.0], [np.nan, 6.0, 1.0, 0.0]]
    for epoch, loss in enumerate(losses):
        best = best.after(epoch, np.array([loss]), params + 10 * epoch, running)
    np.testing.assert_array_equal(best.loss, [[2, 5, 1, np.inf]])
    np.testing.assert_array_equal(best.epoch, [[1, 2, 1, 0]])
    np.testing.assert_array_equal(best.params[0, :, 0], [10, 21, 12, 3])
    everywhere = np.ones((1, 4), bool)
    np.testing.assert_array_equal(best.restored(params + 90, everywhere)[0, :, 0], [10, 21, 12, 93])
    np.testing.assert_array_equal(best.restored(params + 90, ~everywhere), params + 90)


# What is said of it


def test_status_of_one_seed_and_of_several(result: Result) -> None:
    single = train(alone(OVERFITTING, 0, 1, seeds=1))
    assert [str(run_status(single, i)) for i in range(2)] == [f"stopped at epoch {single.stopped_at[0, 0]}", "finished"]
    assert str(run_status(single, 0, running=True)) == f"stopped at epoch {single.stopped_at[0, 0]}"
    assert str(run_status(single, 1, running=True)) == "epoch 20"
    for stops, said in {
        (4, 7, 5): "stopped at epochs 4 to 7", (6, 6, 6): "stopped at epoch 6", (-1, 9, 8): "2 of 3 seeds stopped, first at epoch 8", (-1, -1, -1): "finished",
    }.items():  # fmt: skip
        told = replace(result, stopped_at=np.array(stops)[:, None].repeat(4, axis=1))
        assert str(run_status(told, 0)) == said
    frame = result.runs
    assert list(frame["status"]) == [str(result.status(i, s)) for i in range(4) for s in range(3)]
    assert frame["status"][0] == f"stopped at epoch {result.stopped_at[0, 0]}"
