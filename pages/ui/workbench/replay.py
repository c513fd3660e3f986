"""What is drawn of a result is made once: for whoever looks at the same again, and for the rest of a class that does, Streamlit plays it again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.training.results import Result
from pages.ui.workbench.run_editor import looks

#: the most drawings that are kept; they weigh some 10 to 60 KB each
_KEPT = 200


def draw(result: Result, what: tuple[object, ...], make: Callable[[], None]) -> None:
    """Draw by `make`, or play again what it has drawn elsewhere.

    It draws no widgets, and nothing but what follows from the recorded epochs of `result`, its runs' looks, the theme and `what`. (A training that
    was done twice has seconds of its own, and shows those of the first.) What is drawn of somebody's own data is not kept.
    """
    experiment = result.experiment
    if experiment.dataset.brought:
        make()
        return
    _play(repr((*what, len(result.epochs), st.context.theme.type, looks(experiment), experiment.to_json())), make)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _play(key: str, _make: Callable[[], None]) -> None:
    _make()
