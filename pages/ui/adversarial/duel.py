"""The duel: up to six losses side by side under one slider of steps, their curves, and single steps of either player."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.export import duel_script
from core.stories import told_by
from core.studies.adversarial import pictures, takeaways
from core.studies.adversarial.exam import MEASURES
from core.studies.adversarial.lanes import DuelResult
from core.studies.adversarial.stories import STORIES
from core.studies.adversarial.views import DuelView
from pages.ui.adversarial import duel_charts, duel_editor
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import over_updates
from pages.ui.charts.theme import Look
from pages.ui.session.lineup import LineupViewScreen
from pages.ui.session.state import DUEL
from pages.ui.training import last
from pages.ui.widgets import chips, play, share, story
from pages.ui.widgets.controls import field, offered
from pages.ui.widgets.pieces import dial, folded_settings, grid, picture, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table
from pages.ui.widgets.text import show_message

SCREEN = LineupViewScreen(DuelView, DUEL)
SCREENS = (DUEL, SCREEN)
_LITERATURE = (
    "Tuned with equal effort, most of these losses reach similar scores (Lucic et al., arXiv:1711.10337): what differs here, at one setting for all, is how "
    "they fail."
)
HOW_TO_READ = r"""
- **Blue points** are real, **red points** made by the generator. **Shading**: the critic rates a place rather real (blue) or rather generated (red), against
  the middle of its scores. **Arrows**: where the samples are pulled; lengths compare within a panel only.
- All duels share data, networks, initial weights, real rows and noise. An **update** is the critic's steps, and one of the generator.
- **Step D** and **Step G** take a single step of the critic or the generator beyond the update shown, on rows and noise of their own.
- **Covered**: modes, or eighths of a curve, with at least a quarter of their share in samples within 3σ. **Quality**: share of samples within 3σ.
  **Sliced Wasserstein**: how far samples must travel to become the data. Each is measured on 1,024 samples.
- **Tells apart**: chance that the critic scores a real sample above a generated one.
- The generator's **own loss says little**: the critic that it is measured against changes with it.
"""
_TITLES = {
    "quality": "Quality ↑", "sliced": "Sliced W ↓", "accuracy": "Tells apart", "critic_loss": "Critic's loss", "generator_loss": "Generator's loss",
    "pull": "Pull",
}  # fmt: skip
_FORMS = {
    "covered": "{:.0f}", "quality": "{:.0%}", "sliced": "{:.3f}", "accuracy": "{:.0%}", "critic_loss": "{:.3g}", "generator_loss": "{:.3g}", "pull": "{:.2g}",
}  # fmt: skip
#: panels in a row, and pixels beside panels and curves
_ROW, _BESIDE, _BESIDE_CURVES = 3, 390, 300


def draw() -> None:
    """Draw the view."""
    duel, folded_out, words = DUEL.open(), SCREEN.at("folded_out"), told_later()
    SCREEN.open()
    duel_editor.draw_settings(duel, folded_out)
    with st.container():  # it is there without a message too, so that the panels keep their position
        show_message(DUEL, SCREEN)
    with picture():
        with folded_settings():
            with st.container(horizontal=True, vertical_alignment="center"):
                chips.draw_add(DUEL, "duel", "duel_add")
                story.menu(STORIES, DUEL, "duel_story", "Duels that each ask one question, and answer it.", lambda: play.before_start(SCREEN))
                chips.draw(DUEL, chips.looks(DUEL, duel), "Duels", "duels", "selected_duel")
            duel_editor.draw(folded_out)
        last.trained(SCREEN, duel, partial(_results, words=words), chips.looks(DUEL, duel), played=True)
    st.caption(_LITERATURE)


def draw_files() -> None:
    """Draw the download of the selected duel as a PyTorch script, for Share."""
    doc = "The selected duel, trained from its first seed; it needs numpy and torch alone."
    share.script(lambda: duel_script(DUEL.current(), DUEL.selected()), "lossbench_duel.py", doc)


def _results(result: DuelResult, looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw panels, table and curves."""
    view = SCREEN.open()
    updates = [int(update) for update in result.updates]
    with dial():
        with st.container():
            update = offered(SCREEN.at("update"), updates, "Update", otherwise=play.shown(SCREEN, updates), titles=str)
        play.button(SCREEN, updates)
        _step_buttons(view)
    shown, measures = pictures.shown(result, update, view.singly)
    said, told = takeaways.duel([look.name for look in looks], measures, result.document.data, update), told_by(STORIES, result.document)
    asks = told is not None and update < updates[-1]
    said = story.due(told, said, ended=not asks)
    takeaway(said, words)
    rows = -(-len(looks) // _ROW)
    with stage(), grid(min(_ROW, len(looks)), "panels"):
        for place, style in enumerate(looks):
            chart = duel_charts.panel(shown[place], style, arrows=view.arrows, dark=dark(), beside=_BESIDE, rows=rows)
            show(chart, f"adversarial_panel_{place}", said=said if place == 0 else None)
    st.html(_table(result, looks, measures))
    _curves(result, looks, view, update, update if asks else updates[-1])
    share.shows(lambda: result.history)


def _step_buttons(view: DuelView) -> None:
    """Draw the buttons of single steps, and the switch of the arrows."""
    full = len(view.singly) >= DuelView.parameters()["singly"].longest  # type: ignore[attr-defined]
    binding = SCREEN.at("singly")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        for letter, name, doc in (("d", "Step D", "One step of the critic."), ("g", "Step G", "One step of the generator.")):
            key = f"adversarial_step_{letter}"
            st.button(name, key=key, on_click=binding.put, args=((*view.singly, letter),), disabled=full, help=doc)
        doc = "Back to the update as it was recorded."
        st.button("Undo", key="adversarial_undo", on_click=binding.put, args=((),), disabled=not view.singly, help=doc)
        field(SCREEN.at(), "arrows")
    if view.singly:
        st.caption(f"After the update shown: {', '.join(letter.upper() for letter in view.singly)}.")


def _table(result: DuelResult, looks: Sequence[Look], measures: dict[str, np.ndarray]) -> str:
    """Return what is measured of each duel at the update shown, as a table."""
    cloud, lost = result.document.data, np.isnan(measures["sliced"])
    titles = {"covered": f"{cloud.part.capitalize()} of {int(cloud.parts().max()) + 1} ↑"} | _TITLES
    columns = [Column("Duel", [look.name for look in looks], words=True)]
    for name, title in titles.items():
        values = measures[name]
        best = {"covered": np.nanmax, "quality": np.nanmax, "sliced": np.nanmin}.get(name) if not lost.all() else None
        tops = [] if best is None else (values == best(values)).tolist()
        columns.append(Column(title, ["–" if np.isnan(value) else _FORMS[name].format(value) for value in values], MEASURES[name].doc, marks=marked(tops)))
    said = [f"{looks[run].name} diverged in update {result.tracks[run].diverged_at[0]}." for run in np.flatnonzero(lost).tolist()]
    return table("The duels at this update", columns, " ".join(said))


def _curves(result: DuelResult, looks: Sequence[Look], view: DuelView, update: int, up_to: int) -> None:
    """Draw two measures over the updates, up to one of them: a story does not show what is to come."""
    st.html(legend_html(looks))
    with grid(2):
        for place in ("left", "right"):
            _curve(result, looks, view, update, up_to, place)


def _curve(result: DuelResult, looks: Sequence[Look], view: DuelView, update: int, up_to: int, place: str) -> None:
    """Draw the measure that was chosen for one side."""
    name = getattr(view, place)
    with st.container(gap="small"):
        field(SCREEN.at(), place, labelled=False, shape="menu")
        y, values = Axis(MEASURES[name].title.split(" (")[0], log=name in ("sliced", "pull")), result.metrics[name][:, 0]
        shown = {"last": result.document.updates, "at": update, "until": up_to}
        show(over_updates(result.updates, values, looks, y, **shown, height=240, dark=dark(), beside=_BESIDE_CURVES), f"adversarial_curve_{place}")
        st.caption(MEASURES[name].doc)
