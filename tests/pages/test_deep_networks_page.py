"""The Deep networks page without a browser: what it shows, its words, the cure, its stories, and its address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.studies.deep_networks import Networks, network
from core.studies.deep_networks.networks import default_networks
from core.studies.deep_networks.starts import Scale
from core.studies.deep_networks.stories import STORIES
from core.studies.deep_networks.views import DeepNetworksView
from core.views import View
from pages.ui.deep_networks.networks import SCREEN
from pages.ui.session import link
from pages.ui.session.address import NETWORKS
from pages.ui.training import follow
from pages.ui.widgets.text import plain
from tests import hostile
from tests.views import change, checked, datasets, unfold

Open = Callable[..., AppTest]
SMALL = replace(default_networks(), dataset=DATASETS["wine"](), updates=30, width=16)
#: the update before the first one is shown
START = DeepNetworksView(update=0)
PAGE = "from pages.ui.deep_networks import networks\nnetworks.draw()"


@pytest.fixture
def opened(in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens the page, with a state and networks by its address."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)

    def open_(state: View | None = START, networks: Networks = SMALL) -> AppTest:
        app = AppTest.from_string(PAGE, default_timeout=120)
        if state is not None:
            app.query_params["v"] = link.encode(state)
        app.query_params[NETWORKS] = link.encode(networks)
        return checked(app.run())

    return open_


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def shown(app: AppTest) -> Networks:
    document: Networks = app.session_state["networks"].document
    return document


def state_of(app: AppTest) -> DeepNetworksView:
    text = app.query_params["v"]
    return link.read(text if isinstance(text, str) else text[0], DeepNetworksView)


def test_layers_and_curves_of_the_runs(opened: Open) -> None:
    app = opened()
    assert charts(app) == 4
    first = datasets(app, 0)["curves"]
    assert first["x"].tolist() == [*range(1, 12)], "ten hidden layers and that of the scores"
    assert first["r0"].iloc[0] < 1e-4 * first["r0"].iloc[-1], "the sigmoid vanishes"
    assert "After update 0 the gradient vanishes in sigmoid, ReLU too small; explodes in ReLU too large; arrives in" in words(app)
    assert plain("The gradient of sigmoid vanishes: × 0.") in words(app)
    page = html(app)
    for title in ("× a layer", "Gradient norm", "Last hidden", "Test accuracy"):
        assert title in page
    spread = datasets(app, 1)["curves"]
    change(app, "deep_networks.right", "flat")
    assert not np.array_equal(datasets(app, 1)["curves"]["r0"], spread["r0"])
    assert state_of(app).right == "flat"
    change(app, "deep_networks.left_curve", "norm")
    assert charts(app) == 4


def test_the_slider_of_updates_moves_the_layers_and_keeps_their_axes(opened: Open) -> None:
    app = opened()
    before, spec = datasets(app, 0)["curves"], app.get("vega_lite_chart")[0].proto.spec
    change(app, "deep_networks.update", 30)
    assert state_of(app).update == 30
    after = datasets(app, 0)["curves"]
    assert not np.array_equal(before["r4"], after["r4"])
    assert np.isnan(after["r2"].astype(float)).all() == bool(np.isnan(datasets(app, 3)["curves"]["r2"].iloc[-1]))
    assert app.get("vega_lite_chart")[0].proto.spec == spec, "the browser keeps the view, and replaces the data"
    assert "After update 30 the gradient" in words(app)


def test_the_last_point_of_a_run_that_diverged_is_ringed(opened: Open) -> None:
    lost = replace(SMALL, width=32, runs=(network(Scale(1.0), depth=12), network(depth=12)))
    app = opened(networks=lost)
    assert plain("(diverged in update 2)") not in words(app), "not yet, at the start"
    change(app, "deep_networks.update", 30)
    assert plain("(diverged in update 2)") in words(app)
    rings, curves = datasets(app, 2)["rings"], datasets(app, 2)["curves"]
    assert [*rings["run"]] == ["r0"]
    end = curves[curves["r0"].notna()].iloc[-1]
    assert (rings["x"][0], rings["value"][0]) == (end["x"], pytest.approx(end["r0"]))
    assert end["x"] < 2


def test_depths_differ_and_lines_end_where_their_network_does(opened: Open) -> None:
    app = opened(networks=replace(SMALL, runs=(network(depth=3), network(depth=6))))
    frame = datasets(app, 0)["curves"]
    assert np.isfinite(frame["r0"]).sum() == 4
    assert np.isfinite(frame["r1"]).sum() == 7
    change(app, "networks.runs.0.depth", 5)
    assert shown(app).runs[0].depth == 5


def test_the_cure_is_added_beside_its_patient(opened: Open) -> None:
    app = opened()
    button = app.button(key="networks_cure_add")
    assert button.label == "Try batch norm"
    assert "A sigmoid's slope is at most a quarter" in button.help
    button.click()
    checked(app.run())
    assert len(shown(app).runs) == 6
    assert shown(app).runs[5] == network("glorot", "sigmoid", "batch")
    assert not [each for each in app.button if each.key == "networks_cure_add"], "the cured run is selected, and nothing is wrong with it"
    app.button(key="networks_remove").click()
    checked(app.run())
    assert shown(app).runs == SMALL.runs


def test_runs_are_added_and_changed(opened: Open) -> None:
    app = opened(networks=replace(SMALL, runs=SMALL.runs[:2]))
    app.button(key="networks_add").click()
    checked(app.run())
    change(app, "networks.runs.2.activation.kind", "leaky_relu")
    change(app, "networks.runs.2.activation.negative", 0.2)
    change(app, "networks.runs.2.start.kind", "scale")
    change(app, "networks.runs.2.start.scale", 0.2)
    change(app, "networks.runs.2.norm.kind", "layer")
    change(app, "networks.runs.2.residual", 0.5)
    run = shown(app).runs[2]
    assert (str(run.activation.in_words()), run.start, run.norm.kind, run.residual) == ("Leaky ReLU a 0.2", Scale(0.2), "layer", 0.5)
    assert not unfold(app, SCREEN, "more").exception


def test_a_story_asks_and_tells(opened: Open) -> None:
    told = STORIES[1]
    app = opened(networks=told.document)
    assert plain(told.question) in words(app)
    assert plain(told.verdict) not in words(app), "the verdict comes after the last update"
    assert "The gradient of" not in words(app), "nor is said what is seen, or tried what cures it"
    assert not [each for each in app.button if each.key == "networks_cure_add"]
    assert datasets(app, 2)["curves"]["r0"].notna().sum() == 1, "no curve shows what is to come"
    change(app, "deep_networks.update", told.document.updates)
    assert plain(told.question) not in words(app)
    assert plain(told.verdict) in words(app)
    assert plain("The gradient of") in words(app)
    change(app, "networks.batch", 32)
    assert plain(told.verdict) not in words(app), "the sentence is about the networks that were checked"


def test_what_cannot_be_trained_is_said_in_place_of_results(in_threads: None) -> None:
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.query_params[NETWORKS] = link.encode(replace(SMALL, width=512, seeds=16))
    app.run()
    assert not app.exception
    assert "take fewer layers, a smaller width, or fewer seeds" in app.error[0].value


def test_a_damaged_link_opens_the_default_and_says_why(in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.query_params[NETWORKS] = hostile.packed('{"version":1,"runs":[]}')
    app.run()
    assert not app.exception
    assert "runs must be a list of 1 to 12 items, got 0" in app.warning[0].value
    assert shown(app) == default_networks()


def test_somebodys_own_data_in_a_link_are_asked_for(in_threads: None) -> None:
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.query_params[NETWORKS] = link.encode(replace(SMALL, dataset=DATASETS["own"]()))
    app.run()
    assert not app.exception
    assert "bring them along" in app.error[0].value


def test_what_is_shown_is_a_table_too(opened: Open) -> None:
    app = opened(networks=replace(SMALL, runs=SMALL.runs[:2]))
    table: Any = app.session_state["shown"][0]()
    assert {*table["metric"]} >= {"loss", "accuracy", "gradient", "signal", "flat"}
    assert {*table.loc[table["metric"] == "gradient", "layer"]} == {*range(1, 12)}
    assert {*table.loc[table["metric"] == "loss", "layer"]} == {0}
