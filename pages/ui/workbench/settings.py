"""The sidebar of the Workbench: the settings that all runs share."""

from __future__ import annotations

import streamlit as st

from core.experiment import Experiment
from core.tasks import CLASSIFICATION
from pages.ui.session import state
from pages.ui.widgets import controls, own_data

_SPLIT = ("validation_share", "test_share", "split_seed", "dtype")


def draw() -> None:
    """Draw the settings that all runs share."""
    experiment, item, folded_out = state.current(), state.WORKBENCH.at(), state.WORKBENCH_VIEW.at("folded_out")
    with st.sidebar:
        st.subheader("Data", help=f"**{experiment.dataset.title}.** {experiment.dataset.summary}")
        dataset = item.at("dataset")
        controls.kinds(dataset, dataset.parameter, "Data set", made=own_data.of_kind)
        if experiment.dataset.brought:
            own_data.draw_choices()
        else:
            controls.fields(dataset)
        st.subheader("Model")
        controls.field(item, "model")
        st.subheader("Training")
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
    sizes = " ".join(map(str, experiment.model.widths))
    batch = f"batch {experiment.batch_size}" if experiment.batch_size else "full batch"
    seeds = f"{experiment.seeds} seeds" if experiment.seeds > 1 else "1 seed"
    data = ", ".join((experiment.dataset.title, *map(str, experiment.corruption.damages(experiment.dataset.task))))
    return f"{data} · {'MLP ' + sizes if sizes else experiment.model.title} · {experiment.epochs} epochs · {batch} · {seeds}"
