"""Widgets of declared parameters that hold their own value, for pages without a screen. The widgets of `controls` assign to a screen instead."""

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
    """Return a loss's title up to its brackets, or the whole title if another loss has the same one up to there."""
    short_titles = [item.title.partition(" (")[0] for item in LOSSES.values()]
    short = LOSSES[kind].title.partition(" (")[0]
    return short if short_titles.count(short) == 1 else LOSSES[kind].title


def words(name: str, parameter: Parameter) -> str:
    """Return the label of a dial: the label or the name of the parameter, with its symbol; the symbol alone if it equals the name."""
    symbol = plain_symbol(parameter.symbol)
    label = parameter.label or name.replace("_", " ").capitalize()
    return symbol if symbol == plain_symbol(name) else f"{label} {symbol}".rstrip()


def dial(parameter: Parameter, value: Any, label: str, key: str) -> Any:
    """Draw the widget of one parameter, and return its value. It opens at `value`, and keeps its value when the page is left."""
    options: dict[str, Any] = {"key": key, "help": parameter.doc, "persist_state": "session"}
    match parameter:
        case Number(log=True):
            return st.select_slider(label, controls.ladder(parameter, value), value, format_func=lambda stop: f"{stop:g}", **options)
        case Number():
            low, high, step, shape = controls.slider_shape(parameter, value)
            return st.slider(label, low, high, type(low)(value), step, shape, **options)
        case Boolean():
            return st.toggle(label, value, **options)
        case Choice():
            return st.segmented_control(label, parameter.options, default=value, required=True, **options)
    raise TypeError(f"no dial for {parameter!r}")


def loss_dials(kind: str, key: str, start: Mapping[str, Any] = MappingProxyType({})) -> Loss:
    """Draw a dial for each hyperparameter of a loss, and return the loss with their values. `start`: values to open at, in place of the defaults."""
    default = LOSSES[kind](**start)
    fields = default.parameters().items()
    return LOSSES[kind](**{name: dial(field, getattr(default, name), words(name, field), f"{key}_{kind}_{name}") for name, field in fields})
