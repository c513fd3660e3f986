"""Error and loss: the error of one sample, the loss of each sample, and the loss of the line over the data set."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.losses import Loss
from core.studies.losses import error_parts
from core.studies.losses.error_parts import ErrorParts
from pages.ui.losses import pull_charts
from pages.ui.widgets import controls
from pages.ui.widgets.dials import loss_dials, short_title
from pages.ui.widgets.show import dark, show

#: where the session keeps the line
_LINE = "losses_errors_line"
#: a line that is visibly not the best one
_START = {"slope": 0.3, "intercept": 4.2}


@st.fragment
def draw() -> None:
    """Draw the view."""
    left, right = st.columns(2, gap="large")
    with left:
        slope, intercept, squares = _line()
    with right:
        loss = _loss()
    parts = error_parts.parts(loss, slope, intercept)
    _charts(parts, loss, squares)
    _figures(parts)


def _line() -> tuple[float, float, bool]:
    """Draw the dials of the line, the buttons that set them and the switch of the squares; return their values."""
    with st.container(horizontal=True, gap="medium"):
        _dial("slope", -1.0, 2.0, "How much the line rises from x to x + 1.")
        _dial("intercept", -5.0, 12.0, "Height of the line at x = 0.")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Least squares fit", on_click=_set, args=(error_parts.least_squares(),), help="The line with the lowest mean squared error.")
        st.button("Flat at the mean", on_click=_set, args=(error_parts.flat(),), help="The line that ignores x and predicts the mean of y for all.")
        doc = "The side of a square is the error, so its area is the squared error."
        squares = st.toggle("Squares", key="losses_errors_squares", help=doc, persist_state="session")
    line = st.session_state[_LINE]
    return line["slope"], line["intercept"], squares


def _dial(name: str, low: float, high: float, doc: str) -> None:
    """Draw the dial of slope or intercept, which a button may set."""
    key, line = f"losses_errors_{name}", st.session_state.setdefault(_LINE, _START)

    def changed() -> None:
        st.session_state[_LINE] = {**st.session_state[_LINE], name: st.session_state[key]}

    with controls.showing(key, line[name]) as given:
        st.slider(name.capitalize(), low, high, line[name] if given else None, 0.01, key=key, help=doc, on_change=changed)


def _set(line: tuple[float, float]) -> None:
    st.session_state[_LINE] = {"slope": round(line[0], 2), "intercept": round(line[1], 2)}


def _loss() -> Loss:
    """Draw the choice of the loss and its dials, and return it."""
    with st.container(horizontal=True, gap="medium"):
        name = st.selectbox(
            "Loss of a sample",
            error_parts.fitting(),
            format_func=short_title,
            key="losses_errors_loss",
            help="What the error r of a single sample costs. The error is the line's prediction minus the target: r = ŷ − y.",
            persist_state="session",
        )
        loss = loss_dials(name, "losses_errors")
    formula = loss.formula.replace("s - y", r"\hat y - y")
    st.markdown(f"${formula}$")
    return loss


def _charts(parts: ErrorParts, loss: Loss, squares: bool) -> None:
    """Draw the errors on the plane, and beside it what each of them costs."""
    values = {"x": parts.x, "y": parts.y, "fit": parts.predictions, "error": parts.errors, "loss": parts.losses}
    points = pd.DataFrame({"number": range(1, len(parts.x) + 1), **values})
    plane, bars = st.columns(2, gap="large")
    with plane:
        chart = pull_charts.error_lines(points, parts.ends, x_domain=error_parts.X_RANGE, y_domain=error_parts.Y_RANGE, squares=squares, dark=dark())
        show(chart, "losses_errors_plane")
        st.caption("A bar is the error of one sample: red where the line predicts too much, blue where too little.")
    with bars:
        show(pull_charts.sample_losses(points, parts.mean, title="loss", dark=dark()), "losses_errors_bars")
        n, total, mean = len(parts.x), f"{parts.total:.2f}", f"{parts.mean:.2f}"
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
