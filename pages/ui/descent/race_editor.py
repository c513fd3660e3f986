"""The editor of the racers: a chip for each, widgets for the selected one, and buttons that replace all by a family."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.optimizers import OPTIMIZERS
from core.parameters import multiples
from core.studies.descent.race import MAX_RACERS, Race, Racer
from pages.ui.charts.theme import Look, look
from pages.ui.session import state
from pages.ui.session.screen import Path
from pages.ui.widgets import chips, controls

_FACTORS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10)
#: the points of the grid of starts, as shares of the map's width and height
_GRID = tuple((x, y) for y in (0.25, 0.75) for x in (0.125, 0.375, 0.625, 0.875))


def looks(race: Race) -> tuple[Look, ...]:
    """Return the look of each racer."""
    return tuple(look(slot, label) for slot, label in zip(state.RACE.slots(), race.labels(), strict=True))


def draw_buttons(race: Race) -> None:
    """Draw the buttons that add a racer, and replace all racers."""
    screen = state.RACE
    full = len(race.racers) == MAX_RACERS
    doc = f"One more racer like the selected one, up to {MAX_RACERS}."
    slot = screen.slots()[screen.selected()]
    st.button("Add racer", icon=":material/add:", key="racer_add", on_click=screen.add, args=(slot,), disabled=full, help=doc)
    fill = st.popover("Fill", key="racer_fill", on_change="rerun", icon=":material/playlist_add:", help="Replace the racers by a whole family of them.")
    if fill.open:
        with fill:
            _fill(race, race.racers[screen.selected()])


def draw(race: Race) -> None:
    """Draw the chips and the widgets of the selected racer."""
    chips.draw(state.RACE, looks(race), "Racers", "racers", "selected_racer")
    _line(race, state.RACE.selected())


def _line(race: Race, index: int) -> None:
    """Draw the widgets of one racer."""
    path, racer = ("race", "racers", index), race.racers[index]
    optimizer, rate, more = st.columns([4, 4, 2.4], vertical_alignment="bottom")
    with optimizer:
        controls.pick((*path, "optimizer"), OPTIMIZERS, racer.optimizer, "Optimizer")
    with rate:
        controls.field(path, racer, "learning_rate")
    with more, st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        doc = "Parameters of the optimizer, schedule, clipping, coupled L2, own start, label."
        folded = st.popover("More", key="racer_more", on_change="rerun", icon=":material/tune:", help=doc)
        if folded.open:
            with folded:
                _more(path, racer)
        slot, alone = state.RACE.slots()[index], len(race.racers) == 1
        st.button("", icon=":material/delete:", key="racer_remove", on_click=state.RACE.remove, args=(slot,), disabled=alone, help="Remove this racer")


def _more(path: Path, racer: Racer) -> None:
    if racer.optimizer.active():
        st.markdown(f"**{racer.optimizer.title}**")
        controls.fields((*path, "optimizer"), racer.optimizer)
    controls.field(path, racer, "schedule")
    controls.field(path, racer, "clip_norm", "Clip gradient norm at")
    controls.field(path, racer, "l2", "Coupled L2")
    controls.field(path, racer, "start", "Start of its own")
    controls.field(path, racer, "label")


def _fill(race: Race, racer: Racer) -> None:
    """Draw a button for each family of racers. The racers of a family differ from the selected one in one field."""
    st.caption(f"Up to {MAX_RACERS} racers; everything else is taken from the selected one.")
    racer = replace(racer, label="")
    chosen = st.multiselect(
        "Optimizers", list(OPTIMIZERS), list(OPTIMIZERS)[:MAX_RACERS], format_func=lambda kind: OPTIMIZERS[kind].title, max_selections=MAX_RACERS,
        key="fill_racers",
    )  # fmt: skip
    family = [replace(racer, optimizer=OPTIMIZERS[kind]()) for kind in chosen]
    _offer(f"These optimizers, all at the rate {racer.learning_rate:g}", family)
    rates = multiples(racer, "learning_rate", _FACTORS)
    _offer(f"A ladder of learning rates, {rates[0]:g} to {rates[-1]:g}", [replace(racer, learning_rate=rate) for rate in rates])
    _offer("From each of the surface's starts", [replace(racer, start=start) for start in race.surface.starts[:MAX_RACERS]])
    _offer("From a grid of starts", [replace(racer, start=start) for start in grid_starts(race)])


def _offer(label: str, family: list[Racer]) -> None:
    st.button(label, on_click=state.RACE.set_items, args=(family,), disabled=not family)


def grid_starts(race: Race) -> list[tuple[float, float]]:
    """Return `MAX_RACERS` starts, spread over the map."""
    (left, right), (bottom, top) = race.surface.domain
    return [(float(f"{left + x * (right - left):.4g}"), float(f"{bottom + y * (top - bottom):.4g}")) for x, y in _GRID]
