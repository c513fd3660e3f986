"""The decoding of an uploaded file: its encoding is recognised, and files that are not text are refused."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace

from core.datasets.own import ENCODINGS, GUESS
from core.upload.encodings import guessed
from core.upload.refusal import Refused
from core.words import Figure, Said

MAX_BYTES = 20 * 2**20

#: Files that people often take for a table, by their first bytes, and what is said of them. Bytes that a line of column names may begin with are followed
#: by others, which no text has.
_SIGNATURES = (
    (rb"PK\x03\x04", Said("it is an Excel, OpenDocument or ZIP file: open it and save the sheet as CSV")),
    (rb"PK\x05\x06", Said("it is an empty ZIP file: bring a CSV file")),
    (rb"\xd0\xcf\x11\xe0", Said("it is an old Excel file: open it and save the sheet as CSV")),
    (rb"%PDF-\d\.\d\s", Said("it is a PDF file: copy the table out of it, and paste it")),
    (rb"\x89PNG", Said("it is a picture: bring the numbers as a CSV file")),
    (rb"\xff\xd8\xff[\xc0-\xff]", Said("it is a picture: bring the numbers as a CSV file")),
    (rb"GIF8[79]a.{0,60}[\x00-\x08\x0e-\x1f]", Said("it is a picture: bring the numbers as a CSV file")),
    (rb"\x1f\x8b", Said("it is a compressed file: unpack it first")),
    (rb"BZh[1-9]1AY&SY", Said("it is a compressed file: unpack it first")),
    (rb"\xfd7zXZ\x00", Said("it is a compressed file: unpack it first")),
    (rb"7z\xbc\xaf\x27\x1c", Said("it is a compressed file: unpack it first")),
    (rb"Rar!\x1a\x07", Said("it is a compressed file: unpack it first")),
    (rb"PAR1.{0,60}[\x00-\x08\x0e-\x1f]", Said("it is a Parquet file: save it as CSV, for example with pandas")),
    (rb"ARROW1\x00\x00", Said("it is an Arrow file: save it as CSV, for example with pandas")),
    (rb"\x89HDF", Said("it is an HDF5 file: save it as CSV, for example with pandas")),
    (rb"\x93NUMPY", Said("it is a NumPy file: save it as CSV, for example with numpy.savetxt")),
    (rb"SQLite format 3\x00", Said("it is a database: save the table as CSV")),
    (rb"\{\\rtf\d", Said("it is a document of a word processor: save the table as plain text")),
)  # fmt: skip
#: byte order marks; those of UTF-32 come first, because one of them begins like one of UTF-16
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", Said("UTF-32")),
    (codecs.BOM_UTF32_BE, "utf-32", Said("UTF-32")),
    (codecs.BOM_UTF8, "utf-8-sig", Said("UTF-8 with a byte order mark")),
    (codecs.BOM_UTF16_LE, "utf-16", Said("UTF-16")),
    (codecs.BOM_UTF16_BE, "utf-16", Said("UTF-16")),
)
#: the smallest share of zero bytes in a table in UTF-16: a fifth of Chinese text are digits, delimiters and line ends
_ZEROS = 0.1
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")


@dataclass(frozen=True)
class Decoded:
    """The text of a file, the name of its encoding as people are told, and whether the encoding is a guess."""

    text: str
    encoding: Said
    guess: bool = False


def decode(raw: bytes, encoding: str = GUESS) -> Decoded:
    """Return the text of a file, in one of `ENCODINGS`. Raises `Refused` for a file that is empty, too large, or no text.

    If the encoding is to be guessed, the first of these rules that applies decides it: a byte order mark; zero bytes mean UTF-16; valid UTF-8; what
    `encodings.guessed` finds the likeliest.
    """
    if len(raw) > MAX_BYTES:
        size, most = Figure(len(raw) / 2**20, ".1f"), Figure(MAX_BYTES / 2**20, ".0f")
        raise Refused(Said("it has {size} MB, at most {most} MB are taken: keep fewer rows or columns", size=size, most=most), final=True)
    for begin, said in _SIGNATURES:
        if re.match(begin, raw, re.DOTALL):
            raise Refused(said, final=True)
    decoded = _decoded(raw) if encoding == GUESS else _chosen(raw, encoding)
    if not decoded.text.strip("\ufeff \t\r\n\x1a"):
        raise Refused(Said("it is empty: a table needs a line of column names and lines of values"), final=True)
    text = decoded.text.removeprefix("\ufeff").rstrip("\x1a")  # DOS ends a text with \x1a
    if control := _CONTROL.search(text):
        said = Said(
            "line {line} has a control character (code {code}), so it is not plain text: save the table as CSV, in UTF-8",
            line=_line(text[: control.start()]), code=ord(control[0]),
        )  # fmt: skip
        raise Refused(said)
    return replace(decoded, text=text)


def beginning(raw: bytes, encoding: str = GUESS, lines: int = 8, longest: int = 80) -> str:
    """Return the first lines of a file in one of `ENCODINGS`, each cut to so many letters; what its bytes are not is shown as such."""
    part = raw[: 2**16]
    codec = (guessed(part) if b"\x00" not in part else "utf_16") if encoding == GUESS and not _is_utf_8(part) else encoding
    text = part.decode("utf_8" if codec in (None, GUESS) else codec, errors="replace").removeprefix("\ufeff")
    return "\n".join(line[:longest] for line in text.splitlines()[:lines])


def _is_utf_8(part: bytes) -> bool:
    """Return whether the beginning of a file is UTF-8; a letter that its end cuts counts for nothing."""
    try:
        part.decode("utf_8")
    except UnicodeDecodeError as error:
        return error.start >= len(part) - 3
    return True


def _chosen(raw: bytes, encoding: str) -> Decoded:
    """Return the text in an encoding that a person chose. Raises `Refused` for bytes that it does not have."""
    try:
        return Decoded(raw.decode(encoding), ENCODINGS[encoding])
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Refused(Said("line {line} is not in {encoding}: choose another encoding", line=line, encoding=ENCODINGS[encoding])) from None


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
        place = error.start
    if (found := guessed(raw)) is not None:
        try:
            return Decoded(raw.decode(found), ENCODINGS[found], guess=True)
        except UnicodeDecodeError as error:
            place = error.start
    line = raw[:place].count(b"\n") + 1
    raise Refused(Said("the encoding of line {line} is not known: choose it, or save the file as UTF-8", line=line))


def _without_mark(raw: bytes) -> Decoded:
    """Return the text of UTF-16 without a byte order mark. Raises `Refused` if it is not UTF-16.

    In UTF-16 one byte of each comma, digit and line end is zero: always the second byte (little endian), or always the first (big endian).
    """
    parities = {i % 2 for i, byte in enumerate(raw[:4096]) if not byte}
    if len(parities) == 1 and len(raw) % 2 == 0 and raw[:4096].count(0) >= _ZEROS * len(raw[:4096]):
        try:
            return Decoded(raw.decode("utf-16-le" if 1 in parities else "utf-16-be"), Said("UTF-16"))
        except UnicodeDecodeError:
            pass
    raise Refused(Said("it is not text: it holds zero bytes. Save the table as CSV, in UTF-8"), final=True)


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


def _line(before: str) -> int:
    """Return the number of lines of a text, which is the number of the line in which it ends."""
    return before.replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1
