"""What a file may cost: whatever its bytes are, its lines, cells and letters are looked at a bounded number of times. Counted, not timed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from core.upload import Refused, decoding, grid, read
from core.upload.decoding import MAX_BYTES
from core.upload.grid import DELIMITERS, MAX_ROWS
from core.upload.header import MAX_NAME
from tests.uploads import FINE, rows


def filled(unit: bytes, head: bytes = b"a,b\n", tail: bytes = b"1,2\n") -> bytes:
    """Return a file of the largest size that consists of one thing."""
    return head + unit * ((MAX_BYTES - len(head) - len(tail)) // len(unit)) + tail


class Counter:
    """Stands for a pattern, and counts what it is asked."""

    def __init__(self, pattern: Any) -> None:
        self.pattern, self.asked = pattern, 0
        self.longest = 0

    def fullmatch(self, text: Any) -> Any:
        self.asked += 1
        self.longest = max(self.longest, len(text))
        return self.pattern.fullmatch(text)


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
        with pytest.raises(Refused, match="it has more than 50,000 rows, blank lines and lines within cells included"):
            read(raw)
    assert lines_read[0] <= (1 + len(DELIMITERS)) * MAX_ROWS


def test_blank_lines_at_the_end_are_no_work(lines_read: list[int]) -> None:
    assert len(read(filled(b"\n", head=rows(*FINE), tail=b"")).lines) == len(FINE)
    assert lines_read[0] <= 2 * (len(DELIMITERS) + 1) * (len(FINE) + 1)


def test_as_many_rows_as_are_taken_are_taken() -> None:
    lines = [f"{i % 7},{i % 5}" for i in range(MAX_ROWS)]
    for end in ("\n", "\r", "\r\n"):
        assert read(end.join(["sep=,", "a,b", *lines, "", ""]).encode()).n_rows == MAX_ROWS
    with pytest.raises(Refused, match="more than 50,000 rows"):
        read("\n".join(["a,b", *lines, "", "1,2"]).encode())


@pytest.mark.parametrize(("raw", "said"), [(b"\xe9", "none of UTF-8"), (b"\xe9\xe9,", "cells, the header has 2"), ("中".encode("gbk"), "a cell of 2,62")])
def test_an_encoding_is_told_from_a_sample(raw: bytes, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    everyday = Counter(decoding._EVERYDAY)
    monkeypatch.setattr(decoding, "_EVERYDAY", everyday)
    with pytest.raises(Refused, match=said):
        read(filled(raw, head=b"a,b\n1,", tail=b""))
    assert 0 < everyday.asked <= 10_000


def test_a_delimiter_is_told_from_a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a line that never ends, too."""
    lengths, records = [], grid._records

    def counted(text: str, *others: Any) -> Any:
        lengths.append(len(text))
        return records(text, *others)

    monkeypatch.setattr(grid, "_records", counted)
    with pytest.raises(Refused, match=r"it has 5,242,\d+ columns"):
        read(filled(b",", head=b"", tail=b""))
    assert len(lengths) == len(DELIMITERS) + 1
    assert sum(lengths) < 1.5 * MAX_BYTES


def test_no_pattern_sees_a_name_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails at the last of many digits tries each digit with each."""
    number = Counter(grid._NUMBER)
    monkeypatch.setattr(grid, "_NUMBER", number)
    with pytest.raises(Refused, match="is longer than 100 characters"):
        read(b"1" * 4_000 + b"x,b\n1,2\n")
    assert number.longest <= MAX_NAME
