"""Files that nobody thought of when the reader was written: nothing in them is silently wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.upload import Refused, encode, read, suggested
from tests import uploads_people, uploads_practice
from tests.core.upload.test_upload_files import cells

PEOPLE = [*uploads_people.PEOPLE, *uploads_practice.PRACTICE]
REFUSED = [*uploads_people.REFUSED, *uploads_practice.REFUSED]
UNUSABLE = [*uploads_people.UNUSABLE, *uploads_practice.UNUSABLE]


@pytest.mark.parametrize(("raw", "expected", "said"), [case[1:] for case in PEOPLE], ids=[case[0] for case in PEOPLE])
def test_files_of_people_hold_what_they_hold(raw: bytes, expected: dict[str, list[Any]], said: str) -> None:
    sheet = read(raw)
    for name, first in expected.items():
        found = cells(sheet.columns[sheet.names().index(name)])[: len(first)]
        if isinstance(first[0], str):
            assert found == first
        else:
            np.testing.assert_array_equal(np.array(found, float), first)
    of_columns = [word for column in sheet.columns for word in (*column.notes, column.flaw, column.useless, column.index) if word]
    assert said in " ".join(map(str, (*sheet.words, *of_columns)))


@pytest.mark.parametrize(("raw", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_read_is_refused_in_words(raw: bytes, said: str) -> None:
    with pytest.raises(Refused) as refused:
        read(raw)
    assert said in str(refused.value)


@pytest.mark.parametrize(("raw", "said"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_what_cannot_be_used_is_refused_in_words(raw: bytes, said: str) -> None:
    sheet = read(raw)
    with pytest.raises(Refused) as refused:
        encode(sheet, suggested(sheet))
    assert said in str(refused.value)
