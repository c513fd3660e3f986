"""What duels are made of: the settings that all share, in the sidebar, and the widgets of the selected duel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from core.studies.adversarial.clouds import OwnPoints
from core.studies.adversarial.duel import Contest, Duel
from pages.ui.adversarial.duel_charts import PICK, own_points
from pages.ui.adversarial.looks import DIAL_WIDTH
from pages.ui.session.screen import Binding
from pages.ui.session.state import DUEL
from pages.ui.widgets import chips, controls
from pages.ui.widgets.show import dark

_PICK_KEY = "adversarial_points"
#: a click this close to a point takes it away
_NEAR = 0.2
#: of more points the oldest goes
_MOST_POINTS = 24


def draw_settings(duel: Duel, folded_out: Binding) -> None:
    """Draw the settings that all duels share. `folded_out`: the field that holds the names of what is folded out."""
    item = DUEL.at()
    with st.sidebar:
        st.subheader("Data", help=f"**{duel.data.title}.** {duel.data.summary}")
        controls.field(item, "data")
        if isinstance(duel.data, OwnPoints):
            _own_points(duel.data)
        st.subheader("Training")
        for name in ("updates", "critic_steps", "batch", "seed"):
            controls.field(item, name)
        networks = controls.folded(folded_out, "networks", st.expander, "Networks")
        if networks is not None:
            with networks:
                st.markdown("**Generator**")
                controls.field(item, "generator")
                controls.field(item, "latent")
                st.markdown("**Critic**")
                controls.field(item, "critic")


def _own_points(cloud: OwnPoints) -> None:
    """Draw the field of own points, and the buttons beside it."""
    st.caption("Click to set a point; click on one to take it away.")
    data, spec = own_points(cloud, height=230, dark=dark())
    st.vega_lite_chart(None, {**spec, "datasets": data}, width="stretch", theme=None, key=_PICK_KEY, on_select=_picked, selection_mode=[PICK])


def _picked() -> None:
    """Set a point where the person clicked, or take away the one that is there."""
    clicked: list[dict[str, Any]] = st.session_state[_PICK_KEY].selection[PICK]
    cloud = DUEL.current().data
    if clicked and isinstance(cloud, OwnPoints):
        at = float(f"{clicked[-1]['x']:.4g}"), float(f"{clicked[-1]['y']:.4g}")
        DUEL.at("data").put(toggled(cloud, at))


def toggled(cloud: OwnPoints, at: tuple[float, float]) -> OwnPoints:
    """Return the cloud with one more point, or without the one that is there already. The last one stays."""
    points = list(zip(cloud.points[::2], cloud.points[1::2], strict=True))
    kept = [point for point in points if max(abs(point[0] - at[0]), abs(point[1] - at[1])) > _NEAR]
    points = (kept or points) if len(kept) < len(points) else [*points, at][-_MOST_POINTS:]
    return replace(cloud, points=tuple(coordinate for point in points for coordinate in point))


def draw(folded_out: Binding) -> None:
    """Draw the widgets of the selected duel."""
    item = DUEL.at("runs", DUEL.selected())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name in ("loss", "penalty", "critic_rate", "generator_rate"):
            with st.container(width=DIAL_WIDTH):
                controls.field(item, name)
        more = controls.folded(folded_out, "more", st.popover, "More", icon=":material/tune:", help="Optimizers of both players, and a label.")
        if more is not None:
            with more:
                _more(item)
        chips.draw_remove(DUEL, "duel", "duel_remove")


def _more(item: Binding) -> None:
    for name, title in (("critic_optimizer", "Optimizer of the critic"), ("generator_optimizer", "Optimizer of the generator")):
        controls.kinds(item.at(name), Contest.parameters()[name], title)
        controls.fields(item.at(name))
    controls.field(item, "label")
