"""The views "Outliers: who pulls" and "Error and loss" without a browser: every loss that fits, every switch, the dials, the buttons and the address."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.losses import LOSSES
from core.studies.losses import error_parts, views
from core.studies.losses.pulls import LineWithOutliers
from core.studies.losses.views import Errors, Pulls, Shown
from pages.ui.losses import errors, pulls
from pages.ui.session import link
from tests.items import named
from tests.views import by_address, carried, change, checked, opened, words


def pulls_view() -> None:
    from pages.ui.losses import pulls

    pulls.draw()


def errors_view() -> None:
    from pages.ui.losses import errors

    errors.draw()


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def table(app: AppTest) -> pd.DataFrame:
    """Return what the view shows as a table, for the download."""
    frame: pd.DataFrame = app.session_state["shown"][0]()
    return frame


def drawn(app: AppTest, data: str, chosen: tuple[str, ...], *, sizes: str = "pull", fit: str = "own") -> AppTest:
    for name, value in (("data", data), ("sizes", sizes), (f"{data}_fit", fit), (f"{data}_losses", list(chosen))):
        app = change(app, f"losses.pulls.{name}", value)
    assert charts(app) == len(chosen)
    return app


def in_fours(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [names[i : i + 4] for i in range(0, len(names), 4)]


def test_it_opens_with_four_regression_losses() -> None:
    app = opened(pulls_view)
    assert charts(app) == 4
    text = words(app)
    assert "4 outliers among 40 samples" in text
    assert "Outliers have **40%** of the pull" in text
    assert "Outliers have **0%** of the pull" in text
    assert "Not convex: the fit starts from that of absolute error." in text


@pytest.mark.parametrize("data", [views.OUTLIERS, views.EASY])
def test_every_fitting_loss_can_be_chosen(data: str) -> None:
    app = opened(pulls_view)
    for chosen in in_fours(views.offered_pulls(data)):
        for sizes, fit in (("pull", "own"), ("loss", "same")):
            with named(sizes, fit, *chosen):
                drawn(app, data, chosen, sizes=sizes, fit=fit)


def test_a_loss_that_pulls_nothing_is_explained() -> None:
    app = drawn(opened(pulls_view), "easy", ("zero_one", "cross_entropy"))
    assert "**Nothing pulls**: its gradient is 0 everywhere" in words(app)
    assert "cannot be fitted by its gradient" in words(app)
    assert "Nothing" not in words(drawn(opened(pulls_view), "easy", ("zero_one",), sizes="loss", fit="same"))


def test_no_loss_no_outlier_and_the_ends_of_the_dials() -> None:
    app = opened(pulls_view)
    for name in ("outliers", "distance"):
        key = f"losses.pulls.outliers.{name}"
        for end in ("max", "min"):
            assert charts(change(app, key, getattr(app.slider(key=key), end))) == 4
    app = change(app, "losses.pulls.outliers_losses", [])
    assert charts(app) == 0
    assert "Choose a loss" in app.info[0].value


def test_a_dial_of_a_loss_changes_its_number() -> None:
    app = opened(pulls_view)
    before = words(app)
    app = change(app, "losses.pulls.outliers_losses.2.loss.delta", 10.0)
    assert words(app) != before
    assert words(app).count("Outliers have **40%** of the pull") == 2  # Huber with a large bound is squared error


def test_a_link_draws_the_pulls_that_its_sender_saw(root: Path) -> None:
    """Seven outliers, and δ = 0.25, which is no stop of its dial."""
    state = Pulls(outliers_fit="same", outliers=LineWithOutliers(7, 3.5), outliers_losses=(Shown(LOSSES["huber"](delta=0.25), 5),))
    app = checked(by_address(root, "losses", view="pulls", v=link.encode(state)).run())
    assert carried(app, pulls.SCREEN) == state
    assert charts(app) == 1
    assert "7 outliers among 40 samples" in words(app)
    assert app.select_slider(key="losses.pulls.outliers_losses.0.loss.delta").value == 0.25
    frame = table(app)
    assert frame["outlier"].sum() == 7
    assert frame["Huber: share of the pull"].sum() == pytest.approx(1)


def test_each_kind_of_data_keeps_its_own_choices() -> None:
    app = change(opened(pulls_view), "losses.pulls.outliers_losses", ["huber", "cauchy"])
    app = change(change(app, "losses.pulls.data", "easy"), "losses.pulls.easy_fit", "own")
    assert list(table(app).columns[:5]) == ["sample", "feature 1", "feature 2", "class", "easy"]
    app = change(app, "losses.pulls.data", "outliers")
    assert app.multiselect(key="losses.pulls.outliers_losses").value == ["huber", "cauchy"]
    state = carried(app, pulls.SCREEN)
    assert (state.outliers_fit, state.easy_fit) == ("own", "own")
    assert state.outliers_losses[1] == Shown(LOSSES["cauchy"](scale=0.3), 0), "a new loss has its bound between the noise and the outliers"


def test_every_loss_of_one_error() -> None:
    app = change(opened(errors_view), "losses.errors.squares", True)
    for kind in error_parts.fitting():
        with named(kind):
            app = change(app, "losses.errors.loss.kind", kind)
            assert charts(app) == 2
            parts = error_parts.parts(LOSSES[kind](), 0.3, 4.2)
            assert f"divided by 12 is **{parts.mean:.2f}**" in words(app)
            assert carried(app, errors.SCREEN) == Errors(squares=True, loss=LOSSES[kind]())


def test_buttons_and_dials_set_the_line() -> None:
    app = opened(errors_view)
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["R²"] == "0.29"
    app = checked(app.button[0].click().run())
    slope, _ = error_parts.least_squares()
    assert app.slider(key="losses.errors.slope").value == round(slope, 2)
    best = float(app.metric[0].value)
    assert best < float(figures["MSE"])
    app = checked(app.button[1].click().run())
    assert app.metric[-1].value == "0.00"
    app = change(app, "losses.errors.slope", -1.0)
    assert app.metric[-1].value.startswith("−")
    assert "errs more than the flat line" in words(app)
    intercept = round(error_parts.flat()[1], 2)
    assert app.slider(key="losses.errors.intercept").value == intercept
    assert carried(app, errors.SCREEN) == Errors(slope=-1.0, intercept=intercept)


def test_a_link_draws_the_line_and_stays_when_the_view_is_left(root: Path) -> None:
    state = Errors(slope=2.5, intercept=-6.0, squares=True, loss=LOSSES["quantile"](quantile=0.9))
    app = checked(by_address(root, "losses", view="errors", v=link.encode(state)).run())
    assert app.slider(key="losses.errors.slope").value == 2.5
    assert app.toggle(key="losses.errors.squares").value
    parts = error_parts.parts(state.loss, state.slope, state.intercept)
    assert f"divided by 12 is **{parts.mean:.2f}**" in words(app)
    assert table(app)["loss"].mean() == pytest.approx(parts.mean)
    app = change(app, "losses.errors.loss.quantile", 0.2)
    expected = replace(state, loss=LOSSES["quantile"](quantile=0.2))
    app = change(change(app, "losses_view", "pulls"), "losses_view", "errors")
    assert carried(app, errors.SCREEN) == expected
    assert app.slider(key="losses.errors.loss.quantile").value == 0.2
