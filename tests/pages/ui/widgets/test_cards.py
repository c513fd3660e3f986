"""Cards of columns as HTML: what is on them, and that no text of a person becomes an element."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from core.upload.kinds import CATEGORY, NUMBER, TEXT
from core.upload.look import FEATURE, LEFT_OUT, TARGET, Glance
from core.words import Said
from pages.ui.widgets import cards

NUMBERS = Glance(0, "age", FEATURE, NUMBER, 100, 7, (1.0, 2.5, 90.0), (40, 0, 1, 52), (), (0, 0), (Said("Missing: the median."),))
VALUES = Glance(1, "city", TARGET, CATEGORY, 100, 0, None, (60, 30), ("Oslo", "Rome"), (3, 10), ())
HOSTILE = ("<b>x</b>", '"><script>alert(1)</script>', "a & b", "' onmouseover='x", "<img src=x onerror=x>", "]]>", "{{x}}")


class Elements(HTMLParser):
    """Collects the elements, the attributes and the text of HTML."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag != "img":
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def heights(page: str) -> list[str]:
    return [value or "" for name, value in Elements(page).attributes if name == "style"]


def test_a_card_of_numbers_has_a_histogram_and_its_ends() -> None:
    page = cards.card(NUMBERS)
    assert heights(page) == ["height:77%", "height:0%", "height:2%", "height:100%"], "what is there is seen, what is not is not"
    for said in ("age", "number · 7 of 100 missing", "1", "median 2.5", "90", "Missing: the median."):
        assert said in Elements(page).text
    assert ("aria-label", "Histogram from 1 to 90, median 2.5") in Elements(page).attributes
    assert "target" not in page


def test_a_card_of_values_has_their_counts_and_the_rest() -> None:
    page = cards.card(VALUES)
    assert heights(page) == ["width:100%", "width:50%"]
    assert "category · 5 classes · none missing" in Elements(page).text
    assert "3 more" in Elements(page).text
    assert "target" in Elements(page).text


def test_texts_that_all_differ_are_examples_and_what_is_wrong_is_said() -> None:
    differ = Glance(2, "name", LEFT_OUT, TEXT, 9, 0, None, (1, 1), ("Ann", "Bob"), (7, 7), (Said("Left out."),), Said("has a different text in every row"))
    page = cards.card(differ)
    assert not heights(page)
    assert "For example Ann; Bob" in Elements(page).text
    assert "It has a different text in every row." in Elements(page).text
    assert "left out" in Elements(page).text


def test_one_number_in_every_row_and_none_at_all() -> None:
    assert "7 in every row" in Elements(cards.card(replace(NUMBERS, ends=(7.0, 7.0, 7.0), counts=(93,)))).text
    empty = Elements(cards.card(replace(NUMBERS, ends=None, counts=(), missing=100)))
    assert "100 of 100 missing" in empty.text


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_person_becomes_no_element(text: str) -> None:
    plain = Elements(cards.cards([replace(NUMBERS, name="n"), replace(VALUES, name="n", values=("v", "w"))]))
    page = cards.cards([replace(NUMBERS, name=text), replace(VALUES, name=text, values=(text, text))])
    hostile = Elements(page)
    assert hostile.tags == plain.tags
    assert {name for name, _ in hostile.attributes} == {name for name, _ in plain.attributes}
    assert hostile.text.count(text) == 4
    wrong = Elements(cards.card(replace(NUMBERS, done=(Said("{x}", x=text),), flaw=Said("{x}", x=text))))
    assert set(wrong.tags) == {"div", "b", "i", "span"}
    drawn = Elements(cards.pictures([text], [["data:image/png;base64,AA", "data:image/png;base64,BB"]]))
    assert drawn.tags == ["div", "figure", "img", "img", "figcaption"]
    assert text in drawn.text
