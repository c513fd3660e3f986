"""A discriminator that is too good: a generator that stands still inside a narrow ring, while critics of each loss train against it."""

from __future__ import annotations

from dataclasses import replace

from core.studies.adversarial.clouds import Ring
from core.studies.adversarial.duel import Contest, Duel, contest

#: what is offered: a loss with what limits its critic, by name
CRITICS: dict[str, Contest] = {
    name: replace(contest(kind, penalty, strength=strength, critic=2e-3, beta1=0.9, beta2=0.999), label=label)
    for name, kind, penalty, strength, label in (
        ("minimax", "minimax", "none", None, "Minimax"),
        ("minimax_r1", "minimax", "r1", 0.1, "Minimax with R1"),
        ("non_saturating", "non_saturating", "none", None, "Non-saturating"),
        ("least_squares", "least_squares", "none", None, "Least squares"),
        ("hinge", "hinge", "none", None, "Hinge"),
        ("wgan_gp", "wasserstein", "gradient_penalty", 1.0, "WGAN-GP"),
        ("wgan_clipping", "wasserstein", "clipping", 0.2, "Wasserstein, clipped"),
        ("relativistic", "relativistic", "none", None, "Relativistic"),
    )
}
OPENS_WITH = ("minimax", "minimax_r1", "non_saturating", "least_squares", "hinge", "wgan_gp")


def experiment(critics: tuple[str, ...], spread: float, still: float, updates: int) -> Duel:
    """Return the duel of these critics against N(0, `still`²) within a ring of modes of standard deviation `spread`."""
    return Duel(runs=tuple(CRITICS[name] for name in critics), data=Ring(spread=spread), still=still, updates=updates)
