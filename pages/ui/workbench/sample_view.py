"""The rows one by one: what each costs, how it pulls and what is predicted for it, those first that stand out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.inspection import pictures, samples
from core.inspection.samples import Array, Samples, shares
from core.tasks import REGRESSION
from core.training.results import Result
from pages.ui.charts import frames
from pages.ui.charts.theme import Look
from pages.ui.widgets.show import dark, download
from pages.ui.workbench import sample_frames, sample_pictures
from pages.ui.workbench.run_editor import looks

#: rows that are shown as pictures and counted in the sentence above the table
FIRST = 18
_MOST_ROWS = 2000
_WIDTH = 170  # of a choice: two of them fit a phone
_MOST_FEATURES = 8
_HARDEST, _SURELY_WRONG, _DISPUTED = "hardest", "most surely wrong", "runs disagree"
_COUNTED = {_SURELY_WRONG: "Wrongly predicted", _DISPUTED: "In dispute"}
_ORDER_DOC = (
    "**Hardest**: highest own loss; for all runs, by the mean of its rank, because losses differ in scale. "
    "**Most surely wrong**: another class is predicted, with the highest probability, or where a loss defines none, with the largest lead of its score. "
    "**Runs disagree**: two runs predict different classes, first those of which both are surest; of numbers, the largest difference."
)
_ALL = ""


def draw(result: Result, epoch: int, split: str) -> None:
    """Draw the rows of a split in a chosen order: sentences on the first of them, their pictures if they are any, and the table."""
    styles, known = looks(result.experiment), pictures.alive(result, epoch)
    gone = [style.mark for style, of_run in zip(styles, known, strict=True) if not of_run]
    if gone:
        st.caption(f":material/warning: Left out, because diverged by this epoch: {', '.join(gone)}.")
    if not known.any():
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="sample_options"):
        output = output_option(result)
        found = samples.samples_at(result, epoch, split, output)
        order, criterion = _order(found, styles)
    if not len(order):
        st.info({_SURELY_WRONG: "Nothing is predicted wrongly.", _DISPUTED: "The two runs agree on every row."}[criterion], icon=":material/check:")
        return
    if words := _in_words(found, order, criterion, styles):
        st.markdown(" ".join(words), help=f"Pull. {sample_frames.DOCS['pull']}")
    shape = result.experiment.dataset.image_shape
    if shape is not None:
        st.html(sample_pictures.CSS)
        with st.container(key="sample_pictures"):
            st.html(sample_pictures.grid(found, order[:FIRST], result.data, shape, styles, dark()))
        st.caption("Below each picture: its label, then each run's prediction, crossed if it is another class, with its probability and the run's own loss.")
    _table(result, found, order, styles, output, 0 if shape else _MOST_FEATURES)


def output_option(result: Result) -> int:
    """Return the output to look at, drawing the choice of it where a regression has several."""
    outputs = result.data.outputs
    several = result.data.task == REGRESSION and len(outputs) > 1
    return outputs.index(st.selectbox("Output", outputs, key="output", width=_WIDTH) or outputs[0]) if several else 0


def _order(found: Samples, styles: Sequence[Look]) -> tuple[Array, str]:
    """Draw the choice of what comes first; return those rows in their order, and what was chosen."""
    runs = {style.mark: run for run, style in enumerate(styles) if found.alive[run]}
    criteria = [_HARDEST, *([_SURELY_WRONG] if found.classes else []), *([_DISPUTED] if len(runs) > 1 else [])]
    criterion = st.segmented_control("First", criteria, default=_HARDEST, required=True, key="sample_order", help=_ORDER_DOC)
    names = {style.mark: style.name for style in styles} | {_ALL: "all runs"}

    def chosen(label: str, marks: Iterable[str], key: str) -> str:
        return st.selectbox(label, list(marks), format_func=names.__getitem__, key=f"sample_{key}", width=_WIDTH)

    if criterion == _DISPUTED:
        one = chosen("Between", runs, "one")
        other = chosen("and", [mark for mark in runs if mark != one], "other")
        return samples.disputed(found, runs[one], runs[other]), criterion
    if criterion == _SURELY_WRONG:
        return samples.surely_wrong(found, runs[chosen("Under", runs, "wrong")]), criterion
    mark = chosen("Under", [_ALL, *runs] if len(runs) > 1 else runs, "hardest")
    return samples.hardest(found, list(runs.values()) if mark == _ALL else [runs[mark]]), _HARDEST


def _in_words(found: Samples, order: Array, criterion: str, styles: Sequence[Look]) -> list[str]:
    """Return sentences on the first rows of an order: how many of them are damaged, and how much of each run's pull is theirs."""
    first, total = order[:FIRST], len(found.truth)
    words = [f"{_COUNTED[criterion]}: {len(order):,} of {total:,} rows."] if criterion in _COUNTED and found.classes else []
    if len(first) == total:
        return words
    if found.damaged.any():
        damage = "Wrong labels" if found.classes else "Outliers"
        words.append(f"{damage}: **{found.damaged[first].sum()} of the first {len(first)}** rows, {found.damaged.sum():,} of all {total:,}.")
    of_pull = shares(found.pull)[:, first].sum(axis=-1)
    pulls = [f"**{style.mark}** {share:.0%}" for style, share, known in zip(styles, of_pull, found.alive, strict=True) if known]
    words.append(f"The first {len(first)} of {total:,} rows hold this much of a run's pull: {', '.join(pulls)}.")
    return words


def _table(result: Result, found: Samples, order: Array, styles: Sequence[Look], output: int, n_features: int) -> None:
    def rows(places: Array, features: int) -> pd.DataFrame:
        return sample_frames.table(result, found, places, styles, output, features)

    total = len(result.data.features)
    shown, n_features = order[:_MOST_ROWS], min(n_features, total)
    frame = rows(shown, n_features)
    names, numbers = frame.columns.get_level_values(1), [kind != "category" for kind in frame.dtypes]
    docs = [*map(sample_frames.DOCS.get, names[: len(names) - n_features]), *[None] * n_features]
    # by place, of which 0 is the index: names of two levels cannot be keys
    config: Any = {i: _column(*of, pinned=i <= 2) for i, of in enumerate(zip(names, docs, numbers, strict=True), 1)}
    st.dataframe(frame, hide_index=True, height=min(36 * (len(frame) + 2) + 2, 400), column_config=config, alt="Rows of the data")
    notes = ["Click a column to sort by it."]
    if len(shown) < len(order):
        notes.append(f"The first {_MOST_ROWS:,} of {len(order):,} rows.")
    if n_features < total:
        notes.append(f"{n_features or 'None'} of the {total} features are shown.")
    st.caption(" ".join(notes))
    download("Samples", lambda: frames.csv(sample_frames.flat(rows(order, total))), "All rows in this order, with all features, as CSV.")


def _column(name: str, doc: str | None, number: bool, pinned: bool) -> Any:
    """Return how a column of the table is shown and explained."""
    if number and name != "Row":
        return st.column_config.NumberColumn(help=doc, pinned=pinned, format="%.3f" if name == "probability" else "%.4g")
    return st.column_config.Column(help=doc, pinned=pinned)
