"""What the players of the Descent page do with values below a logarithmic axis: a mark at the edge, a word, and the value itself at the pointer."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from core.studies.descent.line_descent import LineDescent, frames
from core.studies.descent.race import run
from core.studies.descent.surfaces.fits import LineMSE
from core.words import significant
from pages.ui.charts import theme
from pages.ui.descent import line_charts, paths
from pages.ui.descent.map_charts import race_map
from pages.ui.descent.solid_charts import race_solid
from tests.races import QUADRATIC, race, racer

LOOKS = tuple(theme.look(i, f"racer {i}") for i in range(2))
#: the first racer gets to 0, the second does not
COURSE = run(race(racer(learning_rate=0.09), racer(learning_rate=1e-4), surface=replace(QUADRATIC, condition=1.5), steps=1000))


@pytest.mark.parametrize("quantity", [paths.LOSS, paths.DISTANCE])
def test_a_racer_below_the_axis_rests_on_its_edge(quantity: str) -> None:
    """It does so at its own update, the pointer reads its value, and the caption names it."""
    frame, exact = paths.course_frame(COURSE, LOOKS, quantity), paths.exact(COURSE, quantity)
    low, high, log = paths.ends(COURSE, quantity)
    assert log
    assert np.nanmin(exact[:, 0]) < low < np.nanmin(exact[:, 1])
    first = int((exact[:, 0] <= low).argmax())
    mine = frame[frame["run"] == "r0"]
    np.testing.assert_array_equal(mine["edge"], -(mine["step"] >= first).astype(int))
    np.testing.assert_allclose(mine["exact"], exact[mine["step"], 0], rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(mine["value"], np.clip(exact[mine["step"], 0], low, high), rtol=1e-6)
    assert (frame.loc[frame["run"] == "r1", "edge"] == 0).all()
    assert paths.resting_words(COURSE, LOOKS, quantity) == f"On the lower edge: A, at {significant(low, 3)} or below."


def test_the_map_and_the_solid_mark_what_rests() -> None:
    for make in (race_map, race_solid):
        _, spec = make(COURSE, LOOKS, quantity=paths.LOSS)
        text = json.dumps(spec)
        assert "['triangle-down', 'circle', 'triangle-up'][datum.edge + 1]" in text
        assert '"field": "exact", "title": "loss above the minimum"' in text


def test_races_within_their_axis_have_nothing_to_say() -> None:
    assert paths.resting_words(run(race(steps=5)), LOOKS[:1], paths.LOSS) == ""


def test_a_line_without_noise_is_met_at_the_edge() -> None:
    """The lowest MSE is 0 there, which the axis does not have: the path rests on its edge, and is never cut off."""
    descent = LineDescent(surface=LineMSE(noise=0.0), batches=(0,), learning_rate=0.7, epochs=200)
    drawn = frames(descent, line_charts.FRAMES)
    data, spec = line_charts.line_chart(descent, drawn, LOOKS[:1])
    low, _ = line_charts.loss_domain(descent)
    path, _ = drawn[0]
    assert path.losses[-1] < low
    assert data["path"]["loss"].notna().all()
    assert data["path"]["loss"].iloc[-1] == np.float32(low)
    assert data["path"]["exact"].iloc[-1] == np.float32(path.losses[-1])
    assert data["now"]["edge"].iloc[-1] == 1
    assert data["now"]["edge"].iloc[0] == 0
    assert (data["best"]["loss"] > 0).all()
    assert "triangle-down" in json.dumps(spec)
