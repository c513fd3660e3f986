"""The documents of the Segmentation page's views."""

from __future__ import annotations

from dataclasses import dataclass

from core.losses import LOSSES
from core.parameters import boolean, choice, choices, integer, real
from core.studies.segmentation.empty import LOSSES_WITH_SMOOTHING
from core.studies.segmentation.scores import MEASURES
from core.views import VIEWS, LineupView, View

#: in place of an update: the last one
LAST = -1
#: test images that are shown at once
SHOWN = 5


@VIEWS.add("segmentation.losses")
@dataclass(frozen=True)
class LossesView(LineupView):
    """The losses: which update and which images are shown, at which threshold, which curve is drawn, and what is folded out."""

    update: int = integer(LAST, 0, 5000, hard="[-1, 5000]", label="Update", doc="The recorded update that is shown; the last one without such a record.")
    threshold: float = real(0.5, 0.01, 0.99, step=0.01, hard="[0.01, 0.99]", label="Threshold", doc="A pixel is marked if its probability is at least this.")
    own: bool = boolean(False, label="Own thresholds", doc="Each run at the threshold with the highest Dice on training images, in place of the dial's.")
    images: int = integer(0, 0, 20, hard="[0, 1999]", label="Images from", doc="The first of the test images that are shown.")
    measure: str = choice("dice", {name: measure.title for name, measure in MEASURES.items()}, label="Curve", doc="What is drawn over the updates.")
    folded_out: tuple[str, ...] = choices((), ("more", "network"), doc="What is folded out.")


@VIEWS.add("segmentation.empty")
@dataclass(frozen=True)
class EmptyView(View):
    """Empty masks: the pull of losses of overlap on an image in which nothing is, over the smoothing."""

    losses: tuple[str, ...] = choices(
        LOSSES_WITH_SMOOTHING, {kind: LOSSES[kind].title for kind in LOSSES_WITH_SMOOTHING}, label="Losses", doc="Whose pull is drawn."
    )
    smoothing: float = real(1e-5, 1e-5, 100.0, log=True, hard="[1e-7, 1000]", symbol=r"\delta", label="Smoothing", doc="Where the rule stands.")
    p: float = real(
        0.02, 0.001, 0.9, hard="(0, 1)", stops=(0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9), symbol="p", label="Probability",
        doc="The probability that the network gives each pixel.",
    )  # fmt: skip
    object: int = integer(0, 0, 40, hard="[0, 256]", stops=(0, 1, 4, 8, 16, 40), label="Pixels of an object", doc="Foreground of the image; 0: it is empty.")


#: the pixels of the image of `EmptyView`: those of a disc image
PIXELS = 256
