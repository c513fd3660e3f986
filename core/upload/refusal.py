"""The error with which an uploaded table is refused."""

from __future__ import annotations


class Refused(ValueError):
    """A file, or a choice of its columns, cannot be used. The message names the line or the column, and says what to do."""


def named(name: str) -> str:
    """Return a text from a person's file in quotes, cut to 60 characters, for a message."""
    return f"'{name if len(name) <= 60 else name[:57] + '...'}'"
