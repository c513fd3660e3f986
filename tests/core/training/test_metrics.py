"""Every recorded metric equals scikit-learn's on the same predictions, for one model and for a whole stack, in one piece and in many."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

from core.models import MODELS, Model
from core.preparation.corruption import Corruption
from core.preparation.resampling import NONE
from core.preparation.split import SPLITS, Data
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import evaluation, start
from core.training.metrics import RUN_METRICS, SPLIT_METRICS, classification_metrics, confusion_counts, log_losses, per_class, regression_metrics
from core.training.stack import RunStack
from tests.items import in_one
from tests.small import LINEAR, MLP, TASKS, collect, mixtures, small

RTOL = {"rtol": 1e-12, "atol": 1e-15}


def balanced_accuracy(truth: Any, predicted: Any) -> float:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "y_pred contains classes not in y_true|A single label was found")
        return float(sk.balanced_accuracy_score(truth, predicted))


#: by metric, of true and predicted classes
OF_CLASSES: dict[str, Callable[[Any, Any], float]] = {
    "accuracy": sk.accuracy_score,
    "balanced_accuracy": balanced_accuracy,
    "precision": lambda t, p: sk.precision_score(t, p, average="macro", zero_division=0),
    "recall": lambda t, p: sk.recall_score(t, p, average="macro", zero_division=0),
    "f1": lambda t, p: sk.f1_score(t, p, average="macro", zero_division=0),
}
#: by metric, of true and predicted targets
OF_TARGETS: dict[str, Callable[[Any, Any], float]] = {
    "mse": sk.mean_squared_error,
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
}
#: (classes, rows, true classes that do not occur, classes that are never predicted)
SHAPES = [
    (2, 40, [], []), (2, 40, [0], []), (2, 40, [], [1]), (2, 1, [], []), (3, 60, [1], [1]), (5, 100, [0, 4], [2]), (12, 30, [], []), (12, 500, [3], [3, 7]),
]  # fmt: skip


def classes(n_classes: int, rows: int, not_true: list[int], not_predicted: list[int], seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return true classes (rows,) and predictions (2, 3, rows) of a stack that are right about half of the time."""
    rng = np.random.default_rng([seed, n_classes, rows])
    truth = rng.choice(np.setdiff1d(np.arange(n_classes), not_true), rows)
    guesses = rng.choice(np.setdiff1d(np.arange(n_classes), not_predicted), (2, 3, rows))
    keep = (rng.uniform(size=guesses.shape) < 0.5) & ~np.isin(truth, not_predicted)
    return truth, np.where(keep, truth, guesses)


def test_every_metric_has_an_oracle_here() -> None:
    assert set(SPLIT_METRICS[CLASSIFICATION]) == {"loss", "log_loss", *OF_CLASSES}
    assert set(SPLIT_METRICS[REGRESSION]) == {"loss", *OF_TARGETS}
    assert not set(RUN_METRICS) & {name for metrics in SPLIT_METRICS.values() for name in metrics}


@pytest.mark.parametrize(("n_classes", "rows", "not_true", "not_predicted"), SHAPES)
@in_one("seed", range(3))
def test_metrics_of_classes_equal_scikit_learns(n_classes: int, rows: int, not_true: list[int], not_predicted: list[int], seed: int) -> None:
    truth, predicted = classes(n_classes, rows, not_true, not_predicted, seed)
    confusion = confusion_counts(truth, predicted, n_classes)
    mine = classification_metrics(confusion)
    assert set(mine) == set(OF_CLASSES)
    for index in np.ndindex(2, 3):
        np.testing.assert_array_equal(confusion[index], sk.confusion_matrix(truth, predicted[index], labels=range(n_classes)))
        for name, oracle in OF_CLASSES.items():
            np.testing.assert_allclose(mine[name][index], oracle(truth, predicted[index]), **RTOL, err_msg=name)


@pytest.mark.parametrize(("n_classes", "rows", "not_true", "not_predicted"), SHAPES)
def test_scores_of_each_class_equal_scikit_learns(n_classes: int, rows: int, not_true: list[int], not_predicted: list[int]) -> None:
    truth, predicted = classes(n_classes, rows, not_true, not_predicted)
    mine = per_class(confusion_counts(truth, predicted, n_classes))
    for index in np.ndindex(2, 3):
        expected = sk.precision_recall_fscore_support(truth, predicted[index], labels=range(n_classes), zero_division=0)
        for name, values in zip(("precision", "recall", "f1"), expected, strict=False):
            np.testing.assert_allclose(mine[name][index], values, **RTOL, err_msg=name)


@pytest.mark.parametrize("predicted", [[0, 0, 0], [2, 2, 2], [1, 1, 0]])
def test_one_class_in_the_truth(predicted: list[int]) -> None:
    mine = classification_metrics(confusion_counts(np.ones(3, int), np.array(predicted), 3))
    for name, oracle in OF_CLASSES.items():
        np.testing.assert_allclose(mine[name], oracle([1, 1, 1], predicted), **RTOL, err_msg=name)


def test_confusion_of_pieces_adds_up() -> None:
    truth, predicted = classes(4, 50, [], [])
    pieces = [confusion_counts(truth[i : i + 7], predicted[..., i : i + 7], 4) for i in range(0, 50, 7)]
    np.testing.assert_array_equal(sum(pieces), confusion_counts(truth, predicted, 4))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("n_classes", [2, 3, 12])
def test_log_loss_equals_scikit_learns(n_classes: int, dtype: Any) -> None:
    """Probabilities of exactly 0 and 1 are clipped as there, by the precision of the numbers."""
    rng = np.random.default_rng(n_classes)
    probabilities = rng.dirichlet(np.full(n_classes, 0.3), (2, 3, 40)).astype(dtype)
    probabilities[..., :n_classes, :] = np.eye(n_classes)
    truth = rng.integers(0, n_classes, 40)
    mine = log_losses(probabilities, truth).mean(axis=-1)
    assert mine.shape == (2, 3)
    for index in np.ndindex(2, 3):
        expected = sk.log_loss(truth, probabilities[index], labels=range(n_classes))
        np.testing.assert_allclose(mine[index], expected, rtol=1e-12 if dtype is np.float64 else 1e-5)


@pytest.mark.parametrize("outputs", [1, 2, 5])
@pytest.mark.parametrize("case", ["random", "perfect", "constant", "constant and hit", "one constant output"])
def test_metrics_of_targets_equal_scikit_learns(outputs: int, case: str) -> None:
    rng = np.random.default_rng(outputs)
    truth = rng.normal(10, 3, (30, outputs))
    if case.startswith("constant"):
        truth[:] = 4.0
    if case == "one constant output":
        truth[:, 0] = 0.5
    predicted = np.repeat(truth[None, None], 3, axis=1) if case in ("perfect", "constant and hit") else truth + rng.normal(size=(2, 3, 30, outputs))
    errors = predicted - truth
    mine = regression_metrics(np.square(errors).sum(axis=-2), np.abs(errors).sum(axis=-2), truth)
    assert set(mine) == set(OF_TARGETS)
    for index in np.ndindex(predicted.shape[:2]):
        for name, oracle in OF_TARGETS.items():
            np.testing.assert_allclose(mine[name][index], oracle(truth, predicted[index]), **RTOL, err_msg=name)


def test_r2_of_one_row_is_undefined() -> None:
    """As in scikit-learn, but without its warning."""
    mine = regression_metrics(np.ones((2, 1)), np.ones((2, 1)), np.ones((1, 1)))
    assert np.isnan(mine["r2"]).all()
    np.testing.assert_array_equal(mine["mse"], 1)


# Whole stacks, from their parameters


def expected(run: Any, model: Model, data: Data, params: np.ndarray, split: str) -> dict[str, float]:
    """Return the metrics of one model on a split by scikit-learn; `loss` as sum(w * value) / sum(w)."""
    rows = data.split(split)
    n_params = model.n_params(data.X.shape[1], len(data.outputs))
    scores, truth = model.forward(params[:n_params], data.X[rows])[0], data.truth[rows]
    loss = run.loss.at(params[n_params : n_params + len(run.loss.learned)])
    if data.task == CLASSIFICATION:
        numbers = {name: oracle(truth, scores.argmax(axis=-1)) for name, oracle in OF_CLASSES.items()}
        probabilities = run.loss.probabilities(scores)
        numbers["log_loss"] = np.nan if probabilities is None else sk.log_loss(truth, probabilities, labels=range(len(data.outputs)))
        weights = run.class_weights.weights(data.class_counts(run.resampling))[truth]
        if run.resampling != NONE:
            weights = weights * data.draws[run.resampling][rows]
    else:
        predicted = data.targets[run.loss.link].original(run.loss.predict(scores))
        numbers = {name: oracle(truth, predicted) for name, oracle in OF_TARGETS.items()}
        weights = np.ones(len(truth))
    values = loss.value(scores, data.targets[run.loss.link].values[rows])
    return numbers | {"loss": float((weights * values).sum() / weights.sum())}


@pytest.mark.parametrize("model", [LINEAR, MLP, MODELS["mlp"](hidden=(3, 4))], ids=repr)
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("every_seed", [False, pytest.param(True, marks=pytest.mark.proof)])
def test_trained_stack_equals_scikit_learn(task: str, model: Model, every_seed: bool) -> None:
    """At the last epoch; runs with patience come out with the parameters of their best epoch, and what was recorded there."""
    experiment = small(*next(mixtures(task)), dataset=TASKS[task], model=model, corruption=Corruption(wrong_labels=0.3, outliers=0.1))
    state, records = collect(experiment)
    params = state.params
    assert state.best is not None
    epochs = np.where([one.patience > 0 for one in experiment.runs], state.best.epoch, -1)
    for i, one in enumerate(experiment.runs):
        for s, split in enumerate(SPLITS):
            for seed in range(experiment.seeds):
                if every_seed or seed == (i + s) % experiment.seeds:  # else each run on each split, with one seed after the other
                    for name, value in expected(one, model, state.data, params[seed, i], split).items():
                        mine = records[epochs[seed, i]].metrics[name][s, seed, i]
                        np.testing.assert_allclose(mine, value, rtol=1e-10, atol=1e-14, err_msg=f"{name} of {one} on {split}")


@pytest.mark.parametrize(("hidden", "scores"), [(0, 10**9), (10**9, 0), (0, 0), (10_000, 33 * 24 * 3)])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("model", [LINEAR, MLP], ids=repr)
def test_pieces_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch, model: Model, task: str, hidden: int, scores: int) -> None:
    """At most 32 rows at a time is as small as pieces get, so there have to be more of them."""
    dataset = type(TASKS[task])(rows=400)
    experiment = small(*next(mixtures(task)), dataset=dataset, model=model)
    state = start(experiment)
    stack = RunStack(experiment.runs, model, state.data, "float64")
    whole = evaluation.evaluate(stack, model, state.data, state.params)
    monkeypatch.setattr(evaluation, "_HIDDEN_ELEMENTS", hidden)
    monkeypatch.setattr(evaluation, "_SCORE_ELEMENTS", scores)
    pieces = evaluation.evaluate(stack, model, state.data, state.params)
    assert list(whole) == list(pieces)
    for name in whole:
        np.testing.assert_allclose(pieces[name], whole[name], rtol=1e-12, atol=1e-15, err_msg=name)
        np.testing.assert_allclose(np.moveaxis(whole[name], 0, -1), np.moveaxis(state.records[0].metrics[name], 0, -1), rtol=1e-12)


@pytest.mark.parametrize("task", TASKS)
def test_single_precision_is_close(task: str) -> None:
    """Sums over 1,000 rows of single-precision numbers keep six digits."""
    one, other = (start(small(*next(mixtures(task)), dataset=type(TASKS[task])(rows=1000), dtype=dtype)).records[0] for dtype in ("float32", "float64"))
    for name in one.metrics:
        if name not in OF_CLASSES:  # a tie may go the other way
            np.testing.assert_allclose(one.metrics[name], other.metrics[name], rtol=2e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("task", TASKS)
def test_probabilities_decide_who_has_a_log_loss(task: str) -> None:
    for runs in mixtures(task):
        metrics = start(small(*runs, dataset=TASKS[task])).records[0].metrics
        assert ("log_loss" in metrics) == (task == CLASSIFICATION)
        for i, run in enumerate(runs):
            defined = {name for name, values in metrics.items() if np.isfinite(values[..., i]).all()}
            has = task != CLASSIFICATION or run.loss.probabilities(np.zeros((1, 3))) is not None
            assert defined == set(metrics) - (set() if has else {"log_loss"})
