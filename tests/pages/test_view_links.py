"""A link opens what its sender saw: every field of every view's document, on the page as the front door draws it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.experiment import digits_experiment
from core.screens import VIEWS
from core.studies.adversarial.duel import default_duel
from core.studies.deep_networks.networks import default_networks
from core.studies.descent.race import default_race
from core.studies.metric_learning.embedding import default_embedding
from core.studies.multitask.document import default_multitask
from core.studies.segmentation.document import default_segmentation
from core.views import LineupView, View
from pages.ui.session import link
from pages.ui.session.address import DUEL, EMBEDDING, EXPERIMENT, MULTITASK, NETWORKS, RACE, SEGMENTATION, STATE, VIEW
from pages.ui.training import follow
from tests import hostile
from tests.changed import changed
from tests.views import by_address

#: the page of each first part of a view's name, by its address
ADDRESSES = {
    "workbench": "", "losses": "losses", "descent": "optimizers", "imbalance": "imbalance", "regularization": "regularization",
    "adversarial": "adversarial", "metric_learning": "metric_learning", "segmentation": "segmentation", "deep_networks": "deep_networks",
    "reinforcement": "reinforcement", "multitask": "multitask",
}
LINEUPS = {
    "workbench": {EXPERIMENT: link.encode(digits_experiment())}, "descent.race": {RACE: link.encode(default_race())},
    "adversarial.duel": {DUEL: link.encode(replace(default_duel(), runs=default_duel().runs[:4]))},
    "metric_learning.embedding": {EMBEDDING: link.encode(default_embedding())},
    "segmentation.losses": {SEGMENTATION: link.encode(replace(default_segmentation(), runs=default_segmentation().runs[:4]))},
    "multitask.weightings": {MULTITASK: link.encode(default_multitask())},
    "deep_networks": {NETWORKS: link.encode(replace(default_networks(), runs=default_networks().runs[:4]))},
}  # fmt: skip


@pytest.fixture
def untrained(in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages draw what there is before anything is trained: it is about the state, not about the training."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 0)


def opened(root: Path, kind: str, text: str) -> AppTest:
    """Return a page with the state that a link carries."""
    page, _, view = kind.partition(".")
    return by_address(root, ADDRESSES[page], **({VIEW: view} if view else {}), **LINEUPS.get(kind, {}), **{STATE: text}).run()


def shown(app: AppTest, view: type[View]) -> Any:
    """Return the state in the address, which is the one on the screen."""
    assert not app.exception, app.exception[0].value
    carried = app.query_params[STATE]
    return link.read(carried if isinstance(carried, str) else carried[0], view)


@pytest.mark.parametrize("kind", VIEWS)
def test_a_link_opens_every_field_as_it_was(kind: str, root: Path, untrained: None) -> None:
    state = changed(VIEWS[kind]())
    if isinstance(state, LineupView):
        state = replace(state, slots=(3, 1, 0, 2), selected=1)
    app = opened(root, kind, link.encode(state))
    assert not app.warning
    assert shown(app, VIEWS[kind]) == state


@pytest.mark.parametrize("kind", VIEWS)
def test_a_damaged_state_opens_the_default_and_says_why(kind: str, root: Path, untrained: None) -> None:
    app = opened(root, kind, hostile.view_links(VIEWS[kind])["an unknown name"])
    assert any("The link could not be opened" in warning.value for warning in app.warning)
    assert shown(app, VIEWS[kind]) == VIEWS[kind]()


@pytest.mark.parametrize("kind", VIEWS)
def test_share_has_the_link_and_the_file(kind: str, root: Path, untrained: None) -> None:
    app = opened(root, kind, link.encode(VIEWS[kind]()))
    app.session_state["share"] = True
    app.run()
    assert not app.exception, app.exception[0].value
    assert f"{STATE}={link.encode(shown(app, VIEWS[kind]))}" in app.code[0].value
    assert [button.label for button in app.get("download_button")][:2] == ["JSON", "CSV"]


def test_a_state_is_taken_by_the_view_that_the_session_opens_with(root: Path, untrained: None) -> None:
    """Another view of the page opens with its default, and without a word."""
    kind = "regularization.balls"
    app = opened(root, kind, link.encode(changed(VIEWS[kind]())))
    app.button_group(key="regularization_view").set_value("decay").run()
    assert not app.warning
    assert shown(app, VIEWS["regularization.decay"]) == VIEWS["regularization.decay"]()
    app.button_group(key="regularization_view").set_value("balls").run()
    assert shown(app, VIEWS[kind]) == changed(VIEWS[kind]())


def test_pages_remove_unknown_parameters_only(root: Path, untrained: None) -> None:
    app = by_address(root, "regularization", view="balls", lesson="one", lang="zh", utm_source="x").run()
    assert {*app.query_params} == {VIEW, STATE, "lesson", "lang"}
