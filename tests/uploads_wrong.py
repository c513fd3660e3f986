"""Files that were once read wrongly without a word, each with what its columns hold: numbers, or texts; NaN or "" where a value is missing."""

from __future__ import annotations

from typing import Any

NAN = float("nan")
UV = ["u", "v"] * 3


def column(*cells: str, name: str = "p", delimiter: str = ";") -> bytes:
    """Return a file of a column and a target."""
    lines = [f"{name}{delimiter}y", *(f"{cell}{delimiter}{'uv'[i % 2]}" for i, cell in enumerate(cells)), ""]
    return "\n".join(lines).encode()


#: no header: name, file, and what the first and the last column hold
FLOWERS = ["5.1,3.5,1.4,0.2,Iris-setosa", "4.9,3.0,1.4,0.2,Iris-setosa", "7.0,3.2,4.7,1.4,Iris-versicolor", "6.4,3.2,4.5,1.5,Iris-versicolor"]
NO_HEADER: list[tuple[str, str, list[Any], list[Any]]] = [
    ("iris", "\n".join(FLOWERS), [5.1, 4.9, 7.0, 6.4], ["Iris-setosa"] * 2 + ["Iris-versicolor"] * 2),
    ("numbers alone", "1,2,3\n4,5,6\n7,8,9", [1, 4, 7], [3, 6, 9]),
    ("decimal commas", "1,5;2\n4;5\n2,5;7", [1.5, 4, 2.5], [2, 5, 7]),
    ("class first", "B,1.5,2\nA,2.5,3\nB,3.5,4\nA,1.5,5", ["B", "A", "B", "A"], [2, 3, 4, 5]),
    ("texts alone", "vhigh,small,unacc\nlow,big,acc\nvhigh,big,unacc\nlow,small,acc", ["vhigh", "low"] * 2, ["unacc", "acc"] * 2),
    ("mushrooms", "p,x,s,n\ne,x,s,y\np,x,y,w\ne,b,s,w\np,x,y,n\ne,x,s,y", ["p", "e"] * 3, ["n", "y", "w", "w", "n", "y"]),
    ("a missing value in the first row", "5.1,?,a\n4.9,3.0,b\n5.0,3.1,a\n4.0,3.3,b", [5.1, 4.9, 5.0, 4.0], ["a", "b", "a", "b"]),
    ("an empty cell in the first row", "5.1,,a\n4.9,3.0,b\n5.0,3.1,a\n4.0,3.3,b", [5.1, 4.9, 5.0, 4.0], ["a", "b", "a", "b"]),
    ("identifiers in front", "1000025,5,1,2\n1002945,5,4,2\n1015425,3,1,4\n1016277,6,8,4", [1000025, 1002945, 1015425, 1016277], [2, 2, 4, 4]),
    ("pairs of years", "2001,1990,x\n2003,1991,y\n2002,1990,x\n2003,1992,y", [2001, 2003, 2002, 2003], ["x", "y", "x", "y"]),
    ("passengers", "3,Braund,male,7.25\n1,Cumings,female,71.28\n3,Heikkinen,female,7.92\n1,Allen,male,8.05", [3, 1, 3, 1], [7.25, 71.28, 7.92, 8.05]),
    ("negative numbers", "-1.5\t2\tb\n0.5\t-3\ta\n1\t4\tb\n2\t5\ta", [-1.5, 0.5, 1, 2], ["b", "a", "b", "a"]),
    ("money", "$5.00;a\n$6.00;b\n$7.50;a\n$8.00;b", [5, 6, 7.5, 8], ["a", "b", "a", "b"]),
]
#: a header: its names, and the lines below
HEADER: list[tuple[str, str]] = [
    ("years", "country,2001,2002\nA,5.5,6\nB,4.5,7"),
    ("years, with gaps", "country,1990,2000,2010\nA,5.5,6,7\nB,4.5,7,8"),
    ("years of whole numbers", "country,2001,2002\nA,5,6\nB,4,7"),
    ("years downwards", "country,2003,2002,2001\nA,5,6,7\nB,4,7,8"),
    ("doses", "dog,10,20,30\n1,5.5,6,7\n2,4.5,7,8"),
    ("positions", "0,1,2,3\n5.1,3.5,1.4,0.2\n4.9,3,1.4,0.2"),
    ("positions and a class", "0,1,2,3,class\n5.1,3.5,1.4,0.2,a\n4.9,3,1.4,0.2,b"),
    ("names above texts", "name,city\nAnn,Rome\nBob,Oslo"),
    ("a name that is a value, too", "id,size,other\n1,2,other\n2,3,this\n3,4,that"),
    ("the header once more", "x,kind\n1,a\nx,kind\n2,b\n3,a\n4,b"),
    ("text above a missing column", "a,b,y\n1,,u\n2,,v"),
    ("chinese", "年龄,城市\n20,北京\n30,上海"),
    ("names that begin with digits", "1st,2nd,y\n1,2,u\n2,3,v"),
    ("a unit in the name", "5 km time,class\n20.5,a\n21.5,b"),
]
#: missing markers: name, cells of a column, what it holds, and whether they are said
MARKERS: list[tuple[str, list[str], list[Any]]] = [
    ("plus and minus", ["+", "-"] * 3, ["+", "-"] * 3),
    ("continents", ["NA", "EU", "JP"] * 2, ["NA", "EU", "JP"] * 2),
    ("elements", ["Na", "K", "Li"] * 2, ["Na", "K", "Li"] * 2),
    ("nulls", ["null", "one", "two"] * 2, ["null", "one", "two"] * 2),
    ("question marks", ["?", "!", "?", "!", "!", "?"], ["?", "!", "?", "!", "!", "?"]),
    ("quoted", ['"NA"', '"EU"'] * 3, ["NA", "EU"] * 3),
    ("none", ["None", "Attached"] * 3, ["None", "Attached"] * 3),
    ("stars", ["*", "**", "***"] * 2, ["*", "**", "***"] * 2),
    ("dots and dashes", [".", "-"] * 3, [".", "-"] * 3),
    ("initials", ["nd", "kr", "lt"] * 2, ["nd", "kr", "lt"] * 2),
    ("unknown", ["unknown", "yes", "no"] * 2, ["unknown", "yes", "no"] * 2),
    ("empty cells", ["a", "", "b", "a", "b", ""], ["a", "", "b", "a", "b", ""]),
    ("among numbers", ["1", "NA", "?", "2", "-", "3"], [1, NAN, NAN, 2, NAN, 3]),
    ("among numbers, quoted", ["1", '"NA"', '"?"', "2", "null", "3"], [1, NAN, NAN, 2, NAN, 3]),
    *(
        (f"half are {marker}", [marker, "1.5", marker, "2.5", marker, "4"], [NAN, 1.5, NAN, 2.5, NAN, 4])
        for marker in (".", "None", "\\N", "<NA>", "--", "n.a.", "#VALUE!", "*", "#DIV/0!", "..", "NULL", "–", "missing", "#N/A")
    ),
]
#: forms of numbers: name, cells, what they are
FORMS: list[tuple[str, list[str], list[Any]]] = [
    ("percent", ["8.90%", "7.5%", "10%", "12.25 %", "0%", "3%"], [8.9, 7.5, 10, 12.25, 0, 3]),
    ("per mille", ["8.9‰", "7.5‰", "10‰", "1‰", "2‰", "3‰"], [8.9, 7.5, 10, 1, 2, 3]),
    ("dollars", ["$5.00", "$6.50", "$1,200.00", "-$3.00", "$0.99", "7"], [5, 6.5, 1200, -3, 0.99, 7]),
    ("euros behind", ["0,50 €", "1,25 €", "1.200,00 €", "2 €", "3,10€", "4 €"], [0.5, 1.25, 1200, 2, 3.1, 4]),
    ("code in front", ["EUR 5", "EUR 6.5", "EUR 7", "EUR 8", "EUR 9", "EUR 10"], [5, 6.5, 7, 8, 9, 10]),
    ("code behind", ["5 CHF", "6 CHF", "7'000 CHF", "8 CHF", "9 CHF", "10 CHF"], [5, 6, 7000, 8, 9, 10]),
    ("pounds", ["£1", "£2.50", "£3", "£4", "£5", "£6"], [1, 2.5, 3, 4, 5, 6]),
    ("rupees and yuan", ["¥10", "¥20", "¥30", "¥1,000", "¥5", "¥6"], [10, 20, 30, 1000, 5, 6]),
    ("brackets", ["(1.5)", "2.5", "3", "(4)", "5", "6"], [-1.5, 2.5, 3, -4, 5, 6]),
    ("money in brackets", ["($1,500.00)", "$2.50", "$3", "($4)", "$5", "$6"], [-1500, 2.5, 3, -4, 5, 6]),
    ("minus behind", ["1.5-", "2", "3", "4-", "5", "6"], [-1.5, 2, 3, -4, 5, 6]),
    ("minus sign", ["−1.5", "2", "−3", "4", "5", "6"], [-1.5, 2, -3, 4, 5, 6]),
    ("en dash", ["–1.5", "2", "–3", "4", "5", "6"], [-1.5, 2, -3, 4, 5, 6]),
    ("full width", ["１２", "３．５", "－２", "4", "5", "6"], [12, 3.5, -2, 4, 5, 6]),
    ("full-width percent", ["１２％", "３％", "４％", "5%", "6%", "7%"], [12, 3, 4, 5, 6, 7]),
    ("ten thousands", ["5万", "12万", "1.5万", "3000", "1亿", "2万"], [5e4, 12e4, 1.5e4, 3000, 1e8, 2e4]),
    ("kilograms", ["3 kg", "4.5 kg", "5 kg", "6 kg", "7 kg", "8 kg"], [3, 4.5, 5, 6, 7, 8]),
    ("degrees", ["20°C", "21.5°C", "22°C", "-3°C", "24°C", "25°C"], [20, 21.5, 22, -3, 24, 25]),
    ("months", [" 36 months", "60 months", "48 months"] * 2, [36, 60, 48] * 2),
    ("dollars and missing", ["$5.00", "NA", "$6.50", "-", "$7.50", "$8.00"], [5, NAN, 6.5, NAN, 7.5, 8]),
    ("lakhs", ["1,23,456", "45,678", "99", "12,34,567.50", "1,00,000", "3,21,00,000"], [123456, 45678, 99, 1234567.5, 100000, 32100000]),
    ("rupees in lakhs", ["₹1,23,456", "₹45,678", "₹12,34,567", "₹1,00,000", "₹2,00,000", "₹5,00,000"], [123456, 45678, 1234567, 100000, 200000, 500000]),
    ("lakhs below 0", ["-1,23,456", "+4,56,789", "1,00,000", "2,00,000", "3,00,000", "(5,00,000)"], [-123456, 456789, 1e5, 2e5, 3e5, -5e5]),
    ("Arabic digits and marks", ["٨٧٫٥", "١٫٢٥", "١٬٢٣٤٫٥", "٤", "٥", "٦"], [87.5, 1.25, 1234.5, 4, 5, 6]),
    ("percent and missing", ["5%", "", "6.5%", "n.a.", "7%", "8%"], [5, NAN, 6.5, NAN, 7, 8]),
]
#: groups of three digits: name, cells between semicolons, what they are
GROUPS: list[tuple[str, list[str], list[Any]]] = [
    ("thousands and hundreds", ["1,199", "704", "9", "2,500", "33", "1,001"], [1199, 704, 9, 2500, 33, 1001]),
    ("points", ["1.199", "704", "9", "2.500", "33", "1.001"], [1199, 704, 9, 2500, 33, 1001]),
    ("two groups", ["1,199,000", "2,704,000", "1,009,000", "2,500,000", "3,300,000", "1,001,000"], [1199e3, 2704e3, 1009e3, 25e5, 33e5, 1001e3]),
    ("two groups and one", ["1,199,000", "704,000", "9,000", "2,500,000", "330,000", "1,001"], [1199e3, 704e3, 9e3, 25e5, 33e4, 1001]),
    ("nothing decides", ["1,619", "2,754", "3,100", "4,200", "5,300", "6,400"], [1.619, 2.754, 3.1, 4.2, 5.3, 6.4]),
    ("nothing decides, points", ["1.619", "2.754", "3.100", "4.200", "5.300", "6.400"], [1.619, 2.754, 3.1, 4.2, 5.3, 6.4]),
    ("begins with 0", ["1,619", "0,754", "3,100", "4", "5", "6,400"], [1.619, 0.754, 3.1, 4, 5, 6.4]),
    ("two decimals somewhere", ["1,619", "2,75", "3,100", "4", "5", "6,400"], [1.619, 2.75, 3.1, 4, 5, 6.4]),
    ("an unmarked number of four digits", ["1,619", "2754", "3,100", "4", "5", "6,400"], [1.619, 2754, 3.1, 4, 5, 6.4]),
    ("negative", ["-1,199", "704", "-9", "2,500", "33", "1,001"], [-1199, 704, -9, 2500, 33, 1001]),
    ("with missing ones", ["1,199", "704", "NA", "2,500", "", "1,001"], [1199, 704, NAN, 2500, NAN, 1001]),
    ("money", ["$1,199", "$704", "$9", "$2,500", "$33", "$1,001"], [1199, 704, 9, 2500, 33, 1001]),
    ("money alone", ["1.199 €", "2.704 €", "9.500 €", "2.500 €", "3.300 €", "1.001 €"], [1199, 2704, 9500, 2500, 3300, 1001]),
    ("both marks", ["1,199.5", "704", "9", "2,500", "33", "1,001"], [1199.5, 704, 9, 2500, 33, 1001]),
]
#: codes: name, and cells that stay what they are
CODES: list[tuple[str, list[str]]] = [
    ("leading zeros", ["01", "1", "001"] * 2),
    ("post codes", ["02134", "10001", "02134", "94110", "10001", "94110"]),
    ("exponents that are none", ["1E2", "100", "1E2", "100", "2E3", "100"]),
    ("long numbers", ["12345678901234567", "12345678901234568", "12345678901234567", "12345678901234568"] * 2),
    ("addresses", ["192.168.100.200", "192.168.100.201", "192.168.100.200", "192.168.100.202"] * 2),
    ("short addresses", ["10.0.0.1", "10.0.0.2", "192.168.1.1", "10.0.0.1"] * 2),
    ("months of two digits", ["01", "02", "12", "01", "02", "12"]),
    ("telephone numbers", ["0301234", "0305678"] * 3),
    ("card numbers", ["4111111111111111111", "4111111111111111112"] * 3),
    ("dates with points", ["12.05.2019", "13.05.2019"] * 3),
    ("days and months", ["01.12", "24.12", "03.04"] * 2),
    ("versions", ["1.2.3", "1.2.4"] * 3),
    ("times", ["12:30", "13:45"] * 3),
    ("binary codes", ["000", "001", "010", "000", "001", "010"]),
    ("a zero in front of one", ["1", "2", "03", "1", "2", "03"]),
]
#: row numbers: name, the column's name, and its cells in a file of 20 rows
ROW_NUMBERS: list[tuple[str, str, list[str]]] = [
    ("from 0", "id", [str(i) for i in range(20)]),
    ("from 1", "PassengerId", [str(i + 1) for i in range(20)]),
    ("instant", "instant", [str(i + 1) for i in range(20)]),
    ("chinese", "序号", [str(i + 1) for i in range(20)]),
    ("no name", "", [str(i) for i in range(20)]),
    ("of pandas", "Unnamed: 0", [str(i) for i in range(20)]),
    ("from 1001", "case", [str(i + 1001) for i in range(20)]),
    ("with gaps", "customer", [str(1000 + 3 * i + i % 2) for i in range(20)]),
    ("downwards", "rank", [str(20 - i) for i in range(20)]),
    ("identifiers in no order", "id", [str(1000 + 7 * i % 20) for i in range(20)]),
    ("identifiers by their ending", "userId", [str(50 + 3 * i % 20) for i in range(20)]),
    ("dates as numbers", "date", [str(20240101 + i) for i in range(20)]),
    ("as decimals", "nr", [f"{i}.0" for i in range(20)]),
]
#: delimiters: name, file, and the names of the columns
DELIMITERS: list[tuple[str, str, list[str]]] = [
    ("a comma in a name and in each number", "Gewicht, kg;Klasse\n1,5;a\n2,5;b\n3,5;a", ["Gewicht, kg", "Klasse"]),
    ("commas everywhere", "mass, kg;length, m;width, m\n1,5;2,5;3,5\n2,5;3,5;4,5\n1,5;2,5;4,5", ["mass, kg", "length, m", "width, m"]),
    ("tabs", "mass, kg\tclass\n1,5\ta\n2,5\tb\n3,5\ta", ["mass, kg", "class"]),
    ("vertical bars", "mass, kg|class\n1,5|a\n2,5|b\n3,5|a", ["mass, kg", "class"]),
    ("commas and semicolons in texts", "a,tags\n1,x;y\n2,y;z\n3,x;z", ["a", "tags"]),
    ("semicolons and tabs in texts", 'a;note\n1;"x\ty"\n2;"y\tz"\n3;"x\tz"', ["a", "note"]),
    ("commas, one line ragged in semicolons", "a,b\n1,2;3\n2,3\n3,4", ["a", "b"]),
    ("quoted", '"a, b";"c, d"\n"1,5";"2,5"\n"2,5";"1,5"', ["a, b", "c, d"]),
    ("stated", "sep=|\na,b|c,d\n1,5|2\n2,5|3", ["a,b", "c,d"]),
    ("stated in capitals", "SEP=;\na;b\n1;2\n2;3", ["a", "b"]),
    ("stated in quotation marks", '"sep=;"\na;b\n1;2\n2;3', ["a", "b"]),
    ("stated and filled up", "sep=;;\na;b\n1;2\n2;3", ["a", "b"]),
    ("carets", "a, b^c^y\n1,5^2^u\n2,5^3^v", ["a, b", "c", "y"]),
    ("tildes", "a~b~y\n1~2~u\n2~3~v", ["a", "b", "y"]),
    ("colons", "a:b:y\n1:2:u\n2:3:v", ["a", "b", "y"]),
    ("carets, stated", "sep=^\na,b^c\n1,5^2\n2,5^3", ["a,b", "c"]),
    ("units with carets", "a m^2,b m^2\n1,2\n2,3", ["a m^2", "b m^2"]),
    ("times", "time,temp\n12:30,5\n12:45,6", ["time", "temp"]),
    ("times between blanks", "day time v\n1 12:30 5\n1 12:45 6", ["day", "time", "v"]),
    ("times without names", "12:30:00,5,u\n12:45:00,6,v\n12:50:00,6,v", ["column 1", "column 2", "column 3"]),
    ("approximate values", "a,b\n~5,1\n~6,2", ["a", "b"]),
    ("a comma after each delimiter", "x, y; z\n1,0; 2\n2,0; 3", ["x, y", "z"]),
]
#: beginnings: name and the first line of a file with three columns
BEGINNINGS: list[tuple[str, str]] = [
    ("parquet", "PAR1,PAR2,y"),
    ("gif", "GIF8,b,y"),
    ("gif, longer", "GIF89a,b,y"),
    ("bzip2", "BZh,b,y"),
    ("bzip2, longer", "BZh9,b,y"),
    ("rar", "Rar!,b,y"),
    ("list", "[1],[2],y"),
    ("list of one", "[1],b,y"),
    ("pdf", "%PDF,b,y"),
    ("rich text", "{\\rtf,b,y"),
    ("arrow", "ARROW1,b,y"),
    ("database", "SQLite format 3,b,y"),
    ("zip", "PK,b,y"),
    ("braces", "{a},b,y"),
]
