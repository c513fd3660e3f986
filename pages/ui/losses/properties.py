"""The view of properties: a table of all losses with their properties, filters, and the card of the selected loss."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core import catalogue
from core.catalogue import PROPERTIES
from core.losses import LOSSES
from core.tasks import CLASSIFICATION, REGRESSION
from pages.ui.losses import card
from pages.ui.widgets.pieces import option

#: the keys of the selected loss: in the session's state, and in the address
CHOSEN, PARAMETER = "losses_chosen", "loss"
_ALL = "all"
#: the properties by which the table can be filtered; nearly all losses have the others
_MUST = ("convex", "differentiable", "bounded", "robust", "probabilistic")
_LIBRARIES = {
    "PyTorch": "✓: a function of PyTorch's own. (✓): one line of PyTorch.",
    "sklearn": "An estimator of scikit-learn minimises it for a linear model; support vector machines add an L2 penalty.",
}


def draw() -> None:
    """Draw the filters, the table, and the card of the selected loss."""
    kinds = _filtered()
    if not kinds:
        st.info("No loss has all of these properties: take one away.", icon=":material/filter_alt_off:")
        return
    kind = _shown(kinds)
    _table(kinds, kind)
    card.draw(kind)


def _filtered() -> list[str]:
    """Draw the filters and return the losses that pass them."""
    titles = {prop.attribute: prop.words.capitalize() for prop in PROPERTIES if prop.attribute in _MUST}
    with st.container(horizontal=True, vertical_alignment="bottom", key="losses_filters"):
        task = option("Task", {name: name.capitalize() for name in (_ALL, REGRESSION, CLASSIFICATION)}, "losses_properties_task")
        must = st.pills(
            "Show only", list(titles), selection_mode="multi", format_func=titles.__getitem__, key="losses_properties_must", persist_state="session"
        )
    fitting = {kind: loss() for kind, loss in LOSSES.items() if task in (_ALL, *loss.tasks)}
    return [kind for kind, loss in fitting.items() if all(getattr(loss, attribute) for attribute in must)]


def _shown(kinds: list[str]) -> str:
    """Return the selected kind, or the first one if the selected one has not passed the filters, and write it into the address.

    The address is read once in a session; later it is only written.
    """
    if CHOSEN not in st.session_state:
        st.session_state[CHOSEN] = st.query_params.get(PARAMETER, "")
    kind = st.session_state[CHOSEN] if st.session_state[CHOSEN] in kinds else kinds[0]
    if st.query_params.get(PARAMETER) != kind:
        st.query_params[PARAMETER] = kind
    return kind


def _table(kinds: list[str], kind: str) -> None:
    """Draw the table of the losses `kinds`, with `kind` selected."""
    # Each set of rows has a key of its own: the browser keeps the number of the selected row, which after filtering belongs to another loss.
    key = "losses_table_" + "_".join(str(list(LOSSES).index(loss_kind)) for loss_kind in kinds)

    def selected() -> None:
        rows = st.session_state[key].selection.rows
        if rows and rows[0] < len(kinds):
            st.session_state[CHOSEN] = kinds[rows[0]]

    st.dataframe(
        table(kinds), key=key, hide_index=True, height=36 * min(len(kinds) + 1, 9) + 2, column_config=_columns(), on_select=selected,
        selection_mode="single-row-required", selection_default={"selection": {"rows": [kinds.index(kind)]}}, alt="Properties of the losses",
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
        return {"Loss": loss.title.split(" (")[0], "Task": task, **checks}

    return pd.DataFrame([row(kind) for kind in kinds])


def _columns() -> dict[str, Any]:
    """Return the configuration of the columns; the help of a header explains its property."""
    docs = {prop.title: prop.doc for prop in PROPERTIES} | _LIBRARIES
    widths = {"Convex": 64, "Diff.": 52, "Bounded": 72, "Robust": 64, "≥ 0": 46, "0 at best": 76, "Prob.": 54, "PyTorch": 70, "sklearn": 66}
    checks = {title: st.column_config.TextColumn(title, help=doc, alignment="center", width=widths[title]) for title, doc in docs.items()}
    task = st.column_config.TextColumn("Task", width=94)
    return {"Loss": st.column_config.TextColumn("Loss", width=206, help="Select a row to see its card."), "Task": task, **checks}
