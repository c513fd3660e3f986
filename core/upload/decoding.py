"""The decoding of an uploaded file: its encoding is recognised, and files that are not text are refused."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import NoReturn

from core.upload.refusal import Refused
from core.words import Figure, Said

MAX_BYTES = 5 * 2**20

#: the first bytes of files that people often take for a table, and what is said of them
_SIGNATURES = (
    (b"PK\x03\x04", Said("it is an Excel, OpenDocument or ZIP file: open it and save the sheet as CSV")),
    (b"PK\x05\x06", Said("it is an empty ZIP file: bring a CSV file")),
    (b"\xd0\xcf\x11\xe0", Said("it is an old Excel file: open it and save the sheet as CSV")),
    (b"%PDF", Said("it is a PDF file: copy the table out of it, and paste it")),
    (b"\x89PNG", Said("it is a picture: bring the numbers as a CSV file")),
    (b"\xff\xd8\xff", Said("it is a picture: bring the numbers as a CSV file")),
    (b"GIF8", Said("it is a picture: bring the numbers as a CSV file")),
    (b"\x1f\x8b", Said("it is a compressed file: unpack it first")),
    (b"BZh", Said("it is a compressed file: unpack it first")),
    (b"\xfd7zXZ", Said("it is a compressed file: unpack it first")),
    (b"7z\xbc\xaf", Said("it is a compressed file: unpack it first")),
    (b"Rar!", Said("it is a compressed file: unpack it first")),
    (b"PAR1", Said("it is a Parquet file: save it as CSV, for example with pandas")),
    (b"ARROW1", Said("it is an Arrow file: save it as CSV, for example with pandas")),
    (b"\x89HDF", Said("it is an HDF5 file: save it as CSV, for example with pandas")),
    (b"\x93NUMPY", Said("it is a NumPy file: save it as CSV, for example with numpy.savetxt")),
    (b"SQLite format 3", Said("it is a database: save the table as CSV")),
    (b"{\\rtf", Said("it is a document of a word processor: save the table as plain text")),
)  # fmt: skip
#: byte order marks; those of UTF-32 come first, because one of them begins like one of UTF-16
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", Said("UTF-32")),
    (codecs.BOM_UTF32_BE, "utf-32", Said("UTF-32")),
    (codecs.BOM_UTF8, "utf-8-sig", Said("UTF-8 with a byte order mark")),
    (codecs.BOM_UTF16_LE, "utf-16", Said("UTF-16")),
    (codecs.BOM_UTF16_BE, "utf-16", Said("UTF-16")),
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
#: the smallest share of everyday characters among those beyond ASCII for which a text is taken for GB18030
_COMMON = 0.6
#: the number of characters beyond ASCII from which it is told whether a text is Chinese
_SAMPLE = 10_000
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
#: The bytes of an everyday character in GB18030: punctuation, a full-width letter, or a character of GB 2312's first level, which holds nearly all of
#: everyday Chinese. Characters of four bytes count, too: they are rare, but nothing else looks like them.
_EVERYDAY = re.compile(rb"[\xa1\xa3\xb0-\xd7][\xa1-\xfe]|.{4}")
#: four letters beyond ASCII in a row, which hardly ever occur in Western languages
_NOT_WESTERN = re.compile(r"[^\W\x00-\x7f]{4,}")


@dataclass(frozen=True)
class Decoded:
    """The text of a file, and the name of its encoding as people are told."""

    text: str
    encoding: Said


def decode(raw: bytes) -> Decoded:
    """Return the text of a file. Raises `Refused` for a file that is empty, too large, or no text.

    The first of these rules that applies decides the encoding: a byte order mark; zero bytes mean UTF-16; valid UTF-8; GB18030 (which includes GBK) if
    most characters beyond ASCII are everyday Chinese ones; else Windows-1252 (which includes the printable part of Latin-1).
    A general detector has too few words in a table to guess from. Of 13 short tables in the last two encodings charset-normalizer read 5 correctly, and 9
    when it had to choose between the two.
    """
    if len(raw) > MAX_BYTES:
        size, most = Figure(len(raw) / 2**20, ".1f"), Figure(MAX_BYTES / 2**20, ".0f")
        raise Refused(Said("it has {size} MB, at most {most} MB are taken: keep fewer rows or columns", size=size, most=most))
    for begin, said in _SIGNATURES:
        if raw.startswith(begin):
            raise Refused(said)
    decoded = _decoded(raw)
    if not decoded.text.strip("\ufeff \t\r\n\x1a"):
        raise Refused(Said("it is empty: a table needs a line of column names and lines of values"))
    text = decoded.text.removeprefix("\ufeff").rstrip("\x1a")  # DOS ends a text with \x1a
    if control := _CONTROL.search(text):
        said = Said(
            "line {line} has a control character (code {code}), so it is not plain text: save the table as CSV, in UTF-8",
            line=_line(text[: control.start()]), code=ord(control[0]),
        )  # fmt: skip
        raise Refused(said)
    return Decoded(text, decoded.encoding)


def _decoded(raw: bytes) -> Decoded:
    """Return the text by the rules of `decode`. Raises `Refused` if no encoding fits."""
    for mark, codec, name in _MARKS:
        if raw.startswith(mark):
            try:
                return Decoded(raw.decode(codec), name)
            except UnicodeDecodeError as error:
                byte = Figure(error.start + 1, ",")
                raise Refused(Said("it begins as {encoding}, but is not from byte {byte} on: save it again, as UTF-8", encoding=name, byte=byte)) from None
    if b"\x00" in raw:
        return _without_mark(raw)
    try:
        return Decoded(raw.decode("utf-8"), Said("UTF-8"))
    except UnicodeDecodeError as error:
        _refuse_damaged(raw, error.start)
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        pass
    else:
        if _is_chinese(text):
            return Decoded(text, Said("GB18030 (GBK)"))
    try:
        text = raw.decode("cp1252")
    except UnicodeDecodeError as error:
        _refuse_unknown(raw[: error.start].decode("latin-1"))
    if foreign := _NOT_WESTERN.search(text):
        _refuse_unknown(text[: foreign.start()])
    return Decoded(text, Said("Latin-1 (Windows-1252)"))


def _refuse_unknown(before: str) -> NoReturn:
    """Raise `Refused` for an unknown encoding. `before` is the text before the first character that does not fit."""
    raise Refused(Said("the encoding of line {line} is none of UTF-8, UTF-16, GB18030 and Latin-1: save the file as UTF-8", line=_line(before)))


def _without_mark(raw: bytes) -> Decoded:
    """Return the text of UTF-16 without a byte order mark. Raises `Refused` if it is not UTF-16.

    In UTF-16 one byte of each comma, digit and line end is zero: always the second byte (little endian), or always the first (big endian).
    """
    parities = {i % 2 for i, byte in enumerate(raw[:4096]) if not byte}
    if len(parities) == 1 and len(raw) % 2 == 0:
        try:
            return Decoded(raw.decode("utf-16-le" if 1 in parities else "utf-16-be"), Said("UTF-16"))
        except UnicodeDecodeError:
            pass
    raise Refused(Said("it is not text: it holds zero bytes. Save the table as CSV, in UTF-8"))


def _refuse_damaged(raw: bytes, first: int) -> None:
    """Raise `Refused` for text that is UTF-8 except for a few bytes: every other encoding would read all its letters beyond ASCII wrongly.

    `first`: the position of the first byte that is not UTF-8.
    """
    text = raw.decode("utf-8", errors="replace")
    invalid = text.count("\ufffd")
    valid = len(text) - len(text.encode("ascii", errors="ignore")) - invalid
    if valid >= 4 * invalid:
        line = raw[:first].count(b"\n") + 1
        raise Refused(Said("line {line} has a byte that is not UTF-8, while the rest is: correct that line, and save the file as UTF-8", line=line))


def _is_chinese(text: str) -> bool:
    """Return whether most of the first characters beyond ASCII are everyday Chinese ones.

    In a Western text GB18030 reads an accented letter and its neighbour as one character. That is seldom an everyday one.
    """
    characters = _beyond_ascii(text, _SAMPLE)
    everyday = sum(_EVERYDAY.fullmatch(character.encode("gb18030")) is not None for character in characters)
    return everyday >= _COMMON * len(characters)


def _beyond_ascii(text: str, most: int) -> str:
    """Return the first characters of a text that are beyond ASCII, at most so many."""
    found, count = [], 0
    for stretch in _NOT_ASCII.finditer(text):
        found.append(stretch[0][: most - count])
        count += len(found[-1])
        if count == most:
            break
    return "".join(found)


def _line(before: str) -> int:
    """Return the number of lines of a text, which is the number of the line in which it ends."""
    return before.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
