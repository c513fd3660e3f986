"""Coupled and decoupled decay: the same for gradient descent, different for Adam, and what the page says of both."""

from __future__ import annotations

import numpy as np
import pytest

from core.studies.regularization import decay
from core.training import train


@pytest.mark.parametrize("strength", [0.01, 0.3])
def test_both_forms_are_one_for_gradient_descent(strength: float) -> None:
    left = decay.remaining_weights(strength, 400)
    np.testing.assert_allclose(left[0], left[1], rtol=1e-12)
    np.testing.assert_allclose(left[0], (1 - decay.LEARNING_RATE * strength) ** 400, rtol=2e-3)


def test_adam_with_l2_spares_weights_of_large_gradients_and_adamw_none() -> None:
    left = decay.remaining_weights(0.1, 1000)
    evenly = (1 - decay.LEARNING_RATE * 0.1) ** 1000
    np.testing.assert_allclose(left[3], evenly, atol=0.01)
    assert (np.diff(left[2][decay.SIZES > 0.1]) > 0).all()
    assert left[2][0] < 0.01 < 0.85 < left[2][-1]
    np.testing.assert_allclose(np.interp(1, decay.SIZES, left[2]), evenly, atol=0.01)  # η λ w / |g| is η λ w where gradients are of size 1


def test_on_digits_coupled_l2_shrinks_more_at_the_same_strength() -> None:
    result = train(decay.on_digits(0.1))
    none, coupled, decoupled = result.values("weight_norm")[-1, 0]
    assert coupled < decoupled / 2 < decoupled < none
