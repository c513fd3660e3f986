"""What studies offer under Share as a PyTorch script: the selected duel, the selected embedding; and why there is none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.datasets import DATASETS
from core.export import duel_script
from core.models import MLP
from core.studies.adversarial.duel import default_duel
from core.studies.descent.race import default_race
from core.studies.descent.surfaces import SURFACES
from core.studies.metric_learning.embedding import default_embedding
from pages.ui.session import address, link
from pages.ui.widgets import share
from tests.views import by_address, change, checked

SMALL: dict[str, tuple[str, str, Any]] = {
    "adversarial": (address.DUEL, "duel", replace(default_duel(), updates=100, runs=default_duel().runs[:2])),
    "metric_learning": (address.EMBEDDING, "embedding", replace(default_embedding(), dataset=DATASETS["wine"](), updates=30, model=MLP(hidden=(4,)))),
    "optimizers": (address.RACE, "race", default_race()),
}


def opened(root: Path, page: str, document: object = None) -> AppTest:
    """Return a page with Share unfolded."""
    parameter, view, small = SMALL[page]
    app = by_address(root, page, view=view, **{parameter: link.encode(document or small)})  # type: ignore[arg-type]
    app.session_state["share"] = True
    return checked(app.run())


@pytest.mark.parametrize("page", SMALL)
def test_share_has_what_is_on_the_screen_as_code(page: str, root: Path, in_threads: None) -> None:
    assert "PyTorch" in [button.label for button in opened(root, page).get("download_button")]


def test_the_script_is_that_of_the_selected_duel(root: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(share, "download_as", lambda name, content, *others: made.append(content()))
    app = opened(root, "adversarial")
    assert made[-1] == duel_script(SMALL["adversarial"][2], 0)
    change(app, "selected_duel", 1)
    assert made[-1] == duel_script(SMALL["adversarial"][2], 1) != made[0]


def test_a_surface_that_comes_from_a_training_has_no_script(root: Path, in_threads: None) -> None:
    app = opened(root, "optimizers", replace(default_race(), surface=SURFACES["mlp_plane"]()))
    assert "PyTorch" not in [button.label for button in app.get("download_button")]
    assert any("No script: the surface" in caption.value for caption in app.caption)
