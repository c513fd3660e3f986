"""The view that recommends losses: questions to the person, and the recommendations for the answers, with reasons."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.experiment import Experiment
from core.studies.losses import advice, takeaways
from core.studies.losses.advice import Advice, Needs
from core.studies.losses.views import Chooser
from pages.ui.losses import properties
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share, views
from pages.ui.widgets.controls import fields, words
from pages.ui.widgets.pieces import begin, takeaway
from pages.ui.widgets.text import plain

SCREEN = ViewScreen(Chooser)
SCREENS = (SCREEN,)
HOW_TO_READ = (
    "**Answer** the questions: the losses below follow from rules, the first is to be tried first. Each says which answers it comes from, and what to mind.",
    "**A title** leads to the card of the loss: formula, properties and code.",
    "**Open in the workbench** trains all of them, and the usual one, on data that fit the answers.",
)


def in_workbench() -> Experiment:
    """Return the comparison of what is recommended."""
    return advice.comparison(SCREEN.current().needs)


def draw() -> None:
    """Draw the questions and the recommendations."""
    needs = begin(SCREEN).needs
    stage, recommendations = advice.stage(needs), advice.recommend(needs)
    takeaway(takeaways.chooser(recommendations))
    with st.container(horizontal=True, key="losses_needs"):
        fields(SCREEN.at("needs"))
    share.shows(lambda: _table(recommendations))
    st.caption(plain(f"Open in the workbench compares them on the data set “{stage.dataset.title}”. {stage.note}"))
    for rank, recommended in enumerate(recommendations, 1):
        _recommendation(rank, recommended)


def _table(recommendations: Sequence[Advice]) -> pd.DataFrame:
    """Return the recommendations as a table, the best first."""
    return pd.DataFrame(
        {
            "rank": range(1, len(recommendations) + 1),
            "loss": [each.take.title for each in recommendations],
            "because": [_because(each) for each in recommendations],
            "reason": [str(each.reason) for each in recommendations],
            "caveat": [str(each.caveat) for each in recommendations],
        }
    )


def _recommendation(rank: int, recommended: Advice) -> None:
    """Draw one recommendation: its name, which leads to its card, the answers that made it, the reason, and what to mind."""
    with st.container(border=True, gap=None, key=f"losses_advice_{rank}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
            title, doc = f"**{rank}. {plain(recommended.take.title)}**", "Its card: formula, properties and code."
            kind = recommended.take.loss.kind
            st.button(title, type="tertiary", icon=":material/article:", key=f"losses_card_{rank}", help=doc, on_click=_show_card, args=(kind,))
            st.caption(plain(_because(recommended)), width="content")
        st.markdown(f"{plain(recommended.reason)}  \n:small[:gray[{plain(recommended.caveat)}]]")


def _because(recommended: Advice) -> str:
    """Return the answers that made the recommendation."""
    questions = Needs.parameters()
    answers = [f"{words(name, questions[name])}: {str(questions[name].in_words(answer)).lower()}" for name, answer in recommended.because]
    return " · ".join(answers) or "Suits any answer"


def _show_card(kind: str) -> None:
    """Show the view of properties with a loss's card."""
    properties.SCREEN.load(properties.SCREEN.open().with_card(kind))
    views.show("losses", "properties")
