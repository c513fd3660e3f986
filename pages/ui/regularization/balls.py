"""The view of norm balls: penalties as budgets in two dimensions, and the L1 and L2 penalties of one large weight and of four small ones."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pandas as pd
import streamlit as st

from core.studies.regularization import norm_balls, takeaways
from core.studies.regularization.norm_balls import BALLS, Bowl, Constrained, Sizes
from core.studies.regularization.views import Balls
from pages.ui.charts.theme import look
from pages.ui.regularization import ball_charts
from pages.ui.session.screen import ViewScreen
from pages.ui.widgets import share
from pages.ui.widgets.controls import field
from pages.ui.widgets.pieces import begin, grid, picture, settings, stage, takeaway
from pages.ui.widgets.show import dark, show

SCREEN = ViewScreen(Balls)
SCREENS = (SCREEN,)
#: pixels of a dial, and beside the charts
_DIAL_WIDTH, _BESIDE = 210, 380
_NAMES = {"l1": "L1", "l2": "L2, and max-norm", "elastic_net": "Elastic net"}
HOW_TO_READ = r"""
- **Rings**: the squared error of a regression on two standardised features, lowest at least squares (✚). **Shape**: all coefficients whose
  penalty stays within the budget.
- **◆**: the lowest error within the budget, where the full ring touches the shape. **Dotted**: its way as the budget grows from nothing.
- **A corner means a zero.** The L1 ball has its corners on the axes, and a ring that comes from afar often meets a corner first: then one
  coefficient is exactly 0. The L2 ball is round, so hardly any ring touches it on an axis. The elastic net has corners, and round sides.
- **Budget and strength** are two ways to say the same: each budget has a λ with which *error + λ · penalty* has the same minimum.
- **Max-norm** caps the length of the weights into a unit: for two weights this is the L2 ball, as a wall instead of a pull.
- **Own data** are not offered here: a plane has room for two coefficients, and a table has one for each feature. *Strength* draws the coefficients of a table.
"""


def draw() -> None:
    """Draw the view. Its first part is a fragment: a change of its sliders does not draw the second part again."""
    _balls()
    _one_large_and_four_small()


@st.fragment
def _balls() -> None:
    """Draw the dials, each penalty as its ball, and the lowest loss within it."""
    view, dials = begin(SCREEN), SCREEN.at()
    bowl = Bowl(1.0, view.second, view.correlation)
    ratios = {name: view.l1_ratio if name == "elastic_net" else ratio for name, ratio in BALLS.items()}
    minima = [norm_balls.constrained(bowl, ratio, view.budget / 100) for ratio in ratios.values()]
    said = takeaways.balls(list(_NAMES.values()), minima, view.budget)
    takeaway(said)
    with picture():
        with settings():
            for name in ("budget", "correlation", "second", "l1_ratio"):
                with st.container(width=_DIAL_WIDTH):
                    field(dials, name)
        with stage(), grid(3):
            for slot, ((name, ratio), minimum) in enumerate(zip(ratios.items(), minima, strict=True)):
                with st.container(gap="small"):
                    style, route = look(slot, _NAMES[name]), norm_balls.route(bowl, ratio)
                    chart = ball_charts.ball_panel(bowl, minimum, route, style, height=300, dark=dark(), beside=_BESIDE)
                    show(chart, f"regularization_ball_{name}", said=said if slot == 0 else None)
                    st.markdown(_in_words(minimum))
    share.shows(lambda: _table(minima))


def _table(minima: Sequence[Constrained]) -> pd.DataFrame:
    """Return the coordinates, the loss and the strength of each ball's minimum."""
    first, second = zip(*(minimum.weights for minimum in minima), strict=True)
    columns = {"first coefficient": first, "second coefficient": second, "loss, beyond least squares": [minimum.loss for minimum in minima]}
    return pd.DataFrame({"penalty": _NAMES.values()} | columns | {"strength": [minimum.strength for minimum in minima]})


def _in_words(minimum: Constrained) -> str:
    """Return the coordinates, the loss and the strength of a constrained minimum, in Markdown. They are bold if a coordinate is exactly 0."""
    coordinates = ["exactly 0" if value == 0 else f"{value:.3f}".replace("-", "−") for value in minimum.weights]
    bold = "**" if (minimum.weights == 0).any() else ""
    return f"◆ {bold}{coordinates[0]} and {coordinates[1]}{bold}  \nloss + {minimum.loss:.3f} · the same as λ = {minimum.strength:.3g}"


def _one_large_and_four_small() -> None:
    """Draw the calculation of the penalties of one large weight and of four small ones."""
    st.markdown(
        "**One large weight or four small ones?** Both predict the same for $x = (1, 1, 1, 1)$.",
        help="L1 adds the sizes of the weights, L2 their squares (here without the ½ that makes its gradient λw).",
    )
    one, four = norm_balls.one_large_and_four_small()
    for column, sizes in zip(st.columns(2, gap="medium"), (one, four), strict=True):
        with column, st.container(border=True):
            st.markdown(_calculation(sizes))
    times = f"{one.l2 / four.l2:g}"
    st.caption(
        f"L1 charges both alike. L2 charges the large weight {times} times as much, so it spreads a prediction over all features that carry it; "
        "L1 is content with one of them."
    )


def _calculation(sizes: Sizes) -> str:
    """Return the prediction, the L1 norm and the sum of squares of a vector of weights as formulas in Markdown, each with its terms."""
    terms = [_number(weight) for weight in sizes.weights]
    plus, squares = " + ".join(terms), " + ".join(_number(weight**2) for weight in sizes.weights)
    return (
        rf"$w = ({', '.join(terms)}), \quad w \cdot x = {_number(sizes.prediction)}$" + "  \n"
        rf"L1: $\textstyle\sum |w_i| = {plus} = {_number(sizes.l1)}$" + "  \n"
        rf"L2: $\textstyle\sum w_i^2 = {squares} = {_number(sizes.l2)}$"
    )


def _number(value: float) -> str:
    """Return the value as a whole number or a fraction, in LaTeX."""
    fraction = Fraction(value)
    return str(fraction.numerator) if fraction.denominator == 1 else rf"\tfrac{{{fraction.numerator}}}{{{fraction.denominator}}}"
