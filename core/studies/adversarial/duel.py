"""A duel: a generator that imitates a cloud of points, against a critic that tells the two apart; and several such duels, compared (`Duel`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from core.models import MLP, MODELS, Model
from core.optimizers import OPTIMIZERS, Optimizer
from core.optimizers.adam import Adam
from core.parameters import Declared, choice, component, described, integer, items, real, text
from core.runs import RunsDocument
from core.studies.adversarial.clouds import CLOUDS, Cloud
from core.studies.adversarial.losses import ADVERSARIAL_LOSSES, AdversarialLoss
from core.studies.adversarial.penalties import CRITIC_PENALTIES, CriticPenalty
from core.words import Figure, Said

#: duels beside each other on a page
MOST = 6
#: multiplications of a parameter with a row, over the whole training of all runs: about a minute of one processor
MAX_WORK = 100_000_000_000
#: parameters of both networks, of one run, and of all runs and seeds; each run keeps about 30 copies of its own, with two moments each
MAX_PARAMS, MAX_STACKED_PARAMS = 50_000, 1_000_000
#: hidden units and outputs of both networks, for the rows of a step or those that are measured, of all runs and seeds
MAX_UNITS = 30_000_000
#: rows that are drawn for an update, of all seeds
MAX_ROWS = 20_000
#: rows that are measured at once
MEASURED = 1024
#: the smallest update costs as much as this many multiplications
_LEAST_UPDATE = 200_000


def _rate(default: float, whose: str) -> Any:
    return real(default, 1e-5, 0.1, log=True, hard="[0, 1e3]", symbol=r"\eta", doc=f"Size of the steps of the {whose}.", label=f"{whose.capitalize()}'s rate")


def adam(beta1: float = 0.5, beta2: float = 0.99) -> Optimizer:
    """Return Adam with the short memory that duels take, because the other player changes what the gradient is of."""
    return Adam(beta1=beta1, beta2=beta2)


@dataclass(frozen=True)
class Contest(Declared):
    """One duel of those compared: a loss, what limits the critic, and how both players descend."""

    loss: AdversarialLoss = described(component(ADVERSARIAL_LOSSES, doc="What the two players minimise."), "loss")
    penalty: CriticPenalty = described(
        component(CRITIC_PENALTIES, CRITIC_PENALTIES["none"](), doc="What keeps the critic from becoming too steep."), "penalty", off="no penalty"
    )
    critic_rate: float = described(_rate(4e-3, "critic"), "rate of the critic", brief="critic η {value}")
    generator_rate: float = described(_rate(2e-3, "generator"), "rate of the generator", brief="generator η {value}")
    critic_optimizer: Optimizer = described(
        component(OPTIMIZERS, adam(), doc="The rule that turns the critic's gradients into steps."),
        "critic's optimizer", brief="critic {value}", off="usual Adam",
    )
    generator_optimizer: Optimizer = described(
        component(OPTIMIZERS, adam(), doc="The rule that turns the generator's gradients into steps."),
        "generator's optimizer", brief="generator {value}", off="usual Adam",
    )
    label: str = text("", doc="A name of your own; empty: made from what differs between the duels.")


@dataclass(frozen=True)
class Duel(RunsDocument):
    """Duels that share data, networks, start, real rows and noise z; `runs` are what differs.

    An update is `critic_steps` of the critic, and one of the generator.
    With `still` above 0 the generator is a normal distribution of this standard deviation about the origin, and does not learn: only the critic trains.
    """

    noun = "a duel"
    version = 1
    RECORDS = 30
    EARLY = 1.0

    runs: tuple[Contest, ...] = items(Contest, shortest=1, longest=12, doc="What is compared.")
    data: Cloud = component(CLOUDS, CLOUDS["ring"](), doc="What the generator is to imitate.")
    generator: Model = component(MODELS, MLP(hidden=(32, 32)), doc="The network that makes points of noise z.")
    critic: Model = component(MODELS, MLP(hidden=(32, 32)), doc="The network that scores points.")
    latent: int = integer(2, 1, 8, hard="[1, 8]", label="Dimensions of z", doc="How many normal numbers the generator makes a point of.")
    critic_steps: int = integer(1, 1, 10, hard="[1, 20]", label="Critic's steps", doc="Steps of the critic for one of the generator.")
    updates: int = integer(1500, 100, 3000, hard="[1, 20000]", stops=(200, 400, 600, 1000, 1500, 2000, 3000), doc="Steps of the generator.")
    batch: int = integer(64, 8, 256, hard="[1, 1024]", stops=(8, 16, 32, 64, 128, 256), label="Batch", doc="Real and generated points of a step, each.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", doc="Another number gives another start, other rows and other noise.")
    seeds: int = integer(1, 1, 5, hard="[1, 16]", doc="How many seeds are trained, from this one on. Pictures show the first one.")
    still: float = real(0.0, 0.0, 2.0, hard="[0, 10]", doc="Standard deviation of a generator that stands still; 0: it learns.")
    dtype: str = choice("float32", ("float32", "float64"), doc="Precision of the training.")

    @property
    def n_generator(self) -> int:
        """The number of the generator's parameters; 0 if it stands still."""
        return 0 if self.still else self.generator.n_params(self.latent, 2)

    @property
    def n_critic(self) -> int:
        """The number of the critic's parameters."""
        return self.critic.n_params(2, 1)

    def work(self) -> float:
        """Return the multiplications of a parameter with a row that the whole training takes, of all runs and seeds."""
        an_update = self.batch * (2 * self.critic_steps * self.n_critic + self.n_critic + 2 * self.n_generator)
        return float(self.updates * max(len(self.runs) * self.seeds * an_update, _LEAST_UPDATE * self.critic_steps))

    def units(self) -> int:
        """Return the hidden units and outputs of both networks, for all rows that one run handles at once, of all seeds."""
        of_row = sum(self.generator.widths) + 2 + sum(self.critic.widths) + 1
        return self.seeds * max(3 * self.batch, MEASURED) * of_row

    def params(self) -> int:
        """Return the number of parameters of both networks of one run and seed."""
        return self.n_generator + self.n_critic

    def check(self) -> None:
        """Raise ValueError, with a `Said`, for more work or memory than one comparison may ask for. Nothing is allocated before."""
        runs = len(self.runs)
        if self.params() > MAX_PARAMS:
            said = Said("the two networks have {params} parameters, and at most {most} are trained: take smaller networks",
                        params=Figure(self.params(), ","), most=Figure(MAX_PARAMS, ","))  # fmt: skip
            raise ValueError(said)
        if runs * self.seeds * self.params() > MAX_STACKED_PARAMS or runs * self.units() > MAX_UNITS:
            said = Said("{runs} duels x {seeds} seeds of these networks and batches are more than is trained at once: "
                        "take fewer duels or seeds, smaller networks, or a smaller batch", runs=runs, seeds=self.seeds)  # fmt: skip
            raise ValueError(said)
        if self.seeds * (self.critic_steps + 1) * self.batch > MAX_ROWS:
            said = Said("{seeds} seeds x {steps} steps x {batch} points are more than an update may draw: take fewer steps of the critic, or a smaller batch",
                        seeds=self.seeds, steps=self.critic_steps + 1, batch=self.batch)  # fmt: skip
            raise ValueError(said)
        if self.work() > MAX_WORK:
            said = Said(
                "{runs} duels x {seeds} seeds x {updates} updates are {times} times the work that one comparison may ask for: "
                "take fewer updates, seeds or duels, smaller networks, or a smaller batch",
                runs=len(self.runs), seeds=self.seeds, updates=Figure(self.updates, ","), times=Figure(self.work() / MAX_WORK, ".2g"),
            )  # fmt: skip
            raise ValueError(said)


def contest(kind: str, penalty: str = "none", *, strength: float | None = None, critic: float = 4e-3, generator: float = 2e-3,
            beta1: float = 0.5, beta2: float = 0.99, **own: Any) -> Contest:
    """Return a contest by the names of its loss and penalty. `strength`: the one number of the penalty. `own`: choices of the loss."""
    kinds = CRITIC_PENALTIES[penalty]
    numbers = {} if strength is None else dict.fromkeys(kinds.parameters(), strength)
    rule = adam(beta1, beta2)
    return Contest(
        loss=ADVERSARIAL_LOSSES[kind](**own), penalty=kinds(**numbers), critic_rate=critic, generator_rate=generator,
        critic_optimizer=rule, generator_optimizer=rule,
    )  # fmt: skip


def default_duel() -> Duel:
    """Return the duel that the page opens with: six losses on a ring of eight modes."""
    return Duel(
        runs=(
            contest("minimax"), contest("non_saturating"), contest("least_squares"), contest("hinge"),
            replace(contest("wasserstein", "gradient_penalty", strength=0.3, beta1=0.0), label="WGAN-GP"), contest("relativistic", "r1", strength=0.1),
        )
    )  # fmt: skip
