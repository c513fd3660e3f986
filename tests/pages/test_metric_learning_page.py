"""The Metric learning page without a browser: every view, its dials, its words, what it trains, and its address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.models import MLP, Linear
from core.optimizers import OPTIMIZERS
from core.studies.metric_learning import contests
from core.studies.metric_learning.embedding import Embedding, default_embedding, metric
from core.studies.metric_learning.stories import STORIES
from core.studies.metric_learning.views import EmbeddingView, MiningView, PeopleView, TripletView
from core.views import View
from pages.ui.metric_learning.embedding import SCREEN
from pages.ui.session import link
from pages.ui.session.address import EMBEDDING
from pages.ui.training import follow
from pages.ui.widgets.text import plain
from tests import hostile
from tests.views import change, checked, datasets, unfold

Open = Callable[..., AppTest]
SMALL = replace(default_embedding(), dataset=DATASETS["wine"](), updates=30, per_class=4, model=MLP(hidden=(16,)))


@pytest.fixture
def opened(tmp_path: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a view alone, with a state and an embedding by its address."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)

    def open_(view: str, state: View | None = None, embedding: Embedding = SMALL) -> AppTest:
        script = tmp_path / "view.py"
        script.write_text(f"from pages.ui.metric_learning import {view}\n{view}.draw()", encoding="utf-8")
        app = AppTest.from_file(str(script), default_timeout=120)
        if state is not None:
            app.query_params["v"] = link.encode(state)
        app.query_params[EMBEDDING] = link.encode(embedding)
        return checked(app.run())

    return open_


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The view of people trains for a moment only."""
    whole = contests.unseen
    monkeypatch.setattr(contests, "unseen", lambda *arguments: replace(whole(*arguments), updates=20))


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


def shown(app: AppTest) -> Embedding:
    document: Embedding = app.session_state["embedding"].document
    return document


def test_the_embedding(opened: Open) -> None:
    app = opened("embedding")
    assert charts(app) == 4 + 2
    page = html(app)
    for title in ("Recall@1", "MAP@R", "Silhouette", "Alignment", "Uniformity"):
        assert title in page
    last = datasets(app, 0)["points"]
    assert {*last["label"]} == {"class_0", "class_1", "class_2"}
    change(app, "metric_learning.embedding.update", 0)
    assert state_of(app, EmbeddingView).update == 0
    first = [datasets(app, panel)["points"] for panel in range(4)]
    np.testing.assert_array_equal(first[0]["x"], first[1]["x"])  # all begin alike
    assert not np.array_equal(first[0]["x"], last["x"])
    np.testing.assert_allclose(np.hypot(first[3]["x"], first[3]["y"]), 1, rtol=1e-5)  # NT-Xent looks at directions
    change(app, "metric_learning.embedding.left", "active")
    assert charts(app) == 6


def test_the_sphere_turns_in_the_browser(opened: Open) -> None:
    app = opened("embedding", embedding=replace(SMALL, space="sphere", runs=SMALL.runs[:2]))
    spec = app.get("vega_lite_chart")[0].proto.spec
    assert '"turn"' in spec
    assert '"tilt"' in spec
    points = datasets(app, 0)["points"]
    np.testing.assert_allclose(points["x"] ** 2 + points["y"] ** 2 + (points["z"] - 0.7) ** 2, 1, rtol=1e-4)


def test_classes_are_held_out_and_then_shown(opened: Open) -> None:
    app = opened("embedding")
    change(app, "embedding.held_out", [2])
    assert shown(app).held_out == (2,)
    change(app, "metric_learning.embedding.place", "unseen")
    assert {*datasets(app, 0)["points"]["label"]} == {"class_2"}
    change(app, "embedding.dataset.kind", "iris")
    assert shown(app).held_out == ()


def test_runs_are_added_changed_and_removed(opened: Open) -> None:
    app = opened("embedding", embedding=replace(SMALL, runs=SMALL.runs[:2]))
    app.button(key="embedding_add").click()
    checked(app.run())
    change(app, "embedding.runs.2.loss.kind", "triplet")
    change(app, "embedding.runs.2.loss.mining", "random")
    assert shown(app).runs[2].loss == metric("triplet", mining="random").loss
    assert charts(app) == 3 + 2
    app.button(key="embedding_remove").click()
    checked(app.run())
    assert len(shown(app).runs) == 2
    for name in ("more", "network"):
        assert not unfold(app, SCREEN, name).exception


def test_a_story_says_what_it_shows(opened: Open) -> None:
    app = opened("embedding", embedding=STORIES[0].document)
    assert plain(STORIES[0].verdict) in words(app)
    app = opened("embedding", EmbeddingView(update=0), embedding=STORIES[0].document)
    assert plain(STORIES[0].question) in words(app)
    assert plain(STORIES[0].verdict) not in words(app), "the verdict comes after the last update"
    app = opened("embedding")
    assert all(plain(each) not in words(app) for story in STORIES for each in (story.verdict, story.question)), "it is of another embedding"


def test_a_run_that_diverges_says_when(opened: Open) -> None:
    wild = replace(metric("contrastive", rate=1e3), optimizer=OPTIMIZERS["sgd"]())
    app = opened("embedding", embedding=replace(SMALL, runs=(wild, SMALL.runs[3]), model=Linear()))
    assert "diverged in " in html(app)
    assert charts(app) == 4


def test_what_cannot_be_trained_is_said_in_place_of_results(opened: Open, in_threads: None) -> None:
    app = AppTest.from_string("from pages.ui.metric_learning import embedding\nembedding.draw()", default_timeout=60)
    app.query_params[EMBEDDING] = link.encode(replace(SMALL, held_out=(1, 7)))
    app.run()
    assert not app.exception
    assert "class 7 cannot be held out" in app.error[0].value


def test_a_damaged_embedding_opens_the_default_and_says_why(in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)
    app = AppTest.from_string("from pages.ui.metric_learning import embedding\nembedding.draw()", default_timeout=60)
    app.query_params[EMBEDDING] = hostile.packed('{"version":1,"runs":[]}')
    app.run()
    assert not app.exception
    assert "runs must be a list of 1 to 12 items, got 0" in app.warning[0].value
    assert shown(app) == default_embedding()


def test_somebodys_own_data_in_a_link_are_asked_for(in_threads: None) -> None:
    app = AppTest.from_string("from pages.ui.metric_learning import embedding\nembedding.draw()", default_timeout=60)
    app.query_params[EMBEDDING] = link.encode(replace(SMALL, dataset=DATASETS["own"]()))
    app.run()
    assert not app.exception
    assert "bring them along" in app.error[0].value


def test_mining(opened: Open) -> None:
    app = opened("mining", MiningView(updates=60))
    assert charts(app) == 3 + 3
    loss = datasets(app, 0)["curves"]
    np.testing.assert_allclose(loss["r3"], 0.3, rtol=1e-6)  # the line loss = margin
    assert {*loss} == {"x", "r0", "r1", "r2", "r3"}
    assert datasets(app, 1)["curves"]["r2"].iloc[-1] > datasets(app, 1)["curves"]["r0"].iloc[-1]  # hard triplets stay active, random ones run out
    change(app, "metric_learning.mining.minings", ["hard"])
    assert charts(app) == 3 + 1
    change(app, "metric_learning.mining.minings", [])
    assert "Choose a way to mine." in app.info[0].value


def test_people_never_seen(opened: Open, short: None) -> None:
    app = opened("people", PeopleView(losses=("contrastive",), query=3))
    assert charts(app) == 2
    assert len(datasets(app, 0)["ringed"]) == 1
    assert len(datasets(app, 1)["near"]) == 6
    page = html(app)
    assert "Raw features" in page
    assert "circumstance C" in page
    assert "by circumstance" in page
    assert len({*datasets(app, 0)["points"]["label"]}) == 8
    change(app, "metric_learning.people.colored", "circumstance")
    assert len({*datasets(app, 0)["points"]["label"]}) == 20
    change(app, "metric_learning.people.held_out", [0, 1, 2])
    assert state_of(app, PeopleView).held_out == (0, 1, 2)
    change(app, "metric_learning.people.losses", [])
    assert "Choose a loss." in app.info[0].value


def test_digits_never_seen_are_pictures(opened: Open, short: None) -> None:
    app = opened("people", PeopleView(data="digits", losses=("contrastive",)))
    page = html(app)
    assert page.count('src="data:image/png') == 1 + 2 * 6
    assert "by circumstance" not in page
    assert {*datasets(app, 0)["points"]["label"]} == {"8", "9"}


def test_own_data_are_asked_for(opened: Open) -> None:
    app = opened("people", PeopleView(data="own"))
    assert "Bring a table on the Workbench" in app.info[0].value


#: the places of COUNTS are the numbers of rows of each class
OWN = """
import numpy as np
from core.upload import read, suggested
from pages.ui.metric_learning import people
from pages.ui.session import own_table, state

rng = np.random.default_rng(0)
lines = [f"{k + rng.normal():.3f},{-k + rng.normal():.3f},{'wxyz'[k]}" for k, count in enumerate(COUNTS) for _ in range(count)]
sheet = read(("a,b,kind\\n" + "\\n".join(lines)).encode())
state.WORKBENCH.open()
if own_table.held() is None:
    own_table.hold(sheet, "mine", suggested(sheet))
people.draw()
"""


def test_own_data_have_classes_to_hold_out(in_threads: None, short: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)
    app = AppTest.from_string(OWN.replace("COUNTS", "(15, 15, 15, 15)"), default_timeout=120)
    app.query_params["v"] = link.encode(PeopleView(data="own", losses=("contrastive",)))
    checked(app.run())
    assert {*datasets(app, 0)["points"]["label"]} == {"y", "z"}, "the last two classes, without a choice"
    change(app, "metric_learning.people.held_out", [0])
    assert {*datasets(app, 0)["points"]["label"]} == {"w"}
    assert "With one class held out every neighbour is of it" in words(app)
    assert "row 1" in html(app)
    assert "a,b" not in str(app.query_params), "no link carries the table"


def test_own_data_of_two_classes_have_none_to_hold_out(in_threads: None, short: None) -> None:
    app = AppTest.from_string(OWN.replace("COUNTS", "(15, 15)"), default_timeout=120)
    app.query_params["v"] = link.encode(PeopleView(data="own"))
    checked(app.run())
    assert "These data have 2 classes. It takes 3" in app.info[0].value


def test_one_triplet(opened: Open) -> None:
    app = opened("triplet")
    assert charts(app) == 2
    assert {*datasets(app, 1)["curves"]} == {"x", "r0", "r1", "r2"}
    assert len(datasets(app, 0)["points"]) == 3
    change(app, "metric_learning.triplet.with_positive", False)
    assert "Without a cost of a pair: Triplet, NT-Xent." in words(app)
    assert len(datasets(app, 0)["points"]) == 2
    change(app, "metric_learning.triplet.with_negative", False)
    assert "one point alone costs nothing" in words(app)
    app = opened("triplet", TripletView(moved="anchor", anchor=(0.0, 0.0), positive=(1.0, 0.0), negative=(0.0, 2.0), losses=("triplet",), margin=2.0))
    assert "<td>1</td>" in html(app)  # (1 - 2 + 2)₊
