"""Every loss: its gradient, its extremes, its kinks, and what it declares of itself."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sklearn

from core.losses import LOSSES, Loss, WeightedSum
from core.tasks import CLASSIFICATION, IDENTITY, LOG, REGRESSION, SEGMENTATION
from tests.core.parameters.test_parameters import stacked
from tests.items import in_one
from tests.loss_draws import ITEMS, K, central_difference, corners, draw, draw_targets, every, every_item, every_kind, every_simple_kind, perfect
from tests.reference.make_optimizers import settings


@every_item
def test_gradient_is_the_derivative_of_the_value(loss: Loss, task: str) -> None:
    """The rounding of the values alone costs the difference about 1.5 ulp / eps; no random point is within 2 eps of a kink."""
    scores, targets = draw(loss, task, 0, (60, K))
    numeric = central_difference(lambda s: loss.value(s, targets[:, None, :]), scores)
    values, gradient = loss.value(scores, targets), loss.gradient(scores, targets)
    for part in (slice(0, 20), slice(20, 40), slice(40, 60)):
        np.testing.assert_allclose(gradient[part], numeric[part], rtol=5e-6, atol=5e-10 * values[part].max())


#: scores, target, gradient at each kink of the losses that are not differentiable, or a function of the loss that returns them
KINKS: dict[str, Any] = {
    "absolute_error": [([2.5], [2.5], [0])],
    "quantile": [([-1.5], [-1.5], [0])],
    "epsilon_insensitive": lambda loss: [([loss.epsilon], [0], [0]), ([0], [loss.epsilon], [0])],
    "hinge": [([1], [1], [0]), ([-1], [0], [0]), ([1, -1, 3], [1, 0, 0], [0, 0, 1 / 3])],
    "perceptron": [([0], [1], [0]), ([0], [0], [0]), ([0, 0, 3], [1, 0, 0], [0, 0, 1 / 3])],
    "crammer_singer": [([2, 1, 0], [1, 0, 0], [0, 0, 0]), ([1, 2, 2], [1, 0, 0], [-1, 0.5, 0.5]), ([2, 2, 2], [0, 1, 0], [0.5, -1, 0.5])],
    "weston_watkins": [([2, 1, 1], [1, 0, 0], [0, 0, 0]), ([2, 1, 1.5], [1, 0, 0], [-1 / 3, 0, 1 / 3])],
    "zero_one": [([2, 2, 1], [1, 0, 0], [0, 0, 0]), ([2, 2, 1], [0, 1, 0], [0, 0, 0])],
}


@pytest.mark.parametrize("kind", [kind for kind, cls in LOSSES.items() if not cls.differentiable and not issubclass(cls, WeightedSum)])
def test_subgradient_at_kinks(kind: str) -> None:
    for values in settings(LOSSES[kind]):
        loss, kinks = LOSSES[kind](**values), KINKS[kind]
        for scores, targets, gradient in kinks(loss) if callable(kinks) else kinks:
            np.testing.assert_array_equal(loss.gradient(np.array(scores, float), np.array(targets, float)), gradient)


@every_item
def test_finite_over_the_declared_range(loss: Loss, task: str) -> None:
    scores, targets = corners(loss, task, *loss.score_range)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert np.isfinite(loss.value(scores, targets)).all()
        assert np.isfinite(loss.gradient(scores, targets)).all()
        probabilities = loss.probabilities(scores)
    if probabilities is not None:
        np.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-14)
        assert (probabilities >= 0).all()


@every_item
def test_clamped_beyond_the_declared_range(loss: Loss, task: str) -> None:
    """A narrower range than ±1e6 is one to which scores are clamped: constant beyond, gradient 0, and finite for any score."""
    low, high = loss.score_range
    if (low, high) != (-1e6, 1e6):
        scores, targets = corners(loss, task, -1e6, 1e6)
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            np.testing.assert_array_equal(loss.value(scores, targets), loss.value(np.clip(scores, low, high), targets))
            assert np.isfinite(loss.predict(scores)).all()
            gradient = loss.gradient(scores, targets)
        assert not gradient[(scores < low) | (scores > high)].any()


@every_item
def test_single_precision_stays_single_and_finite(loss: Loss, task: str) -> None:
    low, high = loss.score_range
    for scores, targets in (draw(loss, task, 0), corners(loss, task, max(low, -1e4), min(high, 1e4))):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            value, gradient = loss.value(*(single := (scores.astype(np.float32), targets.astype(np.float32)))), loss.gradient(*single)
        assert value.dtype == gradient.dtype == np.float32
        assert np.isfinite(value).all()
        assert np.isfinite(gradient).all()
        double = [array.astype(float) for array in single]
        np.testing.assert_allclose(value, loss.value(*double), rtol=2e-5, atol=2e-6)
        if loss.differentiable:  # otherwise rounding can take a score across a kink
            np.testing.assert_allclose(gradient, loss.gradient(*double), rtol=2e-5, atol=2e-6)


@every_item
def test_any_leading_shape(loss: Loss, task: str) -> None:
    scores, targets = draw(loss, task, 4, (2, 5, 7, K))
    value, gradient = loss.value(scores, targets), loss.gradient(scores, targets)
    assert value.shape == (2, 5, 7)
    for index in np.ndindex(2, 5):
        np.testing.assert_array_equal(value[index], loss.value(scores[index], targets[index]))
        np.testing.assert_array_equal(gradient[index], loss.gradient(scores[index], targets[index]))
    np.testing.assert_array_equal(loss.gradient(scores, targets[0, 0]), loss.gradient(scores, np.broadcast_to(targets[0, 0], scores.shape)))


@every_simple_kind
@in_one("dtype,rtol", [(np.float64, 1e-13), (np.float32, 1e-5)])
def test_stack_equals_each_alone(cls: type[Loss], task: str, dtype: Any, rtol: float) -> None:
    """Hyperparameters as arrays (R, 1, 1), one value for each run."""
    alone = [cls(**values) for values in settings(cls, draws=3)]
    scores, targets = (array.astype(dtype) for array in draw(cls, task, 5, (len(alone), 9, K)))
    stack = stacked(alone, (1, 1), dtype)
    for method in ("value", "gradient"):
        together = getattr(stack, method)(scores, targets)
        assert together.dtype == dtype
        for r, loss in enumerate(alone):
            np.testing.assert_allclose(together[r], getattr(loss, method)(scores[r], targets[r]), rtol=rtol, atol=np.finfo(dtype).eps)


@every_kind
def test_declarations(cls: type[Loss], task: str) -> None:
    """What a page shows of a loss is there, and short; what an engine reads of it is consistent."""
    assert cls.gradient_formula
    for sentence in (cls.use, cls.avoid):
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert len(sentence) <= 160
        assert sentence.count(". ") == 0, "one sentence"
    assert cls.tasks in ({CLASSIFICATION}, {REGRESSION}, {CLASSIFICATION, REGRESSION}, {SEGMENTATION})
    assert cls.link in {IDENTITY, LOG}
    assert set(cls.learned) <= set(cls.parameters())
    assert not (cls.probabilistic and task == REGRESSION)
    low, high = cls.score_range
    assert -1e6 <= low < 0 < high <= 1e6
    assert np.float32(low) == low
    assert np.float32(high) == high
    unrestricted = (cls.target_domain.low, cls.target_domain.high) == (-np.inf, np.inf)
    assert unrestricted or cls.tasks == {REGRESSION}
    assert cls.link == IDENTITY or cls.target_domain.low >= 0


@in_one("loss,task", ITEMS)
def test_code_is_filled_in(loss: Loss, task: str) -> None:
    """No placeholder is left, and what is left is Python."""
    for code in (loss.in_pytorch(), loss.in_sklearn()):
        if code is not None:
            assert not set("{}") & set(code)
            compile(code, str(loss), "eval")


@every([pair for pair in ITEMS if pair[0].in_sklearn()])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_estimator_of_sklearn_accepts_its_arguments(loss: Loss, task: str) -> None:
    code = str(loss.in_sklearn())
    importlib.import_module(code.partition("(")[0].rpartition(".")[0])
    X = np.random.default_rng(16).normal(size=(30, 2))
    y = np.arange(30) % 3 if task == CLASSIFICATION else np.exp(X[:, 0])
    estimator = eval(code, {"sklearn": sklearn, "numpy": np})
    assert estimator.fit(X, y).predict(X).shape == y.shape


@every_item
def test_probabilities_agree_with_the_scores(loss: Loss, task: str) -> None:
    scores, _ = draw(loss, task, 6, (200, K))
    probabilities = loss.probabilities(scores)
    if probabilities is not None:
        np.testing.assert_allclose(probabilities.sum(axis=-1), 1, rtol=1e-14)
        np.testing.assert_array_equal(probabilities.argmax(axis=-1), scores.argmax(axis=-1))
    assert loss.predict(scores).shape == scores.shape


def convex(loss: Loss, task: str) -> bool:
    """Whether no midpoint of 3000 random chords lies above its chord."""
    a, b = (np.random.default_rng(seed).normal(scale=8, size=(3000, K)) for seed in (0, 1))
    _, targets = draw(loss, task, 7, a.shape)
    middle, ends = loss.value((a + b) / 2, targets), (loss.value(a, targets) + loss.value(b, targets)) / 2
    return bool((middle <= ends + 1e-13 * (1 + ends)).all())


def robust(loss: Loss, task: str) -> bool:
    """Whether the gradient at the ends of the range is no larger than far inside it."""
    low, high = loss.score_range
    far, inside = (np.abs(loss.gradient(*corners(loss, task, low / share, high / share))).max() for share in (1, 100))
    return bool(far <= 1.1 * inside)


def rounding(loss: Loss, targets: np.ndarray) -> Any:
    """Return what a value at a perfect score may miss 0 by: nothing, or with a link as much as the rounding of that score and the target costs."""
    return 0.0 if loss.link == IDENTITY else 1e-14 * (1 + np.abs(targets).max(axis=-1))


def zero_at_perfect(loss: Loss, task: str) -> bool:
    """Whether the value is 0 where the prediction is the target or, for classes, at a wide margin on the right side."""
    _, targets = draw(loss, task, 8)
    if task != REGRESSION:
        wide = min(1e3, loss.score_range[1])
        right = np.minimum(loss.value(targets, targets), loss.value(wide * (2 * targets - 1), targets))
        return bool((right <= (0 if wide == 1e3 else 1e-15)).all())
    return bool((np.abs(loss.value(perfect(loss, targets), targets)) <= rounding(loss, targets)).all())


def nonnegative(loss: Loss, task: str) -> bool:
    """Whether no value is below 0, near the target as well as at the corners."""
    scores, targets = draw(loss, task, 9, (300, K))
    near = np.clip(perfect(loss, targets) + np.geomspace(1e-17, 1, 300)[:, None] * np.sign(scores), *loss.score_range)
    return all((loss.value(s, y) >= -rounding(loss, y)).all() for s, y in ((scores, targets), (near, targets), corners(loss, task, *loss.score_range)))


def bounded(loss: Loss, task: str) -> bool:
    """Whether no value at the ends of the range is larger than far inside it."""
    low, high = loss.score_range
    far, inside = (loss.value(*corners(loss, task, low / share, high / share)).max() for share in (1, 100))
    return bool(far <= 1.1 * inside)


def probabilistic(loss: Loss, task: str) -> bool:
    """Whether there are probabilities."""
    return loss.probabilities(draw(loss, task, 14)[0]) is not None


def informative(loss: Loss, task: str) -> bool:
    """Whether a gradient is not 0."""
    return bool((loss.gradient(*draw(loss, task, 15)) != 0).any())


def shift_invariant(loss: Loss, task: str) -> bool:
    """Whether a constant added to all scores changes nothing; scores are eighths, so that the sum is exact."""
    scores, targets = draw(loss, task, 10)
    scores = np.round(8 * scores) / 8
    return all(np.array_equal(f(scores, targets), f(scores + 1024, targets)) for f in (loss.value, loss.gradient))


def differentiable(loss: Loss, task: str) -> bool:
    """Whether no jump of the value or of the gradient is found on 200 random lines, by halving towards its steepest change."""
    rng = np.random.default_rng(11)
    start, end = rng.normal(scale=6, size=(2, 200, K))
    targets = draw_targets(loss, task, rng, (200, K))
    return not any(jumps(lambda t, f=f: f(start + t * (end - start), targets).reshape(200, -1)) for f in (loss.value, loss.gradient))


def jumps(function: Callable[[np.ndarray], np.ndarray]) -> bool:
    """Whether a function from t (200, 1) in 0..1 to (200, n) changes abruptly, by more than a millionth of its size (at least 1)."""
    low, high = np.zeros((200, 1)), np.ones((200, 1))
    for _ in range(45):
        middle = (low + high) / 2
        f_low, f_middle, f_high = (function(t) for t in (low, middle, high))
        left = np.abs(f_middle - f_low).max(axis=-1, keepdims=True) > np.abs(f_high - f_middle).max(axis=-1, keepdims=True)
        low, high = np.where(left, low, middle), np.where(left, middle, high)
    size = np.maximum(np.abs(f_low), np.abs(f_high)).max(axis=-1, keepdims=True)
    return bool((np.abs(f_high - f_low) >= 1e-6 * np.maximum(size, 1)).any())


PROPERTIES = [convex, differentiable, bounded, robust, zero_at_perfect, nonnegative, shift_invariant, probabilistic, informative]


@every_simple_kind
def test_declared_properties_are_true(cls: type[Loss], task: str) -> None:
    """A loss declares a property if, and only if, it has it at all its hyperparameters."""
    for prop in PROPERTIES:
        held = [prop(cls(**values), task) for values in settings(cls)]
        assert all(held) == getattr(cls, prop.__name__), f"{prop.__name__}: {held}"


@every([pair for pair in ITEMS if isinstance(pair[0], WeightedSum)])
def test_declared_properties_of_a_sum_are_true(loss: WeightedSum, task: str) -> None:
    """A sum declares for each item what follows from its parts; it may have more."""
    for prop in PROPERTIES:
        assert prop(loss, task) or not getattr(loss, prop.__name__), prop.__name__


@every([pair for pair in ITEMS if pair[0].shift_invariant])
def test_gradient_of_a_shift_invariant_loss_sums_to_zero(loss: Loss, task: str) -> None:
    """Up to a rounding of the largest entry, which is at least 1 but for a few losses."""
    gradient = loss.gradient(*draw(loss, task, 12))
    np.testing.assert_allclose(gradient.sum(axis=-1), 0, atol=1e-15 * max(1, np.abs(gradient).max()))
    huge = np.array([[1e4, 0, 7e-7]])
    assert np.isfinite(loss.value(huge, np.eye(K))).all()
    if loss.probabilistic:
        np.testing.assert_array_equal(loss.probabilities(huge), [[1, 0, 0]])
