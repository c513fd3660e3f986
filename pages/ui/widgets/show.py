"""A chart, or a file, on the page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from html import escape
from typing import Any

import streamlit as st

from core.datasets import Dataset
from core.words import Said
from pages.ui.charts import base
from pages.ui.charts.base import Chart
from pages.ui.session import own_table


def dark() -> bool:
    """Return whether the visitor sees the dark theme."""
    return st.context.theme.type == "dark"


def apart(dataset: Dataset) -> AbstractContextManager[None]:
    """Return a context in which specifications of charts are kept with the session and nowhere else, if a person brought the data."""
    return base.apart(own_table.specifications()) if dataset.brought else nullcontext()


def show(chart: Chart, place: str, heading: str = "", said: Said | None = None, **options: Any) -> None:
    """Draw a chart `(data, spec)`, see `pages.ui.charts.base`, in a container with the key `place`.

    `heading`: what it shows, above it. `said`: what it comes to; readers of the screen hear it after the description of the specification. It is no part
    of that, because another description makes the browser build the view anew, and a player would begin again. `options` go to `st.vega_lite_chart`.
    """
    data, spec = chart
    titled = {"title": {"text": heading, "frame": "group"}} if heading else {}
    shown = {name: part for name, part in spec.items() if name != "description"}  # `alt` takes its place
    with st.container(key=place, gap=None):
        st.vega_lite_chart(None, {**shown, **titled, "datasets": data}, width="stretch", theme=None, alt=spec["description"], **options)
        if said:
            st.html(f'<p class="heard">{escape(str(said))}</p>')


def download_as(label: str, data: Callable[[], str | bytes], name: str, mime: str, doc: str) -> None:
    """Draw a button that makes a file of this name when it is pressed."""
    st.download_button(label, data, name, mime, on_click="ignore", icon=":material/download:", help=doc)


def download(what: str, data: Callable[[], bytes], doc: str, *, disabled: bool = False) -> None:
    """Draw a button that makes a CSV file when it is pressed."""
    name = f"lossbench-{what.lower()}.csv" if what != "CSV" else "lossbench.csv"
    st.download_button(what, data, name, "text/csv", on_click="ignore", icon=":material/download:", help=doc, disabled=disabled)
