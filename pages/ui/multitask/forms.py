"""The same form: detection, segmentation and style as weighted sums of losses of one network, with their formulas."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.studies.multitask.forms import FORMS
from core.studies.multitask.views import FormsView
from core.words import Said
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, takeaway
from pages.ui.widgets.table import Column, table
from pages.ui.widgets.text import plain

SCREEN = ViewScreen(FormsView)
SCREENS = (SCREEN,)
HOW_TO_READ = (
    "**The form**: $L = \\sum_t w_t\\, L_t$, each loss of a part of what one network puts out. The digits of this page are the smallest case of it.",
    "**The weights** are those of the article. They are tuned by hand, or follow from units: what standardises a target decides as much as a weight.",
)


@st.fragment
def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    form = FORMS[view.form]
    first, second = form.parts
    takeaway(Said("{title}: {first} and {second}, added with weights.", title=form.title.partition(":")[0], first=first.of, second=second.of))
    field(dials, "form", labelled=False)
    lines = r" \\[0.5em] ".join(formula.replace("=", "&=", 1) for formula in form.formulas)
    st.latex(rf"\begin{{aligned}} {lines} \end{{aligned}}")
    columns = [
        Column("Part", [part.of for part in form.parts], words=True), Column("Loss", [part.loss for part in form.parts], words=True),
        Column("Weight", [part.weight for part in form.parts], words=True),
    ]  # fmt: skip
    st.html(table(f"The parts of the sum: {form.title}", columns))
    st.markdown(f"**Here.** {plain(form.here)}")
    st.caption(f"Source: {plain(form.reference)}")
    share.shows(lambda: pd.DataFrame([{"part": part.of, "loss": part.loss, "weight": part.weight} for part in form.parts]))
