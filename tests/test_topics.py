"""Every topic has its place: the pages, views, stories and tests that docs/topics.md names exist, and no view and no story is left without a topic."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.screens import VIEWS
from core.studies.adversarial import stories as adversarial
from core.studies.deep_networks import stories as deep_networks
from core.studies.descent import line_descent
from core.studies.descent import stories as descent
from core.studies.metric_learning import stories as metric_learning
from core.studies.multitask import stories as multitask
from core.studies.reinforcement import stories as reinforcement
from core.studies.segmentation import stories as segmentation

LINES = [line for line in (Path(__file__).parents[1] / "docs/topics.md").read_text(encoding="utf-8").splitlines() if line.startswith("| ")][2:]
#: the titles of the stories, by the first part of the names of the views that tell them
STORIES = {
    page: {story.title for story in stories}
    for page, stories in {
        "adversarial": adversarial.STORIES, "deep_networks": deep_networks.STORIES, "metric_learning": metric_learning.STORIES,
        "multitask": multitask.STORIES, "reinforcement": reinforcement.STORIES, "segmentation": segmentation.STORIES,
        "descent": (*descent.STORIES, *line_descent.STORIES.values()),
    }.items()
}  # fmt: skip


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")[1:-1]]


def named(cell: str, mark: str = "`") -> list[str]:
    """Return what stands between marks in a cell."""
    mark = re.escape(mark)
    return re.findall(f"{mark}([^`*]+){mark}", cell)


def test_of_the_table_no_line_is_lost() -> None:
    assert len(LINES) > 30


@pytest.mark.parametrize("line", LINES, ids=[cells(line)[0] for line in LINES])
def test_a_topic_names_pages_views_stories_and_tests_that_exist(line: str, root: Path) -> None:
    topic, pages, views, shown, tests = cells(line)
    assert topic
    assert shown
    titles = re.findall(r'title="([^"]+)"', (root / "streamlit_app.py").read_text(encoding="utf-8"))
    assert {*pages.split("; ")} <= {*titles}
    assert named(views)
    assert {*named(views)} <= {*VIEWS}
    assert {*named(shown, "*")} <= set().union(*(STORIES.get(view.partition(".")[0], set()) for view in named(views)))
    path = ""
    assert named(tests)
    for test in named(tests):
        file, name = test.split("::")
        path = file or path
        assert re.search(rf"^def {name}\(", (root / "tests" / path).read_text(encoding="utf-8"), re.MULTILINE), f"{path} has no {name}"


def test_every_view_and_every_story_has_a_topic() -> None:
    assert {name for line in LINES for name in named(cells(line)[2])} == {*VIEWS}
    assert {title for line in LINES for title in named(cells(line)[3], "*")} == set().union(*STORIES.values())
