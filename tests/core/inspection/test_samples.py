"""Single rows under each run: loss, pull and prediction add up to what was recorded, and orders put first what stands out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.class_weights import CLASS_WEIGHTS
from core.datasets import DATASETS, Dataset, Table
from core.experiment import MAX_STACK, fitting_losses, workbench_losses
from core.inspection import pictures
from core.inspection.samples import Samples, disputed, hardest, loss_at, samples_at, shares, surely_wrong
from core.preparation.corruption import Corruption
from core.preparation.resampling import OVERSAMPLE, UNDERSAMPLE
from core.preparation.split import SPLITS
from core.tasks import CLASSIFICATION
from core.training import train
from core.training.results import Result
from tests.small import BLOBS, CURVE, LINEAR, MLP, run, small

COSTS = DATASETS["costs"](rows=60)
DAMAGE = Corruption(wrong_labels=0.2, outliers=0.2, rarest=0.5)
BALANCED, MANUAL = CLASS_WEIGHTS["balanced"](), CLASS_WEIGHTS["manual"](values=(3.0, 0.0))
WEIGHTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"class_weights": BALANCED},
    {"resampling": OVERSAMPLE},
    {"resampling": UNDERSAMPLE, "class_weights": MANUAL},
)


def every_loss(dataset: Dataset) -> Result:
    """Return the training of every loss that fits, on damaged data, with every way of weighing rows."""
    losses = [loss() for loss in fitting_losses(dataset)]
    weightings = WEIGHTINGS if dataset.task == CLASSIFICATION else WEIGHTINGS[:1]
    runs = [replace(run(optimizer="adam", learning_rate=0.01), loss=loss, **weightings[i % len(weightings)]) for i, loss in enumerate(losses)]
    assert len(runs) <= MAX_STACK
    return train(small(*runs, dataset=dataset, corruption=DAMAGE))


RESULTS = {name: every_loss(dataset) for name, dataset in (("classes", BLOBS), ("numbers", CURVE), ("costs", COSTS))}
FLAT = train(small(run("cross_entropy"), run("hinge"), run("cross_entropy", learning_rate=1.0), run("squared_error", learning_rate=1e6), corruption=DAMAGE))
every_result = pytest.mark.parametrize("result", RESULTS.values(), ids=list(RESULTS))


def constructed(**changes: Any) -> Samples:
    """Return three runs' view of five rows; the last run had diverged."""
    nan = np.full(5, np.nan)
    given = {
        "rows": np.arange(5), "damaged": np.array([False, True, False, False, False]), "truth": np.array([0, 1, 2, 0, 1]),
        "predicted": np.array([[0, 2, 1, 0, 0], [0, 1, 0, 1, 0], [-1] * 5]),
        "probability": np.stack([[0.9, 0.6, 0.99, 0.5, 0.7], nan, nan]),
        "lead": np.stack([[3.0, 0.5, 5.0, 0.1, 1.0], [9.0, 20.0, 1.0, 30.0, 2.0], nan]),
        "loss": np.stack([[0.1, 2.0, 4.0, 0.7, 1.0], [10.0, 30.0, 20.0, 50.0, 40.0], nan]),
        "weight": np.ones((3, 5)), "pull": np.stack([[1.0, 2.0, 3.0, 4.0, 0.0], np.zeros(5), nan]), "alive": np.array([True, True, False]),
    }  # fmt: skip
    return Samples(**{**given, **changes})


# What a row costs


def test_every_loss_is_among_these() -> None:
    assert {type(each.loss) for result in RESULTS.values() for each in result.experiment.runs} == set(workbench_losses())


@every_result
@pytest.mark.parametrize("split", SPLITS)
def test_the_weighted_mean_over_the_rows_is_the_recorded_loss(result: Result, split: str) -> None:
    for epoch in result.snapshots:
        found = samples_at(result, epoch, split)
        assert found.alive.all()
        mean = (found.weight * found.loss).sum(axis=-1) / found.weight.sum(axis=-1)
        np.testing.assert_allclose(mean, result.values("loss", split)[epoch, 0], rtol=1e-10)


@every_result
def test_loss_and_pull_are_those_of_the_run_s_own_loss(result: Result) -> None:
    data, rows = result.data, result.data.split("train")
    found = samples_at(result, 3, "train")
    for r, each in enumerate(result.experiment.runs):
        loss, scores = loss_at(result, r, 3), MLP.forward(result.snapshots[3][r], data.X[rows])[0]
        targets = data.targets[loss.link].values[rows]
        np.testing.assert_allclose(found.loss[r], loss.value(scores, targets), rtol=1e-9, atol=1e-12)
        gradient = loss.gradient(scores, targets)
        np.testing.assert_allclose(found.pull[r], found.weight[r] * np.sqrt((gradient**2).sum(axis=-1)), rtol=1e-9, atol=1e-12)
        assert each.loss.learned or loss == each.loss


@every_result
def test_shares_of_the_pull_sum_to_one_unless_nothing_pulls(result: Result) -> None:
    of_pull = shares(samples_at(result, 3, "train").pull).sum(axis=-1)
    informative = np.array([each.loss.informative for each in result.experiment.runs])
    np.testing.assert_allclose(of_pull, informative, rtol=1e-12)


def test_weight_counts_class_and_draws_and_sample() -> None:
    table = replace(BLOBS.load(), sample_weights=np.linspace(0.5, 2, 60))
    result = train(small(*(replace(run(), **each) for each in WEIGHTINGS), epochs=1), table=table)
    data, n = result.data, result.data.n_train
    found = samples_at(result, 1, "train")
    own = table.sample_weights[data.rows[:n]]
    counts = np.bincount(data.truth[:n])
    np.testing.assert_allclose(found.weight[0], own, rtol=1e-12)
    np.testing.assert_allclose(found.weight[1], own * (n / (3 * counts))[data.truth[:n]], rtol=1e-12)
    np.testing.assert_allclose(found.weight[2], own * data.draws[OVERSAMPLE][:n], rtol=1e-12)
    np.testing.assert_allclose(found.weight[3], own * data.draws[UNDERSAMPLE][:n] * np.array([3.0, 0.0, 1.0])[data.truth[:n]], rtol=1e-12)
    assert (found.pull[3, data.truth[:n] == 1] == 0).all()


def test_what_a_loss_has_learned_belongs_to_the_weights_that_stopping_brought_back() -> None:
    """From the end of its patience on a run stands at its best epoch, with the learned hyperparameters of that epoch."""
    adaptive = run("adaptive_robust", "adam", 0.3)
    result = train(small(replace(adaptive, patience=2), adaptive, dataset=CURVE, epochs=30, seeds=1))
    ended = result.stopped_at[0, 0]
    assert 0 < ended < 30
    assert result.stopped_at[0, 1] == -1
    for epoch in result.snapshots:
        found = samples_at(result, epoch, "train")
        at = result.best_epoch[0, 0] if epoch >= ended else epoch
        recorded = result.values("loss", "train")[[at, epoch], 0, [0, 1]]
        np.testing.assert_allclose(found.loss.mean(axis=-1), recorded, rtol=1e-10)


# What is predicted for it


def test_predictions_are_those_of_the_panels() -> None:
    rows = FLAT.data.split("validation")
    found = samples_at(FLAT, 3, "validation")
    assert found.classes
    np.testing.assert_array_equal(found.rows, np.arange(rows.start, rows.stop))
    np.testing.assert_array_equal(found.truth, FLAT.data.truth[rows])
    shown = pictures.class_shares(FLAT, 3, FLAT.data.X[rows])
    for r in range(3):
        np.testing.assert_array_equal(found.predicted[r], pictures.predicted_classes(FLAT, 3, "validation")[r])
        right = FLAT.values("accuracy")[3, 0, r]
        np.testing.assert_allclose(1 - found.wrong[r].mean(), right, rtol=1e-12)
    np.testing.assert_allclose(found.probability[0], shown[0].max(axis=-1), rtol=1e-10)


@pytest.mark.parametrize("output", [0, 1])
def test_errors_are_in_units_of_the_target(output: int) -> None:
    result = RESULTS["numbers"]
    found = samples_at(result, 3, "test", output)
    assert not found.classes
    rows = result.data.split("test")
    np.testing.assert_allclose(found.predicted, pictures.predicted_targets(result, 3, result.data.X[rows])[..., output], rtol=1e-9)
    np.testing.assert_allclose(found.error + result.data.truth[rows, output], found.predicted, rtol=1e-12)
    assert np.isnan(found.confidence).all()


def test_a_loss_without_probabilities_is_as_sure_as_its_score_leads() -> None:
    found = samples_at(FLAT, 3, "train")
    assert np.isnan(found.probability[1]).all()
    scores = np.sort(pictures.scores_at(FLAT, 3, FLAT.data.X[FLAT.data.split("train")])[1], axis=-1)
    np.testing.assert_allclose(found.confidence[1], scores[:, -1] - scores[:, -2], rtol=1e-12)
    assert (found.confidence[1] >= 0).all()


def test_probabilities_near_one_are_told_apart_in_single_precision() -> None:
    single = train(small(run(), model=LINEAR, dataset=DATASETS["blobs"](rows=60, spread=0.5), dtype="float32"))
    sure = samples_at(replace(single, snapshots={3: 8 * single.snapshots[3]}), 3, "train").probability[0]
    assert (1 - sure < np.finfo(np.float32).eps / 4).any()
    assert len(np.unique(sure)) == len(sure)


def test_of_a_diverged_run_nothing_is_said() -> None:
    assert 0 < FLAT.diverged_at[0, 3] <= 3
    found = samples_at(FLAT, 3, "train")
    np.testing.assert_array_equal(found.alive, [True, True, True, False])
    assert (found.predicted[3] == -1).all()
    assert not found.wrong[3].any()
    for values in (found.loss, found.pull, found.weight, found.probability, found.lead):
        assert np.isnan(values[3]).all()
    assert np.isfinite(found.loss[:3]).all()
    assert samples_at(FLAT, 0, "train").alive.all()
    np.testing.assert_array_equal(hardest(found, [3]), np.arange(len(found.rows)))
    assert not len(surely_wrong(found, 3))
    assert not len(disputed(found, 0, 3))


def test_damaged_rows_are_marked_and_are_the_hardest() -> None:
    table = BLOBS.load()
    found = samples_at(FLAT, 3, "train")
    changed = FLAT.data.truth != table.y[FLAT.data.rows]
    np.testing.assert_array_equal(found.damaged, changed[: FLAT.data.n_train])
    assert not samples_at(FLAT, 3, "validation").damaged.any()
    clouds = train(small(run(learning_rate=0.3), dataset=DATASETS["blobs"](rows=60, spread=0.3), corruption=Corruption(wrong_labels=0.2), epochs=20))
    found = samples_at(clouds, 20, "train")
    assert found.damaged[hardest(found, [0])][: found.damaged.sum()].all()


# What comes first


def test_hardest_is_by_loss_and_over_runs_by_its_rank() -> None:
    found = constructed()
    assert list(hardest(found, [0])) == [2, 1, 4, 3, 0]
    assert list(hardest(found, [1])) == [3, 4, 1, 2, 0]
    # mean ranks of rows 0..4: (5 + 5) / 2, (2 + 3) / 2, (1 + 4) / 2, (4 + 1) / 2, (3 + 2) / 2: equals stay in their order
    assert list(hardest(found, [0, 1])) == [1, 2, 3, 4, 0]
    thousandfold = constructed(loss=found.loss * np.array([[1000.0], [1.0], [1.0]]))
    assert list(hardest(thousandfold, [0, 1])) == [1, 2, 3, 4, 0]


def test_a_loss_that_is_no_number_is_never_among_the_hardest() -> None:
    loss = constructed().loss.copy()
    loss[0, :2] = np.nan, np.inf
    assert list(hardest(constructed(loss=loss), [0])) == [1, 2, 4, 3, 0]


def test_surely_wrong_is_by_probability_or_lead() -> None:
    found = constructed()
    assert list(surely_wrong(found, 0)) == [2, 4, 1]
    assert list(surely_wrong(found, 1)) == [3, 4, 2]
    assert not len(surely_wrong(constructed(predicted=np.tile(found.truth, (3, 1))), 0))


def test_disputed_rows_are_those_of_other_classes_both_being_sure_first() -> None:
    # rows 1, 2, 3 differ; ranks of how sure: 2, 5, 1 of the first run and 4, 1, 5 of the second one
    found = constructed(lead=constructed().lead + np.array([[0.0], [0.5], [0.0]]))
    assert list(disputed(found, 0, 1)) == [1, 2, 3]
    surer = found.lead.copy()
    surer[1, 2] = 40
    assert list(disputed(constructed(lead=surer), 0, 1)) == [2, 1, 3]


def test_disputed_numbers_are_by_distance() -> None:
    nan = np.full((3, 5), np.nan)
    predicted = np.array([[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, 9.0, 1.0, 4.5, 5.0], [0.0] * 5])
    found = constructed(truth=np.zeros(5), predicted=predicted, probability=nan, lead=nan)
    assert list(disputed(found, 0, 1)) == [1, 2, 3]


@every_result
def test_a_dispute_has_no_sides(result: Result) -> None:
    found = samples_at(result, 3, "train")
    for one, other in ((0, 1), (2, 5), (3, 3)):
        np.testing.assert_array_equal(disputed(found, one, other), disputed(found, other, one))
    assert not len(disputed(found, 3, 3))


# Pictures


def test_rows_of_a_data_set_of_pictures_are_whole_pictures() -> None:
    shapes = {kind: cls.image_shape for kind, cls in DATASETS.items() if cls.image_shape is not None}
    assert "digits" in shapes
    for kind, shape in shapes.items():
        table: Table = DATASETS[kind]().load()
        assert table.X.shape[1] == np.prod(shape)
