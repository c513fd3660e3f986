"""The documents of the Reinforcement page's views, and what is trained for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from core.parameters import boolean, choice, choices, integer, part, real
from core.studies.reinforcement.climb import CRITIC, MINUS_MEAN, Actor, Climb
from core.studies.reinforcement.control import RULES, Learner, Quest
from core.studies.reinforcement.methods import MonteCarlo, NStep, TdLambda, TrueOnline
from core.studies.reinforcement.policy_losses import Clipped
from core.studies.reinforcement.prediction import NONE, RATES, SKEWED, SYMMETRIC, Estimator, Prediction
from core.studies.reinforcement.value_losses import VALUE_LOSSES, HuberTd, ValueLoss
from core.studies.reinforcement.worlds import CLIFF, EMPTY, GOAL, START, WALL, Grid
from core.views import VIEWS, View

V = TypeVar("V", bound=View)

#: in place of an episode, an update or a sweep: the last one
LAST = -1
#: fields that say what is looked at, and change nothing that is learned
LOOKED_AT = ("episode", "update", "sweep", "folded_out", "tool", "measure")


def settings(view: V) -> V:
    """Return the state of a view with its usual look at what is learned: a story is the same whatever episode is shown."""
    document: Any = view
    usual: V = replace(document, **{name: getattr(type(view), name) for name in LOOKED_AT if name in view.parameters()})
    return usual


@dataclass(frozen=True)
class Shown:
    """A method that is shown: its title, and the estimator that it is for a number n, a decay λ and a limit κ."""

    title: str
    made: Callable[[int, float, float], Estimator]


#: the methods by name, in the order of their looks
PREDICTORS: dict[str, Shown] = {
    "td0": Shown("TD(0)", lambda n, decay, limit: Estimator()),
    "n_step": Shown("n-step TD", lambda n, decay, limit: Estimator(NStep(n=n))),
    "td_lambda": Shown("TD(λ)", lambda n, decay, limit: Estimator(TdLambda(decay=decay))),
    "true_online": Shown("true online TD(λ)", lambda n, decay, limit: Estimator(TrueOnline(decay=decay))),
    "monte_carlo": Shown("Monte Carlo", lambda n, decay, limit: Estimator(MonteCarlo())),
    "residual": Shown("residual gradient", lambda n, decay, limit: Estimator(loss=VALUE_LOSSES["residual"]())),
    "td0_huber": Shown("TD(0), Huber", lambda n, decay, limit: Estimator(loss=HuberTd(delta=limit))),
    "n_step_huber": Shown("n-step, Huber", lambda n, decay, limit: Estimator(NStep(n=n), HuberTd(delta=limit))),
    "td_lambda_huber": Shown("TD(λ), Huber", lambda n, decay, limit: Estimator(TdLambda(decay=decay), HuberTd(delta=limit))),
}
#: the losses of one transition
TRANSITION_LOSSES: dict[str, ValueLoss] = {kind: cls() for kind, cls in VALUE_LOSSES.items() if kind != "value"}
LEARNERS = {kind: rule.title for kind, rule in RULES.items()}


@VIEWS.add("reinforcement.values")
@dataclass(frozen=True)
class ValuesView(View):
    """Value losses: methods on the random walk, at many rates, and the values that they come to."""

    played = "episode"
    methods: tuple[str, ...] = choices(
        ("td0", "n_step", "td_lambda", "true_online", "monte_carlo", "residual"), {name: each.title for name, each in PREDICTORS.items()},
        label="Methods", doc="What is compared; Huber clips the error of a step.",
    )  # fmt: skip
    n: int = integer(4, 1, 64, stops=(1, 2, 4, 8, 16, 32, 64), hard="[1, 100000]", symbol="n", label="Steps", doc="Steps whose rewards n-step TD sees.")
    decay: float = real(0.8, 0.0, 1.0, step=0.05, hard="[0, 1]", symbol=r"\lambda", label="Decay", doc="How long TD(λ) remembers a step.")
    limit: float = real(
        1.0, 0.1, 2.0, step=0.1, hard="(0, 1e3]", symbol=r"\kappa", label="Huber's limit", doc="The error from which on Huber's pull grows no more."
    )
    states: int = integer(19, 5, 19, stops=(5, 9, 19), hard="[3, 51]", label="States", doc="States of the walk, an odd number.")
    noise: str = choice(NONE, {NONE: "none", SYMMETRIC: "symmetric", SKEWED: "skewed"}, label="Noise", doc="Added to the last reward of a walk; its mean is 0.")
    scale: float = real(1.0, 0.1, 2.0, step=0.1, hard="[0, 100]", label="Its size", doc="Times Student's t of 1.5 degrees, or 19 once in 20 and else −1.")
    episodes: int = integer(10, 10, 200, stops=(10, 20, 50, 100, 200), hard="[1, 500]", label="Episodes", doc="Walks that are learned from.")
    seeds: int = integer(20, 5, 100, stops=(5, 10, 20, 50, 100), hard="[1, 100]", label="Seeds", doc="Walks of how many seeds are averaged.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", label="Seed", doc="Another number gives other walks.")
    rate: float = real(0.4, 0.01, 1.0, stops=RATES, hard="[0.01, 1]", symbol=r"\alpha", label="Rate", doc="The rate whose values are drawn.")
    episode: int = integer(LAST, 0, 200, hard="[-1, 500]", label="Episode", doc="After how many episodes; beyond the end: the last one.")

    def document(self) -> Prediction:
        """Return what is trained. Raise ValueError for a walk that cannot be."""
        runs = tuple(PREDICTORS[name].made(self.n, self.decay, self.limit) for name in self.methods)
        return Prediction(
            runs=runs, states=self.states, noise=self.noise, scale=self.scale, episodes=self.episodes, seeds=self.seeds, seed=self.seed,
        )  # fmt: skip


@VIEWS.add("reinforcement.transition")
@dataclass(frozen=True)
class TransitionView(View):
    """One transition: prediction, target, error and update, under each loss."""

    losses: tuple[str, ...] = choices(
        tuple(TRANSITION_LOSSES), {name: loss.title for name, loss in TRANSITION_LOSSES.items()}, label="Losses", doc="Whose update is drawn."
    )
    prediction: float = real(0.5, -5.0, 5.0, step=0.1, hard="[-100, 100]", symbol="v", label="Prediction", doc="What the state is taken to be worth.")
    reward: float = real(2.0, -5.0, 5.0, step=0.1, hard="[-100, 100]", symbol="r", label="Reward", doc="What the step brought.")
    following: float = real(1.0, -5.0, 5.0, step=0.1, hard="[-100, 100]", symbol="v'", label="Next prediction", doc="What the next state is taken to be worth.")
    discount: float = real(0.9, 0.0, 1.0, step=0.05, hard="[0, 1]", symbol=r"\gamma", label="Discount", doc="What a reward of the next step is worth now.")
    ends: bool = boolean(False, label="It ends here", doc="The end is worth nothing: the target is the reward.")
    rate: float = real(0.2, 0.05, 1.0, step=0.05, hard="(0, 2]", symbol=r"\alpha", label="Rate", doc="How far a prediction goes along its pull.")


@VIEWS.add("reinforcement.cliff")
@dataclass(frozen=True)
class CliffView(View):
    """The cliff: learners in a world that can be edited, their paths, values and returns."""

    played = "episode"
    learners: tuple[str, ...] = choices(tuple(LEARNERS), LEARNERS, label="Learners", doc="What is compared.")
    epsilon: float = real(0.1, 0.0, 0.5, step=0.01, hard="[0, 1]", symbol=r"\varepsilon", label="Exploration", doc="Chance that a step goes anywhere.")
    rate: float = real(0.5, 0.05, 1.0, step=0.05, hard="(0, 1]", symbol=r"\alpha", label="Rate", doc="How far a value moves towards its target.")
    episodes: int = integer(500, 100, 1000, stops=(100, 200, 300, 500, 1000), hard="[1, 2000]", label="Episodes", doc="Ways from the start to the goal.")
    seeds: int = integer(10, 1, 20, hard="[1, 20]", label="Seeds", doc="How many seeds learn. Pictures show the first one.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", label="Seed", doc="Another number gives other chances.")
    episode: int = integer(
        LAST, 0, 1000, hard="[-1, 2000]", label="Episode", doc="After how many episodes values and paths are drawn; beyond the end: the last."
    )
    world: Grid = part(Grid(), doc="Where they learn.")
    tool: str = choice(
        CLIFF, {CLIFF: "cliff", WALL: "wall", EMPTY: "empty", START: "start", GOAL: "goal"}, label="A click makes", doc="What a click on a cell makes of it."
    )
    folded_out: tuple[str, ...] = choices((), ("editor",), doc="What is folded out.")

    def document(self) -> Quest:
        """Return what is trained."""
        runs = tuple(Learner(RULES[kind](), self.rate, self.epsilon) for kind in self.learners)
        return Quest(runs=runs, world=self.world, episodes=self.episodes, seeds=self.seeds, seed=self.seed)


@VIEWS.add("reinforcement.advantage")
@dataclass(frozen=True)
class AdvantageView(View):
    """The advantage: how far seven estimators of one gradient scatter, and what bias they pay."""

    played = "episode"
    sureness: float = real(
        0.5, 0.0, 2.0, step=0.1, hard="[0, 5]", label="Sureness", doc="By how much the policy's scores prefer a way to the goal; 0: by chance."
    )
    noise: float = real(0.0, 0.0, 10.0, step=0.5, hard="[0, 100]", label="Critic's error", doc="Standard deviation of the critic's values about the true ones.")
    batch: int = integer(
        10, 1, 1000, stops=(1, 3, 10, 30, 100, 300, 1000), hard="[1, 100000]", symbol="K", label="Episodes of a batch", doc="What a gradient is the mean of."
    )
    episodes: int = integer(2000, 500, 4000, stops=(500, 1000, 2000, 4000), hard="[100, 4000]", label="Episodes", doc="On which all estimators are measured.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", label="Seed", doc="Another number gives other episodes, and another error of the critic.")
    episode: int = integer(LAST, 0, 4000, hard="[-1, 4000]", label="Episode", doc="After how many episodes the scatter is shown; beyond the end: after all.")


def _actor(view: PolicyView, **given: object) -> Actor:
    return Actor(**{"rate": view.rate, **given})  # type: ignore[arg-type]


#: the actors by name, made for a view; the last two take several passes over normalised advantages
ACTORS: dict[str, tuple[str, Callable[[PolicyView], Actor]]] = {
    "reinforce": ("REINFORCE", lambda view: _actor(view)),
    "baseline": ("with a baseline", lambda view: _actor(view, baseline=MINUS_MEAN)),
    "actor_critic": ("actor-critic", lambda view: _actor(view, baseline=CRITIC, decay=view.decay)),
    "ppo": (
        "PPO's clip",
        lambda view: _actor(view, loss=Clipped(clip=view.clip), baseline=CRITIC, decay=view.decay, passes=view.passes, normalised=True),
    ),
    "unclipped": ("passes, no clip", lambda view: _actor(view, baseline=CRITIC, decay=view.decay, passes=view.passes, normalised=True)),
}


@VIEWS.add("reinforcement.policy")
@dataclass(frozen=True)
class PolicyView(View):
    """Loss and return: actors that learn, their returns, and the losses that they descend on."""

    actors: tuple[str, ...] = choices(
        ("reinforce", "baseline", "actor_critic", "ppo"), {name: title for name, (title, _) in ACTORS.items()}, label="Actors", doc="What is compared."
    )
    rate: float = real(
        0.3, 0.02, 2.0, hard="(0, 100]", stops=(0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0), symbol=r"\eta", label="Rate", doc="Size of the steps."
    )
    decay: float = real(0.95, 0.0, 1.0, step=0.05, hard="[0, 1]", symbol=r"\lambda", label="Decay", doc="λ of GAE, for actors with a critic.")
    passes: int = integer(4, 1, 30, stops=(1, 2, 4, 10, 30), hard="[1, 50]", label="Passes", doc="Steps on each batch, for the last two actors.")
    clip: float = real(0.2, 0.05, 0.5, step=0.05, hard="(0, 1)", symbol=r"\varepsilon", label="Clip", doc="How far PPO lets a probability change in a batch.")
    batch: int = integer(10, 2, 40, stops=(2, 5, 10, 20, 40), hard="[1, 100]", symbol="K", label="Episodes of a batch", doc="Episodes between two updates.")
    updates: int = integer(100, 20, 300, stops=(20, 50, 100, 200, 300), hard="[2, 1000]", label="Updates", doc="Batches that are learned from.")
    seeds: int = integer(20, 1, 40, stops=(1, 5, 10, 20, 40), hard="[1, 50]", label="Seeds", doc="How many seeds learn.")
    seed: int = integer(0, 0, 20, hard="[0, 4294967000]", label="Seed", doc="Another number gives other chances.")
    measure: str = choice(
        "policy_loss",
        {"policy_loss": "policy loss", "value_loss": "value loss", "entropy": "entropy"},
        label="Beside it",
        doc="What is drawn beside the return.",
    )
    update: int = integer(LAST, 0, 1000, hard="[-1, 1000]", label="Update", doc="Up to which batch curves and table go; beyond the end: the last one.")

    def document(self) -> Climb:
        """Return what is trained."""
        return Climb(runs=tuple(ACTORS[name][1](self) for name in self.actors), batch=self.batch, updates=self.updates, seeds=self.seeds, seed=self.seed)


@VIEWS.add("reinforcement.small")
@dataclass(frozen=True)
class SmallView(View):
    """Small worlds: what each loss comes to where it can be said exactly, and Baird's counterexample."""

    played = "sweep"
    world: str = choice(
        "baird", {"baird": "Baird's counterexample", "predictor": "Two states", "split": "A-split", "corridor": "Short corridor"},
        label="World", doc="Examples of Sutton and Barto: 11.2, 6.4, 11.2 again, and 13.1.",
    )  # fmt: skip
    rate: float = real(
        0.01, 0.001, 0.1, hard="(0, 1]", stops=(0.001, 0.003, 0.01, 0.03, 0.1), symbol=r"\alpha", label="Rate", doc="Size of the steps in Baird's world."
    )
    sweeps: int = integer(
        1000, 100, 3000, stops=(100, 300, 1000, 3000), hard="[10, 10000]", label="Sweeps", doc="Updates by the mean over all states, in Baird's world."
    )
    right: float = real(0.59, 0.05, 0.95, step=0.01, hard="(0, 1)", symbol="p", label="Right", doc="Chance of going right in the corridor.")
    sweep: int = integer(LAST, 0, 3000, hard="[-1, 10000]", label="Sweep", doc="Up to which sweep the values are drawn; beyond the end: the last one.")
