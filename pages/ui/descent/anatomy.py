"""The view "Anatomy of an update": one update of one racer as arrows on the map, as a table, as formulas and in a sentence."""

from __future__ import annotations

import math
import re

import numpy as np
import streamlit as st

from core.studies.descent.anatomy import Anatomy, Quantity, anatomy, in_words
from core.studies.descent.race import Course
from core.studies.descent.views import RaceView
from pages.ui.charts.theme import Look, look
from pages.ui.descent import anatomy_charts
from pages.ui.descent.anatomy_charts import Arrow
from pages.ui.session.screen import ViewScreen
from pages.ui.session.state import RACE
from pages.ui.widgets import chips
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import markdown_table
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.text import plain

HEIGHT = 460
_CSS = """<style>
.st-key-anatomy_numbers .katex {font-size: 0.92em;}
.st-key-anatomy_numbers .katex-display {overflow-x: auto; overflow-y: hidden; padding: .2em 0; margin: 0 0 .5em;}
.st-key-anatomy_numbers table {font-size: .88rem; font-variant-numeric: tabular-nums;}
.st-key-anatomy_numbers :is(th, td) {padding: .2rem .5rem;}
</style>"""
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LINE = "display:inline-block;width:1.5em;height:.28em;margin:0 .4em .18em 0;vertical-align:middle;"
_DOC = "Everything that the rule computes in this one update. The numbers come from the optimizer itself, run again up to here."


@st.fragment
def draw(course: Course, screen: ViewScreen[RaceView]) -> None:
    """Draw one update of one racer of the race."""
    st.subheader("Anatomy of an update", help=_DOC)
    race, view = course.race, screen.open()
    looks = [look(slot, label) for slot, label in zip(RACE.slots(), race.labels(), strict=False)]
    if len(looks) != len(race.racers):  # the race on the screen has changed since: the page will be drawn again
        return
    racer = _racer(looks, screen)
    last = max(1, int(course.ends[racer]) - (course.reasons[racer] == "diverged"))
    if last > 1:
        field(screen.at(), "update", most=last)
    update = anatomy(race, racer, min(view.update, last))
    if not np.isfinite(update.after).all():
        st.warning("The first update already overflows: choose a smaller learning rate.", icon=":material/warning:")
        return
    picture, numbers = st.columns([1.15, 1], gap="medium")
    with picture:
        chart, arrows = anatomy_charts.neighbourhood(
            update, course.points[:, racer], course.losses[:, racer], race.surface, looks[racer], dark=dark(), height=HEIGHT
        )
        st.html(_legend(arrows, looks[racer]))
        show(chart, "anatomy_map")
    with numbers, st.container(key="anatomy_numbers"):
        st.html(_CSS)
        st.markdown(" ".join(map(str, in_words(update, race.surface.axes))))
        st.latex(in_lines(update.optimizer.formula))
        st.markdown(_table(update, race.surface.axes))
        st.latex(_in_numbers(update, race.surface.axes))


def _racer(looks: list[Look], screen: ViewScreen[RaceView]) -> int:
    """Draw a chip for each racer, and return the index of the chosen one. Before a choice it is the racer selected above."""
    slots, chosen = RACE.slots(), screen.at("racer")
    if len(slots) == 1:
        return 0
    slot = chosen.get() if chosen.get() in slots else RACE.bench().selected
    chips.pick(slots, looks, slot, chosen.put, "Racer", "anatomy_chips", chosen.key)
    return slots.index(slot)


def _legend(arrows: tuple[Arrow, ...], look: Look) -> str:
    """Return the legend as HTML: colour, symbol, meaning and scale of each arrow."""
    colors = anatomy_charts.arrow_colors(look.color, dark())
    parts = []
    for arrow in arrows:
        scale = "true length" if arrow.kind == anatomy_charts.STEP else f"× {_short(arrow.factor)}"
        line = f"<span style='{_LINE}background:{colors[arrow.kind]}'></span>"
        parts.append(f"<span style='white-space:nowrap'>{line}<b>{arrow.symbol}</b> {arrow.words}, {scale}</span>")
    return f"<div style='display:flex;flex-wrap:wrap;gap:.1em 1.2em;font-size:.85rem'>{''.join(parts)}</div>"


def _short(value: float) -> str:
    """Return a number as text in four significant digits, with a power of ten if it is tiny or huge."""
    if not math.isfinite(value):
        return "–"
    mantissa, _, power = f"{value:.4g}".replace("-", "−").partition("e")
    return f"{mantissa}·10{str(int(power.replace('−', '-'))).translate(_RAISED)}" if power else mantissa


def _number(value: float) -> str:
    """Return a number as LaTeX in four significant digits, with a power of ten if it is tiny or huge."""
    if not math.isfinite(value):
        return r"\text{–}"
    mantissa, _, power = f"{value:.4g}".partition("e")
    return rf"{mantissa} \cdot 10^{{{int(power)}}}" if power else mantissa


def in_lines(formula: str) -> str:
    """Return a LaTeX formula with each statement on its own line. Statements end at a comma or semicolon before a space, outside braces and environments."""
    lines, depth, start = [], 0, 0
    for token in re.finditer(r"\\begin|\\end|(?<!\\)[{}]|[,;]\\(?:quad| )\s*", formula):
        if token[0][0] in ",;":
            if depth == 0:
                lines.append(formula[start : token.start()])
                start = token.end()
        else:
            depth += 1 if token[0] in ("{", "\\begin") else -1
    return r"\begin{gathered} " + r" \\ ".join([*lines, formula[start:]]) + r" \end{gathered}"


def _table(update: Anatomy, axes: tuple[str, str]) -> str:
    """Return the quantities of an update as a Markdown table. A slot of the state is shown as before → after."""
    rows = [[plain(quantity.words), f"${quantity.symbol}$", _part(quantity, 0), _part(quantity, 1)] for quantity in update.quantities()]
    return markdown_table(["quantity", "", *axes], rows, "llrr")


def _part(quantity: Quantity, axis: int) -> str:
    """Return the number of a quantity along one axis; "before → after" if the quantity has a value before the update."""
    after = _short(float(quantity.value[axis]))
    return after if quantity.before is None else f"{_short(float(quantity.before[axis]))} → {after}"


def _in_numbers(update: Anatomy, axes: tuple[str, str]) -> str:
    """Return as LaTeX how the step along each axis is computed, with its numbers."""
    def part(i: int) -> str:
        followed, rate, value = float(update.followed.value[i]), float(update.rates[i]), _number(float(update.moved[i]))
        decay = f"{_number(float(update.decay[i]))} " if update.decay[i] else ""
        return rf"\Delta_{{\text{{{axes[i]}}}}} &= {decay}{_product(rate, followed)} = {value}"

    decay = r"-\eta\lambda\theta " if update.decay.any() else ""
    head = rf"\Delta &= {decay}-\text{{rate}} \cdot {update.followed.symbol}"
    return rf"\begin{{aligned}} {head} \\ {part(0)} \\ {part(1)} \end{{aligned}}"


def _product(rate: float, followed: float) -> str:
    """Return -rate · followed as LaTeX."""
    bracketed = f"({_number(followed)})" if followed < 0 else _number(followed)
    return rf"-{_number(rate)} \cdot {bracketed}" if rate >= 0 else rf"+{_number(-rate)} \cdot {bracketed}"
