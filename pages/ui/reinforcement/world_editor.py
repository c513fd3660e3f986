"""The editor of a world: a click on a cell makes it into a cliff, a wall, the start or the goal, and dials set sides and rewards."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.studies.reinforcement.views import CliffView
from core.studies.reinforcement.worlds import Grid, maze
from pages.ui.reinforcement import world_charts
from pages.ui.reinforcement.pieces import draw_dials, row
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets.controls import field, folded
from pages.ui.widgets.show import dark, show

_KEY = "reinforcement_world_pick"
#: pixels of a dial, so that all fit in one row
_DIAL = 140


def draw(screen: ViewScreen[CliffView]) -> None:
    """Draw the editor of the world of a view, folded away at first."""
    editor = folded(screen.at("folded_out"), "editor", st.expander, "Edit the world", icon=":material/edit:")
    if editor is None:
        return
    view, world = screen.current(), screen.at("world")
    with editor:
        with row():
            field(screen.at(), "tool", shape="segments")
            st.button("The cliff again", key="reinforcement_world_again", on_click=world.put, args=(Grid(),), disabled=view.world == Grid())
        with row():
            draw_dials(world, ("rows", "columns", "step_reward", "cliff_reward", "goal_reward"), _DIAL)
        if not (view.world.inside(view.world.start) and view.world.inside(view.world.goal)):
            st.info("Start or goal lie outside: make the world larger again.", icon=":material/info:")
            return
        chart = world_charts.world(maze(view.world), None, None, None, (-1.0, 0.0), clickable=True, dark=dark())
        show(chart, "reinforcement_world_editor", key=_KEY, on_select=lambda: _picked(screen), selection_mode=[world_charts.PICK])
        st.caption("A click on a cell makes it what is chosen above; a click on what it is already empties it. Start and goal move, and are never lost.")


def _picked(screen: ViewScreen[CliffView]) -> None:
    """Make the clicked cell what the person chose."""
    clicked: list[dict[str, Any]] = st.session_state[_KEY].selection[world_charts.PICK]
    view = screen.current()
    if clicked:
        screen.at("world").put(view.world.made(int(clicked[-1]["cell"]), view.tool))
