"""The charts of the Adversarial page: valid specifications, arrows that point where they should, and nothing that is not finite."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from core.studies.adversarial.bells import scene
from core.studies.adversarial.clouds import OwnPoints
from core.studies.adversarial.dirac import FLOW, SIMULTANEOUS, Game, path
from core.studies.adversarial.pictures import Picture
from core.studies.adversarial.views import LOSSES, DiracView
from pages.ui.adversarial import dirac, dirac_charts, duel_charts, gradient_charts
from pages.ui.charts.theme import look
from tests import vega


def picture(pulls: np.ndarray) -> Picture:
    rng = np.random.default_rng(0)
    return Picture(2.5, rng.normal(size=(40, 2)), rng.normal(size=(40, 2)), np.full((6, 12, 2), 0.5), pulls)


@pytest.mark.parametrize("dark", [False, True])
def test_specifications_are_valid(dark: bool) -> None:
    found = (
        gradient_charts.bells(scene(2.0, 0.5), height=280, dark=dark), duel_charts.panel(picture(np.ones((8, 2))), look(0, "a"), arrows=True, dark=dark),
        duel_charts.own_points(OwnPoints(), height=230, dark=dark), dirac_charts.dirac_map(Game(LOSSES["minimax"], DiracView().penalty), paths(), dark=dark),
    )  # fmt: skip
    for data, spec in found:
        plain = copy.deepcopy(spec)
        for param in plain.get("params", []):
            param.pop("on", None)  # passed through to Vega, unknown to Vega-Lite's schema
        vega.check(plain)
        assert data
        assert all(f"'name': '{name}'" in str(spec) for name in data)


def paths() -> dict[str, np.ndarray]:
    return dirac.paths_of(DiracView(loss=LOSSES["wasserstein"], rate=0.5, steps=100))


def test_arrows_point_along_the_pull_and_what_is_not_finite_has_none() -> None:
    pulls = np.array([[1.0, 0.0], [0.0, 2.0], [-1.0, -1.0], [np.nan, 1.0], [0.0, 0.0]])
    arrows = duel_charts.panel(picture(pulls), look(0, "a"), arrows=True, dark=False)[0]["arrows"]
    np.testing.assert_allclose(arrows["angle"], [90, 0, -135], atol=1e-4)
    assert ((arrows["x2"] - arrows["x"]).to_numpy()[0], (arrows["y2"] - arrows["y"]).to_numpy()[1]) > (0, 0)
    lengths = np.hypot(arrows["x2"] - arrows["x"], arrows["y2"] - arrows["y"])
    assert lengths.max() <= 0.11 * 5 + 1e-6
    assert not len(duel_charts.panel(picture(pulls), look(0, "a"), arrows=False, dark=False)[0]["arrows"])


def test_paths_beyond_the_map_rest_on_its_edge_and_keep_their_distance() -> None:
    data, _ = dirac_charts.dirac_map(Game(LOSSES["wasserstein"], DiracView().penalty), paths())
    of = data["paths"][data["paths"]["run"] == "r1"]
    assert of["x"].abs().max() == dirac_charts.REACH
    assert of["distance"].max() > 100
    assert (of["next"].to_numpy()[:-1] == of["step"].to_numpy()[1:]).all()


def test_a_long_path_is_thinned() -> None:
    game = Game(LOSSES["minimax"], DiracView().penalty)
    data, _ = dirac_charts.dirac_map(game, {how: path(game, how, (1.0, 1.0), 0.1, 1000) for how in (FLOW, SIMULTANEOUS)})
    assert data["paths"].groupby("run", observed=True).size().max() <= 300
    assert data["paths"]["step"].max() == 1000
