"""The view "Learning rate": descent on a quadratic with a constant rate, with momentum, and with schedules. It shows measurements beside theory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.schedules import SCHEDULES
from core.studies.descent import rate_map, takeaways
from core.studies.descent.rate_map import DIVERGES, EXAMPLES, HEAVY_BALL, LARGEST, NOT_YET, best, best_plain
from core.studies.descent.views import RatesView
from core.words import Said, significant
from pages.ui.charts import run_charts
from pages.ui.charts.axes import Axis, notes
from pages.ui.charts.legend import legend_html
from pages.ui.charts.series import resting_runs
from pages.ui.charts.theme import AXIS, Look, look, swatch
from pages.ui.descent import rate_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show
from pages.ui.widgets.table import Column, table

SCREEN = ViewScreen(RatesView)
SCREENS = (SCREEN,)


def HOW_TO_READ() -> str:
    """Return what explains the part on the screen."""
    return HELP[SCREEN.current().part]


SHOWN_STEPS = 100
#: pixels beside the charts
_BESIDE = 400
#: steps of the runs whose numbers of steps stand in a table
LONGEST = 2000
#: the choices that are menus: as segments they would be too wide
_MENUS: dict[str, dict[str, Any]] = {"examples": {"shape": "menu"}, "schedules": {"shape": "menu", "placeholder": "Choose schedules"}}


def draw() -> None:
    """Draw the view."""
    st.html("<style>.st-key-descent_rates_chart_map canvas {cursor: crosshair;}</style>")
    _draw()


@st.fragment
def _draw() -> None:
    """Draw the choice of a part, and that part. It is a fragment: its dials redraw it alone."""
    view = begin(SCREEN)
    {"rate": _rate, "momentum": _momentum, "schedules": _schedules}[view.part](view)


def _dials(widths: Sequence[int], *names: str) -> None:
    """Draw the choice of the part, and the widgets of some fields, of these widths in pixels."""
    field(SCREEN.at(), "part", labelled=False)
    with settings():
        for width, name in zip(widths, names, strict=True):
            with st.container(width=width):
                field(SCREEN.at(), name, **_MENUS.get(name, {}))


def curves_table(frame: pd.DataFrame, looks: Sequence[Look]) -> pd.DataFrame:
    """Return the curves of a chart, with the words that stand at it: the step, and the loss of each curve."""
    return frame.rename(columns={"x": "step"} | {f"r{i}": f"loss: {style.label}" for i, style in enumerate(looks)})


# Rate alone


def _rate(view: RatesView) -> None:
    """Draw the part "Rate alone": the loss at four rates, and the number of steps against the rate."""
    condition, tolerance = view.condition, view.tolerance
    rates = {name: rate(condition) for name, rate in EXAMPLES[view.examples].rates.items()} | {f"yours, {view.own:.2f}": view.own}
    looks = [look(slot, name) for slot, name in enumerate(rates)]
    values = list(rates.values())
    distances = rate_map.distances(HEAVY_BALL, condition, np.array(values), np.zeros(len(values)), LONGEST)
    steps = rate_map.settled(distances, tolerance)
    said = takeaways.rate([style.label for style in looks], steps.tolist())
    takeaway(said)
    with picture():
        _dials((210, 240, 180, 180), "own", "examples", "condition", "tolerance")
        with stage():
            st.html(legend_html(looks))
            _rate_charts(view, values, steps.tolist(), looks, said)
    _rate_table(looks, values, condition, tolerance, distances, steps)


def _rate_charts(view: RatesView, values: list[float], steps: list[int], looks: list[Look], said: Said) -> None:
    """Draw the losses at the rates, and the steps against the rate."""
    condition = view.condition
    with grid(2):
        _rate_losses(view, values, looks)
        chosen = list(zip(values, steps, strict=True))
        chart = rate_charts.steps_chart(rate_map.sweep(condition, view.tolerance), condition, chosen, looks, dark=dark())
        show(chart, "descent_rates_chart_steps", "The steps to the tolerance, for every rate", said)


def _rate_losses(view: RatesView, values: list[float], looks: list[Look]) -> None:
    """Draw the losses at the rates."""
    condition = view.condition
    with st.container(gap="small"):
        losses = rate_map.losses(condition, values, SHOWN_STEPS)
        frame = pd.DataFrame({"x": np.arange(SHOWN_STEPS + 1.0)} | {f"r{i}": losses[:, i] for i in range(len(values))})
        share.shows(lambda: curves_table(frame, looks))
        x, y = Axis("step", domain=(0, SHOWN_STEPS)), Axis("loss, in parts of the first", log=True, floor=1e-12)
        show(run_charts.curves(frame, looks, x, y, dark=dark(), height=300, beside=_BESIDE), "descent_rates_chart_losses", "The loss over the steps")
        _resting_words(frame, looks, y)


def _resting_words(frame: pd.DataFrame, looks: Sequence[Look], y: Axis) -> None:
    """Draw what has to be said of curves that rest on the lower edge of their axis."""
    if said := notes(y, *resting_runs(frame, looks, y)):
        st.caption(" ".join(map(str, said)))


def _rate_table(looks: Sequence[Look], rates: Sequence[float], condition: float, tolerance: float, distances: np.ndarray, steps: np.ndarray) -> None:
    """Draw the table of theory and measurement for each rate.

    `distances` (T + 1, R): distance to the minimum in parts of that at the start. `steps` (R,): as `rate_map.settled` returns it.
    """
    plain = best_plain(condition)
    st.markdown(
        f"L = {LARGEST:g}, μ = {significant(LARGEST / condition)} · converges for **0 < η < 2/L = {significant(2 / LARGEST)}** · best "
        f"**2/(L+μ) = {significant(plain.rate)}**, which shrinks the distance by (κ−1)/(κ+1) = **{significant(plain.factor)}** a step"
    )
    measured, theory = rate_map.measured_factor(distances), rate_map.factor(HEAVY_BALL, condition, np.array(rates))
    columns = [
        Column("Rate", [style.label for style in looks], pictures=list(map(swatch, looks))),
        Column("η", list(map(significant, rates))),
        Column("theory", list(map(significant, theory)), "By what a step multiplies the distance to the minimum.", group="Factor a step"),
        Column("measured", list(map(significant, measured)), "The same over the last steps of the run.", group="Factor a step"),
        Column("theory", [_bound(factor, tolerance) for factor in theory], "At most so many steps to the tolerance.", group="Steps"),
        Column("measured", [_count(each, LONGEST) for each in steps.tolist()], "The steps that the run took.", group="Steps"),
    ]
    st.html(table("Theory and measurement at each rate", columns))


def _bound(factor: float, tolerance: float) -> str:
    """Return the most steps to a tolerance, by theory."""
    if 1e-12 < factor < 1 - 1e-12:
        return f"≤ {max(math.ceil(math.log(tolerance) / math.log(factor) - 1e-9), 1)}"
    return "1" if factor < 0.5 else "–"


def _count(steps: int, most: int) -> str:
    """Return the number of steps in words. `most` is the number of steps of the run."""
    return "diverges" if steps == DIVERGES else f"not within {most}" if steps == NOT_YET else str(steps)


# Rate and momentum


def _momentum(view: RatesView) -> None:
    """Draw the part "Rate and momentum": the map, and a table of the optimum."""
    kind, condition, tolerance = view.rule, view.condition, view.tolerance
    cells = rate_map.rate_map(kind, condition, tolerance)
    share.shows(lambda: cells_table(cells))
    plain = rate_map.distances(kind, condition, np.array([best_plain(condition).rate]), np.zeros(1), LONGEST)
    said = takeaways.momentum(cells, int(rate_map.settled(plain, tolerance)[0]))
    takeaway(said)
    with picture():
        _dials((220, 220, 300), "condition", "tolerance", "rule")
        with stage():
            chart, words = st.columns([2.1, 1], gap="medium")
    with chart:
        show(rate_charts.map_chart(cells, kind, condition, dark=dark()), "descent_rates_chart_map", said=said)
        box = '<span style="display:inline-block;width:1em;height:1em;border-radius:2px;vertical-align:-0.15em;background:{}"></span> {}'
        entries = [
            box.format(rate_charts.UNREACHED[dark()], f"not within {cells.most} steps"), box.format(rate_charts.DIVERGING[dark()], "diverges"),
            "- - border, theory", "◯ best, theory", "✕ fewest steps, measured",
        ]  # fmt: skip
        spans = "".join(f'<span style="white-space:nowrap">{entry}</span>' for entry in entries)
        st.html(f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;font-size:0.9rem">{spans}</div>')
    with words:
        _momentum_words(kind, condition)
    _momentum_table(kind, condition, tolerance, cells)


def cells_table(cells: rate_map.RateMap) -> pd.DataFrame:
    """Return a row for each cell of the map: its rate and momentum, its steps to the tolerance if it gets there, and whether it diverges."""
    rates, momenta = np.meshgrid(cells.rates, cells.momenta)
    steps = cells.steps.ravel()
    reached = pd.array(steps, dtype="Int64")
    reached[steps < 0] = pd.NA
    return pd.DataFrame({"learning rate": rates.ravel(), "momentum": momenta.ravel(), "steps": reached, "diverges": steps == DIVERGES})


def _momentum_words(kind: str, condition: float) -> None:
    """Draw the sentences of theory about the map."""
    root = f"√κ = {significant(math.sqrt(condition), 3)} in place of κ = {significant(condition)}"
    if kind == HEAVY_BALL:
        st.markdown("Converges for **0 < η < 2 (1 + β)/L** and 0 ≤ β < 1: with more momentum a larger rate is stable.")
        st.markdown(
            "**Below the yellow ridge** the shallow direction creeps; **above it**, nearly up to the border, both directions swing, and the distance "
            "shrinks by **√β** a step, whatever the rate: more momentum is slower there."
        )
        st.markdown("**Best**: η = 4/(√L + √μ)², β = ((√κ − 1)/(√κ + 1))².")
    else:
        st.markdown("Converges for **0 < η < 2 (1 + β)/(L (1 + 2β))** and 0 ≤ β < 1: with more momentum only smaller rates are stable, down to 4/(3L).")
        st.markdown(
            "**Looking ahead** damps the steep direction: where a direction λ swings, its distance shrinks by **√(β (1 − ηλ))** a step, faster than the √β "
            "of heavy ball."
        )
        st.markdown("**Best**: η = 4/(3L + μ), β = (√(3κ + 1) − 2)/(√(3κ + 1) + 2).")
    st.markdown(f"The number of steps grows like {root}.")


def _momentum_table(kind: str, condition: float, tolerance: float, cells: rate_map.RateMap) -> None:
    """Draw the table of the optimum of theory, the fastest cell, and the best rate without momentum."""
    optimum, plain, (rate, momentum, _) = best(kind, condition), best_plain(condition), cells.fewest()
    settings = [
        (f"◯ best, theory ({optimum.source})", optimum.rate, optimum.momentum),
        ("✕ fewest steps on the map", rate, momentum),
        ("best without momentum", plain.rate, 0.0),
    ]
    names, rates, momenta = zip(*settings, strict=True)
    steps = rate_map.settled(rate_map.distances(kind, condition, np.array(rates), np.array(momenta), LONGEST), tolerance)
    columns = [
        Column("Setting", names),
        Column("Rate η", [significant(each, 3) for each in rates]),
        Column("Momentum β", [significant(each, 3) for each in momenta]),
        Column("Factor a step, theory", [significant(float(rate_map.factor(kind, condition, *each))) for each in zip(rates, momenta, strict=True)]),
        Column("Steps, measured", [_count(each, LONGEST) for each in steps.tolist()]),
    ]
    st.html(table("The best rate and momentum", columns))


# Schedules


def _schedules(view: RatesView) -> None:
    """Draw the part "Schedules": the rates, the losses under gradient noise, and the last updates around the minimum."""
    kinds, condition, rate, noise, steps = view.schedules, view.condition, view.rate, view.noise, view.steps
    dials = (150, 140, 140, 130, 260), "rate", "noise", "condition", "steps", "schedules"
    if not kinds:
        _dials(*dials)
        st.info("Choose a schedule.", icon=":material/info:")
        share.shows(pd.DataFrame)
        return
    runs = rate_map.scheduled(tuple(SCHEDULES[kind]() for kind in kinds), condition, rate, noise, steps, 0)
    floor = rate_map.noise_floor(condition, rate, noise)
    looks = [look(slot, SCHEDULES[kind].title) for slot, kind in enumerate(kinds)]
    floor_look = Look("floor of the constant rate, theory", AXIS[dark()], (2, 3), "")
    floor_looks = [floor_look] if noise else []
    said = takeaways.schedules(runs, [style.label for style in looks])
    takeaway(said)
    with picture():
        _dials(*dials)
        with stage():
            st.html(legend_html([*looks, *floor_looks]))
            columns, x = st.columns([1, 1.25, 1], gap="medium"), Axis("step", domain=(0, steps))
    with columns[0]:
        frame = pd.DataFrame({"x": np.arange(steps) + 1.0} | {f"r{i}": runs.rates[:, i] for i in range(len(kinds))})
        show(run_charts.curves(frame, looks, x, Axis("learning rate η"), dark=dark(), height=300, beside=_BESIDE), "descent_rates_chart_schedules", "The rate")
    with columns[1]:
        curves = {f"r{i}": runs.losses[:, i] for i in range(len(kinds))}
        curves |= {f"r{len(kinds)}": np.full(steps + 1, floor) for _ in floor_looks}
        frame = pd.DataFrame({"x": np.arange(steps + 1.0)} | curves)
        share.shows(lambda: curves_table(frame, [*looks, *floor_looks]))
        y = Axis("loss, mean of 64 draws", log=True, floor=1e-9)
        chart = run_charts.curves(frame, [*looks, *floor_looks], x, y, dark=dark(), height=300, beside=_BESIDE)
        show(chart, "descent_rates_chart_noisy", "The loss over the steps", said)
        _resting_words(frame, [*looks, *floor_looks], y)
    with columns[2]:
        spread = [3.2 * noise * math.sqrt(rate / (curved * (2 - rate * curved))) for curved in rate_map.curvatures(condition).tolist()] if noise else [0.1, 0.1]
        show(rate_charts.cloud_chart(runs.path, looks, (spread[0], spread[1]), dark=dark()), "descent_rates_chart_cloud", "Where the last updates lie")
    _schedule_words(runs, floor, looks)


def _schedule_words(scheduled: rate_map.Scheduled, floor: float, looks: Sequence[Look]) -> None:
    """Draw the table of the mean loss at the end of each schedule. `floor` is the loss of `rate_map.noise_floor`; 0 without noise."""
    tenth = max(1, len(scheduled.losses) // 10)
    last = scheduled.losses[-tenth:].mean(axis=0)
    columns = [
        Column("Schedule", [style.label for style in looks], pictures=list(map(swatch, looks))),
        Column("Mean loss over the last tenth", [significant(each, 3) for each in last]),
        Column("in parts of the constant rate's floor", [significant(each / floor, 3) if floor else "–" for each in last]),
    ]
    st.html(table("The end of each schedule", columns))
    st.caption("A constant rate forgets the start fast, then hovers where its steps undo each other; a falling one lets the noise average out.")


HELP = {
    "rate": """
- **The bowl** is a quadratic with the curvatures L = 1 and μ = 1/κ. A step multiplies the distance along a curvature λ by 1 − ηλ, so the slower of
  |1 − ηL| and |1 − ημ| decides: that is the factor a step.
- **Left**: the loss of four rates. A triangle: the curve leaves the chart, or rests on its lower edge.
- **Right**: steps to the tolerance for 220 rates, each one run; discs are the rates on the left. Red: beyond 2/L every step is larger than the last.
- **Theory**: at most log(tolerance)/log(factor) steps (Polyak 1964; Boyd and Vandenberghe, section 9.3).
""",
    "momentum": """
- **A cell** is a run with that rate and momentum: yellow is fast, purple slow. The pointer reads it.
- **Dashed**: the border of stability, from theory; whether a cell diverges is measured.
- **◯** is best in the long run. **✕** needs the fewest steps to this tolerance: at ◯ two modes fall together, and the distance shrinks like
  t times the factor to the power t, which costs a few steps more.
- **factor**: by what the distance shrinks a step in the long run. **steps**: measured.
- Velocity in PyTorch's form, v ← βv + g and θ ← θ − ηv; Polyak's is the same with his β and rate.
""",
    "schedules": """
- **Left**: the rate, which a schedule changes. **Middle**: the mean loss over 64 draws of the noise.
- **Right**: where one draw's last half of updates lies about the minimum **+**, along the valley (curvature μ) and across it (L).
- **Floor**: a constant rate ends at the mean loss Σ ησ²/(2(2 − ηλ)) over both curvatures λ, about in proportion to η.
- A rate that falls too early stops short of the minimum; one that falls late has little time to average. Compare at another number of steps.
""",
}
