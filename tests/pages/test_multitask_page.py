"""The Several tasks page without a browser: its views, their dials, their words, what they train, and their address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.models import MLP, Linear
from core.studies.multitask import Multitask, weigh
from core.studies.multitask.document import LEARNED, default_multitask
from core.studies.multitask.forms import FORMS
from core.studies.multitask.stories import STORIES
from core.studies.multitask.views import WEIGHTS, FormsView, ParetoView, WeightingsView
from core.studies.multitask.words import drowned
from core.views import View
from pages.ui.multitask.weightings import SCREEN
from pages.ui.session import link
from pages.ui.session.address import MULTITASK
from pages.ui.training import follow
from pages.ui.widgets.text import plain
from tests.views import change, checked, datasets, unfold

Open = Callable[..., AppTest]
SMALL = replace(default_multitask(), updates=20, model=MLP(hidden=(4,)))


@pytest.fixture
def opened(tmp_path: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a view alone, with a state and a comparison by its address. A sweep trains for a moment only."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)
    whole = ParetoView.document
    monkeypatch.setattr(ParetoView, "document", lambda view: replace(whole(view), updates=4, seeds=2))

    def open_(view: str, state: View | None = None, multitask: Multitask = SMALL) -> AppTest:
        script = tmp_path / "view.py"
        script.write_text(f"from pages.ui.multitask import {view}\n{view}.draw()", encoding="utf-8")
        app = AppTest.from_file(str(script), default_timeout=120)
        if state is not None:
            app.query_params["v"] = link.encode(state)
        app.query_params[MULTITASK] = link.encode(multitask)
        return checked(app.run())

    return open_


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def state_of(app: AppTest, view: type[View]) -> Any:
    text = app.query_params["v"]
    return link.read(text if isinstance(text, str) else text[0], view)


def shown(app: AppTest) -> Multitask:
    document: Multitask = app.session_state["multitask"].document
    return document


def test_the_pareto_picture_has_a_point_for_each_weight(opened: Open) -> None:
    app = opened("pareto")
    result = weigh(ParetoView().document())
    drawn = datasets(app, 0)
    np.testing.assert_allclose(drawn["means"]["weight"], WEIGHTS)
    np.testing.assert_allclose(drawn["means"]["x"], result.metrics["accuracy"][-1].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(drawn["means"]["y"], result.metrics["r2"][-1].mean(axis=0), rtol=1e-6)
    assert len(drawn["seeds"]) == 2 * len(WEIGHTS)
    assert "On the front" in html(app)
    change(app, "multitask.pareto.up", "dice")
    np.testing.assert_allclose(datasets(app, 0)["means"]["y"], result.metrics["dice"][-1].mean(axis=0), rtol=1e-6)
    change(app, "multitask.pareto.task", "mask")
    assert state_of(app, ParetoView).task == "mask"
    assert "Weight of the mask" in html(app)


def test_the_unit_is_asked_for_only_where_it_counts(opened: Open) -> None:
    app = opened("pareto")
    assert not [each for each in app.select_slider if each.key == "multitask.pareto.unit"]
    change(app, "multitask.pareto.standardised", False)
    change(app, "multitask.pareto.unit", 30)
    assert app.session_state.followed.jobs[0].document.asked.unit == 30


def test_weightings(opened: Open) -> None:
    app = opened("weightings")
    assert len(app.get("vega_lite_chart")) == 3
    result = weigh(SMALL)
    page = html(app)
    for value in result.metrics["accuracy"][-1, 0]:
        assert f"{value:.3f}" in page
    for run in range(4):
        assert str(drowned(result, run, -1)) in page
    assert f"After {SMALL.updates} updates" in words(app)
    change(app, "multitask.weightings.update", 0)
    assert state_of(app, WeightingsView).update == 0
    change(app, "multitask.weightings.left", "cosine_class_place")
    np.testing.assert_allclose(datasets(app, 0)["curves"]["r1"], result.metrics["cosine_class_place"][:, 0, 1], rtol=1e-5)


def test_runs_are_added_changed_and_removed(opened: Open) -> None:
    app = opened("weightings", multitask=replace(SMALL, runs=SMALL.runs[:2]))
    app.button(key="multitask_add").click()
    checked(app.run())
    change(app, "multitask.runs.2.scheme", LEARNED)
    change(app, "multitask.runs.2.weights_rate", 0.1)
    assert (shown(app).runs[2].scheme, shown(app).runs[2].weights_rate) == (LEARNED, 0.1)
    for name in ("more", "network"):
        assert not unfold(app, SCREEN, name).exception
    change(app, "multitask.place_loss.kind", "huber")
    assert shown(app).place_loss.kind == "huber"
    app.button(key="multitask_remove").click()
    checked(app.run())
    assert len(shown(app).runs) == 2


def test_a_story_asks_before_it_tells(opened: Open) -> None:
    app = opened("weightings", multitask=STORIES[0].document)
    assert plain(STORIES[0].verdict) in words(app)
    app = opened("weightings", WeightingsView(update=0), multitask=STORIES[0].document)
    assert plain(STORIES[0].question) in words(app)
    assert plain(STORIES[0].verdict) not in words(app), "the verdict comes after the last update"
    assert datasets(app, 0)["curves"]["r0"].notna().sum() == 1, "curves do not show what is to come"
    app = opened("weightings")
    assert all(plain(each) not in words(app) for story in STORIES for each in (story.verdict, story.question)), "it is of another comparison"


def test_a_run_that_has_diverged_is_said(opened: Open) -> None:
    app = opened("weightings", multitask=replace(SMALL, runs=(replace(SMALL.runs[0], learning_rate=1e3), SMALL.runs[3]), unit=1e6, updates=60))
    assert len(app.get("vega_lite_chart")) == 3


def test_a_network_without_a_trunk_has_nothing_that_drowns(opened: Open) -> None:
    app = opened("weightings", multitask=replace(SMALL, model=Linear()))
    assert "nothing pulls on a trunk" in html(app)
    assert "drowns the" not in html(app)
    assert len(app.get("vega_lite_chart")) == 3


@pytest.mark.parametrize("form", FORMS)
def test_each_form_shows_its_formula_and_its_parts(form: str, opened: Open) -> None:
    app = opened("forms", FormsView(form=form))
    assert [line.strip() for line in app.latex[0].value.replace("&=", "=").split("aligned}")[1].removesuffix(r"\end{").split(r"\\[0.5em]")] == [
        *FORMS[form].formulas
    ]
    for part in FORMS[form].parts:
        assert part.of in html(app)
        assert part.loss in html(app)
    assert plain(FORMS[form].reference) in words(app)
