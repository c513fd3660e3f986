"""Text of users stays text: in Markdown, and in what a spreadsheet makes of a download."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.experiment import Run
from core.studies.descent.race import Racer
from pages.ui.charts import frames
from pages.ui.widgets.text import plain
from tests import hostile
from tests.items import in_one

fuzzed = settings(max_examples=300, deadline=None, derandomize=True)

#: what Streamlit 1.67's front end looks for in text after the Markdown is read: addresses, addresses of mail, icons, its own logo, arrows
READ_LATER = re.compile(
    r"(https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(\.[-\w]+)+|:material_\w+:|:streamlit:|(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)", re.IGNORECASE
)  # fmt: skip
#: what it looks for before that, and replaces or loads a plugin for
READ_BEFORE = re.compile(r":(?!material/|streamlit:)[\w+-][\w+-]*:")
#: punctuation that begins something in Markdown
MARKDOWN = set("\\`*_{}[]()#+-.!~$:<>|&^")
#: what makes a spreadsheet run a cell
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
NUMBER = re.compile(r"[-+]?[0-9.]+(,[0-9]{3})*(e[-+]?[0-9]+)?( ± [0-9.]+(,[0-9]{3})*(e[-+]?[0-9]+)?)?")
#: text that is rich in what matters
PIECES = [*"=+-@\t\r\n;,|\"' aZ1.:/\\_`$*<>[](){}&~^#!", "＝", "é", "www", "http", "https", ":material/home:", ":streamlit:"]
RICH = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def read(markdown: str) -> str:
    """Return the text that escaped Markdown says, and assert that nothing in it is left unescaped."""
    text, position = "", 0
    while position < len(markdown):
        if markdown[position] == "\\":
            position += 1
        else:
            assert markdown[position] not in MARKDOWN, markdown
        text += markdown[position]
        position += 1
    return text


@fuzzed
@given(RICH)
@example("A https://a.example, www.a.example, me@a.example")
@example("a -> b")
def test_text_is_shown_as_it_is(text: str) -> None:
    said = plain(text)
    assert not READ_BEFORE.search(said)
    seen = read(said.replace(":material/", ":material_"))
    assert not READ_LATER.search(seen), "made into a link, an icon or an arrow"
    assert read(said).replace("\u2060", "") == text


@in_one("text", hostile.TEXTS)
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    assert read(plain(text)).replace("\u2060", "") == text
    assert not READ_LATER.search(read(plain(text)))


def test_ordinary_text_is_left_alone() -> None:
    for text in ("η 0.1 · adam: β₁ 0.9", "epochs must be a whole number in [1, 2000], got 0", "1:1 and 12:30", "log-cosh (smooth)", "a < b, c > d"):
        assert "\u2060" not in plain(text)


@in_one("kind", [Run, Racer])
@in_one("text", ["a\nb", "a\tb", "a\x00b", "a\u202eb", "a\u2028b", "a\u200fb", "a\u2060b", "a\ud800b", "a\x7fb", "x" * 61])
def test_a_label_is_one_short_line_of_what_can_be_seen(kind: type[Run] | type[Racer], text: str) -> None:
    """Marks that turn the direction of the text around would reach beyond the label."""
    with pytest.raises(ValueError, match="label must be one line of at most 60 characters"):
        kind.parameters()["label"].check("label", text)


@in_one("text", hostile.TEXTS)
def test_a_label_may_be_hostile(text: str) -> None:
    assert Run.parameters()["label"].check("label", text) == text.strip()


# What a spreadsheet makes of a download


def cells(data: bytes, delimiter: str) -> list[str]:
    """Return the cells that a program finds which parts them by `delimiter`."""
    return [cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter) for cell in row]


def harmless(cell: str) -> bool:
    return not cell.startswith(FORMULA) or NUMBER.fullmatch(cell) is not None


@fuzzed
@given(st.lists(RICH, min_size=1, max_size=4), RICH)
@example(["a;=1+1"], "x")
@example(['a;"=1+1'], "=1")
@example(["a\r\n=1+1"], "x")
@example(["a\t@SUM(1)"], "x")
def test_no_cell_is_a_formula(texts: list[str], name: str) -> None:
    """Also where the program parts cells by semicolons or tabs: German, French and many other spreadsheets do."""
    frame = pd.DataFrame({name or "name": texts, "value": [-1.5] * len(texts)})
    data = frames.csv(frame)
    for delimiter in ",;\t|":
        assert all(map(harmless, cells(data, delimiter))), delimiter
    back = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row[0].replace("'", "") for row in back[1:]] == [text.replace("'", "") for text in texts], "nothing but quotes is added"
    assert {row[1] for row in back[1:]} == {"-1.5"}


@pytest.mark.parametrize("text", ["-1.5", "+2", "-0.1 ± 0.2", "-1e-5", "0.5", "–"])
def test_numbers_stay_numbers(text: str) -> None:
    assert cells(frames.csv(pd.DataFrame({"value": [text]})), ",") == ["value", text]
