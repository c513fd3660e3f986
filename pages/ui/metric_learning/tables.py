"""The table of what is measured of each run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.studies.metric_learning.lanes import EmbeddingResult
from core.studies.metric_learning.scores import MEASURES, named
from pages.ui.charts.theme import Look
from pages.ui.widgets.table import Column, marked, table

_ARROWS = {True: " ↑", False: " ↓", None: ""}
#: not compared: losses of different kinds have different scales
_OWN_SCALE = ("loss", "active", "spread")


def measures_table(result: EmbeddingResult, looks: Sequence[Look], update: int, place: str, measures: Sequence[str] = tuple(MEASURES)) -> str:
    """Return what is measured of each run at an update, as HTML. The best values are marked."""
    at = result.place(update)
    columns = [Column("Run", [look.name for look in looks], words=True)]
    for name in measures:
        measure, key = MEASURES[name], name if name in ("loss", "active") else named(name, place)
        values = result.metrics[key][at, 0]
        if np.isnan(values).all() and name == "active":
            continue
        best = [False] * len(looks)
        if measure.better is not None and name not in _OWN_SCALE and np.isfinite(values).sum() > 1:
            top = np.nanmax(values) if measure.better else np.nanmin(values)
            best = [bool(f"{value:.3f}" == f"{top:.3f}") for value in values]
        cells = [_cell(result, run, name, float(value)) for run, value in enumerate(values)]
        columns.append(Column(f"{measure.title}{_ARROWS[measure.better]}", cells, measure.doc, marks=marked(best)))
    return table(f"What is measured after update {update}", columns)


def _cell(result: EmbeddingResult, run: int, name: str, value: float) -> str:
    """Return a measure as text; of a run that has diverged, when it did."""
    if np.isnan(value):
        diverged = int(result.tracks[run].diverged_at[0])
        return f"diverged in {diverged}" if diverged >= 0 and name == "recall" else "–"
    return f"{value:.0%}" if name in ("recall", "active") else f"{value:.3g}" if name in ("loss", "spread") else f"{value:.2f}"
