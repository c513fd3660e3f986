"""The error with which an uploaded table is refused."""

from __future__ import annotations

from typing import Any

from core.words import Said


class Refused(ValueError):
    """A file, or a choice of its columns, cannot be used. What is said names the line or the column, and what to do.

    `final`: however the file is read, it is no table that is taken.
    `remedy`: what can be chosen so that it is taken, and the fields of `Own` that say so; None without one.
    """

    def __init__(self, said: Said, *, final: bool = False, remedy: tuple[Said, dict[str, Any]] | None = None) -> None:
        super().__init__(said)
        self.said, self.final, self.remedy = said, final, remedy


def named(name: str) -> str:
    """Return a text from a person's file in quotes, cut to 60 characters, for a message."""
    return f"'{name if len(name) <= 60 else name[:57] + '...'}'"
