"""Softmax cross-entropy of one sample, step by step, and the same computation in float32: in the naive order and in a stable one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.losses import LOSSES
from core.losses.base import Array


@dataclass(frozen=True)
class SoftmaxSteps:
    """The steps of the cross-entropy of one sample. Arrays (K,) hold one number per class."""

    #: s
    scores: Array
    #: s / T
    scaled: Array
    #: exp(s / T)
    exponentials: Array
    #: p = exp(s / T) / sum
    probabilities: Array
    #: log p, computed from the probabilities
    log_probabilities: Array
    #: t' = (1 - ε) t + ε / K
    target: Array
    #: -t' log p
    losses: Array
    #: the sum of `losses`
    total: float
    #: the derivative of `total` by the scores: (p - t') / T
    gradient: Array
    #: log(sum(exp(s / T))), which log-softmax subtracts from every score
    log_sum_exp: float
    #: s / T - log_sum_exp
    log_softmax: Array
    #: -sum(t' log_softmax)
    negative_log_likelihood: float


def softmax_steps(scores: Sequence[float], true_class: int, temperature: float = 1.0, label_smoothing: float = 0.0) -> SoftmaxSteps:
    """Return the steps for scores (K,), in float64 and in the order of textbooks. Raises `ValueError` for a temperature that is not positive.

    The exponentials and what follows from them may overflow; only `log_sum_exp` and `log_softmax` are computed in a stable way.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be positive, got {temperature}")
    s = np.asarray(scores, np.float64)
    t = np.eye(len(s))[true_class]
    scaled = s / temperature
    exponentials = np.exp(scaled)
    p = exponentials / exponentials.sum()
    target = (1 - label_smoothing) * t + label_smoothing / len(s)
    losses = -target * np.log(p) + 0.0  # no -0
    log_sum_exp = scaled.max() + np.log(np.exp(scaled - scaled.max()).sum())
    log_softmax = scaled - log_sum_exp
    return SoftmaxSteps(
        scores=s,
        scaled=scaled,
        exponentials=exponentials,
        probabilities=p,
        log_probabilities=np.log(p),
        target=target,
        losses=losses,
        total=float(losses.sum()),
        gradient=(p - target) / temperature,
        log_sum_exp=float(log_sum_exp),
        log_softmax=log_softmax,
        negative_log_likelihood=float(-(target * log_softmax).sum()),
    )


@dataclass(frozen=True)
class Row:
    """A line of a computation: its name, its formula in LaTeX, and its numbers: one per class, or a single one."""

    name: str
    formula: str
    numbers: tuple[float, ...]


def naive_float32(scores: Sequence[float], true_class: int) -> tuple[Row, ...]:
    """Return the lines of the cross-entropy in float32, computed as softmax and then its logarithm. Numbers may be infinite or NaN."""
    with np.errstate(all="ignore"):
        s = np.asarray(scores, np.float32)
        exponentials = np.exp(s)
        total = exponentials.sum()
        p = exponentials / total
        log_p = np.log(p)
        gradient = p - np.eye(len(s), dtype=np.float32)[true_class]
    return (
        _row("scores", "s", s),
        _row("exponentials", "e^s", exponentials),
        _row("their sum", r"\Sigma", total),
        _row("probabilities", r"e^s / \Sigma", p),
        _row("log-probabilities", r"\log p", log_p),
        _row("loss", r"-\log p_t", -log_p[true_class]),
        _row("gradient", "p - t", gradient),
    )


def fused_float32(scores: Sequence[float], true_class: int) -> tuple[Row, ...]:
    """Return the lines of the cross-entropy in float32, in the stable order.

    The largest score is subtracted first, and no logarithm of a probability is taken. Loss and gradient are those of the registered cross-entropy.
    """
    s = np.asarray(scores, np.float32)
    with np.errstate(under="ignore"):
        shifted = s - s.max()
        exponentials = np.exp(shifted)
        log_sum = np.log(exponentials.sum())
        targets = np.eye(len(s), dtype=np.float32)[true_class]
        cross_entropy = LOSSES["cross_entropy"]()
        loss, gradient = cross_entropy.value(s[None], targets[None]), cross_entropy.gradient(s[None], targets[None])
    return (
        _row("scores", "s", s),
        _row("shifted", r"z = s - \max s", shifted),
        _row("exponentials", "e^z", exponentials),
        _row("log of their sum", "L", log_sum),
        _row("log-probabilities", "z - L", shifted - log_sum),
        _row("loss", r"-\log p_t", loss),
        _row("gradient", r"e^{\log p} - t", gradient[0]),
    )


def _row(name: str, formula: str, numbers: Array) -> Row:
    """Return a line with the numbers of an array (K,), or with a single number."""
    return Row(name, formula, tuple(float(number) for number in np.atleast_1d(numbers)))
