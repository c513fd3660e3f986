"""What embeddings are made of: the settings that all runs share, in the sidebar, and the widgets of the selected run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import streamlit as st

from core.datasets import Dataset
from core.studies.metric_learning.embedding import Embedding, Metric
from core.studies.metric_learning.rows import class_names
from pages.ui.charts import base
from pages.ui.session import own_table
from pages.ui.session.screen import Binding
from pages.ui.session.state import EMBEDDING
from pages.ui.widgets import chips, controls, own_data
from pages.ui.widgets.text import plain


@contextmanager
def apart(dataset: Dataset) -> Iterator[None]:
    """Keep what is built of somebody's own data in the `with` block with the session's table, and nowhere else."""
    with base.apart(own_table.specifications()) if dataset.brought else nullcontext():
        yield


def draw_settings(embedding: Embedding, folded_out: Binding) -> None:
    """Draw the settings that all runs share. `folded_out`: the field that holds the names of what is folded out."""
    item, dataset = EMBEDDING.at(), embedding.dataset
    with st.sidebar:
        st.subheader("Data", help=f"**{dataset.title}.** {dataset.summary}")
        own = own_table.of_classes()
        controls.kinds(
            item.at("dataset"), Embedding.parameters()["dataset"], "Data", made=own_data.of_kind,
            only=lambda cls: not cls.brought or own is not None or dataset.brought,
        )  # fmt: skip
        if not dataset.brought:
            controls.fields(item.at("dataset"))
        draw_held_out(item.at("held_out"), embedding)
        st.subheader("Embedding")
        controls.field(item, "space", shape="segments")
        st.subheader("Training")
        for name in ("updates", "classes", "per_class", "seed"):
            controls.field(item, name)
        network = controls.folded(folded_out, "network", st.expander, "Network")
        if network is not None:
            with network:
                controls.field(item, "model")


def draw_held_out(binding: Binding, embedding: Embedding) -> None:
    """Draw the choice of the classes that are held out, by their names. It shows those of the embedding, which may stand for an empty choice."""
    dataset, held_out = embedding.dataset, embedding.held_out
    table = own_table.table(dataset) if dataset.brought else None
    if dataset.brought and table is None:
        return
    names = class_names(dataset, table)
    controls.several(
        binding, list(range(len(names))), lambda _: [number for number in held_out if number < len(names)], lambda _, chosen: tuple(sorted(chosen)),
        label="Classes held out", titles=lambda number: plain(names[number]), doc=binding.parameter.doc, placeholder="none",
    )  # fmt: skip


def draw(folded_out: Binding) -> None:
    """Draw the widgets of the selected run."""
    item = EMBEDDING.at("runs", EMBEDDING.selected())
    loss, numbers, rate, others = st.columns([2, 3, 1.8, 2.2], vertical_alignment="bottom", gap="small")
    with loss:
        controls.kinds(item.at("loss"), Metric.parameters()["loss"], "Loss")
    with numbers:
        _loss_fields(item.at("loss"))
    with rate:
        controls.field(item, "learning_rate")
    with others, st.container(horizontal=True, vertical_alignment="bottom", wrap=False):
        more = controls.folded(folded_out, "more", st.popover, "More", icon=":material/tune:", help="The optimizer, and a label.")
        if more is not None:
            with more:
                controls.kinds(item.at("optimizer"), Metric.parameters()["optimizer"], "Optimizer")
                controls.fields(item.at("optimizer"))
                controls.field(item, "label")
        chips.draw_remove(EMBEDDING, "run", "embedding_remove")


def _loss_fields(item: Binding) -> None:
    """Draw the fields of a loss beside each other, choices as menus."""
    names = item.get().active()
    for column, name in zip(st.columns(len(names) or 1, vertical_alignment="bottom", gap="small"), names, strict=False):
        with column:
            controls.field(item, name, shape="menu")
