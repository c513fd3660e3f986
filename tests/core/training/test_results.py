"""What is made of the records: the tidy history, the table of runs, best epochs and statuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS, Dataset
from core.inspection import views
from core.preparation.split import SPLITS
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import train
from core.training.metrics import RUN_METRICS, SPLIT_METRICS
from core.training.results import Result
from tests.small import BLOBS, TASKS, collect, run, small

#: of each task: two runs that go well, one that diverges and one whose probabilities are undefined where there are classes
RUNS = (run("squared_error"), run("squared_error", learning_rate=1e6), run("squared_error", "adam", 0.01))
RESULTS = {task: train(small(*RUNS, dataset=dataset, epochs=5)) for task, dataset in TASKS.items()}
RESULTS["probabilities"] = train(small(run("hinge"), run("cross_entropy"), run("focal", "adam", label="mine"), dataset=BLOBS))
every_result = pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)


def cancelled(result: Result, epochs: int) -> Result:
    """Return the result as it was after `epochs` epochs."""
    state, records = collect(result.experiment, epochs=1)
    diverged_at = np.where(result.diverged_at > epochs, -1, result.diverged_at)
    return replace(Result.collect(result.experiment, state, records[: epochs + 1]), diverged_at=diverged_at)


# The history


@every_result
def test_history_is_tidy_and_complete(result: Result) -> None:
    """One row for every finite number that was recorded, and none for the others."""
    history = result.history
    assert list(history.columns) == ["run", "seed", "epoch", "split", "metric", "value"]
    assert not history.duplicated(["run", "seed", "epoch", "split", "metric"]).any()
    assert np.isfinite(history["value"]).all()
    arrays = [*result.metrics.values(), *result.run_metrics.values()]
    assert len(history) == sum(np.isfinite(values).sum() for values in arrays)
    assert set(history["split"]) == {*SPLITS, "run"}
    undefined = {name for name in result.metrics if np.isnan(result.metrics[name]).all()}
    assert set(history["metric"]) == set(result.described) - undefined
    assert undefined <= {"log_loss"}
    assert set(zip(history["run"], history["seed"], strict=True)) == {(r, s) for r in range(len(result.experiment.runs)) for s in range(2)}


@every_result
def test_history_holds_the_recorded_numbers(result: Result) -> None:
    for metrics, of_split in ((result.metrics, True), (result.run_metrics, False)):
        for name, values in metrics.items():
            rows = result.history[result.history["metric"] == name]
            assert set(rows["split"]) <= (set(SPLITS) if of_split else {"run"})
            for row in rows.itertuples():
                index = (int(row.epoch), SPLITS.index(row.split), row.seed, row.run) if of_split else (int(row.epoch), row.seed, row.run)
                assert values[index] == row.value


@every_result
def test_values_are_the_arrays(result: Result) -> None:
    shape = (len(result.epochs), result.experiment.seeds, len(result.experiment.runs))
    for name in SPLIT_METRICS[result.data.task]:
        for i, split in enumerate(SPLITS):
            np.testing.assert_array_equal(result.values(name, split), result.metrics[name][:, i])
            assert result.values(name, split).shape == shape
        np.testing.assert_array_equal(result.values(name), result.values(name, "validation"))
    for name in RUN_METRICS:
        for split in SPLITS:
            np.testing.assert_array_equal(result.values(name, split), result.run_metrics[name])
    assert list(result.described) == [*SPLIT_METRICS[result.data.task], *RUN_METRICS]


@pytest.mark.parametrize(
    ("dataset", "rmse", "mse"),
    [
        (DATASETS["diabetes"](), "RMSE, points of progression", "MSE, squared points of progression"),
        (DATASETS["counts"](), "RMSE, counts", "MSE, squared counts"),
        (DATASETS["line"](), "RMSE, y", "MSE, squared y"),
        (DATASETS["make_regression"](outputs=2), "RMSE, target units", "MSE, squared target units"),
    ],
)
def test_a_metric_is_named_with_its_unit(dataset: Dataset, rmse: str, mse: str) -> None:
    """The unit is the data set's; without one the name of the target stands for it, cut where it is long."""
    result = train(small(run("squared_error"), dataset=dataset, epochs=1))
    assert (result.titled("rmse"), result.titled("mse"), result.titled("r2")) == (rmse, mse, "R²")
    longer = replace(result, experiment=replace(result.experiment, dataset=DATASETS["line"]()), data=replace(result.data, outputs=("price " * 20,)))
    assert longer.titled("rmse") == f"RMSE, {('price ' * 20)[:29]}…"
    assert views.Workbench().metric(REGRESSION) == "rmse"


def test_undefined_metric_is_a_gap() -> None:
    history = RESULTS["probabilities"].history
    assert set(history[history["metric"] == "log_loss"]["run"]) == {1, 2}
    assert np.isnan(RESULTS["probabilities"].values("log_loss")[..., 0]).all()


# The table of runs


@every_result
def test_table_has_a_row_for_each_replica(result: Result) -> None:
    runs, experiment = result.runs, result.experiment
    assert list(zip(runs["run"], runs["seed"], strict=True)) == [(r, s) for r in range(len(experiment.runs)) for s in range(experiment.seeds)]
    assert list(runs["label"]) == [label for label in experiment.labels() for _ in range(experiment.seeds)]
    expected = {f"{split}_{name}" for split in ("validation", "test") for name in result.metrics}
    expected |= {f"{name}{suffix}" for name in ("updates", "seconds") for suffix in ("", "_to_best")}
    assert set(runs.columns) == {"run", "label", "seed", "status", "best_epoch", "last_validation_loss"} | expected


@every_result
def test_table_holds_the_numbers_at_the_best_epoch(result: Result) -> None:
    """Looked up in the history."""
    numbers = result.history.set_index(["run", "seed", "epoch", "split", "metric"])["value"]

    def number(row: Any, epoch: int, split: str, metric: str) -> float:
        return float(numbers.get((row["run"], row["seed"], epoch, split, metric), np.nan))

    for _, row in result.runs.iterrows():
        losses = numbers.xs((row["run"], row["seed"], "validation", "loss"), level=("run", "seed", "split", "metric"))
        best, last = int(losses.idxmin()), int(losses.index.max())
        assert row["best_epoch"] == best
        for split in ("validation", "test"):
            for name in result.metrics:
                np.testing.assert_equal(row[f"{split}_{name}"], number(row, best, split, name))
        assert row["last_validation_loss"] == losses[last]
        for name in ("updates", "seconds"):
            assert row[name] == number(row, last, "run", name)
            assert row[f"{name}_to_best"] == number(row, best, "run", name)


def test_best_epoch_is_the_first_of_the_lowest() -> None:
    result = RESULTS[CLASSIFICATION]
    loss = np.tile([[3.0, 1.0, 2.0, 1.0, np.nan, np.inf], [np.nan] * 6, [5, 4, 3, 2, 1, 0.5]], (2, 1, 1)).transpose(2, 0, 1)
    made = replace(result, metrics=result.metrics | {"loss": np.repeat(loss[:, None], 3, axis=1)})
    np.testing.assert_array_equal(made.best_epoch, [[1, 0, 5]] * 2)
    np.testing.assert_array_equal(made.at(made.best_epoch, "loss"), [[1, np.nan, 0.5]] * 2)
    np.testing.assert_array_equal(made.last[:, [0, 2]], [[3, 5]] * 2)


# How it ended


def test_status_of_what_finished_diverged_or_was_cancelled() -> None:
    for task in TASKS:
        result = RESULTS[task]
        lost = result.diverged_at[0, 1]
        assert 0 < lost < 5
        assert [str(result.status(i, 0)) for i in range(3)] == ["finished", f"diverged at epoch {lost}", "finished"]
        assert result.complete
        early = cancelled(result, 4)
        assert [str(early.status(i, 0)) for i in range(3)] == ["cancelled at epoch 4", f"diverged at epoch {lost}", "cancelled at epoch 4"]
        assert not early.complete
        assert list(early.runs["status"]) == [str(early.status(i, s)) for i in range(3) for s in range(2)]


def test_result_of_epoch_0_alone() -> None:
    result = cancelled(RESULTS[CLASSIFICATION], 0)
    assert list(result.snapshots) == [0]
    assert set(result.runs["status"]) == {"cancelled at epoch 0"}
    assert set(result.runs["best_epoch"]) == {0}
    assert set(result.history["epoch"]) == {0}


def test_result_of_runs_that_all_diverged_is_complete() -> None:
    result = train(small(RUNS[1], RUNS[1], epochs=50))
    assert result.epochs[-1] < 50
    assert result.complete
    assert set(result.runs["status"]) == {f"diverged at epoch {epoch}" for epoch in result.diverged_at.ravel()}
    assert (result.last == result.diverged_at - 1).all()


@every_result
def test_snapshots_are_of_every_epoch_of_a_short_training(result: Result) -> None:
    assert list(result.snapshots) == list(result.epochs)
    n_params = result.experiment.model.n_params(result.data.X.shape[1], len(result.data.outputs))
    assert {snapshot.shape for snapshot in result.snapshots.values()} == {(len(result.experiment.runs), n_params)}
