"""The view of remedies against overfitting: the losses of one network with each remedy alone, with fewer units, and on more rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from core.studies.regularization.remedies import METRICS, MORE, SPLITS, Outcome, of_first_split, outcomes
from core.studies.regularization.views import RemediesView
from core.training.results import Result
from core.words import significant
from pages.ui.charts import frames
from pages.ui.charts.axes import Axis
from pages.ui.charts.theme import Look, look
from pages.ui.regularization import gap_charts
from pages.ui.session.own_table import OwnViewScreen
from pages.ui.training.collect import collect
from pages.ui.widgets import look_view, share, weights_view
from pages.ui.widgets.controls import field, folded, nearest, offered
from pages.ui.widgets.pieces import begin, markdown_table, open_in_workbench
from pages.ui.widgets.show import apart, dark, show
from pages.ui.widgets.text import plain

SCREEN = OwnViewScreen(RemediesView)
SCREENS = (SCREEN,)
_IN_A_ROW = 4
HOW_TO_READ = f"""
- **A panel** is the same network on the same rows with one remedy. Thick: validation, thin: training; the tinted gap between them is what
  overfitting costs. Dotted: validation without any remedy. Curves are those of the first split.
- **L2** shrinks all weights, **max-norm** caps the length of those into a unit, **dropout** leaves hidden units out of each update at random,
  **early stopping** ends when the validation loss has not fallen for a while and takes the best weights back, **label smoothing** moves a share
  ε of each target from the true class to all classes.
- **A smaller network** and **more rows** are experiments of their own: they differ in the model, or in the data and with it in the number of
  updates. {MORE} × the rows have the same share of wrong labels.
- **Log loss** of the true class is the same measure for all: what a run minimises differs with label smoothing. Of own numbers it is the RMSE, in their unit.
- **Helps**, **hurts**: better, or worse, than no remedy on the **test rows** of each of {SPLITS} splits, each with initial weights and batches of its own.
  **Level**: not the same on all splits. Validation rows cannot judge early stopping, which chooses its weights by them.
- **Batch normalisation** is not offered: it ties the rows of a batch to each other, carries running statistics beside the weights, and makes
  the size of the weights before it meaningless, so that a penalty on them only changes the learning rate.
"""


def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at("trained")
    with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
        for name in view.trained.of_data():
            field(dials, name, shape="segments")
        if popover := folded(SCREEN.at("folded_out"), "remedies", st.popover, "Remedies", icon=":material/tune:", help="How strong each remedy is."):
            with popover:
                for name in view.trained.of_remedies():
                    field(dials, name)
    rows = 0
    if view.trained.dataset.brought:
        table = look_view.of_study(dials.at("own"), SCREEN.at())
        if table is None:
            return
        rows = len(table.X)
    experiments = view.trained.experiments(rows)
    results = collect(*experiments)
    if results is not None:
        ends = outcomes(results)
        looks = [look(slot, outcome.label) for slot, outcome in enumerate(ends)]
        with apart(view.trained.dataset):
            _panels(of_first_split(results), looks)
        doc = "Opens the runs on few rows of the first split there, with all their settings."
        open_in_workbench("Open in the workbench", experiments[0], "regularization_remedies_open", doc)
        st.markdown(_table(ends, looks, results[0]))
        st.caption(_in_words(ends, results[0]))
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
    with apart(result.experiment.dataset):
        for start in range(0, count, 3):
            for column, run in zip(st.columns(3, gap="small"), range(start, count), strict=False):
                with column:
                    draw_run(run, looks[run])
    st.caption(weights_view.EXPLAINED)


def _panels(results: Sequence[Result], looks: Sequence[Look]) -> None:
    """Draw the losses of each run, four panels in a row, all with the same axes."""
    curves = []
    metric = next(iter(METRICS[results[0].data.task]))
    for result in results:
        frame = frames.of_all_seeds(frames.curves(result, metric, "epochs", "both"))
        curves += [(frame["x"], frame[f"r{i}"], frame[f"r{i}_train"]) for i in range(len(result.experiment.runs))]
    without_remedy = curves[0][1]
    top = 1.3 * max(float(validation.dropna().iloc[-1]) for _, validation, _ in curves)
    across, up = Axis("epochs", domain=(0, results[0].experiment.epochs)), Axis(_lower(results[0].titled(metric)), domain=(0, float(f"{top:.2g}")))
    for start in range(0, len(curves), _IN_A_ROW):
        for i, column in zip(range(start, len(curves)), st.columns(_IN_A_ROW, gap="small"), strict=False):
            x, validation, train = curves[i]
            frame = pd.DataFrame({"x": x, "validation": validation, "train": train, "other": without_remedy if i else np.nan})
            with column:
                show(gap_charts.gap_panel(frame, looks[i], across, up, height=165, dark=dark()), f"regularization_remedy_{i}")


def _lower(title: str) -> str:
    """Return the title of a metric within a sentence."""
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def _table(ends: Sequence[Outcome], looks: Sequence[Look], result: Result) -> str:
    """Return where each run ended, and whether it is better than the first, which has no remedy, as a table. `result`: one with these metrics."""
    none, rows, (first, second) = ends[0], [], METRICS[result.data.task]
    for style, outcome in zip(looks, ends, strict=True):
        values = (outcome.test[name] for name in (first, second))
        loss, other = (frames.value_text(float(over_splits.mean()), float(over_splits.std(ddof=1))) for over_splits in values)
        loss_verdict, other_verdict = ("" if outcome is none else _VERDICTS[outcome.against(none, name)] for name in (first, second))
        rows.append([style.name, significant(float(outcome.train[first].mean()), 3), loss, significant(outcome.gap, 2), loss_verdict, other, other_verdict])
    loss_title, other_title = (_lower(result.described[name].title) for name in (first, second))
    return markdown_table(["At the end", f"Training {loss_title}", f"Test {loss_title}", "Gap", "", f"Test {other_title}", ""], rows, "lrrrlrl")


def _ends(ends: Sequence[Outcome]) -> pd.DataFrame:
    """Return the losses and accuracies where each run ended, one row for each split."""
    tables = []
    for outcome in ends:
        columns = {f"{split} {name}": values for split in ("train", "validation", "test") for name, values in getattr(outcome, split).items()}
        tables.append(pd.DataFrame({"remedy": outcome.label} | columns))
    return pd.concat(tables).rename_axis("split").reset_index()


_VERDICTS = {1: ":green[helps]", 0: ":gray[level]", -1: ":red[hurts]"}


def _in_words(ends: Sequence[Outcome], result: Result) -> str:
    """Return which remedies help here, and which do not. `result`: one with these metrics."""
    metric = next(iter(METRICS[result.data.task]))
    title, unit = _lower(result.described[metric].title), result.unit(metric)
    of_verdict: dict[int, list[str]] = {1: [], 0: [], -1: []}
    for outcome in ends[1:]:
        of_verdict[outcome.against(ends[0], metric)].append(outcome.label)
    parts = [f"{title} in {plain(unit)}." if unit else "", f"Mean ± standard deviation over {SPLITS} splits."]
    parts += [f"On the test rows of every split the {title} is lower with: {', '.join(of_verdict[1])}."] if of_verdict[1] else []
    parts += [f"Level, lower on some and higher on others: {', '.join(of_verdict[0])}."] if of_verdict[0] else []
    parts += [f"Higher on every split with: {', '.join(of_verdict[-1])}."] if of_verdict[-1] else []
    return " ".join(filter(None, parts))
