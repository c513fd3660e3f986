"""What was once silently wrong: header or not, missing markers, forms of numbers, groups of digits, codes, row numbers, delimiters, encodings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.datasets.own import ENCODINGS, GUESS, Own
from core.tasks import CLASSIFICATION
from core.upload import Refused, aimed, drafts, encode, look, read, suggested
from core.upload.encodings import names_in
from core.upload.kinds import CATEGORY, LEFT_OUT, NUMBER, chosen, kind, seen
from tests.core.upload.test_upload_files import cells
from tests.uploads_languages import LANGUAGES
from tests.uploads_wrong import BEGINNINGS, CODES, DELIMITERS, FLOWERS, FORMS, GROUPS, HEADER, MARKERS, NO_HEADER, ROW_NUMBERS, column


def said(raw: bytes, own: Own | None = None) -> str:
    sheet = read(raw, own)
    return " ".join(map(str, encode(sheet, own or suggested(sheet)).words))


def holds(raw: bytes, i: int, expected: list[Any]) -> None:
    found = cells(read(raw).columns[i])
    if isinstance(expected[0], str):
        assert found == expected
    else:
        np.testing.assert_array_equal(np.array(found, float), expected)


# The first row


@pytest.mark.parametrize(("text", "first", "last"), [case[1:] for case in NO_HEADER], ids=[case[0] for case in NO_HEADER])
def test_a_first_row_of_values_is_one(text: str, first: list[Any], last: list[Any]) -> None:
    sheet = read(text.encode())
    assert sheet.names()[0] == "column 1"
    assert sheet.first_row == "values"
    holds(text.encode(), 0, first)
    holds(text.encode(), -1, last)
    assert "The first row was taken for values" in str(sheet.guesses[0])


@pytest.mark.parametrize("text", [case[1] for case in HEADER], ids=[case[0] for case in HEADER])
def test_a_first_row_of_names_is_one(text: str) -> None:
    sheet = read(text.encode())
    assert list(sheet.names()) == text.split("\n")[0].split(",")
    assert sheet.n_rows == text.count("\n")


def test_the_first_row_can_be_chosen() -> None:
    flowers = "\n".join(FLOWERS).encode()
    assert read(flowers, Own(first_row="names")).names() == tuple(FLOWERS[0].split(","))
    assert read(b"a,b\n1,2\n3,4\n", Own(first_row="values")).n_rows == 3
    assert suggested(read(flowers)).target == 4


# Missing values


@pytest.mark.parametrize(("texts", "expected"), [case[1:] for case in MARKERS], ids=[case[0] for case in MARKERS])
def test_markers_are_missing_among_numbers_alone(texts: list[str], expected: list[Any]) -> None:
    holds(column(*texts), 0, expected)
    marked = {text.strip('"'): texts.count(text) for text in texts if isinstance(expected[0], float) and np.isnan(expected[texts.index(text)])}
    for text, count in marked.items():
        assert f"'{text}' ({count})" in said(column(*texts))


def test_a_class_is_never_missing_unless_its_cell_is_empty() -> None:
    for names in (("+", "-"), ("NA", "EU", "JP"), ("Na", "K", "Li"), ("?", "yes"), ("null", "one")):
        raw = ("x,y\n" + "".join(f"{i % 5},{names[i % len(names)]}\n" for i in range(12))).encode()
        own = suggested(read(raw))
        assert (own.target, own.task) == (1, CLASSIFICATION)
        assert encode(read(raw), own).table.outputs == tuple(sorted(names))
        assert len(encode(read(raw), own).table.X) == 12


def test_markers_in_texts_are_said_and_can_be_missing() -> None:
    raw = ("x,job,y\n" + "".join(f"{i % 5},{('private', '?', 'state')[i % 3]},{'uv'[i % 2]}\n" for i in range(12))).encode()
    assert "Counted as values, because they stand among texts: '?' (4) in 'job'." in said(raw)
    own = replace(suggested(read(raw)), absent=(1,))
    assert encode(read(raw), own).table.features == ("x", "job = private", "job = state", "job = (missing)")
    assert "4 in 'job'" in said(raw, own)


def test_rows_of_a_target_that_are_dropped_are_said_openly() -> None:
    sheet = read(b"x,y\n" + b"1,u\n2,\n3,v\n" * 4)
    assert "4 rows without a target left out." in [str(words) for words in encode(sheet, suggested(sheet)).open]


# Numbers


@pytest.mark.parametrize(("texts", "expected"), [case[1:] for case in FORMS], ids=[case[0] for case in FORMS])
def test_forms_of_numbers_are_read_and_said(texts: list[str], expected: list[Any]) -> None:
    holds(column(*texts), 0, expected)
    if any(letter in text for text in texts for letter in "%‰$€¥£()万°km") or "R" in texts[0]:
        assert "was read as" in said(column(*texts))


@pytest.mark.parametrize(("texts", "expected"), [case[1:] for case in (*FORMS, *GROUPS)], ids=[case[0] for case in (*FORMS, *GROUPS)])
def test_a_unit_is_taken_off_a_whole_column_as_off_each_cell(monkeypatch: pytest.MonkeyPatch, texts: list[str], expected: list[Any]) -> None:
    raw = column(*texts)
    whole = said(raw)
    holds(raw, 0, expected)
    monkeypatch.setattr(drafts, "_undressed", lambda name, cells: None)
    holds(raw, 0, expected)
    assert said(raw) == whole


def test_a_sign_before_a_unit_is_kept() -> None:
    for cells_ in (["$-5", "$-6", "$-7"], ["-$5", "-$6", "-$7"], ["−$5", "−$6", "−$7"], ["-5 €", "-6 €", "-7 €"], ["($5)", "($6)", "$-7"]):
        found = read(column(*cells_)).columns[0]
        assert found.numbers is None or list(found.numbers) == [-5, -6, -7]


@pytest.mark.parametrize(
    "texts",
    [
        ["$5", "€6", "$7", "€8", "$9", "€10"], ["5%", "6", "7%", "8", "9%", "10"], ["5 kg", "6 g", "7 kg", "8 g", "9 kg", "10 g"],
        ["1", "2", "3", "4", "5", "many"], ["1.5", "2.5", "3.5", "4.5", "5.5", "3 kg"], ["1/2", "3", "4", "5", "6", "7"], ["<5", "6", "7", "8", "9", "10"],
        ["~5", "6", "7", "8", "9", "10"], ["1e", "2", "3", "4", "5", "6"], ["5-6", "7", "8", "9", "10", "11"], ["(5", "6", "7", "8", "9", "10"],
    ],
)  # fmt: skip
def test_numbers_with_something_else_are_named(texts: list[str]) -> None:
    """As a feature: left out, refused, or taken for categories, but never without a word."""
    raw = column(*texts, *texts)
    feature = read(raw).columns[0]
    assert feature.numbers is None
    if feature.flaw:
        assert "holds numbers, but" in str(feature.flaw)
    else:
        assert "holds numbers and texts such as" in said(raw)


@pytest.mark.parametrize(("texts", "expected"), [case[1:] for case in GROUPS], ids=[case[0] for case in GROUPS])
def test_groups_of_three_digits(texts: list[str], expected: list[Any]) -> None:
    holds(column(*texts), 0, expected)
    holds(column(*texts, delimiter="\t"), 0, expected)


def test_a_decimal_mark_that_is_guessed_is_said_and_can_be_chosen() -> None:
    raw = column("1,619", "2,754", "3,100", "4,200", "5,300", "6,400")
    assert "In 'p', '1,619' was read as 1.619." in map(str, read(raw).guesses)
    assert cells(read(raw, Own(decimal=".")).columns[0])[0] == 1619
    assert cells(read(column("1,199", "704", "9"), Own(decimal=",")).columns[0])[0] == 1.199
    assert cells(read(column("1,5", "704", "9"), Own(decimal=".")).columns[0])[0] == 1.5, "what a column decides is no guess"


@pytest.mark.parametrize("texts", [case[1] for case in CODES], ids=[case[0] for case in CODES])
def test_codes_stay_what_they_are(texts: list[str]) -> None:
    holds(column(*texts), 0, texts)


def test_codes_say_why_they_are_text() -> None:
    assert "'p' is text, because as numbers '01' and '1' would be the same." in said(column(*CODES[0][1]))
    assert "because a number would lose what '02134' has" in said(column(*CODES[1][1]))


def test_a_value_that_stands_for_a_missing_one_is_named() -> None:
    assert "In 'p', \u2212999 (2) is far from all other values" in said(column("-999", "21.5", "19", "-999", "20", "18"))
    assert "9999 (3) is far from" in said(column("9999", "5", "6", "9999", "7", "9999"))
    for texts in (["-999", "21", "19", "20", "22", "18"], ["999", "1200", "999", "20", "1300", "18"], ["99", "98", "99", "97", "96", "95"]):
        assert "far from" not in said(column(*texts))


# Row numbers


@pytest.mark.parametrize(("name", "numbers"), [case[1:] for case in ROW_NUMBERS], ids=[case[0] for case in ROW_NUMBERS])
def test_row_numbers_are_left_out_and_said(name: str, numbers: list[str]) -> None:
    lines = [f"{number},{i * i % 7},{'uv'[i > 9]}" for i, number in enumerate(numbers)]
    raw = "\n".join([f"{name},b,y", *lines]).encode()
    sheet = read(raw)
    assert suggested(sheet).left_out == (0,)
    assert f"Left out: '{name or 'column 1'}', which" in " ".join(map(str, encode(sheet, suggested(sheet)).open))


def test_row_numbers_are_no_target_and_stay_where_nothing_else_is() -> None:
    lines = [f"{i * i % 7},{'uv'[i % 2]},{i}" for i in range(20)]
    assert suggested(read("\n".join(["a,y", *(line.rpartition(",")[0] for line in lines)]).encode())).target == 1
    assert suggested(read("\n".join(["a,kind,id", *lines]).encode())).target == 1
    assert suggested(read("\n".join(["x,y", *(f"{i},{i * 1.5}" for i in range(20))]).encode())).left_out == ()
    assert suggested(read("\n".join(["x,z,y", *(f"{i},{i * 7 % 20},{i * 1.5}" for i in range(20))]).encode())).left_out == (0,)


def test_numbers_in_order_that_repeat_are_features() -> None:
    raw = "\n".join(["year,a,y", *(f"{2000 + i // 2},{i * i % 7},{'uv'[i % 2]}" for i in range(20))]).encode()
    assert suggested(read(raw)).left_out == ()


# Delimiters, and what a file begins with


@pytest.mark.parametrize(("text", "names"), [case[1:] for case in DELIMITERS], ids=[case[0] for case in DELIMITERS])
def test_delimiters(text: str, names: list[str]) -> None:
    assert list(read(text.encode()).names()) == names


def test_the_delimiter_can_be_chosen() -> None:
    assert read(b"a,b;c\n1,2;3\n4,5;6\n", Own(delimiter=",")).names() == ("a", "b;c")
    assert read(b"a,b\tc\n1,2\t3\n", Own(delimiter="tab")).names() == ("a,b", "c")


@pytest.mark.parametrize("first", [case[1] for case in BEGINNINGS], ids=[case[0] for case in BEGINNINGS])
def test_a_header_is_no_signature(first: str) -> None:
    assert list(read(f"{first}\n1,2,u\n2,3,v\n".encode()).names()) == first.split(",")


def test_a_delimiter_at_the_end_of_rows() -> None:
    sheet = read(b"a,b,y\n1,2,u,\n2,3,v,\n")
    assert sheet.names() == ("a", "b", "y")
    assert cells(sheet.columns[2]) == ["u", "v"]
    assert "A delimiter at the end of each line" in " ".join(map(str, sheet.words))


@pytest.mark.parametrize(
    "text", ['"mpg","cyl"\n"Mazda RX4",21,6\n"Datsun 710",22.8,4\n', "mpg,cyl\nMazda,21,6\nDatsun,22.8,4\n", '"mpg","cyl"\n"1",21,6\n"2",22.8,4\n']
)
def test_row_names_of_r(text: str) -> None:
    sheet = read(text.encode())
    assert sheet.names() == ("row name", "mpg", "cyl")
    assert cells(sheet.columns[1]) == [21, 22.8]
    assert "as R writes them" in " ".join(map(str, sheet.words))


# Encodings


@pytest.mark.parametrize(("codec", "text"), LANGUAGES, ids=[f"{codec} {i}" for i, (codec, _) in enumerate(LANGUAGES)])
def test_encodings_are_guessed_and_can_be_chosen(codec: str, text: str) -> None:
    raw = text.encode(codec)
    first = next(line for line in text.split("\n") if not line.isascii())
    assert " ".join(first.split())[:40] in names_in(raw).values()
    names = tuple(text.split("\n")[0].split(","))
    sheet = read(raw)
    assert sheet.names() == names
    assert "The encoding is a guess" in str(sheet.guesses[0])
    chosen_ = next(name for name in ENCODINGS if name != GUESS and _same(name, codec))
    again = read(raw, Own(encoding=chosen_))
    assert (again.names(), again.digest) == (names, sheet.digest)
    assert not any("encoding is a guess" in str(guess) for guess in again.guesses)


def _same(name: str, codec: str) -> bool:
    return name == {"euc_kr": "cp949", "big5": "big5hkscs", "gbk": "gb18030", "shift_jis": "cp932"}.get(codec, codec)


def test_an_encoding_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Refused, match="line 1 is not in UTF-8: choose another encoding"):
        read("größe,y\n1,2\n".encode("latin-1"), Own(encoding="utf_8"))


def test_a_file_of_ascii_has_no_choice_of_encodings() -> None:
    assert names_in(b"a,b\n1,2\n") == {}


# What a person says otherwise


def test_the_kind_of_a_column_can_be_chosen() -> None:
    raw = ("code,size,name,y\n" + "".join(f"{i % 3},{('36', 'L', '38')[i % 3]},n{i},{'uv'[i % 2]}\n" for i in range(12))).encode()
    sheet = read(raw)
    own = suggested(sheet)
    assert [kind(each) for each in sheet.columns] == [NUMBER, CATEGORY, "text", CATEGORY]
    categories = chosen(sheet, own, 0, CATEGORY)
    assert categories.categories == (0,)
    assert encode(sheet, categories).table.features[:3] == ("code = 0", "code = 1", "code = 2")
    assert chosen(sheet, categories, 0, NUMBER) == own
    numbers = chosen(sheet, own, 1, NUMBER)
    np.testing.assert_array_equal(seen(sheet, numbers)[1].numbers, [36, np.nan, 38] * 4)
    assert "'L' (4)" in " ".join(map(str, encode(sheet, numbers).words))
    assert chosen(sheet, own, 1, LEFT_OUT).left_out == (1, 2)
    with pytest.raises(Refused, match="'name' has no cell that is a number"):
        encode(sheet, chosen(sheet, own, 2, NUMBER))


def test_a_column_of_numbers_and_texts_becomes_what_a_person_says() -> None:
    """Whether it is refused as it is, left out by suggestion, or both."""
    raw = ("a,b,y\n" + "".join(f"{('1.5 kg', '2 kg', '7', '8', '9', '?', '3 g')[i % 7]},{i * 3 % 7},{'uv'[i % 2]}\n" for i in range(28))).encode()
    sheet = read(raw)
    own = suggested(sheet)
    assert encode(sheet, chosen(sheet, own, 0, CATEGORY)).table.features[:2] == ("a = 1.5 kg", "a = 2 kg")
    numbers = encode(sheet, chosen(sheet, own, 0, NUMBER))
    np.testing.assert_array_equal(numbers.table.X[:7, 0], [1.5, 2, 7, 8, 9, np.nan, 3])
    assert {"In 'a', '1.5 kg' was read as 1.5.", "In 'a', '3 g' was read as 3.", "Counted as missing: '?' (4) in 'a'."} <= {str(said) for said in numbers.open}
    odd = read(column(*(["1", "2", "3", "4", "5", "6", "7", "?", "many"] * 2)))
    assert odd.columns[0].flaw
    assert seen(odd, Own(absent=(0,)))[0].flaw
    assert seen(odd, Own(absent=(0,), categories=(0,)))[0].flaw is None


def test_a_target_of_another_kind_brings_its_task() -> None:
    sheet = read(("x,y\n" + "".join(f"{i % 5},{i % 12}\n" for i in range(60))).encode())
    own = suggested(sheet)
    assert own.task != CLASSIFICATION
    assert aimed(sheet, chosen(sheet, own, 1, CATEGORY), 1).task == CLASSIFICATION
    assert encode(sheet, aimed(sheet, chosen(sheet, own, 1, CATEGORY), 1)).table.outputs[:3] == ("0", "1", "2")


def test_the_same_file_is_read_as_before_with_its_choices() -> None:
    flowers = "\n".join(FLOWERS).encode()
    own = suggested(read(flowers, Own(first_row="names")))
    assert own.first_row == "names"
    again = read(flowers, Own.from_dict({key: value for key, value in own.to_dict().items() if key != "kind"}))
    assert (again.header, again.digest) == (own.header, own.digest)


def test_a_number_that_may_stand_for_a_missing_value_is_one_when_a_person_says_so() -> None:
    raw = ("a,b,y\n" + "".join(f"{('-99.99', '1.5', '2.5', '3')[i % 4]},{(1, 2, 3, 88, 99)[i % 5]},{'uv'[i % 2]}\n" for i in range(40))).encode()
    sheet = read(raw)
    own = suggested(sheet)
    assert [column.doubtful() for column in sheet.columns] == [(("-99.99", 10),), (("88", 8), ("99", 8)), ()]
    said = "In 'a', \u221299.99 (10) is far from all other values: it may stand for a missing one."
    assert said in map(str, encode(sheet, own).open)
    missing = encode(sheet, replace(own, absent=(0, 1)))
    np.testing.assert_array_equal(missing.table.X[:5], [[np.nan, 1], [1.5, 2], [2.5, 3], [3, np.nan], [np.nan, np.nan]])
    assert said not in map(str, missing.words)
    assert "Counted as missing: '-99.99' (10) in 'a', '88' (8) in 'b', '99' (8) in 'b'." in map(str, missing.open)
    assert look.of_sheet(sheet, own, [1])[0].markers == ("88", "99")
