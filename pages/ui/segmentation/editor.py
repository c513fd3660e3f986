"""What segmentations are made of: the settings that all runs share, in the sidebar; a chip for each run, and the widgets of the selected one."""

from __future__ import annotations

import streamlit as st

from core.losses import WeightedSum
from core.studies.segmentation.document import Segmentation, Segmenter
from pages.ui.session.screen import Binding
from pages.ui.session.state import SEGMENTATION
from pages.ui.widgets import chips, controls

#: pixels of a dial, so that all of a run's stand in one line
_DIAL_WIDTH = 145


def draw_settings(segmentation: Segmentation, folded_out: Binding) -> None:
    """Draw the settings that all runs share. `folded_out`: the field that holds the names of what is folded out."""
    item, scene = SEGMENTATION.at(), segmentation.scene
    with st.sidebar:
        st.subheader("Images", help=f"**{scene.title}.** {scene.summary}")
        controls.field(item, "scene")
        st.subheader("Training")
        for name in ("updates", "images", "batch", "seed"):
            controls.field(item, name)
        network = controls.folded(folded_out, "network", st.expander, "Network")
        if network is not None:
            with network:
                controls.field(item, "patch")
                controls.field(item, "model")


def draw_chips(segmentation: Segmentation) -> None:
    """Draw a chip for each run."""
    chips.draw(SEGMENTATION, chips.looks(SEGMENTATION, segmentation), "Runs", "segmenters", "selected_segmenter")


def draw(segmentation: Segmentation, folded_out: Binding) -> None:
    """Draw the widgets of the selected run."""
    index = SEGMENTATION.selected()
    item, loss = SEGMENTATION.at("runs", index), segmentation.runs[index].loss
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width=210):
            controls.kinds(item.at("loss"), Segmenter.parameters()["loss"], "Loss")
        if not isinstance(loss, WeightedSum):  # the parts of a sum have their own settings, which are folded away
            for name in loss.active():
                with st.container(width=_DIAL_WIDTH):
                    controls.field(item.at("loss"), name)
        with st.container(width=_DIAL_WIDTH):
            controls.field(item, "bias")
        doc = "Whose pixels are summed, the learning rate, the optimizer, and a label."
        more = controls.folded(folded_out, "more", st.popover, "More", icon=":material/tune:", help=doc)
        if more is not None:
            with more:
                if isinstance(loss, WeightedSum):
                    controls.fields(item.at("loss"))
                controls.field(item, "over")
                controls.field(item, "learning_rate")
                controls.kinds(item.at("optimizer"), Segmenter.parameters()["optimizer"], "Optimizer")
                controls.fields(item.at("optimizer"))
                controls.field(item, "label")
        chips.draw_remove(SEGMENTATION, "run", "segmentation_remove")
