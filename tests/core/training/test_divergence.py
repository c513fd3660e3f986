"""Failure is data: a replica that diverges is frozen and marked with its epoch, and the others of its stack never notice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.datasets import Table
from core.experiment import Experiment, Run, digits_experiment
from core.optimizers import OPTIMIZERS
from core.parameters.kinds import Number
from core.penalties import PENALTIES
from core.preparation.split import Targets
from core.tasks import IDENTITY, REGRESSION
from core.training import advance, start, train
from tests.small import LINEAR, TASKS, collect, mixtures, run, same_records, small

WILD = run("squared_error", learning_rate=1e6)
TAME = [run("squared_error"), run("squared_error", "adam", 0.01), run("squared_error", "momentum", 0.03, penalty=PENALTIES["l1_proximal"]())]
every_task = pytest.mark.parametrize("task", TASKS)


@every_task
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("place", [0, 1, 3])
def test_diverged_run_is_marked_and_the_others_never_notice(task: str, dtype: str, place: int) -> None:
    """The others are the same to the last bit as without it."""
    experiment = small(*TAME[:place], WILD, *TAME[place:], dataset=TASKS[task], dtype=dtype, epochs=6)
    others = [i for i in range(4) if i != place]
    result = train(experiment)
    assert (result.diverged_at[:, others] == -1).all()
    assert (result.diverged_at[:, place] >= 1).all()
    for seed in range(experiment.seeds):
        epoch = result.diverged_at[seed, place]
        for name, values in (result.metrics | result.run_metrics).items():
            first = 1 if name in ("learning_rate", "gradient_norm", "update_norm") else 0  # there is none before the first update
            if name != "log_loss":  # squared error defines no probabilities
                assert np.isfinite(values[first:epoch, ..., seed, place]).all(), name
            assert np.isnan(values[epoch:, ..., seed, place]).all(), name
    (state, records), (calm_state, calm) = collect(experiment), collect(replace(experiment, runs=tuple(TAME)))
    same_records(records, calm, runs=others)
    np.testing.assert_array_equal(state.params[:, others], calm_state.params)


@pytest.mark.parametrize("first", [0, 1])
def test_diverged_run_of_the_same_optimizer_leaves_the_others(first: int) -> None:
    """Within the columns of one group, in the state of the rule as well; every other optimizer in one stack."""
    tame = [replace(TAME[0], optimizer=cls(), learning_rate=cls.learning_rate) for cls in list(OPTIMIZERS.values())[first::2]]
    runs = [each for one in tame for each in (one, replace(one, learning_rate=1e6), one)]
    others = [i for i in range(len(runs)) if i % 3 != 1]
    experiment = small(*runs, dataset=TASKS[REGRESSION], model=LINEAR, epochs=40)
    calmer = replace(experiment, runs=tuple(runs[i] for i in others))
    (state, records), (calm_state, calm) = collect(experiment), collect(calmer)
    assert (calm_state.diverged_at < 0).all()
    params, calm_params = state.params, calm_state.params
    for j, i in enumerate(others):
        np.testing.assert_array_equal(params[:, i], calm_params[:, j], err_msg=str(runs[i].optimizer))
    same_records(records, calm, runs=others)


@every_task
def test_one_seed_may_diverge_alone(task: str) -> None:
    """From initial weights that are out of bounds in seed 1 only."""
    experiment = small(*TAME, dataset=TASKS[task], seeds=3)
    state = start(experiment)
    params = state.params.copy()
    params[1, 0] = np.nan
    state, _ = collect(experiment, replace(state, params=params))
    assert [list(row) for row in state.diverged_at] == [[-1] * 3, [1, -1, -1], [-1] * 3]
    calm, _ = collect(experiment)
    alive = state.diverged_at < 0
    np.testing.assert_array_equal(state.params[alive], calm.params[alive])


def test_frozen_run_keeps_its_parameters() -> None:
    experiment = small(WILD, TAME[0], epochs=8)
    state, _ = collect(experiment, epochs=1)
    last = int(state.diverged_at[:, 0].max())
    at_mark, _ = collect(replace(experiment, epochs=last))
    assert (state.diverged_at[:, 0] >= 1).all()
    np.testing.assert_array_equal(state.params[:, 0], at_mark.params[:, 0])
    assert (state.params[:, 1] != at_mark.params[:, 1]).any()


def constant_growth(factor: float) -> Experiment:
    """One feature, full batch, squared error without a target: the score of each row is multiplied by 1 - 2 lr at each update."""
    return small(run("squared_error", learning_rate=(1 + factor) / 2), dataset=TASKS[REGRESSION], model=LINEAR, batch_size=0, epochs=40, seeds=1)


@pytest.mark.parametrize("factor", [3.0, 9.5])
def test_loss_past_a_million_times_the_first_is_divergence(factor: float) -> None:
    """While everything is still finite: losses grow by factor² an epoch."""
    experiment = constant_growth(factor)
    x = np.tile([-1.0, 1.0], 5)[:, None]
    state = start(experiment, Table(x, np.zeros((10, 1)), ("x",), ("y",)))
    zeros = Targets(np.zeros((10, 1)), np.zeros(1), np.ones(1))
    state = replace(state, data=replace(state.data, X=x, targets={IDENTITY: zeros}, truth=zeros.values), params=np.array([[[1.0, 0.0]]]))
    state = replace(state, first_loss=np.array([[1.0]]), records=())
    state, records = collect(experiment, state)
    losses = np.array([record.metrics["loss"][0, 0, 0] for record in records])
    expected = int(np.ceil(6 / (2 * np.log10(factor))))
    assert state.diverged_at[0, 0] == expected == state.epoch
    np.testing.assert_allclose(losses[:-1], factor ** (2 * np.arange(1, expected)), rtol=1e-9)
    assert np.isnan(losses[-1])
    np.testing.assert_allclose(state.params[0, 0, 0], (-factor) ** expected, rtol=1e-9)


def test_each_run_is_measured_by_its_own_first_loss() -> None:
    """In a stack whose order is not that of the experiment."""
    runs = [run("focal", "sgd"), run("squared_error", "adam"), run("hinge", "adagrad"), run("cross_entropy", "momentum")]
    experiment = small(*runs, seeds=3)
    state = start(experiment)
    np.testing.assert_array_equal(state.first_loss, state.records[0].metrics["loss"][0])
    assert len(set(state.first_loss.ravel())) == 12


@every_task
@pytest.mark.parametrize(("dtype", "batch_size"), [("float64", 8), ("float32", 1)], ids=["by the loss", "by the gradient"])
@pytest.mark.parametrize("slices", [{"max_updates": 1}, {"max_updates": 7}, {"epochs": 1}, {}], ids=str)
def test_training_is_done_when_all_have_diverged(task: str, slices: dict[str, int], dtype: str, batch_size: int) -> None:
    """With the epoch of the last divergence recorded, in slices of any size: even if the last gradient overflows in the middle of an epoch."""
    experiment = small(WILD, replace(WILD, learning_rate=1e5), dataset=TASKS[task], epochs=300, dtype=dtype, batch_size=batch_size)
    state, records = collect(experiment, **slices)
    assert (state.diverged_at >= 1).all()
    assert state.done(experiment)
    assert state.epoch == state.diverged_at.max() < 300
    assert [record.epoch for record in records] == list(range(state.epoch + 1))
    assert all(np.isnan(values).all() for values in (records[-1].metrics | records[-1].run_metrics).values())
    whole, whole_records = collect(experiment)
    np.testing.assert_array_equal(state.params, whole.params)
    same_records(records, whole_records)
    after = advance(experiment, state, 3)
    assert (after.epoch, after.records) == (state.epoch, ())


@every_task
def test_slices_agree_on_who_has_diverged_when(task: str) -> None:
    experiment = small(*(replace(WILD, learning_rate=10.0**i) for i in range(-2, 7)), dataset=TASKS[task], epochs=6, dtype="float32", batch_size=2)
    whole, records = collect(experiment)
    state, sliced = collect(experiment, max_updates=2)
    assert 0 < (whole.diverged_at >= 0).sum() < whole.diverged_at.size
    np.testing.assert_array_equal(state.diverged_at, whole.diverged_at)
    same_records(records, sliced)


@pytest.mark.parametrize("learning_rate", [1e6, 1e3, 10.0])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@every_task
def test_no_warning_escapes(task: str, dtype: str, learning_rate: float) -> None:
    """pytest turns warnings into errors; here everything overflows that can, and what is made of the result is computed as well."""
    runs: list[Any] = [replace(one, learning_rate=learning_rate, label="") for one in next(mixtures(task))]
    result = train(small(*runs, dataset=TASKS[task], dtype=dtype))
    assert len(result.runs) == 24
    assert np.isfinite(result.history["value"]).all()
    statuses = set(result.runs["status"])
    assert all(status == "finished" or status.startswith(("diverged at epoch ", "stopped at epoch ")) for status in statuses)


@every_task
def test_absurd_but_valid_numbers_are_no_crash(task: str) -> None:
    """Numbers that overflow in single precision: the run diverges at worst, and its results can still be shown."""
    weights = CLASS_WEIGHTS["manual"](values=(1e300,))
    absurd = [{"clip_norm": 1e300}, {"penalty": PENALTIES["l2"](strength=1e300)}, {"class_weights": weights}, {"learning_rate": 1e6}, {"clip_norm": 1e-300}]
    absurd += [{"max_norm": 1e300}, {"max_norm": 1e-300}, {"dropout": 1 - 1e-12}]
    experiment = small(run("squared_error"), *(replace(TAME[1], **values) for values in absurd), dataset=TASKS[task], dtype="float32")
    result = train(experiment)
    assert (result.diverged_at[:, 0] == -1).all()
    assert (result.best_epoch >= 0).all()
    assert len(result.runs) == experiment.seeds * len(experiment.runs)
    assert len(result.history)


def test_the_dial_of_the_rate_goes_on_to_rates_that_are_too_large() -> None:
    """Plain descent on digits still learns at 1, where the dial once ended; at its end every seed diverges."""
    digits, rate = digits_experiment(), Run.parameters()["learning_rate"]
    assert isinstance(rate, Number)
    result = train(replace(digits, runs=(run(learning_rate=1.0), run(learning_rate=rate.high)), epochs=3, seeds=3))
    assert (result.diverged_at[:, 0] < 0).all()
    assert result.values("accuracy")[-1, :, 0].min() > 0.9
    assert (result.diverged_at[:, 1] > 0).all()
