"""A look at data: every cell is counted, ends and frequent values are numpy's, and what is said to be done is what is done."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from core.datasets import DATASETS, Dataset
from core.datasets.own import DROP, Own
from core.tasks import CLASSIFICATION, REGRESSION
from core.upload import encode, look, read, settled, suggested
from core.upload.example import EXAMPLE
from core.upload.kinds import CATEGORY, LEFT_OUT, NUMBER, TEXT, chosen
from core.upload.look import BINS, FEATURE, MOST_CLASSES, MOST_VALUES, TARGET, Glance

BUILT_IN = [DATASETS[kind]() for kind in DATASETS if kind != "own"]
ROWS = 60
CELLS = {
    "number": [f"{i * i % 17 + 0.5}" for i in range(ROWS)],
    "gaps": ["" if i % 4 == 0 else str(i) for i in range(ROWS)],
    "city": [("Rome", "Oslo", "", "Lima")[i % 4] for i in range(ROWS)],
    "name": [f"person {i}" for i in range(ROWS)],
    "same": ["7"] * ROWS,
    "many": [f"v{min(i % 23, 11)}" for i in range(ROWS)],
    "kind": [("a", "b", "b")[i % 3] for i in range(ROWS)],
}
SHEET = read("\n".join([",".join(CELLS), *(",".join(row) for row in zip(*CELLS.values(), strict=True))]).encode())
NAMES = list(CELLS)
OWN = suggested(SHEET)


def glances(own: Own = OWN) -> dict[str, Glance]:
    return {glance.name: glance for glance in look.of_sheet(SHEET, own, look.order(SHEET, own))}


def done(glance: Glance) -> str:
    return " ".join(map(str, glance.done))


def whole(glance: Glance) -> bool:
    """Return whether every cell of a column is counted once."""
    return sum(glance.counts) + glance.others[1] + glance.missing == glance.rows


@pytest.mark.parametrize("dataset", BUILT_IN, ids=lambda dataset: dataset.kind)
def test_every_cell_of_every_built_in_data_set_is_counted(dataset: Dataset) -> None:
    table = dataset.load()
    found = look.of_table(table, dataset.task)
    targets = [glance for glance in found if glance.role == TARGET]
    assert [glance.name for glance in found] == [*(["class"] if dataset.task == CLASSIFICATION else table.outputs), *table.features]
    assert all(map(whole, found))
    assert [glance.number for glance in found] == [*range(len(found))]
    if dataset.task == CLASSIFICATION:
        [target] = targets
        counted = Counter(table.outputs[k] for k in table.y)
        assert target.counts == tuple(counted[name] for name in target.values)
        hidden = set(table.outputs) - set(target.values)
        if len(table.outputs) <= MOST_CLASSES + 1:  # the last one takes no more room than the words that count it
            assert target.values == table.outputs, "few classes are all shown, in their order"
        else:
            assert len(set(target.values)) == len(target.values) == MOST_CLASSES
            assert min(target.counts) >= max(counted[name] for name in hidden), "of many classes the most frequent are shown"
        assert target.others == (len(hidden), sum(counted[name] for name in hidden)), "and the others are counted"
    for glance, values in zip(found[len(targets) :], table.X.T, strict=True):
        assert glance.ends == (values.min(), np.median(values), values.max())
        assert bool(glance.done) == (values.min() == values.max()), "what nothing can be learned from is said"


def test_what_digits_are() -> None:
    found = look.of_table(DATASETS["digits"]().load(), CLASSIFICATION)
    assert (found[0].values, sum(found[0].counts)) == (tuple("0123456789"), 1797)
    assert found[1].ends == (0, 0, 0)
    rows = look.examples(table := DATASETS["digits"]().load(), 2)
    assert rows.shape == (10, 2)
    assert (table.y[rows] == np.arange(10)[:, None]).all()
    assert len(np.unique(rows)) == 20


def test_columns_of_a_sheet_are_as_they_are_used() -> None:
    found = glances()
    assert list(found) == ["kind", *NAMES[:-1]], "the target comes first"
    assert all(map(whole, found.values()))
    roles = {**dict.fromkeys(NAMES, FEATURE), "kind": TARGET, "name": LEFT_OUT, "same": LEFT_OUT}
    assert {name: glance.role for name, glance in found.items()} == roles
    assert {name: glance.kind for name, glance in found.items()} == {
        "kind": CATEGORY, "number": NUMBER, "gaps": NUMBER, "city": CATEGORY, "name": TEXT, "same": NUMBER, "many": CATEGORY,
    }  # fmt: skip
    assert (found["city"].values, found["city"].counts, found["city"].missing) == (("Lima", "Oslo", "Rome"), (15, 15, 15), 15)
    numbers = np.array([float(cell) for cell in CELLS["number"]])
    assert found["number"].ends == (numbers.min(), np.median(numbers), numbers.max())
    np.testing.assert_array_equal(found["number"].counts, np.histogram(numbers, BINS)[0])
    assert (found["gaps"].missing, found["gaps"].ends) == (15, (1, 30, 59))
    assert len(found["name"].values) == MOST_VALUES
    assert found["name"].others == (ROWS - MOST_VALUES, ROWS - MOST_VALUES)
    frequent = Counter(CELLS["many"])
    assert found["many"].values[0] == frequent.most_common(1)[0][0]
    assert found["many"].counts == tuple(frequent[value] for value in found["many"].values)
    assert found["many"].others == (12 - MOST_VALUES, ROWS - sum(found["many"].counts))


def test_what_is_said_to_be_done_is_what_the_encoding_does() -> None:
    found = glances()
    table = encode(SHEET, OWN).table
    for name in ("city", "many"):
        assert f"{sum(feature.startswith(f'{name} = ') for feature in table.features)} features of 0 and 1." in done(found[name])
    assert "Missing: a category of its own." in done(found["city"])
    assert "city = (missing)" in table.features
    assert "Left out: it has a different text in every row" in done(found["name"])
    gaps = replace(OWN, left_out=tuple(i for i in OWN.left_out if NAMES[i] != "gaps"))
    assert done(glances(gaps)["gaps"]) == "Missing: the median of the training rows."
    assert "Rows without it are left out." in done(glances(replace(gaps, missing=DROP))["gaps"])
    aimed = settled(SHEET, replace(gaps, target=NAMES.index("gaps"), task=REGRESSION))
    assert done(glances(aimed)["gaps"]) == "15 rows without it are left out."
    assert len(encode(SHEET, aimed).table.y) == ROWS - 15


def test_a_column_that_cannot_be_used_says_why_until_it_is_left_out() -> None:
    taken = replace(OWN, left_out=())
    assert str(glances(taken)["name"].flaw).startswith("has a different text in every row")
    assert str(glances(taken)["same"].flaw) == "has the same value in every row, 7"
    assert glances(chosen(SHEET, taken, NAMES.index("name"), LEFT_OUT))["name"].flaw is None


def test_numbers_that_are_categories_or_classes_are_counted_by_value() -> None:
    number = NAMES.index("same")
    as_category = chosen(SHEET, OWN, NAMES.index("number"), CATEGORY)
    glance = glances(as_category)["number"]
    assert (glance.kind, glance.ends) == (CATEGORY, None)
    assert dict(zip(glance.values, glance.counts, strict=True)).items() <= Counter(CELLS["number"]).items()
    assert glances(chosen(SHEET, as_category, NAMES.index("number"), NUMBER))["number"] == glances()["number"]
    assert glances(chosen(SHEET, OWN, number, LEFT_OUT))["same"].role == LEFT_OUT
    classes = read(("x,y\n" + "".join(f"{i},{i % 12}\n" for i in range(120))).encode())
    own = settled(classes, replace(suggested(classes), task=CLASSIFICATION))
    [target] = look.of_sheet(classes, own, [1])
    assert (target.values, target.counts, target.others) == (tuple(map(str, range(MOST_CLASSES))), (10,) * MOST_CLASSES, (2, 20))
    assert "taken for classes" in done(target)


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([1e300, -1e300, 0, 1], (-1e300, 0.5, 1e300)),
        ([1, 1, 1], (1, 1, 1)),
        ([np.nan, np.nan], None),
        ([np.inf, 1, 2, -np.inf], (1, 1.5, 2)),
        ([5e-324, 0], (0, 0, 5e-324)),
    ],
)
def test_numbers_of_any_size_have_a_histogram(values: list[float], ends: tuple[float, float, float] | None) -> None:
    glance = look._of_numbers(0, "x", FEATURE, np.array(values, float), (), None)
    assert glance.ends == ends
    assert sum(glance.counts) == np.isfinite(values).sum()


@pytest.mark.parametrize(
    ("value", "text"), [(1997, "1997"), (20210131, "20,210,131"), (0.123456, "0.1235"), (-3, "-3"), (1e20, "1e+20"), (54321.5, "54\u202f320"), (0.0, "0")]
)
def test_a_number_has_the_digits_that_it_deserves(value: float, text: str) -> None:
    assert look.shown(value) == text


def test_the_example_is_looked_at() -> None:
    sheet = read(EXAMPLE.encode())
    own = suggested(sheet)
    assert all(whole(glance) for glance in look.of_sheet(sheet, own, look.order(sheet, own)))


MARKED_ROWS = [f"{i + 1},{('EU', 'NA', 'JP')[i % 3]},{'-' if i % 5 == 0 else i % 7},{'ab'[i % 2]}" for i in range(60)]
MARKED = read("\n".join(["id,region,dose,y", *MARKED_ROWS]).encode())


def test_what_counts_as_missing_is_said_and_can_be_changed() -> None:
    """Among texts a marker is a value until the person says otherwise; among numbers it is missing."""
    own = suggested(MARKED)
    _, _, region, dose = look.of_sheet(MARKED, own, look.order(MARKED, own))
    assert (region.markers, region.values, region.missing) == (("NA",), ("EU", "JP", "NA"), 0)
    assert (dose.markers, dose.missing) == ((), 12)
    assert "Counted as missing: '-' (12)." in done(dose)
    absent = settled(MARKED, look.marked(own, 1, True))
    [region] = look.of_sheet(MARKED, absent, [1])
    assert (region.markers, region.values, region.missing) == (("NA",), ("EU", "JP"), 20)
    assert "region = (missing)" in encode(MARKED, absent).table.features
    assert settled(MARKED, look.marked(absent, 1, False)) == own


def test_row_numbers_are_left_out_with_the_reason_and_doubted_where_they_are_not() -> None:
    own = suggested(MARKED)
    [number] = look.of_sheet(MARKED, own, [0])
    assert (number.role, done(number)) == (LEFT_OUT, "Left out: it counts the rows from 1 to 60.")
    [number] = look.of_sheet(MARKED, replace(own, left_out=()), [0])
    assert done(number) == "It counts the rows from 1 to 60: leave it out unless that tells something."
    assert number.flaw is None
