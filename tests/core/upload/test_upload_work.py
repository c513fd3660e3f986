"""What a file may cost: whatever its bytes are, its lines, cells and letters are looked at a bounded number of times. Counted, not timed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from core.datasets.own import ENCODINGS
from core.upload import Refused, delimiters, encodings, grid, numbers, read
from core.upload.delimiters import DELIMITERS, NAMES
from core.upload.grid import MAX_ROWS
from core.upload.header import MAX_NAME
from tests.uploads import FINE, rows

#: a quarter of what is taken
SIZE = 5 * 2**20


def filled(unit: bytes, head: bytes = b"a,b\n", tail: bytes = b"1,2\n") -> bytes:
    """Return a large file that consists of one thing: far larger than what may be looked at."""
    return head + unit * ((SIZE - len(head) - len(tail)) // len(unit)) + tail


@pytest.fixture
def lines_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list whose one number counts the lines that were given to a CSV reader."""
    count, reader = [0], csv.reader

    class Counted:
        def __init__(self, lines: Iterable[str], **options: Any) -> None:
            self._reader = reader(self._counted(lines), **options)

        @staticmethod
        def _counted(lines: Iterable[str]) -> Iterator[str]:
            for line in lines:
                count[0] += 1
                yield line

        def __next__(self) -> list[str]:
            return next(self._reader)

        @property
        def line_num(self) -> int:
            return self._reader.line_num

    monkeypatch.setattr(csv, "reader", Counted)
    return count


@pytest.mark.parametrize(
    "unit", [b"\n", b"\r", b"\r\n", b" \n", b",\n", b" , \n", b'"",""\n', b"1\n", "é,é\n".encode("latin-1")],
    ids=["line feeds", "returns", "both", "spaces", "commas", "spaces and commas", "empty quotations", "one cell", "accents"],
)  # fmt: skip
def test_lines_of_any_kind_count_as_rows(unit: bytes, lines_read: list[int]) -> None:
    for raw in (filled(unit), filled(unit, head=b"")):
        with pytest.raises(Refused, match="it has more than 100\u202f000 rows, blank lines and lines within cells included"):
            read(raw)
    assert lines_read[0] <= (1 + len(DELIMITERS)) * MAX_ROWS


def test_blank_lines_at_the_end_are_no_work(lines_read: list[int]) -> None:
    assert len(read(filled(b"\n", head=rows(*FINE), tail=b"")).lines) == len(FINE)
    assert lines_read[0] <= 2 * (len(DELIMITERS) + 1) * (len(FINE) + 1)


def test_as_many_rows_as_are_taken_are_taken() -> None:
    lines = [f"{i % 7},{i % 5}" for i in range(MAX_ROWS)]
    for end in ("\n", "\r", "\r\n"):
        assert read(end.join(["sep=,", "a,b", *lines, "", ""]).encode()).n_rows == MAX_ROWS
    with pytest.raises(Refused, match="more than 100\u202f000 rows"):
        read("\n".join(["a,b", *lines, "", "1,2"]).encode())


@pytest.mark.parametrize(("raw", "said"), [(b"\xe9", "a cell of 5.24"), (b"\xe9\xe9,", "cells, the header has 2"), ("中".encode("gbk"), "a cell of 2.62")])
def test_an_encoding_is_told_from_a_sample(raw: bytes, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths, text = [], encodings._text

    def counted(part: bytes, name: str) -> str | None:
        lengths.append(len(part))
        return text(part, name)

    monkeypatch.setattr(encodings, "_text", counted)
    with pytest.raises(Refused, match=said):
        read(filled(raw, head=b"a,b\n1,", tail=b""))
    assert max(lengths) <= 8_192
    assert len(lengths) <= len(ENCODINGS)


def test_a_delimiter_is_told_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a line that never ends, too."""
    lengths, records = [], delimiters.records

    def counted(text: str, *others: Any) -> Any:
        lengths.append(len(text))
        return records(text, *others)

    monkeypatch.setattr(delimiters, "records", counted)
    monkeypatch.setattr(grid, "records", counted)
    with pytest.raises(Refused, match=r"it has 5\u202f242\u202f\d+ columns"):
        read(filled(b",", head=b"", tail=b""))
    assert len(lengths) == len(NAMES) + 1
    assert sum(lengths) < 1.5 * SIZE


def test_no_pattern_sees_a_name_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails at the last of many digits tries each digit with each."""
    longest, taken_apart = [0], numbers.taken_apart

    def counted(text: str) -> Any:
        longest[0] = max(longest[0], len(text))
        return taken_apart(text)

    monkeypatch.setattr(numbers, "taken_apart", counted)
    with pytest.raises(Refused, match="is longer than 100 characters"):
        read(b"1" * 4_000 + b"x,b\n1,2\n")
    assert longest[0] <= MAX_NAME
    read(b"a,b\n" + b"1" * 40_000 + b"x,2\n")
    assert longest[0] > MAX_NAME, "cells are looked at, but no pattern tries each of their digits"
