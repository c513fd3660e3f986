"""A measure of each layer, a line a run; and a measure of the runs over the updates. Both keep their axes while the slider of updates moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.studies.deep_networks.lanes import NetworksResult
from core.studies.deep_networks.measures import LAYERS, MEASURES
from pages.ui.charts.axes import Axis
from pages.ui.charts.base import Chart
from pages.ui.charts.log_curves import curves, over_updates
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look

Array = NDArray[Any]
#: shares have the whole axis
_SHARES = {"flat", "accuracy", "train_accuracy"}
#: pixels
_HEIGHT = 240


def layers(result: NetworksResult, name: str, update: int, looks: Sequence[Look], *, beside: int, dark: bool) -> Chart:
    """Return a measure of each layer after an update, from the first hidden layer on. The gradient has one layer more, that of the scores.

    `beside`: see `charts.base.finish`.
    """
    of_runs = [result.layers(run, name, update) for run in range(len(looks))]
    frame = pd.DataFrame({"x": np.arange(1, max(map(len, of_runs)) + 1)})
    for column, values in zip(run_domain(looks), of_runs, strict=True):
        frame[column] = np.concatenate([values, np.full(len(frame) - len(values), np.nan)])
    y = _axis(name, LAYERS[name])
    everything = np.concatenate([_finite(track.kept[name][:, 0]) for track in result.tracks])
    return curves(frame, looks, Axis("layer"), y, others=[] if y.domain else [everything], height=_HEIGHT, dark=dark, beside=beside, rows=2)


def _finite(values: Array) -> Array:
    """Return the values that have a place on a logarithmic axis."""
    return values[np.isfinite(values) & (values > 0)]


def of_runs(result: NetworksResult, name: str, at: tuple[int, int], looks: Sequence[Look], *, beside: int, dark: bool) -> Chart:
    """Return a measure of the runs over the updates. `at`: the update that is marked, and the last one that is drawn. `beside`: see `charts.base.finish`."""
    y, (now, until) = _axis(name, MEASURES[name]), at
    shown = {"last": result.document.updates, "at": now, "until": until, "height": _HEIGHT, "beside": beside, "rows": 2}
    return over_updates(result.updates, result.metrics[name][:, 0], looks, y, **shown, dark=dark)


def _axis(name: str, measure: Any) -> Axis:
    """Return the axis of a measure of layers or of runs."""
    return Axis(measure.title.lower(), log=measure.log, domain=(0.0, 1.05) if name in _SHARES else None)
