"""Decay in Adam: coupled L2 against decoupled decay, on gradients of known size and on digits."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.studies.regularization import decay, takeaways
from core.studies.regularization.views import Decay
from core.training.results import Result
from core.words import Figure, Said
from pages.ui.charts import frames
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import curves, log_curves
from pages.ui.charts.series import run_domain
from pages.ui.charts.theme import Look, look
from pages.ui.session.screen import ViewScreen
from pages.ui.training import last
from pages.ui.training.collect import collect
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, open_in_workbench, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Decay)
SCREENS = (SCREEN,)
#: pixels of a dial, and beside the charts
_DIAL_WIDTH, _BESIDE = 420, 400
#: the slots of the runs on digits: the rules that are on the left, too, look as they do there
_SLOTS = (4, 2, 3)
HOW_TO_READ = rf"""
- **Left**: weights of 1 whose gradients have a known size and cancel each other over four updates, so that only the decay moves the weight in the long run.
  η = {decay.LEARNING_RATE:g}.
- **Coupled** means L2: λw is part of the gradient. Gradient descent shrinks the weight by 1 − ηλ an update. Adam divides the gradient, λw with it, by the
  size of recent gradients: where these are large the weight is hardly decayed, where they are small it is gone at once.
- **Decoupled**: the rule shrinks the weight itself by 1 − ηλ, whatever the gradients. For plain gradient descent that is the same; for Adam it is AdamW.
- **Right**: the same three rules of Adam on a fifth of digits’ training rows. Most gradients there are far below 1, so at equal λ coupled L2 shrinks *more*.
- A λ that was tuned for one form is not the λ of the other. Source: Loshchilov and Hutter, arXiv:1711.05101. AdamW decays biases, too.
- **Own data** are not offered here: the left half needs gradients whose size is known, and what a table adds is a comparison of Adam with L2 and AdamW in the
  Workbench, where both take own data.
"""


def draw() -> None:
    """Draw the view."""
    view, dials = begin(SCREEN), SCREEN.at()
    said = takeaways.decay(decay.remaining_weights(view.strength, view.updates), view.updates)
    takeaway(said)
    with picture():
        with settings():
            for name in ("strength", "updates"):
                with st.container(width=_DIAL_WIDTH):
                    field(dials, name)
        experiment = decay.on_digits(view.strength)
        results = collect(experiment)
        with stage():
            st.html(legend_html([*looks_of(view.strength), look(_SLOTS[0], experiment.runs[0].label)]))
            with grid(2):
                with st.container(gap="small"):
                    _shown(view.strength, view.updates, said)
                with st.container(gap="small"):
                    last.draw(SCREEN, None if results is None else results[0], _trained)


def looks_of(strength: float) -> list[Look]:
    """Return the look of each rule."""
    return [look(slot, rule.title) for slot, rule in enumerate(decay.rules(strength))]


def _shown(strength: float, updates: int, said: Said) -> None:
    """Draw the size of a weight after the updates against the size of its gradients."""
    looks = looks_of(strength)
    remaining = decay.remaining_weights(strength, updates)
    frame = pd.DataFrame({"x": decay.SIZES} | {f"r{i}": values.clip(0, 1) for i, values in enumerate(remaining)})
    share.shows(lambda: frame.rename(columns={"x": "size of gradients"} | {f"r{i}": style.label for i, style in enumerate(looks)}))
    x, y = Axis("size of the loss’s gradients"), Axis(f"left after {updates} updates")
    chart = log_curves(frame, looks, x, y, height=300, dark=dark(), beside=_BESIDE)
    show(chart, "regularization_decay_left", "What is left of a weight", said)
    evenly = Figure((1 - decay.LEARNING_RATE * strength) ** updates, ".3g")
    st.caption(str(Said("(1 − ηλ)^{updates} = {evenly} is left by SGD in both forms and by AdamW, so their lines coincide.", updates=updates, evenly=evenly)))


def _trained(result: Result) -> None:
    """Draw the length of the weights over the epochs of a training, and where it ended."""
    looks = [look(slot, run.label) for slot, run in zip(_SLOTS, result.experiment.runs, strict=True)]
    frame = frames.curves(result, "weight_norm", "epochs", "training")[["x", *run_domain(looks)]]
    x, y = Axis("epochs", domain=(0, float(result.experiment.epochs))), Axis("weight norm")
    chart = curves(frame, looks, x, y, dark=dark(), height=300, beside=_BESIDE)
    show(chart, "regularization_decay_norms", "On digits: the length of all weights")
    loss, accuracy = (result.values(name)[-1, 0] for name in ("log_loss", "accuracy"))
    ends = tuple(
        Said("{run}: {loss} and {accuracy}", run=style.label, loss=Figure(float(loss[i]), ".3g"), accuracy=Figure(float(accuracy[i]), ".1%"))
        for i, style in enumerate(looks)
    )
    st.caption(str(Said("Validation log loss and accuracy at the end. {ends}.", ends=ends)))
    open_in_workbench("Open in the workbench", result.experiment, "regularization_decay_open", "The three runs, with all their settings.")
