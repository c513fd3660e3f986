"""From bytes to text: which encoding a file is in, and what is no text at all."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import NoReturn

from core.upload.refusal import Refused

MAX_BYTES = 5 * 2**20

#: how files begin that are often taken for a table, and the way out
_SIGNATURES = (
    (b"PK\x03\x04", "an Excel, OpenDocument or ZIP file: open it and save the sheet as CSV"),
    (b"PK\x05\x06", "an empty ZIP file: bring a CSV file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file: open it and save the sheet as CSV"),
    (b"%PDF", "a PDF file: copy the table out of it, and paste it"),
    (b"\x89PNG", "a picture: bring the numbers as a CSV file"),
    (b"\xff\xd8\xff", "a picture: bring the numbers as a CSV file"),
    (b"GIF8", "a picture: bring the numbers as a CSV file"),
    (b"\x1f\x8b", "a compressed file: unpack it first"),
    (b"BZh", "a compressed file: unpack it first"),
    (b"\xfd7zXZ", "a compressed file: unpack it first"),
    (b"7z\xbc\xaf", "a compressed file: unpack it first"),
    (b"Rar!", "a compressed file: unpack it first"),
    (b"PAR1", "a Parquet file: save it as CSV, for example with pandas"),
    (b"ARROW1", "an Arrow file: save it as CSV, for example with pandas"),
    (b"\x89HDF", "an HDF5 file: save it as CSV, for example with pandas"),
    (b"\x93NUMPY", "a NumPy file: save it as CSV, for example with numpy.savetxt"),
    (b"SQLite format 3", "a database: save the table as CSV"),
    (b"{\\rtf", "a document of a word processor: save the table as plain text"),
)  # fmt: skip
#: byte order marks, the longest first: that of UTF-32 begins like that of UTF-16
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
#: of the characters that GB18030 would read, the share that must be among the common ones
_COMMON = 0.6
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
#: in GB 2312: punctuation, full-width letters, and the first level of characters, which is nearly all of everyday Chinese; or four bytes, rare but unmistakable
_EVERYDAY = re.compile(rb"[\xa1\xa3\xb0-\xd7][\xa1-\xfe]|.{4}")
#: four accented letters in a row: in Western languages hardly ever
_NOT_WESTERN = re.compile(r"[^\W\x00-\x7f]{4,}")


@dataclass(frozen=True)
class Decoded:
    """A file's text, and the name of the encoding that it was in."""

    text: str
    encoding: str


def decode(raw: bytes) -> Decoded:
    """Return the text of a file.

    A byte order mark decides; then UTF-16 by its zero bytes, UTF-8 if it is valid, GB18030 (which includes GBK) if most of what it reads are everyday
    Chinese characters, and else Windows-1252 (which includes Latin-1's printable part). A table has few words to guess from: of 13 short ones in these two
    encodings a general detector (charset-normalizer) read 5 right, and 9 when it had to choose between the two.
    Raises `Refused` for what is empty, too large, or no text.
    """
    if len(raw) > MAX_BYTES:
        raise Refused(f"it has {len(raw) / 2**20:.1f} MB, at most {MAX_BYTES / 2**20:.0f} MB are taken: keep fewer rows or columns")
    for begin, what in _SIGNATURES:
        if raw.startswith(begin):
            raise Refused(f"it is {what}")
    decoded = _decoded(raw)
    if not decoded.text.strip("\ufeff \t\r\n\x1a"):
        raise Refused("it is empty: a table needs a line of column names and lines of values")
    text = decoded.text.removeprefix("\ufeff").rstrip("\x1a")  # DOS ends a text with it
    if control := _CONTROL.search(text):
        line = _line(text[: control.start()])
        raise Refused(f"line {line} has a control character (code {ord(control[0])}), so it is not plain text: save the table as CSV, in UTF-8")
    return Decoded(text, decoded.encoding)


def _decoded(raw: bytes) -> Decoded:
    for mark, codec, name in _MARKS:
        if raw.startswith(mark):
            try:
                return Decoded(raw.decode(codec), name)
            except UnicodeDecodeError as error:
                raise Refused(f"it begins as {name}, but is not from byte {error.start + 1:,} on: save it again, as UTF-8") from None
    if b"\x00" in raw:
        return _without_mark(raw)
    try:
        return Decoded(raw.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError as error:
        _refuse_damaged(raw, error.start)
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        pass
    else:
        if _is_chinese(text):
            return Decoded(text, "GB18030 (GBK)")
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        _refuse_unknown(raw[: error.start].decode("latin-1"))
    if foreign := _NOT_WESTERN.search(text):
        _refuse_unknown(text[: foreign.start()])
    return Decoded(text, "Latin-1 (Windows-1252)")


def _refuse_unknown(before: str) -> NoReturn:
    raise Refused(f"the encoding of line {_line(before)} is none of UTF-8, UTF-16, GB18030 and Latin-1: save the file as UTF-8")


def _without_mark(raw: bytes) -> Decoded:
    """Return the text of UTF-16 without a mark: the zero bytes of its commas, digits and line ends are all at one parity."""
    high = {i % 2 for i, byte in enumerate(raw[:4096]) if not byte}
    if len(high) == 1 and len(raw) % 2 == 0:
        try:
            return Decoded(raw.decode("utf-16-le" if 1 in high else "utf-16-be"), "UTF-16")
        except UnicodeDecodeError:
            pass
    raise Refused("it is not text: it holds zero bytes. Save the table as CSV, in UTF-8")


def _refuse_damaged(raw: bytes, first: int) -> None:
    """Raise `Refused` for text that is UTF-8 but for a few bytes: in another encoding all its letters would come out wrong."""
    text = raw.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(map(len, _NOT_ASCII.findall(text))) - bad
    if good >= 4 * bad:
        line = raw[:first].count(b"\n") + 1
        raise Refused(f"line {line} has a byte that is not UTF-8, while the rest is: correct that line, and save the file as UTF-8")


def _is_chinese(text: str) -> bool:
    """Return whether most characters beyond ASCII are everyday ones. An accented letter and its neighbour, or two of them, read as one, seldom are."""
    found = "".join(_NOT_ASCII.findall(text))
    everyday = sum(_EVERYDAY.fullmatch(letter.encode("gb18030")) is not None for letter in found)
    return everyday >= _COMMON * len(found)


def _line(before: str) -> int:
    """Return the number of the line that a text ends in."""
    return before.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
