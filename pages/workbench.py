"""The workbench: choose data, a model and runs; compare curves, metrics and boundaries."""

import streamlit as st

from pages.ui.session import own_table, state
from pages.ui.training import follow
from pages.ui.widgets import look_view, own_data, views
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import dial, folded_settings, picture
from pages.ui.widgets.text import show_message
from pages.ui.workbench import code_view, diagnosis_view, lower_half, run_editor, settings, training_view

HOW_TO_READ = (
    "**A run** is a loss, an optimizer and a learning rate; the data, the split, the start and the batches are the same for all runs, unless a run has a model "
    "or a batch size of its own (More).",
    "**A click on a run**, on its chip or on its letter in the table, selects it and brings it forward in every chart; another click puts it back among the "
    "others. The eye hides it, the pin makes it the baseline that the table takes differences to.",
    "**Left**: each run's own loss over the epochs. Losses of different kinds have different scales: compare a metric, in the table and below. "
    "Under the pointer the values stand above the curves; a drag with the mouse zooms, a double click goes back.",
    "**The table** is at each run's epoch of lowest own validation loss. Marked: the best, and what its spread cannot tell from it.",
    "**Below**: what may be wrong with a run, the chosen metric, and boundaries, errors and weights at one epoch, which a dial moves in all runs together.",
)
PURPOSE = "Losses, optimizers and models on the same data, from the same start"

experiment, shown = state.WORKBENCH.open(), state.WORKBENCH_VIEW.open()
settings.draw()

views.header("Workbench", "workbench", (state.WORKBENCH, state.WORKBENCH_VIEW), HOW_TO_READ, run_editor.draw_buttons, files=code_view.draw_files)
said = st.container(key="said")  # filled once there is something to say
show_message(state.WORKBENCH, state.WORKBENCH_VIEW)
if experiment.dataset.brought and own_table.table(experiment.dataset) is None:
    own_data.bring(state.WORKBENCH.at("dataset"))
    look_view.draw(state.WORKBENCH.at("dataset"), state.WORKBENCH_VIEW.at())
    st.stop()
follow.follow(experiment)
metric = shown.metric(experiment.dataset.task)
with picture():  # on a phone the curves come first, then the chips, and what changes a run is folded away
    st.caption(f"{PURPOSE}: {settings.in_words(experiment)}")
    look_view.draw(state.WORKBENCH.at("dataset"), state.WORKBENCH_VIEW.at())
    with dial():
        run_editor.draw_chips(experiment)
    with folded_settings():
        model = run_editor.draw(experiment)
        with st.container(horizontal=True, vertical_alignment="center", key="choices"):
            training_view.draw_axes()
            st.caption(run_editor.differ_in_words(experiment), width="stretch")
            field(state.WORKBENCH_VIEW.at(), f"{experiment.dataset.task}_metric", shape="menu", labelled=False)
    training_view.draw(experiment, metric, shown, lambda view: lower_half.due(view, experiment))
view = follow.view(experiment)
with said:
    training_view.draw_takeaway(view, metric)
code_view.draw_model(model, view.result, state.WORKBENCH.selected())
with st.container():  # always there, so that the charts below keep their place
    if view.result is not None and not view.running:
        diagnosis_view.draw(view.result)
lower_half.draw(view, experiment, metric)
