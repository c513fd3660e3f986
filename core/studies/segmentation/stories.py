"""The stories of segmentation: each asks one question, and answers it with a sentence that says on how many seeds it was seen.

tests/core/studies/segmentation/test_stories.py checks every sentence on the seeds 0 to 4, each with images of its own.
"""

from __future__ import annotations

from core.stories import Story
from core.studies.segmentation.document import BATCH, Segmentation, default_segmentation, segmenter
from core.studies.segmentation.scenes import Discs

STORIES: tuple[Story[Segmentation], ...] = (
    Story(
        "Five losses on small discs",
        "One pixel in forty is foreground: which loss finds it?",
        "A loss of overlap finds it first, alone or with cross-entropy: after 48 updates its Dice at ½ is ahead by 0.15 and more. At the end cross-entropy and "
        "focal still miss more pixels. Seen on 5 of 5 seeds.",
        default_segmentation(),
    ),
    Story(
        "What Dice buys",
        "Does Dice order the pixels better than cross-entropy, or is it only faster?",
        "It is faster, and its half can be used: after 152 updates its Dice at ½ is ahead by 0.05 and more. After 600 cross-entropy is level with it, and "
        "orders the pixels better. With 30 times the weight on the foreground it orders them as well, but its threshold is 0.8 and more. Seen on 5 of 5 seeds.",
        Segmentation(runs=(segmenter("pixel_cross_entropy"), segmenter("pixel_cross_entropy", weight=30.0), segmenter("pixel_dice")), updates=600),
    ),
    Story(
        "What an empty mask does",
        "Half of the images are empty. What do they teach a loss of overlap?",
        "With δ near 0 nothing: an empty image gets half a false pixel and more. With δ = 1 at most a quarter as many. With δ = 100 the empty images are all "
        "that is heard, and hardly anything is marked: Dice stays below 0.1. Seen on 5 of 5 seeds.",
        Segmentation(runs=tuple(segmenter("pixel_dice", smooth=smooth) for smooth in (1e-5, 1.0, 100.0)), scene=Discs(empty=0.5)),
    ),
    Story(
        "Focal's usual α is the wrong way round here",
        "The focal loss was made for rare objects. Does its usual α = 0.25 help small discs?",
        "It weighs the background up: its Dice at ½ is below that of cross-entropy. α = 0.75 has more by 0.07 and more, and orders the pixels better. "
        "Its price are false pixels on empty images, 0.5 and more. Seen on 5 of 5 seeds.",
        Segmentation(runs=(segmenter("pixel_focal"), segmenter("pixel_focal", alpha=0.75), segmenter("pixel_cross_entropy"))),
    ),
    Story(
        "A good start beats another loss",
        "Cross-entropy is slow here. Does it need another loss, or another start?",
        "Another start: with an output's bias of -3.5, near the log-odds of the foreground's share, its Dice at ½ rises by 0.08 and more, above that of Dice, "
        "and it orders the pixels better. Dice itself gains 0.03 at most. Seen on 5 of 5 seeds.",
        Segmentation(
            runs=(
                segmenter("pixel_cross_entropy"), segmenter("pixel_cross_entropy", bias=-3.5), segmenter("pixel_dice"), segmenter("pixel_dice", bias=-3.5),
            ),
        ),
    ),
    Story(
        "Each image or the whole batch",
        "segmentation-models-pytorch sums Dice over the whole batch, MONAI over each image. What is the difference?",
        "With δ near 0 an empty image teaches nothing by itself. In a batch that has objects beside it its false pixels cost: there are fewer of them, and "
        "Dice at ½ is at least as good, to 0.01. Seen on 5 of 5 seeds.",
        Segmentation(runs=(segmenter("pixel_dice", smooth=1e-5), segmenter("pixel_dice", smooth=1e-5, over=BATCH))),
    ),
)  # fmt: skip
"""The stories, in the order of a lesson."""
