"""What a story is: a document that shows one thing, with a question before it and a verdict after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.parameters import Declared

D = TypeVar("D", bound=Declared)


@dataclass(frozen=True)
class Story(Generic[D]):
    """A document, the question that is asked before it is seen ("" if none is), and the sentence on what it shows (`verdict`)."""

    title: str
    question: str
    verdict: str
    document: D


def told_by(stories: Iterable[Story[D]], document: D) -> Story[D] | None:
    """Return the story whose document this is; None if it is of no story."""
    return next((story for story in stories if story.document == document), None)
