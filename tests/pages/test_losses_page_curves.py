"""The views "Curves" and "Softmax, step by step" of the Losses page, without a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.losses import LOSSES
from core.studies.losses.loss_curves import drawable
from core.tasks import CLASSIFICATION, LOG, REGRESSION
from pages.ui.losses import curves as view
from tests.views import checked, choose, datasets, opened

MOST = view.MOST


def curves_view() -> None:
    from pages.ui.losses import curves

    curves.draw()


def softmax_view() -> None:
    from pages.ui.losses import softmax

    softmax.draw()


def spec(app: AppTest, chart: int) -> str:
    text: str = app.get("vega_lite_chart")[chart].proto.spec
    return text


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def test_the_page_opens_with_two_charts_of_four_losses(root: Path) -> None:
    app = AppTest.from_file(str(root / "streamlit_app.py"), default_timeout=60)
    app.switch_page("pages/losses.py")
    app.run()
    assert not app.exception, app.exception[0].value
    assert len(app.get("vega_lite_chart")) == 2
    assert app.multiselect(key="losses_curves_regression").value == ["squared_error", "absolute_error", "huber", "tukey"]


def test_a_dial_moves_its_curve_and_nothing_else() -> None:
    app = opened(curves_view)
    before, shape = datasets(app, 0)["curves"], spec(app, 0)
    app.select_slider(key="losses_curves_huber_delta").set_value(3.0)
    checked(app.run())
    after = datasets(app, 0)["curves"]
    assert spec(app, 0) == shape
    assert not np.allclose(before["r2"], after["r2"])
    pd.testing.assert_frame_equal(before[["x", "r0", "r1", "r3"]], after[["x", "r0", "r1", "r3"]])


def test_the_legend_tells_of_kinks_where_there_are_any() -> None:
    app = opened(curves_view)
    assert "○ kink" in app.get("html")[0].proto.body
    app.multiselect(key="losses_curves_regression").set_value(["squared_error"])
    checked(app.run())
    assert "○ kink" not in app.get("html")[0].proto.body


def test_a_loss_keeps_its_colour_when_another_leaves() -> None:
    app = opened(curves_view)
    slots = dict(app.session_state.losses_curves_regression_slots)
    app.multiselect(key="losses_curves_regression").set_value(["absolute_error", "huber", "log_cosh"])
    checked(app.run())
    now = app.session_state.losses_curves_regression_slots
    assert {kind: now[kind] for kind in ("absolute_error", "huber")} == {kind: slots[kind] for kind in ("absolute_error", "huber")}
    assert len(set(now.values())) == 3


@pytest.mark.parametrize("task", [REGRESSION, CLASSIFICATION])
def test_every_loss_can_be_drawn_with_its_dials(task: str) -> None:
    app = choose(opened(curves_view), "losses_curves_picture", task)
    kinds = [kind for kind, item in LOSSES.items() if task in item.tasks and drawable(item)]
    assert app.multiselect(key=f"losses_curves_{task}").options
    for first in range(0, len(kinds), MOST):
        app.multiselect(key=f"losses_curves_{task}").set_value(kinds[first : first + MOST])
        checked(app.run())
        assert len(app.get("vega_lite_chart")) == 2
        assert len(datasets(app, 1)["curves"].columns) == 1 + len(kinds[first : first + MOST])
        dialled = {(kind, name) for kind in kinds[first : first + MOST] for name in LOSSES[kind].parameters()}
        drawn = {widget.key for widget in (*app.slider, *app.select_slider, *app.toggle)}
        assert {f"losses_curves_{kind}_{name}" for kind, name in dialled} <= drawn


def test_what_cannot_be_drawn_is_not_offered() -> None:
    app = opened(curves_view)
    titles = app.multiselect(key="losses_curves_regression").options
    assert not any("sum" in title.lower() for title in titles)
    assert len(titles) == len(set(titles))


def test_a_logarithmic_link_is_explained() -> None:
    app = opened(curves_view)
    assert "logarithm" not in captions(app)
    kind = next(kind for kind, item in LOSSES.items() if item.link == LOG and drawable(item))
    app.multiselect(key="losses_curves_regression").set_value(["squared_error", kind])
    checked(app.run())
    assert "predicts a logarithm" in captions(app)


def test_over_the_probability_only_what_is_a_function_of_it() -> None:
    app = choose(opened(curves_view), "losses_curves_picture", CLASSIFICATION)
    app = choose(app, "losses_curves_axis", "probability")
    assert "not drawn: Hinge, Exponential" in captions(app)
    assert len(datasets(app, 0)["curves"].columns) == 1 + 2
    app.multiselect(key="losses_curves_classification").set_value(["hinge"])
    checked(app.run())
    assert len(app.get("vega_lite_chart")) == 0
    assert "probability" in app.info[0].value
    app.multiselect(key="losses_curves_classification").set_value([])
    checked(app.run())
    assert "Choose a loss" in app.info[0].value


def test_the_surrogates_lie_above_the_step() -> None:
    app = choose(opened(curves_view), "losses_curves_picture", "surrogates")
    kinds = app.multiselect(key="losses_curves_surrogates").value
    assert kinds[0] == "zero_one"
    assert {"cross_entropy", "hinge", "squared_hinge", "exponential", "modified_huber"} == set(kinds[1:])
    frame = datasets(app, 0)["curves"]
    assert set(frame["r0"]) == {0.0, 1.0}
    for name in ("r1", "r2", "r3", "r4", "r5"):
        assert (frame[name] >= frame["r0"] - 1e-6).all()
    assert "Cross-entropy × 1.443 (= 1/ln 2)" in captions(app)
    assert not app.slider


@pytest.mark.parametrize("picture", [REGRESSION, CLASSIFICATION, "surrogates"])
def test_a_logarithmic_axis_leaves_gaps_at_zero(picture: str) -> None:
    app = choose(opened(curves_view), "losses_curves_picture", picture)
    app.toggle(key="losses_curves_log").set_value(True)
    checked(app.run())
    frame = datasets(app, 0)["curves"].drop(columns="x")
    assert (frame.min().min()) > 0
    assert '"log"' in spec(app, 0)
    assert '"log"' not in spec(app, 1)


# Softmax


def written(app: AppTest) -> str:
    return "\n".join(each.value for each in app.markdown)


def test_both_ways_end_on_the_same_number() -> None:
    app = opened(softmax_view)
    assert len(app.get("vega_lite_chart")) == 8
    assert written(app).count("0.34901222") == 2
    app.slider(key="losses_softmax_score_C").set_value(5.0)
    app.select_slider(key="losses_softmax_temperature").set_value(0.2)
    app.slider(key="losses_softmax_smoothing").set_value(0.3)
    app.session_state["losses_softmax_true"] = 2
    checked(app.run())
    probabilities = datasets(app, 3)["bars"]
    assert list(probabilities["name"]) == ["A", "B", "C ✓"]
    assert probabilities["size"].sum() == pytest.approx(1)
    assert datasets(app, 7)["bars"]["size"].sum() == pytest.approx(0, abs=1e-6)
    assert written(app).count("= **3.5") == 2


def test_the_dials_leave_the_specifications_alone() -> None:
    app = opened(softmax_view)
    before = [spec(app, i) for i in range(8)]
    app.slider(key="losses_softmax_score_A").set_value(-5.0)
    checked(app.run())
    assert [spec(app, i) for i in range(8)] == before


@pytest.mark.parametrize(
    ("size", "words"),
    [(10, "both ways agree"), (50, "keeps few digits"), (60, "too small for float32"), (100, "overflows to inf"), (1000, "overflows to inf")],
)
def test_extreme_scores_are_told_in_words(size: int, words: str) -> None:
    app = opened(softmax_view)
    app.select_slider(key="losses_softmax_extreme").set_value(size)
    checked(app.run())
    assert words in captions(app)
    tables = written(app)
    assert (":red[**nan**]" in tables) == (size >= 90)
    assert (":red[**inf**]" in tables) == (size >= 60)
