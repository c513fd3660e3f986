"""What deep networks are made of: the settings that all runs share, in the sidebar; a chip for each run, and the widgets of the selected one."""

from __future__ import annotations

import streamlit as st

from core.studies.deep_networks.networks import Network, Networks
from pages.ui.session import own_table
from pages.ui.session.screen import Binding
from pages.ui.session.state import NETWORKS
from pages.ui.widgets import chips, controls, own_data

#: pixels of a dial, of one with a long title, and of a menu: all, and a number of a menu's choice, stand in one line on a laptop, two side by side on a phone
_DIAL, _LONG_DIAL, _MENU = 100, 132, 136


def draw_settings(networks: Networks) -> None:
    """Draw the settings that all runs share."""
    item, dataset = NETWORKS.at(), networks.dataset
    with st.sidebar:
        st.subheader("Data", help=f"**{dataset.title}.** {dataset.summary}")
        own = own_table.of_classes()
        controls.kinds(
            item.at("dataset"), Networks.parameters()["dataset"], "Data", made=own_data.of_kind,
            only=lambda cls: not cls.brought or own is not None or dataset.brought,
        )  # fmt: skip
        if not dataset.brought:
            controls.fields(item.at("dataset"))
        st.subheader("Training")
        for name in ("width", "updates", "batch", "seed"):
            controls.field(item, name)


def draw_more(folded_out: Binding) -> None:
    """Draw the further widgets of the selected run, folded away. `folded_out`: the field that holds the names of what is folded out."""
    more = controls.folded(folded_out, "more", st.popover, "More of this run", icon=":material/tune:", help="Clipping, the optimizer, and a label.")
    if more is not None:
        item = NETWORKS.at("runs", NETWORKS.selected())
        with more:
            controls.field(item, "clip_norm")
            controls.kinds(item.at("optimizer"), Network.parameters()["optimizer"], "Optimizer")
            controls.fields(item.at("optimizer"))
            controls.field(item, "label")


def draw(networks: Networks) -> None:
    """Draw the chips and the widgets of the selected run."""
    chips.draw(NETWORKS, chips.looks(NETWORKS, networks), "Runs", "networks_chips", "selected_network")
    item, parameters = NETWORKS.at("runs", NETWORKS.selected()), Network.parameters()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        with st.container(width=_DIAL):
            controls.field(item, "depth")
        for name, title in (("activation", "Activation"), ("start", "Initialisation"), ("norm", "Norm")):
            with st.container(width=_MENU):
                controls.kinds(item.at(name), parameters[name], title)
            for number in item.at(name).get().active():
                with st.container(width=_DIAL):
                    controls.field(item.at(name), number)
        for name, width in (("residual", _DIAL), ("learning_rate", _LONG_DIAL)):
            with st.container(width=width):
                controls.field(item, name)
