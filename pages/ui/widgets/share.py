"""Share, in the same corner of every page: the link to what is on the screen, as text and for a phone's camera; and what is on it as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import segno
import streamlit as st

from core.parameters import Document
from core.words import Figure, Said, reason, written
from pages.ui.charts import frames
from pages.ui.session import address, link, uploaded
from pages.ui.session.screen import Screen
from pages.ui.widgets.controls import field
from pages.ui.widgets.show import download, download_as
from pages.ui.widgets.text import plain

Screens = Sequence[Screen[Any]]

#: the longest link that becomes a QR code: its squares are 1.2 mm wide where the code is 12 cm, and a phone still reads them
LONGEST_CODE = 1000
#: pixels of a square of the code's picture; it is enlarged without smoothing
_SQUARE = 4


def shows(table: Callable[[], pd.DataFrame]) -> None:
    """Say what the view shows as a table, for the download. `table` is called when somebody downloads it, without access to the session."""
    _shown()[:] = [table]


def _shown() -> list[Callable[[], pd.DataFrame]]:
    """Return the list of what the view shows, which is empty until the view says it. A download reads it later, in a thread of its own."""
    shown: list[Callable[[], pd.DataFrame]] = st.session_state.setdefault("shown", [])
    return shown


def _begin(screen: Screen[Any]) -> None:
    """Give the view of a screen a list of its own, if another view was shown before: its table is not that of this one."""
    if st.session_state.get("shown_by") != screen.key:
        st.session_state.shown_by, st.session_state.shown = screen.key, []


def draw(screens: Screens, view: str = "", files: Callable[[], None] | None = None) -> None:
    """Draw Share for the documents of these screens, the most important one first. `view` is the name of the page's view.

    `files` draws what the page offers as files besides.
    """
    _begin(screens[-1])
    folded = st.popover("Share", key="share", on_change="rerun", icon=":material/share:")
    if folded.open:
        with folded:
            _draw_folded(screens, view, files)


def _draw_folded(screens: Screens, view: str, more_files: Callable[[], None] | None) -> None:
    whole = screens[0]
    st.markdown("The address of this page carries all that is on the screen: copy it.")
    if getattr(getattr(whole.current(), "dataset", None), "brought", False):
        st.caption("Your data are not in it: whoever opens it is asked to bring the same file along.")
    if "step" in screens[-1].current().parameters():
        field(screens[-1].at(), "step", shape="typed")
    text = link_to(screens, view)
    st.code(text, language=None, wrap_lines=False)
    scanned, files = st.columns(2, gap="medium")
    with scanned:
        if len(text) <= LONGEST_CODE:
            st.html(f'<img src="{code(text)}" alt="QR code of the link" style="width:100%;max-width:340px;image-rendering:pixelated;border-radius:4px">')
        else:
            st.caption(f"The link has {written(len(text), ',')} characters, which is too much for a phone’s camera. Hand out the link itself, or the file.")
    with files:
        _draw_files(screens)
        if more_files is not None:
            more_files()


def _draw_files(screens: Screens) -> None:
    whole, shown = screens[0], _shown()
    with st.container(horizontal=True):
        name = f"lossbench-{whole.kind.noun.split()[-1]}.json" if len(screens) > 1 else "lossbench-view.json"
        st.download_button("JSON", whole.current().to_json(), name, "application/json", on_click="ignore", icon=":material/download:", help=_JSON)
        download("CSV", lambda: frames.csv(shown[0]()), "What the view shows, as a table.", disabled=not shown)
    st.file_uploader("Open a file (JSON)", "json", key="upload", on_change=_open, args=(whole,), help="A file that was downloaded here.")
    if error := st.session_state.get("upload_error"):
        st.warning(plain(error), icon=":material/warning:")


_JSON = "The settings of what is on the screen, to keep and to open here again."


def script(made: Callable[[], str], name: str, doc: str) -> None:
    """Draw the download of what a view shows as a PyTorch script, among its files; or say why there is none. `made` raises ValueError with the reason."""
    try:
        text = made()
    except ValueError as error:
        st.caption(f"No script: {plain(reason(error))}.")
    else:
        download_as("PyTorch", lambda: text, name, "text/x-python", doc)


def link_to(screens: Screens, view: str = "") -> str:
    """Return the address of this page with the view and the documents on its screens."""
    base = (st.context.url or "").split("?")[0]
    parameters = {address.VIEW: view} if view else {}
    return f"{base}?{urlencode(parameters | {screen.parameter: link.encode(screen.current()) for screen in screens})}"


def code(text: str) -> str:
    """Return a QR code as the address of a picture. The level of correction is the lowest: a screen has no scratches, and the squares are the larger."""
    picture: str = segno.make(text, error="l", micro=False, boost_error=False).png_data_uri(scale=_SQUARE, border=4)
    return picture


def _open(screen: Screen[Any]) -> None:
    """Put an uploaded document on the screen, or say what is wrong with the file."""
    file = st.session_state.upload
    if uploaded.released(file):
        return
    st.session_state.upload_error = ""
    if file is None:
        return
    try:
        screen.load(screen.checked(_read(file.getvalue(), screen.kind)))
    except ValueError as error:
        st.session_state.upload_error = f"The file could not be opened: {error}."
    uploaded.release(file)


def _read(content: bytes, kind: type[Document]) -> Document:
    """Return the document that a file holds; raise `ValueError` that says what is wrong with it."""
    if len(content) > link.LONGEST_JSON:
        raise ValueError(Said("it is larger than {most} bytes", most=Figure(link.LONGEST_JSON, ",")))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(Said("it is not text in UTF-8")) from None
    return kind.from_json(text)
