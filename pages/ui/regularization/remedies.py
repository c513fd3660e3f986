"""The view of remedies against overfitting: the losses of one network with each remedy alone, with fewer units, and on more rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.studies.regularization import takeaways
from core.studies.regularization.remedies import METRICS, MORE, SPLITS, Outcome, of_first_split, outcomes
from core.studies.regularization.views import RemediesView
from core.training.results import Result
from core.words import Said, significant
from pages.ui.charts import frames
from pages.ui.charts.axes import Axis
from pages.ui.charts.theme import Look, look
from pages.ui.regularization import gap_charts
from pages.ui.session.own_table import OwnViewScreen
from pages.ui.training import last
from pages.ui.training.collect import collect
from pages.ui.widgets import look_view, share, weights_view
from pages.ui.widgets.controls import field, folded, nearest, offered
from pages.ui.widgets.pieces import begin, grid, open_in_workbench, picture, settings, stage, takeaway, told_later
from pages.ui.widgets.show import apart, dark, show
from pages.ui.widgets.table import Column
from pages.ui.widgets.table import table as html_table

SCREEN = OwnViewScreen(RemediesView)
SCREENS = (SCREEN,)
#: panels in a row, and pixels beside two rows of them
_IN_A_ROW, _BESIDE = 4, 330
#: colours of the runs beyond the sixth
_OTHERS = {6: "#8A8F98", 7: "#C2529B"}
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
    view, dials, words = begin(SCREEN), SCREEN.at("trained"), told_later()
    with picture():
        with settings():
            for name in view.trained.of_data()[::-1]:  # the data come last, because that dial matters least
                with st.container(width="content"):
                    field(dials, name, shape="segments")
            doc = "How strong each remedy is."
            if popover := folded(SCREEN.at("folded_out"), "remedies", st.popover, "Remedies", icon=":material/tune:", help=doc):
                with popover:
                    for name in view.trained.of_remedies():
                        field(dials, name)
        rows = 0
        if view.trained.dataset.brought:
            table = look_view.of_study(dials.at("own"), SCREEN.at())
            if table is None:
                return
            rows = len(table.X)
        results = collect(*view.trained.experiments(rows))
        last.draw(SCREEN, results, lambda drawn: _results(drawn, words), keeps=not view.trained.dataset.brought)


def looks_of(names: Sequence[str]) -> list[Look]:
    """Return the look of each run. There are more of them than colours of runs, so the last ones, which are no remedies, have colours of their own."""
    return [replace(look(slot, name), color=_OTHERS.get(slot, look(slot, name).color)) for slot, name in enumerate(names)]


def _results(results: Sequence[Result], words: DeltaGenerator) -> None:
    """Draw the losses with each remedy, where each run ended, and the weights."""
    ends, dataset = outcomes(results), results[0].experiment.dataset
    looks = looks_of([outcome.label for outcome in ends])
    metric = next(iter(METRICS[results[0].data.task]))
    said = takeaways.remedies(ends, metric, _lower(results[0].described[metric].title))
    takeaway(said, words)
    with stage(), apart(dataset):
        _panels(of_first_split(results), looks, said)
    doc = "Opens the runs on few rows of the first split there, with all their settings."
    open_in_workbench("Open in the workbench", results[0].experiment, "regularization_remedies_open", doc)
    st.html(_table(ends, looks, results[0]))
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
    with apart(result.experiment.dataset), grid(3, "weights"):
        for run in range(count):
            draw_run(run, looks[run])
    st.caption(weights_view.EXPLAINED)


def _panels(results: Sequence[Result], looks: Sequence[Look], said: Said) -> None:
    """Draw the losses of each run, four panels in a row, all with the same axes."""
    curves = []
    metric = next(iter(METRICS[results[0].data.task]))
    for result in results:
        frame = frames.of_all_seeds(frames.curves(result, metric, "epochs", "both"))
        curves += [(frame["x"], frame[f"r{i}"], frame[f"r{i}_train"]) for i in range(len(result.experiment.runs))]
    without_remedy = curves[0][1]
    top = 1.3 * max(float(validation.dropna().iloc[-1]) for _, validation, _ in curves)
    across, up = Axis("epochs", domain=(0, results[0].experiment.epochs)), Axis(_lower(results[0].titled(metric)), domain=(0, float(f"{top:.2g}")))
    options: dict[str, Any] = {"height": 165, "dark": dark(), "beside": _BESIDE, "rows": -(-len(curves) // _IN_A_ROW)}
    with grid(_IN_A_ROW):
        for i, (x, validation, train) in enumerate(curves):
            frame = pd.DataFrame({"x": x, "validation": validation, "train": train, "other": without_remedy if i else np.nan})
            chart = gap_charts.gap_panel(frame, looks[i], across, up, **options)
            show(chart, f"regularization_remedy_{i}", said=said if i == 0 else None)


def _lower(title: str) -> str:
    """Return the title of a metric within a sentence."""
    return title[0].lower() + title[1:] if title[1:2].islower() else title


def _table(ends: Sequence[Outcome], looks: Sequence[Look], result: Result) -> str:
    """Return where each run ended, and whether it is better than the first, which has no remedy, as HTML. `result`: one with these metrics."""
    names, described, none = METRICS[result.data.task], result.described, ends[0]
    first, unit = next(iter(names)), result.unit(next(iter(names)))
    columns = [
        Column("Remedy", [style.name for style in looks], words=True),
        Column(f"Training {_lower(described[first].title)}", [significant(float(outcome.train[first].mean()), 3) for outcome in ends]),
    ]
    for name in names:
        spreads = [(outcome.test[name].mean(), outcome.test[name].std(ddof=1)) for outcome in ends]
        columns.append(Column(f"Test {_lower(described[name].title)}", [frames.value_text(float(mean), float(spread)) for mean, spread in spreads]))
        verdicts = ["" if outcome is none else str(_VERDICTS[outcome.against(none, name)]) for outcome in ends]
        columns.append(Column("Against none", verdicts, "On the test rows of every split; level: not the same on all.", words=True))
        if name == first:
            columns.insert(-1, Column("Gap", [significant(outcome.gap, 2) for outcome in ends], "Test minus training."))
    note = Said("Mean ± standard deviation over {splits} splits.", splits=SPLITS)
    said = Said("{title} in {unit}. {note}", title=described[first].title, unit=unit, note=note) if unit else note
    return html_table("Where each run ended", columns, str(said))


def _ends(ends: Sequence[Outcome]) -> pd.DataFrame:
    """Return the losses and accuracies where each run ended, one row for each split."""
    tables = []
    for outcome in ends:
        columns = {f"{split} {name}": values for split in ("train", "validation", "test") for name, values in getattr(outcome, split).items()}
        tables.append(pd.DataFrame({"remedy": outcome.label} | columns))
    return pd.concat(tables).rename_axis("split").reset_index()


_VERDICTS = {1: Said("helps"), 0: Said("level"), -1: Said("hurts")}
