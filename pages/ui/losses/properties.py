"""The view of properties: a table of all losses with their properties, filters, and the card of the selected loss."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core import catalogue
from core.catalogue import PROPERTIES
from core.experiment import Experiment, workbench_losses
from core.losses import LOSSES
from core.studies.losses import comparisons, takeaways
from core.studies.losses.views import Properties
from pages.ui.losses import card
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, showing
from pages.ui.widgets.pieces import begin, picture, settings, stage, takeaway

SCREEN = ViewScreen(Properties, ("loss", lambda kind: Properties(loss=kind)))
SCREENS = (SCREEN,)
HOW_TO_READ = (
    "**A row** is a loss, ✓ a property that it has; the pointer on a title says what the property means. Select a row to see its card.",
    "**The card** has the formula, its gradient, when to take it and when not, and the same in PyTorch and scikit-learn.",
    "**The search** finds a loss by any of its names: MSE, log loss, 交叉熵.",
)
_LIBRARIES = {
    "PyTorch": "✓: a function of PyTorch's own. (✓): one line of PyTorch.",
    "sklearn": "An estimator of scikit-learn minimises it for a linear model; support vector machines add an L2 penalty.",
}


def in_workbench() -> Experiment | None:
    """Return the comparison of the loss of the card; None for a loss of pixels, which the workbench has no data for."""
    kind = SCREEN.current().card()
    return None if kind is None or LOSSES[kind] not in workbench_losses() else comparisons.comparison(LOSSES[kind]())


def draw() -> None:
    """Draw the filters, the table, and the card of the selected loss."""
    view, dials = begin(SCREEN), SCREEN.at()
    takeaway(takeaways.properties(view))
    kinds, kind = view.kinds(), view.card()
    share.shows(lambda: table(kinds))
    with picture():
        with settings():
            with st.container(width=240):
                field(dials, "name")
            field(dials, "task")
            field(dials, "must")
        if kind is None:
            st.info("No loss has this name and all of these properties: take something away.", icon=":material/filter_alt_off:")
            return
        with stage():
            _table(kinds, kind)
    card.draw(kind)


def _table(kinds: list[str], kind: str) -> None:
    """Draw the table of the losses `kinds`, with `kind` selected."""
    # Each set of rows has a key of its own: the browser keeps the number of the selected row, which after filtering belongs to another loss.
    key, chosen = f"losses_table_{'_'.join(str(list(LOSSES).index(each)) for each in kinds)}", SCREEN.at("loss")

    def selected() -> None:
        rows = st.session_state[key].selection.rows
        if rows and rows[0] < len(kinds):
            chosen.put(kinds[rows[0]])

    selection: Any = {"selection": {"rows": [kinds.index(kind)], "columns": [], "cells": []}}
    with showing(key, selection) as with_default:
        st.dataframe(
            table(kinds), key=key, hide_index=True, height=36 * min(len(kinds) + 1, 9) + 2, column_config=_columns(), on_select=selected,
            selection_mode="single-row-required", selection_default=selection if with_default else None, alt="Properties of the losses",
        )  # fmt: skip


def table(kinds: list[str]) -> pd.DataFrame:
    """Return a table with one row per loss: its short title, its task, and a check mark for each property that it has."""

    def row(kind: str) -> dict[str, str]:
        loss = LOSSES[kind]()
        properties, pytorch = catalogue.has(loss), loss.in_pytorch()
        checks = {prop.title: "✓" if prop in properties else "" for prop in PROPERTIES}
        checks["PyTorch"] = "" if pytorch is None else "✓" if "torch.nn.functional" in pytorch else "(✓)"
        checks["sklearn"] = "" if loss.in_sklearn() is None else "✓"
        task = "both" if len(loss.tasks) > 1 else next(iter(loss.tasks))
        return {"Loss": loss.known_as(), "Task": task, **checks}

    return pd.DataFrame([row(kind) for kind in kinds])


def _columns() -> dict[str, Any]:
    """Return the configuration of the columns; the help of a header explains its property."""
    docs = {prop.title: prop.doc for prop in PROPERTIES} | _LIBRARIES
    widths = {"Convex": 62, "Diff.": 48, "Bounded": 70, "Robust": 62, "≥ 0": 42, "0 at best": 72, "Prob.": 50, "PyTorch": 66, "sklearn": 62}
    checks = {title: st.column_config.TextColumn(title, help=doc, alignment="center", width=widths[title]) for title, doc in docs.items()}
    task = st.column_config.TextColumn("Task", width=90)
    return {"Loss": st.column_config.TextColumn("Loss", width=222, help="Select a row to see its card."), "Task": task, **checks}
