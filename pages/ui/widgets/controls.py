"""The widgets of declared parameters. A change of a widget is assigned to the item on the screen."""

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

#: the stops of a logarithmic dial in each decade
_MANTISSAS = (1, 2, 3, 5)


def field(path: Path, item: Declared, name: str, label: str = "") -> None:
    """Draw the widget of one field of `item`. `path`: the path of the item on the screen."""
    parameter = item.parameters()[name]
    symbol = plain_symbol(parameter.symbol)
    words = label or parameter.label or name.replace("_", " ").capitalize()
    widget((*path, name), parameter, getattr(item, name), f"{words} {symbol}".rstrip())


def fields(path: Path, item: Declared) -> None:
    """Draw the widgets of the active fields of `item`."""
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
    """Draw the choice of a kind from a registry. Its help is the summary of the present kind.

    `only`: which classes are offered. `choose(kind)`: called for a new choice; None assigns an item of that kind with its defaults.
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
    """Draw the widget, or the widgets, of a parameter of any kind."""
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
    """Draw a dial over the options, of which `value` is one."""
    key = _key(path)
    draw_stops(options, value, label, key=key, assign=_assign(path, key), doc=doc, format_func=format_func)


# Widgets of values that are not on a screen. A change of the widget `key` calls `assign`, which reads the new value from the session's state.


def draw_parameter(parameter: Parameter, value: Any, label: str, *, key: str, assign: Callable[[], None], doc: str) -> None:
    """Draw the widget of a number, a switch, a choice or a text. Raise TypeError for any other parameter."""
    match parameter:
        case Number(log=True):
            draw_stops(ladder(parameter, value), value, label, key=key, assign=assign, doc=doc, format_func=lambda stop: f"{stop:g}")
        case Number():
            low, high, step, shape = slider_shape(parameter, value)
            with showing(key, value) as with_default:
                st.slider(label, low, high, value if with_default else None, step=step, key=key, format=shape, help=doc, on_change=assign)
        case Boolean():
            with showing(key, value) as with_default:
                st.toggle(label, value and with_default, key=key, help=doc, on_change=assign)
        case Choice():
            with showing(key, value) as with_default:
                default = value if with_default else None
                st.segmented_control(label, parameter.options, default=default, key=key, required=True, help=doc, on_change=assign)
        case Text():
            with showing(key, value) as with_default:
                st.text_input(label, value if with_default else "", key=key, max_chars=parameter.longest, help=doc, on_change=assign)
        case _:
            raise TypeError(f"no widget for {parameter!r}")


def draw_stops(
    options: list[Any], value: Any, label: str, *, key: str, assign: Callable[[], None], doc: str, format_func: Callable[[Any], str]
) -> None:
    """Draw a dial over the options, of which `value` is one."""
    with showing(key, value) as with_default:
        st.select_slider(label, options, value if with_default else None, key=key, format_func=format_func, help=doc, on_change=assign)


def draw_kinds(
    registry: Registry[Any], value: Declared, label: str, *, key: str, assign: Callable[[], None], only: Callable[[type[Any]], bool] | None = None
) -> None:
    """Draw the choice of a kind from a registry. Its help is the summary of the present kind. `only`: which classes are offered."""
    kinds = [kind for kind, item in registry.items() if only is None or only(item)]
    doc = f"**{value.title}.** {value.summary}"
    with showing(key, value.kind) as with_default:
        index = kinds.index(value.kind) if with_default else 0
        st.selectbox(label, kinds, index, key=key, format_func=lambda kind: registry[kind].title, help=doc, on_change=assign)


@contextmanager
def showing(key: str, value: Any) -> Iterator[bool]:
    """Make the widget `key`, which the `with` block draws, show `value`. Yield whether the block must pass `value` as the widget's default.

    A widget that may be new to the browser needs the value as its default; otherwise the browser shows another default, and sends it back
    as a choice. A widget that shows something else is set through the session's state, and then must not get a default.
    The value that was set stays pending until the widget is drawn, because a script run can be interrupted before.
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
    """Return the two ends of a slider, its step, and the format of its numbers. `value` lies between the ends."""
    low, high = min(parameter.low, value), max(parameter.high, value)
    if parameter.whole:
        return int(low), int(high), 1, None
    step = 10.0 ** math.floor(math.log10((parameter.high - parameter.low) / 20))
    return float(low), float(high), step, f"%.{max(0, -round(math.log10(step)))}f"


def ladder(parameter: Number, value: float) -> list[float]:
    """Return the stops of a logarithmic dial, ascending: 1, 2, 3 and 5 in each decade of the parameter's range, its ends, and `value`."""
    decades = range(math.floor(math.log10(parameter.low)), math.ceil(math.log10(parameter.high)) + 1)
    grid = {float(f"{mantissa}e{decade}") for decade in decades for mantissa in _MANTISSAS}
    inside = {stop for stop in grid if parameter.low <= stop <= parameter.high} | {parameter.low, parameter.high, value}
    return sorted(map(int if parameter.whole else float, inside))


def _numbers(path: Path, parameter: Sequence, value: tuple[Any, ...], label: str) -> None:
    """Draw a text field for numbers with commas between them."""
    def read() -> None:
        try:
            numbers = tuple(float(part) for part in st.session_state[key].strip(" ()[]").replace(";", ",").split(",") if part.strip())
        except ValueError:
            state.complain(path, f"Not changed: {label.lower()} are numbers parted by commas, for example 8, 4.")
        else:
            state.assign(path, numbers)

    key, shown = _key(path), ", ".join(f"{entry:g}" for entry in value)
    with showing(key, shown) as with_default:
        st.text_input(label, shown if with_default else "", key=key, help=f"{parameter.doc} Numbers parted by commas.", on_change=read)


def _help(parameter: Parameter) -> str:
    """Return the help of a parameter: its symbol, if it is a number, and its explanation."""
    symbol = f"${parameter.symbol}$: " if isinstance(parameter, Number) and parameter.symbol else ""
    return f"{symbol}{parameter.doc}"
