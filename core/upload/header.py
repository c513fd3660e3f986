"""The names of the columns: whether the first row holds them, and what they are when it does not."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from core.datasets.own import GUESS
from core.upload import numbers
from core.upload.refusal import Refused, named
from core.words import Figure, Said

MAX_COLUMNS = 200
MAX_NAME = 100
#: stands between the joined cells of a column; no text that is read has one
SEPARATOR = "\x1f"
#: the number of first cells of a column from which it is told whether they are numbers
_SAMPLE = 200
#: the name of a first column without one
FIRST = "column 1"
#: how many rows hold names, by what the first row is taken for
ROWS_OF_NAMES = {"values": 0, "names": 1, "2 rows": 2, "3 rows": 3}
#: the fewest rows below names from which it is guessed that they stand in several rows, and the letters of a unit
_FEWEST_BELOW, _UNIT = 3, 16
_YEARS = range(1800, 2101)
#: so many numbers in a row that go up by one are names, as pandas gives them
_RUN = 4


def taken_for(first: Sequence[str], columns: Sequence[str], choice: str = GUESS) -> str:
    """Return the key of `ROWS_OF_NAMES` for what the first row holds. `columns`: the cells below it, joined; `choice`: one of `own.FIRST_ROWS`."""
    if choice != GUESS:
        return choice
    in_favour, against = votes(first, columns) if len(first) == len(columns) else (1, 0)
    rows = list(ROWS_OF_NAMES)
    if in_favour < against:
        return rows[0]
    count = 1
    beginnings = list(map(_beginning, columns))
    apart = all(first[1:]) and len(set(first)) == len(first)
    while count + 1 < len(rows) and _goes_on([cells[count - 1 :] for cells in beginnings], count, apart):
        count += 1
    return rows[count]


def _goes_on(columns: Sequence[list[str]], count: int, apart: bool) -> bool:
    """Return whether names, of which there are `count` rows, go on in the row below, the first of `columns`.

    It has texts above numbers, dates and times, and none of these, and none of the texts occurs again. There are several, or it holds nothing else. Years
    count as texts if the first row does not tell the columns `apart`. Below a second row of names the first column may have one alone, as pandas writes it.
    """
    if min(map(len, columns)) <= _FEWEST_BELOW:
        return False
    row = [cells[0] for cells in columns]
    if count > 1 and row[0] and not any(row[1:]):
        return True
    of_numbers = [cells for cells in columns if _numeric(cells[1:]) or 2 * sum(map(_begins, cells[1:])) > len(cells) - 1]
    above = [cells for cells in of_numbers if numbers.plain(cells[0]).casefold() not in numbers.MISSING]
    if any(((_begins(cells[0]) or _is_number(cells[0])) and (apart or not _is_year(cells[0]))) or cells[0] in cells[1:] for cells in above):
        return False
    return 2 * len(above) >= len(of_numbers) and (len(above) > 1 or (len(above) == 1 and sum(map(bool, row)) == 1))


def joined_names(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the name of each column, made of the `rows` that hold names.

    If the first row alone tells the columns apart, short texts below, such as units, are added to it. Else a text holds for the columns to its right that
    have none in its row, but one further below.
    """
    first = rows[0]
    if all(first) and len(set(first)) == len(first):
        return [" ".join([cells[0], *(cell for cell in cells[1:] if cell and len(cell) <= _UNIT)])[:MAX_NAME] for cells in zip(*rows, strict=True)]
    parts: list[list[str]] = [[] for _ in first]
    for k, row in enumerate(rows):
        last = ""
        for i, cell in enumerate(row):
            last = cell or last
            if cell or (last and any(below[i] for below in rows[k + 1 :])):
                parts[i].append(last)
    return [" ".join(of_column) for of_column in parts]


def votes(first: Sequence[str], columns: Sequence[str]) -> tuple[int, int]:
    """Return how much speaks for and against names in the first row. `columns`: the cells below it, joined.

    A number above numbers is against them, and so is a text that occurs again below; a text above numbers is in favour. Numbers that count up above numbers,
    as years do, are not against them. A tie means names.
    """
    sorts = [_numeric(_beginning(cells)) for cells in columns]
    names = [name.strip() for name in first]
    above = [name for name, numeric in zip(names, sorts, strict=True) if numeric and _is_number(name)]
    in_favour = sum(numeric and name.casefold() not in numbers.MISSING and not _is_number(name) for name, numeric in zip(names, sorts, strict=True))
    against = 0 if _counts_up(above, columns, sorts, beside=in_favour > 0) else len(above)
    against += sum(not numeric and bool(name) and _occurs(name, cells) for name, cells, numeric in zip(names, columns, sorts, strict=True))
    return in_favour, against


def _is_number(name: str) -> bool:
    """Return whether a name is a number, perhaps of money or percent: with another unit, as in `5 km`, it may be a name."""
    part = numbers.taken_apart(numbers.plain(name))
    return part is not None and (not part.unit or part.currency or part.unit in "%‰")


def _begins(cell: str) -> bool:
    """Return whether a cell begins with a digit, as dates and times do."""
    return cell[:1].isdecimal()


def _beginning(cells: str) -> list[str]:
    """Return the first of joined cells."""
    return cells[: _SAMPLE * 20].split(SEPARATOR)[:_SAMPLE]


def _numeric(cells: Sequence[str]) -> bool:
    """Return whether most of the cells that are not missing are numbers."""
    known = [cell for cell in cells if numbers.plain(cell).casefold() not in numbers.MISSING]
    return 2 * sum(numbers.taken_apart(numbers.plain(cell)) is not None for cell in known) > len(known)


def _occurs(name: str, cells: str) -> bool:
    return f"{SEPARATOR}{name}{SEPARATOR}" in f"{SEPARATOR}{cells}{SEPARATOR}"


def _counts_up(above: list[str], columns: Sequence[str], sorts: list[bool], beside: bool) -> bool:
    """Return whether numbers above numbers are names: years in order above what are no years, or a run that goes up by one.

    `beside`: a text above numbers says that there are names; then any even steps will do.
    """
    if not all(name.isdecimal() for name in above):
        return False
    values = [int(name) for name in above]
    steps = {after - before for before, after in pairwise(values)}
    if len(steps) == 1 and ((len(values) >= _RUN and steps == {1} and values[0] in (0, 1)) or (beside and len(values) > 2 and steps != {0})):
        return True
    years = len(values) > 1 and (min(steps) > 0 or max(steps) < 0) and all(value in _YEARS for value in values)
    return bool(years) and not any(numeric and _all_years(cells) for cells, numeric in zip(columns, sorts, strict=True))


def _all_years(cells: str) -> bool:
    return all(not cell or _is_year(cell) for cell in _beginning(cells))


def _is_year(cell: str) -> bool:
    return cell.isdecimal() and len(cell) == 4 and int(cell) in _YEARS


def numbered(count: int) -> tuple[str, ...]:
    """Return names for columns that have none."""
    return (FIRST, *(f"column {i + 1}" for i in range(1, count)))


def check_width(names: Sequence[str], least: int) -> None:
    """Raise `Refused` for fewer columns than `least`, which is 2 or 1, and for too many."""
    if len(names) > MAX_COLUMNS:
        count = Figure(len(names), ",")
        raise Refused(Said("it has {count} columns, at most {most} are taken: keep those that matter", count=count, most=MAX_COLUMNS))
    if len(names) < least:
        raise Refused(one_column(names[0]))


def check_lengths(names: Sequence[str]) -> None:
    """Raise `Refused` for a name that is too long."""
    for i, name in enumerate(names):
        if len(name) > MAX_NAME:
            long = Said("the name of column {column}, {name}, is longer than {most} characters: shorten it", column=i + 1, name=named(name), most=MAX_NAME)
            raise Refused(long)


def check_names(line: int, names: Sequence[str]) -> None:
    """Raise `Refused` for a name that occurs twice, and for none at all."""
    if not any(names):
        raise Refused(Said("line {line} holds nothing where the column names should be: put a line of names above the values", line=line))
    for i, name in enumerate(names):
        if name and name in names[:i]:
            twice = Said(
                "columns {first} and {second} have the same name, {name}: rename one of them in line {line}",
                first=names.index(name) + 1, second=i + 1, name=named(name), line=line,
            )  # fmt: skip
            raise Refused(twice)


def one_column(name: str) -> Said:
    """Return what is said of a table with a single column."""
    return Said(
        "it has a single column, {name}: a table needs one for the target and at least one more, "
        "and between the cells of a line a comma, a semicolon, a tab, |, ^, ~, : or blanks",
        name=named(name),
    )
