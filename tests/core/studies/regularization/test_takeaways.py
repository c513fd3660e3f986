"""What the views of regularization come to, against the numbers that they show."""

from __future__ import annotations

import numpy as np
import pytest

from core.studies.regularization import decay, norm_balls, takeaways
from core.studies.regularization.capacity import Fit
from core.studies.regularization.norm_balls import BALLS, Bowl
from core.studies.regularization.remedies import Outcome
from core.words import Figure
from tests.core.studies.regularization.test_sweep import path


def outcome(label: str, *loss: float) -> Outcome:
    values = {"log_loss": np.array(loss)}
    return Outcome(label, values, values, values)


def test_the_lowest_loss_of_each_penalty_is_said_with_its_zeros() -> None:
    paths = [path("made", "l1_proximal"), path("made", "l2")]
    said = str(takeaways.strength(["L1", "L2"], paths))
    for name, one in zip(("L1", "L2"), paths, strict=True):
        lowest, zeros = Figure(float(one.validation.min()), ".3g"), int((one.coefficients[one.best] == 0).sum())
        assert f"{name} {lowest} (λ = {one.strengths[one.best]:g}, {zeros} of 40 weights 0)" in said
    assert "0 of 40 weights 0)" in said.split("L2")[1], "L2 makes no zeros"


def test_a_remedy_helps_only_if_it_does_on_every_split() -> None:
    none, better, level, worse = outcome("none", 1.0, 1.0), outcome("b", 0.9, 0.8), outcome("l", 0.9, 1.1), outcome("w", 1.1, 1.2)
    said = takeaways.remedies([none, better, level, worse], "log_loss", "log loss")
    assert str(said) == "On the test rows of every split the log loss is better with b, and worse with w."
    assert str(takeaways.remedies([none, better], "log_loss", "log loss")).endswith("better with b; nothing makes it worse on all.")
    assert str(takeaways.remedies([none, worse], "log_loss", "log loss")).startswith("No remedy makes the log loss better")
    assert str(takeaways.remedies([none, level], "log_loss", "log loss")).startswith("No remedy makes the log loss better, or worse")


@pytest.mark.parametrize("budget", [10, 50, 100])
@pytest.mark.parametrize("correlation", [-0.6, 0.0, 0.8])
def test_the_balls_with_a_zero_are_named(budget: int, correlation: float) -> None:
    minima = [norm_balls.constrained(Bowl(correlation=correlation), ratio, budget / 100) for ratio in BALLS.values()]
    zero = [name for name, minimum in zip(BALLS, minima, strict=True) if (minimum.weights == 0).any()]
    said = str(takeaways.balls([*BALLS], minima, budget))
    assert f"{budget}% of what least squares takes" in said
    if 0 < len(zero) < len(BALLS):
        assert f"exactly 0 under {', '.join(zero)}, and none under" in said
    else:
        assert ("no penalty" in said) == (not zero)


def test_the_best_size_is_named_and_what_is_too_small_and_too_large() -> None:
    fits = [Fit(0.9, 1.0, 1.0), Fit(0.4, 0.5, 0.5), Fit(0.3, 0.52, 0.5), Fit(0.01, 0.9, 0.5)]
    said = str(takeaways.fit(fits, ["line", "4", "64", "128"]))
    assert said == "The lowest validation loss, 0.5, is that of 4; as good within a tenth: 64; too small: line; too large: 128."
    assert str(takeaways.fit(fits[1:2], ["4"])).endswith("too small: none; too large: none.")


@pytest.mark.parametrize("strength", [0.01, 0.1, 1.0])
def test_adamw_leaves_the_same_at_any_gradient_and_adam_with_l2_does_not(strength: float) -> None:
    remaining = decay.remaining_weights(strength, 400)
    assert np.ptp(remaining[3]) < 0.02, "so one number says it"
    said = str(takeaways.decay(remaining, 400))
    assert f"AdamW leaves {np.median(remaining[3]):.3f} of a weight" in said
    assert f"from {remaining[2].min():.3f} to {remaining[2].max():.3f}" in said
