"""The one error that own data are refused with."""

from __future__ import annotations


class Refused(ValueError):
    """A file, or a choice of its columns, cannot be used; the message names the line or the column, and the way out."""


def named(name: str) -> str:
    """Return a text of a person's file as messages show it: quoted, and short."""
    return f"'{name if len(name) <= 60 else name[:57] + '...'}'"
