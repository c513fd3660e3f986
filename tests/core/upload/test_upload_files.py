"""Files that people bring: each is read cell by cell as it was meant, or refused in words that name the line or the column."""

from __future__ import annotations

import time
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.datasets import Table
from core.tasks import CLASSIFICATION
from core.upload import Encoded, Refused, Sheet, encode, read, suggested
from core.upload.columns import Column
from core.upload.example import EXAMPLE
from tests.uploads import BAD, GOOD
from tests.uploads_languages import LANGUAGES
from tests.uploads_public import PUBLIC
from tests.uploads_wrong import BEGINNINGS, CODES, DELIMITERS, FORMS, GROUPS, HEADER, MARKERS, NO_HEADER, ROW_NUMBERS

#: how much slower than alone a shared machine may be
SLOWER = 3

fuzzed = settings(max_examples=300, deadline=None, derandomize=True)


def used(raw: bytes) -> Encoded:
    """Return the table of a file as it suggests itself."""
    sheet = read(raw)
    return encode(sheet, suggested(sheet))


def cells(column: Column) -> list[Any]:
    if column.numbers is not None:
        return list(column.numbers)
    return [column.texts[code] if code >= 0 else "" for code in column.codes]


def refused_or_whole(raw: bytes) -> None:
    """Assert that a file becomes a table whose parts belong together, or is refused in a short message."""
    try:
        table: Table = used(raw).table
    except Refused as error:
        message = str(error)
    else:
        message = whole(table)
    assert 0 < len(message) < 600


def whole(table: Table) -> str:
    assert len(table.X) == len(table.y)
    assert table.X.shape[1] == len(table.features)
    assert table.fill_in == bool(np.isnan(table.X).any())
    assert not np.isinf(table.X).any()
    assert np.isfinite(table.y).all()
    return "whole"


def test_the_corpus_is_large() -> None:
    assert len({name for name, *_ in BAD}) == len(BAD) >= 75
    assert len({name for name, *_ in GOOD}) == len(GOOD) >= 40
    for kind in (NO_HEADER, HEADER, MARKERS, FORMS, GROUPS, CODES, ROW_NUMBERS, DELIMITERS, BEGINNINGS, LANGUAGES):
        cases = {str(case) for case in kind}
        assert len(cases) == len(kind) >= 12
    assert len({public.name for public in PUBLIC}) == len(PUBLIC) >= 45


@pytest.mark.parametrize(("raw", "said"), [case[1:] for case in BAD], ids=[name for name, *_ in BAD])
def test_bad_file_is_refused_in_words(raw: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        used(raw)
    message = str(refused.value)
    assert said in message
    assert len(message) < 600
    assert message[-1] not in ".!?"
    assert str(refused.value.said) == message


@pytest.mark.parametrize(("raw", "said", "held"), [case[1:] for case in GOOD], ids=[name for name, *_ in GOOD])
def test_good_file_is_read_cell_by_cell(raw: bytes, said: str, held: dict[str, list[Any]]) -> None:
    sheet = read(raw)
    assert list(sheet.names()) == list(held)
    for column, values in zip(sheet.columns, held.values(), strict=True):
        found = cells(column)
        if column.numbers is not None:
            np.testing.assert_array_equal(found, values)
        else:
            assert found == values
    assert said in " ".join(map(str, sheet.words))
    own = suggested(sheet)
    table = encode(sheet, own).table
    assert own.task == CLASSIFICATION
    assert [table.outputs[c] for c in table.y] == list(held.values())[-1]


def test_lines_are_those_of_the_file() -> None:
    """Also below quoted line ends and blank lines."""
    assert read(b'\n\na,y\n\n1,"u\n\n"\n,\n2,v\n').lines == (5, 9)


def digests(raw: bytes) -> tuple[str, str]:
    sheet: Sheet = read(raw)
    return sheet.header, sheet.digest


def test_digests_tell_tables_apart_and_not_their_encodings() -> None:
    one = digests("größe,y\n1,2\n3,4\n".encode())
    assert digests("größe;y\r\n1;2\r\n3;4\r\n".encode("latin-1")) == one
    header, cells_ = digests("größe,y\n1,2\n3,5\n".encode())
    assert (header == one[0], cells_ == one[1]) == (True, False)
    for other in ("größe,z\n1,2\n3,4\n", "größe,y\n1,3\n2,4\n", "y,größe\n1,2\n3,4\n"):
        assert digests(other.encode())[1] != one[1]
    assert all(len(text) == 10 for text in one)


def test_digests_of_links_that_people_have_stay() -> None:
    assert digests(EXAMPLE.encode()) == ("b2f63d5161", "563cec9229")
    assert digests(next(raw for name, raw, *_ in GOOD if name == "UTF-8")) == ("12a4d6c8d2", "f6cf433aa9")


@pytest.mark.parametrize("rows", [5_000, pytest.param(100_000, marks=pytest.mark.proof)])
def test_a_file_at_every_limit_is_read_in_seconds_and_says_how_far(rows: int) -> None:
    """Numbers that are all different, some of them missing. 100 000 rows of these are nearly 20 MB."""
    rng = np.random.default_rng(0)
    lines = [",".join("NA" if value > 2.3 else f"{value:.6f}" for value in row) for row in rng.normal(size=(rows, 20))]
    raw = "\n".join([",".join(f"c{i}" for i in range(20)), *lines]).encode()
    assert 18e6 < len(raw) * 100_000 / rows < 20 * 2**20
    shares: list[float] = []
    began = time.process_time()
    sheet = read(raw, told=shares.append)
    table = encode(sheet, suggested(sheet)).table
    assert time.process_time() - began < 5 * rows / 100_000 * SLOWER
    assert table.X.shape == (sum(not line.endswith("NA") for line in lines), 19)
    assert shares == sorted(shares)
    assert len(shares) >= 20
    assert shares[-1] == pytest.approx(1)


def test_a_large_file_is_not_held_as_single_cells() -> None:
    """At most some times its bytes at once; a Python text for each cell would be ten times."""
    rng = np.random.default_rng(0)
    lines = [",".join(f"{value:.6f}" for value in row) for row in rng.normal(size=(4_000, 20))]
    raw = "\n".join([",".join(f"c{i}" for i in range(20)), *lines]).encode()
    tracemalloc.start()
    read(raw)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 6 * len(raw)


@fuzzed
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_whole(raw: bytes) -> None:
    refused_or_whole(raw)


@fuzzed
@given(st.text(alphabet="ab12.,;|\t\n\r\"' -?+eE∞é中\x00\x1a\ufeff", max_size=200), st.sampled_from(["utf-8", "utf-16", "gb18030", "utf-8-sig"]))
def test_any_text_is_refused_or_whole(text: str, encoding: str) -> None:
    refused_or_whole(text.encode(encoding))


@fuzzed
@given(st.sampled_from([raw for _, raw, *_ in GOOD]), st.data(), st.binary(max_size=4))
def test_damaged_files_are_refused_or_whole(raw: bytes, data: st.DataObject, between: bytes) -> None:
    start = data.draw(st.integers(0, len(raw)))
    refused_or_whole(raw[:start] + between + raw[start + data.draw(st.integers(0, 12)) :])


values = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
triples = st.lists(st.tuples(values, st.none() | values, st.sampled_from(["u", "v, w", 'x "y"\nz'])), min_size=1, max_size=30)


@fuzzed
@given(triples, st.sampled_from(";\t|"), st.booleans())
def test_what_is_written_comes_back(held: list[tuple[float, float | None, str]], delimiter: str, comma: bool) -> None:
    """In place: no value moves to another row or column, whatever the delimiter and the decimal mark."""
    def written(value: float | None) -> str:
        text = "" if value is None else f"{value:.3f}" if value else "0.0000"
        return text.replace(".", ",") if comma else text

    quoted = ['"' + text.replace('"', '""') + '"' for *_, text in held]
    lines = [delimiter.join((f"{written(a)}1", written(b) and f"{written(b)}1", text)) for (a, b, _), text in zip(held, quoted, strict=True)]
    sheet = read("\r\n".join([delimiter.join("abc"), *lines]).encode())
    first, second, third = sheet.columns
    np.testing.assert_allclose(first.numbers, [float(f"{a:.3f}1") if a else 1e-5 for a, *_ in held])
    np.testing.assert_allclose(second.numbers, [np.nan if b is None else float(f"{b:.3f}1") if b else 1e-5 for _, b, _ in held])
    assert cells(third) == [" ".join(text.split()) for *_, text in held]
