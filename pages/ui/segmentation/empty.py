"""Empty masks: how strongly losses of overlap pull on an image in which nothing is, over the smoothing. Exact, without a training."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from core.losses import LOSSES
from core.studies.segmentation.empty import LOSSES_WITH_SMOOTHING, SMOOTHINGS, Scene, in_words
from core.studies.segmentation.views import PIXELS, EmptyView
from core.words import significant
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import log_curves
from pages.ui.charts.theme import AXIS, Look, chip_css, look
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(EmptyView)
SCREENS = (SCREEN,)
#: pixels of a dial, and beside the chart
_DIAL_WIDTH, _BESIDE = 240, 330
#: the weakest pull that is drawn
_FLOOR = 1e-9
#: smoothings of the table, and whose they are
_KNOWN = {1e-7: "nearest to segmentation-models-pytorch's 0", 1e-5: "MONAI", 1.0: "often by hand", 100.0: "too much"}
HOW_TO_READ = r"""
- An **image of 256 pixels** to each of which the network gives the probability p. On an **empty mask** all of p is wrong.
- **Pull**: $\sum_k |\partial \ell / \partial s_k|$, how strongly the loss asks for other scores. The dashed line is cross-entropy, which asks for p on average.
- **δ near 0 means: skip the empty ones.** With no foreground Dice is $1 - \delta / (\sum p + \delta)$: 1 whatever is marked, so nothing pulls.
- **δ near $\sum p$** pulls most. **A large δ** makes every image nearly right, with an object or without: both pull less and less.
- segmentation-models-pytorch multiplies the loss by 0 where a batch has no foreground; MONAI has δ = 1e-5 for each image.
- Asked for: segmentation_models #269, ivadomed #183. Source: V-Net, arXiv:1606.04797.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    scene = Scene(PIXELS, min(view.object, PIXELS), view.p)
    shown = [kind for kind in LOSSES_WITH_SMOOTHING if kind in view.losses]
    said = in_words(scene, shown[0] if shown else LOSSES_WITH_SMOOTHING[0], view.smoothing)
    takeaway(said)
    looks = looks_of(shown)
    with picture():
        with settings():
            for name in ("smoothing", "p", "object"):
                with st.container(width=_DIAL_WIDTH):
                    field(dials, name)
            st.html(chip_css(looks_of(list(LOSSES_WITH_SMOOTHING)), "segmentation_empty_losses"))
            with st.container(key="segmentation_empty_losses"):
                field(dials, "losses", labelled=False)
        with stage():
            plain = Look("Pixel cross-entropy", AXIS[dark()], (3, 3), "")
            st.html(legend_html([*looks, plain]))
            x, y = Axis("smoothing δ"), Axis("pull on the image", log=True, floor=_FLOOR)
            chart = log_curves(pulls(scene, shown), [*looks, plain], x, y, now=view.smoothing, height=320, dark=dark(), beside=_BESIDE)
            heading = "What an image with an object teaches" if scene.object else "What an empty image teaches"
            show(chart, "segmentation_empty_chart", heading, said)
    st.html(_table(scene, shown, looks))
    share.shows(lambda: pulls(scene, shown).set_axis(["smoothing", *shown, "pixel_cross_entropy"], axis=1))


def looks_of(kinds: list[str]) -> list[Look]:
    """Return the look of each loss, which it keeps while others come and go."""
    return [look(LOSSES_WITH_SMOOTHING.index(kind), LOSSES[kind].title) for kind in kinds]


def pulls(scene: Scene, kinds: list[str]) -> pd.DataFrame:
    """Return the pull of each loss at every smoothing, and last that of cross-entropy, which has none."""
    columns = [*(scene.pulls(kind) for kind in kinds), np.full(len(SMOOTHINGS), scene.plain())]
    return pd.DataFrame({"x": SMOOTHINGS, **{f"r{run}": each for run, each in enumerate(columns)}})


def _table(scene: Scene, kinds: list[str], looks: list[Look]) -> str:
    """Return the pull of each loss at smoothings that are in use, as HTML."""
    columns = [Column("Smoothing δ", [significant(smoothing, 2) for smoothing in _KNOWN], words=True), Column("In use", [*_KNOWN.values()], words=True)]
    columns += [Column(each.name, [significant(scene.pull(kind, s), 2) for s in _KNOWN], group="Pull") for kind, each in zip(kinds, looks, strict=True)]
    return table("The pull at smoothings that are in use", columns)
