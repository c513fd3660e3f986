"""The declarations of hyperparameters that several rules share."""

from __future__ import annotations

from typing import Any

from core.parameters import real


def momentum() -> Any:
    """Declare the share of a velocity that is kept."""
    return real(0.9, 0.0, 0.99, hard="[0, 1)", symbol=r"\mu", doc="Share of the velocity that is kept at each update; 0 keeps none.")


def eps(default: float) -> Any:
    """Declare the small number that is added to a divisor."""
    return real(default, 1e-10, 1e-3, log=True, hard="(0, inf)", symbol=r"\epsilon", doc="Keeps the division finite where the gradients were 0.")


def alpha() -> Any:
    """Declare RMSprop's share of the mean square that is kept."""
    return real(0.99, 0.5, 0.999, hard="[0, 1)", symbol=r"\alpha", doc="Share of the mean squared gradient that is kept at each update.")


def beta1() -> Any:
    """Declare Adam's share of the mean gradient that is kept."""
    return real(0.9, 0.0, 0.99, hard="[0, 0.999999]", symbol=r"\beta_1", doc="Share of the mean gradient that is kept at each update.")


def beta2() -> Any:
    """Declare Adam's share of the mean square that is kept."""
    return real(0.999, 0.9, 0.9999, hard="[0, 0.999999]", symbol=r"\beta_2", doc="Share of the mean squared gradient that is kept at each update.")


def weight_decay(default: float = 0.0) -> Any:
    """Declare decoupled decay, θ (1 - η λ); the field must be named `weight_decay`."""
    doc = "Share of each parameter, times the learning rate, that is taken away at each update."
    return real(default, 0.0, 0.5, hard="[0, inf)", symbol=r"\lambda", doc=doc)
