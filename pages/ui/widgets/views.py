"""The header of every page, and the choice of a view on pages that have several. The address carries the chosen view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

import streamlit as st

from core.experiment import Experiment
from pages.ui.session import address
from pages.ui.session.screen import Screen
from pages.ui.widgets import share
from pages.ui.widgets.controls import showing
from pages.ui.widgets.pieces import Explained, how_to_read, open_in_workbench
from pages.ui.widgets.text import plain


class Module(Protocol):
    """The module of a view: the screens that it shows, the state of the view last, what explains it, and the function that draws it.

    What it draws first, after `pieces.begin`, is its `pieces.takeaway`.
    """

    @property
    def SCREENS(self) -> tuple[Screen[Any], ...]:
        """The screens whose documents the address carries, the most important one first."""

    @property
    def HOW_TO_READ(self) -> Explained:
        """What explains the view."""

    def draw(self) -> None:
        """Draw the view."""


@runtime_checkable
class Opening(Protocol):
    """The module of a view that the workbench can train."""

    def in_workbench(self) -> Experiment | None:
        """Return the experiment of what is on the screen; None if there is none."""


Views = Mapping[str, tuple[str, Module]]


def draw(title: str, page: str, views: Views) -> None:
    """Draw a page: its header with the choice of its view, and the chosen view. The address carries the view as `view`.

    If the address differs from the one written last, the person followed a link or went Back, so the address decides.
    Right after a choice the choice decides, because the browser's copy of the address lags behind.
    The widget is not bound to the address: with a bound widget `st.switch_page` does not leave the page.
    """
    shown, written, fresh = f"{page}_shown", f"{page}_written", f"{page}_view_chosen"
    in_address = st.query_params.get(address.VIEW)
    just_chosen = st.session_state.pop(fresh, False)
    if in_address in views and in_address != st.session_state.get(written) and not just_chosen:
        st.session_state[shown] = in_address
    view: str = st.session_state.setdefault(shown, next(iter(views)))
    module = views[view][1]
    for screen in module.SCREENS:
        screen.open()
    address.write(address.VIEW, view)
    st.session_state[written] = view
    opened = module.in_workbench if isinstance(module, Opening) else None
    files = getattr(module, "draw_files", None)  # what a view offers as files besides
    header(title, page, module.SCREENS, module.HOW_TO_READ, lambda: _choice(page, views, view), view, opened, files)
    if in_address is not None and in_address not in views:
        st.warning(f"There is no view “{plain(in_address[:40])}” here: this is “{views[view][0]}”.", icon=":material/warning:")
    module.draw()


def header(
    title: str,
    page: str,
    screens: share.Screens,
    explained: Explained,
    choices: Callable[[], None] = lambda: None,
    view: str = "",
    opened: Callable[[], Experiment | None] | None = None,
    files: Callable[[], None] | None = None,
) -> None:
    """Draw the header of a page: its title, in Markdown; `choices`, which are its views; How to read this; Share; and Open in the workbench.

    `opened`: the experiment to open there. `explained`, `screens` and `view`: of the view that is shown. `files` draws what Share offers as files besides.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"{page}_heading"):
        st.markdown(f"# {title}", width="content", anchors=False)
        choices()
        with st.container(horizontal=True, gap="xsmall", width="content", key="actions"):
            how_to_read(explained)
            share.draw(screens, view, files)
            if opened is not None and (experiment := opened()) is not None:
                open_in_workbench("Open in the workbench", experiment, f"{page}_open", "Train this in the workbench.")


def _choice(page: str, views: Views, view: str) -> None:
    """Draw the choice of the view as segments, and as a menu. `charts.theme.PAGE_CSS` shows the one that fits the width of the screen."""
    def chosen(key: str) -> None:
        st.session_state[f"{page}_shown"], st.session_state[f"{page}_view_chosen"] = st.session_state[key], True

    names, segments, menu = list(views), f"{page}_view", f"{page}_view_menu"
    labelled: dict[str, Any] = {"format_func": lambda name: views[name][0], "label_visibility": "collapsed", "on_change": chosen}
    with showing(segments, view) as with_default:
        st.segmented_control("View", names, default=view if with_default else None, required=True, key=segments, args=(segments,), **labelled)
    with st.container(key="views_menu"), showing(menu, view) as with_default:
        st.selectbox("View", names, names.index(view) if with_default else 0, key=menu, args=(menu,), **labelled)


def show(page: str, view: str) -> None:
    """Show another view of a page from the next script run on."""
    st.session_state[f"{page}_shown"] = view
