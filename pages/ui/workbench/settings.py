"""The sidebar of the Workbench: the settings that all runs share."""

from __future__ import annotations

import streamlit as st

from core.experiment import Experiment
from core.tasks import CLASSIFICATION
from pages.ui.session import own_table, state
from pages.ui.widgets import controls, look_view, own_data

_SPLIT = ("validation_share", "test_share", "split_seed", "first_seed", "dtype")


def draw() -> None:
    """Draw the settings that all runs share."""
    experiment, item, folded_out = state.current(), state.WORKBENCH.at(), state.WORKBENCH_VIEW.at("folded_out")
    with st.sidebar:
        st.subheader("Data", help=f"**{experiment.dataset.title}.** {experiment.dataset.summary}")
        dataset = item.at("dataset")
        controls.kinds(dataset, dataset.parameter, "Data set", made=own_data.of_kind)
        if experiment.dataset.brought:
            own_data.draw_choices(dataset)
        else:
            controls.fields(dataset)
        if not experiment.dataset.brought or own_table.table(experiment.dataset) is not None:
            look_view.draw_button(state.WORKBENCH_VIEW.at())
        st.subheader("Model", help="Of all runs; a run may have one of its own, under More.")
        controls.field(item, "model")
        st.subheader("Training", help="Of all runs; a run may have a batch size of its own, under More.")
        for name in ("epochs", "batch_size", "seeds"):
            controls.field(item, name)
        damage = controls.folded(folded_out, "damage", st.expander, "Damage to the data")
        if damage:
            with damage:
                _damage(experiment)
        split = controls.folded(folded_out, "split", st.expander, "Split and precision")
        if split:
            with split:
                for name in _SPLIT:
                    controls.field(item, name)


def _damage(experiment: Experiment) -> None:
    """Draw the dials of the damage to the data."""
    of_task = ("wrong_labels", "rarest") if experiment.dataset.task == CLASSIFICATION else ("outliers", "outlier_size")
    for name in (*of_task, "feature_noise", "training_share", "everywhere"):
        controls.field(state.WORKBENCH.at("corruption"), name)
    if experiment.corruption.everywhere:
        st.caption("Validation and test rows are damaged, too, so metrics there say how well damaged data are predicted.")
    else:
        st.caption("Validation and test rows are spared, so metrics there say what was learned in spite of it.")


def in_words(experiment: Experiment) -> str:
    """Return the shared settings as one line of text."""
    models, sizes = {*experiment.models}, {*experiment.batch_sizes}
    model = next(iter(models)) if len(models) == 1 else None
    widths = " ".join(map(str, model.widths)) if model else ""
    network = f"{len(models)} models" if model is None else f"MLP {widths}" if widths else model.title
    batch = f"{len(sizes)} batch sizes" if len(sizes) > 1 else f"batch {size}" if (size := next(iter(sizes))) else "full batch"
    seeds = f"{experiment.seeds} seeds" if experiment.seeds > 1 else "1 seed"
    data = ", ".join((experiment.dataset.title, *map(str, experiment.corruption.damages(experiment.dataset.task))))
    return f"{data} · {network} · {experiment.epochs} epochs · {batch} · {seeds}"
