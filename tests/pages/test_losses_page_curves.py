"""The views "Curves" and "Softmax, step by step" of the Losses page, without a browser."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core.losses import LOSSES
from core.studies.losses.loss_curves import PROBABILITY, drawable
from core.studies.losses.views import MOST, Curves, Shown, Softmax, offered_curves
from core.tasks import CLASSIFICATION, LOG, REGRESSION
from pages.ui.charts.theme import RUN_COLORS
from pages.ui.losses import curves, softmax
from pages.ui.losses.curve_charts import LOG_FLOOR
from pages.ui.session import link
from tests.views import by_address, carried, change, checked, datasets, opened


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


def legend(app: AppTest) -> str:
    text: str = unquote(next(each.proto.body for each in app.get("html") if "display:flex" in each.proto.body))
    return text


def table(app: AppTest) -> pd.DataFrame:
    """Return what the view shows as a table, for the download."""
    frame: pd.DataFrame = app.session_state["shown"][0]()
    return frame


def test_the_page_opens_with_two_charts_of_four_losses(root: Path) -> None:
    app = checked(by_address(root, "losses").run())
    assert len(app.get("vega_lite_chart")) == 2
    assert app.multiselect(key="losses.curves.regression").value == ["squared_error", "absolute_error", "huber", "tukey"]


def test_a_link_draws_what_its_sender_saw(root: Path) -> None:
    """Seven times the usual δ is no stop of its dial."""
    state = Curves(CLASSIFICATION, PROBABILITY, True, classification=(Shown(LOSSES["focal"](gamma=0.5), 4), Shown(LOSSES["brier"](), 2)))
    state = replace(state, regression=(Shown(LOSSES["huber"](delta=7), 1),))
    app = checked(by_address(root, "losses", view="curves", v=link.encode(state)).run())
    assert carried(app, curves.SCREEN) == state
    assert app.multiselect(key="losses.curves.classification").value == ["focal", "brier"]
    assert app.toggle(key="losses.curves.log").value
    assert '"log"' in spec(app, 1), "the values stand at the right of the gradients"
    assert legend(app).index(RUN_COLORS[4]) < legend(app).index(RUN_COLORS[2])
    assert table(app).columns[0] == "probability p of the true class"
    p = table(app).iloc[:, 0]
    np.testing.assert_allclose(table(app)["Focal: loss"], -((1 - p) ** 0.5) * np.log(p), rtol=1e-6)
    app = change(app, "losses.curves.picture", REGRESSION)
    assert app.select_slider(key="losses.curves.regression.0.loss.delta").value == 7


def test_a_change_is_in_the_address_and_stays_when_the_view_is_left(root: Path) -> None:
    app = checked(by_address(root, "losses", view="curves").run())
    app = change(app, "losses.curves.regression.2.loss.delta", 3.0)
    expected = replace(Curves(), regression=tuple(replace(each, loss=LOSSES["huber"](delta=3.0)) if each.slot == 2 else each for each in Curves().regression))
    assert carried(app, curves.SCREEN) == expected
    app = change(app, "losses_view", "softmax")
    assert carried(app, softmax.SCREEN) == Softmax()
    app = change(app, "losses_view", "curves")
    assert carried(app, curves.SCREEN) == expected
    assert app.select_slider(key="losses.curves.regression.2.loss.delta").value == 3.0


def test_a_dial_moves_its_curve_and_nothing_else() -> None:
    app = opened(curves_view)
    before, shape = datasets(app, 0)["curves"], spec(app, 0)
    app = change(app, "losses.curves.regression.2.loss.delta", 3.0)
    after = datasets(app, 0)["curves"]
    assert spec(app, 0) == shape
    assert not np.allclose(before["r2"], after["r2"])
    pd.testing.assert_frame_equal(before[["x", "r0", "r1", "r3"]], after[["x", "r0", "r1", "r3"]])


def test_the_table_is_what_is_drawn() -> None:
    app = opened(curves_view)
    frame, drawn = table(app), datasets(app, 0)["curves"]
    assert list(frame.columns[:5]) == ["residual r", "Squared error: loss", "Squared error: gradient", "Absolute error: loss", "Absolute error: gradient"]
    np.testing.assert_allclose(frame.iloc[:, [0, 1, 3, 5, 7]], drawn[["x", "r0", "r1", "r2", "r3"]], rtol=1e-6)
    assert table(change(app, "losses.curves.regression", [])).empty


def test_the_legend_tells_of_kinks_where_there_are_any() -> None:
    app = opened(curves_view)
    assert "○ kink" in legend(app)
    app = change(app, "losses.curves.regression", ["squared_error"])
    assert "○ kink" not in legend(app)


def test_a_loss_keeps_its_colour_and_its_dials_when_another_leaves() -> None:
    app = change(opened(curves_view), "losses.curves.regression.2.loss.delta", 3.0)
    app = change(app, "losses.curves.regression", ["absolute_error", "huber", "log_cosh"])
    assert carried(app, curves.SCREEN).regression == (
        Shown(LOSSES["absolute_error"](), 1), Shown(LOSSES["huber"](delta=3.0), 2), Shown(LOSSES["log_cosh"](), 0),
    )  # fmt: skip
    places = [legend(app).index(RUN_COLORS[slot]) for slot in (1, 2, 0)]
    assert places == sorted(places)
    assert app.select_slider(key="losses.curves.regression.1.loss.delta").value == 3.0


def test_there_is_a_colour_for_every_loss() -> None:
    assert len(RUN_COLORS) >= MOST


@pytest.mark.parametrize("task", [REGRESSION, CLASSIFICATION])
def test_every_loss_can_be_drawn_with_its_dials(task: str) -> None:
    app, key = change(opened(curves_view), "losses.curves.picture", task), f"losses.curves.{task}"
    kinds = offered_curves(task)
    for first in range(0, len(kinds), MOST):
        chosen = list(kinds[first : first + MOST])
        app = change(app, key, chosen)
        assert len(app.get("vega_lite_chart")) == 2
        assert len(datasets(app, 1)["curves"].columns) == 1 + len(chosen)
        drawn = {widget.key for widget in (*app.slider, *app.select_slider, *app.toggle)}
        assert {f"{key}.{i}.loss.{name}" for i, kind in enumerate(chosen) for name in LOSSES[kind].parameters()} <= drawn


def test_what_cannot_be_drawn_is_not_offered() -> None:
    app = opened(curves_view)
    titles = app.multiselect(key="losses.curves.regression").options
    assert not any("sum" in title.lower() for title in titles)
    assert len(titles) == len(set(titles))


def test_a_logarithmic_link_is_explained() -> None:
    app = opened(curves_view)
    assert "logarithm" not in captions(app)
    kind = next(kind for kind, item in LOSSES.items() if item.link == LOG and drawable(item))
    app = change(app, "losses.curves.regression", ["squared_error", kind])
    assert "predicts a logarithm" in captions(app)


def test_over_the_probability_only_what_is_a_function_of_it() -> None:
    app = change(opened(curves_view), "losses.curves.picture", CLASSIFICATION)
    app = change(app, "losses.curves.axis", PROBABILITY)
    app = change(app, "losses.curves.classification", ["cross_entropy", "hinge", "focal", "exponential"])
    assert "not drawn: Hinge, Exponential" in captions(app)
    assert len(datasets(app, 0)["curves"].columns) == 1 + 2
    app = change(app, "losses.curves.classification", ["hinge"])
    assert len(app.get("vega_lite_chart")) == 0
    assert "probability" in app.info[0].value
    app = change(app, "losses.curves.classification", [])
    assert "Choose a loss" in app.info[0].value


def test_the_surrogates_lie_above_the_step() -> None:
    app = change(opened(curves_view), "losses.curves.picture", "surrogates")
    kinds = app.multiselect(key="losses.curves.surrogates").value
    assert kinds[0] == "zero_one"
    assert {"cross_entropy", "hinge", "squared_hinge", "exponential", "modified_huber"} == set(kinds[1:])
    frame = datasets(app, 0)["curves"]
    assert set(frame["r0"]) == {0.0, 1.0}
    for name in ("r1", "r2", "r3", "r4", "r5"):
        assert (frame[name] >= frame["r0"] - 1e-6).all()
    assert "Cross-entropy × 1.443 (= 1/ln 2)" in captions(app)
    assert not app.slider


@pytest.mark.parametrize("picture", [REGRESSION, CLASSIFICATION, "surrogates"])
def test_on_a_logarithmic_axis_0_rests_on_the_edge(picture: str) -> None:
    """The line does, and the caption says so; the pointer goes on reading the value."""
    app = change(opened(curves_view), "losses.curves.picture", picture)
    app = change(app, "losses.curves.log", True)
    values, gradients = (1, 0) if picture == CLASSIFICATION else (0, 1)
    frame = datasets(app, values)["curves"].drop(columns="x")
    assert frame.min().min() == 0 or picture == CLASSIFICATION  # the two losses that it opens with have no 0
    assert f"max(datum.value, {LOG_FLOOR})" in spec(app, values)
    assert "What is below 0.001, as 0 is, rests on the lower edge" in captions(app)
    assert '"log"' in spec(app, values)
    assert '"log"' not in spec(app, gradients)
    assert "max(datum.value" not in spec(app, gradients)


# Softmax


def written(app: AppTest) -> str:
    return "\n".join(each.value for each in app.markdown)


def test_both_ways_end_on_the_same_number() -> None:
    app = opened(softmax_view)
    assert len(app.get("vega_lite_chart")) == 8
    assert written(app).count("0.34901222") == 2
    for name, value in (("score_c", 5.0), ("temperature", 0.2), ("smoothing", 0.3), ("true_class", "c")):
        app = change(app, f"losses.softmax.{name}", value)
    assert carried(app, softmax.SCREEN) == Softmax(score_c=5.0, temperature=0.2, smoothing=0.3, true_class="c")
    probabilities = datasets(app, 3)["bars"]
    assert list(probabilities["name"]) == ["A", "B", "C ✓"]
    assert probabilities["size"].sum() == pytest.approx(1)
    assert datasets(app, 7)["bars"]["size"].sum() == pytest.approx(0, abs=1e-6)
    assert written(app).count("= **3.5") == 2


def test_a_link_to_the_steps_draws_them(root: Path) -> None:
    """With scores that no slider offers, and a temperature that is no stop."""
    state = Softmax(score_a=12.5, score_b=-7.0, true_class="b", temperature=3.0, extreme=65)
    app = checked(by_address(root, "losses", view="softmax", v=link.encode(state)).run())
    assert carried(app, softmax.SCREEN) == state
    assert app.slider(key="losses.softmax.score_a").value == 12.5
    assert app.select_slider(key="losses.softmax.temperature").value == 3.0
    frame = table(app)
    assert list(frame["class"]) == ["A", "B", "C"]
    np.testing.assert_allclose(frame["score / T"], np.array([12.5, -7.0, -1.0]) / 3)
    assert frame["probability"].sum() == pytest.approx(1)
    assert list(frame["target"]) == [0, 1, 0]


def test_the_dials_leave_the_specifications_alone() -> None:
    app = opened(softmax_view)
    before = [spec(app, i) for i in range(8)]
    app = change(app, "losses.softmax.score_a", -5.0)
    assert [spec(app, i) for i in range(8)] == before


@pytest.mark.parametrize(
    ("size", "words"),
    [(10, "both ways agree"), (50, "keeps few digits"), (60, "too small for float32"), (100, "overflows to inf"), (1000, "overflows to inf")],
)
def test_extreme_scores_are_told_in_words(size: int, words: str) -> None:
    app = change(opened(softmax_view), "losses.softmax.extreme", size)
    assert words in captions(app)
    tables = written(app)
    assert (":red[**nan**]" in tables) == (size >= 90)
    assert (":red[**inf**]" in tables) == (size >= 60)
