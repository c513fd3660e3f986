"""The Adversarial page without a browser: every view, its dials, its words, what it trains, and its address."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.models import MLP
from core.optimizers import OPTIMIZERS
from core.studies.adversarial.clouds import OwnPoints
from core.studies.adversarial.duel import Duel, contest, default_duel
from core.studies.adversarial.stories import STORIES
from core.studies.adversarial.views import CriticView, DiracView, DuelView, GradientView
from core.views import View
from pages.ui.adversarial import duel_editor
from pages.ui.adversarial.duel import SCREEN
from pages.ui.server import jobs
from pages.ui.server.executors import Workplace
from pages.ui.server.training import Status
from pages.ui.session import link
from pages.ui.session.address import DUEL
from pages.ui.training import follow
from pages.ui.widgets.text import plain
from tests import hostile
from tests.by_hand import ByHand
from tests.tables import tables
from tests.views import all_words, change, checked, datasets, state_of, unfold

Open = Callable[..., AppTest]
SMALL = replace(default_duel(), updates=30, batch=8, generator=MLP(hidden=(4,)), critic=MLP(hidden=(5,)))


@pytest.fixture
def opened(tmp_path: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a view alone, with a state and a duel by its address."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)

    def open_(view: str, state: View | None = None, duel: Duel = SMALL) -> AppTest:
        script = tmp_path / "view.py"
        script.write_text(f"from pages.ui.adversarial import {view}\n{view}.draw()", encoding="utf-8")
        app = AppTest.from_file(str(script), default_timeout=120)
        if state is not None:
            app.query_params["v"] = link.encode(state)
        app.query_params[DUEL] = link.encode(duel)
        return checked(app.run())

    return open_


def charts(app: AppTest) -> int:
    return len(app.get("vega_lite_chart"))


def shown(app: AppTest) -> Duel:
    document: Duel = app.session_state["duel"].document
    return document


def test_the_gradient_of_the_generator(opened: Open) -> None:
    app = opened("gradient")
    assert charts(app) == 3
    assert "At θ = 2: Jensen-Shannon 0.633, Wasserstein 2. Pull: Minimax 0.274, Non-saturating 7.73" in all_words(app)
    assert {*datasets(app, 2)["curves"]} == {"x", "edge", "r0", "r1", "r2", "r3", "r4"}
    change(app, "adversarial.gradient.theta", 4.0)
    assert "is at 100% of its limit" in all_words(app)
    change(app, "adversarial.gradient.losses", [])
    assert charts(app) == 3
    assert state_of(app, GradientView) == GradientView(theta=4.0, losses=())


def test_too_good_a_discriminator(opened: Open) -> None:
    state = CriticView(updates=200, critics=("minimax", "wgan_gp"))
    app = opened("critic", state)
    assert charts(app) == 2
    pull = datasets(app)["curves"]
    assert pull["r0"].iloc[-1] < pull["r0"].iloc[0] / 2
    assert pull["x"].tolist() == [round(place * 200 / 30) for place in range(31)]
    assert tables(app)[0].text.iloc[:, 0].tolist() == ["Minimax", "WGAN-GP"]
    change(app, "adversarial.critic.critics", [])
    assert "Choose a critic." in app.info[0].value


def test_two_numbers(opened: Open) -> None:
    app = opened("dirac")
    assert "a circle" in all_words(app)
    assert "spirals out" in all_words(app)
    paths = datasets(app)["paths"]
    assert {*paths["run"]} == {"r0", "r1", "r2"}
    np.testing.assert_allclose(paths[paths["run"] == "r0"]["distance"], np.sqrt(2), rtol=1e-5)
    change(app, "adversarial.dirac.penalty.kind", "r1")
    assert "near the rest point each step takes the distance times" in all_words(app)
    change(app, "adversarial.dirac.noise", 0.5)
    assert state_of(app, DiracView).noise == 0.5


def test_a_click_on_the_map_sets_the_start(opened: Open) -> None:
    app = opened("dirac", DiracView(start=(-2.0, 0.5)))
    assert datasets(app)["start"].to_numpy().tolist() == [[-2.0, 0.5]]
    assert datasets(app)["cells"]["now"].iloc[0] == "-2, 0.5"


@pytest.mark.parametrize(("step", "shown"), [(0, 300), (40, 40), (1000, 300)])
def test_the_player_of_two_numbers_opens_at_the_link_s_step_or_at_its_end(opened: Open, step: int, shown: int) -> None:
    (chart,) = opened("dirac", DiracView(step=step)).get("vega_lite_chart")
    params = {each["name"]: each for each in json.loads(chart.proto.spec)["params"]}
    assert params["step"]["value"] == shown


def test_the_duel(opened: Open) -> None:
    app = opened("duel")
    assert charts(app) == 8
    assert "Lucic et al." in all_words(app)
    (found,) = tables(app)
    assert (found.marks["Sliced W ↓"] == "best").sum() == 1
    assert found.text["Duel"].tolist() == [f"{letter} {label}" for letter, label in zip("ABCDEF", SMALL.labels(), strict=True)]
    change(app, "adversarial.duel.update", 0)
    early = datasets(app, 0)["samples"]
    assert state_of(app, DuelView).update == 0
    for panel in range(1, len(SMALL.runs)):
        assert datasets(app, panel)["samples"].equals(early), "all begin alike"
    change(app, "adversarial.duel.left", "generator_loss")
    assert charts(app) == 8


def test_single_steps_of_either_player(opened: Open) -> None:
    app = opened("duel")
    before = datasets(app, 0)
    app.button(key="adversarial_step_d").click()
    checked(app.run())
    after_critic = datasets(app, 0)
    assert after_critic["samples"].equals(before["samples"]), "a step of the critic moves no sample"
    assert not after_critic["arrows"].equals(before["arrows"])
    app.button(key="adversarial_step_g").click()
    checked(app.run())
    assert not datasets(app, 0)["samples"].equals(before["samples"])
    assert "After the update shown: D, G." in all_words(app)
    assert state_of(app, DuelView).singly == ("d", "g")
    app.button(key="adversarial_undo").click()
    checked(app.run())
    assert datasets(app, 0)["samples"].equals(before["samples"])


def test_duels_are_added_changed_and_removed(opened: Open) -> None:
    app = opened("duel", duel=replace(SMALL, runs=SMALL.runs[:2]))
    app.button(key="duel_add").click()
    checked(app.run())
    assert len(shown(app).runs) == 3
    change(app, "duel.runs.2.loss.kind", "hinge")
    change(app, "duel.runs.2.penalty.kind", "r1")
    assert shown(app).runs[2].penalty.kind == "r1"
    assert charts(app) == 3 + 2
    app.button(key="duel_remove").click()
    checked(app.run())
    assert len(shown(app).runs) == 2
    for name in ("more", "networks"):
        assert not unfold(app, SCREEN, name).exception


def test_a_training_is_cancelled_and_continued(in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    executor = ByHand(9)
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)
    monkeypatch.setattr(jobs, "workplace", lambda: Workplace(lambda: executor, lambda: 1))
    app = AppTest.from_string("from pages.ui.adversarial import duel\nduel.draw()", default_timeout=60)
    app.query_params[DUEL] = link.encode(SMALL)
    checked(app.run())
    (job,) = app.session_state.followed.jobs

    def until(holds: Callable[[], bool]) -> None:
        """Run slices; what follows on one, and what runs are measured with, is done in threads of their own."""
        while not holds():
            if executor.waiting:
                executor.step()
            time.sleep(0.01)

    until(lambda: job.result() is not None)
    assert charts(checked(app.run())) == 8, "the records so far"
    next(button for button in app.button if button.label == "Cancel").click()
    checked(app.run())
    assert charts(app) == 8
    assert [button.label for button in app.button if button.label in ("Cancel", "Continue")] == ["Continue"]
    next(button for button in app.button if button.label == "Continue").click()
    checked(app.run())
    until(lambda: job.status is Status.DONE)
    checked(app.run())
    assert not [button for button in app.button if button.label in ("Cancel", "Continue")]
    assert link.read(link.encode(shown(app)), Duel) == SMALL


def test_more_than_fits_is_said_in_place_of_results(opened: Open, in_threads: None) -> None:
    app = AppTest.from_string("from pages.ui.adversarial import duel\nduel.draw()", default_timeout=60)
    app.query_params[DUEL] = link.encode(replace(SMALL, critic=MLP(hidden=(1024, 1024))))
    app.run()
    assert not app.exception
    assert "take smaller networks" in app.error[0].value


def test_a_story_says_what_it_shows(opened: Open) -> None:
    short = replace(STORIES[2].document, updates=30)
    app = opened("duel", duel=short)
    assert plain(STORIES[2].question) not in all_words(app), "the sentence is about the duel that was checked"
    app = opened("duel", DuelView(update=0), duel=STORIES[-1].document)
    assert plain(STORIES[-1].question) in all_words(app)
    assert "measured against a critic that learns" not in all_words(app), "the verdict comes after the last update"
    assert datasets(app, 1)["curves"]["r0"].notna().sum() == 1, "no curve shows what is to come"
    last = app.select_slider(key="adversarial.duel.update").options[-1]
    change(app, "adversarial.duel.update", int(last))
    assert "measured against a critic that learns" in all_words(app)
    assert plain(STORIES[-1].question) not in all_words(app)
    assert datasets(app, 1)["curves"]["r0"].notna().all()


def test_a_duel_is_played_from_its_start_to_its_end(opened: Open) -> None:
    app = opened("duel", duel=SMALL)
    updates = [int(each) for each in app.select_slider(key="adversarial.duel.update").options]
    button = next(each for each in app.button if each.label == "Play")
    checked(button.click().run())
    assert state_of(app, DuelView).update == updates[0], "at the end it begins anew"
    assert [each.label for each in app.button if each.label in ("Play", "Pause")] == ["Pause"]


def test_a_diverged_duel_says_when(opened: Open) -> None:
    rule = OPTIMIZERS["sgd"]()
    wild = replace(contest("wasserstein"), critic_rate=1e3, generator_rate=1e3, critic_optimizer=rule, generator_optimizer=rule)
    app = opened("duel", duel=replace(SMALL, runs=(wild, SMALL.runs[0])))
    assert "diverged in update" in all_words(app)
    assert charts(app) == 4


def test_a_damaged_duel_opens_the_default_and_says_why(in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)
    app = AppTest.from_string("from pages.ui.adversarial import duel\nduel.draw()", default_timeout=60)
    app.query_params[DUEL] = hostile.packed('{"version":1,"runs":[]}')
    app.run()
    assert not app.exception
    assert "runs must be a list of 1 to 12 items, got 0" in app.warning[0].value
    assert shown(app) == default_duel()


def test_a_click_sets_a_point_and_another_takes_it_away() -> None:
    cloud = OwnPoints(points=(0.0, 0.0, 1.0, 1.0))
    more = duel_editor.toggled(cloud, (-1.0, 0.5))
    assert more.points == (0.0, 0.0, 1.0, 1.0, -1.0, 0.5)
    assert duel_editor.toggled(more, (1.1, 0.9)).points == (0.0, 0.0, -1.0, 0.5)
    assert duel_editor.toggled(OwnPoints(points=(0.0, 0.0)), (0.05, 0.0)).points == (0.0, 0.0), "the last one stays"
    full = OwnPoints(points=tuple(float(x) for x in np.linspace(-2, 2, 24) for _ in range(2)))
    assert len(duel_editor.toggled(full, (2.4, -2.4)).points) == 48


def test_own_points_are_drawn_where_they_can_be_clicked(opened: Open) -> None:
    app = opened("duel", duel=replace(SMALL, data=OwnPoints(), runs=SMALL.runs[:1]))
    assert charts(app) == 1 + 1 + 2
    assert [len(datasets(app, chart)["points"]) for chart in range(4) if "points" in datasets(app, chart)] == [3]
