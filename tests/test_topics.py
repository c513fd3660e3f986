"""Every topic has its place: the views and tests that docs/topics.md names exist, and every view has a topic."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.screens import VIEWS

LINES = [line for line in (Path(__file__).parents[1] / "docs/topics.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")][2:]
#: stands for what is still to come
NOTHING = "–"


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]


@pytest.mark.parametrize("line", LINES, ids=[cells(line)[0] for line in LINES])
def test_a_topic_names_views_and_a_test_that_exist(line: str, root: Path) -> None:
    topic, page, views, shown, test = cells(line)
    assert topic
    assert page
    if views == NOTHING:
        assert shown == test == NOTHING, "a topic without a view has nothing to show"
        return
    named = re.findall(r"`([\w.]+)`", views)
    assert named
    assert {*named} <= {*VIEWS}
    path, name = test.strip("`").split("::")
    assert f"def {name}(" in (root / "tests" / path).read_text(encoding="utf-8")


def test_every_view_has_a_topic() -> None:
    assert {name for line in LINES for name in re.findall(r"`([\w.]+)`", cells(line)[2])} == {*VIEWS}
