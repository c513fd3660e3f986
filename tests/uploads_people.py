"""Files as people's programs write them, each with what its columns begin with and what is said of it. None was thought of when the reader was written."""

from __future__ import annotations

import codecs
from typing import Any

NAN = float("nan")
#: rows of each file, unless it says otherwise
ROWS = 12


def file(
    head: str, *columns: str, delimiter: str = ",", codec: str = "utf-8", above: str = "", below: str = "", end: str = "\n", mark: bytes = b""
) -> bytes:
    """Return a file whose columns repeat the cells that `columns` list, parted by blanks; `_` in a cell is a blank, `~` is no cell at all."""
    cells = [[cell.replace("_", " ").replace("~", "") for cell in column.split(" ")] for column in columns]
    lines = [delimiter.join(of_column[i % len(of_column)] for of_column in cells) for i in range(ROWS)]
    return mark + (above + end.join(([head] if head else []) + lines) + end + below).encode(codec)


COUNTING = " ".join(str(i + 1) for i in range(ROWS))
NAMES = " ".join(f"Name{i}" for i in range(ROWS))
SOME = "5 3 8 2 9 4 7"

#: name, file, the first cells of some columns (NaN or "" where a value is missing), and a part of what is said of file and columns
PEOPLE: list[tuple[str, bytes, dict[str, list[Any]], str]] = [
    # Excel, in several languages
    (
        "German Excel", file("Umsatz (€);Menge;Filiale;Retoure", "3914,17_€ 1.651,85_€ 88,5_€", SOME, "Köln Münster", "ja nein", delimiter=";", codec="cp1252"),
        {"Umsatz (€)": [3914.17, 1651.85, 88.5], "Filiale": ["Köln", "Münster", "Köln"]}, "'3914,17 €' was read as 3914.17",
    ),
    (
        "French Excel",
        file("Prix HT;Magasin;Livré", "5\u202f585,99\u00a0€ 762,8\u00a0€ 33,59\u00a0€", "Orléans Nîmes", "oui non", delimiter=";", mark=codecs.BOM_UTF8),
        {"Prix HT": [5585.99, 762.8, 33.59], "Livré": ["oui", "non", "oui"]}, "a decimal comma",
    ),
    (
        "Spanish Excel", file("edad;activo;saldo", "79 72 31", "VERDADERO FALSO", "1947,86 279,91 5011,1", delimiter=";"),
        {"activo": ["VERDADERO", "FALSO", "VERDADERO"], "saldo": [1947.86, 279.91, 5011.1]}, "a decimal comma",
    ),
    (
        "Italian Excel", file("età;reddito;esito", "50 27 61", "74.353,99 81.307,67 9.552,5", "sì no", delimiter=";", codec="cp1252"),
        {"reddito": [74353.99, 81307.67, 9552.5], "esito": ["sì", "no", "sì"]}, "The encoding is a guess",
    ),
    (
        "Polish Excel", file("miasto;cena;balkon", "Łódź Kraków", "8_418,00_zł 326,50_zł", "tak nie", delimiter=";", codec="cp1250"),
        {"miasto": ["Łódź", "Kraków", "Łódź"], "cena": [8418, 326.5, 8418]}, "Windows-1250",
    ),
    (
        "Turkish Excel", file("şehir;fiyat;durum", "İzmir Ankara", "7.501,50_TL 335,50_TL", "satılık kiralık", delimiter=";", codec="cp1254"),
        {"şehir": ["İzmir", "Ankara", "İzmir"], "fiyat": [7501.5, 335.5, 7501.5]}, "Windows-1254",
    ),
    (
        "Russian Excel",
        file(
            "город;цена;площадь;тип", "Москва Казань", "5_295_410,00_руб. 784_104,00_руб.", "69,6_м2 23,9_м2 34,0_м2", "новый старый", delimiter=";",
            codec="cp1251",
        ),
        {"цена": [5295410, 784104, 5295410], "площадь": [69.6, 23.9, 34]}, "'69,6 м2' was read as 69.6",
    ),
    (
        "Brazilian Excel", file("produto;valor;ok", "açaí pão", "R$_478,00 R$_1.957,10", "Sim Não", delimiter=";", codec="cp1252"),
        {"valor": [478, 1957.1, 478], "ok": ["Sim", "Não", "Sim"]}, "'R$ 478,00' was read as 478",
    ),
    (
        "Japanese sales", file("店舗,売上,天気", "新宿 渋谷", '"12,284円" "470円" "56,001円"', "晴れ 雨", codec="cp932"),
        {"売上": [12284, 470, 56001], "天気": ["晴れ", "雨", "晴れ"]}, "Shift-JIS",
    ),
    (
        "Chinese survey", file("编号,性别,年龄,满意度", "001 002 003 004", "男 女", "22岁 58岁 19岁", "非常满意 一般", codec="gbk"),
        {"编号": ["001", "002", "003"], "年龄": [22, 58, 19]}, "'编号' is text, because a number would lose",
    ),
    ("Hebrew", file("עיר,מחיר,סוג", "חיפה אילת ירושלים", "12.5 7.5", "גדול קטן", codec="cp1255"), {"עיר": ["חיפה", "אילת", "ירושלים"]}, "Windows-1255"),
    ("Excel's Unicode text", file("Name\tAge\tGroup", "Änne Örn", SOME, "x y", delimiter="\t", codec="utf-16"), {"Name": ["Änne", "Örn", "Änne"]}, "UTF-16"),
    # SPSS, R, Stata, numpy, gnuplot
    (
        "SPSS labels", file("id,q1,q2,age", COUNTING, "Strongly_agree Agree Neutral", "1_-_never 2 3 4 5_-_always", "68 19 50"),
        {"q1": ["Strongly agree", "Agree", "Neutral"], "q2": ["1 - never", "2", "3"]}, "'q2' holds numbers and texts such as '1 - never'",
    ),
    ("SPSS codes", file("GENDER,INCOME,VOTE", "1 2", "1 2 3 99", "1 2 8 9"), {"INCOME": [1, 2, 3]}, "In 'INCOME', 99 (3) is far from all other values"),
    ("Stata", file("make,price,rep78,foreign", NAMES, "8827 8666", "2 . 3", "Domestic Foreign"), {"rep78": [2, NAN, 3]}, ""),
    ("write.csv of R", file('"","mpg","am"', " ".join(f'"{i}"' for i in range(1, 13)), "11.5 24.9", '"auto" "manual"'), {"mpg": [11.5, 24.9, 11.5]}, ""),
    (
        "write.table of R", file('"mpg" "am"', " ".join(f'"r{i}"' for i in range(12)), "11.5 24.9", '"auto" "manual"', delimiter=" "),
        {"mpg": [11.5, 24.9]}, "blanks",
    ),
    ("decimal commas between blanks", file("", "1,5 2,5 3,25", "10,5 7,25", "u v", delimiter=" "), {"column 1": [1.5, 2.5, 3.25]}, "blanks"),
    ("pairs of numbers in a cell", file("place,kind", "10_20 30_40 50_60", "a b"), {"place": ["10 20", "30 40"], "kind": ["a", "b"]}, "commas"),
    ("thousands with blanks", file("a;kind", "10_200 30_400 5_600", "a b", delimiter=";"), {"a": [10200, 30400, 5600], "kind": ["a", "b"]}, "semicolons"),
    ("numpy.savetxt", file("", "1.5e+00 2.25e-01 3e+00", "0e+00 1e+00", delimiter=" "), {"column 1": [1.5, 0.225, 3]}, "The lines were cut at blanks"),
    ("gnuplot", file("# t x y", "0.1 0.2 0.5", "0.415 0.45", "u v", delimiter=" "), {"t": [0.1, 0.2, 0.5], "y": ["u", "v"]}, ""),
    (
        "gnuplot, with remarks", file("# run 7\n# t x", "0.1 0.2 0.5", "0.415 0.45", delimiter=" "),
        {"t": [0.1, 0.2], "x": [0.415, 0.45]}, "1 line with a remark",
    ),
    # logs and tables above and below which something stands
    (
        "sensor log",
        file("time,temp,state", " ".join(f"2024-01-01T00:{i:02d}:00Z" for i in range(12)), "28.83 11.7", "ok alarm", above="# T100\n# started, late\n"),
        {"temp": [28.83, 11.7], "state": ["ok", "alarm"]}, "2 lines with remarks left out.",
    ),
    ("rows that begin with #", file("#tag,likes,y", "#a #b", SOME, "u v"), {"#tag": ["#a", "#b"], "likes": [5, 3, 8]}, "12 rows"),
    ("a # among blanks", file("# name hp", COUNTING, "a b", SOME, delimiter=" "), {"#": [1, 2, 3], "hp": [5, 3, 8]}, "counts the rows"),
    ("widths of shoes", file("size,y", "10M 9B 8M 7B", "u v"), {"size": ["10M", "9B"]}, ""),
    ("a # that is a name", file("#,name,hp", COUNTING, NAMES, SOME), {"#": [1, 2, 3], "hp": [5, 3, 8]}, "counts the rows"),
    ("totals", file("region,sales,cost", NAMES, SOME, "55 77 65", below="Total,1234,999\n"), {"sales": [5, 3, 8]}, "Line 14 may hold totals"),
    ("totals of a pivot", file("Zeile;A;B", NAMES, SOME, "5 7", delimiter=";", below="Gesamt;99;98\n"), {"A": [5, 3, 8]}, "it has 'Gesamt' in 'Zeile'"),
    ("a class called all", file("n,kind", SOME, "some all"), {"kind": ["some", "all"]}, ""),
    ("markdown", file("| a | y |\n|---|:-:|", "|_5 |_3 |_8", "_u_| _v_|", delimiter=" |"), {"a": [5, 3, 8], "y": ["u", "v"]}, "Line 2, of dashes, left out."),
    ("a terminal", file("a   b   y\n--- --- ---", "5 3 8", SOME, "u v", delimiter="   "), {"a": [5, 3, 8], "y": ["u", "v"]}, "Line 2, of dashes, left out."),
    ("merged cells", file("region,quarter,sales", "North ~ ~ ~ South ~ ~ ~", "Q1 Q2", SOME), {"region": ["North", "", ""]}, ""),
    # forms of numbers
    (
        "FIFA", file("Name,Value,Wage", NAMES, "€110.5M €565K €0", "€5K €12K"),
        {"Value": [110.5e6, 565e3, 0], "Wage": [5000, 12000]}, "'€110.5M' was read as 110500000",
    ),
    (
        "channels", file("name,subs,views", NAMES, "95.3K 42.0M 870", "5.6B 7.1B 1.3B"),
        {"subs": [95300, 42e6, 870], "views": [5.6, 7.1]}, "'95.3K' was read as 95300",
    ),
    ("app sizes", file("App,Size", NAMES, "19M 201k Varies_with_device 8.7M"), {"Size": ["19M", "201k"]}, "'Size' holds numbers and texts such as 'Varies"),
    ("Airbnb", file("price,rate,sup", '"$2,614.00" $200.00', "99% 73%", "t f"), {"price": [2614, 200], "rate": [99, 73]}, "'$2,614.00' was read as 2614"),
    ("Swiss", file("Ort;Preis", "Bern Zug", "CHF_4'245.18 CHF_309.77", delimiter=";"), {"Preis": [4245.18, 309.77]}, "'CHF 4'245.18' was read as 4245.18"),
    ("accounts", file("dept,budget", "A B", '"(6,344)" "3,733"'), {"budget": [-6344, 3733]}, "'(6,344)' was read as −6344"),
    ("minutes", file("movie,runtime", NAMES, "114_min 126_min 90_min"), {"runtime": [114, 126, 90]}, "'114 min' was read as 114"),
    ("signed changes", file("w,change,y", SOME, "+1.76 -4.01 +0.00", "u v"), {"change": [1.76, -4.01, 0]}, "a decimal point"),
    (
        "quoted numbers", file('"a";"b";"y"', '"5,66" "8,21"', '"8.173" "3.244"', '"u" "v"', delimiter=";"),
        {"a": [5.66, 8.21], "b": [8173, 3244]}, "'8.173' was read",
    ),
    ("detection limits", file("lead,class", "<0.5 2.32 1.49 2.49 3.5 4.1 5.2", "a b"), {"lead": ["<0.5", "2.32"]}, "holds numbers, but '<0.5' in line 2"),
    ("open ages", file("age,y", "65+ 36 26 43 51 28 33", "u v"), {"age": ["65+", "36"]}, "holds numbers, but '65+' in line 2"),
    ("refusals", file("income,y", "refused 8826 2925 1745 990 1003 4551", "u v"), {"income": ["refused", "8826"]}, "holds numbers, but 'refused' in line 2"),
    (
        "stars of significance", file("coef,y", "8.06 7.70* 7.41** 4.73 3.1* 2.2* 1.2** 5.5 1.1 6.1* 7.1* 8.2**", "u v"),
        {"coef": ["8.06", "7.70*"]}, "too many different",
    ),
    # texts with numbers in them
    ("durations", file("dur,y", "1h_5m 2h_9m 1h_22m 3h_1m 2h_2m 1h_7m", "u v"), {"dur": ["1h 5m", "2h 9m"]}, "'dur' holds texts with numbers in them, such as"),
    ("heights", file("height,y", "6-4 5-8 5-11 6-3 6-1 5-9", "u v"), {"height": ["6-4", "5-8"]}, "'height' holds texts with numbers in them"),
    ("scores", file("score,y", "3-0 3-2 0-0 2-4 1-1 2-1", "u v"), {"score": ["3-0", "3-2"]}, "'score' holds texts with numbers in them"),
    (
        "measurements", file("m,y", "7.8_±_0.2 6.1_±_0.2 6.6_±_0.2 1.1_±_0.2 2.1_±_0.2 3_±_0.2", "u v"),
        {"m": ["7.8 ± 0.2"]}, "'m' holds texts with numbers in them",
    ),
    ("coordinates", file("lon,y", "14°8'E 49°59'E 2°51'E 2°2'E 3°2'W 9°1'W", "u v"), {"lon": ["14°8'E", "49°59'E"]}, "'lon' holds texts with numbers in them"),
    ("age groups", file("group,y", "18-24 25-34 35-44", "u v"), {"group": ["18-24", "25-34"]}, ""),
    ("days as numbers", file("date,v,y", "20230131 20230201 20220215", SOME, "u v"), {"date": [20230131, 20230201]}, "holds days such as 20230131"),
    (
        "an identifier without a name", file("", " ".join(str(842302 + i * 7919 % 9973) for i in range(12)), "M B", "19.81 23.05"),
        {"column 2": ["M", "B"]}, "as identifiers",
    ),
    # booleans, capitals
    ("booleans", file("a,b,y", "True False", "WAHR FALSCH", "t f"), {"a": ["True", "False"], "b": ["WAHR", "FALSCH"]}, ""),
    ("capitals", file("sex,y", "Male f MALE F", "u v"), {"sex": ["Male", "f", "MALE"]}, "'MALE' and 'Male' differ in capitals alone"),
    ("capitals in the target", file("a,y", SOME, "Yes No yes no"), {"y": ["Yes", "No", "yes"]}, "differ in capitals alone"),
    # cells and lines
    ("JSON in cells", file("meta,price", '"{""k"":1}" "{""k"":2}"', "3.33 1.86"), {"meta": ['{"k":1}', '{"k":2}']}, ""),
    ("lists in cells", file("genres,score", "\"['a','b']\" \"['a']\"", "6.7 1.9"), {"genres": ["['a','b']", "['a']"]}, ""),
    ("empty columns of Excel", file("CO;T;;", "2,6 2", "13,6 13,3", "~", "~", delimiter=";"), {"CO": [2.6, 2], "T": [13.6, 13.3]}, "2 columns without name"),
    ("blanks for a missing amount", file("tenure,charges,y", SOME, "5518.32 _ 88.5", "u v"), {"charges": [5518.32, NAN, 88.5]}, ""),
    ("doubled returns", file("a,b,y", SOME, SOME, "u v", end="\r\r\n"), {"a": [5, 3, 8]}, ""),
    ("doubled bars", file("a||b||y", SOME, SOME, "u v", delimiter="||"), {"a": [5, 3, 8], "y": ["u", "v"]}, ""),
    ("wide", file(",".join(f"g{i}" for i in range(199)) + ",y", *["0.5 0.25 1"] * 199, "u v"), {"g198": [0.5, 0.25, 1], "y": ["u", "v"]}, "200 columns"),
]  # fmt: skip

#: files that are refused: name, file, and a part of the message
REFUSED: list[tuple[str, bytes, str]] = [
    ("a zero byte at the end", file("a,b,y", SOME, SOME, "u v")[:-1] + b"\x00", "it holds zero bytes"),
    ("a footnote", file("region,sales", NAMES, SOME, below="* provisional\n"), "line 14 has 1 cell, the header has 2"),
    ("names without names", file("x,,,y", SOME, SOME, SOME, "u v"), "column 2 has no name in line 1"),
    ("doubled names", file("x,x,y", SOME, SOME, "u v"), "columns 1 and 2 have the same name, 'x'"),
    ("one column", file("a", "1.5 2.5"), "a single column, 'a'"),
    ("pairs of columns and values", file("", "+1 -1", "1:0.7 1:0.5", "2:1 2:-1", delimiter=" "), "a LIBSVM file"),
]
#: files that are read, and that are refused as they would be used: name, file, and a part of the message
UNUSABLE: list[tuple[str, bytes, str]] = [
    ("a text below the names", file("t,temp,state\n8.1,broken,on", "8.2 61.9", "10.8 13.5", "on off"), "holds numbers, but 'broken' in line 2"),
    ("infinite values", file("a,y", "1.5 Inf 2.5 3", "u v"), "the infinite value 'Inf' in line 3"),
]
