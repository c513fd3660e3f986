"""The sidebar of the Workbench: the settings that all runs share."""

from __future__ import annotations

import streamlit as st

from core.datasets import DATASETS
from core.experiment import Experiment
from core.models import MODELS
from core.tasks import CLASSIFICATION
from pages.ui.session import state
from pages.ui.widgets import controls, own_data

_BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_EPOCHS = (1, 2, 5, 10, 20, 30, 50, 100, 200, 500)


def draw() -> None:
    """Draw the settings that all runs share."""
    experiment = state.current()
    with st.sidebar:
        st.subheader("Data", help=f"**{experiment.dataset.title}.** {experiment.dataset.summary}")
        controls.pick(("dataset",), DATASETS, experiment.dataset, "Data set", choose=own_data.choose_dataset)
        if experiment.dataset.brought:
            own_data.draw_choices()
        else:
            controls.fields(("dataset",), experiment.dataset)
        st.subheader("Model")
        controls.pick(("model",), MODELS, experiment.model, "Model")
        controls.fields(("model",), experiment.model)
        st.subheader("Training")
        _steps("epochs", "Epochs", experiment, _EPOCHS)
        _steps("batch_size", "Batch size", experiment, _BATCH_SIZES, last="all rows")
        controls.field((), experiment, "seeds", "Seeds")
        _damage(experiment)
        split = st.expander("Split and precision", key="split", on_change="rerun")
        if split.open:
            with split:
                for name in ("validation_share", "test_share", "split_seed", "dtype"):
                    controls.field((), experiment, name)


def _damage(experiment: Experiment) -> None:
    """Draw the dials of the damage to the data."""
    corruption, task = experiment.corruption, experiment.dataset.task
    damage = st.expander("Damage to the data", key="damage", on_change="rerun")
    if damage.open:
        with damage:
            of_task = ("wrong_labels", "rarest") if task == CLASSIFICATION else ("outliers", "outlier_size")
            for name in (*of_task, "feature_noise", "training_share", "everywhere"):
                controls.field(("corruption",), corruption, name)
            if corruption.everywhere:
                st.caption("Validation and test rows are damaged, too, so metrics there say how well damaged data are predicted.")
            else:
                st.caption("Validation and test rows are spared, so metrics there say what was learned in spite of it.")


def _steps(name: str, label: str, experiment: Experiment, steps: tuple[int, ...], last: str = "") -> None:
    """Draw a dial over the steps and the present value. With `last`, the label of 0, the dial ends with 0."""
    value = getattr(experiment, name)
    stops = sorted({*steps, value} - {0}) + ([0] if last else [])
    controls.stops((name,), stops, value, label, experiment.parameters()[name].doc, lambda stop: last if stop == 0 else str(stop))


def in_words(experiment: Experiment) -> str:
    """Return the shared settings as one line of text."""
    sizes = " ".join(map(str, experiment.model.widths))
    batch = f"batch {experiment.batch_size}" if experiment.batch_size else "full batch"
    seeds = f"{experiment.seeds} seeds" if experiment.seeds > 1 else "1 seed"
    data = ", ".join((experiment.dataset.title, *map(str, experiment.corruption.damages(experiment.dataset.task))))
    return f"{data} · {'MLP ' + sizes if sizes else experiment.model.title} · {experiment.epochs} epochs · {batch} · {seeds}"
