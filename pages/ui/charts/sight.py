"""What the charts of the workbench have besides: a run that stands out, runs that are left out, values read above the plot, and a zoom by drag.

Which run stands out is data (the dataset `shown`), so a click on it changes no specification. The zoom lives in the browser, as a player's step does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Spec, reading
from pages.ui.charts.series import run_column, run_domain
from pages.ui.charts.theme import INK, LARGE, Look, grown

#: the opacity of the runs behind the one in front, and how much wider its lines are
BEHIND, IN_FRONT = 0.22, 1.4
#: a line of the readout, and the swatch of an entry, in pixels
_LINE, _SWATCH = 20, 30
_SCALE = f"(windowSize()[0] < {LARGE} ? 1 : 1.35)"
#: where an entry stands: as many in a row as fit
_COLUMNS = "max(1, min(datum.count, floor(width / (CELL * SCALE))))".replace("SCALE", _SCALE)
_LEFT = "(datum.place % COLUMNS) * width / COLUMNS"
_UP = f"-{_SCALE} * (12 + {_LINE} * (ceil(datum.count / COLUMNS) - 1 - floor(datum.place / COLUMNS)))"
_TOP = f"-{_SCALE} * (14 + {_LINE} * ceil(datum.count / COLUMNS))"


@dataclass(frozen=True)
class Sight:
    """Which runs charts show, by their places: `front` stands out (None: all are alike), `hidden` are left out."""

    front: int | None = None
    hidden: tuple[int, ...] = ()

    def weights(self, count: int) -> np.ndarray:
        """Return the share of its opacity (count,) that each run keeps."""
        return np.where((self.front is None) | (np.arange(count) == self.front), 1.0, BEHIND)


@dataclass(frozen=True)
class Readout:
    """What is read above a plot: a heading, which goes on with the epoch that is read, and a line for each run with its value, or values.

    `key`: the field of the data that a hover chooses. `at`: what it counts, in words. `cell`: the least width of an entry in pixels.
    `labelled`: whether an entry ends with the label of its run.
    """

    heading: str
    key: str
    at: str = "epoch"
    cell: int = 110
    labelled: bool = False


def dataset(looks: Sequence[Look], sight: Sight) -> pd.DataFrame:
    """Return the dataset `shown`: of each run that is shown its weight, the stretch of its lines, its place in the readout, and their count."""
    runs = np.array([i for i in range(len(looks)) if i not in sight.hidden], int)
    stretch = np.where(runs == (-1 if sight.front is None else sight.front), IN_FRONT, 1.0)
    columns: dict[str, Any] = {"run": run_column(runs, looks), "weight": sight.weights(len(looks))[runs].astype(np.float32)}
    return pd.DataFrame(columns | {"stretch": stretch.astype(np.float32), "place": np.arange(len(runs), dtype=np.int16), "count": np.int16(len(runs))})


def without(frame: pd.DataFrame, looks: Sequence[Look], sight: Sight) -> pd.DataFrame:
    """Return a frame of `run_charts`, wide or long, without the values of the hidden runs."""
    names = run_domain(looks)
    hidden = [names[i] for i in sight.hidden if i < len(names)]
    if not hidden:
        return frame
    if "run" in frame:
        return frame[~frame["run"].isin(hidden)].reset_index(drop=True)
    left = frame.copy()
    of_hidden = [column for column in frame.columns if column.split("_")[0] in hidden and not column.endswith("_seeds")]
    left[of_hidden] = np.nan
    return left


def looked_up(chart: alt.Chart) -> alt.Chart:
    """Return a chart of rows with a field `run` that also have the fields of `dataset`."""
    of_run = alt.LookupData(data=alt.NamedData("shown"), key="run", fields=["weight", "stretch", "place", "count"])
    return chart.transform_lookup("run", from_=of_run)


#: the encodings of the width and the opacity of lines whose rows have the fields of `prominence`
PROMINENT: dict[str, Any] = {
    "strokeWidth": alt.StrokeWidth("stroke:Q", scale=None, legend=None), "opacity": alt.Opacity("seen:Q", scale=None, legend=None),
}  # fmt: skip


def prominence(width: float, opacity: float) -> dict[str, str]:
    """Return the fields, as expressions, by which lines of `looked_up` rows have this width and opacity, or those of a run in front or behind."""
    return {"stroke": f"{width} * datum.stretch", "seen": f"{opacity} * datum.weight"}


def read(base: alt.Chart, readout: Readout) -> alt.Chart:
    """Return the chart of those rows that the pointer reads: those with its epoch, and without a pointer the last ones, which the field `last` marks."""
    key = readout.key
    return base.transform_filter(f"isDefined(hover.{key}) ? datum.{key} === hover.{key}[0] : datum.last")


def reading_of(y: Axis, *, trained: bool, field: str = "value") -> str:
    """Return the expression of what is read of a run: its value, or that of fewer seeds with their number, and its training value."""
    seeds = " + ' (' + datum.seeds + (datum.seeds == 1 ? ' seed)' : ' seeds)')"
    text = f"(isValid(datum.{field}) ? {reading(field, y)} : isValid(datum.some) ? {reading('some', y)}{seeds} : '–')"
    if not trained:
        return text
    train = f"(isValid(datum.train) ? {reading('train', y)} : isValid(datum.train_some) ? {reading('train_some', y)} : '–')"
    return f"{text} + ' / ' + {train}"


def layers(readout: Readout, rows: alt.Chart, text: str, color: Any, dash: Any, *, dark: bool) -> list[alt.Chart]:
    """Return the layers of a readout: its heading, the swatches of the runs, and their values.

    `rows`: a row for each run, of what is read, with the fields of `dataset`. `text`: an expression for what is read of one.
    """
    columns = _COLUMNS.replace("CELL", str(readout.cell))
    left, up, top = (alt.ExprRef(expr=expression.replace("COLUMNS", columns)) for expression in (_LEFT, _UP, _TOP))
    limit = alt.ExprRef(expr=f"max(1, width / {columns} - {_SWATCH + 12})")
    shown = alt.Chart(alt.NamedData("shown"))
    swatch = shown.mark_point(shape="stroke", size=_SWATCH**2, strokeWidth=3.5, opacity=1, x=_moved(left, _SWATCH / 2), y=up)
    label = " + '  ' + slice(labels[of], length(marks[of]) + 1)" if readout.labelled else ""
    said = rows.transform_filter("isValid(datum.place)").transform_calculate(of="toNumber(slice(datum.run, 1))").transform_calculate(
        said=f"marks[datum.of] + '  ' + {text}{label.replace('[of]', '[datum.of]')}"
    )
    words: dict[str, Any] = {"align": "left", "baseline": "middle", "color": INK[dark]}
    values = said.mark_text(x=_moved(left, _SWATCH + 6), y=up, limit=limit, fontSize=alt.ExprRef(**grown(13)), **words)
    head = rows.transform_filter("datum.place === 0").transform_calculate(said=f"heading + ' {readout.at} ' + format(datum.{readout.key}, ',~r') + rest")
    heading = head.mark_text(x=0, y=top, limit=alt.ExprRef(expr="width"), fontSize=alt.ExprRef(**grown(15)), fontWeight=600, **words)
    return [
        heading.encode(text="said:N"),
        swatch.encode(color=color, strokeDash=dash, opacity=alt.Opacity("weight:Q", scale=None, legend=None)),
        values.encode(text="said:N"),
    ]


def _moved(place: alt.ExprRef, by: float) -> alt.ExprRef:
    return alt.ExprRef(expr=f"{place.expr} + {by:g}")


def watched(spec: Spec, looks: Sequence[Look], readout: Readout, rest: str = "") -> Spec:
    """Return a specification with what the readout and the zoom read: `rest` ends the heading, after the epoch."""
    drawn = " && ".join(f"brush.{axis} && abs(scale('{axis}', brush.{axis}[1]) - scale('{axis}', brush.{axis}[0])) > 6" for axis in "xy")
    held = {"name": "held", "value": None, "on": [
        {"events": "pointerdown", "update": "null"},
        {"events": {"signal": "brush"}, "update": f"{drawn} ? [extent(brush.x), extent(brush.y)] : held"},
    ]}  # fmt: skip
    zooms = [
        {"name": f"zoom_{axis}", "value": None, "on": [
            {"events": "window:pointerup", "update": f"held ? held[{i}] : zoom_{axis}"}, {"events": "dblclick", "update": "null"},
        ]}
        for i, axis in enumerate("xy")
    ]  # fmt: skip
    named = {"heading": f"{readout.heading} at", "rest": rest, "marks": [look.mark for look in looks]}
    return {**spec, "params": [*({"name": name, "value": value} for name, value in named.items()), held, *zooms, *spec["params"]]}


def brush() -> alt.Parameter:
    """Return the rectangle that a drag of the mouse draws; a finger scrolls the page."""
    start = "[pointerdown[event.pointerType === 'mouse'], window:pointerup] > window:pointermove!"
    return alt.selection_interval(name="brush", on=start, clear="window:pointerup", zoom=False, translate=False)
