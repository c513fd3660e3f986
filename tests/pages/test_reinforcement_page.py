"""The Reinforcement page without a browser: every view, its dials, its words, what it trains, and its address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.studies.reinforcement.stories import STORIES, of_view
from core.studies.reinforcement.views import AdvantageView, CliffView, PolicyView, SmallView, TransitionView, ValuesView
from core.studies.reinforcement.worlds import Grid
from core.views import View
from pages.ui.reinforcement import world_charts
from pages.ui.session import link
from pages.ui.training import follow
from pages.ui.widgets.text import plain
from tests.views import change, checked, datasets

Open = Callable[..., AppTest]
VALUES = ValuesView(methods=("td0", "n_step", "residual"), seeds=5)
CLIFF = CliffView(episodes=40, seeds=2)
POLICY = PolicyView(updates=12, seeds=3)


@pytest.fixture
def opened(tmp_path: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a view alone, with a state by its address."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)

    def open_(view: str, state: View | None = None) -> AppTest:
        script = tmp_path / "view.py"
        script.write_text(f"from pages.ui.reinforcement import {view}\n{view}.draw()", encoding="utf-8")
        app = AppTest.from_file(str(script), default_timeout=120)
        if state is not None:
            app.query_params["v"] = link.encode(state)
        return checked(app.run())

    return open_


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def state_of(app: AppTest, view: type[View]) -> Any:
    """Return the state of the view in the address."""
    text = app.query_params["v"]
    return link.read(text if isinstance(text, str) else text[0], view)


def test_values(opened: Open) -> None:
    app = opened("values", VALUES)
    assert charts(app) == 2
    errors, values = (datasets(app, chart)["curves"] for chart in range(2))
    assert {*errors} == {"x", "r0", "r1", "r2"}
    np.testing.assert_allclose(values["r3"], np.linspace(-1, 1, 21)[1:-1], atol=1e-6)
    assert "Each at its best rate" in words(app)
    change(app, "reinforcement.values.episode", 0)
    np.testing.assert_array_equal(datasets(app, 1)["curves"]["r0"], 0)
    assert "nothing" in words(app)
    change(app, "reinforcement.values.methods", ["td0", "td0_huber"])
    change(app, "reinforcement.values.noise", "skewed")
    assert state_of(app, ValuesView).methods == ("td0", "td0_huber")
    change(app, "reinforcement.values.limit", 0.5)
    change(app, "reinforcement.values.methods", [])
    assert "Choose a method." in app.info[0].value


def test_a_walk_that_cannot_be_is_said_in_place_of_results(opened: Open, in_threads: None) -> None:
    app = AppTest.from_string("from pages.ui.reinforcement import values\nvalues.draw()", default_timeout=60)
    app.query_params["v"] = link.encode(replace(VALUES, states=6))
    app.run()
    assert not app.exception
    assert "take an odd number of states" in app.error[0].value


def test_one_transition(opened: Open) -> None:
    app = opened("transition")
    assert charts(app) == 2
    assert "<td>2.4</td>" in html(app)  # 2 + 0.9 - 0.5
    loss, move = (datasets(app, chart)["curves"] for chart in range(2))
    np.testing.assert_allclose(loss["r0"], 0.5 * loss["x"] ** 2, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(move["r1"], 0.2 * np.clip(move["x"], -1, 1), rtol=1e-5, atol=1e-6)
    change(app, "reinforcement.transition.ends", True)
    assert "<td>1.5</td>" in html(app)
    change(app, "reinforcement.transition.losses", [])
    assert "Choose a loss." in app.info[0].value


def test_the_residual_moves_the_next_prediction_too(opened: Open) -> None:
    app = opened("transition", TransitionView(losses=("residual",)))
    assert "<td>0.98</td><td>0.568</td>" in html(app)  # v + αδ = 0.5 + 0.2 · 2.4, v' - αγδ = 1 - 0.2 · 0.9 · 2.4


def test_the_cliff(opened: Open) -> None:
    app = opened("cliff", CLIFF)
    assert charts(app) == 3 + 1
    cells = datasets(app, 0)["cells"]
    assert len(cells) == 48
    assert (cells["kind"] == 1).sum() == 10
    assert {*cells["letter"]} == {"", "S", "G"}
    assert {"r0", "r0_low", "r0_high", "r2"} <= {*datasets(app, 3)["curves"]}
    change(app, "reinforcement.cliff.episode", 0)
    assert {*datasets(app, 0)["cells"]["arrow"]} == {""}
    assert "<td>–</td>" in html(app)
    change(app, "reinforcement.cliff.learners", ["sarsa"])
    assert charts(app) == 2
    change(app, "reinforcement.cliff.learners", [])
    assert "Choose a learner." in app.info[0].value


def test_a_world_is_edited(opened: Open) -> None:
    app = opened("cliff", replace(CLIFF, folded_out=("editor",), learners=("q_learning",)))
    assert charts(app) == 3
    editor = app.get("vega_lite_chart")[2].proto
    assert f'"name": "{world_charts.PICK}"' in editor.spec or f'"name":"{world_charts.PICK}"' in editor.spec
    change(app, "reinforcement.cliff.world.rows", 6)
    assert state_of(app, CliffView).world == Grid(rows=6)
    assert len(datasets(app, 0)["cells"]) == 72
    change(app, "reinforcement.cliff.tool", "wall")
    assert state_of(app, CliffView).tool == "wall"
    app.button(key="reinforcement_world_again").click()
    checked(app.run())
    assert state_of(app, CliffView).world == Grid()


def test_a_story_stays_whatever_is_looked_at(opened: Open) -> None:
    story = of_view(CliffView)[1]
    app = opened("cliff", replace(story.document, folded_out=("editor",), tool="wall"))
    assert plain(story.verdict) in words(app)
    app = opened("cliff", replace(story.document, rate=0.4))
    assert plain(story.verdict) not in words(app)


def test_a_world_without_a_way_says_so_and_can_be_mended(in_threads: None) -> None:
    shut = replace(CLIFF, world=Grid(walls=(24, 25)).made(37, "wall"), folded_out=("editor",))
    app = AppTest.from_string("from pages.ui.reinforcement import cliff\ncliff.draw()", default_timeout=60)
    app.query_params["v"] = link.encode(shut)
    app.run()
    assert not app.exception
    assert "no way leads from the start to the goal" in app.error[0].value
    assert charts(app) == 1, "the editor"


def test_the_advantage(opened: Open) -> None:
    app = opened("advantage", AdvantageView(episodes=500))
    assert charts(app) == 2
    variances = datasets(app, 0)["bars"]["value"].to_numpy()
    assert len(variances) == 7
    assert (np.diff(variances) < 0).all()
    change(app, "reinforcement.advantage.noise", 5.0)
    change(app, "reinforcement.advantage.batch", 1000)
    assert "its bias included" in words(app)


def test_loss_and_return(opened: Open) -> None:
    app = opened("policy", POLICY)
    assert charts(app) == 2
    assert {"r0", "r0_low", "r3_high"} <= {*datasets(app, 0)["curves"]}
    change(app, "reinforcement.policy.measure", "value_loss")
    assert "r1" in {*datasets(app, 1)["curves"]}
    assert "r2" not in {*datasets(app, 1)["curves"]}, "two actors have a critic"
    change(app, "reinforcement.policy.actors", ["reinforce"])
    assert "None of these actors has a critic." in app.info[0].value
    change(app, "reinforcement.policy.actors", [])
    assert "Choose an actor." in app.info[0].value


def test_small_worlds(opened: Open) -> None:
    app = opened("small")
    assert charts(app) == 1
    assert datasets(app, 0)["curves"]["r0"].iloc[-1] == pytest.approx(581.4, rel=1e-3)
    change(app, "reinforcement.small.world", "corridor")
    assert datasets(app, 0)["curves"]["r0"].max() == pytest.approx(-11.657, abs=0.01)
    change(app, "reinforcement.small.world", "predictor")
    assert charts(app) == 0
    assert "<td>0.75</td>" in html(app)
    change(app, "reinforcement.small.world", "split")
    assert "<td>0.25</td>" in html(app)


@pytest.mark.parametrize("kind", [SmallView, AdvantageView])
def test_a_story_is_told_while_its_settings_stand(opened: Open, kind: type[View]) -> None:
    view = kind.kind.partition(".")[2]
    told = of_view(kind)[0]
    app = opened(view, told.document)
    assert plain(told.verdict) in words(app)
    other = replace(told.document, **{"world": "split"} if kind is SmallView else {"seed": 3})
    app = opened(view, other)
    assert all(plain(story.verdict) not in words(app) for story in STORIES)


@pytest.mark.parametrize("kind", [ValuesView, CliffView, AdvantageView, PolicyView, SmallView])
def test_a_story_asks_before_it_tells(opened: Open, kind: type[View]) -> None:
    view = kind.kind.partition(".")[2]
    told = of_view(kind)[0]
    app = opened(view, replace(told.document, **{kind.played: 0}))
    assert plain(told.question) in words(app)
    assert plain(told.verdict) not in words(app), "the verdict comes after the last step"
    assert app.button(key=f"view {kind.kind}_play").label == "Play"
    change(app, f"{kind.kind}.{kind.played}", app.select_slider(key=f"{kind.kind}.{kind.played}").options[-1])
    assert plain(told.verdict) in words(app)
    assert plain(told.question) not in words(app)


def test_nothing_is_seen_of_what_is_to_come(opened: Open) -> None:
    app = opened("cliff", replace(CLIFF, episode=0))
    assert len(datasets(app, 3)["curves"]) == 0
    assert "nobody knows a way" in words(app)
    app = opened("policy", replace(POLICY, update=0))
    assert all(len(datasets(app, chart)["curves"]) == 1 for chart in range(2)), "the batch before the first update"
    app = opened("advantage", AdvantageView(episodes=500, episode=0))
    assert len(datasets(app, 0)["bars"]) == 0
    assert datasets(app, 1)["curves"]["r0"].isna().all()
    app = opened("small", SmallView(sweep=0))
    assert datasets(app, 0)["curves"]["r0"].notna().sum() == 1
