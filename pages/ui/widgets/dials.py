"""Widgets of declared parameters that belong to one page alone: they keep their own value, while `controls` assigns to what is on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import streamlit as st

from core.losses import LOSSES, Loss
from core.parameters import Boolean, Choice, Number, Parameter
from core.parameters.kinds import plain_symbol
from pages.ui.widgets import controls


def short_title(kind: str) -> str:
    """Return a loss's title without what stands in brackets, unless another loss has the same one."""
    shorts = [item.title.partition(" (")[0] for item in LOSSES.values()]
    short = LOSSES[kind].title.partition(" (")[0]
    return short if shorts.count(short) == 1 else LOSSES[kind].title


def words(name: str, parameter: Parameter) -> str:
    """Return what a dial is called: its label or name, and its symbol if that says more."""
    symbol = plain_symbol(parameter.symbol)
    label = parameter.label or name.replace("_", " ").capitalize()
    return symbol if symbol == plain_symbol(name) else f"{label} {symbol}".rstrip()


def dial(parameter: Parameter, value: Any, label: str, key: str) -> Any:
    """Draw the widget of one parameter, at first at `value`, and return what it is set to; it stays when the page is left."""
    kept: dict[str, Any] = {"key": key, "help": parameter.doc, "persist_state": "session"}
    match parameter:
        case Number(log=True):
            return st.select_slider(label, controls.ladder(parameter, value), value, format_func=lambda stop: f"{stop:g}", **kept)
        case Number():
            low, high, step, shape = controls.slider_shape(parameter, value)
            return st.slider(label, low, high, type(low)(value), step, shape, **kept)
        case Boolean():
            return st.toggle(label, value, **kept)
        case Choice():
            return st.segmented_control(label, parameter.options, default=value, required=True, **kept)
    raise TypeError(f"no dial for {parameter!r}")


def loss_dials(kind: str, key: str, start: Mapping[str, Any] = MappingProxyType({})) -> Loss:
    """Draw a dial for each hyperparameter of a loss, at first at `start` or its default, and return the loss as they are set."""
    default = LOSSES[kind](**start)
    fields = default.parameters().items()
    return LOSSES[kind](**{name: dial(field, getattr(default, name), words(name, field), f"{key}_{kind}_{name}") for name, field in fields})
