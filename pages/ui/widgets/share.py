"""Share: the link in the address bar, and the experiment as a file."""

from __future__ import annotations

import streamlit as st

from core.experiment import Experiment
from pages.ui.session import link, state
from pages.ui.widgets.text import plain


def draw() -> None:
    """Draw the popover with the link, the download and the upload."""
    folded = st.popover("Share", key="share", on_change="rerun", icon=":material/share:")
    if folded.open:
        with folded:
            _draw_folded()


def _draw_folded() -> None:
    st.markdown("The address of this page carries the whole comparison: copy it.")
    if state.current().dataset.brought:
        st.caption("Your data are not in it: whoever opens it is asked to bring the same file along.")
    st.code(_address(), language=None, wrap_lines=False)
    st.download_button(
        "Experiment (JSON)", state.current().to_json(), "lossbench-experiment.json", "application/json", on_click="ignore", icon=":material/download:"
    )
    st.file_uploader("Open an experiment (JSON)", "json", key="upload", on_change=_open, help="A file that was downloaded here.")
    if error := st.session_state.get("upload_error"):
        st.warning(plain(error), icon=":material/warning:")


def _address() -> str:
    """Return the address of this page with the link's parameter."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{link.PARAMETER}={link.encode(state.current())}"


def _open() -> None:
    """Put an uploaded experiment on the screen, or say what is wrong with the file."""
    file = st.session_state.upload
    st.session_state.upload_error = ""
    if file is None:
        return
    try:
        state.WORKBENCH.load(state.WORKBENCH.checked(_read(file.getvalue())))
    except ValueError as error:
        st.session_state.upload_error = f"The file could not be opened: {error}."


def _read(content: bytes) -> Experiment:
    """Return the experiment that a file holds; raise `ValueError` that says what is wrong with it."""
    if len(content) > link.LONGEST_JSON:
        raise ValueError(f"it is larger than {link.LONGEST_JSON:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not text in UTF-8") from None
    return Experiment.from_json(text)
