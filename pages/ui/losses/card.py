"""The card of one loss: what it is, when to take it, what it is called elsewhere, and a comparison that shows it."""

from __future__ import annotations

import streamlit as st

from core import catalogue
from core.losses import LOSSES, Loss
from core.parameters.kinds import plain_symbol
from core.studies.losses import comparisons
from pages.ui.widgets.pieces import open_in_workbench
from pages.ui.widgets.text import plain


def draw(kind: str) -> None:
    """Draw the card of a registered loss."""
    cls = LOSSES[kind]
    loss = cls()
    with st.container(border=True, key="loss_card"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"##### {plain(cls.title)}", width="content")
            _open_button(loss)
        st.markdown(plain(cls.summary))
        st.markdown(" ".join(_badges(loss)))
        take, avoid = st.columns(2, gap="medium")
        take.markdown(f":green[:material/check_circle:] {plain(cls.use)}")
        avoid.markdown(f":orange[:material/do_not_disturb_on:] {plain(cls.avoid)}")
        st.caption("Loss of a sample")
        st.latex(cls.formula)
        st.caption("Its gradient by the scores: the pull")
        st.latex(cls.gradient_formula)
        st.caption(plain(catalogue.explanation(cls)))
        if cls.parameters():
            st.markdown("\n".join(_parameter(loss, name) for name in loss.active()))
        _code(loss)
        st.caption(f"Source: {plain(cls.reference)}")


def _badges(loss: Loss) -> list[str]:
    """Return the properties in words: first those that it has, then those that it has not."""
    held = catalogue.has(loss)
    missing = [each for each in catalogue.PROPERTIES if each not in held]
    return [f":green-badge[:material/check: {plain(each.words)}]" for each in held] + [f":gray-badge[{plain(each.denial)}]" for each in missing]


def _parameter(loss: Loss, name: str) -> str:
    """Return a parameter as an item of a list: symbol, default, range and explanation."""
    cls = type(loss)
    parameter = cls.parameters()[name]
    title = f"{parameter.label or name.replace('_', ' ').capitalize()} {plain_symbol(parameter.symbol)}".rstrip()
    valid = catalogue.valid(parameter)
    shown = f"{catalogue.default(cls, name)}, valid {valid}" if valid else catalogue.default(cls, name)
    learned = " Learned with the weights, from this value on." if name in cls.learned else ""
    return f"- **{plain(title)}** = {plain(shown)}. {plain(parameter.doc + learned)}"


def _open_button(loss: Loss) -> None:
    """Offer the comparison that shows the loss."""
    experiment = comparisons.comparison(loss)
    others = ", ".join(other.title for other in comparisons.beside(loss))
    doc = f"Trains it beside {plain(others)} on {plain(experiment.dataset.title)}, all with {experiment.runs[0].optimizer.title} at one learning rate."
    open_in_workbench("Open in the workbench", experiment, "losses_open", doc)


def _code(loss: Loss) -> None:
    pytorch, sklearn = loss.in_pytorch(), loss.in_sklearn()
    for title, code in (("PyTorch", pytorch), ("scikit-learn", sklearn)):
        if code is not None:
            st.caption(title)
            st.code(code, wrap_lines=True)
    missing = [title for title, code in (("PyTorch", pytorch), ("scikit-learn", sklearn)) if code is None]
    if missing:
        st.caption(f"No ready-made equivalent in {' or '.join(missing)}.")
