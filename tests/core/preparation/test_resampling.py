"""Resampling: how often each training row is drawn, as scikit-learn draws them, is a weight; validation and test rows are left alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.preparation.corruption import Corruption
from core.preparation.resampling import OVERSAMPLE, UNDERSAMPLE, draws
from core.preparation.split import Data
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import start
from core.training.stack import RunStack
from tests.core.training.test_weights import RTOL, equal_on_training_rows, every_loss, every_part_of_classification, manual
from tests.reference.torch_training import drawn_rows
from tests.small import TASKS, collect, rows_of, run, same_records, small

#: damage that leaves the classes uneven
UNEVEN = Corruption(rarest=0.25, wrong_labels=0.2)
KINDS = (OVERSAMPLE, UNDERSAMPLE)
every_kind = pytest.mark.parametrize("kind", KINDS)
CLASSES = np.repeat([0, 1, 2, 4], [30, 7, 1, 12])[np.random.default_rng(0).permutation(50)]  # class 3 has no rows


def uneven(*runs: Any, **others: Any) -> Any:
    return small(*runs, corruption=UNEVEN, **others)


def counts_of(data: Data, kind: str) -> np.ndarray:
    """Return how often each training row is drawn."""
    return data.draws[kind][: data.n_train].astype(int)


# The counts


@every_kind
@pytest.mark.parametrize("seed", [0, 1, 4294967295])
def test_every_class_is_drawn_as_often_as_the_largest_or_the_smallest(kind: str, seed: int) -> None:
    counts = draws(CLASSES, kind, seed)
    of_class = np.bincount(CLASSES, counts)
    np.testing.assert_array_equal(of_class, np.where(np.bincount(CLASSES) > 0, 30 if kind == OVERSAMPLE else 1, 0))
    np.testing.assert_array_equal(counts, counts.astype(int))
    if kind == OVERSAMPLE:
        assert counts.min() == 1, "no row is lost"
        np.testing.assert_array_equal(counts[CLASSES == 0], 1)
    else:
        assert set(counts) == {0, 1}, "no row is drawn again"


@every_kind
@pytest.mark.parametrize("seed", [0, 3])
def test_counts_are_what_scikit_learn_draws(kind: str, seed: int) -> None:
    drawn = drawn_rows(run(resampling=kind), CLASSES, seed)
    np.testing.assert_array_equal(draws(CLASSES, kind, seed), np.bincount(drawn, minlength=50))


@every_kind
def test_even_classes_are_left_as_they_are(kind: str) -> None:
    np.testing.assert_array_equal(draws(np.arange(12) % 3, kind, 0), 1)


@every_kind
def test_the_split_s_seed_decides_and_not_the_seed_of_the_training(kind: str) -> None:
    one, again, other = (start(uneven(run(resampling=kind), split_seed=seed)).data for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.draws[kind], again.draws[kind])
    assert (draws(CLASSES, kind, 0) != draws(CLASSES, kind, 1)).any()
    assert not np.array_equal(one.draws[kind], other.draws[kind])


# In a training


@every_kind
@every_part_of_classification
def test_counts_are_repeated_rows_at_full_batch(kind: str, part: slice) -> None:
    """Against a training whose rows are really repeated or left out, for every loss. Not by Adam, which makes whole steps of a rounding error."""
    others, rules = {"batch_size": 0, "epochs": 4}, ("sgd", "momentum")
    resampled = uneven(*every_loss(CLASSIFICATION, part, rules, resampling=kind), **others)
    plain = uneven(*every_loss(CLASSIFICATION, part, rules), **others)
    data = start(resampled).data
    counts = counts_of(data, kind)
    assert (counts > 1).any() if kind == OVERSAMPLE else (counts == 0).any()
    repeated = rows_of(data, np.repeat(np.arange(data.n_train), counts))
    assert np.ptp(repeated.class_counts()) == 0
    equal_on_training_rows(resampled, data, plain, repeated)


@every_kind
@every_part_of_classification
def test_class_weights_times_counts(kind: str, part: slice) -> None:
    """In batches: the same as sample weights that hold the product, but for the weight that resampling leaves to validation and test rows."""
    both = uneven(*every_loss(CLASSIFICATION, part, resampling=kind, class_weights=manual(2, 0.5, 1.25)))
    product = uneven(*every_loss(CLASSIFICATION, part))
    state = start(both)
    data = state.data
    weights = data.sample_weights * np.array([2, 0.5, 1.25])[data.truth] * data.draws[kind]
    (one, records), (other, others) = (
        collect(each, replace(start(each), data=of_each, records=())) for each, of_each in ((both, data), (product, replace(data, sample_weights=weights)))
    )
    np.testing.assert_allclose(one.params, other.params, **RTOL)
    same_records(records, others, **RTOL)


@every_kind
@pytest.mark.parametrize("weights", ["balanced", "effective_number"])
def test_weights_of_classes_that_resampling_made_even_are_all_1(kind: str, weights: str) -> None:
    """Balanced twice would turn the classes over."""
    plain, weighted = run(resampling=kind), run(resampling=kind, class_weights=CLASS_WEIGHTS[weights]())
    data = start(uneven(plain)).data
    stack = RunStack([weighted, replace(weighted, resampling="none")], small().model, data, "float64")
    np.testing.assert_allclose(stack.class_weights[0], 1, rtol=1e-14)
    assert np.ptp(stack.class_weights[1]) > 0.1
    (one, records), (other, others) = (collect(uneven(each)) for each in (plain, weighted))
    np.testing.assert_allclose(one.params, other.params, **RTOL)
    same_records(records, others, **RTOL)


@every_kind
def test_validation_and_test_rows_are_left_alone(kind: str) -> None:
    """Before the first update, the loss of both is the mean over all their rows; that of the training rows is the mean over what is drawn."""
    experiment = uneven(run(resampling=kind), run(), seeds=1)
    state = start(experiment)
    data, loss = state.data, state.records[0].metrics["loss"][:, 0]
    np.testing.assert_array_equal(data.draws[kind][data.n_train :], 1)
    np.testing.assert_allclose(loss[1:, 0], loss[1:, 1], rtol=1e-14)
    assert loss[0, 0] != loss[0, 1]
    of_row = experiment.runs[0].loss.value(experiment.model.forward(state.params[0, 0], data.X)[0], data.targets["identity"].values)
    np.testing.assert_allclose(loss[0, 0], np.average(of_row[: data.n_train], weights=counts_of(data, kind)), rtol=1e-12)
    for name, values in state.records[0].metrics.items():
        if name != "loss":
            np.testing.assert_array_equal(values[..., 0], values[..., 1], err_msg=f"{name} counts every row once")


def test_all_runs_of_a_kind_share_their_draws_and_the_batches() -> None:
    """Two runs of each kind, mixed: the same run at two places stays the same to the last bit."""
    runs = [run(resampling=kind, label=f"{kind} {i}") for i in range(2) for kind in ("none", *KINDS)]
    state, _ = collect(uneven(*runs))
    np.testing.assert_array_equal(state.params[:, :3], state.params[:, 3:])
    assert len({params.tobytes() for params in state.params[0, :3]}) == 3


def test_a_regression_has_no_classes_to_draw() -> None:
    plain, drawn = (collect(small(run("huber", resampling=kind), dataset=TASKS[REGRESSION]))[0] for kind in ("none", OVERSAMPLE))
    assert drawn.data.draws == {}
    np.testing.assert_array_equal(plain.params, drawn.params)
