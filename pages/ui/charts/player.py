"""A player that runs inside a chart, and two panels in one view that it moves together. The server is not involved in playing.

The panels are layers of one chart. Each has scales of its own, whose ranges are its part of the view.
The panels stand side by side in a wide view, and one above the other on a phone. Concatenated charts do not adapt to the width of a column.
"""

from __future__ import annotations

from typing import Any

from pages.ui.charts.base import Spec, grown_marks
from pages.ui.charts.theme import EMBED, LARGE, config

#: milliseconds between two pictures, and number of pictures in which all steps are played at speed 1
_TICK, _PICTURES = 40, 150
_SPEEDS = {"¼ ×": 0.25, "½ ×": 0.5, "1 ×": 1, "2 ×": 2, "4 ×": 4}
#: the width in pixels below which the panels stand one above the other, and the gaps between them in pixels
_NARROW, _GAP_X, _GAP_Y = 560, 74, 52
#: the width in pixels at which a chart has its nominal height: that of a chart on a page 1280 wide with its sidebar
_USUAL = 840
#: the largest share of a wide view's width that the first panel takes
_SHARE = 0.56

#: for `st.html` beside the chart: large controls in the colours of the page. FORM stands for the selector of the controls.
_CSS = """<style>
FORM {display: flex; flex-flow: row wrap; align-items: center; gap: 0.4rem 0.6rem; padding: 0.2rem 0 0; font-size: 1rem;}
FORM .vega-bind {width: auto; flex-wrap: nowrap;}
FORM .vega-bind label {flex-wrap: nowrap; white-space: nowrap; font-variant-numeric: tabular-nums;}
FORM .vega-bind-name {min-width: 0; font-size: 1rem;}
FORM .vega-bind:has([type=checkbox]) label {justify-content: center; height: 2.4rem; min-width: 2.8rem; padding: 0 0.7rem; gap: 0;
  border: 1px solid color-mix(in srgb, currentColor 30%, transparent); border-radius: 0.4rem; user-select: none;}
FORM .vega-bind:has([type=checkbox]) label:hover {background: color-mix(in srgb, currentColor 9%, transparent);}
FORM .vega-bind:has(:focus-visible) label {outline: 2px solid #1E80C0; outline-offset: 1px;}
FORM .vega-bind [type=checkbox] {position: absolute; opacity: 0; width: 1px; height: 1px;}
FORM .vega-bind:has([name=playing]) label {min-width: 6.4rem; color: #FFFFFF; background: #0072B2; border-color: #0072B2; font-weight: 600;}
FORM .vega-bind:has([name=playing]) label:hover {background: #005C91;}
FORM .vega-bind:has([name=playing]) .vega-bind-name {font-size: 0; color: inherit;}
FORM .vega-bind:has([name=playing]) label::before {content: "▶\\FE0E\\00A0 Play";}
FORM .vega-bind:has([name=playing]:checked) label::before {content: "❚❚\\00A0 Pause";}
FORM .vega-bind:has([type=range]) {flex: 1 1 12rem;}
FORM .vega-bind:is(:has([name=turn]), :has([name=tilt])) {flex-basis: 40%;}
FORM .vega-bind:has([type=range]) label {flex: 1; cursor: default;}
FORM .vega-bind input[type=range] {flex: 1; width: auto; min-width: 5rem;}
FORM .vega-bind input[type=range]::-webkit-slider-runnable-track {background: color-mix(in srgb, currentColor 28%, transparent);}
FORM .vega-bind input[type=range]::-moz-range-progress {background: transparent;}
FORM .vega-bind input[type=range] + span {font-size: 1.1rem; font-weight: 600; color: inherit; min-width: 2.6em;}
FORM .vega-bind select {height: 2.4rem; font-size: 1rem;}
FORM .vega-bind:has([name=seen]) {display: none;}
CHART .vega-embed {display: flex; flex-direction: column;}
CHART form.vega-bindings {order: -1; padding: 0 0 0.4rem;}
.st-key-story {display: grid;}
.st-key-story > * {grid-area: 1 / 1;}
body:has(CHART [name=seen]:checked) .st-key-question :is(p, div), body:not(:has(CHART [name=seen]:checked)) .st-key-verdict :is(p, div) {visibility: hidden;}
</style>"""


def player_css(key: str) -> str:
    """Return the style sheet of the controls of the player in the container `key`."""
    return _CSS.replace("FORM", f".st-key-{key} .stVegaLiteChart form.vega-bindings").replace("CHART", f".st-key-{key}")


def player(steps: int, noun: str = "update", opens_at: int | None = None) -> list[Spec]:
    """Return the Vega parameters of a player over the steps 0 to `steps`. Layers read the parameter `step`, which opens at `opens_at`; None: at the last step.

    `seen` says whether the last step has been on the screen: until then a chart shows nothing of what is to come, and the page no verdict.

    The controls are check boxes that the style sheet turns into buttons; a single-step button acts on every change of its box.
    `playing` ends on a tick of the timer, because signals that depend on each other are an error in Vega.
    `pace` adds up fractions of a step.
    """
    tick = {"type": "timer", "throttle": _TICK}
    forced: Spec = {"force": True}  # the update applies even if the handler's last result was equal
    start = steps if opens_at is None else min(opens_at, steps)
    go = f"playing && step < {steps} ? min({steps}, step + floor(pace)) : step"
    return [
        {
            "name": "playing", "value": False, "bind": {"input": "checkbox", "name": "Play"},
            "on": [
                {"events": tick, "update": f"playing && step < {steps}"},
                {"events": [{"signal": "back"}, {"signal": "forward"}], "update": "false", **forced},
            ],
        },
        {"name": "pace", "value": 0, "on": [{"events": tick, "update": f"playing ? pace % 1 + speed * {steps / _PICTURES} : 0"}]},
        {"name": "back", "value": False, "bind": {"input": "checkbox", "name": "−1"}},
        {"name": "forward", "value": False, "bind": {"input": "checkbox", "name": "+1"}},
        {
            "name": "step", "value": start, "bind": {"input": "range", "min": 0, "max": steps, "step": 1, "name": noun},
            "on": [
                {"events": {"signal": "playing"}, "update": f"playing && step >= {steps} ? 0 : step", **forced},
                {"events": {"signal": "back"}, "update": "max(0, step - 1)", **forced},
                {"events": {"signal": "forward"}, "update": f"min({steps}, step + 1)", **forced},
                {"events": tick, "update": go},
            ],
        },
        {
            "name": "seen", "value": start == steps, "bind": {"input": "checkbox", "name": "seen"},
            "on": [{"events": {"signal": "step"}, "update": f"seen || step >= {steps}"}],
        },
        {"name": "speed", "value": 1, "bind": {"input": "select", "options": list(_SPEEDS.values()), "labels": list(_SPEEDS), "name": "speed"}},
    ]  # fmt: skip


def panels_params(aspect: float | None, height: int, beside: int = 0) -> list[Spec]:
    """Return the Vega parameters of the layout of two panels: `height` of the view, `left_w` and `left_h` of the first, the edges of the second.

    `aspect`: width divided by height of the first panel; None lets it fill its part of the view. `height`: pixels at the usual width of a page.
    `beside`: pixels that the rest of the page takes, for panels that fill what the window leaves; 0: they follow the width alone.
    """
    ratio = f"{aspect:.4f}" if aspect else ""
    scaled_height = f"clamp({height / _USUAL:.4f} * width, {0.8 * height:g}, {1.5 * height:g})"
    if beside:
        scaled_height = f"max({scaled_height}, windowSize()[1] - {beside} * (windowSize()[0] < {LARGE} ? 1 : 1.2))"
    expressions = {
        "wide": f"width >= {_NARROW}",
        "height": f"width >= {_NARROW} ? {f'min({scaled_height}, {_SHARE} * width / {ratio})' if ratio else scaled_height} : 1.7 * width",
        "room_h": "wide ? height : floor(height * 0.64)",
        "left_w": f"floor(min(wide ? width * {_SHARE} : width, room_h * {ratio}))" if ratio else f"wide ? floor(width * {_SHARE}) : width",
        "left_h": f"floor(left_w / {ratio})" if ratio else "room_h",
        "right_x": f"wide ? left_w + {_GAP_X} : 0",
        "right_top": f"wide ? 0 : left_h + {_GAP_Y}",
        "right_bottom": "wide ? left_h : height",
    }
    return [{"name": name, "expr": expression} for name, expression in expressions.items()]


def expr(text: str) -> Spec:
    """Return a Vega-Lite expression in place of a value."""
    return {"expr": text}


def left_axis(channel: str, field: str, title: str, domain: tuple[float, float]) -> Spec:
    """Return the encoding of a field along an axis of the first panel. `channel`: "x" or "y"."""
    across = channel == "x"
    return {
        "field": field, "type": "quantitative", "title": title,
        "scale": {"domain": list(domain), "nice": False, "zero": False, "range": [0, expr("left_w")] if across else [expr("left_h"), 0]},
        "axis": {"grid": False, "tickCount": 5, "orient": "bottom" if across else "left", "offset": expr("left_h - height") if across else 0},
    }  # fmt: skip


def right_axis(channel: str, field: str, title: str, scale: Spec, axis: Spec) -> Spec:
    """Return the encoding of a field along an axis of the second panel. `channel`: "x" or "y"."""
    across = channel == "x"
    span = [expr("right_x"), expr("width")] if across else [expr("right_bottom"), expr("right_top")]
    offset = expr("right_bottom - height") if across else expr("-right_x")
    return {
        "field": field, "type": "quantitative", "title": title, "scale": {**scale, "range": span},
        "axis": {"grid": False, "tickCount": 5, "orient": "bottom" if across else "left", "offset": offset, **axis},
    }  # fmt: skip


def two_panels(left: list[Spec], right: list[Spec], params: list[Spec], *, height: int, dark: bool, alt_text: str) -> Spec:
    """Return the specification of two panels. `left`, `right`: the layers of each, which share its scales."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": alt_text,
        "width": "container",
        "height": height,
        "params": params,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": [{"layer": grown_marks(right)}, {"layer": grown_marks(left)}],
        "resolve": {"scale": {"x": "independent", "y": "independent"}, "axis": {"x": "independent", "y": "independent"}},
        "config": config(dark),
        "padding": {"left": 0, "right": 6, "top": 6, "bottom": 4},
        "usermeta": {"embedOptions": EMBED},
    }


def run_encodings(names: list[str], colors: list[str], dashes: list[Any]) -> Spec:
    """Return the encodings of the field `run` as colours and dashes."""
    return {
        "color": {"field": "run", "type": "nominal", "legend": None, "scale": {"domain": names, "range": colors}},
        "strokeDash": {"field": "run", "type": "nominal", "legend": None, "scale": {"domain": names, "range": dashes}},
    }
