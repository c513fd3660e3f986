"""A corpus of files that people bring: bad ones with what is said of them, good ones in odd encodings with what they hold."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
from typing import Any

NAN = float("nan")


def rows(*lines: str, head: str = "a,b,y") -> bytes:
    """Return a file of a header and lines."""
    return "\n".join((head, *lines, "")).encode()


#: lines that can be trained on
FINE = ("1,2,u", "2,3,v", "3,5,u", "4,4,v", "5,1,u", "6,2,v")


def with_line(line: str, head: str = "a,b,y") -> bytes:
    """Return a good file with one more line, its third."""
    return rows(FINE[0], line, *FINE[1:], head=head)


def _zip(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "x")
    return file.getvalue()


_MANY = "\n".join(f"{i % 7},{i % 5},{'uv'[i % 2]}" for i in range(100_001))
_WIDE = ",".join(f"c{i}" for i in range(201))
_UTF16 = "a,b,y\n1,2,u\n".encode("utf-16-le")
#: columns of 45 categories each, more than 200 in all
_ONE_HOT = "\n".join(",".join([*(f"k{(i * step) % 45}" for step in (1, 2, 4, 7, 8)), "uv"[i % 2]]) for i in range(90))

#: name, file, and a part of the message
BAD: list[tuple[str, bytes, str]] = [
    # nothing
    ("empty", b"", "it is empty"),
    ("white space", b" \n\t\n  \r\n", "it is empty"),
    ("byte order mark alone", codecs.BOM_UTF8, "it is empty"),
    ("mark of UTF-16 alone", codecs.BOM_UTF16_LE, "it is empty"),
    ("end of a DOS file alone", b"\x1a", "it is empty"),
    ("header alone", b"a,b,y\n", "no rows"),
    ("header and blank lines", b"a,b,y\n\n,,\n\n", "no rows"),
    ("delimiter line alone", b"sep=;\n", "it is empty"),
    # no text
    ("excel", _zip("xl/workbook.xml"), "save the sheet as CSV"),
    ("empty zip", b"PK\x05\x06" + b"\x00" * 18, "empty ZIP"),
    ("old excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 99, "old Excel file"),
    ("pdf", b"%PDF-1.7\n%\xe2\xe3", "PDF"),
    ("png", b"\x89PNG\r\n\x1a\n\x00\x00", "a picture"),
    ("jpeg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture"),
    ("gif", b"GIF89a\x01\x00", "a picture"),
    ("gzip", gzip.compress(rows(*FINE)), "unpack it"),
    ("bzip2", b"BZh91AY&SY", "unpack it"),
    ("xz", b"\xfd7zXZ\x00", "unpack it"),
    ("parquet", b"PAR1\x15\x04", "Parquet"),
    ("hdf5", b"\x89HDF\r\n\x1a\n", "HDF5"),
    ("numpy", b"\x93NUMPY\x01\x00", "numpy.savetxt"),
    ("database", b"SQLite format 3\x00", "database"),
    ("rich text", b"{\\rtf1\\ansi a,b}", "word processor"),
    ("zero bytes", b"a,b,y\n1,2\x00,u\n", "not text"),
    ("zero bytes at every place", bytes(64), "not text"),
    ("random", bytes(range(256)), "not text"),
    ("control character", b"a,b,y\n1,2,u\n3,\x07,v\n", "line 3 has a control character (code 7)"),
    ("escape sequences", b"a,b\n\x1b[31m1,2\n", "line 2 has a control character (code 27)"),
    ("json object", b'{"a": [1, 2], "b": [3, 4]}', "JSON"),
    ("json list", b'[\n{"a": 1},\n{"a": 2}]', "JSON"),
    ("web page", b"<!DOCTYPE html>\n<html><body>no, not, here</body></html>", "a web page"),
    ("xml", b"<?xml version='1.0'?>\n<a><b>1</b></a>", "a web page or XML"),
    # encodings
    ("half a UTF-16 letter", codecs.BOM_UTF16_LE + _UTF16 + b"a", "begins as UTF-16"),
    ("half a surrogate pair", codecs.BOM_UTF16_BE + b"\xd8\x3d\x00a", "begins as UTF-16"),
    ("bad UTF-8 after its mark", codecs.BOM_UTF8 + b"a,b\n1,\xff\n", "begins as UTF-8"),
    ("bad UTF-32", codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff", "begins as UTF-32"),
    ("one bad byte in UTF-8", "größe,länge\nschön,übel\n".encode() + b"\xff,2\n", "line 3 has a byte that is not UTF-8"),
    ("controls of Latin-1", "a,b\n1,\x85\x86\n".encode(), "line 2 has a control character"),
    # header
    ("one column", b"a\n1\n2\n3\n", "a single column, 'a'"),
    ("one column of words and spaces", b"a b y\n1 2 u\nthree\n", "a single column, 'a b y'"),
    ("one named column", b"a,,\n1,,\n2,,\n", "a single column, 'a'"),
    ("same name twice", b"a,b,a\n1,2,3\n", "columns 1 and 3 have the same name, 'a'"),
    ("same name but for spaces", b"a b,c, a  b \n1,2,3\n", "columns 1 and 3 have the same name, 'a b'"),
    ("column without name, late value", b"b,y,\n1,u,\n\n2,v,x\n", "column 3 has no name in line 1, but a value in line 4"),
    ("header of nothing", b",,\n,,\n", "line 1 holds nothing"),
    ("endless name", b"a," + b"x" * 101 + b"\n1,2\n", "the name of column 2"),
    ("too many columns", (_WIDE + "\n" + _WIDE.replace("c", "")).encode(), "201 columns"),
    # lines
    ("line too short", with_line("7,8"), "line 3 has 2 cells, the header has 3"),
    ("line too long", with_line("7,8,u,9"), "line 3 has 4 cells, the header has 3"),
    ("one cell", with_line("seven"), "line 3 has 1 cell, the header has 3"),
    ("last line cut off", rows(*FINE, "7"), "line 8 has 1 cell"),
    ("first line too long", rows("0,1,u,2", *FINE), "line 2 has 4 cells"),
    ("every line too long", rows(*(f"{line},9" for line in FINE)), "line 2 has 4 cells"),
    ("decimal commas between commas", with_line("1,5,2,u"), "decimal commas"),
    ("too long between semicolons", b"a;y\n1;2\n3;4;5\n", "a semicolon"),
    ("ragged behind a quoted line end", b'a,b,y\n1,"2\n\n",u\n3,4\n', "line 5 has 2 cells"),
    ("ragged with returns alone", b"a,b,y\r1,2,u\r3,4\r", "line 3 has 2 cells"),
    ("ragged behind blank lines", b"a,b,y\n\n\n1,2\n", "line 4 has 2 cells"),
    ("ragged below the delimiter line", b"sep=;\na;b;y\n1;2;u\n3;4\n", "line 4 has 2 cells"),
    ("prose", b"Dear all, hello\nthis is, as you see, no table\nbut a letter\nyours, me\n", "line 2 has 3 cells, the header has 2"),
    ("ragged UTF-16", "a,b,y\n1,2,u\n3,4\n".encode("utf-16"), "line 3 has 2 cells"),
    ("quotation mark that stays open", b'a,b,y\n1,"2,u\n3,4,v\n', "line 2 opens a quotation mark that nothing closes"),
    ("quotation mark that stays open in the header", b'a,"b,y\n1,2,u\n', "line 1 opens a quotation mark"),
    ("quotation mark open over much", b'a,b\n1,"' + b"xy\n" * 49_000, "line 2 opens a quotation mark"),
    ("text behind a quotation", b'a,b,y\n1,2,u\n3,"4"5,v\n', "line 3 has text behind a closing quotation mark"),
    ("too long a cell", with_line("1," + "x" * 131_073 + ",v"), "line 3 has a cell of 131\u202f073 characters, at most 131\u202f072 are taken"),
    ("too long a cell in quotation marks", with_line('1,"' + "x\n" * 70_000 + '",v').replace(b"x\n" * 9, b"x" * 18), "line 3 has a cell of 140"),
    ("too many blank lines", b"\n" * 100_001 + rows(*FINE), "more than 100\u202f000 rows, blank lines"),
    ("too many lines within cells", rows(*FINE, *('1,"' + "\n" * 10_000 + '",u' for _ in range(11))), "lines within cells"),
    ("too many rows", f"a,b,y\n{_MANY}\n".encode(), "more than 100\u202f000 rows"),
    ("too many bytes", b"a,b\n" + b"1,2\n" * 5_242_880, "20.0 MB, at most 20 MB"),
    # columns
    ("text among numbers", rows(*FINE, "many,3,u"), "column 'a' holds numbers, but 'many' in line 8"),
    ("unit at one number", rows(*FINE, "7,3 kg,u"), "column 'b' holds numbers, but '3 kg' in line 8"),
    ("two decimal marks", b"a;y\n1.5;2\n2.5;3\n3.5;4\n1,5;5\n4;6\n", "column 'a' holds numbers, but '1,5' in line 5"),
    ("infinite", rows(*FINE, "inf,3,u"), "column 'a' has the infinite value 'inf' in line 8"),
    ("minus infinity", rows(*FINE, "1,-Infinity,u"), "column 'b' has the infinite value '-Infinity' in line 8"),
    ("infinity as a sign", rows(*FINE, "1,∞,u"), "column 'b' has the infinite value '∞' in line 8"),
    ("number beyond the floats", rows(*FINE, "1e999,3,u"), "column 'a' has the infinite value '1e999' in line 8"),
    ("digits beyond the floats", rows(*FINE, "9" * 400 + ",3,u"), "column 'a' has the infinite value '999"),
    ("number near the limit", rows(*FINE, "1e300,3,u"), "column 'a' has the value 1e+300 in line 8, beyond 1e+30: write the column in larger units"),
    ("negative near the limit", rows(*FINE, "1,-2e30,u"), "column 'b' has the value \u22122e+30 in line 8"),
    ("infinite target", b"a,y\n1,2.5\n2,3.5\n3,inf\n4,1.5\n5,2\n6,3\n", "'inf' in line 4"),
    ("number in other digits", rows(*FINE, "1_000,3,u"), "'1_000' in line 8"),
    ("thousands that do not add up", rows(*FINE, '"1,0,000",3,u'), "'1,0,000' in line 8"),
    # what cannot be trained on
    ("one class", b"a,y\n1,u\n2,u\n3,u\n4,u\n5,u\n", "column"),
    ("nothing varies", b"a,y\n1,2\n1,2\n1,2\n1,2\n1,2\n", "no column is left"),
    ("constant features", b"a,b,y\n1,k,2\n1,k,3\n1,k,4\n1,k,5\n1,k,6\n", "no column is left"),
    ("identifiers alone", b"a,y\nr1,u\nr2,v\nr3,u\nr4,v\nr5,u\nr6,v\n", "no column is left"),
    ("two columns of identifiers", b"a,b\nr1,s1\nr2,s2\nr3,s3\nr4,s4\nr5,s5\n", "no column is left"),
    ("no values at all", b"a,b\nNA,?\n-,null\nNaN,n/a\n?,NA\n-,-\n", "no column is left"),
    ("one row", b"a,b,y\n1,2,u\n", "no column is left"),
    ("few rows", b"a,y\n1,2.5\n2,3.5\n3,1.5\n", "3 rows can be used, at least 5 are needed"),
    ("target missing nearly everywhere", b"a,y\n1,2\n2,\n3,5\n4,\n5,\n6,\n", "2 rows can be used"),
    ("class of one row", rows(*FINE, "7,8,w"), "class 'w' of the target 'y' has 1 row (line 8), at least 3"),
    ("class of two rows", rows("0,0,w", *FINE, "7,8,w"), "class 'w' of the target 'y' has 2 rows (line 2), at least 3"),
    ("number that is a rare class", b"a,y\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n7,2\n8,1\n9,0\n", "or take a regression"),
    ("too many columns when one-hot", f"a,b,c,d,e,y\n{_ONE_HOT}\n".encode(), "225 columns once categories are one-hot"),
]

TARGET = ("u", "v") * 3


def _same(encoding: str) -> bytes:
    return "größe,naïve,y\n".encode(encoding) + "".join(f"{i},{'äé'[i % 2]},{y}\n" for i, y in enumerate(TARGET)).encode(encoding)


def _chinese(encoding: str, extra: str = "") -> bytes:
    lines = "".join(f"{i},{'北京' if i % 2 else '上海'}{extra},{y}\r\n" for i, y in enumerate(TARGET))
    return f"年龄,城市,类别\r\n{lines}".encode(encoding)


_WESTERN: dict[str, list[Any]] = {"größe": [0, 1, 2, 3, 4, 5], "naïve": ["ä", "é"] * 3, "y": list(TARGET)}
_CITIES: dict[str, list[Any]] = {"年龄": [0, 1, 2, 3, 4, 5], "城市": ["上海", "北京"] * 3, "类别": list(TARGET)}
_PLAIN: dict[str, list[Any]] = {"a": [1, 2, 3, 4, 5, 6], "b": [2, 3, 5, 4, 1, 2], "y": list(TARGET)}

#: name, file, a part of how it was read, and its cells: NaN or "" where a value is missing
GOOD: list[tuple[str, bytes, str, dict[str, list[Any]]]] = [
    ("UTF-8", _same("utf-8"), "read as UTF-8,", _WESTERN),
    ("UTF-8 with a mark", _same("utf-8-sig"), "UTF-8 with a byte order mark", _WESTERN),
    ("UTF-16, little end first", codecs.BOM_UTF16_LE + _same("utf-16-le"), "UTF-16", _WESTERN),
    ("UTF-16, big end first", codecs.BOM_UTF16_BE + _same("utf-16-be"), "UTF-16", _WESTERN),
    ("UTF-16 without a mark", _same("utf-16-le"), "UTF-16", _WESTERN),
    ("UTF-16 without a mark, big end first", _same("utf-16-be"), "UTF-16", _WESTERN),
    ("UTF-32", _same("utf-32"), "UTF-32", _WESTERN),
    ("Latin-1", _same("latin-1"), "Latin-1", _WESTERN),
    ("GBK", _chinese("gbk"), "GB18030 (GBK)", _CITIES),
    ("GB2312", _chinese("gb2312"), "GB18030 (GBK)", _CITIES),
    ("GB18030 of four bytes", _chinese("gb18030", "㐀𠀀"), "GB18030", _CITIES | {"城市": ["上海㐀𠀀", "北京㐀𠀀"] * 3}),
    ("Chinese in UTF-16", _chinese("utf-16"), "UTF-16", _CITIES),
    ("Chinese in UTF-8", _chinese("utf-8"), "read as UTF-8,", _CITIES),
    ("one Chinese letter in GBK", rows(*FINE).replace(b"y", "类".encode("gbk"), 1), "GB18030", {"a": _PLAIN["a"], "b": _PLAIN["b"], "类": _PLAIN["y"]}),
    ("degrees in Latin-1", rows(*FINE, head="t °C,µm,m²").decode().encode("latin-1"), "Latin-1", dict(zip(("t °C", "µm", "m²"), _PLAIN.values(), strict=True))),
    (
        "Windows quotes and euros", rows(*(("“5€”," if i % 2 else "’,") + line for i, line in enumerate(FINE)), head="p,a,b,y").decode().encode("cp1252"),
        "Windows-1252", {"p": ["’", "“5€”"] * 3} | _PLAIN,
    ),
    ("ends in Ctrl-Z", rows(*FINE) + b"\x1a", "UTF-8", _PLAIN),
    ("returns alone", rows(*FINE).replace(b"\n", b"\r"), "commas", _PLAIN),
    ("returns and line feeds", rows(*FINE).replace(b"\n", b"\r\n"), "commas", _PLAIN),
    ("no end of the last line", rows(*FINE).rstrip(), "commas", _PLAIN),
    ("blank lines", b"\n\n" + rows(*FINE).replace(b"\n", b"\n\n") + b" \n\t\n\n", "commas", _PLAIN),
    ("lines of commas", rows(*FINE, ",,", " , ,"), "2 lines without values", _PLAIN),
    ("empty columns at the end", b"a,b,y,,\n" + b"".join(line.encode() + b",,\n" for line in FINE), "2 columns without name", _PLAIN),
    ("tabs", rows(*FINE).replace(b",", b"\t"), "tabs", _PLAIN),
    ("vertical bars", rows(*FINE).replace(b",", b"|"), "vertical bars", _PLAIN),
    ("semicolons", rows(*FINE).replace(b",", b";"), "semicolons", _PLAIN),
    ("delimiter line", b"sep=;\r\n" + rows(*FINE).replace(b",", b";"), "semicolons", _PLAIN),
    ("everything quoted", rows(*('"' + line.replace(",", '","') + '"' for line in FINE), head='"a","b","y"'), "commas", _PLAIN),
    ("spaces around cells", rows(*(line.replace(",", " , ") for line in FINE), head="a , b, y"), "commas", _PLAIN),
    ("spaces before quotes", b'"a", "b", "y"\n' + b"".join(b'"%s", "%s", "%s"\n' % tuple(line.encode().split(b",")) for line in FINE), "commas", _PLAIN),
    (
        "decimal commas", b"p;q;y\n1,5;1.234,5;u\n-2,25;12;v\n+3;1.000.000,25;u\n,5;7,;v\n1e3;2,5E-1;u\n4,0;0,125;v\n", "decimal comma",
        {"p": [1.5, -2.25, 3, 0.5, 1000, 4], "q": [1234.5, 12, 1000000.25, 7, 0.25, 0.125], "y": list(TARGET)},
    ),
    (
        "decimal points and thousands", b'p,q,y\n"1,234.5",1.5,u\n"12,345,678",2,v\n7,.5,u\n0.5,5.,v\n1e-3,1E3,u\n2,-1.25,v\n', "decimal point",
        {"p": [1234.5, 12345678, 7, 0.5, 0.001, 2], "q": [1.5, 2, 0.5, 5, 1000, -1.25], "y": list(TARGET)},
    ),
    (
        "either mark, between semicolons", b"p;y\n1,234;u\n2,345;v\n3,456;u\n4,567;v\n5,678;u\n6,789;v\n", "'1,234' was read as 1.234.",
        {"p": [1.234, 2.345, 3.456, 4.567, 5.678, 6.789], "y": list(TARGET)},
    ),
    (
        "either mark, quoted between commas", b'p,y\n"1,234",u\n"2,345",v\n3,u\n4,v\n5,u\n"6,789",v\n', "'1,234' was read as 1234.",
        {"p": [1234, 2345, 3, 4, 5, 6789], "y": list(TARGET)},
    ),
    (
        "a mark that another column decides", b"p;q;y\n1.234;0,5;u\n2.345;1,5;v\n3.456;2,5;u\n4;3,5;v\n5;4;u\n6;5;v\n", "'1.234' was read as 1234.",
        {"p": [1234, 2345, 3456, 4, 5, 6], "q": [0.5, 1.5, 2.5, 3.5, 4, 5], "y": list(TARGET)},
    ),
    (
        "a mark for each column", b"p;q;y\n1.25;0,5;u\n2.5;1,5;v\n3;2,5;u\n4;3,5;v\n5;4;u\n6;5;v\n", "decimal point in 'p' and a decimal comma in 'q'",
        {"p": [1.25, 2.5, 3, 4, 5, 6], "q": [0.5, 1.5, 2.5, 3.5, 4, 5], "y": list(TARGET)},
    ),
    (
        "spaces and apostrophes in thousands", "p;q;y\n1 234;1'000;u\n12\u00a0345,5;2’500;v\n1\u202f000\u202f000;3;u\n4;4;v\n5;5;u\n6;6;v\n".encode(),
        "decimal comma",
        {"p": [1234, 12345.5, 1000000, 4, 5, 6], "q": [1000, 2500, 3, 4, 5, 6], "y": list(TARGET)},
    ),
    ("typographic minus", "p,y\n−1.5,u\n2,v\n−3,u\n4,v\n5,u\n6,v\n".encode(), "decimal point", {"p": [-1.5, 2, -3, 4, 5, 6], "y": list(TARGET)}),
    ("full-width digits", "p,y\n１２,u\n2,v\n３,u\n4,v\n5,u\n6,v\n".encode("gbk"), "GB18030", {"p": [12, 2, 3, 4, 5, 6], "y": list(TARGET)}),
    (
        "quoted line ends and delimiters", b'a,note,y\n1,"one,\r\ntwo",u\n2,"say ""hi""",v\n3,"one,\r\ntwo",u\n4,"5"" pipe",v\n5,x,u\n6,"",v\n', "commas",
        {"a": [1, 2, 3, 4, 5, 6], "note": ["one, two", 'say "hi"', "one, two", '5" pipe', "x", ""], "y": list(TARGET)},
    ),
    (
        "every marker of a missing value", b"p,q,y\n1,a,u\nNA,?,v\nN/A,b,u\n,,v\nnan,a,u\nNULL,-,v\n?,b,u\n-,n/a,v\n#N/A,a,u\n2,NaN,v\n", "UTF-8",
        {"p": [1, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, 2], "q": ["a", "?", "b", "", "a", "-", "b", "n/a", "a", "NaN"], "y": [*TARGET, *TARGET[:4]]},
    ),
    (
        "names that mean something elsewhere",
        rows("1,{{7*7}},=1+1", "2,datum.x,@a", "3,{{7*7}},=1+1", "4,datum.x,@a", "5,`c`,=1+1", "6,`c`,@a", head="$x^2$,**b** [l](javascript:1),<b>y</b>"),
        "UTF-8", {"$x^2$": [1, 2, 3, 4, 5, 6], "**b** [l](javascript:1)": ["{{7*7}}", "datum.x"] * 2 + ["`c`"] * 2, "<b>y</b>": ["=1+1", "@a"] * 3},
    ),
    (
        "letters that cannot be shown", rows(*FINE, head="a\u202eb,c\u200bd,y"), "UTF-8",
        {"a b": _PLAIN["a"], "c d": _PLAIN["b"], "y": _PLAIN["y"]},
    ),
]  # fmt: skip
