"""What weightings are made of: the settings that all runs share, in the sidebar; a chip for each run, and the widgets of the selected one."""

from __future__ import annotations

import streamlit as st

from core.studies.multitask.document import TASKS, Multitask, Weighting
from pages.ui.session.screen import Binding
from pages.ui.session.state import MULTITASK
from pages.ui.widgets import chips, controls

#: pixels of a dial, so that all of a run's stand in one line
_DIAL_WIDTH = 120


def draw_settings(folded_out: Binding) -> None:
    """Draw the settings that all runs share. `folded_out`: the field that holds the names of what is folded out."""
    item = MULTITASK.at()
    with st.sidebar:
        st.subheader("Tasks", help="Noisy digits: which one it is, where the middle of its ink is, and which pixels are ink.")
        for name in ("unit", "noise"):
            controls.field(item, name)
        for task in TASKS:
            controls.kinds(item.at(f"{task}_loss"), Multitask.parameters()[f"{task}_loss"], f"Loss of the {task}")
        st.subheader("Training")
        for name in ("updates", "batch", "seed"):
            controls.field(item, name)
        network = controls.folded(folded_out, "network", st.expander, "Network")
        if network is not None:
            with network:
                controls.field(item, "model")


def draw_chips(multitask: Multitask) -> None:
    """Draw a chip for each run."""
    chips.draw(MULTITASK, chips.looks(MULTITASK, multitask), "Runs", "weightings", "selected_weighting")


def draw(multitask: Multitask, folded_out: Binding) -> None:
    """Draw the widgets of the selected run."""
    index = MULTITASK.selected()
    item, active = MULTITASK.at("runs", index), multitask.runs[index].active()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        controls.field(item, "scheme")
        for name in (*(f"{task}_weight" for task in TASKS), "weights_rate"):
            if name in active:
                with st.container(width=_DIAL_WIDTH if name != "weights_rate" else 2 * _DIAL_WIDTH):
                    controls.field(item, name)
        controls.field(item, "standardised")
        more = controls.folded(folded_out, "more", st.popover, "More", icon=":material/tune:", help="The learning rate, the optimizer, and a label.")
        if more is not None:
            with more:
                controls.field(item, "learning_rate")
                controls.kinds(item.at("optimizer"), Weighting.parameters()["optimizer"], "Optimizer")
                controls.fields(item.at("optimizer"))
                controls.field(item, "label")
        chips.draw_remove(MULTITASK, "run", "multitask_remove")
