"""Every loss: its gradient, its extremes, its kinks, what it declares of itself, and PyTorch's values."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from core.losses import CLASSIFICATION, LOSSES, Loss
from tests.reference.make_optimizers import PATH, expression, settings
from tests.test_parameters import stacked

CASES = json.loads(PATH.with_name("losses.json").read_text())
KINDS = [(cls, task) for cls in LOSSES.values() for task in sorted(cls.tasks)]
ITEMS = [(cls(**values), task) for cls, task in KINDS for values in settings(cls)]
K = 3
every_item = pytest.mark.parametrize(("loss", "task"), ITEMS, ids=str)
every_kind = pytest.mark.parametrize(("cls", "task"), KINDS, ids=lambda part: getattr(part, "kind", part))


def draw_targets(task: str, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return random targets: one-hot classes, or real numbers."""
    return np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])] if task == CLASSIFICATION else rng.normal(scale=2, size=shape)


def draw(task: str, seed: int, shape: tuple[int, ...] = (20, K)) -> tuple[np.ndarray, np.ndarray]:
    """Return random scores and targets, which no loss may write to."""
    rng = np.random.default_rng(seed)
    scores, targets = rng.normal(scale=3, size=shape), draw_targets(task, rng, shape)
    scores.flags.writeable = targets.flags.writeable = False
    return scores, targets


def corners(task: str, low: float, high: float) -> tuple[np.ndarray, np.ndarray]:
    """Return scores (B, K) of all sizes and signs up to the ends of the range, each with every one of a few targets."""
    sizes = [0, 1e-300, 1e-8, 1, 37, 745, *np.geomspace(1e3, max(-low, high), 4)]
    levels = sorted({float(np.clip(sign * size, low, high)) for size in sizes for sign in (-1, 1)})
    scores = np.array(list(itertools.product(levels, repeat=K)))
    targets = np.eye(K) if task == CLASSIFICATION else np.array([[0.0, 1, -1], [1e3, -1e3, 1e-8]])
    return np.tile(scores, (len(targets), 1)), np.repeat(targets, len(scores), axis=0)


def central_difference(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray, eps: float = 1e-6) -> np.ndarray:
    """Return the derivative of a function from (..., n) to (...) by the four-point rule, shape (..., n)."""
    steps = eps * np.eye(x.shape[-1])
    near, far = (function(x[..., None, :] + k * steps) - function(x[..., None, :] - k * steps) for k in (1, 2))
    return (8 * near - far) / (12 * eps)


@every_item
@pytest.mark.parametrize("seed", range(3))
def test_gradient_is_the_derivative_of_the_value(loss: Loss, task: str, seed: int) -> None:
    """The rounding of the values alone costs the difference about 1.5 ulp / eps; no random point is within 2 eps of a kink."""
    scores, targets = draw(task, seed)
    numeric = central_difference(lambda s: loss.value(s, targets[:, None, :]), scores)
    rounding = 5e-10 * loss.value(scores, targets).max()
    np.testing.assert_allclose(loss.gradient(scores, targets), numeric, rtol=5e-6, atol=rounding)


#: scores, target, gradient at each kink of the losses that are not differentiable
KINKS = {
    "absolute_error": [([2.5], [2.5], [0])],
    "quantile": [([-1.5], [-1.5], [0])],
    "hinge": [([1], [1], [0]), ([-1], [0], [0]), ([1, -1, 3], [1, 0, 0], [0, 0, 1 / 3])],
}


@pytest.mark.parametrize("kind", [kind for kind, cls in LOSSES.items() if not cls.differentiable])
def test_subgradient_at_kinks(kind: str) -> None:
    for values in settings(LOSSES[kind]):
        for scores, targets, gradient in KINKS[kind]:
            np.testing.assert_array_equal(LOSSES[kind](**values).gradient(np.array(scores, float), np.array(targets, float)), gradient)


@every_item
def test_finite_over_the_declared_range(loss: Loss, task: str) -> None:
    scores, targets = corners(task, *loss.score_range)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(loss.value(scores, targets)).all()
        assert np.isfinite(loss.gradient(scores, targets)).all()
        probabilities = loss.probabilities(scores)
    if probabilities is not None:
        np.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-14)
        assert (probabilities >= 0).all()


@every_item
def test_single_precision_stays_single_and_finite(loss: Loss, task: str) -> None:
    low, high = loss.score_range
    for scores, targets in (draw(task, 0), corners(task, max(low, -1e4), min(high, 1e4))):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            value, gradient = loss.value(*(single := (scores.astype(np.float32), targets.astype(np.float32)))), loss.gradient(*single)
        assert value.dtype == gradient.dtype == np.float32
        assert np.isfinite(value).all()
        assert np.isfinite(gradient).all()
        np.testing.assert_allclose(value, loss.value(*(array.astype(float) for array in single)), rtol=2e-5, atol=2e-6)


@every_item
def test_any_leading_shape(loss: Loss, task: str) -> None:
    scores, targets = draw(task, 4, (2, 5, 7, K))
    value, gradient = loss.value(scores, targets), loss.gradient(scores, targets)
    assert value.shape == (2, 5, 7)
    for index in np.ndindex(2, 5):
        np.testing.assert_array_equal(value[index], loss.value(scores[index], targets[index]))
        np.testing.assert_array_equal(gradient[index], loss.gradient(scores[index], targets[index]))
    np.testing.assert_array_equal(loss.gradient(scores, targets[0, 0]), loss.gradient(scores, np.broadcast_to(targets[0, 0], scores.shape)))


@every_kind
@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-13), (np.float32, 1e-5)])
def test_stack_equals_each_alone(cls: type[Loss], task: str, dtype: Any, rtol: float) -> None:
    """Hyperparameters as arrays (R, 1, 1), one value for each run."""
    alone = [cls(**values) for values in settings(cls, draws=3)]
    scores, targets = (array.astype(dtype) for array in draw(task, 5, (len(alone), 9, K)))
    stack = stacked(alone, (1, 1), dtype)
    for method in ("value", "gradient"):
        together = getattr(stack, method)(scores, targets)
        assert together.dtype == dtype
        for r, loss in enumerate(alone):
            np.testing.assert_allclose(together[r], getattr(loss, method)(scores[r], targets[r]), rtol=rtol, atol=np.finfo(dtype).eps)


@every_item
def test_probabilities_agree_with_the_scores(loss: Loss, task: str) -> None:
    scores, _ = draw(task, 6, (200, K))
    probabilities = loss.probabilities(scores)
    if probabilities is not None:
        np.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-14)
        np.testing.assert_array_equal(probabilities.argmax(axis=-1), scores.argmax(axis=-1))
    assert loss.predict(scores).shape == scores.shape


def convex(loss: Loss, task: str) -> bool:
    """Whether no midpoint of 3000 random chords lies above its chord."""
    a, b = (np.random.default_rng(seed).normal(scale=8, size=(3000, K)) for seed in (0, 1))
    _, targets = draw(task, 7, a.shape)
    middle, ends = loss.value((a + b) / 2, targets), (loss.value(a, targets) + loss.value(b, targets)) / 2
    return bool((middle <= ends + 1e-13 * (1 + ends)).all())


def robust(loss: Loss, task: str) -> bool:
    """Whether the gradient at the ends of the range is no larger than far inside it."""
    low, high = loss.score_range
    far, inside = (np.abs(loss.gradient(*corners(task, low / share, high / share))).max() for share in (1, 100))
    return bool(far <= 1.1 * inside)


def zero_at_perfect(loss: Loss, task: str) -> bool:
    """Whether the value is 0 at the targets themselves or, for classes, at a wide margin on the right side."""
    _, targets = draw(task, 8)
    right = loss.value(targets, targets)
    return bool(np.all((np.minimum(right, loss.value(1e3 * (2 * targets - 1), targets)) if task == CLASSIFICATION else right) == 0))


def nonnegative(loss: Loss, task: str) -> bool:
    """Whether no value is below 0, near the target as well as at the corners."""
    scores, targets = draw(task, 9, (300, K))
    near = targets + np.geomspace(1e-17, 1, 300)[:, None] * np.sign(scores)
    return all((loss.value(*pair) >= 0).all() for pair in ((scores, targets), (near, targets), corners(task, *loss.score_range)))


def shift_invariant(loss: Loss, task: str) -> bool:
    """Whether a constant added to all scores changes nothing; scores are eighths, so that the sum is exact."""
    scores, targets = draw(task, 10)
    scores = np.round(8 * scores) / 8
    return all(np.array_equal(f(scores, targets), f(scores + 1024, targets)) for f in (loss.value, loss.gradient))


def differentiable(loss: Loss, task: str) -> bool:
    """Whether no jump of the gradient is found on 200 random lines, by halving towards its steepest change."""
    rng = np.random.default_rng(11)
    start, end = rng.normal(scale=6, size=(2, 200, K))
    targets = draw_targets(task, rng, (200, K))
    low, high = np.zeros((200, 1)), np.ones((200, 1))
    for _ in range(45):
        middle = (low + high) / 2
        g_low, g_middle, g_high = (loss.gradient(start + t * (end - start), targets) for t in (low, middle, high))
        left = np.abs(g_middle - g_low).max(axis=-1, keepdims=True) > np.abs(g_high - g_middle).max(axis=-1, keepdims=True)
        low, high = np.where(left, low, middle), np.where(left, middle, high)
    return bool(np.abs(g_high - g_low).max() < 1e-6)


@every_kind
@pytest.mark.parametrize("prop", [convex, robust, zero_at_perfect, nonnegative, shift_invariant, differentiable])
def test_declared_property_is_true(cls: type[Loss], task: str, prop: Callable[[Loss, str], bool]) -> None:
    """A loss declares a property if, and only if, it has it at all its hyperparameters."""
    held = [prop(cls(**values), task) for values in settings(cls)]
    assert all(held) == getattr(cls, prop.__name__), held


@pytest.mark.parametrize(("loss", "task"), [pair for pair in ITEMS if pair[0].shift_invariant], ids=str)
def test_gradient_of_a_shift_invariant_loss_sums_to_zero(loss: Loss, task: str) -> None:
    np.testing.assert_allclose(loss.gradient(*draw(task, 12)).sum(axis=-1), 0, atol=1e-15)
    huge = np.array([[1e4, 0, 7e-7]])
    assert np.isfinite(loss.value(huge, np.eye(K))).all()
    np.testing.assert_array_equal(loss.probabilities(huge), [[1, 0, 0]])


def logistic(s: Any) -> Any:
    """Return log(1 + exp(-s)) with mpmath."""
    return mpmath.log1p(mpmath.exp(-s))


#: value of a sample whose true class leads by s of two (for binary_cross_entropy: whose only class is present with score s),
#: and the absolute error allowed where it is small: an ulp of 1, or underflow alone
BY_MPMATH = {
    "binary_cross_entropy": (lambda loss, s: logistic(s), 1e-300),
    "cross_entropy": (lambda loss, s: logistic(s) + loss.label_smoothing / 2 * s, 2.3e-16),
    "focal": (lambda loss, s: mpmath.exp(-loss.gamma * logistic(-s)) * logistic(s), 1e-300),
    "brier": (lambda loss, s: 2 * mpmath.exp(-2 * logistic(-s)), 2.3e-16),
}


@pytest.mark.parametrize("loss", [loss for loss, _ in ITEMS if loss.kind in BY_MPMATH], ids=repr)
@pytest.mark.parametrize("s", [0, 1e-9, 0.5, -3, 37, -37, 232.8, -232.8, 1e3, -1e3])
def test_logistic_extremes_against_mpmath(loss: Loss, s: float) -> None:
    scores, targets = (np.array([s]), np.array([1.0])) if loss.kind == "binary_cross_entropy" else (np.array([s, 0]), np.array([1.0, 0]))
    exact, atol = BY_MPMATH[loss.kind]
    with mpmath.workdps(40):
        value, slope = exact(loss, mpmath.mpf(s)), mpmath.diff(lambda x: exact(loss, x), s)
    np.testing.assert_allclose(loss.value(scores, targets), float(value), rtol=1e-13, atol=atol)
    np.testing.assert_allclose(loss.gradient(scores, targets)[0], float(slope), rtol=1e-13, atol=2.3e-16)


def of(kind: str, **values: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Return the value of the loss as a function of scores and targets."""
    return LOSSES[kind](**values).value


def log_p(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the log-probability of the true class."""
    return np.asarray((log_softmax(scores, axis=-1) * targets).sum(axis=-1))


def smooth_l1(residuals: np.ndarray, beta: float) -> np.ndarray:
    """Return the smooth L1 loss as Girshick and PyTorch define it."""
    return np.where(np.abs(residuals) < beta, residuals**2 / (2 * beta), np.abs(residuals) - beta / 2)


#: a loss, and what it has to be, for K columns of scores s and targets t
IDENTITIES = {
    "cross-entropy is the likelihood": (3, of("cross_entropy"), lambda s, t: -log_p(s, t)),
    "two-class softmax is logistic": (2, of("cross_entropy"), lambda s, t: np.log1p(np.exp((s[:, 1] - s[:, 0]) * (2 * t[:, 0] - 1)))),
    "smoothed target": (3, of("cross_entropy", label_smoothing=0.3), lambda s, t: -0.7 * log_p(s, t) - 0.3 * log_softmax(s, axis=-1).mean(axis=-1)),
    "binary cross-entropy is the mean of the columns": (3, of("binary_cross_entropy"), lambda s, t: np.log1p(np.exp((1 - 2 * t) * s)).mean(axis=-1)),
    "focal 0 is cross-entropy": (3, of("focal", gamma=0), of("cross_entropy")),
    "focal ratio": (3, of("focal", gamma=1.5), lambda s, t: (1 - np.exp(log_p(s, t))) ** 1.5 * of("cross_entropy")(s, t)),
    "Brier is squared error on probabilities": (3, of("brier"), lambda s, t: 3 * of("squared_error")(softmax(s, axis=-1), t)),
    "hinge is one-vs-rest": (3, of("hinge"), lambda s, t: np.where(t == 1, np.maximum(1 - s, 0), np.maximum(1 + s, 0)).mean(axis=-1)),
    "squared hinge is hinge squared": (1, of("squared_hinge"), lambda s, t: of("hinge")(s, t) ** 2),
    "Huber is delta smooth L1": (2, of("huber", delta=0.7), lambda s, t: 0.7 * smooth_l1(s - t, 0.7).mean(axis=-1)),
    "Huber of a wide delta is half the squared error": (2, of("huber", delta=1e3), lambda s, t: of("squared_error")(s, t) / 2),
    "pinball at 1/2 is half the absolute error": (2, of("quantile", quantile=0.5), lambda s, t: of("absolute_error")(s, t) / 2),
    "pinball": (1, of("quantile", quantile=0.2), lambda s, t: np.where(s < t, 0.2 * (t - s), 0.8 * (s - t))[:, 0]),
    "log-cosh": (2, of("log_cosh"), lambda s, t: np.log(np.cosh(s - t)).mean(axis=-1)),
}


@pytest.mark.parametrize("name", IDENTITIES)
def test_identity(name: str) -> None:
    """Up to an ulp of 1, which is what a softmax near 1 is known to."""
    k, loss, expected = IDENTITIES[name]
    scores, targets = draw(CLASSIFICATION, 13, (50, k))
    np.testing.assert_allclose(loss(scores, targets), expected(scores, targets), rtol=1e-12, atol=2.3e-16)


def test_one_vs_rest_hinge_is_neither_of_the_multiclass_hinges() -> None:
    """By hand: margins 2, -0.5 and 1; Crammer and Singer's loss is 0 here, and Weston and Watkins's too."""
    np.testing.assert_allclose(of("hinge")(np.array([2, 0.5, -1]), np.array([1.0, 0, 0])), 0.5)


@pytest.mark.parametrize("residual", [700.0, -700.0])
def test_log_cosh_far_away(residual: float) -> None:
    np.testing.assert_allclose(of("log_cosh")(np.array([residual]), np.zeros(1)), 700 - np.log(2), rtol=1e-15)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["pytorch"][:80])
def test_equals_pytorch(case: dict[str, Any]) -> None:
    """p - t loses digits where p is near t: the second tolerance is one rounding of a number of size 1."""
    cls = LOSSES[case["kind"]]
    assert expression(cls, case["settings"]) == case["pytorch"]
    loss, scores, targets = cls(**case["settings"]), np.array(case["scores"]), np.array(case["targets"])
    np.testing.assert_allclose(loss.value(scores, targets), case["value"], rtol=1e-12, atol=2.3e-16)
    np.testing.assert_allclose(loss.gradient(scores, targets), case["gradient"], rtol=1e-12, atol=2.3e-16)


def test_reference_is_complete() -> None:
    recorded = {(case["kind"], case["pytorch"]) for case in CASES}
    expected = {(kind, expression(cls, {})) for kind, cls in LOSSES.items() if cls.pytorch is not None}
    assert expected <= recorded, "run tests/reference/make_losses.py"
