"""The stories of deep networks: each asks one question, and answers it with a sentence that says on how many seeds it was seen.

tests/core/studies/deep_networks/test_stories.py checks every sentence on the seeds 0 to 4.
"""

from __future__ import annotations

from core.stories import Story
from core.studies.deep_networks.networks import Networks, default_networks, network
from core.studies.deep_networks.starts import Scale

_SMALL, _LARGE = Scale(0.01), Scale(1.0)

STORIES: tuple[Story[Networks], ...] = (
    Story(
        "Ten layers, five fates",
        "Ten hidden layers, five beginnings: in which does the gradient reach the first layer?",
        "Two learn, to seven eighths and more: those whose gradient arrives. Two vanish, and one explodes. Seen on 5 of 5 seeds.",
        default_networks(),
    ),
    Story(
        "Sigmoid and depth",
        "The same sigmoid network with 2, 5, 10 and 20 hidden layers: how deep can it learn?",
        "In each layer the gradient loses three quarters: × 0.22 to 0.26 at every depth. Two layers learn, and from five layers on the accuracy stays at "
        "that of guessing. Seen on 5 of 5 seeds.",
        Networks(runs=tuple(network("glorot", "sigmoid", depth=depth) for depth in (2, 5, 10, 20))),
    ),
    Story(
        "A start that is too small or too large",
        "ReLU with weights of 0.01, of He's size, and of 1: what arrives at the first layer?",
        "Too small, × 0.04 a layer: less than 1e-12 arrives, and nothing is learned. Too large, × 4 a layer: more than 100,000 arrives, and the second "
        "update is not a number. He's size, × 0.9 to 1.1: more than seven eighths are named right. Seen on 5 of 5 seeds.",
        Networks(runs=(network(_SMALL, label="σ = 0.01"), network("he", label="He"), network(_LARGE, label="σ = 1"))),
    ),
    Story(
        "Clipping stops the NaN and cures nothing",
        "The gradient explodes: is it enough to shorten it?",
        "Without it the run is lost in update 2. Clipped at 1 it goes on, and names less than a third right: the gradient still explodes, and only its "
        "direction is left. He's start names more than seven eighths right. Seen on 5 of 5 seeds.",
        Networks(runs=(network(_LARGE, label="σ = 1"), network(_LARGE, clip_norm=1.0, label="σ = 1, clipped at 1"), network("he", label="He"))),
    ),
    Story(
        "Batch norm cures what layer norm does not",
        "Ten layers of sigmoid without a norm, with a layer norm, with a batch norm: does any norm do?",
        "With a layer norm the gradient still vanishes, because rows have become alike: a share of less than 1e-6 of what layer 10 says lies between them, and "
        "plain descent guesses. With a batch norm the rows stay apart, and more than nine tenths are named right. Seen on 5 of 5 seeds.",
        Networks(runs=tuple(network("glorot", "sigmoid", norm) for norm in ("none", "layer", "batch"))),
    ),
    Story(
        "Residuals want a small start",
        "Residuals let the gradient pass by each layer: is a deep network then safe from any start?",
        "From weights of 0.01 residuals bring the gradient through, to more than nine tenths. From He's they explode, × 1.5 a layer, and are lost within ten "
        "updates; with branches of 0.1 they learn. Seen on 5 of 5 seeds.",
        Networks(
            runs=(
                network(_SMALL, label="σ = 0.01"), network(_SMALL, residual=1.0, label="σ = 0.01, residuals"),
                network("he", residual=1.0, label="He, residuals"), network("he", residual=0.1, label="He, residuals × 0.1"),
            ),
        ),
    ),
)  # fmt: skip
"""The stories, in the order of a lesson."""
