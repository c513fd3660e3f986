"""The documents of the Adversarial page's views."""

from __future__ import annotations

from dataclasses import dataclass

from core.parameters import boolean, choice, choices, component, integer, real, vector
from core.studies.adversarial.exam import MEASURES
from core.studies.adversarial.frozen import CRITICS, OPENS_WITH
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES, AdversarialLoss, LeastSquares, Minimax
from core.studies.adversarial.penalties import CRITIC_PENALTIES, CriticPenalty, NoCriticPenalty
from core.views import VIEWS, LineupView, View

#: the losses whose pull can be drawn, by name: least squares with both of its codes
LOSSES: dict[str, AdversarialLoss] = {
    **{kind: cls() for kind, cls in ADVERSARIAL_LOSSES.items()}, "least_squares_pm1": LeastSquares(codes="pm1"),
}  # fmt: skip
#: in place of an update: the last one
LAST = -1


@VIEWS.add("adversarial.gradient")
@dataclass(frozen=True)
class GradientView(View):
    """The generator's gradient: two bells, and the pull of each loss."""

    theta: float = real(2.0, 0.0, 5.0, step=0.05, hard="[0, 5]", symbol=r"\theta", label="Distance", doc="How far the generated bell is from the real one.")
    width: float = real(0.5, 0.2, 1.5, step=0.05, hard="[0.1, 3]", symbol="s", label="Width", doc="Standard deviation of both bells.")
    losses: tuple[str, ...] = choices(
        ("minimax", "non_saturating", "least_squares", "hinge", "wasserstein"), {name: loss.in_words() for name, loss in LOSSES.items()},
        doc="Whose pull is drawn.",
    )  # fmt: skip


@VIEWS.add("adversarial.critic")
@dataclass(frozen=True)
class CriticView(View):
    """Too good a discriminator: the pull on a generator that stands still, while critics train."""

    critics: tuple[str, ...] = choices(
        OPENS_WITH, {name: run.label for name, run in CRITICS.items()}, label="Critics", doc="A loss, and what limits the critic."
    )
    spread: float = real(
        0.02, 0.02, 0.5, hard="(0, 2]", stops=(0.02, 0.05, 0.1, 0.2, 0.5), symbol=r"\sigma", label="Data's width",
        doc="Standard deviation of each of the eight modes on a circle of radius 2.",
    )  # fmt: skip
    still: float = real(
        0.3, 0.1, 2.0, hard="(0, 5]", stops=(0.1, 0.3, 0.6, 1.0, 2.0), label="Generator's width", doc="Standard deviation of the generated samples.",
    )  # fmt: skip
    updates: int = integer(2000, 200, 3000, hard="[50, 5000]", stops=(200, 500, 1000, 2000, 3000), label="Critic's steps", doc="How long the critics train.")


@VIEWS.add("adversarial.dirac")
@dataclass(frozen=True)
class DiracView(View):
    """Two numbers: the smallest duel, played."""

    loss: AdversarialLoss = component(ADVERSARIAL_LOSSES, Minimax(), doc="What the two players minimise.")
    penalty: CriticPenalty = component(CRITIC_PENALTIES, NoCriticPenalty(), doc="What holds the critic.")
    noise: float = real(
        0.0, 0.0, 1.5, step=0.05, hard="[0, 3]", symbol=r"\sigma", label="Instance noise",
        doc="Standard deviation of what is added to real and to generated samples; paths follow the mean over it.",
    )  # fmt: skip
    rate: float = real(0.2, 0.02, 0.5, step=0.01, hard="(0, 1]", symbol="h", label="Step size", doc="Size of the steps of both players.")
    steps: int = integer(300, 100, 1000, hard="[10, 1000]", stops=(100, 200, 300, 500, 1000), label="Steps", doc="How many steps each player takes.")
    start: tuple[float, ...] = vector((1.0, 1.0), -2.0, 2.0, hard="[-10, 10]", shortest=2, longest=2, doc="Where both begin: θ and ψ. A click sets it.")
    step: int = integer(0, 0, 1000, hard="[0, 1000]", label="Player at step", doc="Where the player stands when the link is opened; 0: at its end.")


@VIEWS.add("adversarial.duel")
@dataclass(frozen=True)
class DuelView(LineupView):
    """The duel: which update is shown, single steps beyond it, which curve is drawn, and what is folded out. The duel is a document of its own."""

    update: int = integer(LAST, 0, 20_000, hard="[-1, 20000]", doc="The recorded update that is shown; the last one if there is no such record.")
    singly: tuple[str, ...] = choices(
        (), {"d": "D", "g": "G"}, longest=12, label="Single steps",
        doc="Single steps beyond the update shown, on rows and noise of their own: D is one of the critic, G one of the generator.",
    )  # fmt: skip
    left: str = choice("sliced", {name: measure.title for name, measure in MEASURES.items()}, label="Left curve", doc="What the left curves show.")
    right: str = choice("covered", {name: measure.title for name, measure in MEASURES.items()}, label="Right curve", doc="What the right curves show.")
    arrows: bool = boolean(True, doc="Where the generator is pulled, at some samples.")
    folded_out: tuple[str, ...] = choices((), ("more", "networks", "add"), doc="What is folded out.")
