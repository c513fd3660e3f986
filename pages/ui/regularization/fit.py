"""The view of under- and overfitting: models from too small to too large on the same few rows of a curve, or of digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets.own import OWN, Own
from core.studies.regularization import capacity, takeaways
from core.studies.regularization.views import Fit
from core.training.results import Result
from core.words import Said, significant
from pages.ui.charts import frames
from pages.ui.charts.axes import Axis
from pages.ui.charts.theme import Look, look
from pages.ui.regularization import fit_charts, gap_charts
from pages.ui.session.own_table import OwnViewScreen
from pages.ui.training import last
from pages.ui.training.collect import collect
from pages.ui.widgets import look_view, share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, open_in_workbench, picture, settings, stage, takeaway, told_later
from pages.ui.widgets.show import apart, dark, show

SCREEN = OwnViewScreen(Fit)
SCREENS = (SCREEN,)
#: the share of its epochs for which a curve is within the panel: the first ones can be far above all others
_MOST_EPOCHS = 0.98
#: pixels beside the two rows of charts
_BESIDE = 440
_COLORS = {capacity.BEST: "green", capacity.UNDERFITS: "orange", capacity.OVERFITS: "red", capacity.BETWEEN: "gray"}
HOW_TO_READ = """
- **A panel** is one model; all see the same rows. They differ in the model, so each is an experiment of its own.
- **Upper row** (curve): the fit of the last epoch. Large dots: the training rows; small dots: the 400 validation rows; dashed: the curve without noise,
  which no model is shown. **Lower row**: thick is the validation loss, thin the training loss.
- **Best here**: the lowest validation loss, or within a tenth of it.
- **Underfits**: even the training loss is above the lowest validation loss of all four. The model is too small for the signal.
- **Overfits**: the training loss is low, the validation loss more than a tenth above the lowest, and above that of no larger model by as much. The model
  is large enough for the noise, too.
- Verdicts and numbers are means over three splits, each with initial weights of its own; curves are those of the first. Three other splits may
  give a network of middling size another verdict.
- More rows help against overfitting, and never against underfitting: try it.
"""


def draw() -> None:
    """Draw the view."""
    view, dials, words = begin(SCREEN), SCREEN.at(), told_later()
    with picture():
        with settings():
            for name in view.active()[::-1]:  # the data come last, because that dial matters least
                with st.container(width="content"):
                    field(dials, name, shape="segments")
        if view.data == "curve":
            experiments, names = capacity.on_a_curve(view.rows, view.noise), list(map(str, capacity.ON_A_CURVE))
        elif view.data == OWN:
            table = look_view.of_study(SCREEN.at("own"), SCREEN.at())
            if table is None:
                return
            experiments, names = capacity.on_own(view.own or Own(), view.own_share, len(table.X)), list(map(str, capacity.ON_DIGITS))
        else:
            experiments, names = capacity.on_digits(view.training_share, view.wrong_labels), list(map(str, capacity.ON_DIGITS))
        results = collect(*capacity.on_splits(experiments))
        shown = None if results is None else (results, [look(slot, name) for slot, name in enumerate(names)])
        last.draw(SCREEN, shown, lambda drawn: _results(*drawn, words), keeps=view.data != OWN)


def _results(results: Sequence[Result], looks: Sequence[Look], words: DeltaGenerator) -> None:
    """Draw the results of all splits, of each model those of the first."""
    fits, of_first = capacity.fits(results), results[: len(looks)]
    said = takeaways.fit(fits, [style.name for style in looks])
    takeaway(said, words)
    with apart(results[0].experiment.dataset), stage(), grid(len(looks)):
        _panels(of_first, fits, looks, said)
    st.caption(_in_words(fits, looks))
    share.shows(lambda: _table(fits, looks))


def _panels(results: Sequence[Result], fits: Sequence[capacity.Fit], looks: Sequence[Look], said: Said) -> None:
    """Draw for each model its fit to the curve, its losses, the verdict, and the button that opens it in the workbench."""
    verdicts = capacity.verdicts(fits)
    losses = [frames.of_all_seeds(frames.curves(result, "loss", "epochs", "both")) for result in results]
    top = 1.1 * max(float(frame[name].quantile(_MOST_EPOCHS)) for frame in losses for name in ("r0", "r0_train"))
    on_a_line = results[0].data.X.shape[1] == 1 and not results[0].experiment.dataset.brought
    fitted = [fit_charts.fitted(result) for result in results] if on_a_line else []
    for i, result in enumerate(results):
        with st.container(gap="small"):
            if fitted:
                chart = fit_charts.fit_panel(result, fitted[i], fit_charts.reach(result, fitted), looks[i], height=200, dark=dark(), beside=_BESIDE)
                show(chart, f"regularization_fit_curve_{i}", said=said if i == 0 else None)
            frame = losses[i]
            curves = pd.DataFrame({"x": frame["x"], "validation": frame["r0"], "train": frame["r0_train"], "other": np.nan})
            x, y = Axis("epochs", domain=(0, result.experiment.epochs)), Axis("loss", domain=(0, round(top, 2)))
            rows = 2 if fitted else 1
            chart = gap_charts.gap_panel(curves, looks[i], x, y, height=180, dark=dark(), titled=not fitted, beside=_BESIDE, rows=rows)
            show(chart, f"regularization_fit_losses_{i}")
            verdict = f":{_COLORS[verdicts[i]]}[**{capacity.VERDICTS[verdicts[i]]}**]"
            st.markdown(f"{verdict}  \ntraining {significant(fits[i].train, 3)}, validation {significant(fits[i].validation, 3)}")
            open_in_workbench("Workbench", result.experiment, f"regularization_fit_open_{i}", "This model alone, with its settings.")


def _table(fits: Sequence[capacity.Fit], looks: Sequence[Look]) -> pd.DataFrame:
    """Return the losses of each model."""
    rows = [(style.label, fit.train, fit.validation, fit.lowest) for style, fit in zip(looks, fits, strict=True)]
    return pd.DataFrame(rows, columns=["model", "training loss", "validation loss", "lowest validation loss"])


def _in_words(fits: Sequence[capacity.Fit], looks: Sequence[Look]) -> str:
    """Return sentences about the model with the lowest validation loss, and about early stopping."""
    best = min(range(len(fits)), key=lambda i: fits[i].validation)
    words = f"Losses of the last epoch. The lowest validation loss is that of {looks[best].name}."
    if best == len(fits) - 1:
        return f"{words} Here the largest model is no worse than the others, although it fits its training rows best: size alone does not make a model overfit."
    risen = max(fits, key=lambda model_fit: model_fit.validation - model_fit.lowest)  # its validation loss has risen most since its minimum
    if risen.validation > 1.1 * risen.lowest:
        name = looks[fits.index(risen)].name
        words += f" Those that overfit were better on their way: {name} had {significant(risen.lowest, 3)}, where early stopping would have ended."
    return words
