"""Files with something above their table, and with names in several rows."""

from __future__ import annotations

from tests.uploads_people import COUNTING, SOME, file

_DAYS = " ".join(f"2024-01-{i + 1:02d}" for i in range(12))
_TEMP = "20.5 21.25 19 22.5 18.75"


def _table(*columns: str, head: str, above: str = "", delimiter: str = ",") -> bytes:
    return file(head, *columns, above=above, delimiter=delimiter)


#: name, file, the line of its names, and the names
ABOVE: list[tuple[str, bytes, int, list[str]]] = [
    ("a title", _table(_TEMP, SOME, "u v", head="a,b,y", above="Sales report 2024\n"), 2, ["a", "b", "y"]),
    ("a title that a spreadsheet filled up", _table(_TEMP, SOME, "u v", head="a,b,y", above="Sales report 2024,,\n,,\n"), 3, ["a", "b", "y"]),
    ("a title with a comma", _table(_TEMP, SOME, "u v", head="a,b,y", above="measured in May, by me\n"), 2, ["a", "b", "y"]),
    ("two columns", _table(_DAYS, SOME, head="Week,searches", above="Category: All categories\n\n"), 3, ["Week", "searches"]),
    (
        "the World Bank", _table('"Aruba" "Chad" "Peru"', '"ABW" "TCD" "PER"', '"5.5" "7" "8.25"', '"5" "7.5" "8"', "~",
        head='"Country Name","Country Code","1960","1961",', above='"Data Source","World Development Indicators",\n\n"Last Updated Date","2024-05-30",\n\n'),
        5, ["Country Name", "Country Code", "1960", "1961"],
    ),
    (
        "a bank", _table("01.03.2024 02.03.2024", "Miete Gehalt", "-1.250,00 2.430,55 -17,90", "EUR", delimiter=";", head="Buchungstag;Text;Betrag;Währung",
        above="Umsatzanzeige;Datei erstellt am: 31.03.2024\n\nIBAN;DE00\nKontoname;Girokonto\nSaldo;1.234,56;EUR\n\n"),
        7, ["Buchungstag", "Text", "Betrag", "Währung"],
    ),
    ("a logger", _table(_DAYS, _TEMP, SOME, head="Time,Temp,Hum", above="Device: T100\nSerial: 0815\nInterval: 1 d\n\n"), 5, ["Time", "Temp", "Hum"]),
    ("pairs of names and values", _table(_TEMP, SOME, SOME, "u v", head="a,b,c,y", above="Station,Berlin\nHeight,34\n"), 3, ["a", "b", "c", "y"]),
    ("filled-up pairs", _table(_TEMP, SOME, SOME, "u v", head="a,b,c,y", above="Station,Berlin,,\nHeight,34,,\n"), 3, ["a", "b", "c", "y"]),
    ("tabs", _table(_TEMP, SOME, "u v", delimiter="\t", head="a\tb\ty", above="My table, in mm\n"), 2, ["a", "b", "y"]),
    ("blanks", _table(_TEMP, SOME, "u v", delimiter=" ", head="a b y", above="Oxford\n"), 2, ["a", "b", "y"]),
    ("remarks, and a title", _table(_TEMP, SOME, "u v", head="a,b,y", above="# made in May\nReport\n"), 3, ["a", "b", "y"]),
    ("nothing", _table(_TEMP, SOME, "u v", head="a,b,y"), 1, ["a", "b", "y"]),
    ("row names of R", _table("r1 r2 r3 r4 r5 r6 r7 r8 r9 r10 r11 r12", _TEMP, "u v", head="mpg,am"), 1, ["row name", "mpg", "am"]),
    ("a delimiter at the end of rows", _table(_TEMP, SOME, "u v", "~", head="a,b,y"), 1, ["a", "b", "y"]),
    ("an empty last column", _table(_TEMP, SOME, "~", "~", head="a,b,note,also"), 1, ["a", "b", "note", "also"]),
    ("texts with semicolons", _table("x;y y;z", SOME, head="tags,n"), 1, ["tags", "n"]),
]  # fmt: skip

#: name, file, in how many rows its names stand, and the names
ROWS: list[tuple[str, bytes, int, list[str]]] = [
    ("units", _table(_DAYS, _TEMP, SOME, head="time,temp,hum\n,°C,%"), 2, ["time", "temp °C", "hum %"]),
    ("units, and one of days", _table(_DAYS, _TEMP, "on off", head="t,temp,state\nd,°C,"), 2, ["t d", "temp °C", "state"]),
    ("one unit alone", _table("a b c", _TEMP, head="kind,temp\n,°C"), 2, ["kind", "temp °C"]),
    ("numbers of columns", _table("542928 863170", "2 1", "0 1", head="X1,X2,Y\nLIMIT,SEX,default"), 2, ["X1 LIMIT", "X2 SEX", "Y default"]),
    ("questions", _table(COUNTING, SOME, "5 4 2", head="ID,Q1,Q2\nID,How old are you? (years),How do you like it?"), 2, ["ID ID", "Q1", "Q2"]),
    (
        "two levels of pandas", _table("r1 r2 r3", _TEMP, SOME, SOME, _TEMP, head=",A,A,B,B\n,x,y,x,y\nrow,,,,"), 3,
        ["row", "A x", "A y", "B x", "B y"],
    ),
    ("merged cells", _table("Ia Ib", _TEMP, SOME, SOME, _TEMP, head="Region,2019,,2020,\n,m,f,m,f"), 2, ["Region", "2019 m", "2019 f", "2020 m", "2020 f"]),
    (
        "years below", _table("Ia Ib", _TEMP, SOME, SOME, _TEMP, head=",Men,,Women,\nRegion,2019,2020,2019,2020"), 2,
        ["Region", "Men 2019", "Men 2020", "Women 2019", "Women 2020"],
    ),
    (
        "a logger of four lines",
        _table(_DAYS, COUNTING, _TEMP, SOME, above='"TOA5","CR1000","12345"\n', head="TIMESTAMP,RECORD,Batt,Air\nTS,RN,Volts,Deg C\n,,Min,Avg"), 3,
        ["TIMESTAMP TS", "RECORD RN", "Batt Volts Min", "Air Deg C Avg"],
    ),
    ("a title and units", _table(_TEMP, SOME, "u v", above="Run 7\n", head="a,b,y\nmm,kg,"), 2, ["a mm", "b kg", "y"]),
    ("a row of values", _table(_TEMP, SOME, "u v", head="a,b,y"), 1, ["a", "b", "y"]),
    ("a row without numbers", _table(f"NA {_TEMP}", f"? {SOME}", "u v", head="a,b,y"), 1, ["a", "b", "y"]),
    ("texts that come again", _table(f"low {_TEMP} low", f"low {SOME} low", "u v", head="a,b,y"), 1, ["a", "b", "y"]),
    ("texts alone", _table("one two three", "u v", head="a,y"), 1, ["a", "y"]),
    ("one text among numbers", _table(f"broken {_TEMP}", "u v w x", head="a,y"), 1, ["a", "y"]),
]  # fmt: skip
