"""The stories of several tasks: each asks one question, and answers it with a sentence that says on how many seeds it was seen.

tests/core/studies/multitask/test_stories.py checks every sentence on the seeds 0 to 4, each with rows of its own.
"""

from __future__ import annotations

from dataclasses import replace

from core.models import MLP
from core.stories import Story
from core.studies.multitask.document import ARTICLE, EQUAL, STANDARDISED, UNCERTAINTY, Multitask, default_multitask, weighting

STORIES: tuple[Story[Multitask], ...] = (
    Story(
        "Four weightings",
        "A thirtieth of a pixel as the unit of the place: who keeps the class?",
        "With equal weights the place pulls the trunk, and the class stays behind. The same weights on a standardised target learn both. Seen on 5 of 5 seeds.",
        default_multitask(),
    ),
    Story(
        "One loss in larger units drowns the others",
        "Hundredths of a pixel in place of pixels: does an adaptive weight see through it?",
        "It does not. Equal weights, the article's and learned ones have an accuracy of 0.6 at most; standardising the target brings 0.75 and more, and an R² "
        "that none of them has. Seen on 5 of 5 seeds. Kurin et al., arXiv:2201.04122, find the same of adaptive weights.",
        Multitask(runs=(EQUAL, ARTICLE, UNCERTAINTY, STANDARDISED), unit=100.0),
    ),
    Story(
        "There is no free weight",
        "Six hidden units for three tasks: which weight of the class is right?",
        "None is: from 0.01 to 100 accuracy rises from below 0.5 to above 0.6, and R² falls from above 0.7 to below 0.55. A weight says what is wanted. "
        "Seen on 5 of 5 seeds.",
        Multitask(
            runs=tuple(weighting(weight, 1.0, 1.0, standardised=True, label=f"Class {weight:g}") for weight in (0.01, 0.3, 3.0, 100.0)), model=MLP(hidden=(6,))
        ),
    ),
    Story(
        "Learned weights need a rate of their own",
        "The weights are parameters, too. Is the network's rate of 0.003 good enough for them?",
        "At 0.003 they hardly move in 300 updates. At 0.03 and 0.3 the place counts less and less: accuracy rises by 0.1 and more in all, and R² falls by 0.3 "
        "and more. So this rate is one more weight to choose. Seen on 5 of 5 seeds.",
        Multitask(runs=tuple(replace(UNCERTAINTY, weights_rate=rate, label=f"Rate {rate:g}") for rate in (0.003, 0.03, 0.3)), unit=30.0),
    ),
)  # fmt: skip
"""The stories, in the order of a lesson."""
