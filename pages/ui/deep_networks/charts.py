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
from pages.ui.charts.log_curves import curves
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
    measure = LAYERS[name]
    y = Axis(measure.title.lower(), log=measure.log, domain=(0.0, 1.05) if name in _SHARES else None)
    everything = np.concatenate([_finite(track.kept[name][:, 0]) for track in result.tracks])
    ends = [] if y.domain or not everything.size else [float(everything.min()), float(everything.max())]
    return curves(frame, looks, Axis("layer"), y, others=ends, height=_HEIGHT, dark=dark, beside=beside, rows=2)


def _finite(values: Array) -> Array:
    """Return the values that have a place on a logarithmic axis."""
    return values[np.isfinite(values) & (values > 0)]


def over_updates(result: NetworksResult, name: str, at: tuple[int, int], looks: Sequence[Look], *, beside: int, dark: bool) -> Chart:
    """Return a measure of the runs over the updates, with a ring around the last point of a run that has diverged.

    `at`: the update that is marked, and the last one that is drawn. `beside`: see `charts.base.finish`.
    """
    measure, everything = MEASURES[name], result.metrics[name][:, 0]
    values = np.where(result.updates[:, None] <= at[1], everything, np.nan)
    frame = pd.DataFrame({"x": result.updates, **dict(zip(run_domain(looks), values.T, strict=True))})
    y = Axis(measure.title.lower(), log=measure.log, domain=(0.0, 1.05) if name in _SHARES else None)
    x = Axis("update", domain=(0.0, float(result.document.updates)))
    finite = everything[np.isfinite(everything)] if not measure.log else _finite(everything)
    ends = [] if y.domain or not finite.size else [float(finite.min()), float(finite.max())]
    rings = [_end(result.updates, values[:, run], run) for run, track in enumerate(result.tracks) if 0 <= track.diverged_at[0] <= at[1]]
    return curves(frame, looks, x, y, rings=[ring for ring in rings if ring], now=float(at[0]), others=ends, height=_HEIGHT, dark=dark, beside=beside, rows=2)


def _end(updates: Array, values: Array, run: int) -> tuple[int, float, float] | None:
    """Return run, update and value of the last finite value; None if there is none."""
    finite = np.flatnonzero(np.isfinite(values))
    return (run, float(updates[finite[-1]]), float(values[finite[-1]])) if finite.size else None
