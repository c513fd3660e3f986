"""What a table that was read becomes: target and task, one-hot columns, missing values, and why it cannot be used."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.datasets import DATASETS, Table
from core.datasets.own import DROP, FILL, MISSING, Own
from core.experiment import Experiment, fits, fitting_losses
from core.losses import LOSSES
from core.preparation.split import Preparation, prepare
from core.tasks import CLASSIFICATION, REGRESSION
from core.training import start, train
from core.upload import Refused, Sheet, aimed, encode, inferred, read, settled, suggested
from core.upload.example import EXAMPLE
from tests.small import run, small
from tests.uploads import rows

PEOPLE = b"""\
name,age,city,height,married,wage
Ann,30,Rome,1.7,yes,100
Bob,,Oslo,1.8,no,200
Cid,50,,1.9,yes,300
Dan,20,Rome,,no,50
Eve,60,Oslo,1.6,yes,
Fay,10,Bern,1.5,no,75
Guy,40,Bern,1.5,no,80
"""


def people() -> tuple[Sheet, Own]:
    sheet = read(PEOPLE)
    return sheet, suggested(sheet)


def own_experiment(own: Own, loss: str) -> Experiment:
    return small(run(loss), dataset=own, validation_share=0.2, test_share=0.2)


# What is suggested


def test_last_column_is_the_target_unless_one_is_called_so() -> None:
    sheet, own = people()
    assert sheet.names()[own.target] == "wage"
    named = read(PEOPLE.replace(b"age", b"Label", 1))
    assert named.names()[suggested(named).target] == "Label"


def test_columns_that_teach_nothing_are_left_out_and_said() -> None:
    sheet = read(PEOPLE.replace(b"\n", b",k,\n").replace(b",k,\n", b",land,nothing\n", 1))
    own = suggested(sheet)
    assert [sheet.names()[i] for i in own.left_out] == ["name", "land", "nothing"]
    words = " ".join(map(str, encode(sheet, own).words))
    assert "'name', which has a different text in every row" in words
    assert "'land', which has the same value in every row, 'k'" in words
    assert "'nothing', which has no values" in words


@pytest.mark.parametrize(
    ("cells", "task", "why"),
    [
        (["u", "v"] * 5, CLASSIFICATION, "2 different texts"),
        (["0", "1"] * 5, CLASSIFICATION, "2 different whole numbers"),
        ([str(i) for i in range(10)] * 3, CLASSIFICATION, "10 different whole numbers"),
        ([str(i) for i in range(10)] * 3 + ["10"] * 3, REGRESSION, "11 different whole numbers"),
        ([str(i) for i in range(9)], REGRESSION, "9 different whole numbers"),
        (["0.5", "1"] * 5, REGRESSION, "2 different numbers"),
    ],
)
def test_task_is_inferred(cells: list[str], task: str, why: str) -> None:
    sheet = read("\n".join(["x,y", *(f"{i % 4},{cell}" for i, cell in enumerate(cells)), ""]).encode())
    chosen, reason = inferred(sheet.columns[1])
    assert (chosen, str(reason)) == (task, f"it holds {why}")
    assert suggested(sheet).task == task


def test_another_target_brings_its_task_and_comes_back_among_the_features() -> None:
    sheet, own = people()
    married = aimed(sheet, replace(own, left_out=(0, 4)), 4)
    assert (married.target, married.task, married.left_out) == (4, CLASSIFICATION, (0,))
    assert "wage" in encode(sheet, married).table.features


def test_text_has_no_regression() -> None:
    sheet, own = people()
    assert settled(sheet, replace(own, target=4, task=REGRESSION)).task == CLASSIFICATION
    with pytest.raises(Refused, match="'married' holds text, which has classes but no values"):
        encode(sheet, replace(own, target=4, task=REGRESSION))


@pytest.mark.parametrize(("least", "targets", "loss"), [(-1, "any number", "squared_error"), (0, "0 or more", "poisson"), (0.5, "above 0", "gamma")])
def test_losses_follow_from_what_the_targets_are(least: float, targets: str, loss: str) -> None:
    sheet = read("\n".join(["x,y", *(f"{i % 4},{least + i}" for i in range(12)), ""]).encode())
    own = suggested(sheet)
    assert (own.task, own.targets) == (REGRESSION, targets)
    assert fits(LOSSES[loss], own)
    assert start(own_experiment(own, loss), encode(sheet, own).table).data.n_train == 8
    assert replace(own, task=CLASSIFICATION).target_domain == Own.target_domain
    assert Own in DATASETS.values()
    assert fitting_losses(Own) == tuple(cls for cls in LOSSES.values() if CLASSIFICATION in cls.tasks)


# The table


def test_table_of_every_kind_of_column() -> None:
    sheet, own = people()
    table = encode(sheet, own).table
    nan = np.nan
    assert table.features == ("age", "city = Bern", "city = Oslo", "city = Rome", "city = (missing)", "height", "married = no", "married = yes")
    expected = [
        [30, 0, 0, 1, 0, 1.7, 0, 1],
        [nan, 0, 1, 0, 0, 1.8, 1, 0],
        [50, 0, 0, 0, 1, 1.9, 0, 1],
        [20, 0, 0, 1, 0, nan, 1, 0],
        [10, 1, 0, 0, 0, 1.5, 1, 0],
        [40, 1, 0, 0, 0, 1.5, 1, 0],
    ]
    np.testing.assert_array_equal(table.X, expected)
    np.testing.assert_array_equal(table.y, [[100], [200], [300], [50], [75], [80]])
    assert (table.outputs, table.fill_in) == (("wage",), True)


def test_rows_with_missing_values_are_dropped_if_chosen() -> None:
    sheet, own = people()
    with pytest.raises(Refused, match="3 rows can be used, at least 5 are needed: fill missing values in instead of dropping rows"):
        encode(sheet, replace(own, missing=DROP))
    without = encode(sheet, replace(own, missing=DROP, left_out=(0, 1, 2)))
    assert (len(without.table.X), without.table.fill_in) == (5, False)
    assert "1 row without a target left out. 1 row with missing values left out." in " ".join(map(str, without.words))


def test_what_was_done_is_said() -> None:
    sheet, own = people()
    assert tuple(map(str, encode(sheet, replace(own, task=CLASSIFICATION, target=4, missing=FILL)).words)) == (
        "7 rows and 6 columns, read as UTF-8, cells parted by commas, with a decimal point.",
        "Target: 'married', a classification into 2 classes, because it holds 2 different texts.",
        "Left out: 'name', which has a different text in every row, as names, dates and free text have.",
        "One-hot encoded: 'city' (3 values).",
        "Missing numbers, filled in with the median of the training rows: 1 in 'age', 1 in 'height', 1 in 'wage'.",
        "Missing categories, made a category of their own: 1 in 'city'.",
        "So 7 rows with 7 features.",
    )
    assert "a regression, as chosen, though it holds 2 different whole numbers." in str(encode(*_as_regression()).words[1])


def test_a_long_list_is_cut() -> None:
    rows = "\n".join(f"{i}{',' * 9}{i % 2}" for i in range(9))
    sheet = read(f"x,a,b,c,d,e,f,g,h,y\n{rows}\n".encode())
    words = [str(each) for each in encode(sheet, suggested(sheet)).words]
    left_out = next(each for each in words if each.startswith("Left out: "))
    assert left_out.startswith("Left out: 'a', which has no values; 'b', which has no values; ")
    assert left_out.endswith(" and 2 more.")


def test_the_choices_that_links_carry_stay() -> None:
    old = {"task": "regression", "target": 6, "left_out": [0], "missing": "drop rows", "targets": "above 0"}
    assert Own.from_dict(old) == Own(task=REGRESSION, target=6, left_out=(0,), missing=DROP, targets="above 0")
    assert Own.parameters()["missing"].options == tuple(MISSING)  # type: ignore[attr-defined]


def _as_regression() -> tuple[Sheet, Own]:
    sheet = read(b"x,y\n" + b"1,0\n2,1\n3,0\n" * 3)
    return sheet, settled(sheet, replace(suggested(sheet), task=REGRESSION))


def test_classes_of_numbers_are_in_their_order() -> None:
    sheet = read(b"x,y\n" + b"1,10\n2,9\n3,-1\n4,2.5\n" * 3)
    table = encode(sheet, settled(sheet, replace(suggested(sheet), task=CLASSIFICATION))).table
    assert table.outputs == ("-1", "2.5", "9", "10")
    np.testing.assert_array_equal(table.y[:4], [3, 2, 0, 1])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"left_out": (0, 1, 2, 3, 4)}, "no column is left to predict the target from"),
        ({"left_out": ()}, "column 'name' has a different text in every row, as names, dates and free text have: leave it out"),
        ({"target": 7}, "the table has 6 columns, and column 8 was chosen"),
        ({"left_out": (0, 150)}, "the table has 6 columns, and column 151 was chosen"),
        ({"task": CLASSIFICATION}, "class '50' of the target 'wage' has 1 row (line 5), at least 3 are needed"),
    ],
)
def test_choices_that_cannot_be_used_are_refused_in_words(changes: dict[str, Any], said: str) -> None:
    sheet, own = people()
    with pytest.raises(Refused) as refused:
        encode(sheet, replace(own, **changes))
    assert said in str(refused.value)


def test_many_classes_are_refused() -> None:
    sheet = read(("x,y\n" + "".join(f"{i % 4},{i % 51}\n" for i in range(204))).encode())
    with pytest.raises(Refused, match="has 51 classes, at most 50 are taken: take a regression"):
        encode(sheet, replace(suggested(sheet), task=CLASSIFICATION))


def test_a_target_of_text_and_numbers_has_classes() -> None:
    """Among features that mixture is a mistake; as names of classes it is none."""
    sheet = read(b"x,y\n" + b"1,1\n2,2\n3,3+\n4,1\n5,2\n" * 3)
    own = aimed(sheet, suggested(sheet), 1)
    assert encode(sheet, own).table.outputs == ("1", "2", "3+")


# What a table holds


def categories(rows: int, columns: int) -> bytes:
    """Return a file whose columns have 50 categories each."""
    lines = [",".join([*(f"k{(i * step + i // 50) % 50}" for step in range(1, columns + 1)), "uv"[i % 2]]) for i in range(rows)]
    return "\n".join([",".join([*(f"c{i}" for i in range(columns)), "y"]), *lines]).encode()


def test_rows_times_columns_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before there is an array of them, and in words."""
    sheet = read(categories(50_000, 4))
    monkeypatch.setattr(sys.modules["core.upload.encode"], "_features", None)
    said = r"50.000 rows x \d+ columns, once categories are one-hot, are 10.000.000 cells, at most 5.000.000 are taken: .*for example of 'c\d' \(\d+\)"
    with pytest.raises(Refused, match=said):
        encode(sheet, suggested(sheet))


def test_cells_are_held_in_the_smallest_precision_that_has_them() -> None:
    sheet = read(categories(1_000, 3))
    assert encode(sheet, suggested(sheet)).table.X.dtype == np.float16
    half, single, double = np.float16, np.float32, np.float64
    for value, precision in {"2048": half, "2049": single, "0.5": half, "16777217": double, "0.1": double, "1e20": double}.items():
        sheet = read(f"a,b,y\n{value},k,u\n0,l,v\n,k,u\n2,l,v\n3,k,u\n4,l,v\n".encode())
        X = encode(sheet, suggested(sheet)).table.X
        assert X.dtype == precision
        np.testing.assert_array_equal(X[:, 0], [float(value), 0, np.nan, 2, 3, 4])


def test_what_trains_on_small_numbers_is_the_same_to_the_bit() -> None:
    rng = np.random.default_rng(0)
    lines = [f"{rng.integers(0, 90) if i % 9 else ''},k{rng.integers(0, 20)},{'uvw'[i % 3]}" for i in range(300)]
    sheet = read("\n".join(["a,b,y", *lines]).encode())
    table = encode(sheet, suggested(sheet)).table
    assert table.X.dtype == np.float16
    for precision in ("float32", "float64"):
        small_, large = (prepare(each, CLASSIFICATION, Preparation(dtype=precision)) for each in (table, replace(table, X=table.X.astype(float))))
        for name in ("X", "feature_mean", "feature_scale"):
            assert getattr(small_, name).dtype == getattr(large, name).dtype
            assert getattr(small_, name).tobytes() == getattr(large, name).tobytes()


# The engine


def test_missing_numbers_are_filled_in_from_the_training_rows_alone() -> None:
    rng = np.random.default_rng(0)
    X = rng.lognormal(size=(40, 3))
    X[rng.uniform(size=X.shape) < 0.3] = np.nan
    table = Table(X, rng.normal(size=(40, 1)), ("a", "b", "c"), ("y",), fill_in=True)

    def prepared(table: Table) -> Any:
        return prepare(table, REGRESSION, Preparation(dtype="float64"))

    data = prepared(table)
    medians = np.nanmedian(X[data.rows[: data.n_train]], axis=0)
    np.testing.assert_allclose(data.original(data.X), np.where(np.isnan(X), medians, X)[data.rows])
    changed = X.copy()
    changed[data.rows[data.n_train :]] *= 1e3
    np.testing.assert_array_equal(prepared(replace(table, X=changed)).X[: data.n_train], data.X[: data.n_train])
    with pytest.raises(ValueError, match=r"feature 'a' has a missing or infinite value in row \d+"):
        prepared(replace(table, fill_in=False))
    infinite = X.copy()
    infinite[3, 1] = np.inf
    with pytest.raises(ValueError, match="feature 'b' has a missing or infinite value in row 4"):
        prepared(replace(table, X=infinite))


def test_a_feature_that_no_training_row_has_stands_still() -> None:
    data = prepare(Table(np.ones((20, 1)), np.arange(20.0)[:, None], ("a",), ("y",)), REGRESSION, Preparation(dtype="float64"))
    X = np.full((20, 1), np.nan)
    X[data.rows[-1]] = 7
    filled = prepare(Table(X, np.arange(20.0)[:, None], ("a",), ("y",), fill_in=True), REGRESSION, Preparation(dtype="float64"))
    np.testing.assert_array_equal(filled.X[:-1], 0)


def test_own_data_train_beside_their_experiment_and_not_without() -> None:
    sheet = read(EXAMPLE.encode())
    own = suggested(sheet)
    experiment = own_experiment(own, "cross_entropy")
    again = Experiment.from_json(experiment.to_json())
    assert again == experiment
    for text in ("sleep", "passed", "S01", "7,5", "7.5"):
        assert text not in experiment.to_json()
    encoded = encode(sheet, own)
    assert encoded.table.fill_in
    assert train(again, table=encoded.table).runs["status"].eq("finished").all()
    with pytest.raises(ValueError, match="somebody's own data.*bring them along"):
        train(again)


@pytest.mark.parametrize("classes", [("u", "v", "w"), ("1", "2", "3")])
def test_rows_of_small_classes_can_be_left_out(classes: tuple[str, ...]) -> None:
    big, other, small = classes
    raw = rows(*(f"{i},{i % 5},{(big, other)[i % 2]}" for i in range(20)), f"3,4,{small}", f"5,6,{small}")
    sheet = read(raw)
    own = aimed(sheet, suggested(sheet), 2)
    with pytest.raises(Refused, match="at least 3 are needed") as refused:
        encode(sheet, replace(own, task=CLASSIFICATION))
    assert refused.value.remedy is not None
    words, fields = refused.value.remedy
    assert str(words) == "Leave out the 2 rows of such classes"
    encoded = encode(sheet, replace(own, task=CLASSIFICATION, **fields))
    assert encoded.table.outputs == (big, other)
    assert len(encoded.table.X) == 20
    assert f"2 rows left out, of classes with fewer than 3 rows: '{small}'." in map(str, encoded.open)


def test_no_class_is_left_without_another() -> None:
    raw = rows(*(f"{i % 5},{i % 4},u" for i in range(9)), "3,4,w")
    with pytest.raises(Refused, match="at least 3 are needed") as refused:
        encode(read(raw), suggested(read(raw)))
    assert refused.value.remedy is None
