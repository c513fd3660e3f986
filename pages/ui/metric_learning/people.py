"""People never seen: classes that were held out, in raw features and under each loss, and the nearest rows of one of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.metric_learning import contests, takeaways
from core.studies.metric_learning.contests import DIGITS, OWN, PEOPLE
from core.studies.metric_learning.lanes import EmbeddingResult
from core.studies.metric_learning.rows import class_names
from core.studies.metric_learning.unseen import RAW, Space, spaces
from core.studies.metric_learning.views import PeopleView
from core.words import Said
from pages.ui.charts.base import Chart
from pages.ui.charts.theme import Look, chip_css, look
from pages.ui.metric_learning import neighbours
from pages.ui.metric_learning.charts import DIALS_CSS, PICK, reach_of, scatter
from pages.ui.metric_learning.editor import apart, draw_held_out
from pages.ui.session import own_table
from pages.ui.session.screen import ViewScreen
from pages.ui.training import last
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway, told_later
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, marked, table

SCREEN = ViewScreen(PeopleView)
SCREENS = (SCREEN,)
_KEY, _CHIPS = "metric_learning_unseen", "metric_learning_losses"
#: nearest rows that are shown, and classes without which nothing can be held out
_NEAREST, _LEAST = 6, 3
#: pixels beside the pictures
_BESIDE = 400
#: what a class of the data is
_SAME = {PEOPLE: Said("the same person"), DIGITS: Said("the same digit")}
HOW_TO_READ = r"""
- Some classes were **held out**: no run has seen a row of theirs. All rows here are of these classes.
- **Raw features** shows their first two principal components; its neighbours are those in all features. The spheres show what each loss has learned.
- **People**: 48 people, each in 20 circumstances (light, pose, ...), through a random network to 32 features. Circumstances count one and a half times as much.
  In raw features the nearest rows are *other people in the same circumstance*; in a learned embedding they are the *same person in others*.
- **By class** and **by circumstance**: Recall@1 and MAP@R, with the person or the circumstance as what has to agree.
- **Drag a sphere** to turn it; its dials do the same. **Click a point** to make it the query; rings mark its six nearest rows on each picture.
- Digits: raw pixels find digits never seen already, so there is little to win. Own data are those that are open on the Workbench, with a class as the target.
"""


def draw() -> None:
    """Draw the view."""
    view, dials, words = begin(SCREEN), SCREEN.at(), told_later()
    own = own_table.of_classes() if view.data == OWN else None
    with picture():
        with settings():
            if view.data == PEOPLE:
                with st.container(width="content"):
                    field(dials, "colored", labelled=False)
            with st.container(width="content"):
                field(dials, "data", labelled=False)
            if view.data != OWN or own is not None:
                st.html(chip_css([_looks()[run.label] for run in contests.LOSSES.values()], _CHIPS))
                with st.container(key=_CHIPS, width="content"):
                    field(dials, "losses", labelled=False)
        if view.data == OWN and own is None:
            st.info("Bring a table on the Workbench, with a class as its target; then it is offered here.", icon=":material/table:")
            return
        if not view.losses:
            st.info("Choose a loss.", icon=":material/arrow_upward:")
            return
        dataset = contests.dataset_of(view.data, own)
        names = class_names(dataset, own_table.table(dataset) if dataset.brought else None)
        if len(names) < _LEAST:
            st.info(f"These data have {len(names)} classes. It takes {_LEAST}: two to train on, and one that is never seen.", icon=":material/table:")
            return
        embedding = contests.unseen(view.data, own, view.losses, view.held_out, view.seed, len(names))
        with st.sidebar:
            draw_held_out(SCREEN.at("held_out"), embedding)
            field(dials, "seed")
        last.trained(SCREEN, embedding, partial(_results, view=view, words=words), keeps=not embedding.dataset.brought)


def _looks() -> dict[str, Look]:
    """Return the look of each space by its name: raw features come first, and a loss keeps its look while others come and go."""
    return {name: replace(look(place, name), mark="") for place, name in enumerate((RAW, *(run.label for run in contests.LOSSES.values())))}


def _results(result: EmbeddingResult, view: PeopleView, words: DeltaGenerator) -> None:
    """Draw a picture of each space, the query's nearest rows, and the table."""
    rows = result.data.unseen
    assert rows is not None
    found = spaces(result)
    looks, query = [_looks()[space.name] for space in found], min(view.query, len(rows.X) - 1)
    by_circumstance = view.colored == "circumstance" and rows.circumstance is not None
    numbers = rows.circumstance if by_circumstance and rows.circumstance is not None else rows.labels
    names = [f"C{k + 1}" for k in range(int(numbers.max()) + 1)] if by_circumstance else result.data.names
    said = takeaways.people(found, len(np.unique(rows.labels)), _SAME.get(view.data, Said("the same class")))
    takeaway(said, words)
    in_row = 4 if len(found) > 3 else len(found)
    options: dict[str, Any] = {"height": 260, "dark": dark(), "beside": _BESIDE, "rows": -(-len(found) // in_row), "ringed": [query], "clickable": True}
    st.html(DIALS_CSS)
    with stage(), grid(in_row):
        for place, space in enumerate(found):
            with apart(result.document.dataset):
                chart = scatter(space.drawn, numbers, names, looks[place], reach=reach_of(space.drawn), near=space.nearest(query, _NEAREST), **options)
            _chart(chart, f"{_KEY}_{place}", said if place == 0 else None)
    st.html(neighbours.CSS + neighbours.strips(result.data, found, looks, query, _NEAREST, _shape(result), dark()))
    st.html(_table(found, looks))
    share.shows(lambda: result.history)


def _shape(result: EmbeddingResult) -> tuple[int, int] | None:
    """Return height and width of rows that are pictures."""
    return result.document.dataset.image_shape


def _chart(chart: Chart, key: str, said: Said | None) -> None:
    """Draw a picture whose points can be clicked."""

    def picked() -> None:
        points: list[dict[str, Any]] = st.session_state[key].selection[PICK]
        if points:
            SCREEN.at("query").put(int(points[-1]["row"]))

    show(chart, f"{key}_picture", said=said, key=key, on_select=picked, selection_mode=[PICK])


def _table(found: Sequence[Space], looks: Sequence[Look]) -> str:
    """Return how well the neighbours agree in each space, as HTML."""
    columns = [Column("Space", [each.name for each in looks], words=True)]
    parts = [("by class", [space.by_class for space in found])]
    if all(space.by_circumstance is not None for space in found):
        parts.append(("by circumstance", [space.by_circumstance for space in found if space.by_circumstance is not None]))
    for group, values in parts:
        for place, (title, form) in enumerate((("Recall@1", ".0%"), ("MAP@R", ".2f"))):
            column = [value[place] for value in values]
            best = [group == "by class" and value == max(column) for value in column]
            columns.append(Column(title, [f"{value:{form}}" for value in column], group=group, marks=marked(best)))
    return table("How well the neighbours of held out rows agree", columns)
