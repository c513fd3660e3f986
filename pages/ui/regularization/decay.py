"""Decay in Adam: coupled L2 against decoupled decay, on gradients of known size and on digits."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.studies.regularization import decay
from core.studies.regularization.views import Decay
from core.training.results import Result
from pages.ui.charts import frames, run_charts
from pages.ui.charts.axes import Axis
from pages.ui.charts.legend import legend_html
from pages.ui.charts.log_curves import log_curves
from pages.ui.charts.theme import Look, look
from pages.ui.session.screen import ViewScreen
from pages.ui.training.collect import collect
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, open_in_workbench
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Decay)
SCREENS = (SCREEN,)
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
    strengths, lengths = st.columns(2, gap="medium", vertical_alignment="bottom")
    with strengths:
        field(dials, "strength")
    with lengths:
        field(dials, "updates")
    shown, trained = st.columns(2, gap="medium")
    with shown:
        _shown(view.strength, view.updates)
    with trained:
        experiment = decay.on_digits(view.strength)
        results = collect(experiment)
        if results is not None:
            _trained(results[0], [look(slot, run.label) for slot, run in zip((4, 2, 3), experiment.runs, strict=True)])


def _shown(strength: float, updates: int) -> None:
    """Draw the size of a weight after the updates against the size of its gradients."""
    st.markdown("**What is left of a weight**, by the size of its gradients")
    looks = [look(slot, rule.title) for slot, rule in enumerate(decay.rules(strength))]
    remaining = decay.remaining_weights(strength, updates)
    st.html(legend_html(looks))
    frame = pd.DataFrame({"x": decay.SIZES} | {f"r{i}": values.clip(0, 1) for i, values in enumerate(remaining)})
    share.shows(lambda: frame.rename(columns={"x": "size of gradients"} | {f"r{i}": style.label for i, style in enumerate(looks)}))
    x, y = Axis("size of the loss’s gradients"), Axis(f"left after {updates} updates")
    show(log_curves(frame, looks, x, y, height=300, dark=dark()), "regularization_decay_left")
    evenly = (1 - decay.LEARNING_RATE * strength) ** updates
    st.caption(
        f"(1 − ηλ)^{updates} = {evenly:.3f} is left by SGD in both forms and by AdamW, so their lines coincide. "
        f"Adam with L2 leaves from {remaining[2].min():.3f} to {remaining[2].max():.3f}."
    )


def _trained(result: Result, looks: Sequence[Look]) -> None:
    """Draw the length of the weights over the epochs of a training, and where it ended."""
    st.markdown("**On digits**: the length of all weights")
    st.html(legend_html(looks))
    frame = frames.curves(result, "weight_norm", "epochs", "training")
    x, y = Axis("epochs", domain=(0, float(result.experiment.epochs))), Axis("weight norm")
    show(run_charts.curves(frame, looks, x, y, dark=dark(), height=300), "regularization_decay_norms")
    loss, accuracy = (result.values(name)[-1, 0] for name in ("log_loss", "accuracy"))
    ends = [f"{style.label}: {loss[i]:.3f} and {accuracy[i]:.1%}" for i, style in enumerate(looks)]
    st.caption(f"Validation log loss and accuracy at the end. {'; '.join(ends)}.")
    open_in_workbench("Open in the workbench", result.experiment, "regularization_decay_open", "The three runs, with all their settings.")
