"""A view of a page alone, without a browser: opened, checked, and changed."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from core.views import View
from pages.ui.session import link
from pages.ui.session.screen import Screen


def by_address(root: Path, address: str, **query: str) -> AppTest:
    """Return a page as the front door opens it by its address, with these parameters; it has not run yet."""
    app = AppTest.from_file(str(root / "streamlit_app.py"), default_timeout=90)
    app._page_hash = calc_hash(address)  # `switch_page` goes by the name of a file, which need not be the address
    for name, value in query.items():
        app.query_params[name] = value
    return app


def opened(script: Callable[[], None]) -> AppTest:
    return checked(AppTest.from_function(script, default_timeout=60).run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    assert not app.error
    assert not app.warning
    return app


def change(app: AppTest, key: str, value: Any) -> AppTest:
    """Change the widget with this key, whatever it is, as a person would."""
    kinds = ("slider", "select_slider", "button_group", "selectbox", "toggle", "multiselect", "number_input", "text_input")
    found = [widget for kind in kinds for widget in getattr(app, kind) if widget.key == key]
    assert len(found) == 1, f"{len(found)} widgets have the key {key}"
    found[0].set_value(value)
    return checked(app.run())


def carried(app: AppTest, screen: Screen[Any]) -> Any:
    """Return the document that the address of a page carries for a screen."""
    text = app.query_params[screen.parameter]
    return screen.read(text if isinstance(text, str) else text[0])


def datasets(app: AppTest, chart: int = 0) -> dict[str, pd.DataFrame]:
    """Return the data that a chart was sent."""
    found = app.get("vega_lite_chart")[chart].proto.datasets
    return {each.name: pa.ipc.open_stream(io.BytesIO(each.data.data)).read_pandas() for each in found}


def unfold(app: AppTest, screen: Screen[Any], name: str) -> AppTest:
    """Open a popover or an expander of a view: what is in it is drawn only then."""
    state = app.session_state[screen.key]
    app.session_state[screen.key] = replace(state, folded_out=(*state.folded_out, name))
    return app.run()


def words(app: AppTest) -> str:
    """Return all that a page says in Markdown and captions."""
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def html(app: AppTest) -> str:
    """Return all that a page says in HTML: its tables and legends."""
    return " ".join(element.proto.body for element in app.get("html"))


def all_words(app: AppTest) -> str:
    """Return all that a page says."""
    return f"{words(app)} {html(app)}"


def state_of(app: AppTest, view: type[View]) -> Any:
    """Return the state of the view in the address."""
    text = app.query_params["v"]
    return link.read(text if isinstance(text, str) else text[0], view)
