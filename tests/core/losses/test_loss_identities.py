"""What each loss has to be: identities between losses, exact values far out, values by hand, and PyTorch's values."""

from __future__ import annotations

import json
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from core.losses import LOSSES, Loss
from core.tasks import CLASSIFICATION
from tests.items import by_kind
from tests.loss_draws import ITEMS, corners, draw, of
from tests.reference.make_losses import PATH, covered, native
from tests.reference.make_optimizers import settings

CASES = json.loads(PATH.read_text())


def logistic(s: Any) -> Any:
    """Return log(1 + exp(-s)) with mpmath."""
    return mpmath.log1p(mpmath.exp(-s))


def xlogx(x: Any) -> Any:
    """Return x log x, 0 at 0, with mpmath."""
    return x * mpmath.log(x) if x else mpmath.mpf(0)


#: losses of p_t, from log p_t and q = 1 - p_t
OF_TRUE_CLASS = {
    "nll": lambda loss, log_p, q: -log_p,
    "focal": lambda loss, log_p, q: -(q ** mpmath.mpf(loss.gamma)) * log_p,
    "absolute_error_on_probabilities": lambda loss, log_p, q: 2 * q,
    "generalised_cross_entropy": lambda loss, log_p, q: -mpmath.expm1(loss.r * log_p) / loss.r,
    "symmetric_cross_entropy": lambda loss, log_p, q: -loss.alpha * log_p + 4 * loss.beta * q,
    "poly1": lambda loss, log_p, q: -log_p + loss.epsilon * q,
    "dice": lambda loss, log_p, q: 2 * q / (2 + loss.smooth),
    "tversky": lambda loss, log_p, q: tversky(loss, mpmath.exp(log_p), q),
    "focal_tversky": lambda loss, log_p, q: tversky(loss, mpmath.exp(log_p), q) ** (1 / mpmath.mpf(loss.gamma)),
}


def tversky(loss: Any, p: Any, q: Any) -> Any:
    """Return the Tversky loss as its paper writes it, with false positives and false negatives q."""
    price = mpmath.mpf(loss.alpha) + mpmath.mpf(loss.beta)
    return 1 - (p + loss.smooth) / (p + price * q + loss.smooth)


#: value of a sample whose true class leads by s of two (for one-vs-rest: whose only class is present with score s), and the absolute
#: errors allowed to value and gradient where they are small: an ulp of 1, or underflow alone (of q, which focal Tversky takes the cube root of)
BY_MPMATH = {
    "binary_cross_entropy": (lambda loss, s: logistic(s), 1e-300, 2.3e-16),
    "sigmoid_focal": (lambda loss, s: loss.alpha * mpmath.exp(-loss.gamma * logistic(-s)) * logistic(s), 1e-300, 1e-300),
    "cross_entropy": (lambda loss, s: logistic(s) + loss.label_smoothing / 2 * s, 2.3e-16, 2.3e-16),
    "kl_divergence": (
        lambda loss, s: logistic(s) + loss.label_smoothing / 2 * s + sum(xlogx(x) for x in (loss.label_smoothing / 2, 1 - loss.label_smoothing / 2)),
        2.3e-16, 2.3e-16,
    ),
    "brier": (lambda loss, s: 2 * mpmath.exp(-2 * logistic(-s)), 2.3e-16, 2.3e-16),
    **{
        kind: (lambda loss, s, f=f: f(loss, -logistic(s), mpmath.exp(-logistic(-s))), *2 * [1e-107 if kind == "focal_tversky" else 1e-300])
        for kind, f in OF_TRUE_CLASS.items()
    },
}  # fmt: skip


@by_kind("loss", [loss for loss, _ in ITEMS if loss.kind in BY_MPMATH])
def test_logistic_extremes_against_mpmath(loss: Loss) -> None:
    one_vs_rest = loss.kind in {"binary_cross_entropy", "sigmoid_focal"}
    exact, atol, slope_atol = BY_MPMATH[loss.kind]
    for s in (0, 1e-9, 0.5, -3, 37, -37, 232.8, -232.8, 1e3, -1e3):
        scores, targets = (np.array([s]), np.array([1.0])) if one_vs_rest else (np.array([s, 0]), np.array([1.0, 0]))
        with mpmath.workdps(500 if abs(s) > 300 else 250):  # so many, as slopes of 1e-434 are differences of values near 1
            value, slope = exact(loss, mpmath.mpf(s)), mpmath.diff(lambda x: exact(loss, x), s)
        np.testing.assert_allclose(loss.value(scores, targets), float(value), rtol=1e-13, atol=atol, err_msg=f"value at {s}")
        np.testing.assert_allclose(loss.gradient(scores, targets)[0], float(slope), rtol=1e-13, atol=slope_atol, err_msg=f"gradient at {s}")


def log_p(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the log-probability of the true class."""
    return np.asarray((log_softmax(scores, axis=-1) * targets).sum(axis=-1))


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-s))."""
    return np.asarray(1 / (1 + np.exp(-scores)))


def smooth_l1(residuals: np.ndarray, beta: float) -> np.ndarray:
    """Return the smooth L1 loss as Girshick and PyTorch define it."""
    return np.where(np.abs(residuals) < beta, residuals**2 / (2 * beta), np.abs(residuals) - beta / 2)


def modified_huber(m: np.ndarray) -> np.ndarray:
    """Return the modified Huber loss of margins as scikit-learn documents it."""
    return np.where(m >= -1, np.maximum(0, 1 - m) ** 2, -4 * m)


def lead(scores: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return by how much the true class leads the strongest other."""
    return np.asarray(scores[targets == 1] - np.where(targets == 1, -np.inf, scores).max(axis=-1))


#: a loss, and what it has to be, for K columns of scores s and targets t
IDENTITIES = {
    "cross-entropy is the likelihood": (3, of("cross_entropy"), lambda s, t: -log_p(s, t)),
    "two-class softmax is logistic": (2, of("cross_entropy"), lambda s, t: np.log1p(np.exp((s[:, 1] - s[:, 0]) * (2 * t[:, 0] - 1)))),
    "smoothed target": (3, of("cross_entropy", label_smoothing=0.3), lambda s, t: -0.7 * log_p(s, t) - 0.3 * log_softmax(s, axis=-1).mean(axis=-1)),
    "binary cross-entropy is the mean of the columns": (3, of("binary_cross_entropy"), lambda s, t: np.log1p(np.exp((1 - 2 * t) * s)).mean(axis=-1)),
    "focal 0 is cross-entropy": (3, of("focal", gamma=0), of("cross_entropy")),
    "negative log-likelihood is cross-entropy": (3, of("nll"), of("cross_entropy")),
    "KL divergence of one-hot targets is cross-entropy": (3, of("kl_divergence"), of("cross_entropy")),
    "KL divergence is cross-entropy less the target's entropy": (
        3, of("kl_divergence", label_smoothing=0.3), lambda s, t: of("cross_entropy", label_smoothing=0.3)(s, t) + 0.8 * np.log(0.8) + 0.2 * np.log(0.1),
    ),
    "focal ratio": (3, of("focal", gamma=1.5), lambda s, t: (1 - np.exp(log_p(s, t))) ** 1.5 * of("cross_entropy")(s, t)),
    "sigmoid focal without its two weights is half binary cross-entropy": (
        3, of("sigmoid_focal", gamma=0, alpha=0.5), lambda s, t: of("binary_cross_entropy")(s, t) / 2,
    ),
    "sigmoid focal of equal weights is focal of two classes": (
        1, of("sigmoid_focal", gamma=1.5, alpha=0.5), lambda s, t: of("focal", gamma=1.5)(np.hstack([s, 0 * s]), np.hstack([t, 1 - t])) / 2,
    ),
    "absolute error on probabilities": (3, of("absolute_error_on_probabilities"), lambda s, t: 3 * of("absolute_error")(softmax(s, axis=-1), t)),
    "generalised cross-entropy at 1": (3, of("generalised_cross_entropy", r=1), lambda s, t: of("absolute_error_on_probabilities")(s, t) / 2),
    "generalised cross-entropy towards 0": (3, of("generalised_cross_entropy", r=1e-14), of("nll")),
    "symmetric cross-entropy without its reverse": (3, of("symmetric_cross_entropy", alpha=0.3, beta=0), lambda s, t: 0.3 * of("nll")(s, t)),
    "reverse cross-entropy, with -4 for log 0": (
        3, of("symmetric_cross_entropy", alpha=0, beta=1), lambda s, t: -(softmax(s, axis=-1) * np.where(t == 1, 0.0, -4.0)).sum(axis=-1),
    ),
    "poly-1 at 0 is cross-entropy": (3, of("poly1", epsilon=0), of("nll")),
    "poly-1": (3, of("poly1", epsilon=2), lambda s, t: of("nll")(s, t) + of("absolute_error_on_probabilities")(s, t)),
    "Dice": (3, of("dice", smooth=0.4), lambda s, t: 1 - (2 * (softmax(s, axis=-1) * t).sum(axis=-1) + 0.4) / 2.4),
    "Dice is half the absolute error on probabilities": (3, of("dice"), lambda s, t: of("absolute_error_on_probabilities")(s, t) / 2),
    "Tversky of equal prices is Dice": (3, of("tversky", alpha=0.5, beta=0.5, smooth=0.4), of("dice", smooth=0.8)),
    "focal Tversky at 1 is Tversky": (3, of("focal_tversky", gamma=1), of("tversky")),
    "focal Tversky is a root of Tversky": (3, of("focal_tversky", gamma=2, smooth=0.3), lambda s, t: np.sqrt(of("tversky", smooth=0.3)(s, t))),
    "pixel cross-entropy of weight 1 is binary cross-entropy": (3, of("pixel_cross_entropy"), of("binary_cross_entropy")),
    "pixel cross-entropy of a weight": (
        3, of("pixel_cross_entropy", weight=5), lambda s, t: ((1 + 4 * t) * np.log1p(np.exp((1 - 2 * t) * s))).mean(axis=-1),
    ),
    "pixel focal is sigmoid focal": (3, of("pixel_focal", gamma=1.5, alpha=0.7), of("sigmoid_focal", gamma=1.5, alpha=0.7)),
    "pixel Dice": (4, of("pixel_dice", smooth=0.4), lambda s, t: 1 - (2 * (sigmoid(s) * t).sum(axis=-1) + 0.4) / (sigmoid(s).sum(axis=-1) + 1.4)),
    "pixel Tversky of equal prices is pixel Dice": (4, of("pixel_tversky", alpha=0.5, beta=0.5, smooth=0.4), of("pixel_dice", smooth=0.8)),
    "pixel focal Tversky is a root of pixel Tversky": (4, of("pixel_focal_tversky", gamma=2), lambda s, t: np.sqrt(of("pixel_tversky")(s, t))),
    "Brier is squared error on probabilities": (3, of("brier"), lambda s, t: 3 * of("squared_error")(softmax(s, axis=-1), t)),
    "hinge is one-vs-rest": (3, of("hinge"), lambda s, t: np.where(t == 1, np.maximum(1 - s, 0), np.maximum(1 + s, 0)).mean(axis=-1)),
    "squared hinge is hinge squared": (1, of("squared_hinge"), lambda s, t: of("hinge")(s, t) ** 2),
    "modified Huber": (1, of("modified_huber"), lambda s, t: modified_huber((2 * t - 1) * s)[:, 0]),
    "perceptron is hinge without the margin": (3, of("perceptron"), lambda s, t: of("hinge")(s + 2 * t - 1, t)),
    "exponential": (3, of("exponential"), lambda s, t: np.exp(np.where(t == 1, -s, s)).mean(axis=-1)),
    "Crammer-Singer of two classes is the hinge of the lead": (2, of("crammer_singer"), lambda s, t: np.maximum(0, 1 - lead(s, t))),
    "Weston-Watkins of two classes is half Crammer-Singer": (2, of("weston_watkins"), lambda s, t: of("crammer_singer")(s, t) / 2),
    "zero-one": (3, of("zero_one"), lambda s, t: lead(s, t) < 0),
    "Huber is delta smooth L1": (2, of("huber", delta=0.7), lambda s, t: 0.7 * smooth_l1(s - t, 0.7).mean(axis=-1)),
    "Huber of a wide delta is half the squared error": (2, of("huber", delta=1e3), lambda s, t: of("squared_error")(s, t) / 2),
    "pinball at 1/2 is half the absolute error": (2, of("quantile", quantile=0.5), lambda s, t: of("absolute_error")(s, t) / 2),
    "pinball": (1, of("quantile", quantile=0.2), lambda s, t: np.where(s < t, 0.2 * (t - s), 0.8 * (s - t))[:, 0]),
    "log-cosh": (2, of("log_cosh"), lambda s, t: np.log(np.cosh(s - t)).mean(axis=-1)),
}  # fmt: skip


@pytest.mark.parametrize("name", IDENTITIES)
def test_identity(name: str) -> None:
    """Up to an ulp of 1, which is what a softmax near 1 is known to."""
    k, loss, expected = IDENTITIES[name]
    scores, targets = draw(Loss, CLASSIFICATION, 13, (50, k))
    np.testing.assert_allclose(loss(scores, targets), expected(scores, targets), rtol=1e-12, atol=2.3e-16)


def test_the_three_multiclass_hinges_by_hand() -> None:
    """One-vs-rest asks for signs, Crammer and Singer for a lead over the strongest rival, Weston and Watkins for a lead over each."""
    scores, targets = np.array([[1, 0.5, 0.8], [2, 0.5, -1]]), np.array([1.0, 0, 0])
    np.testing.assert_allclose(of("hinge")(scores, targets), [(1.5 + 1.8) / 3, 0.5], rtol=1e-15)
    np.testing.assert_allclose(of("crammer_singer")(scores, targets), [0.8, 0], rtol=1e-15)
    np.testing.assert_allclose(of("weston_watkins")(scores, targets), [(0.5 + 0.8) / 3, 0], rtol=1e-15)


def test_surrogates_bound_the_share_of_wrong_decisions() -> None:
    """At any scores, ties among them: cross-entropy over ln 2, and the hinges of the lead, are at least the zero-one loss."""
    scores, targets = draw(Loss, CLASSIFICATION, 14, (500, 3))
    scores = np.round(scores)
    wrong = of("zero_one")(scores, targets)
    assert set(wrong) == {0, 1}
    for bound in (of("nll")(scores, targets) / np.log(2), of("crammer_singer")(scores, targets), 3 * of("weston_watkins")(scores, targets)):
        assert (bound >= wrong * (1 - 1e-15)).all()


@pytest.mark.parametrize("smooth", [0, 1e-6, 1, 100])
@pytest.mark.parametrize("kind", ["dice", "tversky", "focal_tversky"])
def test_overlap_stays_between_0_and_1(kind: str, smooth: float) -> None:
    for scores, targets in (draw(Loss, CLASSIFICATION, 15, (500, 3)), corners(Loss, CLASSIFICATION, -100, 100)):
        value = of(kind, smooth=smooth)(scores, targets)
        assert ((value >= 0) & (value <= 1)).all()


@pytest.mark.parametrize("smooth", [1e-5, 1.0, 100.0])
def test_empty_and_full_masks_by_hand(smooth: float) -> None:
    """Of 4 pixels at p = 0.2: nothing is right on an empty mask but the smoothing, and on a full mask 0.8 is missed four times."""
    scores = np.full((1, 4), np.log(0.2 / 0.8))
    empty, full = np.zeros((1, 4)), np.ones((1, 4))
    np.testing.assert_allclose(of("pixel_dice", smooth=smooth)(scores, empty), 0.8 / (0.8 + smooth), rtol=1e-13)
    np.testing.assert_allclose(of("pixel_dice", smooth=smooth)(scores, full), 1 - (1.6 + smooth) / (4.8 + smooth), rtol=1e-12)
    np.testing.assert_allclose(of("pixel_tversky", smooth=smooth)(scores, empty), 0.3 * 0.8 / (0.3 * 0.8 + smooth), rtol=1e-13)
    np.testing.assert_allclose(of("pixel_tversky", smooth=smooth)(scores, full), 0.7 * 3.2 / (0.8 + 0.7 * 3.2 + smooth), rtol=1e-13)
    pull = LOSSES["pixel_dice"](smooth=smooth).gradient(scores, empty).sum()
    np.testing.assert_allclose(pull, 4 * 0.16 * smooth / (0.8 + smooth) ** 2, rtol=1e-9)


@pytest.mark.parametrize("residual", [700.0, -700.0])
def test_log_cosh_far_away(residual: float) -> None:
    np.testing.assert_allclose(of("log_cosh")(np.array([residual]), np.zeros(1)), 700 - np.log(2), rtol=1e-15)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}-{'own' if native(LOSSES[case['kind']]) else 'formula'}")
def test_equals_pytorch(case: dict[str, Any]) -> None:
    """p - t loses digits where p is near t: the second tolerance is one rounding of a number of size 1."""
    scores, targets = np.array(case["scores"], float), np.array(case["targets"], float)
    for result in case["results"]:
        loss = LOSSES[case["kind"]](**result["settings"])
        assert loss.in_pytorch() == result["pytorch"]
        np.testing.assert_allclose(loss.value(scores, targets), result["value"], rtol=1e-12, atol=2.3e-16)
        np.testing.assert_allclose(loss.gradient(scores, targets), result["gradient"], rtol=1e-12, atol=2.3e-16)


def test_reference_is_complete() -> None:
    recorded = {(case["kind"], result["pytorch"]) for case in CASES for result in case["results"]}
    expected = {(cls.kind, cls(**values).in_pytorch()) for cls in covered() for values in settings(cls)}
    assert expected == recorded, "run tests/reference/make_losses.py"
