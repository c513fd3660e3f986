"""Every penalty: its value, its gradient, its proximal step, and PyTorch's and scikit-learn's conventions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from core.penalties import PENALTIES, Penalty
from tests.core.losses.test_losses import central_difference
from tests.core.parameters.test_parameters import stacked
from tests.items import by_kind, in_one
from tests.reference.make_optimizers import settings

WEIGHTS = np.random.default_rng(0).normal(size=(4, 3, 6))
WEIGHTS[0, 0, :2] = 0, 1e-4
WEIGHTS.flags.writeable = False
ITEMS = [cls(**values) for cls in PENALTIES.values() for values in settings(cls, draws=3)]
every_item = by_kind("item", ITEMS)
#: value of one weight, and its gradient: PyTorch's weight decay adds strength * w; scikit-learn's elastic net has the halves
FORMULAS: dict[str, Any] = {
    "none": (lambda o, w: 0, lambda o, w: 0),
    "l1": (lambda o, w: o.strength * abs(w), lambda o, w: o.strength * np.sign(w)),
    "l1_proximal": (lambda o, w: o.strength * abs(w), lambda o, w: 0),
    "l2": (lambda o, w: o.strength * w**2 / 2, lambda o, w: o.strength * w),
    "elastic_net_proximal": (lambda o, w: o.strength * (o.l1_ratio * abs(w) + (1 - o.l1_ratio) * w**2 / 2), lambda o, w: 0),
    "elastic_net": (
        lambda o, w: o.strength * (o.l1_ratio * abs(w) + (1 - o.l1_ratio) * w**2 / 2),
        lambda o, w: o.strength * (o.l1_ratio * np.sign(w) + (1 - o.l1_ratio) * w),
    ),
}


@by_kind("item", [item for item in ITEMS if item.kind in FORMULAS])
def test_value_and_gradient_follow_the_formula(item: Penalty) -> None:
    value, gradient = FORMULAS[item.kind]
    np.testing.assert_allclose(item.value(WEIGHTS), sum(value(item, WEIGHTS[..., i]) for i in range(6)), rtol=1e-13)
    np.testing.assert_allclose(item.gradient(WEIGHTS), gradient(item, WEIGHTS), rtol=1e-13)


@every_item
def test_acts_by_the_derivative_of_its_value_or_by_a_proximal_step(item: Penalty) -> None:
    weights = WEIGHTS[1:]
    if item.has_proximal:
        assert not item.gradient(weights).any()
    else:
        scale = item.value(weights).max()
        np.testing.assert_allclose(item.gradient(weights), central_difference(item.value, weights), rtol=5e-6, atol=5e-10 * scale)
        np.testing.assert_array_equal(item.proximal(WEIGHTS, 0.1), WEIGHTS)


@every_item
def test_no_weights_no_penalty(item: Penalty) -> None:
    """The subgradient at 0 is 0, so a weight that is 0 stays there."""
    zeros = np.zeros((2, 5))
    for result in (item.value(zeros), item.gradient(zeros), item.proximal(zeros, 0.1)):
        assert not result.any()


@by_kind("item", [item for item in ITEMS if item.has_proximal])
@in_one("lr", [0.01, 0.5, 3.0])
def test_proximal_step_solves_its_problem(item: Penalty, lr: float) -> None:
    """It is the minimum over x of (x - w)² / 2 + lr * value(x), found by a scalar search over each weight; exactly 0 within the L1 part's threshold."""
    threshold = lr * item.strength * getattr(item, "l1_ratio", 1.0)
    weights = np.concatenate([WEIGHTS[0, 0], threshold * np.array([0.5, -0.999, 1, 1.5, -3])])
    moved = item.proximal(weights, lr)

    def objective(x: float, weight: float) -> float:
        return (x - weight) ** 2 / 2 + lr * float(item.value(np.array([x])))

    for weight, x in zip(weights, moved, strict=True):
        found = minimize_scalar(objective, bounds=(-abs(weight) - 1e-9, abs(weight) + 1e-9), args=(weight,), method="bounded", options={"xatol": 1e-10})
        assert objective(x, weight) <= found.fun * (1 + 1e-12)
        np.testing.assert_allclose(x, found.x, atol=2e-8 * max(1, abs(weight)))
    small = np.abs(weights) <= threshold
    assert small.sum() >= 4
    assert (moved[small] == 0).all()
    assert (moved[~small] != 0).all()


@pytest.mark.parametrize(
    ("net", "ratio", "kind"), [("elastic_net", 1.0, "l1"), ("elastic_net", 0.0, "l2"), ("elastic_net_proximal", 1.0, "l1_proximal")]
)
def test_elastic_net_ends_in_l1_and_l2(net: str, ratio: float, kind: str) -> None:
    mixed, end = PENALTIES[net](strength=0.3, l1_ratio=ratio), PENALTIES[kind](strength=0.3)
    np.testing.assert_allclose(mixed.value(WEIGHTS), end.value(WEIGHTS), rtol=1e-14)
    np.testing.assert_allclose(mixed.gradient(WEIGHTS), end.gradient(WEIGHTS), rtol=1e-14)
    np.testing.assert_allclose(mixed.proximal(WEIGHTS, 0.7), end.proximal(WEIGHTS, 0.7), rtol=1e-14)


def test_proximal_elastic_net_without_l1_is_implicit_descent_on_l2() -> None:
    """w' = w - η λ w': the gradient at the end of the step, so that no strength is too large for it."""
    strong = PENALTIES["elastic_net_proximal"](strength=1e4, l1_ratio=0.0)
    moved = strong.proximal(WEIGHTS, 0.5)
    np.testing.assert_allclose(moved, WEIGHTS - 0.5 * 1e4 * moved, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("kind", PENALTIES)
@in_one("dtype", [np.float64, np.float32])
def test_stack_equals_each_alone(kind: str, dtype: Any) -> None:
    """Strengths and learning rates as columns (R, 1), in single precision too, which must stay single."""
    alone = [PENALTIES[kind](**values) for values in settings(PENALTIES[kind], draws=3)]
    weights = WEIGHTS.reshape(-1, 6)[: len(alone)].astype(dtype)
    rates = np.linspace(0.1, 1, len(alone))[:, None].astype(dtype)
    stack = stacked(alone, (1,), dtype)
    together = stack.value(weights), stack.gradient(weights), stack.proximal(weights, rates)
    assert {result.dtype for result in together} == {np.dtype(dtype)}
    for r, item in enumerate(alone):
        single = item.value(weights[r]), item.gradient(weights[r]), item.proximal(weights[r], rates[r])
        for stacked_result, result in zip(together, single, strict=True):
            np.testing.assert_allclose(stacked_result[r], result, rtol=4 * np.finfo(dtype).eps, atol=np.finfo(dtype).eps)
            assert result.dtype == dtype


@every_item
def test_shapes(item: Penalty) -> None:
    assert item.value(WEIGHTS).shape == (4, 3)
    assert item.gradient(WEIGHTS).shape == item.proximal(WEIGHTS, 0.1).shape == WEIGHTS.shape
