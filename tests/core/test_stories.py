"""Every story of every study asks before it tells, and its document can be sent."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import pytest

import core.studies
from core.stories import Story, told_by
from core.studies.descent import line_descent

MODULES = [name for _, name, _ in pkgutil.walk_packages(core.studies.__path__, "core.studies.") if name.endswith(".stories")]
TOLD: dict[str, tuple[Story[Any], ...]] = {
    line_descent.__name__: tuple(line_descent.STORIES.values()), **{name: importlib.import_module(name).STORIES for name in MODULES}
}  # fmt: skip


def test_each_study_with_stories_is_found() -> None:
    assert {"core.studies.adversarial.stories", "core.studies.descent.stories", "core.studies.metric_learning.stories"} <= {*TOLD}


@pytest.mark.parametrize("name", TOLD)
def test_a_story_asks_before_it_tells(name: str) -> None:
    for story in TOLD[name]:
        assert story.question.endswith("?")
        assert story.verdict.endswith(".")
        assert len(story.question) < 160
        assert type(story.document).from_dict(story.document.to_dict()) == story.document
        assert told_by(TOLD[name], story.document) is story, "no two stories have one document"
    assert len({story.title for story in TOLD[name]}) == len(TOLD[name])


def test_each_story_is_listed_with_how_often_it_was_right() -> None:
    listed = (Path(__file__).parents[2] / "docs" / "diagnosis.md").read_text(encoding="utf-8")
    assert [story.title for stories in TOLD.values() for story in stories if f"\n| {story.title} | " not in listed] == []
