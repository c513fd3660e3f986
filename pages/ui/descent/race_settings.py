"""The sidebar of the view "Race": the settings that all racers share."""

from __future__ import annotations

import streamlit as st

from core.studies.descent.race import Race
from pages.ui.session.screen import Binding
from pages.ui.session.state import RACE
from pages.ui.widgets import controls


def draw(race: Race, folded_out: Binding) -> None:
    """Draw the settings that all racers share. `folded_out`: the field that holds the names of what is folded out."""
    surface, item = race.surface, RACE.at()
    with st.sidebar:
        st.subheader("Surface", help=f"**{surface.title}.** {surface.summary}\n\n{surface.reference}")
        controls.field(item, "surface")
        st.subheader("Race")
        controls.field(item, "start", f"Start ({', '.join(surface.axes)})")
        controls.field(item, "steps")
        controls.field(item, "noise", "Gradient noise")
        if race.noise:
            controls.field(item, "seed")
        stop = controls.folded(folded_out, "stop", st.expander, "Stop criteria")
        if stop is not None:
            with stop:
                controls.field(item, "stop_loss")
                controls.field(item, "stop_gradient")
