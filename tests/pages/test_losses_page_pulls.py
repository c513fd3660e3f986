"""The views "Who pulls" and "Error and loss" without a browser: every loss that fits, every switch, the dials and the buttons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.losses import LOSSES
from core.studies.losses import error_parts, pulls
from core.studies.losses.pulls import LineWithOutliers, TwoClouds
from tests.items import named

Open = Callable[[str], AppTest]

RECIPES = {"outliers": LineWithOutliers(), "easy": TwoClouds()}


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    """Return a function that opens one of the two views alone."""

    def open_(view: str) -> AppTest:
        script = tmp_path / "view.py"
        script.write_text(f"from pages.ui.losses import {view}\n{view}.draw()", encoding="utf-8")
        app = AppTest.from_file(str(script), default_timeout=60).run()
        assert not app.exception, app.exception[0].value
        return app

    return open_


def charts(app: AppTest) -> int:
    assert not app.exception, app.exception[0].value
    return len(app.get("vega_lite_chart"))


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def drawn(app: AppTest, data: str, chosen: tuple[str, ...], *, sizes: str = "pull", fit: str = "own") -> AppTest:
    app.button_group(key="losses_pulls_data").set_value(data).run()
    app.button_group(key="losses_pulls_sizes").set_value(sizes)
    app.button_group(key=f"losses_pulls_fit_{data}").set_value(fit)
    app.multiselect(key=f"losses_pulls_{data}_losses").set_value(list(chosen)).run()
    assert charts(app) == len(chosen)
    return app


def in_fours(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return [names[i : i + 4] for i in range(0, len(names), 4)]


def test_it_opens_with_four_regression_losses(opened: Open) -> None:
    app = opened("pulls")
    assert charts(app) == 4
    text = words(app)
    assert "4 outliers among 40 samples" in text
    assert "Outliers hold **40%**" in text
    assert "Outliers hold **0%**" in text
    assert "Not convex: the fit starts from that of absolute error." in text


@pytest.mark.parametrize("data", RECIPES)
def test_every_fitting_loss_can_be_chosen(opened: Open, data: str) -> None:
    app = opened("pulls")
    for chosen in in_fours(pulls.fitting(RECIPES[data])):
        for sizes, fit in (("pull", "own"), ("loss", "same")):
            with named(sizes, fit, *chosen):
                drawn(app, data, chosen, sizes=sizes, fit=fit)


def test_a_loss_that_pulls_nothing_is_explained(opened: Open) -> None:
    app = drawn(opened("pulls"), "easy", ("zero_one", "cross_entropy"))
    assert "**Nothing pulls**: its gradient is 0 everywhere" in words(app)
    assert "cannot be fitted by its gradient" in words(app)
    assert "Nothing" not in words(drawn(opened("pulls"), "easy", ("zero_one",), sizes="loss", fit="same"))


def test_no_loss_no_outlier_and_the_ends_of_the_dials(opened: Open) -> None:
    app = opened("pulls")
    for key in ("losses_pulls_outliers_outliers", "losses_pulls_outliers_distance"):
        for end in ("max", "min"):
            app.slider(key=key).set_value(getattr(app.slider(key=key), end)).run()
            assert charts(app) == 4
    app.multiselect(key="losses_pulls_outliers_losses").set_value([]).run()
    assert charts(app) == 0
    assert "Choose a loss" in app.info[0].value


def test_a_dial_of_a_loss_changes_its_number(opened: Open) -> None:
    app = opened("pulls")
    before = words(app)
    app.select_slider(key="losses_pulls_huber_delta").set_value(10.0).run()
    assert words(app) != before
    assert words(app).count("Outliers hold **40%**") == 2  # Huber with a large bound is squared error


def test_every_loss_of_one_error(opened: Open) -> None:
    app = opened("errors")
    app.toggle(key="losses_errors_squares").set_value(True)
    for kind in error_parts.fitting():
        with named(kind):
            app.selectbox(key="losses_errors_loss").set_value(kind).run()
            assert charts(app) == 2
            parts = error_parts.parts(LOSSES[kind](), 0.3, 4.2)
            assert f"divided by 12 is **{parts.mean:.2f}**" in words(app)


def test_buttons_and_dials_set_the_line(opened: Open) -> None:
    app = opened("errors")
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures["R²"] == "0.29"
    app.button[0].click().run()
    slope, _ = error_parts.least_squares()
    assert app.slider(key="losses_errors_slope").value == round(slope, 2)
    best = float(app.metric[0].value)
    assert best < float(figures["MSE"])
    app.button[1].click().run()
    assert app.metric[-1].value == "0.00"
    app.slider(key="losses_errors_slope").set_value(-1.0).run()
    assert app.metric[-1].value.startswith("−")
    assert "errs more than the flat line" in words(app)
    assert app.slider(key="losses_errors_intercept").value == round(error_parts.flat()[1], 2)
