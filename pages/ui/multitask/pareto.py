"""No free weight: the weight of one task swept over five decades, and what each setting of it is good for."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.multitask.lanes import MultitaskResult
from core.studies.multitask.measures import MEASURES, QUALITY
from core.studies.multitask.views import WEIGHTS, ParetoView
from core.studies.multitask.words import front, on_front
from pages.ui.multitask import charts
from pages.ui.session.screen import ViewScreen
from pages.ui.training import last
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, picture, settings, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(ParetoView)
SCREENS = (SCREEN,)
#: pixels of a dial, of a menu of measures, and beside the chart
_DIAL_WIDTH, _MENU_WIDTH, _BESIDE = 168, 245, 365
HOW_TO_READ = r"""
- **One network, three tasks**: which digit it is, where the middle of its ink is, and which pixels are ink; the digits are noisy. The total is
  $w_1 L_{\text{class}} + w_2 L_{\text{place}} + w_3 L_{\text{mask}}$: cross-entropy, squared error and Dice of slices of the same 76 scores.
- **A point** is a training with one weight, its number beside it; the other weights are 1. Means of three seeds, which are the faint points.
- **Filled**: no other weight is at least as good at both, and better at one: the **Pareto front**. **Hollow**: another one is.
- **No weight is right by itself**: along the front, what one task gains the other pays, as long as the trunk is too small for all. Give it more hidden
  units, and the front moves up and to the right.
- The weight of a task whose loss is in large units means something else: switch standardising off, and turn the unit.
- Source of the form: Ruder, An Overview of Multi-Task Learning, arXiv:1706.05098.
"""


def draw() -> None:
    """Draw the view."""
    view, dials, words = begin(SCREEN), SCREEN.at(), told_later()
    with st.sidebar:
        st.subheader("Training", help="Digits under noise, 300 updates of Adam at 0.003, batches of 32 rows.")
        field(dials, "seed")
    with picture():
        with settings():
            field(dials, "task")
            for name in ("across", "up"):
                with st.container(width=_MENU_WIDTH):
                    field(dials, name, shape="menu")
            with st.container(width=_DIAL_WIDTH):
                field(dials, "hidden")
            field(dials, "standardised")
            if not view.standardised:
                with st.container(width=_DIAL_WIDTH):
                    field(dials, "unit")
        document = view.document()
        last.trained(SCREEN, document, partial(_results, words=words), view)


def _results(result: MultitaskResult, view: ParetoView, words: DeltaGenerator) -> None:
    """Draw the picture and the table."""
    found = {name: result.metrics[name][-1] for name in QUALITY.values()}  # (S, R)
    said = front(WEIGHTS, found[view.across].mean(axis=0), found[view.up].mean(axis=0), (view.across, view.up))
    takeaway(said, words)
    with stage():
        titles = MEASURES[view.across].title, MEASURES[view.up].title
        chart = charts.front(WEIGHTS, found[view.across], found[view.up], titles, height=360, dark=dark(), beside=_BESIDE)
        show(chart, "multitask_front", f"What each weight of the {view.task} is good for", said)
    st.caption("Filled: on the front. Hollow: another weight is at least as good at both, and better at one. Faint: single seeds.")
    st.html(_table(result, view, found))
    share.shows(lambda: result.history)


def _table(result: MultitaskResult, view: ParetoView, found: dict[str, np.ndarray]) -> str:
    """Return what each weight is good for, as HTML."""
    columns = [Column(f"Weight of the {view.task}", [f"{weight:g}" for weight in WEIGHTS])]
    for name, values in found.items():
        mean = values.mean(axis=0)
        tops = [bool(f"{value:.3f}" == f"{np.nanmax(mean):.3f}") for value in mean] if np.isfinite(mean).any() else []
        cells = ["–" if np.isnan(value) else f"{value:.3f}" for value in mean]
        columns.append(Column(f"{MEASURES[name].title} ↑", cells, MEASURES[name].doc, marks=marked(tops)))
    best = on_front(found[view.across].mean(axis=0), found[view.up].mean(axis=0))
    columns.append(Column("On the front", ["yes" if each else "" for each in best], "No other weight is at least as good at both measures, and better at one."))
    return table(f"What each weight is good for after update {int(result.updates[-1])}", columns, "Means of three seeds.")
