"""Numbers in the tables of the pages: three or four significant digits, a minus sign, thin spaces, and one precision of value and spread."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.parameters import Document
from core.studies.adversarial.views import CriticView
from core.studies.metric_learning.views import MiningView
from core.studies.reinforcement.views import AdvantageView, CliffView, PolicyView, ValuesView
from core.words import MINUS, THIN
from pages.ui.session import link
from pages.ui.training import follow
from tests.server import ROOT
from tests.tables import tables
from tests.views import checked

VIEWS: dict[str, Document | None] = {
    "descent.race": None, "descent.line": None, "descent.rates": None, "descent.learned": None, "losses.learned": None,
    "adversarial.critic": CriticView(updates=200, critics=("minimax", "wgan_gp")),
    "metric_learning.triplet": None, "metric_learning.mining": MiningView(updates=100), "regularization.strength": None, "regularization.remedies": None,
    "reinforcement.values": ValuesView(seeds=5), "reinforcement.transition": None, "reinforcement.cliff": CliffView(episodes=40, seeds=2),
    "reinforcement.advantage": AdvantageView(noise=3.0, episodes=500), "reinforcement.policy": PolicyView(updates=12, seeds=3),
}  # fmt: skip
NUMBER = re.compile(rf"{MINUS}?(\d[\d{THIN}]*)(?:\.(\d+))?(e[{MINUS}+]?\d+)?")
SPREAD = re.compile(rf"([\d.{THIN}{MINUS}]+) ± ([\d.{THIN}]+)")


@pytest.mark.parametrize("view", VIEWS)
def test_numbers_are_written_in_one_way(view: str, tmp_path: Path, in_threads: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "GRACE_SECONDS", 120)
    page, _, name = view.partition(".")
    script = tmp_path / "view.py"
    script.write_text(f"from pages.ui.{page} import {name}\n{name}.draw()", encoding="utf-8")
    app, state = AppTest.from_file(str(script), default_timeout=120), VIEWS[view]
    if state is not None:
        app.query_params["v"] = link.encode(state)
    found = tables(checked(app.run()))
    assert found
    cells = [str(cell) for table in found for cell in table.text.iloc[:, 1:].to_numpy().ravel()]
    assert any(NUMBER.search(cell) for cell in cells)
    for cell in cells:
        assert not re.search(r"(?<![\w.])-\d|e-\d", cell), f"a hyphen for a minus: {cell}"
        assert not re.search(r"\d,\d{3}", cell), f"a comma between thousands: {cell}"
        assert not re.search(rf"\d{{5}}|(?<!{THIN})\b\d{{4,}}{THIN}", cell.partition(".")[0]), f"thousands without a space: {cell}"
        for whole, decimals, _ in NUMBER.findall(cell):
            digits = (whole.replace(THIN, "") + decimals).lstrip("0")
            assert not decimals or len(digits) <= 4, f"too many digits: {cell}"
        for value, spread in SPREAD.findall(cell):
            assert len(value.partition(".")[2]) == len(spread.partition(".")[2]), f"not of one precision: {cell}"


def test_no_page_writes_a_comma_between_thousands() -> None:
    """A format of Python's with a comma is for `core.words.written`, which makes thin spaces of it."""
    found = [f"{path.name}:{number}" for path in (ROOT / "pages").rglob("*.py") for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
             if re.search(r":,(\.\d\w)?\}", line)]  # fmt: skip
    assert not found


def test_thousands_minus_and_digits() -> None:
    from core.words import Figure, significant, whole

    assert whole(1234567) == f"1{THIN}234{THIN}567"
    assert significant(-54321.0) == f"{MINUS}54{THIN}320"
    assert significant(-1.2345e-7, 3) == f"{MINUS}1.23e{MINUS}07"
    assert str(Figure(-0.5, ".0%")) == f"{MINUS}50%"
    assert str(Figure(12345, ",")) == f"12{THIN}345"


def test_columns_stand_below_each_other_by_their_points() -> None:
    from pages.ui.widgets.table import at_the_point

    wide: Callable[[str], float] = lambda text: sum(float(each) for each in re.findall(r"width: ([\d.]+)ch", text))  # noqa: E731
    cells = ["0.0288", "12", "3.5", "–", "1.2e−05"]
    assert [wide(text) for text in at_the_point(cells)] == [0, 4.5, 3, 0, 3]
    assert [re.sub("<[^>]*>", "", text) for text in at_the_point(cells)] == cells, "the text is the same"
    pairs = at_the_point(["0.82 ± 0.17", "0.733 ± 0.055", "<b>"])
    assert pairs[0] == '0.82<i style="width: 1ch"></i> ± 0.17<i style="width: 1ch"></i>'
    assert pairs[2] == "&lt;b&gt;"
