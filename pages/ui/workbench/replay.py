"""A cache of drawings of results: Streamlit records the elements that a function draws, and replays them for every session that needs the same."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.training.results import Result
from core.words import LANGUAGE
from pages.ui.widgets.show import apart
from pages.ui.workbench.run_editor import looks

#: the number of drawings in the cache; each takes 10 to 60 KB
_KEPT = 200


def draw(result: Result, what: tuple[object, ...], make: Callable[[], None]) -> None:
    """Call `make`, or replay what it drew before for the same key.

    The key is `what`, the experiment, the number of epochs that each run recorded, the runs' looks, the theme and the language. `make` must draw nothing
    that depends on anything else, and no widgets. A training that ran twice has other seconds; the first drawing shows those of the first.
    Drawings of data that a person brought are not cached.
    """
    experiment = result.experiment
    if experiment.dataset.brought:
        with apart(experiment.dataset):
            make()
        return
    recorded = [len(track.epochs) for track in result.tracks]
    _play(repr((*what, recorded, st.context.theme.type, LANGUAGE, looks(experiment), experiment.to_json())), make)


@st.cache_data(max_entries=_KEPT, show_spinner=False)
def _play(key: str, _make: Callable[[], None]) -> None:
    _make()
