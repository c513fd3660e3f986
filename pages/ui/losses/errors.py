"""Error and loss: the error of one sample, the loss of each sample, and the loss of the line over the data set."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.losses import Loss
from core.parameters import Component
from core.studies.losses import error_parts, takeaways
from core.studies.losses.error_parts import ErrorParts
from core.studies.losses.views import Errors
from core.words import significant
from pages.ui.losses import pull_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field, fields, kinds
from pages.ui.widgets.pieces import begin, dial, folded_settings, picture, stage, takeaway
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Errors)
SCREENS = (SCREEN,)
HOW_TO_READ = (
    "**The error** of a sample is what the line predicts minus what is true: a bar, red where the line predicts too much, blue where too little.",
    "**The loss** of a sample is what its error costs; **the loss over the data set** is the mean of these, which training lowers.",
    "**Squares**: the side is the error, so the area is the squared error. Compare how much one far point costs under each loss.",
)


@st.fragment
def draw() -> None:
    """Draw the view."""
    view = begin(SCREEN)
    parts = error_parts.parts(view.loss, view.slope, view.intercept)
    takeaway(takeaways.errors(parts))
    with picture():
        with dial():
            for name in ("slope", "intercept"):
                field(SCREEN.at(), name)
        with folded_settings():
            left, right = st.columns(2, gap="large")
            with left:
                _line()
            with right:
                _loss(view.loss)
        with stage():
            _charts(parts, view.squares)
    _figures(parts)


def _line() -> None:
    """Draw the buttons that set the line, and the switch of the squares."""
    dials = SCREEN.at()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Least squares fit", on_click=_set, args=(error_parts.least_squares(),), help="The line with the lowest mean squared error.")
        st.button("Flat at the mean", on_click=_set, args=(error_parts.flat(),), help="The line that ignores x and predicts the mean of y for all.")
        field(dials, "squares")


def _set(line: tuple[float, float]) -> None:
    SCREEN.update(SCREEN.current().along(line))


def _loss(loss: Loss) -> None:
    """Draw the choice of the loss, its dials, and its formula."""
    declared = Errors.parameters()["loss"]
    assert isinstance(declared, Component)
    with st.container(horizontal=True, gap="medium"):
        kinds(SCREEN.at("loss"), declared, "Loss of a sample", doc=declared.doc)
        fields(SCREEN.at("loss"))
    formula = loss.formula.replace("s - y", r"\hat y - y")
    st.markdown(f"${formula}$")


def _charts(parts: ErrorParts, squares: bool) -> None:
    """Draw the errors on the plane, and beside it what each of them costs."""
    values = {"x": parts.x, "y": parts.y, "fit": parts.predictions, "error": parts.errors, "loss": parts.losses}
    points = pd.DataFrame({"number": range(1, len(parts.x) + 1), **values})
    share.shows(lambda: points.rename(columns={"number": "sample", "fit": "prediction"}))
    plane, bars = st.columns(2, gap="large")
    with plane:
        chart = pull_charts.error_lines(points, parts.ends, x_domain=error_parts.X_RANGE, y_domain=error_parts.Y_RANGE, squares=squares, dark=dark())
        show(chart, "losses_errors_plane", "The error of each sample", takeaways.errors(parts))
        st.caption("A bar is the error of one sample: red where the line predicts too much, blue where too little.")
    with bars:
        show(pull_charts.sample_losses(points, parts.mean, title="loss", dark=dark()), "losses_errors_bars", "What it costs: the loss of each sample")
        n, total, mean = len(parts.x), significant(parts.total), _hundredths(parts.mean)
        st.caption(f"The loss of each sample. Their sum {total} divided by {n} is **{mean}** (dashed): the loss over the data set, which training lowers.")


def _figures(parts: ErrorParts) -> None:
    """Draw the measures of the fit, and R² in words."""
    figures = {
        "MSE": (parts.mse, "Mean squared error: the mean of the squared errors. In squared units of y."),
        "RMSE": (parts.rmse, "Root of the mean squared error: a typical error, in the units of y; large errors count more."),
        "MAE": (parts.mae, "Mean absolute error: the mean size of the errors, in the units of y."),
        "Variance of y": (parts.variance, "The mean squared distance of the targets from their mean: the MSE of the flat line at the mean."),
        "R²": (parts.r2, "1 − MSE / variance. 1 is a perfect fit, 0 no better than the flat line at the mean; below 0 it is worse."),
    }
    with st.container(horizontal=True, gap="medium"):
        for name, (value, doc) in figures.items():
            st.metric(name, _hundredths(value), help=doc)
    explains = f"the line explains {parts.r2:.0%} of the variance of y".replace("-", "")
    verdict = explains if round(parts.r2, 2) >= 0 else "the line errs more than the flat line at the mean of y would"
    st.markdown(f"R² = 1 − MSE / variance = 1 − {parts.mse:.2f} / {parts.variance:.2f} = **{_hundredths(parts.r2)}**: {verdict}.")


def _hundredths(value: float) -> str:
    """Return the number with two decimals, a true minus sign, and none before a zero."""
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
