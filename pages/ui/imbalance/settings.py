"""The dials of the contest of remedies. The address carries their values."""

from __future__ import annotations

import streamlit as st

from core.parameters import Choice, Number
from core.studies.imbalance.contest import DATA, WEIGHT_TITLES, Contest
from core.studies.imbalance.thresholds import RULES
from pages.ui.session import link
from pages.ui.session.screen import carried, carry
from pages.ui.widgets import controls
from pages.ui.widgets.dials import dial
from pages.ui.widgets.text import plain

PARAMETER = "i"
_FIRST = "imbalance_first"


def draw() -> Contest:
    """Draw the dials in one line, write their values into the address, and return the contest. They open at the values of the address."""
    first = _first()
    with st.container(horizontal=True, vertical_alignment="bottom", key="imbalance_dials"):
        contest = Contest(
            data=_select("Data", "data", first, 135, {name: dataset.title for name, dataset in DATA.items()}),
            ratio=_ratio(first),
            weights=_select("Class weights", "weights", first, 150, {name: str(title) for name, title in WEIGHT_TITLES.items()}),
            gamma=_dial("Focal γ", "gamma", first),
            rule=_select("Moved threshold by", "rule", first, 170, {name: str(title) for name, title in RULES.items()}),
            splits=int(_dial("Splits", "splits", first)),
        )
    carry(PARAMETER, contest)
    return contest


def _first() -> Contest:
    """Return the contest that the session opened with: that of its address, or the default with a warning if the address is invalid."""
    if _FIRST not in st.session_state:
        contest, message = carried(PARAMETER, lambda text: link.read(text, Contest), Contest)
        if message:
            st.warning(plain(message), icon=":material/warning:")
        st.session_state[_FIRST] = contest
    first: Contest = st.session_state[_FIRST]
    return first


def _select(label: str, name: str, first: Contest, width: int, titles: dict[str, str] | None = None) -> str:
    parameter = Contest.parameters()[name]
    assert isinstance(parameter, Choice)
    options, words = parameter.options, titles or {}
    return st.selectbox(
        label, options, options.index(getattr(first, name)), format_func=lambda option: words.get(option, option), key=f"imbalance_{name}",
        help=parameter.doc, persist_state="session", width=width,
    )  # fmt: skip


def _ratio(first: Contest) -> int:
    parameter = Contest.parameters()["ratio"]
    assert isinstance(parameter, Number)
    stops = [int(stop) for stop in controls.ladder(parameter, first.ratio)]
    return st.select_slider(
        parameter.label, stops, first.ratio, format_func=lambda stop: f"1 : {stop}", key="imbalance_ratio", help=parameter.doc,
        persist_state="session", width=150,
    )  # fmt: skip


def _dial(label: str, name: str, first: Contest) -> float:
    with st.container(width=95):
        value: float = dial(Contest.parameters()[name], getattr(first, name), label, f"imbalance_{name}")
        return value
