"""The sidebar of a race: what all racers share, and what becomes of starts when the surface changes."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.race import Race
from core.surfaces import SURFACES, Surface
from pages.ui import controls, state

_THRESHOLDS = (0.0, 1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 0.1, 1.0)


def draw(race: Race) -> None:
    """Draw the settings that all racers share."""
    surface = race.surface
    with st.sidebar:
        st.subheader("Surface", help=f"**{surface.title}.** {surface.summary}\n\n{surface.reference}")
        controls.pick(("race", "surface"), SURFACES, surface, "Surface", choose=_choose)
        controls.fields(("race", "surface"), surface)
        st.subheader("Race")
        controls.field(("race",), race, "start", f"Start ({', '.join(surface.axes)})")
        for name, label in (("steps", "Updates"), ("noise", "Gradient noise"), *([("seed", "Seed of the noise")] if race.noise else [])):
            controls.field(("race",), race, name, label)
        with st.expander("Stop criteria"):
            _threshold(race, "stop_loss", "Loss above the minimum below")
            _threshold(race, "stop_gradient", "Gradient shorter than")


def _threshold(race: Race, name: str, label: str) -> None:
    """Draw a dial over a few thresholds and the present one; 0 is never."""
    value = getattr(race, name)
    doc = race.parameters()[name].doc
    controls.stops(("race", name), sorted({*_THRESHOLDS, value}), value, label, doc, lambda stop: f"{stop:g}" if stop else "never")


def _choose(kind: str) -> None:
    """Put another surface under the racers."""
    race = state.RACE.current()
    state.assign(("race",), on_surface(race, SURFACES[kind]()))


def on_surface(race: Race, surface: Surface) -> Race:
    """Return the race on another surface: it begins at the surface's first start, and racers with a start of their own keep their place on the map."""
    racers = tuple(replace(racer, start=_moved(racer.start, race.surface, surface)) for racer in race.racers)
    return replace(race, surface=surface, start=surface.starts[0], racers=racers)


def _moved(start: tuple[float, ...], before: Surface, after: Surface) -> tuple[float, ...]:
    spans = zip(start, before.domain, after.domain, strict=False)
    return tuple(float(f"{low + (part - old_low) / (old_high - old_low) * (high - low):.4g}") for part, (old_low, old_high), (low, high) in spans)
