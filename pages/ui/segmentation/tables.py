"""The table of what is measured of each run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.studies.segmentation.lanes import SegmentationResult
from core.studies.segmentation.scores import HALF, LEVELS, MEASURES, dice
from core.words import written
from pages.ui.charts.theme import Look
from pages.ui.widgets.table import Column, marked_best, table

#: measure, title below its group, group, and form
_COLUMNS = (
    ("dice", "at ½", "Dice ↑", ".3f"), ("best_dice", "at its best", "Dice ↑", ".3f"),
    ("iou", "at ½", "IoU ↑", ".3f"), ("best_iou", "at its best", "IoU ↑", ".3f"),
    ("threshold", "best threshold", "", ".2f"), ("ranking", "AP ↑", "", ".3f"),
    ("false", "false pixels ↓", "on an empty image", ".2f"), ("alarms", "any ↓", "on an empty image", ".0%"),
)  # fmt: skip


def measures_table(result: SegmentationResult, looks: Sequence[Look], update: int, thresholds: Sequence[int]) -> str:
    """Return what is measured of each run at an update, as HTML. The best values are marked. Other `thresholds` than a half are a column of their own."""
    at, lost = result.place(update), "diverged in {}"
    columns = [Column("Run", [look.name for look in looks], words=True)]
    if any(threshold != HALF for threshold in thresholds):
        columns.append(_at_thresholds(result, update, thresholds))
    for name, title, group, form in _COLUMNS:
        values = result.metrics[name][at, 0]
        if np.isnan(values).all() and group == "on an empty image":
            continue
        cells = [written(value, form) if np.isfinite(value) else "–" for value in values.tolist()]
        if name == "dice":
            cells = [lost.format(result.tracks[run].diverged_at[0]) if np.isnan(value) else cells[run] for run, value in enumerate(values)]
        columns.append(Column(title, cells, MEASURES[name].doc, group, marked_best(values, cells, MEASURES[name].better)))
    return table(f"What is measured after update {update}", columns)


def _at_thresholds(result: SegmentationResult, update: int, thresholds: Sequence[int]) -> Column:
    """Return the column of Dice at the thresholds that the pictures show."""
    found, foreground = result.counts(update), float(result.data.test.masks.sum())
    values = np.array([dice(found[run, 0, level], found[run, 1, level], foreground) for run, level in enumerate(thresholds)])
    values[np.isnan(result.metrics["dice"][result.place(update), 0])] = np.nan
    cells = [f"{value:.3f}" if np.isfinite(value) else "–" for value in values]
    at = [f"{cell} at {level / LEVELS:.2f}" if cell != "–" else cell for cell, level in zip(cells, thresholds, strict=True)]
    return Column("as shown", at, "Dice on test images at the threshold of the pictures.", "Dice ↑", marked_best(values, cells, better=True))
