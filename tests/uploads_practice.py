"""Exports as they lie on people's disks: banks, devices, surveys, offices and public tables. In the form of `uploads_people`."""

from __future__ import annotations

import codecs
from typing import Any

from tests.uploads_people import COUNTING, NAMES, NAN, SOME, file

DAYS = " ".join(f"2024-01-{i + 1:02d}" for i in range(12))
GERMAN_DAYS = " ".join(f"{i + 1:02d}.03.2024" for i in range(12))

#: name, file, the first cells of some columns (NaN or "" where a value is missing), and a part of what is said of file and columns
PRACTICE: list[tuple[str, bytes, dict[str, list[Any]], str]] = [
    # banks
    (
        "a German account",
        file(
            "Buchungstag;Text;Betrag;Saldo", GERMAN_DAYS, "REWE Miete", "-1.250,00_EUR 17,90_EUR", "2.430,55_EUR 812,65_EUR", delimiter=";", codec="cp1252",
            above="Girokonto;DE00 0000\n\nKontostand vom 31.03.2024:;1.234,56 EUR\n\n",
        ),
        {"Betrag": [-1250, 17.9], "Saldo": [2430.55, 812.65]}, "The table begins in line 5",
    ),
    ("an Indian account", file("Date,Paid,Balance", DAYS, '"1,57,571.00" "541.50"', '"87,93,901.50" "4,31,000"'), {"Paid": [157571, 541.5]}, "'1,57,571.00'"),
    ("debit and credit", file("Date,Debit,Credit", DAYS, "~ 47.46 2.29", "1226.02 ~ ~"), {"Debit": [NAN, 47.46], "Credit": [1226.02, NAN]}, ""),
    ("a payment service", file('"Gross","Fee","Net"', '"1,136.29"', '"-1.58" "-4.40"', '"98.09" "1,136.16"'), {"Net": [98.09, 1136.16]}, "decimal point"),
    ("CR and DR", file("Amount,Type", "628.55_DR 910.52_CR 17.25_DR 82.10_CR 1.1_DR 9_CR", "POS ATM"), {"Amount": ["628.55 DR"]}, "numbers and texts"),
    # devices
    ("milliseconds", file("millis,ax,label", " ".join(f"{i + 10}00" for i in range(12)), "0.2669 -0.5467", "walk run"), {"ax": [0.2669]}, "in the order of"),
    ("keys and values", file("", "t=0 t=1 t=2", "v=8.3 v=4.25 v=1 v=2 v=3 v=7", "y=u y=v"), {"column 2": ["v=8.3", "v=4.25"]}, "'column 2' holds texts with"),
    ("a serial port", file("", "T:20.3 T:24.1", "H:57 H:46", delimiter=" "), {"column 1": ["T:20.3", "T:24.1"]}, "The first row was taken for values"),
    (
        "an oscilloscope", file(",,,Time,CH1", "~", "~", "~", "0 0.0004 0.0008", "-0.991 0.755", above="Record Length,2.5e+03,,,\nTrigger,1.2e+03,,,\n"),
        {"Time": [0, 0.0004], "CH1": [-0.991, 0.755]}, "The table begins in line 3",
    ),
    (
        "a measurement program",
        file("X_Value\tVoltage\tComment", "0.0 0.1 0.2", SOME, "~", delimiter="\t", above="Measurement\t\nSeparator\tTab\n***End_of_Header***\t\n"),
        {"X_Value": [0, 0.1], "Voltage": [5, 3]}, "The table begins in line 4",
    ),
    ("a plate reader", file(",1,2,3", "A B C", "0.895 2.511", "0.331 1.852", "0.25 1", above="Plate 1\n"), {"1": [0.895, 2.511]}, "The table begins in line 2"),
    ("a logger", file("t,temp,hum\n,°C,%", DAYS, "20.5 21.25", SOME, mark=codecs.BOM_UTF8), {"temp °C": [20.5, 21.25], "hum %": [5, 3]}, "The first 2 rows"),
    ("-99.99", file("x,y", "-99.99 31.42 7.89", "u v"), {"x": [-99.99, 31.42]}, "In 'x', −99.99 (4) is far from all other values"),
    ("remarks with %", file("a,b,y", SOME, "1.5 2.5", "u v", above="% run 7\n% by me\n"), {"a": [5, 3], "b": [1.5, 2.5]}, "The table begins in line 3"),
    ("prices", file("price,y", "9.99 19.99 4.49 99.99", "u v"), {"price": [9.99, 19.99, 4.49, 99.99]}, ""),
    # surveys
    ("codes of a survey", file("q,y", "1 2 3 88 99 5", "u v"), {"q": [1, 2, 3, 88, 99]}, "In 'q', 88 (2) is far"),
    (
        "a survey of several answers",
        file("ID,Age?,Uses?,,\n,Open-Ended Response,Train,Bus,Car", COUNTING, "23 45 67", "Train ~", "Bus ~", "~ Car"),
        {"Age? Open-Ended Response": [23, 45], "Uses? Train": ["Train", ""], "Uses? Car": ["", "Car"]}, "The first 2 rows",
    ),
    (
        "three rows of names",
        file(
            'Date,Time (s),Q1\nDate of start,Time (s),"What is it that you like, or do not?"\n"{""ImportId"":""start""}","{""ImportId"":""time""}",x',
            DAYS, "61 93 402", "yes no",
        ),
        {"Time (s)": [61, 93, 402], "Q1 x": ["yes", "no"]}, "The first 3 rows were taken for names",
    ),
    ("labels with numbers", file("q,share", "1_=_never 5_=_always", "89.0_% 12.5_%"), {"q": ["1 = never"], "share": [89, 12.5]}, "'89.0 %' was read as 89."),
    ("age groups", file("age,income,y", "10-19 20-29 40+", "<10k 10k-20k", "yes no"), {"age": ["10-19", "20-29", "40+"]}, ""),
    ("age groups that Excel took for days", file("age,y", "Oct-19 20-29 30-39", "yes no"), {"age": ["Oct-19", "20-29"]}, ""),
    ("yes and no", file("a;b;c", "Да Нет", "はい いいえ", "Oui Non", delimiter=";"), {"a": ["Да", "Нет"], "b": ["はい", "いいえ"], "c": ["Oui", "Non"]}, ""),
    ("booleans in capitals", file("a,y", SOME, "TRUE True FALSE False"), {"y": ["TRUE", "True", "FALSE", "False"]}, "differ in capitals alone"),
    ("0.0 and 1.0", file("a,y", SOME, "0.0 1.0"), {"y": [0, 1]}, ""),
    # statistics programs
    ("system-missing of SPSS", file("a,b,y", "#NULL! 2 4", "_ 4 2", "1 2"), {"a": [NAN, 2, 4], "b": [NAN, 4, 2]}, ""),
    ("names of variables and labels", file("ID,V1,V2\nNumber,Age in years,Gender", COUNTING, SOME, "1 2"), {"V1 Age in years": [5, 3]}, "The first 2 rows"),
    ("missing of Julia", file("x,g", "missing 3.89 4.05", "true false"), {"x": [NAN, 3.89, 4.05], "g": ["true", "false"]}, ""),
    ("a matrix of MATLAB", file("", "3.6104437e-01 3.1526554e+00", "7.2941328e+00 1e+00", delimiter="   "), {"column 1": [0.36104437, 3.1526554]}, "blanks"),
    ("names 0 to 3", file("0,1,2,3", "9.5 0.75", SOME, SOME, "a b"), {"0": [9.5, 0.75], "3": ["a", "b"]}, ""),
    # Excel
    ("texts of Excel", file("id,code,y", '="001" ="002"', '="A" "=""B,_C"""', SOME), {"id": ["001", "002"], "code": ["A", "B, C"]}, "left out of 24 cells"),
    ("a title and empty cells", file("a,b,y", SOME, "1.5 2.5", "u v", above="Sales 2024,,\n,,\n"), {"a": [5, 3], "b": [1.5, 2.5]}, "begins in line 3"),
    (
        "two levels of names", file("Region,2019,,2020,\n,m,f,m,f", "Ia Ib", "1.5 2", SOME, SOME, "7 8"),
        {"2019 m": [1.5, 2], "2019 f": [5, 3], "2020 f": [7, 8]}, "The first 2 rows were taken for names, such as",
    ),
    ("merged cells", file("g,x,y", "A ~ ~ ~ ~ ~ B ~ ~ ~ ~ ~", SOME, "u v"), {"g": ["A", "", ""]}, "as merged cells leave it"),
    ("totals first", file("region,v\nTotal,199", NAMES, SOME), {"v": [199, 5, 3]}, "Line 2 may hold totals"),
    ("totals between", file("region,v", "N N S S N", SOME, below="N total,99\nS total,98\n"), {"v": [5, 3]}, "2 lines may hold totals"),
    ("totals without a word", file("r,a,b", NAMES, "1", "2", below=",12,24\n"), {"a": [1, 1], "b": [2, 2]}, "in 'a' it is the sum of the rows above"),
    ("empty cells at the end alone", file("r,a,b", NAMES, SOME, "2 3", below=",5,2\n"), {"a": [5, 3]}, "13 rows"),
    ("days of Excel", file("day,v", " ".join(str(45292 + i) for i in range(12)), SOME), {"day": [45292, 45293]}, "counts the rows from 45292 to 45303"),
    # offices and public tables
    (
        "an office of statistics",
        file("geo\t2019 \t2020 ", "AT BE", "4.7_b 2.1_b 4.6_b", "2.6_ :_ 3.5_", delimiter="\t"),
        {"2019": [4.7, 2.1], "2020": [2.6, NAN, 3.5]}, "'4.7 b' was read as 4.7",
    ),
    ("a bureau of census", file("GEO,P1\nGeography,!!Total", "1US 2US 3US", "4569 1444"), {"P1 !!Total": [4569, 1444]}, "The first 2 rows"),
    ("trends", file("Week,lossbench: (World)", DAYS, SOME, above="Category: All categories\n\n"), {"lossbench: (World)": [5, 3]}, "begins in line 3"),
    ("a passwd file", file("", "root daemon bin", "x y", COUNTING, "/root /bin", delimiter=":"), {"column 1": ["root", "daemon"]}, "cut at colons"),
    ("days without names", file("", DAYS, "u v"), {"column 1": ["2024-01-01", "2024-01-02"]}, "The first row was taken for values"),
    ("Arabic digits", file("السعر;النوع", "١٢٫٥ ٧٫٢٥ ٣", "a b", delimiter=";"), {"السعر": [12.5, 7.25, 3]}, "decimal point"),
    ("Devanagari digits", file("मूल्य;y", "४४ १६", "u v", delimiter=";"), {"मूल्य": [44, 16]}, ""),
    ("Czech DOS", file("město;cena", "Plzeň Děčín", "1,5 2,5", delimiter=";", codec="cp852"), {"město": ["Plzeň", "Děčín"]}, "CP852"),
    ("Hebrew DOS", file("עיר;מחיר", "חיפה אילת ירושלים", "1,5 2,5", delimiter=";", codec="cp862"), {"עיר": ["חיפה", "אילת"]}, "CP862"),
]  # fmt: skip

#: files that are refused: name, file, and a part of the message
REFUSED: list[tuple[str, bytes, str]] = [
    ("a source below", file("region,v,w", NAMES, SOME, SOME, below="\nSource: an office, 2020.\n"), "line 15 has 2 cells, the header has 3"),
    ("a count below", file("id|v|w", COUNTING, SOME, "u v", delimiter="|", below="(12 rows)\n"), "line 14 has 1 cell, the header has 3"),
    ("a table of a terminal", b"+----+----+\n| id | v |\n+----+----+\n|  1 | 2 |\n|  2 | 3 |\n+----+----+\n", "a single column"),
    ("lines in quotation marks", file("", '"1,2,u" "2,3,v"', delimiter=";"), "a single column"),
    ("backslashes", file("a,note", SOME, '"he_said_\\"no\\""'), "text behind a closing quotation mark"),
    ("lines of JSON", b'{"a": 0, "b": 0.7}\n{"a": 1, "b": 0.6}\n' * 6, "JSON"),
    ("a title above rows without names", file("", SOME, SOME, above="Measured\n"), "a single column, 'Measured'"),
    ("names for two of four columns", file("a,b", "u v", "u w", "x y", "v u"), "line 2 has 4 cells, the header has 2"),
    ("levels without names", file("Numbers;;;\n;;m;f", "2000 2001", "Ia Ib", SOME, SOME, delimiter=";"), "column 2 has no name"),
]
#: files that are read, and that are refused as they would be used: name, file, and a part of the message
UNUSABLE: list[tuple[str, bytes, str]] = [
    ("sizes of a format", file("site\tflow\n15s\t14n", "1500 1501", "51.4 6.4", delimiter="\t"), "holds numbers, but '15s' in line 2"),
    ("names again", file("a,b,y", SOME, SOME, "u v", below="a,b,y\n1,2,u\n"), "holds numbers, but 'a' in line 14"),
    ("below the limit of detection", file("c,y", "<4.1 3.4 2.5 7.8 4.8 7.0 3.1", "u v"), "holds numbers, but '<4.1' in line 2"),
    ("both decimal marks", file("a;y", "4,36 1.34 6.02 2.33 5.62 0.86 1.1 1.2 1.3 1.4 1.5 1.6", "u v", delimiter=";"), "'4,36' in line 2"),
]
