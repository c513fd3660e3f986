"""Embedding losses equal PyTorch's, in any stack, and do what their formulas say at single pairs and triplets."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core.parameters import Number
from core.studies.metric_learning import EMBEDDING_LOSSES, EmbeddingLoss
from core.studies.metric_learning.triplets import drawn, hard, semi_hard
from core.training.stack import groups
from tests.reference.make_metric_learning import LABELS, PATH, example, losses

CASES = json.loads(PATH.read_text())["losses"]
ALL = losses()
NAMES = ("contrastive", "nt_xent", "supervised_contrastive", "triplet", "cross_entropy", "center", "cosface", "arcface")


def test_the_registry_has_the_losses_in_this_order() -> None:
    assert tuple(EMBEDDING_LOSSES) == NAMES
    assert [loss.to_dict() for loss in ALL] == [case["loss"] for case in CASES], "run tests/reference/make_metric_learning.py"


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda i: str(CASES[i]["loss"]["kind"]))
def test_values_and_gradients_equal_those_in_pytorch(case: int) -> None:
    loss, wanted = ALL[case], CASES[case]
    embeddings, labels, further = example(loss)
    np.testing.assert_allclose(loss.value(embeddings, labels, *further), wanted["value"], rtol=1e-9)
    found = loss.gradient(embeddings, labels, *further)
    for mine, theirs in zip(found if loss.learns else (found,), wanted["gradients"], strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("kind", NAMES)
def test_a_stack_of_batches_and_of_numbers_is_the_single_ones(kind: str) -> None:
    cls = EMBEDDING_LOSSES[kind]
    numbers = {name: parameter for name, parameter in cls.parameters().items() if isinstance(parameter, Number)}
    items = [cls(), cls(**{name: (parameter.low + parameter.high) / 3 for name, parameter in numbers.items()})]
    (group,) = groups(items, 2, "float64")
    embeddings, labels, further = example(items[0])
    rng = np.random.default_rng(1)
    stack = embeddings + rng.normal(size=(3, 2, *embeddings.shape))
    batches = np.stack([labels, labels[::-1], np.roll(labels, 3)])[:, None]
    learned = [further[0] + rng.normal(size=(3, 2, *further[0].shape))] if further else []
    values, gradients = group.item.value(stack, batches, *learned), group.item.gradient(stack, batches, *learned)
    for seed in range(3):
        for run, item in enumerate(items):
            own = [each[seed, run] for each in learned]
            np.testing.assert_allclose(values[seed, run], item.value(stack[seed, run], batches[seed, 0], *own), rtol=1e-12)
            alone = item.gradient(stack[seed, run], batches[seed, 0], *own)
            for mine, theirs in zip(gradients if item.learns else (gradients,), alone if item.learns else (alone,), strict=True):
                np.testing.assert_allclose(mine[seed, run], theirs, rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.kind)
def test_precision_is_kept(loss: EmbeddingLoss) -> None:
    embeddings, labels, further = example(loss)
    single = [each.astype(np.float32) if each.dtype == float else each for each in further]
    found = loss.gradient(embeddings.astype(np.float32), labels, *single)
    for each in found if loss.learns else (found,):
        assert each.dtype == np.float32


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.kind)
@pytest.mark.parametrize("point", [0.0, 1e-3], ids=["all at the origin", "all at one point"])
def test_collapsed_batches_and_batches_of_one_class_stay_finite(loss: EmbeddingLoss, point: float) -> None:
    embeddings, labels, further = example(loss)
    one = np.full_like(embeddings, point)
    for of_labels in (labels, np.zeros_like(labels)):
        assert np.isfinite(loss.value(one, of_labels, *further))
        found = loss.gradient(one, of_labels, *further)
        for each in found if loss.learns else (found,):
            assert np.isfinite(each).all()


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.kind)
@pytest.mark.parametrize("labels", [[0], [0, 1], [0, 0], [0, 1, 2, 3, 4, 5], [1, 1, 1, 1], [2, 0, 0, 0, 1, 1]], ids=str)
@pytest.mark.parametrize("lead", [(), (2, 3)], ids=str)
def test_odd_batches_have_finite_values_and_gradients_that_are_differences(loss: EmbeddingLoss, labels: list[int], lead: tuple[int, ...]) -> None:
    """One row, no positives, one class, a row that is alone: in one batch and in a stack of them."""
    rng, of_rows, eps = np.random.default_rng(len(labels)), np.array(labels), 1e-6
    embeddings = rng.normal(size=(*lead, len(labels), 2))
    further = [drawn(rng, of_rows)] if loss.needs_triplets() else [rng.normal(size=(*lead, 6, loss.width(2)))] if loss.learns else []
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = loss.gradient(embeddings, of_rows, *further)
        assert loss.value(embeddings, of_rows, *further).shape == lead
    for place, mine in enumerate(found if loss.learns else (found,)):
        given = [embeddings, *further]
        for index in np.ndindex(*given[place].shape):
            step = np.zeros_like(given[place])
            step[index] = eps
            above, below = ([*given[:place], given[place] + sign * step, *given[place + 1 :]] for sign in (1, -1))
            difference = (loss.value(above[0], of_rows, *above[1:]) - loss.value(below[0], of_rows, *below[1:])).sum() / (2 * eps)
            assert mine[index] == pytest.approx(difference, abs=2e-6)


@pytest.mark.parametrize("loss", ALL, ids=lambda loss: loss.kind)
def test_what_does_not_fit_together_is_refused_in_words(loss: EmbeddingLoss) -> None:
    embeddings, labels, further = example(loss)
    np.testing.assert_array_equal(loss.value(embeddings.tolist(), labels.tolist(), *(each.tolist() for each in further)),
                                  loss.value(embeddings, labels, *further))  # fmt: skip
    for rows, of_rows in ((embeddings, labels[1:]), (embeddings, labels[:, None]), (embeddings[:, 0], labels), (embeddings[:0], labels[:0])):
        for method in (loss.value, loss.gradient):
            with pytest.raises(ValueError, match=r"embeddings must be \(..., B, E\)"):
                method(rows, of_rows, *further)
    if loss.learns:
        for wrong, said in ((labels - 1, "labels must be from 0 to"), (labels + len(further[0]), "labels must be from 0 to")):
            with pytest.raises(ValueError, match=said):
                loss.value(embeddings, wrong, *further)
        with pytest.raises(ValueError, match="what is learned must be"):
            loss.gradient(embeddings, labels, further[0][:, :-1])
    if loss.needs_triplets():
        for wrong in (further[0] + len(labels), further[0] - len(labels), further[0][:, :2]):
            with pytest.raises(ValueError, match=f"of rows from 0 to {len(labels) - 1}"):
                loss.value(embeddings, labels, wrong)


def test_the_loss_of_a_collapsed_batch_is_the_margin() -> None:
    embeddings, labels, _ = example(ALL[3])
    for mining in ("hard", "semi_hard"):
        loss = EMBEDDING_LOSSES["triplet"](margin=0.3, mining=mining)
        assert loss.value(np.zeros_like(embeddings), labels) == pytest.approx(0.3)
        assert loss.active_share(np.zeros_like(embeddings), labels) == 1


def test_mining_takes_what_it_says() -> None:
    embeddings = np.array([[0.0], [1.0], [1.5], [3.0], [0.2]])
    labels = np.array([0, 0, 1, 1, 2])
    distances = np.abs(embeddings - embeddings.T)
    a, p, n, there = hard(distances, labels)
    assert [(int(i), int(j), int(k)) for i, j, k in zip(a[there], p[there], n[there], strict=True)] == [(0, 1, 4), (1, 0, 2), (2, 3, 1), (3, 2, 1)]
    a, p, n, there = semi_hard(distances, labels)
    # no negative is beyond the positives of (1, 0) but row 3, and none beyond that of (2, 3): it takes the farthest, row 0
    assert [(int(i), int(j), int(k)) for i, j, k in zip(a[there], p[there], n[there], strict=True)] == [(0, 1, 2), (1, 0, 3), (2, 3, 0), (3, 2, 1)]


def test_random_triplets_are_one_for_each_ordered_positive_pair() -> None:
    labels = np.array(LABELS)
    triplets = drawn(np.random.default_rng(0), labels)
    a, p, n = triplets.T
    assert len({(i, j) for i, j in zip(a, p, strict=True)}) == len(triplets) == 6 + 2 + 12
    assert (labels[a] == labels[p]).all()
    assert (a != p).all()
    assert (labels[a] != labels[n]).all()
    many = drawn(np.random.default_rng(1), np.repeat(np.arange(3), 40))
    assert {*many[:, 2].tolist()} == {*range(120)}  # every row is drawn as a negative


def test_random_mining_without_triplets_says_what_to_give() -> None:
    embeddings, labels, _ = example(ALL[3])
    with pytest.raises(ValueError, match="third argument"):
        EMBEDDING_LOSSES["triplet"](mining="random").value(embeddings, labels)


def test_arcface_goes_on_falling_beyond_its_range() -> None:
    loss = EMBEDDING_LOSSES["arcface"](margin=0.5, scale=4.0)
    axes, labels = np.array([[1.0, 0.0], [0.0, 1.0]]), np.zeros(1, int)
    angles = np.linspace(0.01, np.pi - 0.01, 60)
    values = [float(loss.value(np.array([[np.cos(angle), -np.sin(angle)]]), labels, axes)) for angle in angles]
    kept = [value for value, angle in zip(values, angles, strict=True) if angle > np.pi / 2]
    assert (np.diff(kept) > 0).sum() >= len(kept) - 2  # the only fall is the step at π - m


def test_docstrings_name_the_convention() -> None:
    for cls in EMBEDDING_LOSSES.values():
        assert "mean over" in (cls.__doc__ or "")
        assert "PyTorch" in cls.twin or "pytorch-metric-learning" in cls.twin
