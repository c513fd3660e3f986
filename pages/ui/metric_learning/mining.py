"""Mining and collapse: one triplet loss, with random, semi-hard and hard triplets side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.metric_learning import contests, takeaways
from core.studies.metric_learning.lanes import EmbeddingResult
from core.studies.metric_learning.scores import named
from core.studies.metric_learning.views import MiningView
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import AXIS, Look, chip_css, look
from pages.ui.metric_learning.embedding import draw_scatters, update_dial
from pages.ui.metric_learning.tables import measures_table
from pages.ui.session.screen import ViewScreen
from pages.ui.training import last
from pages.ui.widgets import play, share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, dial, folded_settings, grid, picture, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(MiningView)
SCREENS = (SCREEN,)
_CHIPS = "metric_learning_minings"
#: pixels of a dial; pixels beside the curves with the scatters, and beside the scatters alone
_DIAL_WIDTH, _BESIDE, _BESIDE_SCATTERS = 220, 400, 330
_MEASURES = ("recall", "map_r", "spread", "loss", "active")
HOW_TO_READ = r"""
- A **triplet** has an anchor, a positive of its class and a negative of another. Its loss is $(d(a, p) - d(a, n) + m)_+$, the mean over those above 0.
- **Random**: a negative by chance. **Semi-hard**: the nearest negative beyond the positive. **Hard**: the farthest positive, the nearest negative.
- **Loss = margin** (the dashed line): all rows in one point make every distance 0, so each triplet costs exactly m. A loss that sticks there has **collapsed**.
- **Active**: share of the mined triplets above 0, which alone are learned from. Random triplets run out of them; hard ones never do.
- **Spread**: 1 is all around the circle, 0 a single point.
- Digits on the circle, batches of 10 classes with 6 rows, Adam. All runs share start, rows and network. With a small learning rate hard mining recovers.
- Sources: FaceNet, arXiv:1503.03832; Hermans, Beyer and Leibe, arXiv:1703.07737.
"""


def draw() -> None:
    """Draw the view."""
    view, dials, words = begin(SCREEN), SCREEN.at(), told_later()
    with picture():
        with folded_settings(), st.container(horizontal=True, vertical_alignment="bottom"):
            for name in ("margin", "rate", "updates"):
                with st.container(width=_DIAL_WIDTH):
                    field(dials, name)
            st.html(chip_css(looks_of(tuple(contests.MININGS)), _CHIPS))
            with st.container(key=_CHIPS, width="content"):
                field(dials, "minings", labelled=False)
        if not view.minings:
            st.info("Choose a way to mine.", icon=":material/arrow_upward:")
            return
        embedding = contests.mining(view.minings, view.margin, view.rate, view.updates)
        last.trained(SCREEN, embedding, partial(_results, words=words), looks_of(view.minings), view.margin, played=True)


def looks_of(names: Sequence[str]) -> list[Look]:
    """Return the look of each way to mine, which it keeps while others come and go."""
    return [replace(look(list(contests.MININGS).index(name), contests.MININGS[name].label), mark="") for name in names]


def _results(result: EmbeddingResult, looks: Sequence[Look], margin: float, words: DeltaGenerator) -> None:
    """Draw the curves, the scatters and the table."""
    SCREEN.open()
    updates = [int(update) for update in result.updates]
    with dial():
        update = update_dial(SCREEN, result)
        play.button(SCREEN, updates)
    at = result.place(update)
    recall, loss = (result.metrics[name][at, 0] for name in (named("recall", "test"), "loss"))
    said = takeaways.mining([style.name for style in looks], recall, loss, margin, update)
    takeaway(said, words)
    dashed = Look("loss = margin", AXIS[dark()], (3, 3), "")
    with stage():
        st.html(legend_html([*looks, dashed]))
        with grid(3):
            for name, title in (("loss", "loss"), ("active", "active triplets"), ("spread", "spread")):
                values = result.metrics[name][:, 0]
                lines = [*looks, dashed] if name == "loss" else looks
                values = np.column_stack([values, np.full(len(values), margin)]) if name == "loss" else values
                frame = pd.DataFrame({"x": result.updates, **dict(zip(run_domain(lines), values.T, strict=True))})
                y = Axis(title, domain=(0.0, 3 * margin) if name == "loss" else (0.0, 1.05))
                x = Axis("update", domain=(0.0, float(result.document.updates)))
                chart = curves(frame, lines, x, y, now=float(update), height=230, dark=dark(), beside=_BESIDE, rows=2)
                show(chart, f"metric_learning_mining_{name}", said=said if name == "loss" else None)
    draw_scatters(result, looks, update, "test", said, _BESIDE_SCATTERS)
    st.html(measures_table(result, looks, update, "test", _MEASURES))
    share.shows(lambda: result.history)
