"""The data of charts of runs, made from measurements: gaps, ranges of axes, thinned rows, marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pages.ui.charts.theme import Look

Values = NDArray[np.float64]

#: a curve of more than `ROWS_SENT` points is thinned to `ROWS_KEPT`
ROWS_SENT = 500
ROWS_KEPT = 300
#: kinds of marks: where a run diverged, where its curve leaves the chart, its last value, its first value
DIVERGED, LEAVES, HEAD, START = 0, 1, 2, 3


def run_domain(looks: Sequence[Look]) -> list[str]:
    """Return the names that stand for the runs in every frame: r0, r1, ..."""
    return [f"r{i}" for i in range(len(looks))]


def run_column(slots: NDArray[Any], looks: Sequence[Look]) -> pd.Categorical[str]:
    """Return the column `run` for the positions (n,) of runs in `looks`."""
    return pd.Categorical.from_codes(slots.astype(int).tolist(), categories=pd.Index(run_domain(looks)))


def numbers(column: pd.Series | None, rows: int, *, log: bool = False) -> Values:
    """Return a column as floats, with NaN for values that are not finite, or not positive if `log`. Without a column all `rows` are NaN."""
    if column is None:
        return np.full(rows, np.nan)
    values = column.to_numpy(np.float64, na_value=np.nan).copy()
    values[~np.isfinite(values) | ((values <= 0) if log else False)] = np.nan
    return values


def limits(series: Sequence[Values], diverged: Sequence[bool], *, log: bool = False) -> tuple[float, float]:
    """Return the range (low, high) of an axis at which diverging runs do not flatten the others.

    The core range holds the start of every run, and the middle 90 % of the values of each run that did not diverge.
    It is extended to the extremes of these runs, but at most by twice its length on either side.
    On a linear axis, a run whose middle 90 % exceeds 20 times the largest start counts as diverged.
    If all runs diverged, the range is that of the starts, with room below and above. On a logarithmic axis lengths are in decades.
    """
    scaled = [np.log10(values[np.isfinite(values)]) if log else values[np.isfinite(values)] for values in series]
    starts = [float(values[0]) for values in scaled if values.size]
    if not starts:
        return -np.inf, np.inf
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
        bottom, top = low - 1.1 * span, high + 0.5 * span
    return (10.0**bottom, 10.0**top) if log else (bottom, top)


def thinned(rows: int) -> NDArray[np.intp]:
    """Return the indices of the rows to send: all if there are at most 500, else 300 evenly spaced ones with the first and the last."""
    if rows <= ROWS_SENT:
        return np.arange(rows)
    return np.unique(np.linspace(0, rows - 1, ROWS_KEPT).round().astype(np.intp))


def marks_of(run: int, x: Values, values: Values, end: pd.Series | None, low: float, high: float) -> list[tuple[int, int, float, float]]:
    """Return the marks of a curve as rows (run, kind, x, y): where it first leaves the chart, and where it diverged or has its last value."""
    finite = np.flatnonzero(np.isfinite(values))
    outside = finite[(values[finite] > high) | (values[finite] < low)]
    marks = [(run, LEAVES, float(x[i]), high if values[i] > high else low) for i in outside[:1]]
    if end is not None and end.notna().any():
        row = int(end.notna().to_numpy().argmax())
        y = float(end.iloc[row])
        marks.append((run, DIVERGED, float(x[row]), float(np.clip(y, low, high)) if np.isfinite(y) else high))
    elif finite.size and finite[-1] not in outside:
        marks.append((run, HEAD, float(x[finite[-1]]), float(values[finite[-1]])))
    return marks


def marks_frame(marks: Sequence[tuple[int, int, float, float]], looks: Sequence[Look]) -> pd.DataFrame:
    """Return the marks as a frame with the columns run, kind, x, y."""
    columns = [np.array([row[i] for row in marks]) for i in range(4)] if marks else [np.array([])] * 4
    runs = run_column(columns[0], looks)
    return pd.DataFrame({"run": runs, "kind": columns[1].astype(np.int8), "x": columns[2].astype(np.float32), "y": columns[3].astype(np.float32)})


def long_data(frame: pd.DataFrame, looks: Sequence[Look], x: str, y: str, *, log_x: bool, log_y: bool, fixed_x: bool) -> dict[str, pd.DataFrame]:
    """Return the datasets `rows` (the frame with gaps, thinned) and `marks` (starts and ends) of a long frame.

    `x`, `y`: the names of its columns. `fixed_x`: the x axis shows all values, and starts are not marked.
    """
    names = run_domain(looks)
    runs = pd.Categorical(frame["run"], categories=names).codes
    parts = [np.flatnonzero(runs == i) for i in range(len(names))]
    diverged_rows = frame["end"].notna().to_numpy() if "end" in frame else np.zeros(len(frame), bool)
    diverged = [bool(diverged_rows[rows].any()) for rows in parts]
    fields = {x: numbers(frame[x], len(frame), log=log_x), y: numbers(frame[y], len(frame), log=log_y)}
    x_low, x_high = (-np.inf, np.inf) if fixed_x else limits([fields[x][rows] for rows in parts], diverged, log=log_x)
    low, high = limits([fields[y][rows] for rows in parts], diverged, log=log_y)
    inside = (fields[x] >= x_low) & (fields[x] <= x_high) & (fields[y] >= low) & (fields[y] <= high)
    if "train" in frame:
        train = numbers(frame["train"], len(frame), log=log_y)
        fields["train"] = np.where((train < low) | (train > high), np.nan, train)
    fields |= {name: np.where(inside, fields[name], np.nan) for name in (x, y)}
    marks = []
    for i, rows in enumerate(parts):
        shown_rows = rows[inside[rows]]
        if shown_rows.size and not fixed_x:
            marks.append((i, START, float(fields[x][shown_rows[0]]), float(fields[y][shown_rows[0]])))
        if shown_rows.size:
            marks.append((i, DIVERGED if diverged[i] else HEAD, float(fields[x][shown_rows[-1]]), float(fields[y][shown_rows[-1]])))
    kept = np.concatenate([rows[thinned(len(rows))] for rows in parts])
    columns: dict[str, Any] = {"run": run_column(runs[kept], looks), "epoch": frame["epoch"].to_numpy()[kept].astype(np.int32)}
    columns |= {name: values[kept].astype(np.float32) for name, values in fields.items()}
    return {"rows": pd.DataFrame(columns), "marks": marks_frame(marks, looks)}
