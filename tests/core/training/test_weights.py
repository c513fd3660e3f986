"""Weights: the one reduction is sum(w * loss) / sum(w), w = class weight x sample weight, over the rows that are present."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss
from sklearn.utils.class_weight import compute_sample_weight

from core.class_weights import CLASS_WEIGHTS
from core.datasets import Table
from core.experiment import MAX_RUNS, Experiment, Run, fitting_losses
from core.penalties import PENALTIES
from core.preparation.split import Data
from core.tasks import CLASSIFICATION, IDENTITY, REGRESSION
from core.training import advance, start, train
from core.training.state import TrainingState
from tests.small import BLOBS, LINEAR, MLP, TASKS, collect, rows_of, run, same_records, small

RNG = np.random.default_rng(0)
#: whole numbers, with zeros, for the 60 rows of `BLOBS` and the 50 of `CURVE`
WHOLE = RNG.integers(0, 4, 60).astype(float)
RTOL = {"rtol": 1e-10, "atol": 1e-14}
every_task = pytest.mark.parametrize("task", TASKS)
#: stacks of every fitting loss: the task, and which of the losses
PARTS = [(task, slice(i, i + MAX_RUNS)) for task, dataset in TASKS.items() for i in range(0, len(fitting_losses(dataset)), MAX_RUNS)]
every_part = pytest.mark.parametrize(("task", "part"), PARTS, ids=str)
every_part_of_classification = pytest.mark.parametrize("part", [part for task, part in PARTS if task == CLASSIFICATION], ids=str)


def manual(*values: float) -> Any:
    return CLASS_WEIGHTS["manual"](values=values)


def weighted(task: str, weights: np.ndarray) -> Table:
    """Return the small table of a task with sample weights."""
    table = TASKS[task].load()
    return replace(table, sample_weights=weights[: len(table.X)])


def every_loss(task: str, part: slice, optimizers: tuple[str, ...] = ("sgd", "adam"), **others: Any) -> tuple[Run, ...]:
    """Return a run of every fitting loss of a part, by turns with plain descent and with Adam."""
    losses = fitting_losses(TASKS[task])[part]
    return tuple(replace(run("squared_error", optimizers[i % len(optimizers)], 0.05, **others), loss=cls()) for i, cls in enumerate(losses))


def equal_on_training_rows(experiment: Experiment, data: Data, other: Experiment, other_data: Data) -> None:
    """Assert that two experiments train alike on their data: parameters, own loss, gradients and updates of every epoch."""
    (state, records), (other_state, others) = (collect(e, replace(start(e), data=d, records=())) for e, d in ((experiment, data), (other, other_data)))
    np.testing.assert_allclose(state.params, other_state.params, **RTOL)
    assert len(records) == len(others) == experiment.epochs
    for one, two in zip(records, others, strict=True):
        np.testing.assert_allclose(one.metrics["loss"][0], two.metrics["loss"][0], **RTOL)
        for name in ("gradient_norm", "update_norm", "weight_norm"):
            np.testing.assert_allclose(one.run_metrics[name], two.run_metrics[name], **RTOL)


def full(*runs: Run, task: str = CLASSIFICATION) -> Experiment:
    return small(*runs, dataset=TASKS[task], batch_size=0, epochs=4)


# Weights and repeated rows, at full batch


@every_part_of_classification
def test_whole_class_weight_is_repeated_rows_of_the_class(part: slice) -> None:
    weighty, plain = full(*every_loss(CLASSIFICATION, part, class_weights=manual(2, 0, 3))), full(*every_loss(CLASSIFICATION, part))
    data = start(plain).data
    repeats = np.array([2, 0, 3])[data.truth[: data.n_train]]
    equal_on_training_rows(weighty, data, plain, rows_of(data, np.repeat(np.arange(data.n_train), repeats)))


@every_part_of_classification
def test_balanced_is_every_class_repeated_until_all_are_equally_frequent(part: slice) -> None:
    balanced, plain = full(*every_loss(CLASSIFICATION, part, class_weights=CLASS_WEIGHTS["balanced"]())), full(*every_loss(CLASSIFICATION, part))
    data = start(plain).data
    by_class = [np.flatnonzero(data.truth[: data.n_train] == c) for c in range(3)]
    assert {len(rows) for rows in by_class} == {12}
    uneven = [by_class[0][:12], by_class[1][:6], by_class[2][:4]]
    repeated = [np.tile(rows, 12 // len(rows)) for rows in uneven]
    equal_on_training_rows(balanced, rows_of(data, np.concatenate(uneven)), plain, rows_of(data, np.concatenate(repeated)))


@every_part
def test_whole_sample_weight_is_repeated_rows_and_none_a_removed_row(task: str, part: slice) -> None:
    """The table's weights, one for each row before the split."""
    experiment = full(*every_loss(task, part), task=task)
    state = start(experiment, weighted(task, WHOLE))
    data, n = state.data, state.data.n_train
    np.testing.assert_array_equal(data.sample_weights, WHOLE[data.rows])
    repeated = rows_of(replace(data, sample_weights=np.ones(len(data.X))), np.repeat(np.arange(n), data.sample_weights[:n].astype(int)))
    assert repeated.n_train != n
    assert 0 in data.sample_weights[:n]
    equal_on_training_rows(experiment, data, experiment, repeated)


@every_part
def test_scale_of_the_weights_does_not_matter(task: str, part: slice) -> None:
    """Not at any batch size: only shares of the batch count, in what is recorded too."""
    experiment = small(*every_loss(task, part), dataset=TASKS[task])
    weights = RNG.uniform(0.1, 2, 60)
    (one, records), (other, others) = (collect(experiment, start(experiment, weighted(task, scale * weights))) for scale in (1, 1000))
    np.testing.assert_allclose(one.params, other.params, **RTOL)
    same_records(records[1:], others[1:], **RTOL)


@every_part_of_classification
def test_class_weight_times_sample_weight(part: slice) -> None:
    """At any batch size: the same as sample weights that hold the product, but for the scale of a metric that has none."""
    both, product = small(*every_loss(CLASSIFICATION, part, class_weights=manual(2, 0.5, 1.25))), small(*every_loss(CLASSIFICATION, part))
    data = start(both, weighted(CLASSIFICATION, WHOLE)).data
    multiplied = replace(data, sample_weights=data.sample_weights * np.array([2, 0.5, 1.25])[data.truth])
    (one, records), (other, others) = (collect(e, replace(start(e), data=d, records=())) for e, d in ((both, data), (product, multiplied)))
    np.testing.assert_allclose(one.params, other.params, **RTOL)
    same_records(records, others, **RTOL)


# The reduction


@every_part
def test_update_is_the_weighted_mean_over_the_batch(task: str, part: slice) -> None:
    """Each update of an epoch, from the gradients of single rows; the last batch is smaller."""
    class_weights = manual(2, 0.5) if task == CLASSIFICATION else manual()
    experiment = small(*every_loss(task, part, ("sgd",), class_weights=class_weights), dataset=TASKS[task], seeds=1)
    state = start(experiment, weighted(task, WHOLE))
    data, n = state.data, state.data.n_train
    order = np.random.default_rng([0, 1, 0]).permutation(n)
    weights = data.sample_weights * (np.array([2, 0.5, 1])[data.truth] if task == CLASSIFICATION else 1)
    for begin in range(0, n, 8):
        rows = order[begin : begin + 8]
        before, state = state.params, advance(experiment, state, 1, max_updates=1)
        params, moved = before[0], state.params[0]
        for i, one in enumerate(experiment.runs):
            n_params = MLP.n_params(data.X.shape[1], len(data.outputs))
            total = np.zeros(params.shape[-1])
            loss = one.loss.at(params[i, n_params : n_params + len(one.loss.learned)])
            for row in rows:
                scores, inputs = MLP.forward(params[i, :n_params], data.X[[row]])
                targets = data.targets[loss.link].values[[row]]
                total[:n_params] += weights[row] * MLP.backward(params[i, :n_params], inputs, loss.gradient(scores, targets))
                total[n_params : n_params + len(loss.learned)] += weights[row] * loss.latent_gradient(scores, targets)[0]
            np.testing.assert_allclose(moved[i], params[i] - 0.05 * total / weights[rows].sum(), rtol=1e-10, atol=1e-13)
    assert state.epoch == 1


@every_part
def test_batch_without_weight_moves_nothing(task: str, part: slice) -> None:
    """In batches of one row, the rows of weight 0 leave plain descent where it is; the gradient is 0, and not 0/0."""
    experiment = small(*every_loss(task, part, ("sgd",)), dataset=TASKS[task], batch_size=1, epochs=1, seeds=1)
    state = start(experiment, weighted(task, WHOLE))
    n = state.data.n_train
    weights = state.data.sample_weights[:n][np.random.default_rng([0, 1, 0]).permutation(n)]
    assert 3 < np.count_nonzero(weights == 0) < n
    for weight in weights:
        before, state = state, advance(experiment, state, 1, max_updates=1)
        moved = (state.params != before.params).any(axis=-1)
        assert not moved.any() if weight == 0 else moved.any()
    assert np.isfinite(state.params).all()
    assert np.isfinite(state.records[0].run_metrics["gradient_norm"]).all()


def test_recorded_loss_is_weighted_on_every_split_and_nothing_else_is() -> None:
    weights = RNG.uniform(0, 3, 60)
    experiment = small(*(run(class_weights=w) for w in (manual(), manual(2, 0, 0.5), CLASS_WEIGHTS["balanced"]())))
    state, records = collect(experiment, start(experiment, weighted(CLASSIFICATION, weights)))
    data, counts = state.data, state.data.class_counts()
    for seed in range(2):
        scores = MLP.forward(state.params[seed], data.X)[0]
        for i, one in enumerate(experiment.runs):
            p = one.loss.probabilities(scores[i])
            assert p is not None
            for s, split in enumerate(("train", "validation", "test")):
                rows = data.split(split)
                truth, mine = data.truth[rows], {name: values[s, seed, i] for name, values in records[-1].metrics.items()}
                sample_weight = data.sample_weights[rows] * one.class_weights.weights(counts)[truth]
                np.testing.assert_allclose(mine["loss"], log_loss(truth, p[rows], sample_weight=sample_weight, labels=range(3)), **RTOL)
                np.testing.assert_allclose(mine["log_loss"], log_loss(truth, p[rows], labels=range(3)), **RTOL)
                np.testing.assert_allclose(mine["accuracy"], accuracy_score(truth, p[rows].argmax(axis=-1)), **RTOL)


def test_balanced_equals_scikit_learn_on_the_training_rows() -> None:
    """The counts are those of the training rows, whatever classes the other splits hold."""
    experiment = small(run(class_weights=CLASS_WEIGHTS["balanced"]()), batch_size=0, epochs=1, seeds=1)
    state = start(experiment)
    data = rows_of(state.data, np.argsort(state.data.truth[:36], kind="stable")[:20])
    n = data.n_train
    state = advance(experiment, replace(state, data=data), 1)
    p = experiment.runs[0].loss.probabilities(MLP.forward(state.params[0, 0], data.X[:n])[0])
    truth = data.truth[:n]
    assert set(truth) == {0, 1}, "a class without training rows has weight 0"
    expected = log_loss(truth, p, sample_weight=compute_sample_weight("balanced", truth), labels=range(3))
    np.testing.assert_allclose(state.records[0].metrics["loss"][0, 0, 0], expected, **RTOL)


# Convergence to scikit-learn's solutions, which have the same weights


def converged(experiment: Experiment, table: Table) -> TrainingState:
    state = start(experiment, table)
    state = advance(experiment, state, experiment.epochs)
    assert (state.records[-1].run_metrics["gradient_norm"] < 1e-8).all()
    return state


@pytest.mark.parametrize("sample_weights", [None, WHOLE], ids=["equal", "weighted"])
@pytest.mark.parametrize("class_weights", [(1.0, 1.0, 1.0), (0.5, 3.0, 1.0)])
def test_softmax_regression_reaches_scikit_learns(class_weights: tuple[float, ...], sample_weights: Any) -> None:
    """Its penalty of |W|²/2 against C times the sum of weighted losses is ours of λ = 1 / (C sum w) against their mean."""
    one = run(optimizer="nesterov", learning_rate=1.0, penalty=PENALTIES["l2"](strength=0.05), class_weights=manual(*class_weights))
    experiment = small(one, model=LINEAR, batch_size=0, epochs=300, seeds=1)
    state = converged(experiment, replace(BLOBS.load(), sample_weights=sample_weights))
    data, n = state.data, state.data.n_train
    total = (data.sample_weights[:n] * np.array(class_weights)[data.truth[:n]]).sum()
    model = LogisticRegression(C=1 / (0.05 * total), class_weight=dict(enumerate(class_weights)), tol=1e-10, max_iter=1000)
    model.fit(data.X[:n], data.truth[:n], sample_weight=data.sample_weights[:n])
    W, b = state.params[0, 0, :6].reshape(2, 3), state.params[0, 0, 6:]
    np.testing.assert_allclose(W, model.coef_.T, atol=1e-5)
    np.testing.assert_allclose(b - b.mean(), model.intercept_ - model.intercept_.mean(), atol=1e-4)


@pytest.mark.parametrize("sample_weights", [None, WHOLE[:50]], ids=["equal", "weighted"])
def test_ridge_regression_reaches_scikit_learns(sample_weights: Any) -> None:
    """Squared errors are averaged over rows and outputs, and our L2 has a half: α = λ K sum(w) / 2."""
    experiment = small(
        run("squared_error", "nesterov", 0.1, penalty=PENALTIES["l2"](strength=0.1)),
        dataset=TASKS[REGRESSION], model=LINEAR, batch_size=0, epochs=300, seeds=1,
    )  # fmt: skip
    state = converged(experiment, replace(TASKS[REGRESSION].load(), sample_weights=sample_weights))
    data, n = state.data, state.data.n_train
    model = Ridge(alpha=0.1 * 2 * data.sample_weights[:n].sum() / 2).fit(data.X[:n], data.targets[IDENTITY].values[:n], sample_weight=data.sample_weights[:n])
    np.testing.assert_allclose(state.params[0, 0, :6].reshape(3, 2), model.coef_.T, atol=1e-7)
    np.testing.assert_allclose(state.params[0, 0, 6:], model.intercept_, atol=1e-7)


# What is refused


@pytest.mark.parametrize(
    ("class_weights", "sample_weights", "message"),
    [
        ((0, 0, 0), None, "all training rows have weight 0"),
        ((), np.zeros(60), "all training rows have weight 0"),
        ((0, 1, 1), (BLOBS.load().y == 0).astype(float), "all training rows have weight 0"),
        ((1, 1, 1, 1), None, "4 weights were given for 3 classes"),
        ((), np.full(60, np.nan), "the sample weight of row 1 must be a number .* got nan"),
        ((), np.where(np.arange(60) == 7, np.inf, 1), "the sample weight of row 8 must be a number .* got inf"),
        ((), np.where(np.arange(60) == 7, -1.0, 1), "the sample weight of row 8 must be a number .* got −1"),
    ],
)
def test_weights_that_leave_nothing_to_learn_are_refused(class_weights: tuple[float, ...], sample_weights: Any, message: str) -> None:
    experiment = small(run(optimizer="adam"), run(optimizer="adam", class_weights=manual(*class_weights)), run())
    with pytest.raises(ValueError, match=message):
        start(experiment, replace(BLOBS.load(), sample_weights=sample_weights))


def test_one_class_of_weight_is_enough() -> None:
    result = train(small(run(class_weights=manual(0, 0, 1))))
    assert np.isfinite(result.values("loss")).all()


def test_weights_of_a_regression_count_for_all_rows() -> None:
    """A regression has no classes: one weight applies to every row, and two are too many."""
    plain, weighty = (collect(full(run("huber", class_weights=w), task=REGRESSION))[0].params for w in (manual(), manual(7)))
    np.testing.assert_allclose(plain, weighty, **RTOL)
    with pytest.raises(ValueError, match="2 weights were given for 1 classes"):
        start(full(run("huber", class_weights=manual(1, 2)), task=REGRESSION))


# Effective numbers


@pytest.mark.parametrize("beta", [0.5, 0.9, 0.9999])
def test_effective_number_is_the_inverse_of_a_geometric_sum(beta: float) -> None:
    """The expected volume of n samples, 1 + β + ... + β^(n - 1): arXiv:1901.05555, proposition 1; weights sum to the number of classes."""
    counts = np.array([1, 3, 40, 500])
    inverse = np.array([1 / sum(beta**k for k in range(n)) for n in counts])
    mine = CLASS_WEIGHTS["effective_number"](beta=beta).weights(counts)
    np.testing.assert_allclose(mine, 4 * inverse / inverse.sum(), rtol=1e-10)
    assert mine.sum() == pytest.approx(4)


def test_effective_number_lies_between_no_weights_and_balanced_ones() -> None:
    counts = np.array([2, 30, 400])
    np.testing.assert_array_equal(CLASS_WEIGHTS["effective_number"](beta=0.0).weights(counts), 1)
    near_one, balanced = CLASS_WEIGHTS["effective_number"](beta=1 - 1e-9).weights(counts), CLASS_WEIGHTS["balanced"]().weights(counts)
    np.testing.assert_allclose(near_one / near_one[0], balanced / balanced[0], rtol=1e-5)
    ratios = [np.ptp(np.log(CLASS_WEIGHTS["effective_number"](beta=beta).weights(counts))) for beta in (0.0, 0.9, 0.99, 0.999)]
    assert ratios == sorted(ratios)


def test_a_class_without_rows_has_no_effective_number() -> None:
    """Nothing is divided by 0, and its weight is 0."""
    weights = CLASS_WEIGHTS["effective_number"]().weights(np.array([5, 0, 9]))
    assert weights[1] == 0
    assert weights.sum() == pytest.approx(3)
