"""From a declared parameter to a widget: everything that a person can turn is drawn from its declaration."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from core.parameters import Boolean, Choice, Component, Declared, Number, Parameter, Registry, Sequence, Text
from pages.ui import state
from pages.ui.state import Path

#: the steps of a logarithmic dial within a decade
_MANTISSAS = (1, 2, 3, 5)


def field(path: Path, item: Declared, name: str, label: str = "") -> None:
    """Draw the widget of one field of `item`, which stands at `path` in the experiment."""
    parameter = item.parameters()[name]
    widget((*path, name), parameter, getattr(item, name), label or parameter.label or name.replace("_", " ").capitalize())


def fields(path: Path, item: Declared) -> None:
    """Draw the widgets of all fields of `item`."""
    for name in item.parameters():
        field(path, item, name)


def pick(
    path: Path,
    registry: Registry[Any],
    value: Declared,
    label: str,
    *,
    only: Callable[[type[Declared]], bool] | None = None,
    choose: Callable[[str], None] | None = None,
) -> None:
    """Draw the choice of a kind from a registry, explained by the summary of the chosen one.

    Another kind comes with its default parameters, unless `choose` says what to do with it. `only` says which kinds are offered.
    """
    kinds = [kind for kind, item in registry.items() if only is None or only(item)]
    doc = f"**{value.title}.** {value.summary}"

    def changed() -> None:
        kind = st.session_state[key]
        if choose is None:
            state.assign(path, registry[kind]())
        else:
            choose(kind)

    with showing(_key(path, "kind"), value.kind) as key:
        st.selectbox(label, kinds, key=key, format_func=lambda kind: registry[kind].title, help=doc, on_change=changed)


def widget(path: Path, parameter: Parameter, value: Any, label: str) -> None:
    """Draw the widget that fits a parameter."""
    match parameter:
        case Number(log=True):
            stops(path, ladder(parameter, value), value, label, _help(parameter), lambda stop: f"{stop:g}")
        case Number():
            _slider(path, parameter, value, label)
        case Boolean():
            with showing(_key(path), value) as key:
                st.toggle(label, key=key, help=parameter.doc, on_change=_assign(path, key))
        case Choice():
            with showing(_key(path), value) as key:
                st.segmented_control(label, parameter.options, key=key, required=True, help=parameter.doc, on_change=_assign(path, key))
        case Text():
            with showing(_key(path), value) as key:
                st.text_input(label, key=key, max_chars=parameter.longest, help=parameter.doc, on_change=_assign(path, key))
        case Sequence():
            _numbers(path, parameter, value, label)
        case Component():
            assert parameter.registry is not None
            pick(path, parameter.registry, value, label)
            fields(path, value)


@contextmanager
def showing(key: str, value: Any) -> Iterator[str]:
    """Make the widget `key`, which is drawn in the `with` block, show `value`.

    A run can be interrupted before its widget is drawn; then the browser has not heard of the value and would send back its own
    as if a person had chosen it. So a value counts as shown only once the widget was drawn, and is set again until then.
    """
    pending: set[str] = st.session_state.setdefault("pending_values", set())
    if key in pending or key not in st.session_state or st.session_state[key] != value:
        pending.add(key)
        st.session_state[key] = value
    yield key
    pending.discard(key)


def _key(path: Path, part: str = "") -> str:
    return ".".join(map(str, (*path, part)))


def _assign(path: Path, key: str) -> Callable[[], None]:
    return lambda: state.assign(path, st.session_state[key])


def _slider(path: Path, parameter: Number, value: float, label: str) -> None:
    low, high = min(parameter.low, value), max(parameter.high, value)
    step = 1 if parameter.whole else 10.0 ** math.floor(math.log10((parameter.high - parameter.low) / 20))
    format_ = None if parameter.whole else f"%.{max(0, -round(math.log10(step)))}f"
    low, high = (int(low), int(high)) if parameter.whole else (float(low), float(high))
    with showing(_key(path), value) as key:
        st.slider(label, low, high, step=step, key=key, format=format_, help=_help(parameter), on_change=_assign(path, key))


def stops(path: Path, options: list[Any], value: Any, label: str, doc: str, format_func: Callable[[Any], str]) -> None:
    """Draw a dial over given values."""
    with showing(_key(path), value) as key:
        st.select_slider(label, options, key=key, format_func=format_func, help=doc, on_change=_assign(path, key))


def ladder(parameter: Number, value: float) -> list[float]:
    """Return the stops 1, 2, 3, 5 of each decade within a parameter's range, its ends, and the present value."""
    decades = range(math.floor(math.log10(parameter.low)), math.ceil(math.log10(parameter.high)) + 1)
    grid = {float(f"{mantissa}e{decade}") for decade in decades for mantissa in _MANTISSAS}
    inside = {stop for stop in grid if parameter.low <= stop <= parameter.high} | {parameter.low, parameter.high, value}
    return sorted(map(int if parameter.whole else float, inside))


def _numbers(path: Path, parameter: Sequence, value: tuple[Any, ...], label: str) -> None:
    """Draw a line of numbers to type, parted by commas."""
    def read() -> None:
        try:
            numbers = tuple(float(part) for part in st.session_state[key].replace(";", ",").split(",") if part.strip())
        except ValueError:
            state.complain(f"Not changed: {label.lower()} are numbers parted by commas, for example 64, 32.")
        else:
            state.assign(path, numbers)

    with showing(_key(path), ", ".join(f"{entry:g}" for entry in value)) as key:
        st.text_input(label, key=key, help=f"{parameter.doc} Numbers parted by commas.", on_change=read)


def _help(parameter: Number) -> str:
    symbol = f"${parameter.symbol}$: " if parameter.symbol else ""
    return f"{symbol}{parameter.doc}"
