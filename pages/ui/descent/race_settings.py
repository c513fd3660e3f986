"""The sidebar of the view "Race": the settings that all racers share."""

from __future__ import annotations

import streamlit as st

from core.studies.descent.race import Race
from core.studies.descent.surfaces import SURFACES
from pages.ui.widgets import controls

_THRESHOLDS = (0.0, 1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0)


def draw(race: Race) -> None:
    """Draw the settings that all racers share."""
    surface = race.surface
    with st.sidebar:
        st.subheader("Surface", help=f"**{surface.title}.** {surface.summary}\n\n{surface.reference}")
        controls.pick(("race", "surface"), SURFACES, surface, "Surface")
        controls.fields(("race", "surface"), surface)
        st.subheader("Race")
        controls.field(("race",), race, "start", f"Start ({', '.join(surface.axes)})")
        for name, label in (("steps", "Updates"), ("noise", "Gradient noise"), *([("seed", "Seed of the noise")] if race.noise else [])):
            controls.field(("race",), race, name, label)
        with st.expander("Stop criteria"):
            _threshold(race, "stop_loss", "Loss above the minimum below")
            _threshold(race, "stop_gradient", "Gradient shorter than")


def _threshold(race: Race, name: str, label: str) -> None:
    """Draw a dial over some thresholds and the present one. 0 means never."""
    value = getattr(race, name)
    doc = race.parameters()[name].doc
    controls.stops(("race", name), sorted({*_THRESHOLDS, value}), value, label, doc, lambda stop: f"{stop:g}" if stop else "never")
