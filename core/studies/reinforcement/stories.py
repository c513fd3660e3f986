"""The stories of the Reinforcement page: each shows one thing, and says how many seeds it was seen on.

tests/core/studies/reinforcement/test_stories.py checks every sentence on those seeds.
"""

from __future__ import annotations

from typing import TypeVar

from core.stories import Story
from core.studies.reinforcement.views import AdvantageView, CliffView, PolicyView, SmallView, ValuesView, settings
from core.views import View

V = TypeVar("V", bound=View)

STORIES: tuple[Story[View], ...] = (
    Story(
        "Between TD and Monte Carlo", "How many rewards should be seen before a prediction is believed?",
        "A few: from n = 1 to n = 4 the lowest error, each at its best rate, falls by a fifth; then it rises again, and that of Monte Carlo is about "
        "twice as high. Seen on 10 of 10 sets of 20 seeds.",
        ValuesView(methods=("td0", "n_2", "n_step", "n_8", "n_16", "monte_carlo")),
    ),
    Story(
        "Heavy tails: Huber helps", "Some rewards are far off, in both directions. Which loss is closer to the truth?",
        "Huber's: at α = 0.05 its error is smaller on at least 9 of 10 seeds, and less than half of that of the squared one in the mean.",
        ValuesView(methods=("td0", "td0_huber"), states=5, noise="symmetric", episodes=200, rate=0.05),
    ),
    Story(
        "Skewed rewards fool Huber", "One reward in twenty is very high, and the mean is what it was. Does the robust loss still help?",
        "It learns another number: the high rewards are clipped, and they are what keeps the mean. At α = 0.05 its error is larger than that of the "
        "squared loss on 20 of 20 seeds.",
        ValuesView(methods=("td0", "td0_huber"), states=5, noise="skewed", episodes=200, rate=0.05),
    ),
    Story(
        "SARSA takes the safe path", "Which of the three walks along the edge of the cliff, and which of them earns more?",
        "Q-learning: 13 steps along the edge, from which it falls while it explores. SARSA earns more on 10 of 10 seeds, "
        "and goes two rows away or more on at least 8.",
        CliffView(),
    ),
    Story(
        "... and why ε decides", "What if they explore once in a hundred steps only?",
        "Then nobody falls often, and the three earn nearly the same: over the last 250 episodes they are within 2 of each other, where it was 20 and more.",
        CliffView(epsilon=0.01),
    ),
    Story(
        "A baseline costs nothing",
        "Seven estimators of one gradient, on the same episodes: which of them scatters least, and what does it cost?",
        "Each scatters less than the one before: returns to go halve the variance, a mean for a baseline nearly halves it again, GAE takes two thirds "
        "of the rest. With the true values none has a bias. Seen on 10 of 10 seeds.",
        AdvantageView(),
    ),
    Story(
        "A wrong critic is paid for",
        "The critic errs by 5 on each cell. With 1,000 episodes in a batch, is one TD error still the best advantage?",
        "No: its bias does not go away with more episodes, and that of GAE with λ = 0.95 is more than five times smaller. Seen on 10 of 10 seeds.",
        AdvantageView(noise=5.0, batch=1000),
    ),
    Story(
        "... and a baseline decides who learns",
        "The same loss, less the mean return. Does that change more than the scale?",
        "At η = 0.3 REINFORCE is stuck far from the goal on at least a quarter of 20 seeds; with the baseline nobody is.",
        PolicyView(actors=("reinforce", "baseline")),
    ),
    Story(
        "The loss is not the score", "The return rises steadily. What does the loss of the policy do?",
        "It rises, too, with a correlation above 0.9 on 20 of 20 seeds: each batch weighs the loss anew, so its value says nothing of the policy.",
        PolicyView(actors=("reinforce",), rate=0.02, updates=200),
    ),
    Story(
        "What PPO's clip is for", "Thirty passes over each batch, at a high rate: what holds the policy?",
        "The clip: nobody is stuck. Without it the policy becomes sure of a wrong way within two batches, its entropy falls to 0, and most seeds never find "
        "the goal again. Seen on 10 seeds.",
        PolicyView(actors=("ppo", "unclipped"), rate=1.0, passes=30, updates=50, seeds=10, measure="entropy"),
    ),
    Story(
        "Baird's counterexample", "No reward is ever given, so all values should become 0. Do they?",
        "Not under the TD error: with shared weights, and states of another policy, they grow without end. The residual gradient shrinks them at every sweep.",
        SmallView(),
    ),
)  # fmt: skip
"""The stories, in the order of a lesson."""


def of_view(kind: type[V]) -> tuple[Story[V], ...]:
    """Return the stories that a view tells."""
    return tuple(Story(each.title, each.question, each.verdict, each.document) for each in STORIES if isinstance(each.document, kind))


def told(view: V) -> Story[V] | None:
    """Return the story that the settings of a view tell, whatever is looked at; None if they tell none."""
    return next((each for each in of_view(type(view)) if settings(each.document) == settings(view)), None)
