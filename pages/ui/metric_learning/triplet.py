"""One pair, one triplet: three points in the plane, what they cost under each loss, and how each is pulled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.studies.metric_learning import takeaways
from core.studies.metric_learning.triplet_scene import ANCHOR, COSTS, NEGATIVE, POSITIVE, Scene
from core.studies.metric_learning.views import TripletView
from core.words import Said
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look, chip_css, look
from pages.ui.metric_learning.charts import PICK
from pages.ui.metric_learning.triplet_charts import REACH, plane
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(TripletView)
SCREENS = (SCREEN,)
_KEY, _CHIPS = "metric_learning_triplet_pick", "metric_learning_costs"
#: pixels of a dial, and of the two of a place; pixels beside the charts
_DIAL_WIDTH, _PLACE_WIDTH, _BESIDE = 160, 190, 370
HOW_TO_READ = r"""
- *a* is the **anchor**, *p* the **positive** of its class, *n* the **negative** of another class. Switch one off, and a pair remains.
- **Arrows**: where each loss pulls each point, the negative gradient. Within a loss, lengths compare; the table has the numbers.
- **A click on the plane** moves the chosen point; so do the dials of its place.
- **Curves**: the cost while the chosen point moves along its line through the anchor (the anchor: through the positive). The rule is where it is now.
- **Contrastive** draws pairs of one class together until they are one point; a negative beyond the margin is left alone.
- **Triplet** asks only that the negative is farther than the positive, by the margin: then all three are left alone. With plain distances each pull is as
  strong at any distance, with squared ones it grows.
- **NT-Xent** and **supervised contrastive** look at angles as seen from the origin: pulls turn points around it, and never move them outward.
- Losses of classes (cross-entropy, CosFace, ArcFace, center loss) have no cost of a pair.
"""


@st.fragment
def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    scene = scene_of(view)
    shown = [name for name in view.losses if scene.offered(name)]
    looks, point = looks_of(shown), view.moved if view.moved in scene.points else ANCHOR
    alone = len(scene.points) < 2
    said = Said("Switch on the positive or the negative: one point alone costs nothing.") if alone else takeaways.triplet(scene, shown)
    takeaway(said)
    with picture():
        with settings():
            with st.container(horizontal=True, width=_PLACE_WIDTH):
                field(SCREEN.at(), point, f"Place of the {point}")
            with st.container(width="content"):
                field(dials, "moved")
            for name in ("margin", "temperature"):
                with st.container(width=_DIAL_WIDTH):
                    field(dials, name)
            st.html(chip_css(looks_of([*COSTS]), _CHIPS))
            with st.container(key=_CHIPS, width="content"):
                field(dials, "losses", labelled=False)
            with st.container(width="content", gap=None):
                for name in ("with_positive", "with_negative"):
                    field(dials, name)
        if alone:
            return
        with stage():
            st.html(legend_html(looks))
            with grid(2):
                chart = plane(scene, {name: scene.pulls(name) for name in shown}, looks, point, height=380, dark=dark(), beside=_BESIDE)
                show(chart, "metric_learning_triplet_plane", said=said, key=_KEY, on_select=_picked, selection_mode=[PICK])
                _curves(scene, shown, looks, point)
    left_out = [COSTS[name].title for name in view.losses if name not in shown]
    if left_out:
        st.caption(f"Without a cost of a pair: {', '.join(left_out)}.")
    st.html(_table(scene, shown, looks))
    share.shows(lambda: _frame(scene, shown, looks, point))


def scene_of(view: TripletView) -> Scene:
    """Return the points that are switched on, with the settings of the losses."""
    there = {ANCHOR: True, POSITIVE: view.with_positive, NEGATIVE: view.with_negative}
    return Scene({name: getattr(view, name) for name, is_on in there.items() if is_on}, view.margin, view.temperature)


def looks_of(names: list[str]) -> list[Look]:
    """Return the look of each loss, which it keeps while others come and go."""
    return [look(list(COSTS).index(name), COSTS[name].title) for name in names]


def _picked() -> None:
    """Move the chosen point to the clicked place."""
    points: list[dict[str, Any]] = st.session_state[_KEY].selection[PICK]
    if points:
        view = SCREEN.current()
        point = view.moved if view.moved in scene_of(view).points else ANCHOR
        SCREEN.at(point).put(tuple(float(f"{np.clip(points[-1][axis], -REACH, REACH):.3g}") for axis in ("x", "y")))


def _frame(scene: Scene, shown: list[str], looks: list[Look], point: str) -> pd.DataFrame:
    """Return the cost of each loss over the distance of a point."""
    along = [scene.along(name, point) for name in shown]
    return pd.DataFrame({"x": along[0][0] if along else [], **{name: cost for name, (_, cost) in zip(run_domain(looks), along, strict=True)}})


def _curves(scene: Scene, shown: list[str], looks: list[Look], point: str) -> None:
    """Draw what the points cost while one of them moves on its line."""
    if not shown:
        st.info("Choose a loss.", icon=":material/arrow_upward:")
        return
    x = Axis(f"distance of the {point} from the anchor" if point != ANCHOR else "distance of the anchor from the next point", domain=(0.0, 3.0))
    chart = curves(_frame(scene, shown, looks, point), looks, x, Axis("cost"), now=scene.distance(point), height=300, dark=dark(), beside=_BESIDE)
    show(chart, "metric_learning_triplet_curves", f"What it costs to move the {point}")


def _table(scene: Scene, shown: list[str], looks: list[Look]) -> str:
    """Return the cost of each loss, and how strongly each point is pulled, as HTML."""
    sizes = [np.hypot(*scene.pulls(name).T) for name in shown]
    columns = [Column("Loss", [each.name for each in looks], words=True), Column("Cost", [f"{scene.cost(name):.3g}" for name in shown])]
    for place, name in enumerate(scene.points):
        columns.append(Column(f"Pull on the {name}", [f"{size[place]:.3g}" for size in sizes]))
    return table("What the points cost, and how strongly each is pulled", columns)
