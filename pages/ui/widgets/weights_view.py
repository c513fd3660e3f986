"""Weights of a layer as histograms, a panel for each run: what the workbench and the Regularization page draw at one epoch."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from core.inspection import weights
from core.training.results import Result
from pages.ui.charts import weight_charts
from pages.ui.charts.theme import Look
from pages.ui.session.screen import Binding
from pages.ui.widgets.controls import offered
from pages.ui.widgets.show import dark, show

EXPLAINED = "Bars: the weights of the layer at this epoch, without biases. Line: before the first update. The outermost bars hold all that lies beyond."


def layer_option(result: Result, binding: Binding) -> int:
    """Draw the choice of a layer where there are several, and return its number, the first being 0. A number beyond the last layer counts as the last."""
    layers = range(weights.n_layers(result))
    layer: int = offered(binding, layers, "Layer", otherwise=layers[-1], titles=lambda number: f"{number + 1}", shape="segments")
    return layer


def drawer(result: Result, epoch: int, layer: int, key: str) -> Callable[[int, Look], None]:
    """Return what draws the panel of a run; panels share their bins over all epochs, and their height."""
    bins = weights.edges(result, layer)
    now, first = (weights.histogram(result, at, layer, bins) for at in (epoch, min(result.snapshots)))
    y_max = 1.05 * float((np.maximum(now.counts, first.counts) / now.counts.sum(axis=1, keepdims=True)).max())

    def draw(run: int, style: Look) -> None:
        show(weight_charts.histogram_panel(now, first, run, style, y_max=y_max, dark=dark()), f"{key}_{run}")
        if now.zeros[run]:
            st.caption(f"{now.zeros[run]:.0%} are exactly 0.")

    return draw
