"""Small look-alikes of well-known public tables, made up: their forms, not their rows. Each with what it suggests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from core.tasks import CLASSIFICATION, REGRESSION

C, R = CLASSIFICATION, REGRESSION
#: makes the cell of a row, from its number and the column's
Cells: TypeAlias = Callable[[int, int], str]


@dataclass(frozen=True)
class Public:
    """A table: its name and bytes, the suggested target and task, the columns left out, and a part of what is said."""

    name: str
    raw: bytes
    target: str
    task: str
    left_out: tuple[str, ...] = ()
    said: str = ""
    rows: int = 60


def chance(i: int, salt: int, most: int) -> int:
    """Return a whole number below `most` that looks random."""
    return (i * 7919 + salt * 104_729 + (i * i + salt) * 31 + (i + salt) ** 3 % 1009) % most


def number(low: float, high: float, digits: int = 0, form: str = "{}", mark: str = ".") -> Cells:
    """Return cells of numbers."""
    return lambda i, salt: form.format(f"{low + (high - low) * chance(i, salt, 997) / 997:.{digits}f}".replace(".", mark))


def pick(*options: str) -> Cells:
    """Return cells of categories."""
    return lambda i, salt: options[chance(i, salt, len(options))]


def count(first: int = 1, form: str = "{}") -> Cells:
    """Return cells that count the rows."""
    return lambda i, salt: form.format(i + first)


def sorted_(*options: str) -> Cells:
    """Return cells of classes, one after the other."""
    return lambda i, salt: options[i * len(options) // 60]


def but(every: int, text: str, cells: Cells) -> Cells:
    """Return cells with another text in each row that `every` divides."""
    return lambda i, salt: text if i % every == 0 else cells(i, salt)


def date(form: str) -> Cells:
    """Return cells of days; `form` has places for month and day."""
    return lambda i, salt: form.format(1 + i // 28, 1 + i % 28)


def table(head: str, *cells: Cells, delimiter: str = ",", codec: str = "utf-8", rows: int = 60, end: str = "\n", tail: str = "") -> bytes:
    """Return a file. Without `head` it has no header."""
    lines = [head] if head else []
    lines += [delimiter.join(make(i, salt + 1) for salt, make in enumerate(cells)) + tail for i in range(rows)]
    return (end.join(lines) + end).encode(codec)


_FLOWERS = tuple(f"Iris-{name}" for name in ("setosa", "versicolor", "virginica"))
_FLOWER = (number(4, 8, 1), number(2, 4, 1), number(1, 7, 1), number(0, 3, 1), sorted_(*_FLOWERS))
_CAR = (number(10, 34, 1), pick("4", "6", "8"), number(52, 330), pick("0", "1"))

PUBLIC = [
    Public(
        "titanic",
        table(
            "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Ticket,Fare,Cabin,Embarked",
            count(), pick("0", "1"), pick("1", "2", "3"), count(form='"Name{}, Mr. X"'), pick("male", "female"), but(5, "", number(1, 80)), pick("0", "1", "2"),
            but(4, "A/5 21171", but(7, "PC 17599", but(9, "STON/O2. 31", number(2000, 99_999)))), number(5, 90, 4), but(2, "", count(form="C{}")),
            pick("S", "C", "Q"),
        ), "Embarked", C, ("PassengerId", "Name", "Ticket", "Cabin"), "'Ticket', which holds numbers and other texts",
    ),
    Public("iris without header", table("", *_FLOWER), "column 5", C, (), "first row was taken for values"),
    Public("iris with Id", table("Id,SL,SW,PL,PW,Species", count(), *_FLOWER), "Species", C, ("Id",), "counts the rows from 1 to 60"),
    Public(
        "bike sharing",
        table(
            "instant,dteday,season,holiday,temp,hum,casual,registered,cnt", count(),
                date("2011-{:02d}-{:02d}"), sorted_("1", "2", "3", "4"), but(9, "1", pick("0")),
            number(0, 1, 6), number(0, 1, 6), number(0, 900), number(0, 4000), number(900, 6000),
        ), "cnt", R, ("instant", "dteday"),
    ),
    Public(
        "wine quality",
        table('"fixed acidity";"pH";"alcohol";"quality"', number(5, 12, 1), number(2.8, 3.9, 2), number(8, 14, 1), pick("5", "6", "7"), delimiter=";"),
        "quality", C, (), "parted by semicolons, with a decimal point",
    ),
    Public(
        "adult",
        table(
            "", number(17, 77), pick("Private", "State-gov", "?"), number(10_000, 99_999), pick("HS-grad", "Bachelors"), number(1, 60), pick("<=50K", ">50K"),
            delimiter=", ",
        ), "column 6", C, (), "Counted as values, because they stand among texts: '?'",
    ),
    Public(
        "adult with header", table("age,workclass,education.num,income", number(17, 77), pick("Private", "?"), number(1, 16), pick("<=50K", ">50K")),
        "income", C,
    ),
    Public(
        "auto mpg",
        table(
            "mpg,cylinders,horsepower,weight,car name", number(10, 40, 1), pick("4", "6", "8"), but(10, "?", number(50, 200)), number(1600, 4600),
            count(form="car {}"),
        ),
        "weight", R, ("car name",), "Counted as missing: '?' (6) in 'horsepower'.",
    ),
    Public(
        "breast cancer, original", table("", number(1_000_025, 1_999_999), number(1, 10), number(1, 10), but(30, "?", number(1, 10)), pick("2", "4")),
        "column 5", C, (), "'?' (2) in 'column 4'",
    ),
    Public(
        "breast cancer, diagnostic", table("", number(842_302, 999_999), pick("M", "B"), number(6, 28, 2), number(9, 40, 2), number(0, 1, 4)), "column 5", R,
    ),
    Public("pima", table("", number(0, 12), number(80, 180), number(18, 50, 1), number(0, 2, 3), number(21, 60), pick("0", "1")), "column 6", C),
    Public("abalone", table("", pick("M", "F", "I"), number(0.1, 0.8, 3), number(0.1, 0.6, 3), number(0, 2, 4), number(3, 23)), "column 5", R),
    Public(
        "car evaluation",
        table("", pick("vhigh", "high", "low"), pick("2", "3", "4", "5more"), pick("2", "4", "more"), pick("small", "big"), pick("unacc", "acc", "good")),
        "column 5", C, (), "'column 2' holds numbers and texts such as",
    ),
    Public("mushroom", table("", pick("p", "e"), pick("x", "b", "s"), pick("n", "y", "w"), pick("?", "b", "c")), "column 4", C, (), "'?'"),
    Public(
        "heart", table("", number(29, 74, 1), pick("0.0", "1.0"), number(0, 6, 1), but(30, "?", pick("0.0", "3.0")), pick("0", "1", "2")), "column 5", C, (),
        "'?' (2)",
    ),
    Public(
        "telco churn",
        table(
            "customerID,gender,SeniorCitizen,tenure,TotalCharges,Churn", count(7000, "{}-XY"), pick("Female", "Male"), pick("0", "1"), number(0, 72),
            but(30, " ", number(18, 8000, 2)), pick("No", "Yes"),
        ), "Churn", C, ("customerID",), "2 in 'TotalCharges'",
    ),
    Public(
        "house prices",
        table(
            "Id,LotFrontage,Alley,YearBuilt,GarageType,SalePrice", count(), but(6, "NA", number(40, 120)), pick("NA", "NA", "Grvl", "Pave"), number(1900, 2010),
            pick("Attchd", "NA", "Detchd"), number(80_000, 400_000),
        ), "SalePrice", R, ("Id",), "'NA' (10) in 'LotFrontage'",
    ),
    Public(
        "loans",
        table(
            "Loan_ID,Gender,Dependents,ApplicantIncome,LoanAmount,Loan_Status", count(1002, "LP{:06d}"),
                pick("Male", "Female", ""), pick("0", "1", "2", "3+", ""),
            number(1000, 9999), but(9, "", number(50, 400)), pick("Y", "N"),
        ), "Loan_Status", C, ("Loan_ID",), "'Dependents' holds numbers and texts such as '3+'",
    ),
    Public(
        "bank marketing",
        table(
            '"age";"job";"default";"balance";"y"', number(18, 88), pick('"admin."', '"unknown"'), pick('"no"', '"yes"'), number(-900, 5000),
            pick('"no"', '"yes"'), delimiter=";",
        ),
        "y", C, (), "'unknown'",
    ),
    Public(
        "student performance",
        table(
            "school;sex;age;absences;G1;G3", pick('"GP"'), pick('"F"', '"M"'), number(15, 22), number(0, 30), number(0, 20, 0, '"{}"'), number(0, 20),
            delimiter=";",
        ),
        "G3", R, ("school",),
    ),
    Public(
        "insurance",
        table(
            "age,sex,bmi,children,smoker,charges", number(18, 64), pick("male", "female"), number(16, 53, 3), number(0, 5), pick("yes", "no"),
            number(1100, 60_000, 5),
        ),
        "charges", R,
    ),
    Public(
        "penguins",
        table(
            "species,bill_length_mm,body_mass_g,sex", pick("Adelie", "Gentoo"), but(30, "NA", number(32, 60, 1)), but(30, "NA", number(2700, 6200)),
            pick("male", "female", "NA"),
        ),
        "sex", C, (), "'NA' (2) in 'body_mass_g'",
    ),
    Public("mtcars by write.csv", table('"","mpg","cyl","hp","am"', count(form='"Car {}"'), *_CAR, rows=32), "am", C, ("column 1",), rows=32),
    Public(
        "mtcars by write.table", table('"mpg","cyl","hp","am"', count(form='"Car {}"'), *_CAR, rows=32), "am", C, ("row name",), "as R writes them", rows=32,
    ),
    Public(
        "diamonds",
        table('"","carat","cut","depth","price"', count(form='"{}"'), number(0.2, 3, 2), pick('"Ideal"', '"Good"'), number(55, 67, 1), number(326, 15_000)),
        "price", R, ("column 1",), "counts the rows",
    ),
    Public(
        "california housing",
        table(
            "longitude,latitude,total_bedrooms,median_house_value,ocean_proximity", number(-124, -114, 2), number(32, 42, 2), but(8, "", number(1, 900, 1)),
            number(15_000, 90_000, 1), pick("NEAR BAY", "<1H OCEAN", "INLAND"),
        ), "ocean_proximity", C, (), "8 in 'total_bedrooms'",
    ),
    Public(
        "forest fires",
        table(
            "X,Y,month,day,temp,rain,area", number(1, 9), number(2, 9), pick("mar", "oct"), pick("fri", "sat"), number(2, 34, 1), pick("0", "0.2"),
            number(0, 99, 2),
        ),
        "area", R,
    ),
    Public(
        "card fraud", table('"Time","V1","Amount","Class"', lambda i, salt: str(i // 2), number(-3, 3, 12), number(0, 300, 2), but(12, '"1"', pick('"0"'))),
        "Class", C,
    ),
    Public(
        "mnist", table("label," + ",".join(f"pixel{i}" for i in range(9)), lambda i, salt: str(i % 10), pick("0"), pick("0"), *[number(0, 255)] * 7),
        "label", C, ("pixel0", "pixel1"),
    ),
    Public(
        "air quality",
        table(
            "Date;CO(GT);T;RH;;", date("{1:02d}/{0:02d}/2004"), number(0, 5, 1, mark=","), number(-2, 44, 1, mark=","), number(9, 88, 1, mark=","),
            delimiter=";", end="\r\n", tail=";;",
        ),
        "RH", R, ("Date",), "2 columns without name",
    ),
    Public("years in columns", table("country,1952,1957,1962", count(form="Country {}"), *[number(28, 75, 3)] * 3), "1962", R, ("country",)),
    Public(
        "stocks",
        table("Date,Open,Close,Volume", date("2020-{:02d}-{:02d}"), number(100, 999, 1, '"1,{}"'),
            number(100, 800, 2, '"1,{}"'), number(100, 899, 0, '"3,{},000"')),
        "Volume", R, ("Date",),
    ),
    Public(
        "used cars",
        table(
            "Name,Mileage,Engine,Power,Price", count(form="Car {}"), number(10, 30, 2, "{} kmpl"), number(800, 2800, 0, "{} CC"),
            number(40, 200, 2, "{} bhp"), number(1, 60, 2),
        ),
        "Price", R, ("Name",), "kmpl' was read as",
    ),
    Public(
        "lending",
        table(
            "loan_amnt,term,int_rate,emp_length,loan_status", number(1000, 30_000), pick(" 36 months", " 60 months"), number(5, 25, 2, "{}%"),
            pick("10+ years", "< 1 year", "2 years"), pick("Paid", "Charged Off"),
        ),
        "loan_status", C, (), "%' was read as",
    ),
    Public(
        "attrition",
        table(
            "Age,Attrition,EmployeeCount,EmployeeNumber,Over18,Income", number(18, 60), pick("Yes", "No"), pick("1"), lambda i, salt: str(1 + 2 * i + i % 2),
            pick("Y"), number(1000, 19_000),
        ),
        "Income", R, ("EmployeeCount", "EmployeeNumber", "Over18"), "in the order of the rows",
    ),
    Public(
        "seoul bikes",
        table(
            "Rented Bike Count,Temperature(°C),Wind speed (m/s),Seasons", number(0, 2000), number(-17, 39, 1), number(0, 7, 1), pick("Winter", "Summer"),
            codec="latin-1",
        ),
        "Seasons", C, (), "Latin-1",
    ),
    Public(
        "world bank",
        table(
            "Country Name,Country Code,Life expectancy,GDP", count(form="Country {}"), count(form="C{}"), but(7, "..", number(50, 85, 2)),
            but(5, "..", number(500, 90_000, 2)),
        ),
        "GDP", R, ("Country Name", "Country Code"), "12 rows without a target left out.",
    ),
    Public("balance scale", table("", pick("B", "R", "L"), number(1, 5), number(1, 5), number(1, 5)), "column 4", C),
    Public("ionosphere", table("", pick("1"), pick("0"), number(-1, 1, 5), number(-1, 1, 5), pick("g", "b")), "column 5", C, ("column 1", "column 2")),
    Public("glass", table("", count(), number(1.51, 1.54, 5), number(10, 17, 2), sorted_("1", "2", "3")), "column 4", C, ("column 1",)),
    Public(
        "zoo", table("", count(form="animal {}"), pick("0", "1"), pick("0", "1"), pick("0", "2", "4", "6"), sorted_("1", "2", "3", "4")), "column 5", C,
        ("column 1",),
    ),
    Public(
        "watermelons in GBK", table("编号,色泽,根蒂,密度,好瓜", count(), pick("青绿", "乌黑"), pick("蜷缩", "硬挺"),
            number(0, 1, 3), pick("是", "否"), codec="gbk"),
        "好瓜", C, ("编号",), "GB18030",
    ),
    Public(
        "trading areas in CP949", table("상가번호,지역,매출,등급", count(), pick("서울", "부산"), number(1000, 9999),
            pick("상", "하"), codec="cp949"), "등급", C, ("상가번호",),
        "CP949",
    ),
    Public(
        "weather in Shift-JIS",
        table("年月日,平均気温,降水量,天気", date("2023/{}/{}"), number(-5, 30, 1), but(3, "--", number(1, 40, 1)), pick("晴", "雨"), codec="shift_jis"),
        "天気", C, ("年月日",), "'--' (20) in '降水量'",
    ),
    Public(
        "election in Windows-1251",
        table("регион,явка,голосов,победитель", count(form="Регион {}"), number(20, 90, 1, "{}%"), number(1000, 9999), pick("да", "нет"), codec="cp1251"),
        "победитель", C, ("регион",), "Windows-1251",
    ),
    Public(
        "German rents",
        table(
            "Wohnung;Fläche, m²;Miete;Ort", count(form="W{}"), number(20, 99, 1, mark=","), number(300, 999, 2, "{} €", ","), pick("Köln", "Bonn"),
            delimiter=";", codec="cp1252",
        ),
        "Ort", C, ("Wohnung",), "€' was read as",
    ),
    Public(
        "Brazilian sales in Latin-1",
        table(
            "código;região;preço;situação", count(form="{:04d}"), pick("Norte", "São Paulo"), number(100, 999, 2, "R$ 1.{}", ","), pick("pago", "não pago"),
            delimiter=";", codec="latin-1",
        ),
        "situação", C, ("código",), "'R$ 1.",
    ),
    Public(
        "apps",
        table(
            "App,Rating,Size,Installs,Price,Type", count(form="App {}"), but(9, "NaN", number(1, 5, 1)), number(1, 99, 0, "{}M"),
            pick('"1,000+"', '"10,000+"'), pick("0", "$0.99"), pick("Free", "Paid"),
        ),
        "Type", C, ("App",), "M' was read as",
    ),
]  # fmt: skip

#: forms that are refused: name, file, and a part of the message
UNREADABLE: list[tuple[str, bytes, str]] = [
    ("Boston housing in two lines a row", b" 0.00632  18.00   2.310\n  396.90   4.98\n" * 9, "a single column"),
    ("ARFF", b"% flowers\n@relation iris\n@attribute sepal real\n@attribute class {a,b}\n@data\n5.1,a\n4.9,b\n", "ARFF"),
    ("LIBSVM", b"+1 1:0.7 2:1 3:-0.3\n-1 1:0.5 2:-1 3:0.3\n", "a LIBSVM file"),
]
