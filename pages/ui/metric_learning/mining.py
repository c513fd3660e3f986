"""Mining and collapse: one triplet loss, with random, semi-hard and hard triplets side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.studies.metric_learning import contests
from core.studies.metric_learning.lanes import EmbeddingResult
from core.studies.metric_learning.views import MiningView
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import AXIS, Look, look
from pages.ui.metric_learning.embedding import draw_scatters
from pages.ui.metric_learning.tables import measures_table
from pages.ui.session.screen import ViewScreen
from pages.ui.training import follow, progress
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, nearest, offered
from pages.ui.widgets.pieces import begin
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(MiningView)
SCREENS = (SCREEN,)
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
    view, dials = begin(SCREEN), SCREEN.at()
    margin, rate, updates = st.columns([1, 1, 1], gap="medium", vertical_alignment="bottom")
    for column, name in ((margin, "margin"), (rate, "rate"), (updates, "updates")):
        with column:
            field(dials, name)
    field(dials, "minings", labelled=False)
    if not view.minings:
        st.info("Choose a way to mine.", icon=":material/arrow_upward:")
        return
    embedding = contests.mining(view.minings, view.margin, view.rate, view.updates)
    follow.follow(embedding)
    progress.draw(embedding, rerun=True)
    result = follow.view(embedding).result
    if result is not None:
        _results(result, looks_of(view.minings))


def looks_of(names: Sequence[str]) -> list[Look]:
    """Return the look of each way to mine, which it keeps while others come and go."""
    return [look(list(contests.MININGS).index(name), contests.MININGS[name].label) for name in names]


@st.fragment
def _results(result: EmbeddingResult, looks: Sequence[Look]) -> None:
    """Draw the curves, the scatters and the table; the slider draws these alone again."""
    view = SCREEN.open()
    updates = [int(update) for update in result.updates]
    update = offered(
        SCREEN.at("update"), updates, "Update", otherwise=updates[-1] if view.update < 0 else nearest(updates, view.update),
        titles=lambda each: f"{each} · epoch {each / result.updates_per_epoch:.3g}",
    )  # fmt: skip
    margin = Look("loss = margin", AXIS[dark()], (3, 3), "")
    st.html(legend_html([*looks, margin]))
    for column, (name, title) in zip(st.columns(3, gap="medium"), (("loss", "loss"), ("active", "active triplets"), ("spread", "spread")), strict=True):
        with column:
            values = result.metrics[name][:, 0]
            lines = [*looks, margin] if name == "loss" else looks
            values = np.column_stack([values, np.full(len(values), view.margin)]) if name == "loss" else values
            frame = pd.DataFrame({"x": result.updates, **dict(zip(run_domain(lines), values.T, strict=True))})
            y = Axis(title, domain=(0.0, 3 * view.margin) if name == "loss" else (0.0, 1.05))
            x = Axis("update", domain=(0.0, float(result.embedding.updates)))
            show(curves(frame, lines, x, y, now=float(update), height=230, dark=dark()), f"metric_learning_mining_{name}")
    draw_scatters(result, looks, update, "test")
    st.html(measures_table(result, looks, update, "test", _MEASURES))
    share.shows(lambda: result.history)
