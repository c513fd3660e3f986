"""The Segmentation page without a browser: both views, their dials, their words, what they train, and their address."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.losses import LOSSES
from core.studies.segmentation import SCENES, Segmentation, segment
from core.studies.segmentation.document import BATCH, default_segmentation, segmenter
from core.studies.segmentation.stories import STORIES
from core.studies.segmentation.views import EmptyView, LossesView
from core.views import View
from pages.ui.segmentation.losses import SCREEN
from pages.ui.session import link
from pages.ui.session.address import SEGMENTATION
from pages.ui.training import follow
from pages.ui.widgets.text import plain
from tests.views import change, checked, datasets, unfold

Open = Callable[..., AppTest]
SMALL = replace(default_segmentation(), scene=SCENES["discs"].from_dict({"side": 12}), images=16, batch=4, updates=20, patch=3)


@pytest.fixture
def opened(tmp_path: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a function that opens a view alone, with a state and a segmentation by its address."""
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)

    def open_(view: str, state: View | None = None, segmentation: Segmentation = SMALL) -> AppTest:
        script = tmp_path / "view.py"
        script.write_text(f"from pages.ui.segmentation import {view}\n{view}.draw()", encoding="utf-8")
        app = AppTest.from_file(str(script), default_timeout=120)
        if state is not None:
            app.query_params["v"] = link.encode(state)
        app.query_params[SEGMENTATION] = link.encode(segmentation)
        return checked(app.run())

    return open_


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def state_of(app: AppTest, view: type[View]) -> Any:
    text = app.query_params["v"]
    return link.read(text if isinstance(text, str) else text[0], view)


def shown(app: AppTest) -> Segmentation:
    document: Segmentation = app.session_state["segmentation"].document
    return document


def test_the_losses(opened: Open) -> None:
    app = opened("losses")
    assert len(app.get("vega_lite_chart")) == 2
    page = html(app)
    assert page.count("<img alt=") >= 5 * (2 + 2 * 5)
    for title in ("at ½", "at its best", "IoU ↑", "AP ↑", "false pixels ↓"):
        assert title in page
    assert f"After {SMALL.updates} updates" in words(app)
    result = segment(SMALL)
    for value in result.metrics["dice"][-1, 0]:
        assert f">{value:.3f}<" in page.replace("<mark>", "").replace("</mark>", "") or f"{value:.3f}" in page
    change(app, "segmentation.losses.update", 0)
    assert state_of(app, LossesView).update == 0
    change(app, "segmentation.losses.measure", "ranking")
    np.testing.assert_allclose(datasets(app, 0)["curves"]["r3"], result.metrics["ranking"][:, 0, 3], rtol=1e-6)


def test_the_threshold_moves_what_is_marked_and_each_can_have_its_own(opened: Open) -> None:
    app = opened("losses")
    before = html(app)
    assert "as shown" not in before
    change(app, "segmentation.losses.threshold", 0.2)
    low = html(app)
    assert "as shown" in low
    assert marked(low) > marked(before)
    assert datasets(app, 1)["now"]["x"].tolist() == pytest.approx([0.2])
    change(app, "segmentation.losses.own", True)
    result = segment(SMALL)
    best = result.metrics["threshold"][-1, 0]
    for threshold in best:
        assert f"at {threshold:.2f}" in html(app)
    chart = datasets(app, 1)
    assert chart["now"].empty, "no threshold is that of all"
    np.testing.assert_allclose(chart["rings"]["x"], best, rtol=1e-6)
    np.testing.assert_allclose(chart["rings"]["value"], result.metrics["best_dice"][-1, 0], rtol=1e-6)


def marked(page: str) -> int:
    """Return how many pixels are found or false on the page."""
    return sum(int(found) + int(false) for found, false in re.findall(r'title="[^"]*?(\d+) found, \d+ missed, (\d+) false"', page))


def test_other_images_are_shown(opened: Open) -> None:
    app = opened("losses", LossesView(images=1999))
    assert 'alt="image 15"' in html(app), "the last five"
    change(app, "segmentation.losses.images", 3)
    assert 'alt="image 3"' in html(app)


def test_runs_are_added_changed_and_removed(opened: Open) -> None:
    app = opened("losses", segmentation=replace(SMALL, runs=SMALL.runs[:2]))
    app.button(key="segmentation_add").click()
    checked(app.run())
    change(app, "segmentation.runs.2.loss.kind", "pixel_dice")
    change(app, "segmentation.runs.2.loss.smooth", 100.0)
    assert shown(app).runs[2].loss == LOSSES["pixel_dice"].from_dict({"smooth": 100.0})
    for name in ("more", "network"):
        assert not unfold(app, SCREEN, name).exception
    change(app, "segmentation.runs.2.over", BATCH)
    assert shown(app).runs[2].over == BATCH
    app.button(key="segmentation_remove").click()
    checked(app.run())
    assert len(shown(app).runs) == 2


def test_only_losses_of_pixels_are_offered(opened: Open) -> None:
    app = opened("losses", segmentation=replace(SMALL, runs=SMALL.runs[:1]))
    menu = next(box for box in app.selectbox if box.key == "segmentation.runs.0.loss.kind")
    assert menu.options == [cls.listed() for cls in LOSSES.values() if "segmentation" in cls.tasks]


def test_the_sum_has_its_parts_folded_away(opened: Open) -> None:
    app = unfold(opened("losses", segmentation=replace(SMALL, runs=(segmenter("sum_segmentation"),))), SCREEN, "more")
    change(app, "segmentation.runs.0.loss.second.kind", "pixel_tversky")
    assert shown(app).runs[0].loss.in_words().values[0][1] == LOSSES["pixel_tversky"]().in_words()


def test_ink_of_digits(opened: Open) -> None:
    app = opened("losses")
    change(app, "segmentation.scene.kind", "ink")
    assert shown(app).scene == SCENES["ink"]()
    assert len(app.get("vega_lite_chart")) == 2


def test_a_story_asks_before_it_tells(opened: Open) -> None:
    app = opened("losses", segmentation=STORIES[0].document)
    assert plain(STORIES[0].verdict) in words(app)
    app = opened("losses", LossesView(update=0), segmentation=STORIES[0].document)
    assert plain(STORIES[0].question) in words(app)
    assert plain(STORIES[0].verdict) not in words(app), "the verdict comes after the last update"
    assert datasets(app, 0)["curves"]["r0"].notna().sum() == 1, "curves do not show what is to come"
    app = opened("losses")
    assert all(plain(each) not in words(app) for story in STORIES for each in (story.verdict, story.question)), "it is of another segmentation"


def test_a_run_that_has_diverged_is_said(opened: Open) -> None:
    lost = replace(segmenter("pixel_cross_entropy", weight=1e4), learning_rate=1e3)
    app = opened("losses", segmentation=replace(SMALL, runs=(lost, segmenter("pixel_dice")), updates=60))
    assert "marks best" in words(app) or "has a Dice" in words(app) or "equally well" in words(app)


def test_images_without_foreground_and_images_that_all_have_some_are_drawn(opened: Open) -> None:
    for empty in (0.99, 0.0):
        app = opened("losses", segmentation=replace(SMALL, scene=SCENES["discs"].from_dict({"side": 12, "empty": empty})))
        assert ("on an empty image" in html(app)) == (empty > 0)
        assert html(app).count(">–<") == (5 if empty else 0), "there is no order of pixels without foreground"
        change(app, "segmentation.losses.measure", "ranking")
        assert len(app.get("vega_lite_chart")) == 2


def test_too_much_is_said_in_its_own_words(opened: Open) -> None:
    much = replace(default_segmentation(), updates=5000, seeds=16)
    app = AppTest.from_function(_losses, default_timeout=60)
    app.query_params[SEGMENTATION] = link.encode(much)
    app.run()
    assert "times the work that one comparison may ask for" in plain(app.error[0].value).replace("\\", "")


def _losses() -> None:
    from pages.ui.segmentation import losses

    losses.draw()


def test_empty_masks(opened: Open) -> None:
    app = opened("empty")
    assert "is skipped" in words(app)
    curves = datasets(app, 0)["curves"]
    assert curves["r0"].iloc[0] < 1e-6 < curves["r0"].max()
    change(app, "segmentation.empty.smoothing", 1.0)
    assert "an empty image teaches" in words(app)
    change(app, "segmentation.empty.object", 8)
    assert "With an object" in words(app)
    change(app, "segmentation.empty.losses", [])
    assert state_of(app, EmptyView).losses == ()
    assert [*datasets(app, 0)["curves"].columns] == ["x", "r0", "edge"] or "r1" not in datasets(app, 0)["curves"]
