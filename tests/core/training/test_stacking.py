"""A stack of runs: each is trained exactly as if it were alone, and in any slices. All losses, optimizers, penalties and schedules are mixed."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.experiment import Experiment, fitting_losses
from core.optimizers import OPTIMIZERS
from core.penalties import PENALTIES
from core.preparation.corruption import Corruption
from core.preparation.resampling import RESAMPLINGS
from core.schedules import SCHEDULES
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import advance, stack, start
from tests.small import LINEAR, TASKS, collect, frozen, mixtures, run, same_records, small

#: damage, which leaves the classes uneven
DAMAGE = Corruption(wrong_labels=0.3, outliers=0.5, feature_noise=0.2)
STACKS = [
    pytest.param(small(*runs, dataset=dataset, corruption=DAMAGE), id=f"{task}-{i}") for task, dataset in TASKS.items() for i, runs in enumerate(mixtures(task))
]
every_stack = pytest.mark.parametrize("experiment", STACKS)
SLICES = [{"max_updates": 1}, {"max_updates": 7}, {"epochs": 1}, {"epochs": 2, "max_updates": 6}]


def final(experiment: Experiment, **slices: Any) -> np.ndarray:
    return collect(experiment, **slices)[0].params


@every_stack
def test_run_of_a_stack_equals_the_run_alone(experiment: Experiment) -> None:
    """Parameters of all seeds, every recorded number of every epoch, and the epochs of divergence and of early stopping."""
    state, records = collect(experiment)
    params = state.params
    ends = {name: getattr(state, name) for name in ("diverged_at", "stopped_at")}
    for i, one in enumerate(experiment.runs):
        alone, alone_records = collect(replace(experiment, runs=(one,)))
        theirs = alone.params.shape[-1]  # in a stack with a loss that learns, others are padded with zeros
        np.testing.assert_allclose(params[:, [i], :theirs], alone.params, rtol=1e-10, atol=1e-14)
        assert not params[:, i, theirs:].any()
        for name, values in ends.items():
            np.testing.assert_array_equal(values[:, [i]], getattr(alone, name))
        same_records(records, alone_records, rtol=1e-10, atol=1e-14, runs=[i])


@every_stack
@pytest.mark.parametrize("at_a_time", [1, 2])
def test_seeds_updated_a_few_at_a_time_give_the_same_bits(experiment: Experiment, at_a_time: int, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = replace(experiment, seeds=3)
    whole = collect(experiment)[0]
    monkeypatch.setattr(stack, "_CACHED_BYTES", at_a_time * whole.params[0].nbytes)
    parts = collect(experiment)[0]
    np.testing.assert_array_equal(parts.params, whole.params)
    for part, of_whole in zip(parts.optimizer, whole.optimizer, strict=True):
        assert part.keys() == of_whole.keys()
        for name, array in part.items():
            np.testing.assert_array_equal(array, of_whole[name])


@pytest.mark.parametrize("task", TASKS)
def test_every_seed_of_a_stack_equals_the_seed_alone(task: str) -> None:
    """The first seeds do not depend on how many there are."""
    experiment = small(*next(mixtures(task)), dataset=TASKS[task], seeds=3)
    together = final(experiment)
    for seeds in (1, 2):
        np.testing.assert_allclose(together[:seeds], final(replace(experiment, seeds=seeds)), rtol=1e-10, atol=1e-14)


@every_stack
@pytest.mark.parametrize("slices", SLICES, ids=str)
def test_slices_of_any_size_lead_to_the_same_bits(experiment: Experiment, slices: dict[str, int]) -> None:
    whole, records = collect(experiment)
    state, sliced_records = collect(experiment, **slices)
    np.testing.assert_array_equal(state.params, whole.params)
    np.testing.assert_array_equal(state.diverged_at, whole.diverged_at)
    np.testing.assert_array_equal(state.stopped_at, whole.stopped_at)
    assert state.best is not None
    assert whole.best is not None
    for name, values in vars(whole.best).items():
        np.testing.assert_array_equal(getattr(state.best, name), values)
    for one, other in zip(state.optimizer, whole.optimizer, strict=True):
        for name in one:
            np.testing.assert_array_equal(one[name], other[name])
    same_records(records, sliced_records)


@every_stack
def test_slice_leaves_its_input_and_survives_pickling(experiment: Experiment) -> None:
    """From a state whose arrays cannot be written to, in the middle of an epoch, and from that state as another process would receive it."""
    whole, records = collect(experiment)
    middle = advance(experiment, start(experiment), 1, max_updates=3)
    for state in (frozen(middle), pickle.loads(pickle.dumps(middle))):
        end, later = collect(experiment, state, max_updates=4)
        np.testing.assert_array_equal(end.params, whole.params)
        same_records(records[1:], later)
    again, later = collect(experiment, middle)
    np.testing.assert_array_equal(again.params, whole.params)
    same_records(records[1:], later)


@every_stack
def test_same_experiment_same_bits(experiment: Experiment) -> None:
    (state, records), (again, again_records) = collect(experiment), collect(Experiment.from_json(experiment.to_json()))
    np.testing.assert_array_equal(state.params, again.params)
    same_records(records, again_records)


@pytest.mark.parametrize("task", TASKS)
def test_order_of_the_runs_does_not_matter(task: str) -> None:
    experiment = small(*next(mixtures(task)), dataset=TASKS[task])
    backwards = replace(experiment, runs=experiment.runs[::-1])
    np.testing.assert_allclose(final(experiment)[:, ::-1], final(backwards), rtol=1e-10, atol=1e-14)
    same_records(collect(experiment)[1], collect(backwards)[1], rtol=1e-10, atol=1e-14, runs=slice(None, None, -1))


@pytest.mark.parametrize("task", TASKS)
def test_identical_runs_start_alike_and_see_the_same_batches(task: str) -> None:
    """The same run at three places of a stack, between others that sort before and after it, stays the same to the last bit."""
    one = replace(next(mixtures(task))[7], class_weights=run().class_weights)
    others = [other for other in next(mixtures(task)) if other.optimizer.kind != one.optimizer.kind][:6]
    experiment = small(one, *others[:3], one, *others[3:], replace(one, label="mine"), dataset=TASKS[task])
    _, records = collect(experiment)
    start_params = start(experiment).params
    np.testing.assert_array_equal(start_params, start_params[:, :1].repeat(len(experiment.runs), axis=1))
    for record in records:
        for name, values in (record.metrics | record.run_metrics).items():
            if name != "seconds":
                np.testing.assert_array_equal(values[..., [0, 0]], values[..., [4, 8]], err_msg=name)
    np.testing.assert_array_equal(final(experiment)[:, [0, 0]], final(experiment)[:, [4, 8]])


@pytest.mark.parametrize("task", TASKS)
def test_seeds_differ_in_initial_weights_and_in_batches(task: str) -> None:
    experiment = small(run("squared_error"), dataset=TASKS[task], seeds=4)
    initial = start(experiment).params[:, 0]
    assert len({params.tobytes() for params in initial}) == 4
    state = start(experiment)
    alike = advance(experiment, replace(state, params=np.repeat(state.params[:1], 4, axis=0)), 1).params[:, 0]
    assert len({params.tobytes() for params in alike}) == 4, "the same initial weights with other batches end elsewhere"
    full = replace(experiment, batch_size=0)
    alike = advance(full, replace(state, params=np.repeat(state.params[:1], 4, axis=0)), 1).params[:, 0]
    np.testing.assert_array_equal(alike, alike[:1].repeat(4, axis=0))


@every_stack
def test_single_precision_stays_single(experiment: Experiment) -> None:
    experiment = replace(experiment, dtype="float32")
    state = start(experiment)
    assert {state.data.X.dtype, *(targets.values.dtype for targets in state.data.targets.values()), state.data.sample_weights.dtype} == {np.dtype(np.float32)}
    for updates in (0, 1, 20):
        after = advance(experiment, state, 10, max_updates=updates)
        assert {after.params.dtype, *(array.dtype for group in after.optimizer for array in group.values())} == {np.dtype(np.float32)}


@pytest.mark.parametrize("task", TASKS)
def test_single_precision_follows_double(task: str) -> None:
    """A few updates differ by rounding only."""
    loss = "cross_entropy" if task == CLASSIFICATION else "huber"
    experiment = small(run(loss), run(loss, "adam", 1e-3), dataset=TASKS[task], epochs=1)
    np.testing.assert_allclose(final(replace(experiment, dtype="float32")), final(experiment), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("slices", [{"epochs": 0}, {"max_updates": 0}], ids=str)
def test_empty_slice_changes_nothing(slices: dict[str, int]) -> None:
    experiment = small()
    state = start(experiment)
    after = advance(experiment, state, slices.pop("epochs", 1), **slices)
    assert (after.epoch, after.batch, after.records) == (0, 0, ())
    np.testing.assert_array_equal(after.params, state.params)


def test_slice_after_the_end_changes_nothing() -> None:
    experiment = small(run("squared_error"), dataset=TASKS[REGRESSION], model=LINEAR)
    state, _ = collect(experiment)
    after = advance(experiment, state, 5)
    assert (after.epoch, after.records, after.updates(experiment)) == (experiment.epochs, (), state.updates(experiment))
    np.testing.assert_array_equal(after.params, state.params)


@pytest.mark.parametrize("task", TASKS)
def test_the_mixtures_hold_everything(task: str) -> None:
    runs = [run for stack in mixtures(task) for run in stack]
    for name, registry in {"optimizer": OPTIMIZERS, "penalty": PENALTIES, "schedule": SCHEDULES}.items():
        assert {getattr(run, name).kind for run in runs} == set(registry)
    assert {type(run.loss) for run in runs} == set(fitting_losses(TASKS[task]))
    assert len({run.optimizer for run in runs}) > len(OPTIMIZERS)
    for name in ("dropout", "max_norm", "patience", "clip_norm"):
        assert {getattr(run, name) > 0 for run in runs} == {True, False}
    if task == CLASSIFICATION:
        assert {run.resampling for run in runs} == set(RESAMPLINGS)
        assert {run.class_weights.kind for run in runs} == set(CLASS_WEIGHTS)


@pytest.mark.parametrize("task", TASKS)
def test_in_the_mixtures_resampling_and_early_stopping_do_something(task: str) -> None:
    experiment = small(*next(mixtures(task)), dataset=TASKS[task], corruption=DAMAGE)
    state, _ = collect(experiment)
    assert {bool(stopped) for stopped in (state.stopped_at >= 0).ravel()} == {True, False}
    assert all(counts[: state.data.n_train].std() > 0 for counts in state.data.draws.values())
