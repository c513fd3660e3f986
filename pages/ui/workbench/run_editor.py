"""The editor of the runs: a chip for each, widgets for the selected one, and buttons that replace all by a family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.experiment import MAX_RUNS, Experiment, Run, digits_experiment, fitting_losses
from core.inspection.views import Workbench
from core.losses import LOSSES
from core.models import MLP, Linear
from core.optimizers import OPTIMIZERS
from core.parameters import multiples
from core.parameters.labels import differences
from core.tasks import CLASSIFICATION
from core.words import significant
from pages.ui.charts.sight import Sight
from pages.ui.charts.theme import Look
from pages.ui.session import state
from pages.ui.session.screen import Binding
from pages.ui.widgets import chips, controls
from pages.ui.workbench import code_view

#: the batch sizes, and the hidden layers of models, that are offered as families
_BATCH_SIZES = (1, 8, 32, 128, 0)
_HIDDEN = ((8,), (64,), (64, 64))


def looks(experiment: Experiment) -> tuple[Look, ...]:
    """Return the look of each run."""
    return chips.looks(state.WORKBENCH, experiment)


def places(experiment: Experiment, view: Workbench) -> Sight:
    """Return which run stands out in the charts, and which are hidden, by their places."""
    slots = state.WORKBENCH.slots()
    front = slots.index(view.forward) if view.forward in slots else None
    return Sight(front, tuple(run for run, slot in enumerate(slots[: len(experiment.runs)]) if slot in view.hidden))


def draw_buttons() -> None:
    """Draw the buttons that add a run, and replace all runs."""
    experiment, screen = state.current(), state.WORKBENCH
    run = experiment.runs[screen.selected()]
    chips.draw_add(screen, "run", "run_add")
    doc = "Replace the runs by a whole family of them."
    fill = controls.folded(state.WORKBENCH_VIEW.at("folded_out"), "fill", st.popover, "Compare a family", icon=":material/playlist_add:", help=doc)
    if fill:
        with fill:
            _fill(experiment, run)
    doc = "Another example: four optimizers on handwritten digits, each at its suggested rate."
    st.button("Digits", icon=":material/pin:", on_click=state.WORKBENCH.load, args=(digits_experiment(),), key="digits", help=doc)


def draw_chips(experiment: Experiment) -> None:
    """Draw the chips of the runs."""
    hidden = places(experiment, state.WORKBENCH_VIEW.current()).hidden
    chips.draw(state.WORKBENCH, looks(experiment), "Runs", "chips", "selected_run", state.WORKBENCH_VIEW.bring_forward, hidden)


def draw(experiment: Experiment) -> DeltaGenerator | None:
    """Draw the widgets of the selected run. Return the place of what its trained model will be drawn in; None if that is not asked for."""
    index = state.WORKBENCH.selected()
    item = state.WORKBENCH.at("runs", index)
    loss, optimizer = item.at("loss"), item.at("optimizer")
    with st.container(horizontal=True, vertical_alignment="bottom", key="line"):
        controls.kinds(loss, loss.parameter, "Loss", only=lambda loss: loss in fitting_losses(experiment.dataset))
        controls.kinds(optimizer, optimizer.parameter, "Optimizer")
        controls.field(item, "learning_rate")
        doc = "Parameters of loss and optimizer, schedule, model, batch size, regularization, class weights, clipping, label."
        folded = controls.folded(state.WORKBENCH_VIEW.at("folded_out"), "more", st.popover, "More", icon=":material/tune:", help=doc)
        if folded:
            with folded:
                _more(experiment, item)
        place = code_view.draw(experiment, index)
        slot, view = state.WORKBENCH.slots()[index], state.WORKBENCH_VIEW.current()
        hidden, pinned = slot in view.hidden, slot == view.baseline
        eye, does, doc = (":material/visibility:", "Hide", "Hide this run in the charts")
        if hidden:
            eye, does, doc = (":material/visibility_off:", "Show", "Show this run in the charts again")
        st.button(does, icon=eye, key="hide", on_click=state.WORKBENCH_VIEW.hide, args=(slot,), help=doc)
        doc = "This run is the baseline; a click unpins it" if pinned else "Pin this run as the baseline: the table then has the differences to it"
        pin: Literal["primary", "secondary"] = "primary" if pinned else "secondary"
        st.button("Unpin" if pinned else "Pin", icon=":material/keep:", key="pin", type=pin, on_click=state.WORKBENCH_VIEW.pin, args=(slot,), help=doc)
        chips.draw_remove(state.WORKBENCH, "run", "remove")
    return place


def differ_in_words(experiment: Experiment) -> str:
    """Return a sentence that names the fields in which the runs differ."""
    names = [name for name in differences(experiment.whole_runs) if name != "label"]
    if len(experiment.runs) == 1:
        return "One run: add another to compare."
    if not names:
        return "The runs do not differ: select one and change it."
    return "The runs differ in: " + ", ".join(Run.parameters()[name].noun or name for name in names) + "."


def _more(experiment: Experiment, item: Binding) -> None:
    for part in (item.at("loss"), item.at("optimizer")):
        if part.get().parameters():
            st.markdown(f"**{part.get().title}**")
            controls.fields(part)
    controls.field(item, "schedule")
    st.markdown("**Model and batches of this run**")
    controls.field(item, "model")
    controls.field(item, "batch_size")
    st.markdown("**Regularization**")
    controls.field(item, "penalty")
    if (item.get().model or experiment.model).widths:
        controls.field(item, "dropout")
    controls.field(item, "max_norm", "Max-norm")
    controls.field(item, "patience", "Early stopping: patience")
    if experiment.dataset.task == CLASSIFICATION:
        st.markdown("**Classes**")
        controls.field(item, "class_weights")
        controls.field(item, "resampling")
    st.markdown("**Besides**")
    controls.field(item, "clip_norm", "Clip gradient norm at")
    controls.field(item, "label")


def _filled(runs: Sequence[Run]) -> None:
    """Replace the runs by a family, and close what offered it."""
    state.WORKBENCH.set_items(runs)
    folded_out = state.WORKBENCH_VIEW.at("folded_out")
    folded_out.put(tuple(name for name in folded_out.get() if name != "fill"))


def _fill(experiment: Experiment, run: Run) -> None:
    """Draw a button for each family of runs. The runs of a family differ from the selected one in one field."""
    st.caption(f"Up to {MAX_RUNS} runs; everything else is taken from the selected one.")
    run = replace(run, label="")
    rates = multiples(run, "learning_rate", (0.01, 0.03, 0.1, 0.3, 1, 3, 10))
    ladder = [replace(run, learning_rate=rate) for rate in rates]
    st.button(f"A ladder of learning rates, {significant(rates[0])} to {significant(rates[-1])}", on_click=_filled, args=(ladder,))
    batches = [replace(run, batch_size=size) for size in _BATCH_SIZES]
    doc = "Each run sees every row once an epoch, so a smaller batch makes more updates. Curves against updates or seconds tell what an update is worth."
    st.button(f"Batch sizes, {_BATCH_SIZES[0]} to all rows", on_click=_filled, args=(batches,), help=doc)
    models = [replace(run, model=Linear()), *(replace(run, model=MLP(hidden=hidden)) for hidden in _HIDDEN)]
    st.button("Models, from linear to two hidden layers", on_click=_filled, args=(models,))
    optimizers = st.multiselect(
        "Optimizers",
        list(OPTIMIZERS),
        list(OPTIMIZERS)[:MAX_RUNS],
        format_func=lambda kind: OPTIMIZERS[kind].found_by(),
        filter_mode="contains",
        max_selections=MAX_RUNS,
        key="fill_optimizers",
    )
    family = [replace(run, optimizer=OPTIMIZERS[kind](), learning_rate=OPTIMIZERS[kind].learning_rate) for kind in optimizers]
    st.button("Compare these optimizers, each at its suggested rate", on_click=_filled, args=(family,), disabled=not family)
    fitting = [loss.kind for loss in fitting_losses(experiment.dataset)]
    losses = st.multiselect(
        "Losses",
        fitting,
        fitting[:MAX_RUNS],
        format_func=lambda kind: LOSSES[kind].found_by(),
        filter_mode="contains",
        max_selections=MAX_RUNS,
        key=f"fill_losses_{experiment.dataset.kind}",
    )
    st.button("Compare these losses", on_click=_filled, args=([replace(run, loss=LOSSES[kind]()) for kind in losses],), disabled=not losses)
