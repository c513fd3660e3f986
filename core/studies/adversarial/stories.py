"""The stories of the duel: each asks one question, and answers it with a sentence that says on how many seeds it was seen.

tests/core/studies/adversarial/test_stories.py checks every sentence on the seeds 0 to 4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.stories import Story
from core.studies.adversarial.clouds import Ring
from core.studies.adversarial.duel import Duel, contest, default_duel

_STIFF: dict[str, Any] = {"critic": 3e-3, "generator": 3e-3, "beta2": 0.999}
_GP = replace(contest("wasserstein", "gradient_penalty", strength=0.3, beta1=0.0), label="WGAN-GP")

STORIES: tuple[Story[Duel], ...] = (
    Story(
        "Six losses on a ring",
        "Eight modes and six losses, all from the same start: who covers them all?",
        "Eight modes, six losses, the same start, rows and noise: each covers some, and each leaves its own traces.",
        default_duel(),
    ),
    Story(
        "Saturation",
        "The critic takes five steps for one of the generator, and wins: which loss still tells the generator where to go?",
        "Against a critic of five steps on very narrow modes the pull of minimax dies, to less than 0.02, and its samples end far away. "
        "The non-saturating loss pulls more than a hundred times as hard, and WGAN-GP comes closest. Seen on 5 of 5 seeds.",
        Duel(
            runs=(
                contest("minimax", **_STIFF), contest("non_saturating", **_STIFF),
                replace(contest("wasserstein", "gradient_penalty", strength=0.3, **_STIFF), label="WGAN-GP"),
            ),
            data=Ring(spread=0.02), critic_steps=5, updates=600,
        ),
    ),
    Story(
        "Mode collapse",
        "Two losses on eight modes: which of them leaves some out?",
        "Least squares leaves out two or three of the eight modes, for good; WGAN-GP covers all eight. Seen on 5 of 5 seeds.",
        Duel(runs=(contest("least_squares"), _GP)),
    ),
    Story(
        "Hopping",
        "A slow critic, and a fast one: whose generator settles down?",
        "With a critic twenty times slower than it could be, most samples crowd into a quarter of the ring and move on before it is learnt. "
        "A faster critic lets them spread. Seen on 5 of 5 seeds.",
        Duel(runs=(contest("non_saturating", critic=3e-4, generator=3e-3), contest("non_saturating", critic=6e-3, generator=3e-3))),
    ),
    Story(
        "Penalties that cure",
        "The same loss alone, with R1 and with the gradient penalty: what does a penalty change?",
        "The same loss three times: alone it leaves out modes on 4 of 5 seeds, with R1 or the gradient penalty it covers all eight on 5 of 5, "
        "and ends closer in the mean.",
        Duel(
            runs=(contest("non_saturating"), contest("non_saturating", "r1", strength=0.1), contest("non_saturating", "gradient_penalty", strength=0.3)),
        ),
    ),
    Story(
        "The loss says nothing about quality",
        "The samples come closer to the data: does the generator’s loss fall?",
        "From update 150 on the samples come closer, by a third and more, and the generator's loss rises: it is measured against a critic that learns, too. "
        "Seen on 5 of 5 seeds.",
        Duel(runs=(contest("non_saturating"),)),
    ),
)  # fmt: skip
"""The stories, in the order of a lesson."""
