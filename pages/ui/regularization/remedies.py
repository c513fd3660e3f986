"""The view of remedies against overfitting: the losses of one network with each remedy alone, with fewer units, and on more rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.studies.regularization.remedies import MORE, SEEDS, Outcome, outcomes
from core.studies.regularization.views import RemediesView
from core.training.results import Result
from pages.ui.charts import frames
from pages.ui.charts.base import Axis
from pages.ui.charts.theme import Look, look
from pages.ui.regularization import gap_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.training.collect import collect
from pages.ui.widgets import share, weights_view
from pages.ui.widgets.controls import field, folded, nearest, offered
from pages.ui.widgets.pieces import begin, markdown_table, open_in_workbench
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(RemediesView)
SCREENS = (SCREEN,)
_IN_A_ROW = 4
HOW_TO_READ = f"""
- **A panel** is the same network on the same rows with one remedy. Thick: validation, thin: training; the tinted gap between them is what
  overfitting costs. Dotted: validation without any remedy.
- **L2** shrinks all weights, **max-norm** caps the length of those into a unit, **dropout** leaves hidden units out of each update at random,
  **early stopping** ends when the validation loss has not fallen for a while and takes the best weights back, **label smoothing** moves a share
  ε of each target from the true class to all classes.
- **A smaller network** and **more rows** are experiments of their own: they differ in the model, or in the data and with it in the number of
  updates. {MORE} × the rows have the same share of wrong labels.
- **Log loss** of the true class is the same measure for all: what a run minimises differs with label smoothing.
- **Helps**, **hurts**: better, or worse, than no remedy with each of {SEEDS} seeds (initial weights and batches; the split is one and the same).
  **Unclear**: not the same for all seeds.
- **Batch normalisation** is not offered: it ties the rows of a batch to each other, carries running statistics beside the weights, and makes
  the size of the weights before it meaningless, so that a penalty on them only changes the learning rate.
"""


def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at("trained")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for name in ("training_share", "wrong_labels"):
            field(dials, name, shape="segments")
        if popover := folded(SCREEN.at("folded_out"), "remedies", st.popover, "Remedies", icon=":material/tune:", help="How strong each remedy is."):
            with popover:
                for name in ("l2", "dropout", "patience", "label_smoothing", "max_norm"):
                    field(dials, name)
    experiments = view.trained.experiments()
    results = collect(*experiments)
    if results is not None:
        ends = outcomes(results)
        looks = [look(slot, outcome.label) for slot, outcome in enumerate(ends)]
        _panels(results, looks)
        doc = "Opens the runs on few rows there, with all their settings."
        open_in_workbench("Open in the workbench", experiments[0], "regularization_remedies_open", doc)
        st.markdown(_table(ends, looks))
        st.caption(_in_words(ends))
        share.shows(lambda: _ends(ends))
        _weights(results[0], looks)


@st.fragment
def _weights(result: Result, looks: Sequence[Look]) -> None:
    """Draw the histograms of the network's weights on few rows at one epoch, one panel per remedy."""
    SCREEN.open()
    st.subheader("Weights per layer", help="One seed. A remedy that acts on the weights changes their histogram; one that acts on targets or units need not.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = weights_view.layer_option(result, SCREEN.at("layer"))
        epochs = tuple(result.snapshots)
        epoch: int = offered(SCREEN.at("epoch"), epochs, "Epoch", otherwise=nearest(epochs, SCREEN.current().epoch))
    draw_run = weights_view.drawer(result, epoch, layer, "regularization_weights")
    count = len(result.experiment.runs)
    for start in range(0, count, 3):
        for column, run in zip(st.columns(3, gap="small"), range(start, count), strict=False):
            with column:
                draw_run(run, looks[run])
    st.caption(weights_view.EXPLAINED)


def _panels(results: Sequence[Result], looks: Sequence[Look]) -> None:
    """Draw the losses of each run, four panels in a row, all with the same axes."""
    curves = []
    for result in results:
        frame = frames.curves(result, "log_loss", "epochs", "both")
        curves += [(frame["x"], frame[f"r{i}"], frame[f"r{i}_train"]) for i in range(len(result.experiment.runs))]
    without_remedy = curves[0][1]
    top = 1.3 * max(float(validation.dropna().iloc[-1]) for _, validation, _ in curves)
    across, up = Axis("epochs", domain=(0, results[0].experiment.epochs)), Axis("log loss", domain=(0, round(top, 1)))
    for start in range(0, len(curves), _IN_A_ROW):
        for i, column in enumerate(st.columns(_IN_A_ROW, gap="small"), start):
            x, validation, train = curves[i]
            frame = pd.DataFrame({"x": x, "validation": validation, "train": train, "other": without_remedy if i else np.nan})
            with column:
                show(gap_charts.gap_panel(frame, looks[i], across, up, height=165, dark=dark()), f"regularization_remedy_{i}")


def _table(ends: Sequence[Outcome], looks: Sequence[Look]) -> str:
    """Return where each run ended, and whether it is better than the first, which has no remedy, as a table."""
    plain, rows = ends[0], []
    for style, outcome in zip(looks, ends, strict=True):
        values = (outcome.validation[name] for name in ("log_loss", "accuracy"))
        loss, accuracy = (frames.value_text(float(over_seeds.mean()), float(over_seeds.std(ddof=1))) for over_seeds in values)
        loss_verdict, accuracy_verdict = ("" if outcome is plain else _VERDICTS[outcome.against(plain, name)] for name in ("log_loss", "accuracy"))
        rows.append([style.name, f"{outcome.train['log_loss'].mean():.3f}", loss, f"{outcome.gap:.2f}", loss_verdict, accuracy, accuracy_verdict])
    return markdown_table(["At the end", "Training log loss", "Validation log loss", "Gap", "", "Validation accuracy", ""], rows, "lrrrlrl")


def _ends(ends: Sequence[Outcome]) -> pd.DataFrame:
    """Return the losses and accuracies where each run ended, one row for each of its seeds."""
    tables = []
    for outcome in ends:
        columns = {f"{split} {name}": values for split in ("train", "validation") for name, values in getattr(outcome, split).items()}
        tables.append(pd.DataFrame({"remedy": outcome.label} | columns))
    return pd.concat(tables).rename_axis("seed").reset_index()


_VERDICTS = {1: ":green[helps]", 0: ":gray[unclear]", -1: ":red[hurts]"}


def _in_words(ends: Sequence[Outcome]) -> str:
    """Return which remedies help here, and which do not."""
    helps: list[str] = []
    others: list[str] = []
    for outcome in ends[1:]:
        (helps if outcome.against(ends[0], "log_loss") > 0 else others).append(outcome.label)
    parts = [f"Mean ± standard deviation over {SEEDS} seeds."]
    parts += [f"On these data the validation log loss is lower with every seed for: {', '.join(helps)}."] if helps else []
    parts += [f"Not for: {', '.join(others)}."] if others else []
    return " ".join(parts)
