"""A table as HTML: what is in it, what is marked, and that a text stays a text."""

from __future__ import annotations

import pytest

from pages.ui.widgets.table import Column, table
from tests.tables import read

HOSTILE = '<img src=x onerror="alert(1)">&amp;\'</td></table>'


def test_it_reads_back_as_it_was_put_in() -> None:
    columns = [
        Column("Run", ["A", "B"], "The letter.", words=True), Column("Loss ↓", ["0.1 ± 0.02", "–"], "Of the best epoch.", marks=["best", "tie"]),
        Column("Status", ["finished", "diverged at epoch 2"], words=True),
    ]  # fmt: skip
    shown = read(table("Results", columns, "A note."))
    assert shown.name == "Results"
    assert shown.text.to_dict("list") == {"Run": ["A", "B"], "Loss ↓": ["0.1 ± 0.02", "–"], "Status": ["finished", "diverged at epoch 2"]}
    assert shown.marks.to_dict("list") == {"Run": ["", ""], "Loss ↓": ["best", "tie"], "Status": ["", ""]}
    assert shown.docs == {"Run": "The letter.", "Loss ↓": "Of the best epoch.", "Status": ""}
    assert not shown.groups
    assert '<p class="note">A note.</p>' in table("Results", columns, "A note.")
    assert "note" not in table("Results", columns)


def test_neighbours_share_a_title() -> None:
    columns = [Column("Class", ["0"]), *(Column(run, [f"{group}{run}"], group=group) for group in ("Precision", "Recall") for run in "AB")]
    shown = read(table("Scores", columns))
    assert shown.groups == [("", 1), ("Precision", 2), ("Recall", 2)]
    assert list(shown.text[("Recall", "B")]) == ["RecallB"]


@pytest.mark.parametrize("place", ["title", "cells", "doc", "group", "name", "note"])
def test_a_text_stays_a_text(place: str) -> None:
    """The reader knows the elements of a table alone, and finds the text whole."""
    given = {"title": "T", "cells": [HOSTILE, HOSTILE] if place == "cells" else ["0", "1"], "doc": "", "group": "", "marks": ["best", "tie"]}
    given |= {place: HOSTILE} if place in ("title", "doc", "group") else {}
    names = Column("Run", given["cells"])
    page = table(HOSTILE if place == "name" else "Name", [names, Column(**given)], HOSTILE if place == "note" else "")
    shown = read(page)
    assert "<img" not in page
    found = {
        "title": shown.text.columns[-1], "cells": shown.text.iloc[0, 1], "doc": shown.docs.get("T"), "group": shown.groups[-1][0] if shown.groups else "",
        "name": shown.name, "note": HOSTILE,
    }  # fmt: skip
    assert found[place] == HOSTILE
