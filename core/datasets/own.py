"""Data that a person brings: how a table of theirs is used, without the table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.datasets.base import DATASETS, Dataset, Table
from core.parameters import Interval, choice, component, integer, integers, optional, text
from core.tasks import CLASSIFICATION, REGRESSION
from core.words import Said

#: the fields that say how a file is read
READING = ("first_row", "encoding", "delimiter", "decimal", "above")
FILL, DROP = "fill in", "drop rows"
#: the name of data of one's own among the data of a study
OWN = "own"
#: what may be done about missing values, with its title; links carry the keys
MISSING = {FILL: Said("fill in"), DROP: Said("drop rows")}
#: what may be done about classes of fewer rows than there are splits, with its title
KEEP = "keep"
SMALL_CLASSES = {KEEP: Said("keep, which needs 3 rows"), DROP: Said("leave their rows out")}
GUESS = "guess"
#: what the first row of a table is, with its titles; names may go on in the rows below: units, descriptions, or a second level
FIRST_ROWS = {
    GUESS: Said("guess"),
    "names": Said("column names"),
    "values": Said("values"),
    "2 rows": Said("names, with the row below"),
    "3 rows": Said("names, with 2 rows below"),
}
#: how many lines of a file stand above its table, such as a title and notes, with their titles
ABOVE = {GUESS: Said("guess"), **{str(lines): Said("{lines} line" if lines == 1 else "{lines} lines", lines=lines) for lines in range(51)}}
#: the decimal marks, with their titles; the other one may then separate thousands
DECIMALS = {GUESS: Said("guess"), ".": Said("point, 1,234.5"), ",": Said("comma, 1.234,5")}
#: what may separate cells, with its title
DELIMITERS = {
    GUESS: Said("guess"),
    ",": Said("commas"),
    ";": Said("semicolons"),
    "tab": Said("tabs"),
    "|": Said("vertical bars"),
    "^": Said("carets"),
    "~": Said("tildes"),
    ":": Said("colons"),
    "blanks": Said("blanks"),
}
#: the encodings that a person may choose, by their names in Python, with their titles
ENCODINGS = {
    GUESS: Said("guess"),
    "utf_8": Said("UTF-8"),
    "cp1252": Said("Latin-1 (Windows-1252)"),
    "cp850": Said("CP850 (Western, DOS)"),
    "mac_roman": Said("Mac Roman"),
    "cp1250": Said("Windows-1250 (Central European)"),
    "cp852": Said("CP852 (Central European, DOS)"),
    "cp1251": Said("Windows-1251 (Cyrillic)"),
    "cp866": Said("CP866 (Cyrillic, DOS)"),
    "koi8_r": Said("KOI8-R (Cyrillic)"),
    "cp1253": Said("Windows-1253 (Greek)"),
    "cp1254": Said("Windows-1254 (Turkish)"),
    "cp1255": Said("Windows-1255 (Hebrew)"),
    "cp862": Said("CP862 (Hebrew, DOS)"),
    "cp1256": Said("Windows-1256 (Arabic)"),
    "cp874": Said("CP874 (Thai)"),
    "gb18030": Said("GB18030 (GBK)"),
    "big5hkscs": Said("Big5"),
    "cp932": Said("Shift-JIS"),
    "euc_jp": Said("EUC-JP"),
    "cp949": Said("CP949 (EUC-KR)"),
}
#: what the targets of a regression are, and the interval that this means
TARGETS = {"any number": Interval.parse("(-inf, inf)"), "0 or more": Interval.parse("[0, inf)"), "above 0": Interval.parse("(0, inf)")}


@DATASETS.add(OWN)
@dataclass(frozen=True)
class Own(Dataset):
    """How a table that was brought along is used: columns by their number, and digests that recognise header and cells; none of its text or values.

    `core.upload.settled` makes one that suits a table, `core.upload.encode` the table to train on.
    """

    task: str = choice(CLASSIFICATION, (CLASSIFICATION, REGRESSION), doc="Whether the target is a class or a number.")
    target: int = integer(0, 0, 199, hard="[0, 199]", doc="The column to predict, counted from 0.")
    left_out: tuple[int, ...] = integers((), 0, 199, hard="[0, 199]", longest=200, doc="Columns that the model does not see.")
    missing: str = choice(FILL, MISSING, doc="Numbers: the median of the training rows; categories: one of their own. Or leave such rows out.")
    small_classes: str = choice(KEEP, SMALL_CLASSES, doc="Classes of fewer than 3 rows, of which no row could be in each split.")
    targets: str = choice("any number", tuple(TARGETS), doc="What the targets of a regression are: some losses are for positive ones only.")
    header: str = text("", longest=10, doc="A digest of the column names.")
    digest: str = text("", longest=10, doc="A digest of the cells.")
    numbers: tuple[int, ...] = integers((), 0, 199, hard="[0, 199]", longest=200, doc="Columns of numbers, whatever they look like: other cells are missing.")
    categories: tuple[int, ...] = integers((), 0, 199, hard="[0, 199]", longest=200, doc="Columns of categories, whatever they look like.")
    absent: tuple[int, ...] = integers((), 0, 199, hard="[0, 199]", longest=200, doc="Columns where NA, ?, - among texts, or -999 among numbers, are missing.")
    first_row: str = choice(GUESS, FIRST_ROWS, doc="What the first row of the table holds.")
    encoding: str = choice(GUESS, ENCODINGS, doc="How the file's bytes are read as letters.")
    delimiter: str = choice(GUESS, DELIMITERS, doc="What stands between the cells of a line.")
    decimal: str = choice(GUESS, DECIMALS, doc="The decimal mark, where the numbers of a column leave it open.")
    above: str = choice(GUESS, ABOVE, doc="The lines of the file above the table, such as a title and notes, which are left out.")

    brought = True
    title = "Your own data"
    summary = "A CSV file, or a pasted table. It stays in your session: it is never stored, and never part of a link."

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "target_domain", TARGETS[self.targets if self.task == REGRESSION else "any number"])

    @property
    def reading(self) -> tuple[str, ...]:
        """The values of `READING`: what a sheet depends on."""
        return tuple(getattr(self, name) for name in READING)

    def load(self) -> Table:
        """Raise `ValueError`: the table is given to `start` or `train` beside the experiment."""
        raise ValueError(Said("these are somebody's own data, which are in no link and no file of settings: bring them along"))


def brought_data() -> Any:
    """Declare how a table of one's own is used, for a study that takes other data, too; None: the study has not met one."""
    return optional(component(DATASETS, only=lambda dataset: dataset.brought, doc="How a table of one's own is used."), absent="none")
