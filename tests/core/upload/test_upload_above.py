"""Titles above a table and names in several rows: both are guessed, said, and can be chosen."""

from __future__ import annotations

import pytest

from core.datasets.own import ABOVE as LINES
from core.datasets.own import FIRST_ROWS, GUESS, Own
from core.upload import Refused, encode, read, suggested
from core.upload.header import ROWS_OF_NAMES
from tests.core.upload.test_upload_files import cells
from tests.uploads_above import ABOVE, ROWS

TITLE = b"Report\n\na,b,y\n1,2,u\n2,3,v\n3,4,u\n4,5,v\n"


@pytest.mark.parametrize(("raw", "line", "names"), [case[1:] for case in ABOVE], ids=[case[0] for case in ABOVE])
def test_what_stands_above_a_table_is_left_out(raw: bytes, line: int, names: list[str]) -> None:
    sheet = read(raw)
    assert list(sheet.names()) == names
    assert sheet.lines[0] == line + 1
    said = f"The table begins in line {line}: what stands above it was left out."
    assert (said in map(str, sheet.guesses)) == (line > 1)
    again = read(raw, Own(above=str(line - 1)))
    assert (again.header, again.digest, again.lines) == (sheet.header, sheet.digest, sheet.lines)


@pytest.mark.parametrize(("raw", "rows", "names"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_names_stand_in_one_row_or_several(raw: bytes, rows: int, names: list[str]) -> None:
    sheet = read(raw)
    assert list(sheet.names()) == names
    assert ROWS_OF_NAMES[sheet.first_row] == rows
    assert any(f"The first {rows} rows were taken for names" in str(guess) for guess in sheet.guesses) == (rows > 1)
    assert rows == 1 or not any(column.flaw for column in sheet.columns)
    again = read(raw, Own(first_row=sheet.first_row))
    assert (again.header, again.digest, again.lines) == (sheet.header, sheet.digest, sheet.lines)


def test_every_choice_of_rows_and_lines_has_a_meaning() -> None:
    assert set(FIRST_ROWS) == {GUESS, *ROWS_OF_NAMES}
    assert list(LINES) == [GUESS, *map(str, range(51))]


def test_the_lines_above_a_table_can_be_chosen() -> None:
    assert read(TITLE).names() == ("a", "b", "y")
    assert cells(read(TITLE, Own(above="3")).columns[0]) == [1, 2, 3, 4]
    with pytest.raises(Refused, match="a single column, 'Report'"):
        read(TITLE, Own(above="0", delimiter=","))
    with pytest.raises(Refused, match="it is empty"):
        read(TITLE, Own(above="50"))
    assert read(b"sep=;\n" + TITLE.replace(b",", b";"), Own(above="3")).lines[0] == 5


def test_rows_of_names_can_be_chosen() -> None:
    raw = b"a,b\nx,y\n1,2\n3,4\n"
    assert read(raw, Own(first_row="2 rows")).names() == ("a x", "b y")
    assert read(raw, Own(first_row="names")).n_rows == 3
    with pytest.raises(Refused, match="no rows"):
        read(b"a,b\nx,y\n", Own(first_row="2 rows"))
    with pytest.raises(Refused, match="no rows"):
        read(b"a,b\nx,y\n", Own(first_row="3 rows"))
    with pytest.raises(Refused, match="columns 1 and 2 have the same name, 'a x'"):
        read(b"a,a\nx,x\n1,2\n", Own(first_row="2 rows"))


def test_what_was_read_from_a_link_is_read_so_again() -> None:
    own = suggested(read(TITLE, Own(above="2", first_row="names")))
    assert (own.above, own.first_row) == ("2", "names")
    sent = Own.from_dict({key: value for key, value in own.to_dict().items() if key != "kind"})
    assert sent == own
    assert read(TITLE, sent).header == own.header


def test_a_link_from_before_these_choices_opens_as_it_did() -> None:
    """It does not have their fields."""
    raw = b"a,b,y\n" + b"1,2,u\n2,5,v\n3,4,u\n" * 4
    sheet = read(raw)
    old = {key: value for key, value in suggested(sheet).to_dict().items() if key not in ("kind", "above")}
    own = Own.from_dict(old)
    assert own == suggested(sheet)
    assert encode(sheet, own).table.X.shape == (12, 2)
