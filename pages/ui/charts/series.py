"""The data of charts of runs, made from measurements: gaps, ranges of axes, thinned rows, marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pages.ui.charts.axes import Axis, Values
from pages.ui.charts.theme import Look

#: a curve of more than `ROWS_SENT` points is thinned to `ROWS_KEPT`
ROWS_SENT = 500
ROWS_KEPT = 300
#: the least distance of a value from the edge that others rest on, in decades
_OFF_EDGE = 0.1
#: kinds of marks: where a run diverged, where its curve leaves the chart upwards, its last value, its first value, where its curve leaves the chart
#: downwards or ends on the lower edge, where the mean of those seeds ends that went on alone
DIVERGED, LEAVES, HEAD, START, BELOW, SOME = range(6)


def run_domain(looks: Sequence[Look]) -> list[str]:
    """Return the names that stand for the runs in every frame: r0, r1, ..."""
    return [f"r{i}" for i in range(len(looks))]


def run_column(slots: NDArray[Any], looks: Sequence[Look]) -> pd.Categorical[str]:
    """Return the column `run` for the positions (n,) of runs in `looks`."""
    return pd.Categorical.from_codes(slots.astype(int).tolist(), categories=pd.Index(run_domain(looks)))


def numbers(column: pd.Series | None, rows: int) -> Values:
    """Return a column as floats, with NaN for values that are not finite. Without a column all `rows` are NaN."""
    if column is None:
        return np.full(rows, np.nan)
    values = column.to_numpy(np.float64, na_value=np.nan).copy()
    values[~np.isfinite(values)] = np.nan
    return values


def limits(series: Sequence[Values], diverged: Sequence[bool], axis: Axis) -> tuple[float, float]:
    """Return the range (low, high) of an axis at which diverging runs do not flatten the others.

    The core range holds the start of every run, and the middle 90 % of the values of each run that did not diverge.
    It is extended to the extremes of these runs, but at most by twice its length on either side.
    On a linear axis, a run whose middle 90 % exceeds 20 times the largest start counts as diverged.
    If all runs diverged, the range is that of the starts, with room below and above. On a logarithmic axis lengths are in decades.
    Values that rest on the lower edge do not count, but make the range begin at its edge.
    """
    log, places = axis.log, [axis.place(values) for values in series]
    scaled = [values[np.isfinite(values)] for values in places]
    starts, rests = [float(values[0]) for values in scaled if values.size], any(axis.resting(values).any() for values in series)
    if not starts:
        return (axis.edge(-1), 1.0) if rests else (-np.inf, np.inf)
    largest_start = max(1.0, *(abs(start) for start in starts))
    calm = [values for values, has_diverged in zip(scaled, diverged, strict=True) if values.size and not has_diverged]
    middles = np.array([np.quantile(values, (0.05, 0.95)) for values in calm]).reshape(-1, 2)
    usable = np.full(len(calm), True) if log else np.abs(middles).max(axis=1, initial=0) <= 20 * largest_start
    low, high = min(starts), max(starts)
    if usable.any():
        low, high = min(low, float(middles[usable, 0].min())), max(high, float(middles[usable, 1].max()))
        reach = 2 * (high - low)
        bottom = min(low, max(low - reach, min(float(values.min()) for values, is_usable in zip(calm, usable, strict=True) if is_usable)))
        top = max(high, min(high + reach, max(float(values.max()) for values, is_usable in zip(calm, usable, strict=True) if is_usable)))
        room = max(0.1 * (top - bottom), 0.1 if log else 1e-3 * max(abs(bottom), abs(top)))
        bottom, top = bottom - room, top + room
    else:
        span = max(high - low, 4.0 if log else max(abs(low), abs(high)))
        room, bottom, top = 0.1 * span, low - 1.1 * span, high + 0.5 * span
    return axis.edge(bottom + room - _OFF_EDGE) if rests else axis.value(bottom), axis.value(top)


def drawn(values: Values, low: float, high: float, axis: Axis) -> Values:
    """Return the values as they are drawn: on the lower edge if they rest there, NaN if they are outside the range."""
    return np.where(axis.resting(values), low, np.where((values < low) | (values > high), np.nan, values))


def of_all(values: Values, seeds: Values) -> tuple[Values, Values]:
    """Return the means of all seeds, and those of the seeds that went on after the first had left, each with NaN elsewhere.

    The second curve begins where the first one ends. `seeds`: how many seeds each mean is of; all of them at the start.
    """
    whole = seeds >= seeds.max(initial=0)
    if not np.isfinite(values[~whole]).any():
        return np.where(whole, values, np.nan), np.full(len(values), np.nan)
    return np.where(whole, values, np.nan), np.where(~whole | np.append(~whole[1:], False), values, np.nan)


def last_values(values: Values, seeds: Values, rests: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where a curve has its last value of all seeds, and of the seeds that went on, as pairs (row, kind of mark). `rests`: on the lower edge."""
    ends = [(np.flatnonzero(np.isfinite(part)), kind) for part, kind in zip(of_all(values, seeds), (HEAD, SOME), strict=True)]
    return [(int(rows[-1]), BELOW if rests[rows[-1]] else kind) for rows, kind in ends if rows.size]


def series_of(frame: pd.DataFrame, looks: Sequence[Look], *columns: str) -> list[Values]:
    """Return the values of each run, one after the other: of the `columns` of a long frame, or of the means of a wide one."""
    if "run" in frame:
        there = [column for column in columns if column in frame]
        parts = [frame.loc[frame["run"] == name, there] for name in run_domain(looks)]
    else:
        parts = [frame[[column for column in (name, f"{name}_train") if column in frame]] for name in run_domain(looks)]
    return [part.to_numpy(np.float64, na_value=np.nan).T.ravel() for part in parts]


def resting_runs(frame: pd.DataFrame, looks: Sequence[Look], axis: Axis, *columns: str) -> tuple[list[str], list[str]]:
    """Return the letters (or labels) of the runs with values that rest on the lower edge of a logarithmic axis, and of those with values below 0.

    `frame`, `columns`: as for `series_of`.
    """
    resting, below = [], []
    for values, look in zip(series_of(frame, looks, *columns), looks, strict=True):
        if axis.log and (values < 0).any():
            below.append(look.mark or look.label)
        elif axis.resting(values).any():
            resting.append(look.mark or look.label)
    return resting, below


def thinned(rows: int) -> NDArray[np.intp]:
    """Return the indices of the rows to send: all if there are at most 500, else 300 evenly spaced ones with the first and the last."""
    if rows <= ROWS_SENT:
        return np.arange(rows)
    return np.unique(np.linspace(0, rows - 1, ROWS_KEPT).round().astype(np.intp))


def marks_of(
    run: int, x: Values, values: Values, end: pd.Series | None, low: float, high: float, axis: Axis, seeds: Values
) -> list[tuple[int, int, float, float]]:
    """Return the marks of a curve as rows (run, kind, x, y): where it first leaves the chart, and where it diverged or has its last value.

    The last value is that of all seeds; if some went on alone, their last mean has a mark of its own. `seeds`: how many each value is the mean of.
    """
    finite = np.flatnonzero(np.isfinite(values))
    shown = drawn(values, low, high, axis)
    outside = finite[np.isnan(shown[finite])]
    marks = [(run, LEAVES, float(x[i]), high) if values[i] > high else (run, BELOW, float(x[i]), low) for i in outside[:1]]
    if end is not None and end.notna().any():
        row = int(end.notna().to_numpy().argmax())
        y = float(end.iloc[row])
        marks.append((run, DIVERGED, float(x[row]), float(np.clip(y, low, high)) if np.isfinite(y) else high))
        return marks
    ends = last_values(values, seeds, axis.resting(values))
    return [*marks, *((run, kind, float(x[row]), float(shown[row])) for row, kind in ends if row not in outside)]


def marks_frame(marks: Sequence[tuple[int, int, float, float]], looks: Sequence[Look]) -> pd.DataFrame:
    """Return the marks as a frame with the columns run, kind, x, y."""
    columns = [np.array([row[i] for row in marks]) for i in range(4)] if marks else [np.array([])] * 4
    runs = run_column(columns[0], looks)
    return pd.DataFrame({"run": runs, "kind": columns[1].astype(np.int8), "x": columns[2].astype(np.float32), "y": columns[3].astype(np.float32)})


def long_data(frame: pd.DataFrame, looks: Sequence[Look], across: tuple[str, Axis], up: tuple[str, Axis], *, fixed_x: bool) -> dict[str, pd.DataFrame]:
    """Return the datasets `rows` (the frame with gaps, thinned) and `marks` (starts and ends) of a long frame.

    `across`, `up`: the names of its columns, and their axes. `fixed_x`: the x axis shows all values, and starts are not marked.
    Where the frame says in `seeds` that values are means of fewer seeds than at the start, they are in the column `some` in place of their own.
    """
    names = run_domain(looks)
    runs = pd.Categorical(frame["run"], categories=names).codes
    parts = [np.flatnonzero(runs == i) for i in range(len(names))]
    diverged_rows = frame["end"].notna().to_numpy() if "end" in frame else np.zeros(len(frame), bool)
    diverged = [bool(diverged_rows[rows].any()) for rows in parts]
    (x, x_axis), (y, y_axis) = across, up
    given = {name: numbers(frame[name], len(frame)) for name in (x, y)}
    x_low, x_high = (-np.inf, np.inf) if fixed_x else limits([given[x][rows] for rows in parts], diverged, x_axis)
    low, high = limits([given[y][rows] for rows in parts], diverged, y_axis)
    fields = {x: drawn(given[x], x_low, x_high, x_axis), y: drawn(given[y], low, high, y_axis)}
    inside = np.isfinite(fields[x]) & np.isfinite(fields[y])
    fields = {name: np.where(inside, values, np.nan) for name, values in fields.items()}
    seeds = numbers(frame["seeds"], len(frame)) if "seeds" in frame else np.ones(len(frame))
    kept, marks = [rows[thinned(len(rows))] for rows in parts], []
    whole, some = np.full((2, len(frame)), np.nan)
    for i, rows in enumerate(parts):
        whole[kept[i]], some[kept[i]] = of_all(fields[y][kept[i]], seeds[kept[i]])
        shown = rows[inside[rows]]
        if shown.size:
            ends = [(0, START)] if not fixed_x else []
            ends += [(len(shown) - 1, DIVERGED)] if diverged[i] else last_values(fields[y][shown], seeds[shown], y_axis.resting(given[y][shown]))
            marks += [(i, kind, float(fields[x][shown[row]]), float(fields[y][shown[row]])) for row, kind in ends]
    sent = np.concatenate(kept)
    columns: dict[str, Any] = {"run": run_column(runs[sent], looks), "epoch": frame["epoch"].to_numpy()[sent].astype(np.int32)}
    columns |= {x: fields[x][sent].astype(np.float32), y: whole[sent].astype(np.float32)}
    if "train" in frame:
        train = drawn(numbers(frame["train"], len(frame)), low, high, y_axis)
        columns["train"] = np.where(np.isfinite(whole), train, np.nan)[sent].astype(np.float32)
    if "raw" in frame:
        raw = drawn(numbers(frame["raw"], len(frame)), low, high, y_axis)
        columns["raw"] = np.where(np.isfinite(fields[x]), raw, np.nan)[sent].astype(np.float32)
    if np.isfinite(some).any():
        columns |= {"some": some[sent].astype(np.float32), "seeds": seeds[sent].astype(np.int16)}
    for name, axis, edge in ((f"{x}_edge", x_axis, x_low), ("edge", y_axis, low)):
        if axis.grounded:
            columns[name] = np.full(len(sent), edge, np.float32)
    return {"rows": pd.DataFrame(columns), "marks": marks_frame(marks, looks)}
