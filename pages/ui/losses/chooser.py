"""The view that recommends losses: questions to the person, and the recommendations for the answers, with reasons."""

from __future__ import annotations

import streamlit as st

from core.studies.losses import advice
from core.studies.losses.advice import QUESTIONS, Advice, Needs
from pages.ui.losses import properties
from pages.ui.widgets.pieces import open_in_workbench, option
from pages.ui.widgets.text import plain


def draw() -> None:
    """Draw the questions and the recommendations."""
    needs = _answers()
    stage = advice.stage(needs)
    with st.container(horizontal=True, vertical_alignment="center"):
        open_in_workbench(
            "Compare these in the workbench", lambda: advice.comparison(needs), "losses_compare", icon=":material/compare_arrows:", emphasis="primary"
        )
        st.caption(plain(f"On the data set “{stage.dataset.title}”. {stage.note}"), width="stretch")
    for rank, recommended in enumerate(advice.recommend(needs), 1):
        _recommendation(rank, recommended)


def _answers() -> Needs:
    """Draw the questions of the chosen task, and return the answers. A question that is not asked has its default answer."""
    answers: dict[str, str] = {}
    with st.container(horizontal=True, key="losses_needs"):
        for name, question in QUESTIONS.items():
            if question.task in ("", answers.get("task")):
                words = {answer: str(said).capitalize() for answer, said in question.answers.items()}
                answers[name] = option(question.title, words, f"losses_need_{name}", doc=question.doc)
    return Needs(**answers)


def _recommendation(rank: int, recommended: Advice) -> None:
    """Draw one recommendation: its name, which leads to its card, the answers that made it, the reason, and what to mind."""
    with st.container(border=True, gap=None, key=f"losses_advice_{rank}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
            title, doc = f"**{rank}. {plain(recommended.take.title)}**", "Its card: formula, properties and code."
            kind = recommended.take.loss.kind
            st.button(title, type="tertiary", icon=":material/article:", key=f"losses_card_{rank}", help=doc, on_click=_show_card, args=(kind,))
            made_by = " · ".join(f"{QUESTIONS[question].title}: {QUESTIONS[question].answers[answer]}" for question, answer in recommended.because)
            st.caption(plain(made_by) or "Suits any answer", width="content")
        st.markdown(f"{plain(recommended.reason)}  \n:small[:gray[{plain(recommended.caveat)}]]")


def _show_card(kind: str) -> None:
    """Show the view of properties with a loss's card."""
    st.session_state[properties.CHOSEN] = kind
    st.session_state["losses_shown"] = "properties"
