"""The views of what is learned, on Descent and on Losses, without a browser: their pictures, words, tables and addresses."""

from __future__ import annotations

import numpy as np
from streamlit.testing.v1 import AppTest

from core.studies.descent.learned.contest import contest
from core.studies.descent.views import LearnedView as LearnedOptimizer
from core.studies.losses.learned import contest as losses
from core.studies.losses.views import LearnedView as LearnedLoss
from pages.ui.session import link
from tests.views import change, checked, datasets


def opened(page: str) -> AppTest:
    return checked(AppTest.from_string(f"from pages.ui.{page} import learned\nlearned.draw()", default_timeout=120).run())


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


def words(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.caption))


def state(app: AppTest) -> str:
    text = app.query_params["v"]
    return text if isinstance(text, str) else text[0]


def test_the_learned_optimizer_marks_its_horizon_and_counts_wins() -> None:
    app, shown = opened("descent"), contest("own")
    assert len(app.get("vega_lite_chart")) == 2
    data = datasets(app, 0)
    assert data["now"]["x"].tolist() == [20]
    assert {*data["curves"]} == {"x", "r0", "r1", "r2", "edge"} - ({"edge"} - {*data["curves"]})
    np.testing.assert_allclose(data["curves"]["r0"], shown.learned, rtol=1e-5)
    assert f"{shown.wins('all', 20)} of 1\u202f000 after 20 steps" in words(app)
    assert f"<td>{1000 - shown.wins('rate', 100)}" in html(app)
    change(app, "descent.learned.steps", 20)
    assert "r2" not in datasets(app, 0)["curves"], "the horizon's Adam alone"
    change(app, "descent.learned.family", "far")
    assert "On a family that it never saw" in words(app)
    assert link.read(state(app), LearnedOptimizer) == LearnedOptimizer(family="far", steps=20)


def test_the_learned_loss_stands_beside_its_rivals() -> None:
    app, shown = opened("losses"), losses.contest()
    assert len(app.get("vega_lite_chart")) == 2
    pulls = datasets(app, 1)["curves"]
    left, right = pulls[pulls["x"] < -4], pulls[(pulls["x"] > 0.5) & (pulls["x"] < 2)]
    assert (left["r0"].abs() < 0.25 * right["r0"].mean()).all(), "a target far above pulls hardly, one below it does"
    assert f"{shown.mean('learned', 'up'):.3g}" in html(app)
    assert "it learned the damage, not robustness" in words(app)
    change(app, "losses.learned.damage", "down")
    page = html(app)
    assert f"{shown.mean('learned', 'down'):.3g}" in page
    assert f"<mark>{shown.mean('tukey', 'down'):.3g}</mark>" in page
    assert link.read(state(app), LearnedLoss).damage == "down"
