"""A document as one compact, versioned text for an address."""

from __future__ import annotations

import base64
import binascii
import zlib
from typing import TypeVar

from core.parameters import Document
from core.words import Figure, Said

#: the first character of every link; another one is a format that this version cannot read
_FORMAT = "1"
#: characters of a link, and of the JSON in it: four times what the largest comparison of the page has
LONGEST, LONGEST_JSON = 16_000, 64_000
_CUT = "a part of it is missing, or it is too large"

D = TypeVar("D", bound=Document)


def encode(document: Document) -> str:
    """Return the document as URL-safe text: a version, then its JSON, compressed."""
    packed = zlib.compress(document.to_json().encode(), 9)
    return _FORMAT + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def read(text: str, kind: type[D]) -> D:
    """Return the document of this kind that a link carries; raise `ValueError` that says what is wrong with it."""
    if len(text) > LONGEST:
        raise ValueError(Said("it is longer than {most} characters", most=Figure(LONGEST, ",")))
    if not text.startswith(_FORMAT):
        raise ValueError(Said("it was made by another version of Lossbench"))
    body = text[len(_FORMAT) :]
    if len(body) % 4 == 1:  # six bits are no byte
        raise ValueError(_CUT)
    try:
        packed = base64.b64decode((body + "=" * (-len(body) % 4)).encode("ascii"), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        json = unpacker.decompress(packed, LONGEST_JSON)
        if unpacker.unconsumed_tail or unpacker.unused_data or not unpacker.eof:
            raise ValueError(_CUT)
        return kind.from_json(json.decode())
    except (binascii.Error, zlib.error, UnicodeError):
        raise ValueError(Said("it is damaged: a character was changed or lost on the way")) from None
