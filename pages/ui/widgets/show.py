"""A chart, or a file, on the page."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import streamlit as st

from core.datasets import Dataset
from pages.ui.charts import base
from pages.ui.charts.base import Chart
from pages.ui.session import own_table


def dark() -> bool:
    """Return whether the visitor sees the dark theme."""
    return st.context.theme.type == "dark"


def apart(dataset: Dataset) -> AbstractContextManager[None]:
    """Return a context in which specifications of charts are kept with the session and nowhere else, if a person brought the data."""
    return base.apart(own_table.specifications()) if dataset.brought else nullcontext()


def show(chart: Chart, key: str) -> None:
    """Draw a chart `(data, spec)`, see `pages.ui.charts.base`, in a container of its own."""
    data, spec = chart
    with st.container(key=key):
        st.vega_lite_chart(None, {**spec, "datasets": data}, width="stretch", theme=None)


def download_as(label: str, data: Callable[[], str | bytes], name: str, mime: str, doc: str) -> None:
    """Draw a button that makes a file of this name when it is pressed."""
    st.download_button(label, data, name, mime, on_click="ignore", icon=":material/download:", help=doc)


def download(what: str, data: Callable[[], bytes], doc: str, *, disabled: bool = False) -> None:
    """Draw a button that makes a CSV file when it is pressed."""
    name = f"lossbench-{what.lower()}.csv" if what != "CSV" else "lossbench.csv"
    st.download_button(what, data, name, "text/csv", on_click="ignore", icon=":material/download:", help=doc, disabled=disabled)
