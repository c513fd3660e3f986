"""The card of one loss: formula, properties, when to take it, its equivalents in libraries, and a comparison to open."""

from __future__ import annotations

import streamlit as st

from core import catalogue
from core.experiment import workbench_losses
from core.losses import LOSSES, Loss
from core.parameters.kinds import plain_symbol
from core.studies.losses import comparisons
from pages.ui.widgets.text import plain


def draw(kind: str) -> None:
    """Draw the card of a registered loss."""
    cls = LOSSES[kind]
    loss = cls()
    with st.container(border=True, key="loss_card"):
        st.markdown(f"##### {plain(cls.title)}")
        st.markdown(plain(cls.summary))
        if cls.aliases:
            st.caption(plain(f"Also known as {', '.join(cls.aliases)}"))
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
        st.caption(plain(_comparison(loss)))
        st.caption(f"Source: {plain(cls.reference)}")


def _badges(loss: Loss) -> list[str]:
    """Return a badge in Markdown for each property: first those that the loss has, then those that it lacks."""
    present = catalogue.has(loss)
    missing = [prop for prop in catalogue.PROPERTIES if prop not in present]
    return [f":green-badge[:material/check: {plain(prop.words)}]" for prop in present] + [f":gray-badge[{plain(prop.denial)}]" for prop in missing]


def _parameter(loss: Loss, name: str) -> str:
    """Return a list item in Markdown for a parameter: label, symbol, default, valid range and explanation."""
    cls = type(loss)
    parameter = cls.parameters()[name]
    title = f"{parameter.label or name.replace('_', ' ').capitalize()} {plain_symbol(parameter.symbol)}".rstrip()
    valid = catalogue.valid(parameter)
    shown = f"{catalogue.default(cls, name)}, valid {valid}" if valid else catalogue.default(cls, name)
    learned = " Learned with the weights, from this value on." if name in cls.learned else ""
    return f"- **{plain(title)}** = {plain(shown)}. {plain(parameter.doc + learned)}"


def _comparison(loss: Loss) -> str:
    """Return what the workbench compares the loss with, or where else it is trained."""
    if type(loss) not in workbench_losses():
        return "The Segmentation page trains it beside others: the workbench has no images with masks."
    experiment = comparisons.comparison(loss)
    others = ", ".join(str(other.title) for other in comparisons.beside(loss))
    return (
        f"Open in the workbench trains it beside {others} on {experiment.dataset.title}, all with {experiment.runs[0].optimizer.title} at one learning rate."
    )


def _code(loss: Loss) -> None:
    """Draw the loss's equivalents in PyTorch and scikit-learn, and name the library that has none."""
    pytorch, sklearn = loss.in_pytorch(), loss.in_sklearn()
    for title, code in (("PyTorch", pytorch), ("scikit-learn", sklearn)):
        if code is not None:
            st.caption(title)
            st.code(code, wrap_lines=True)
    missing = [title for title, code in (("PyTorch", pytorch), ("scikit-learn", sklearn)) if code is None]
    if missing:
        st.caption(f"No ready-made equivalent in {' or '.join(missing)}.")
