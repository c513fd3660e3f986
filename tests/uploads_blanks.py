"""Look-alikes of public tables whose cells are parted by runs of blanks and tabs."""

from __future__ import annotations

from tests.uploads_public import C, Public, R, but, count, number, pick, sorted_, table

BLANKS = [
    Public(
        "Boston housing",
        table("", number(0, 9, 5, " {}  "), number(0, 99, 2), pick("0  ", "1  "), number(5, 50, 2), delimiter="  "), "column 4", R, (), "cut at blanks",
    ),
    Public(
        "German credit",
        table("", pick("A11", "A12"), number(4, 72), pick("A34", "A32"), pick("1", "2"), delimiter=" "), "column 4", C, (), "cut at blanks",
    ),
    Public(
        "yeast",
        table("", count(form="ADT{}_YEAST"), number(0, 1, 2), number(0, 1, 2), pick("MIT", "NUC"), delimiter="  "), "column 4", C, ("column 1",), "blanks",
    ),
    Public(
        "seeds, with doubled tabs",
        table("", number(10, 20, 2), number(10, 20, 2), but(5, "\t0.9", number(0, 1, 4)), sorted_("1", "2", "3"), delimiter="\t"), "column 4", C,
    ),
    Public(
        "auto mpg as it was",
        table(
            "", number(9, 40, 1), pick("4  ", "8  "), but(9, "?    ", number(50, 99, 1)), number(1600, 4600, 0, "{}."), count(form='\t"car {}"'),
            delimiter="  ",
        ),
        "column 4", R, ("column 5",), "Counted as missing: '?' (7) in 'column 3'.",
    ),
    Public(
        "of R",
        table('"mpg" "cyl" "kind"', count(form='"Car {}"'), number(9, 40, 1), pick("4", "6"), pick('"a"', '"b c"'), delimiter=" "), "kind", C, ("row name",),
    ),
]  # fmt: skip
