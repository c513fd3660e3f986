"""New rows for a trained model: the same columns in any order, encoded as those that were trained on; what cannot be is refused by column and line."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.datasets.own import DROP
from core.upload import Refused, encode, read, suggested
from core.upload.rows import MAX_CELLS, rows_like, rows_of

#: numbers, of which one is missing, categories, of which one is missing, and classes
TRAINED = read(b"age,city,kind\n" + b"".join(f"{'' if i == 4 else i},{('Rome', 'Oslo', '')[i % 3]},{'ab'[i % 2]}\n".encode() for i in range(30)))
OWN = suggested(TRAINED)


def text(rows: str) -> bytes:
    return rows.encode()


def test_the_rows_that_were_trained_on_are_what_they_were() -> None:
    np.testing.assert_array_equal(rows_like(TRAINED, TRAINED, OWN), encode(TRAINED, OWN).table.X)


def test_order_other_columns_and_few_rows_do_not_matter() -> None:
    sheet = read(text("city,comment,age\nOslo,x,7\n,y,\nRome,z,3\n"))
    assert encode(TRAINED, OWN).table.features == ("age", "city = Oslo", "city = Rome", "city = (missing)")
    expected = [[7, 1, 0, 0], [np.nan, 0, 0, 1], [3, 0, 1, 0]]
    np.testing.assert_array_equal(rows_like(sheet, TRAINED, OWN), expected)
    np.testing.assert_array_equal(rows_like(read(text("age;city\n1,5;Rome\n")), TRAINED, OWN), [[1.5, 0, 1, 0]])


def test_categories_that_look_like_numbers_are_found_again() -> None:
    trained = read(b"code,x,y\n" + b"".join(f"{('1', '2', 'b')[i % 3]},{i % 7},{i % 2}\n".encode() for i in range(30)))
    np.testing.assert_array_equal(rows_like(read(text("code,x\n2,5\n1,6\n")), trained, suggested(trained)), [[0, 1, 0, 5], [1, 0, 0, 6]])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("age,town\n1,Rome\n", "no column 'city', which the model needs"),
        ("age,city\nold,Rome\n", "column 'age' holds text, where the model was trained on numbers"),
        ("age,city\n1,Rome\n2,Rome\nx,Rome\n", "column 'age' holds numbers, but 'x' in line 4"),
        ("age,city\n1,Rome\n2,Paris\n", "column 'city' has 'Paris' in line 3, which no row of the training data had: the model knows 'Oslo', 'Rome'"),
    ],
)
def test_what_the_model_does_not_know_is_refused(rows: str, message: str) -> None:
    with pytest.raises(Refused, match=message):
        rows_like(read(text(rows)), TRAINED, OWN)


def test_missing_values_are_refused_where_nothing_fills_them_in() -> None:
    dropping, whole = replace(OWN, missing=DROP), read(TRAINED_WHOLE)
    with pytest.raises(Refused, match="column 'age' has no number in line 3: fill it in, or delete the line"):
        rows_like(read(text("age,city\n1,Rome\n,Rome\n")), TRAINED, dropping)
    with pytest.raises(Refused, match="column 'city' is empty in line 2"):
        rows_like(read(text("age,city\n1,\n2,Rome\n")), whole, suggested(whole))
    with pytest.raises(Refused, match="column 'x1' has no number in line 3"):
        rows_of(read(text("x1,x2\n1,2\n,2\n")), ("x1", "x2"))


TRAINED_WHOLE = b"age,city,kind\n" + b"".join(f"{i % 7},{('Rome', 'Oslo')[i % 2]},{'ab'[i % 3 == 0]}\n".encode() for i in range(30))


def test_columns_of_numbers_by_name() -> None:
    np.testing.assert_array_equal(rows_of(read(text("x2,y,x1\n1,a,2\n3,b,4\n")), ("x1", "x2")), [[2, 1], [4, 3]])


def test_a_model_of_one_feature_takes_a_file_of_one_column() -> None:
    """To train on, a table needs a target besides."""
    np.testing.assert_array_equal(rows_of(read(text("x\n1\n-2.5\n"), least=1), ("x",)), [[1], [-2.5]])
    with pytest.raises(Refused, match="a table needs one for the target and at least one more"):
        read(text("x\n1\n-2.5\n"))


def test_too_many_rows_are_refused() -> None:
    features = tuple(f"x{i}" for i in range(100))
    sheet = read(text(",".join(features) + "\n" + (",".join(["1"] * 100) + "\n") * (MAX_CELLS // 100 + 1)))
    with pytest.raises(Refused, match="predicted at once here: take fewer rows, or predict with predict.py"):
        rows_of(sheet, features)
