"""The table of results: what is read first beside the curves, and the rest below at full width. One row a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from core.inspection import takeaways
from core.inspection.resampled import resampled
from core.statistics import Ranking
from core.training.results import Result
from core.words import Said
from pages.ui.charts import frames
from pages.ui.charts.sight import Sight
from pages.ui.charts.theme import swatch
from pages.ui.session import state
from pages.ui.training import follow
from pages.ui.widgets.pieces import takeaway
from pages.ui.widgets.table import Column, table
from pages.ui.workbench.run_editor import looks

#: the columns of `frames.table` that stand beside the curves, after the status
_FIRST = 3
#: a sign for the end of a run, by the identifier of its status; the words show under the pointer
_SIGNS = {"finished": "✓", "stopped": "■", "diverged": "✕", "running": "…"}


def draw_first(result: Result, metric: str, running: bool, sight: Sight) -> None:
    """Draw the run, its status, the metric and its test value, with what can be told of the best value."""
    text, samples = frames.table(result, metric, running), {} if running else samples_of(result, metric)
    told = rankings(result, metric, samples)
    said = frames.marks(text, told)
    status = Column("", [_sign(result, run, running) for run in range(len(text))], "Whether the training went to its end.", words_of=list(text["Status"]))
    docs = dict(zip(text.columns, _docs(result, metric), strict=True))
    columns = [Column(name, list(text[name]), docs[name], marks=list(said[name])) for name in text.columns[1:_FIRST]]
    notes = [Said("At each run's epoch of lowest own validation loss.")]
    if result.experiment.seeds > 1:
        notes.insert(0, Said("Mean ± standard deviation over {seeds} seeds.", seeds=result.experiment.seeds))
    if unit := result.unit(metric):
        notes.insert(0, Said("{metric} in {unit}.", metric=Said(result.described[metric].title), unit=unit))
    for what, each in zip(samples, told.values(), strict=True):
        if what[0] == metric:
            notes += frames.told_in_words(result, metric, each, samples[what])
    st.html(table("Results of the runs", [_marks(result), status, *columns], " ".join(map(str, notes)), _rows(result, sight)))


def draw_letters(result: Result) -> None:
    """Draw what makes a click on a letter of the first table do what a click on the chip does. It lies over the letters, by `charts.theme.RESULTS_CSS`."""
    with st.container(key="letters"):
        for slot, style in zip(state.WORKBENCH.slots(), looks(result.experiment), strict=True):
            put = state.WORKBENCH_VIEW.bring_forward
            st.button(f"Bring {style.mark} forward", key=f"letter_{slot}", on_click=put, args=(slot,), width="stretch")


def draw_rest(result: Result, metric: str, running: bool, sight: Sight, baseline: int | None) -> None:
    """Draw the other columns with the names of the runs, and the differences to the run `baseline` if there is one."""
    text, samples = frames.table(result, metric, running), {} if running else samples_of(result, metric)
    said = frames.marks(text, rankings(result, metric, samples))
    docs = dict(zip(text.columns, _docs(result, metric), strict=True))
    styles = looks(result.experiment)
    columns = [_marks(result), Column("What differs", [style.label for style in styles], "What distinguishes the run from most others.", words=True)]
    columns.append(Column("Status", list(text["Status"]), docs["Status"], words=True))
    if baseline is not None:
        title = f"{result.described[metric].title} against {styles[baseline].mark}"
        columns.append(Column(title, frames.against(result, metric, baseline), "Differences to the baseline, seed by seed: their mean and their spread."))
    columns += [Column(name, list(text[name]), docs[name], marks=list(said[name])) for name in text.columns[_FIRST:]]
    st.html(table("More of the runs", columns, looks=_rows(result, sight)))


def rankings(result: Result, metric: str, samples: dict[tuple[str, str], Any]) -> dict[str, Ranking]:
    """Return what can be told of the runs in each column that ranks them: nothing while they go on, when there are no samples."""
    return frames.rankings(result, metric, samples) if samples else {}


def samples_of(result: Result, metric: str) -> dict[tuple[str, str], Any]:
    """Return what ranks the runs, on samples of the validation rows. They are drawn once a run, for everybody who compares it."""
    samples = {}
    for what in frames.sampled(result, metric):
        of_runs = follow.of_runs(result, lambda _, what=what: ("resampled", what), lambda alone, _, what=what: resampled(alone, *what))  # type: ignore[misc]
        samples[what] = np.array(of_runs)
    return samples


def draw_takeaway(result: Result, metric: str) -> None:
    """Draw the sentence that the table comes to."""
    told = rankings(result, metric, samples_of(result, metric))
    names = [style.name for style in looks(result.experiment)]
    takeaway(takeaways.comparison(result, metric, next(iter(told.values()), None), names))


def with_names(text: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Insert the column `Run` at the front of a table, and return the table."""
    text.insert(0, "Run", names)
    return text


def _marks(result: Result) -> Column:
    styles = looks(result.experiment)
    return Column("Run", [style.mark for style in styles], "The letter of the run, and its line.", pictures=list(map(swatch, styles)))


def _rows(result: Result, sight: Sight) -> list[str]:
    return ["front" if run == sight.front else "hidden" if run in sight.hidden else "" for run in range(len(result.experiment.runs))]


def _sign(result: Result, run: int, running: bool) -> str:
    """Return the sign of how a run ended: diverged on any seed, going on, stopped early on any or cancelled, or finished."""
    diverged, stopped = result.diverged_at[:, run] >= 0, result.stopped_at[:, run] >= 0
    cancelled = result.reached(run) < result.experiment.epochs
    if diverged.any():
        return _SIGNS["diverged"]
    if running and not stopped.all():
        return _SIGNS["running"]
    return _SIGNS["stopped" if stopped.any() or cancelled else "finished"]


def _docs(result: Result, metric: str) -> list[str]:
    """Return the help of each column of `frames.table`."""
    unit = result.unit(metric)
    doc = f"{result.described[metric].doc}{f' Here: {unit}.' if unit else ''}"
    return [
        "Whether the training went to its end.",
        f"{doc} On the validation rows.",
        f"{doc} On the test rows, which no choice was made on.",
        "Lowest own loss on the validation rows.",
        "Own loss on the validation rows at the last epoch, for a diverged run the last one before.",
        "Epoch of the lowest own loss on the validation rows.",
        result.described["seconds"].doc,
    ]
