"""The view of under- and overfitting: models from too small to too large on the same few rows of a curve, or of digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.experiment import Experiment
from core.inspection import pictures
from core.studies.regularization import capacity
from core.studies.regularization.views import Fit
from core.training.results import Result
from pages.ui.charts import frames, panels
from pages.ui.charts.base import Axis
from pages.ui.charts.theme import Look, look
from pages.ui.regularization import gap_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.training.collect import collect
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, open_in_workbench
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Fit)
SCREENS = (SCREEN,)
_POINTS = 200
_COLORS = {capacity.BEST: "green", capacity.UNDERFITS: "orange", capacity.OVERFITS: "red"}
HOW_TO_READ = """
- **A panel** is one model; all see the same rows. They differ in the model, so each is an experiment of its own.
- **Upper row** (curve): the fit of the last epoch over the training rows. **Lower row**: thick is the validation loss, thin the training loss.
- **Best here**: the lowest validation loss, or within a tenth of it.
- **Underfits**: even the training loss is above the lowest validation loss of all four. The model is too small for the signal.
- **Overfits**: the training loss is low, the validation loss more than a tenth above the lowest. The model is large enough for the noise, too.
- More rows help against overfitting, and never against underfitting: try it.
"""


def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for name in view.active():
            field(dials, name, shape="segments")
    if view.data == "curve":
        experiments, names = capacity.on_a_curve(view.rows, view.noise), list(map(str, capacity.ON_A_CURVE))
    else:
        experiments, names = capacity.on_digits(view.training_share, view.wrong_labels), list(map(str, capacity.ON_DIGITS))
    results = collect(*experiments)
    if results is not None:
        _results(results, [look(slot, name) for slot, name in enumerate(names)], experiments)


def _results(results: Sequence[Result], looks: Sequence[Look], experiments: Sequence[Experiment]) -> None:
    """Draw one column per model: its fit to the curve, its losses, the verdict, and the button that opens it in the workbench."""
    fits = [capacity.fit(result) for result in results]
    verdicts = capacity.verdicts(fits)
    top = round(1.5 * max(max(fit.validation, fit.train) for fit in fits), 2)
    for i, (column, result) in enumerate(zip(st.columns(len(results), gap="small"), results, strict=True)):
        with column:
            curved = result.data.X.shape[1] == 1
            if curved:
                _curve(result, looks[i], i)
            frame = frames.curves(result, "loss", "epochs", "both")
            curves = pd.DataFrame({"x": frame["x"], "validation": frame["r0"], "train": frame["r0_train"], "other": np.nan})
            x, y = Axis("epochs", domain=(0, result.experiment.epochs)), Axis("loss", domain=(0, top))
            chart = gap_charts.gap_panel(curves, looks[i], x, y, height=190, dark=dark(), titled=not curved)
            show(chart, f"regularization_fit_losses_{i}")
            st.markdown(f":{_COLORS[verdicts[i]]}[**{capacity.VERDICTS[verdicts[i]]}**]  \ntraining {fits[i].train:.3f}  \nvalidation {fits[i].validation:.3f}")
            open_in_workbench("Workbench", experiments[i], f"regularization_fit_open_{i}", "This model alone, with its settings.")
    st.caption(_in_words(fits, looks))
    share.shows(lambda: _table(fits, looks))


def _table(fits: Sequence[capacity.Fit], looks: Sequence[Look]) -> pd.DataFrame:
    """Return the losses of each model."""
    rows = [(style.label, fit.train, fit.validation, fit.lowest) for style, fit in zip(looks, fits, strict=True)]
    return pd.DataFrame(rows, columns=["model", "training loss", "validation loss", "lowest validation loss"])


def _curve(result: Result, style: Look, slot: int) -> None:
    """Draw the predictions of one model over the training rows."""
    data = result.data
    rows = data.split("train")
    ends = float(data.X.min()), float(data.X.max())
    x = np.linspace(*ends, _POINTS)[:, None]
    fitted = pictures.predicted_targets(result, max(result.snapshots), x)[0, :, 0]
    curve = pd.DataFrame({"x": data.original(x)[:, 0], "y": fitted})
    points = pd.DataFrame({"x": data.original(data.X)[rows, 0], "y": data.truth[rows, 0]})
    low, high = float(data.truth.min()), float(data.truth.max())
    across, up = Axis("x", domain=(0.0, 1.0)), Axis("y", domain=(low - 0.2, high + 0.2))
    show(panels.fit(curve, points, style, across, up, height=210, dark=dark()), f"regularization_fit_curve_{slot}")


def _in_words(fits: Sequence[capacity.Fit], looks: Sequence[Look]) -> str:
    """Return sentences about the model with the lowest validation loss, and about early stopping."""
    best = min(range(len(fits)), key=lambda i: fits[i].validation)
    words = f"Losses of the last epoch. The lowest validation loss is that of {looks[best].name}."
    if best == len(fits) - 1:
        return f"{words} Here the largest model is no worse than the others, although it fits its training rows best: size alone does not make a model overfit."
    risen = max(fits, key=lambda model_fit: model_fit.validation - model_fit.lowest)  # its validation loss has risen most since its minimum
    if risen.validation > 1.1 * risen.lowest:
        words += f" Those that overfit were better on their way: {looks[fits.index(risen)].name} had {risen.lowest:.3f}, where early stopping would have ended."
    return words
