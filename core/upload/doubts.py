"""What is said of a column of texts that may be meant otherwise: numbers among letters, and texts that differ in capitals alone."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.upload.refusal import named
from core.words import Said

#: so few different texts with digits are names of categories, such as age groups
_FEW = 5
_DIGIT, _BEGINS = re.compile(r"\d"), re.compile(r"(?:\w{1,20} ?[=:] ?)?[^\w]{0,3}\d")


def of_texts(name: str, texts: Sequence[str]) -> tuple[Said, ...]:
    """Return sentences about the different texts of a column that is taken for categories."""
    said = []
    if len(texts) > _FEW and all(map(_DIGIT.search, texts)) and 2 * sum(map(bool, map(_BEGINS.match, texts))) >= len(texts):
        said.append(Said("{column} holds texts with numbers in them, such as {text}, and is taken for categories.", column=named(name), text=named(texts[0])))
    seen: dict[str, str] = {}
    for text in texts:
        if (other := seen.setdefault(text.casefold(), text)) != text:
            said.append(
                Said(
                    "In {column}, {one} and {other} differ in capitals alone, and are two values: write them alike if they are one.",
                    column=named(name), one=named(other), other=named(text),
                )
            )  # fmt: skip
            break
    return tuple(said)
