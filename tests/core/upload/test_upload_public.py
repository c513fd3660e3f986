"""Tables like those that everybody has: each opens with what its owner would have chosen, and says what it did."""

from __future__ import annotations

import pytest

from core.upload import Refused, encode, read, suggested
from tests.uploads_blanks import BLANKS
from tests.uploads_public import PUBLIC, UNREADABLE, Public


@pytest.mark.parametrize("public", [*PUBLIC, *BLANKS], ids=[public.name for public in (*PUBLIC, *BLANKS)])
def test_public_tables_open_as_they_are_meant(public: Public) -> None:
    sheet = read(public.raw)
    own = suggested(sheet)
    names = sheet.names()
    assert sheet.n_rows == public.rows
    assert (names[own.target], own.task) == (public.target, public.task)
    assert tuple(names[i] for i in own.left_out) == public.left_out
    assert public.said in " ".join(map(str, encode(sheet, own).words))


@pytest.mark.parametrize(("raw", "said"), [case[1:] for case in UNREADABLE], ids=[name for name, *_ in UNREADABLE])
def test_what_is_no_table_of_cells_is_refused_in_words(raw: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read(raw)
    assert said in str(refused.value)
