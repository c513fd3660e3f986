"""Tables that are HTML, read back as a browser would: their text, which cells are marked, and the help of each column."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

import pandas as pd
from streamlit.testing.v1 import AppTest


@dataclass(frozen=True)
class Shown:
    """A table on a page. `text` and `marks` (best, tie, nothing) have a row for each row of its body, with its name in the first column.

    `docs` is by column.
    """

    name: str
    text: pd.DataFrame
    marks: pd.DataFrame
    docs: dict[str, str]
    groups: list[tuple[str, int]]


@dataclass
class _Cell:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""
    marks: str = ""
    doc: str = ""


@dataclass
class _Reader(HTMLParser):
    """Reads one table; elements that a table does not have are an error, as what a user typed must not make any."""

    head: list[list[_Cell]] = field(default_factory=list)
    body: list[list[_Cell]] = field(default_factory=list)
    name: str = ""
    inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("div", "table", "caption", "thead", "tbody", "tr", "th", "td", "abbr", "mark", "p", "img", "i"), tag
        if tag == "img":
            assert dict(attrs)["alt"] == "", "the letter beside it says the same"
            return
        self.inside.append(tag)
        rows = self.head if "thead" in self.inside else self.body
        if tag == "tr":
            rows.append([])
        elif tag in ("th", "td"):
            rows[-1].append(_Cell(tag, dict(attrs)))
        elif tag == "mark":
            rows[-1][-1].marks = str(dict(attrs).get("class") or "best")
        elif tag == "abbr":
            said = dict(attrs)
            assert said["tabindex"] == "0", "the keyboard gets there"
            rows[-1][-1].doc = said["title"] or ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.inside.pop() == tag

    def handle_data(self, data: str) -> None:
        if "caption" in self.inside:
            self.name += data
        elif "tr" in self.inside:
            cell = (self.head if "thead" in self.inside else self.body)[-1][-1]
            cell.text = (cell.text + data).lstrip()


def read(page: str) -> Shown:
    """Return the table that is written in HTML; raise if it says less of itself than readers of a screen need."""
    reader = _Reader()
    reader.feed(page)
    assert not reader.inside
    assert reader.name, "a table has a caption"
    titles = reader.head[-1]
    assert all(cell.tag == "th" and cell.attributes["scope"] == "col" for cell in titles)
    assert all(row[0].tag == "th" and row[0].attributes["scope"] == "row" and len(row) == len(titles) for row in reader.body)
    groups = [(cell.text, int(cell.attributes["colspan"] or 1)) for cell in reader.head[0] if "colspan" in cell.attributes]
    above = [group for group, count in groups for _ in range(count)]
    columns = list(zip(above, (cell.text for cell in titles), strict=True)) if groups else [cell.text for cell in titles]
    labels = pd.MultiIndex.from_tuples(columns) if groups else pd.Index(columns)
    text, marks = ([[getattr(cell, name) for cell in row] for row in reader.body] for name in ("text", "marks"))
    docs = {cell.text: cell.doc for cell in titles}
    return Shown(reader.name, pd.DataFrame(text, columns=labels), pd.DataFrame(marks, columns=labels), docs, groups)


def tables(app: AppTest) -> list[Shown]:
    """Return the tables on a page."""
    return [read(element.proto.body) for element in app.get("html") if element.proto.body.startswith('<div class="results">')]


def results(app: AppTest) -> pd.DataFrame:
    """Return the text of the workbench's results: of the table beside the curves, and of that below."""
    first, rest = (next(table.text for table in tables(app) if table.name == name) for name in ("Results of the runs", "More of the runs"))
    return pd.concat([first.drop(columns=""), rest.drop(columns="Run")], axis=1)
