"""The editor of the racers: a chip for each, widgets for the selected one, and buttons that replace all by a family."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from core.optimizers import OPTIMIZERS
from core.parameters import multiples
from core.studies.descent.race import MAX_RACERS, Race, Racer
from core.words import significant
from pages.ui.session.screen import Binding
from pages.ui.session.state import RACE
from pages.ui.widgets import chips, controls

_FACTORS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10)
#: the points of the grid of starts, as shares of the map's width and height
_GRID = tuple((x, y) for y in (0.25, 0.75) for x in (0.125, 0.375, 0.625, 0.875))


def draw_buttons(race: Race, folded_out: Binding) -> None:
    """Draw the buttons that add a racer, and replace all racers. `folded_out`: the field that holds the names of what is folded out."""
    chips.draw_add(RACE, "racer", "racer_add")
    doc = "Replace the racers by a whole family of them."
    fill = controls.folded(folded_out, "fill", st.popover, "Compare a family", icon=":material/playlist_add:", help=doc)
    if fill is not None:
        with fill:
            _fill(race, race.racers[RACE.selected()])


def draw(race: Race, folded_out: Binding) -> None:
    """Draw the chips and the widgets of the selected racer. `folded_out`: that of `draw_buttons`."""
    chips.draw(RACE, chips.looks(RACE, race), "Racers", "racers", "selected_racer")
    _line(race, RACE.selected(), folded_out)


def _line(race: Race, index: int, folded_out: Binding) -> None:
    """Draw the widgets of one racer."""
    item = RACE.at("racers", index)
    optimizer, rate, others = st.columns([4, 4, 2.4], vertical_alignment="bottom")
    with optimizer:
        controls.kinds(item.at("optimizer"), Racer.parameters()["optimizer"], "Optimizer")
    with rate:
        controls.field(item, "learning_rate")
    with others, st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        doc = "Parameters of the optimizer, schedule, clipping, coupled L2, own start, label."
        more = controls.folded(folded_out, "more", st.popover, "More", icon=":material/tune:", help=doc)
        if more is not None:
            with more:
                _more(item, race.racers[index])
        chips.draw_remove(RACE, "racer", "racer_remove")


def _more(item: Binding, racer: Racer) -> None:
    if racer.optimizer.active():
        st.markdown(f"**{racer.optimizer.title}**")
        controls.fields(item.at("optimizer"))
    controls.field(item, "schedule")
    controls.field(item, "clip_norm")
    controls.field(item, "l2", "Coupled L2")
    controls.field(item, "start")
    controls.field(item, "label")


def _fill(race: Race, racer: Racer) -> None:
    """Draw a button for each family of racers. The racers of a family differ from the selected one in one field."""
    st.caption(f"Up to {MAX_RACERS} racers; everything else is taken from the selected one.")
    racer = replace(racer, label="")
    chosen = st.multiselect(
        "Optimizers", list(OPTIMIZERS), list(OPTIMIZERS)[:MAX_RACERS], format_func=lambda kind: OPTIMIZERS[kind].found_by(), max_selections=MAX_RACERS,
        filter_mode="contains", key="fill_racers",
    )  # fmt: skip
    family = [replace(racer, optimizer=OPTIMIZERS[kind]()) for kind in chosen]
    _offer(f"These optimizers, all at the rate {significant(racer.learning_rate)}", family)
    rates = multiples(racer, "learning_rate", _FACTORS)
    _offer(f"A ladder of learning rates, {significant(rates[0])} to {significant(rates[-1])}", [replace(racer, learning_rate=rate) for rate in rates])
    _offer("From each of the surface's starts", [replace(racer, start=start) for start in race.surface.starts[:MAX_RACERS]])
    _offer("From a grid of starts", [replace(racer, start=start) for start in grid_starts(race)])


def _offer(label: str, family: list[Racer]) -> None:
    st.button(label, on_click=RACE.set_items, args=(family,), disabled=not family)


def grid_starts(race: Race) -> list[tuple[float, float]]:
    """Return `MAX_RACERS` starts, spread over the map."""
    (left, right), (bottom, top) = race.surface.domain
    return [(float(f"{left + x * (right - left):.4g}"), float(f"{bottom + y * (top - bottom):.4g}")) for x, y in _GRID]
