"""The widgets of declared parameters. A widget shows a field of a document on a screen, and its change is put there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Sequence as PySequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.parameters import Boolean, Choice, Component, Declared, Number, Optional, Parameter, Sequence, Text
from core.parameters.kinds import plain_symbol
from pages.ui.session.screen import Binding

#: the stops of a logarithmic dial in each decade
_MANTISSAS = (1, 2, 3, 5)
#: stands for no item among kinds
_NONE = ""
#: how a widget looks where its parameter allows more than one: a choice or a few stops as segments, a choice as a menu, a number as a field to type in
Shape = Literal["", "segments", "menu", "typed"]


def words(name: str, parameter: Parameter) -> str:
    """Return the label of a widget: the label or the name of the parameter, with its symbol; without a label the symbol alone if it equals the name."""
    symbol = plain_symbol(parameter.symbol)
    label = parameter.label or name.replace("_", " ").capitalize()
    return symbol if symbol == plain_symbol(name) and not parameter.label else f"{label} {symbol}".rstrip()


def field(item: Binding, name: str, label: str = "", **options: Any) -> None:
    """Draw the widget of one field of the item. `options` are those of `widget`."""
    parameter = item.get().parameters()[name]
    widget(item.at(name), parameter, label or words(name, parameter), **options)


def fields(item: Binding, label: Callable[[str], str] = str) -> None:
    """Draw the widgets of the item's active fields, each in place. `label` makes a widget's label of the usual one."""
    for name in item.get().active():
        field(item, name, label(words(name, item.get().parameters()[name])))


def widget(
    binding: Binding,
    parameter: Parameter,
    label: str,
    *,
    shape: Shape = "",
    labelled: bool = True,
    only: Callable[[type[Any]], bool] | None = None,
    made: Callable[[str], Declared] | None = None,
    placeholder: str = "",
    most: float = math.inf,
) -> None:
    """Draw the widget, or the widgets, of a parameter.

    Without `labelled` the label is not shown, for words that say enough. `only` and `made` are those of `kinds`.
    `most`: the largest number that is offered; a larger one is shown as this.
    Raise TypeError for a parameter that has no widget of its own: its items are drawn by the view that shows them.
    """
    options: dict[str, Any] = {"help": _help(parameter), "label_visibility": "visible" if labelled else "collapsed"}
    value = binding.get()
    if isinstance(parameter, Number):
        parameter, value = replace(parameter, high=min(parameter.high, most)), min(value, most)
    match parameter:
        case Component(registry=None):
            fields(binding)
        case Component():
            kinds(binding, parameter, label, only=only, made=made)
            fields(binding)
        case Optional(item=Component() as item):
            kinds(binding, item, label, only=only, made=made, absent=parameter.absent)
            if value is not None:
                fields(binding)
        case Optional(item=Number() as item):
            offered_stops = [None, *stops(item, (item.stops or (item.low,))[0] if value is None else value)]
            dial = {"format_func": parameter.shown, **options}
            _draw(binding, value, lambda default, **o: st.select_slider(label, offered_stops, default, **o), **dial)
        case Sequence(item=Number()):
            _numbers(binding, parameter, value, label)
        case Sequence(item=Choice() as item) as several:
            chosen: dict[str, Any] = {"format_func": item.shown, **options}
            if shape == "menu":
                chosen |= {"max_selections": several.longest if several.longest < len(item.options) else None, "placeholder": placeholder}
                _draw(binding, list(value), lambda default, **o: st.multiselect(label, item.options, default, **o), tuple, **chosen)
            else:
                _draw(binding, list(value), lambda default, **o: st.pills(label, item.options, selection_mode="multi", default=default, **o), tuple, **chosen)
        case Choice() if shape == "menu":
            places = {option: place for place, option in enumerate(parameter.options)}
            options["format_func"] = parameter.shown
            _draw(binding, value, lambda default, **o: st.selectbox(label, parameter.options, places.get(default, 0), **o), **options)
        case Choice():
            _segments(binding, label, parameter.options, parameter.shown, options)
        case Number() if shape == "typed":
            low, high, step, form = slider_shape(parameter, value)
            _draw(binding, value, lambda default, **o: st.number_input(label, low, high, "min" if default is None else default, step, form, **o), **options)
        case Number() if shape == "segments":
            _segments(binding, label, stops(parameter, value), parameter.shown, options)
        case Number() if parameter.stops or parameter.log:
            dial = {"format_func": parameter.shown, **options}
            _draw(binding, value, lambda default, **o: st.select_slider(label, stops(parameter, value), default, **o), **dial)
        case Number():
            low, high, step, form = slider_shape(parameter, value)
            _draw(binding, value, lambda default, **o: st.slider(label, low, high, default, step=step, format=form, **o), **options)
        case Boolean():
            _draw(binding, value, lambda default, **o: st.toggle(label, bool(default), **o), **options)
        case Text():
            _draw(binding, value, lambda default, **o: st.text_input(label, default or "", max_chars=parameter.longest, **o), **options)
        case _:
            raise TypeError(f"no widget for {parameter!r}")


def kinds(
    binding: Binding,
    parameter: Parameter,
    label: str,
    *,
    only: Callable[[type[Any]], bool] | None = None,
    made: Callable[[str], Declared] | None = None,
    doc: str | None = None,
    absent: str = "",
) -> None:
    """Draw the choice of an item's kind, without its fields. Its help is `doc`; default: the summary of the present kind.

    `only`: which classes are offered, of those that the parameter allows. `made(kind)` returns the item of a newly chosen kind; default: with its defaults.
    `absent`: how no item is called; empty: there is one.
    """
    assert isinstance(parameter, Component)
    registry, value = parameter.registry, binding.get()
    assert registry is not None
    offered = [_NONE] * bool(absent) + [kind for kind in parameter.kinds() if only is None or only(registry[kind])]
    make: Callable[[str], Declared] = made or (lambda kind: registry[kind]())
    shown, key = _NONE if value is None else value.kind, f"{binding.key}.kind"
    told = parameter.doc if value is None else f"**{value.title}.** {value.summary}"
    def chosen() -> None:
        if (kind := st.session_state[key]) in offered:  # a browser may send anything; then the widget shows the present kind again
            binding.put(None if kind == _NONE else make(kind))

    with showing(key, shown) as with_default:
        index, named = offered.index(shown) if with_default else 0, lambda kind: absent if kind == _NONE else registry[kind].listed()
        st.selectbox(label, offered, index, key=key, format_func=named, filter_mode="contains", help=told if doc is None else doc, on_change=chosen)


def offered(
    binding: Binding,
    options: PySequence[Any],
    label: str,
    *,
    otherwise: Any = None,
    made: Callable[[Any], Any] = lambda chosen: chosen,
    titles: Callable[[Any], str] = str,
    shape: Shape = "",
    **others: Any,
) -> Any:
    """Draw a choice among options that are known only now (epochs of a result, runs), and return the chosen one. A single option needs no widget.

    A value of the field that is not among the options counts as `otherwise`; default: the first option. `made(chosen)` is the value of the field for a
    newly chosen option. `shape`: a dial, or segments, or a menu. `others` go to the widget.
    """
    value = binding.get()
    shown = value if value in options else options[0] if otherwise is None else otherwise
    if len(options) == 1:
        return options[0]
    doc = {"among": options, "help": binding.parameter.doc, "format_func": titles, **others}
    match shape:
        case "segments":
            _draw(binding, shown, lambda default, **o: st.segmented_control(label, options, default=default, required=True, **o), made, **doc)
        case "menu":
            places = {option: place for place, option in enumerate(options)}
            _draw(binding, shown, lambda default, **o: st.selectbox(label, options, places.get(default, 0), **o), made, **doc)
        case _:
            _draw(binding, shown, lambda default, **o: st.select_slider(label, options, default, **o), made, **doc)
    return shown


def nearest(numbers: Iterable[float], wanted: float) -> Any:
    """Return the number that is nearest to the wanted one."""
    return min(numbers, key=lambda number: abs(number - wanted))


def several(
    binding: Binding,
    options: list[Any],
    chosen: Callable[[Any], list[Any]],
    made: Callable[[Any, list[Any]], Any],
    *,
    label: str,
    titles: Callable[[Any], str],
    most: int | None = None,
    placeholder: str = "",
    doc: str | None = None,
    labelled: bool = True,
) -> None:
    """Draw a menu of several options, for a field whose value is more than their names.

    `chosen(value)` returns the options that the field's value means. `made(value, options)` returns the value for newly chosen options.
    """
    _draw(
        binding, chosen(binding.get()), lambda default, **o: st.multiselect(label, options, default, **o),
        lambda new: made(binding.get(), [option for option in new if option in options]),
        max_selections=most, format_func=titles, filter_mode="contains", placeholder=placeholder, help=doc, wrap=True,
        label_visibility="visible" if labelled else "collapsed",
    )  # fmt: skip


def folded(binding: Binding, name: str, draw: Callable[..., Any], *arguments: Any, **options: Any) -> DeltaGenerator | None:
    """Draw a popover or an expander (`draw`), and return it if it is open. What is folded away is not drawn.

    `binding`: the field that holds the names of what is folded out; `name`: that of this one.
    """
    def changed() -> None:
        others = [other for other in binding.get() if other != name]
        binding.put((*others, name) if st.session_state[key] else tuple(others))

    key = f"{binding.key}.{name}"
    with showing(key, name in binding.get(), always=True):
        container = draw(*arguments, key=key, on_change=changed, **options)
    return container if container.open else None


def _segments(binding: Binding, label: str, options: Any, title: Callable[[Any], str], others: Mapping[str, Any]) -> None:
    value = binding.get()
    _draw(binding, value, lambda default, **o: st.segmented_control(label, options, default=default, required=True, **o), format_func=title, **others)


def _draw(binding: Binding, value: Any, draw: Callable[..., Any], made: Callable[[Any], Any] = lambda new: new, among: Any = None, **options: Any) -> None:
    """Draw a widget that shows `value`, and puts `made(chosen)` where it is bound, if it is `among` what is offered. `draw(default, **options)` draws it."""
    def put() -> None:
        if among is None or st.session_state[key] in among:
            binding.put(made(st.session_state[key]))

    key = binding.key
    with showing(key, value) as with_default:
        draw(value if with_default else None, key=key, on_change=put, **options)


@contextmanager
def showing(key: str, value: Any, *, always: bool = False) -> Iterator[bool]:
    """Make the widget `key`, which the `with` block draws, show `value`. Yield whether the block must pass `value` as the widget's default.

    A widget that may be new to the browser needs the value as its default; otherwise the browser shows another default, and sends it back
    as a choice. A widget that shows something else is set through the session's state, and then must not get a default.
    The value that was set stays pending until the widget is drawn, because a script run can be interrupted before.
    `always`: set it through the session's state in any case, for a widget that has no default.
    """
    pending: set[str] = st.session_state.setdefault("pending_values", set())
    differs = key in pending or (st.session_state[key] != value if key in st.session_state else always)
    if differs:
        pending.add(key)
        st.session_state[key] = value
    yield not differs
    pending.discard(key)


def slider_shape(parameter: Number, value: float) -> tuple[Any, Any, Any, str | None]:
    """Return the two ends of a slider, its step, and the format of its numbers. `value` lies between the ends."""
    low, high = min(parameter.low, value), max(parameter.high, value)
    before, _, rest = parameter.pattern.partition("{")
    after = rest.partition("}")[2].replace("%", "%%")
    if parameter.whole:
        return int(low), int(high), int(parameter.step) or 1, f"{before}%d{after}" if before or after else None
    step = parameter.step or 10.0 ** math.floor(math.log10((parameter.high - parameter.low) / 20))
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return float(low), float(high), step, f"{before}%.{digits}f{after}"


def stops(parameter: Number, value: float) -> list[float]:
    """Return the stops of a dial: those that are declared, or 1, 2, 3 and 5 in each decade of a logarithmic range with its ends; and `value` among them."""
    if parameter.stops:
        zeros, declared = [stop for stop in parameter.stops if stop == 0], [stop for stop in parameter.stops if stop]
        numbers = sorted({*declared, value} - {0}, reverse=declared[0] > declared[-1])
        return numbers + zeros if parameter.stops[-1] == 0 else (zeros or ([value] if value == 0 else [])) + numbers
    decades = range(math.floor(math.log10(parameter.low)), math.ceil(math.log10(parameter.high)) + 1)
    grid = {float(f"{mantissa}e{decade}") for decade in decades for mantissa in _MANTISSAS}
    inside = {stop for stop in grid if parameter.low <= stop <= parameter.high} | {parameter.low, parameter.high, value}
    return sorted(map(int if parameter.whole else float, inside))


def _numbers(binding: Binding, parameter: Sequence, value: tuple[Any, ...], label: str) -> None:
    """Draw a text field for numbers with commas between them."""
    def read() -> None:
        try:
            numbers = tuple(float(part) for part in st.session_state[key].strip(" ()[]").replace(";", ",").split(",") if part.strip())
        except ValueError:
            binding.refuse(f"{label.lower()} are numbers parted by commas, for example 8, 4")
        else:
            binding.put(numbers)

    key, shown = binding.key, ", ".join(f"{entry:g}" for entry in value)
    with showing(key, shown) as with_default:
        st.text_input(label, shown if with_default else "", key=key, help=f"{parameter.doc} Numbers parted by commas.", on_change=read)


def _help(parameter: Parameter) -> str:
    """Return the help of a parameter: its symbol, if it is a number, and its explanation."""
    symbol = f"${parameter.symbol}$: " if isinstance(parameter, Number) and parameter.symbol else ""
    return f"{symbol}{parameter.doc}"
