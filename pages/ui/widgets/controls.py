"""From a declared parameter to a widget: everything that a person can turn is drawn from its declaration."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from core.parameters import Boolean, Choice, Component, Declared, Number, Parameter, Registry, Sequence, Text
from core.parameters.kinds import plain_symbol
from pages.ui.session import state
from pages.ui.session.screen import Path

#: the steps of a logarithmic dial within a decade
_MANTISSAS = (1, 2, 3, 5)


def field(path: Path, item: Declared, name: str, label: str = "") -> None:
    """Draw the widget of one field of `item`, which stands at `path` in the experiment."""
    parameter = item.parameters()[name]
    symbol = plain_symbol(parameter.symbol)
    words = label or parameter.label or name.replace("_", " ").capitalize()
    widget((*path, name), parameter, getattr(item, name), f"{words} {symbol}".rstrip())


def fields(path: Path, item: Declared) -> None:
    """Draw the widgets of the fields of `item` that matter."""
    for name in item.active():
        field(path, item, name)


def pick(
    path: Path,
    registry: Registry[Any],
    value: Declared,
    label: str,
    *,
    only: Callable[[type[Any]], bool] | None = None,
    choose: Callable[[str], None] | None = None,
) -> None:
    """Draw the choice of a kind from a registry, explained by the summary of the chosen one.

    Another kind comes with its default parameters, unless `choose` says what to do with it. `only` says which kinds are offered.
    """
    key = _key(path, "kind")

    def changed() -> None:
        kind = st.session_state[key]
        if choose is None:
            state.assign(path, registry[kind]())
        else:
            choose(kind)

    draw_kinds(registry, value, label, key=key, assign=changed, only=only)


def widget(path: Path, parameter: Parameter, value: Any, label: str) -> None:
    """Draw the widget that fits a parameter."""
    match parameter:
        case Sequence():
            _numbers(path, parameter, value, label)
        case Component():
            assert parameter.registry is not None
            pick(path, parameter.registry, value, label, only=parameter.only)
            fields(path, value)
        case _:
            key = _key(path)
            draw_parameter(parameter, value, label, key=key, assign=_assign(path, key), doc=_help(parameter))


def stops(path: Path, options: list[Any], value: Any, label: str, doc: str, format_func: Callable[[Any], str]) -> None:
    """Draw a dial over given values."""
    key = _key(path)
    draw_stops(options, value, label, key=key, assign=_assign(path, key), doc=doc, format_func=format_func)


# The same for a value that is kept anywhere: a change of the widget `key` calls `assign`, which takes the value over from the session's state.


def draw_parameter(parameter: Parameter, value: Any, label: str, *, key: str, assign: Callable[[], None], doc: str) -> None:
    """Draw the widget that fits a number, a switch, a choice or a text; raise `TypeError` for a parameter of another sort."""
    match parameter:
        case Number(log=True):
            draw_stops(ladder(parameter, value), value, label, key=key, assign=assign, doc=doc, format_func=lambda stop: f"{stop:g}")
        case Number():
            low, high, step, shape = slider_shape(parameter, value)
            with showing(key, value) as given:
                st.slider(label, low, high, value if given else None, step=step, key=key, format=shape, help=doc, on_change=assign)
        case Boolean():
            with showing(key, value) as given:
                st.toggle(label, value and given, key=key, help=doc, on_change=assign)
        case Choice():
            with showing(key, value) as given:
                default = value if given else None
                st.segmented_control(label, parameter.options, default=default, key=key, required=True, help=doc, on_change=assign)
        case Text():
            with showing(key, value) as given:
                st.text_input(label, value if given else "", key=key, max_chars=parameter.longest, help=doc, on_change=assign)
        case _:
            raise TypeError(f"no widget for {parameter!r}")


def draw_stops(
    options: list[Any], value: Any, label: str, *, key: str, assign: Callable[[], None], doc: str, format_func: Callable[[Any], str]
) -> None:
    """Draw a dial over given values, of which `value` is one."""
    with showing(key, value) as given:
        st.select_slider(label, options, value if given else None, key=key, format_func=format_func, help=doc, on_change=assign)


def draw_kinds(
    registry: Registry[Any], value: Declared, label: str, *, key: str, assign: Callable[[], None], only: Callable[[type[Any]], bool] | None = None
) -> None:
    """Draw the choice of a kind from a registry, explained by the summary of the chosen one; `only` says which kinds are offered."""
    kinds = [kind for kind, item in registry.items() if only is None or only(item)]
    doc = f"**{value.title}.** {value.summary}"
    with showing(key, value.kind) as given:
        index = kinds.index(value.kind) if given else 0
        st.selectbox(label, kinds, index, key=key, format_func=lambda kind: registry[kind].title, help=doc, on_change=assign)


@contextmanager
def showing(key: str, value: Any) -> Iterator[bool]:
    """Make the widget `key`, which is drawn in the `with` block, show `value`; say whether to give it as the widget's default.

    A browser that is told nothing shows a widget's own default, and sends that back as if a person had chosen it. It is told in
    one of two ways: a widget that may be new to it gets the value as its default, one that shows something else is set. What was
    set counts only once the widget was drawn, because a run can be interrupted before.
    """
    pending: set[str] = st.session_state.setdefault("pending_values", set())
    differs = key in pending or (key in st.session_state and st.session_state[key] != value)
    if differs:
        pending.add(key)
        st.session_state[key] = value
    yield not differs
    pending.discard(key)


def _key(path: Path, part: str = "") -> str:
    return ".".join(map(str, (*path, part)))


def _assign(path: Path, key: str) -> Callable[[], None]:
    return lambda: state.assign(path, st.session_state[key])


def slider_shape(parameter: Number, value: float) -> tuple[Any, Any, Any, str | None]:
    """Return the ends of a slider, which hold `value`, its step, and the format of its numbers."""
    low, high = min(parameter.low, value), max(parameter.high, value)
    if parameter.whole:
        return int(low), int(high), 1, None
    step = 10.0 ** math.floor(math.log10((parameter.high - parameter.low) / 20))
    return float(low), float(high), step, f"%.{max(0, -round(math.log10(step)))}f"


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
            numbers = tuple(float(part) for part in st.session_state[key].strip(" ()[]").replace(";", ",").split(",") if part.strip())
        except ValueError:
            state.complain(path, f"Not changed: {label.lower()} are numbers parted by commas, for example 8, 4.")
        else:
            state.assign(path, numbers)

    key, shown = _key(path), ", ".join(f"{entry:g}" for entry in value)
    with showing(key, shown) as given:
        st.text_input(label, shown if given else "", key=key, help=f"{parameter.doc} Numbers parted by commas.", on_change=read)


def _help(parameter: Parameter) -> str:
    """Return what a parameter means, after its symbol if it is a number."""
    symbol = f"${parameter.symbol}$: " if isinstance(parameter, Number) and parameter.symbol else ""
    return f"{symbol}{parameter.doc}"
