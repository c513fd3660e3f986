"""The view of single rows: loss, pull and prediction of each row under each run, with the most remarkable rows first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.inspection import pictures, samples
from core.inspection.samples import Array, Samples, shares
from core.inspection.views import ANY, DISPUTED, HARDEST, ORDERS, SURELY_WRONG
from core.tasks import REGRESSION
from core.training.results import Result
from core.words import whole
from pages.ui.charts import frames
from pages.ui.charts.theme import Look
from pages.ui.session import state
from pages.ui.widgets.controls import offered
from pages.ui.widgets.show import dark, download
from pages.ui.workbench import sample_frames, sample_pictures
from pages.ui.workbench.run_editor import looks

_VIEW = state.WORKBENCH_VIEW
#: the number of first rows that are shown as pictures and counted in the sentences above the table
FIRST = 18
_MOST_ROWS = 2000
#: the width of a choice in pixels; two choices fit a phone
_WIDTH = 170
_MOST_FEATURES = 8
_COUNTED = {SURELY_WRONG: "Wrongly predicted", DISPUTED: "In dispute"}
_NONE = {SURELY_WRONG: "Nothing is predicted wrongly.", DISPUTED: "The two runs agree on every row."}


def draw(result: Result, epoch: int, split: str) -> None:
    """Draw the rows of a split in a chosen order: sentences about the first rows, their pictures if rows are images, and the table."""
    styles, alive = looks(result.experiment), pictures.alive(result, epoch)
    diverged = [style.mark for style, run_is_alive in zip(styles, alive, strict=True) if not run_is_alive]
    if diverged:
        st.caption(f":material/warning: Left out, because diverged by this epoch: {', '.join(diverged)}.")
    if not alive.any():
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="sample_options"):
        output = output_option(result)
        rows = samples.samples_at(result, epoch, split, output)
        order, criterion = _order(rows, styles)
    if not len(order):
        st.info(_NONE[criterion], icon=":material/check:")
        return
    if sentences := _in_words(rows, order, criterion, styles):
        st.markdown(" ".join(sentences), help=f"Pull. {sample_frames.DOCS['pull']}")
    shape = result.experiment.dataset.image_shape
    if shape is not None:
        st.html(sample_pictures.CSS)
        with st.container(key="sample_pictures"):
            st.html(sample_pictures.grid(rows, order[:FIRST], result.data, shape, styles, dark()))
        st.caption("Below each picture: its label, then each run's prediction, crossed if it is another class, with its probability and the run's own loss.")
    _table(result, rows, order, styles, output, 0 if shape else _MOST_FEATURES)


def output_option(result: Result) -> int:
    """Return the position of the chosen output. The choice is drawn if a regression has several outputs; else it is the first."""
    outputs = result.data.outputs
    if result.data.task != REGRESSION:
        return 0
    output: int = offered(_VIEW.at("output"), range(len(outputs)), "Output", titles=outputs.__getitem__, shape="menu", width=_WIDTH)
    return output


def _order(rows: Samples, styles: Sequence[Look]) -> tuple[Array, str]:
    """Draw the choice of the order; return the positions of the rows in that order, and the chosen criterion."""
    alive = {slot: run for run, slot in enumerate(state.WORKBENCH.slots()) if rows.alive[run]}
    names = {slot: styles[run].name for slot, run in alive.items()} | {ANY: "all runs"}
    orders = [HARDEST, *([SURELY_WRONG] if rows.classes else []), *([DISPUTED] if len(alive) > 1 else [])]
    criterion: str = offered(_VIEW.at("order"), orders, "First", titles=ORDERS.__getitem__, shape="segments")

    def chosen(name: str, slots: list[int]) -> int:
        binding = _VIEW.at(name)
        slot: int = offered(binding, slots, binding.parameter.label, titles=names.__getitem__, shape="menu", width=_WIDTH, help=None)
        return slot

    if criterion == DISPUTED:
        one = chosen("between", list(alive))
        other = chosen("and_other", [slot for slot in alive if slot != one])
        return samples.disputed(rows, alive[one], alive[other]), criterion
    if criterion == SURELY_WRONG:
        return samples.surely_wrong(rows, alive[chosen("wrong_under", list(alive))]), criterion
    slot = chosen("hardest_under", [ANY, *alive] if len(alive) > 1 else list(alive))
    return samples.hardest(rows, list(alive.values()) if slot == ANY else [alive[slot]]), criterion


def _in_words(rows: Samples, order: Array, criterion: str, styles: Sequence[Look]) -> list[str]:
    """Return sentences about the first rows of an order: the number of damaged ones, and their share of each run's pull."""
    first, total = order[:FIRST], len(rows.truth)
    sentences = [f"{_COUNTED[criterion]}: {whole(len(order))} of {whole(total)} rows."] if criterion in _COUNTED and rows.classes else []
    if len(first) == total:
        return sentences
    if rows.damaged.any():
        damage = "Wrong labels" if rows.classes else "Outliers"
        sentences.append(f"{damage}: **{rows.damaged[first].sum()} of the first {len(first)}** rows, {whole(int(rows.damaged.sum()))} of all {whole(total)}.")
    pull_shares = shares(rows.pull)[:, first].sum(axis=-1)
    pulls = [f"**{style.mark}** {share:.0%}" for style, share, alive in zip(styles, pull_shares, rows.alive, strict=True) if alive]
    sentences.append(f"The first {len(first)} of {whole(total)} rows hold this much of a run's pull: {', '.join(pulls)}.")
    return sentences


def _table(result: Result, rows: Samples, order: Array, styles: Sequence[Look], output: int, n_features: int) -> None:
    """Draw the table of the first rows with at most `n_features` features, and the download of all rows with all features."""

    def table(positions: Array, features: int) -> pd.DataFrame:
        return sample_frames.table(result, rows, positions, styles, output, features)

    total = len(result.data.features)
    shown, n_features = order[:_MOST_ROWS], min(n_features, total)
    frame = table(shown, n_features)
    names, numbers = frame.columns.get_level_values(1), [kind != "category" for kind in frame.dtypes]
    docs = [*map(sample_frames.DOCS.get, names[: len(names) - n_features]), *[None] * n_features]
    # the keys are positions, of which 0 is the index, because names with two levels cannot be keys
    config: Any = {i: _column(*column, pinned=i <= 2) for i, column in enumerate(zip(names, docs, numbers, strict=True), 1)}
    st.dataframe(frame, hide_index=True, height=min(36 * (len(frame) + 2) + 2, 400), column_config=config, alt="Rows of the data")
    notes = ["Click a column to sort by it."]
    if len(shown) < len(order):
        notes.append(f"The first {whole(_MOST_ROWS)} of {whole(len(order))} rows.")
    if n_features < total:
        notes.append(f"{n_features or 'None'} of the {total} features are shown.")
    st.caption(" ".join(notes))
    download("Samples", lambda: frames.csv(sample_frames.flat(table(order, total))), "All rows in this order, with all features, as CSV.")


def _column(name: str, doc: str | None, number: bool, pinned: bool) -> Any:
    """Return the configuration of a column: its help, its number format, and whether it stays in view (`pinned`)."""
    if number and name != "Row":
        return st.column_config.NumberColumn(help=doc, pinned=pinned, format="%.3f" if name == "probability" else "%.4g")
    return st.column_config.Column(help=doc, pinned=pinned)
