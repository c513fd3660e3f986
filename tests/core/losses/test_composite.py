"""Weighted sums of losses: sums of values and gradients, what they declare of themselves, and what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.experiment import Experiment
from core.losses import LOSSES, WeightedSum
from core.tasks import CLASSIFICATION, IDENTITY, REGRESSION, SEGMENTATION
from tests.core.losses.test_losses import draw
from tests.small import TASKS, collect, run, small

SUMS = {"sum_regression": REGRESSION, "sum_classification": CLASSIFICATION, "sum_segmentation": SEGMENTATION}
every_sum = pytest.mark.parametrize(("kind", "task"), SUMS.items())


def parts(task: str) -> list[str]:
    """Return the kinds of losses that may be summed."""
    return [kind for kind, cls in LOSSES.items() if task in cls.tasks and cls.link == IDENTITY and not cls.learned and kind not in SUMS]


def summed(kind: str, *names: str, weights: tuple[float, ...] = (2.0, 0.5, 3.0)) -> WeightedSum:
    fields: dict[str, Any] = {"terms": "three" if len(names) == 3 else "two"}
    for place, name, weight in zip(("first", "second", "third"), names, weights, strict=False):
        fields |= {place: LOSSES[name](), f"{place}_weight": weight}
    item = LOSSES[kind](**fields)
    assert isinstance(item, WeightedSum)
    return item


@every_sum
def test_value_and_gradient_are_the_sums_of_every_pair_of_neighbours(kind: str, task: str) -> None:
    names = parts(task)
    assert len(names) > 4
    for first, second in zip(names, names[1:] + names[:1], strict=True):
        loss, (one, other) = summed(kind, first, second), (LOSSES[first](), LOSSES[second]())
        scores, targets = draw(one, task, 0)
        np.testing.assert_allclose(loss.value(scores, targets), 2 * one.value(scores, targets) + 0.5 * other.value(scores, targets), rtol=1e-13)
        expected = 2 * one.gradient(scores, targets) + 0.5 * other.gradient(scores, targets)
        np.testing.assert_allclose(loss.gradient(scores, targets), expected, rtol=1e-12, atol=1e-15)


@every_sum
def test_third_part_counts_only_where_there_are_three(kind: str, task: str) -> None:
    names = parts(task)[:3]
    three, two = summed(kind, *names), summed(kind, *names[:2])
    scores, targets = draw(three, task, 1)
    np.testing.assert_allclose(
        three.value(scores, targets) - two.value(scores, targets), 3 * LOSSES[names[2]]().value(scores, targets), rtol=1e-9, atol=1e-12
    )
    assert set(three.active()) - set(two.active()) == {"third", "third_weight"}


def test_what_holds_for_the_parts_holds_for_the_sum() -> None:
    convex, neither = summed("sum_classification", "cross_entropy", "brier"), summed("sum_classification", "hinge", "zero_one")
    assert (convex.convex, convex.differentiable, convex.probabilistic, convex.shift_invariant) == (False, True, True, True)
    assert (neither.convex, neither.differentiable, neither.probabilistic, neither.informative) == (False, False, False, True)
    assert summed("sum_classification", "zero_one", "zero_one").informative is False
    assert summed("sum_regression", "squared_error", "absolute_error").convex


def test_probabilities_are_those_of_the_first_part_that_has_some() -> None:
    loss = summed("sum_classification", "hinge", "cross_entropy", "binary_cross_entropy")
    scores, _ = draw(loss, CLASSIFICATION, 2)
    np.testing.assert_array_equal(loss.probabilities(scores), LOSSES["cross_entropy"]().probabilities(scores))
    assert summed("sum_classification", "hinge", "zero_one").probabilities(scores) is None


@pytest.mark.parametrize(
    ("kind", "part"),
    [("sum_regression", "sum_regression"), ("sum_regression", "poisson"), ("sum_regression", "adaptive_robust"), ("sum_regression", "hinge"),
     ("sum_classification", "sum_classification"), ("sum_classification", "huber")],
)  # fmt: skip
def test_what_cannot_be_summed_is_refused_by_name(kind: str, part: str) -> None:
    """A sum, a loss with another link, one that learns, and one of another task; from JSON too, however deep."""
    with pytest.raises(ValueError, match=f"second cannot be {part}; it can be"):
        LOSSES[kind](second=LOSSES[part]())
    with pytest.raises(ValueError, match=f"second cannot be {part}; it can be"):
        LOSSES[kind].from_dict({"second": {"kind": part}})


@pytest.mark.parametrize(("kind", "task"), [(kind, task) for kind, task in SUMS.items() if task in TASKS])
def test_trains_in_a_stack_as_alone(kind: str, task: str) -> None:
    """Two sums of the same parts with other weights are one group; one of other parts is another."""
    names = parts(task)
    losses = [summed(kind, *names[:2]), summed(kind, *names[:2], weights=(0.1, 1.0)), summed(kind, *names[1:4])]
    runs = [run("squared_error")] + [run("squared_error").__class__(loss=loss, optimizer=run().optimizer, learning_rate=0.05) for loss in losses]
    experiment = small(*runs, dataset=TASKS[task])
    assert Experiment.from_json(experiment.to_json()) == experiment
    together = collect(experiment)[0].params
    for i, one in enumerate(runs):
        np.testing.assert_allclose(together[:, [i]], collect(small(one, dataset=TASKS[task]))[0].params, rtol=1e-10, atol=1e-14)


def test_in_words_and_in_pytorch() -> None:
    loss = summed("sum_regression", "squared_error", "huber", weights=(1.0, 0.5))
    assert str(loss.in_words()) == "Squared error + 0.5 Huber"
    assert loss.in_pytorch() == f"1.0 * ({LOSSES['squared_error']().in_pytorch()}) + 0.5 * ({LOSSES['huber']().in_pytorch()})"
