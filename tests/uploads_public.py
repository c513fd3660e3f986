"""Small look-alikes of well-known public tables, made up: their forms, not their rows. Each with what it suggests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.tasks import CLASSIFICATION, REGRESSION

C, R = CLASSIFICATION, REGRESSION


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


def _n(i: int, salt: int, most: int) -> int:
    """Return a whole number below `most` that looks random."""
    return (i * 7919 + salt * 104_729 + (i * i + salt) * 31 + (i + salt) ** 3 % 1009) % most


def _f(i: int, salt: int, low: float, high: float, digits: int = 1) -> str:
    return f"{low + (high - low) * _n(i, salt, 997) / 997:.{digits}f}"


def _pick(i: int, salt: int, *options: str) -> str:
    return options[_n(i, salt, len(options))]


def _file(head: str, line: Callable[[int], str], rows: int = 60, end: str = "\n") -> bytes:
    return (end.join([*([head] if head else []), *map(line, range(rows))]) + end).encode()


PUBLIC = [
    Public(
        "titanic",
        _file(
            "PassengerId,Survived,Pclass,Name,Sex,Age,SibSp,Parch,Ticket,Fare,Cabin,Embarked",
            lambda i: f'{i + 1},{_n(i, 1, 2)},{1 + _n(i, 2, 3)},"Name{i}, Mr. X",{_pick(i, 3, "male", "female")},{_f(i, 4, 1, 80) if i % 5 else ""},{_n(i, 5, 3)},'
            f'{_n(i, 6, 3)},{_pick(i, 7, "A/5 2117", "PC 1759", "STON/O2. 310", "", "", "") + str(_n(i, 8, 9999))},{_f(i, 9, 5, 90, 4)},{f"C{i}" if i % 4 == 0 else ""},'
            f'{_pick(i, 10, "S", "C", "Q")}',
        ),
        "Embarked", C, ("PassengerId", "Name", "Ticket", "Cabin"), "'Ticket', which",
    ),
    Public("iris without header", _file("", lambda i: f"{_f(i, 1, 4, 8)},{_f(i, 2, 2, 4)},{_f(i, 3, 1, 7)},{_f(i, 4, 0, 3)},Iris-{('setosa', 'versicolor', 'virginica')[i // 20]}"), "column 5", C, (), "first row was taken for values"),
    Public("iris with Id", _file("Id,SepalLengthCm,SepalWidthCm,Species", lambda i: f"{i + 1},{_f(i, 1, 4, 8)},{_f(i, 2, 2, 4)},Iris-{('setosa', 'versicolor', 'virginica')[i // 20]}"), "Species", C, ("Id",), "counts the rows from 1 to 60"),
    Public("bike sharing", _file("instant,dteday,season,holiday,temp,hum,casual,registered,cnt", lambda i: f"{i + 1},2011-{1 + i // 28:02d}-{1 + i % 28:02d},{1 + i // 15},{int(i % 9 == 0)},{_f(i, 1, 0, 1, 6)},{_f(i, 2, 0, 1, 6)},{_n(i, 3, 900)},{_n(i, 4, 4000)},{985 + _n(i, 5, 5000)}"), "cnt", R, ("instant", "dteday")),
    Public("wine quality", _file('"fixed acidity";"volatile acidity";"pH";"alcohol";"quality"', lambda i: f"{_f(i, 1, 5, 12)};{_f(i, 2, 0.1, 1.5, 2)};{_f(i, 3, 2.8, 3.9, 2)};{_f(i, 4, 8, 14)};{5 + _n(i, 5, 3)}"), "quality", C, (), "parted by semicolons, with a decimal point"),
    Public("adult", _file("", lambda i: f"{17 + _n(i, 1, 60)}, {_pick(i, 2, 'Private', 'State-gov', '?')}, {10_000 + _n(i, 3, 90_000)}, {_pick(i, 4, 'HS-grad', 'Bachelors')}, {_pick(i, 5, 'Male', 'Female')}, {_n(i, 6, 60)}, {('<=50K', '>50K')[_n(i, 7, 2)]}"), "column 7", C, (), "Counted as values, because they stand among texts: '?'"),
    Public("adult with header", _file("age,workclass,education.num,income", lambda i: f"{17 + _n(i, 1, 60)},{_pick(i, 2, 'Private', 'State-gov', '?')},{_n(i, 3, 16)},{('<=50K', '>50K')[_n(i, 7, 2)]}"), "income", C),
    Public("auto mpg", _file("mpg,cylinders,displacement,horsepower,weight,car name", lambda i: f"{_f(i, 1, 10, 40)},{4 + 2 * _n(i, 2, 3)},{_f(i, 3, 70, 450)},{'?' if i % 11 == 3 else 50 + _n(i, 4, 150)},{1600 + _n(i, 5, 3000)},car {i}"), "weight", R, ("car name",), "Counted as missing: '?' (6) in 'horsepower'."),
    Public("breast cancer, original", _file("", lambda i: f"{1_000_025 + _n(i, 1, 99_991)},{1 + _n(i, 2, 10)},{1 + _n(i, 3, 10)},{'?' if i == 23 else 1 + _n(i, 4, 10)},{2 + 2 * _n(i, 5, 2)}"), "column 5", C, (), "'?' (1) in 'column 4'"),
    Public("breast cancer, diagnostic", _file("", lambda i: f"{842_302 + _n(i, 1, 99_991)},{_pick(i, 2, 'M', 'B')},{_f(i, 3, 6, 28, 2)},{_f(i, 4, 9, 40, 2)},{_f(i, 5, 0, 1, 4)}"), "column 5", R),
    Public("pima", _file("", lambda i: f"{_n(i, 1, 12)},{80 + _n(i, 2, 100)},{50 + _n(i, 3, 50)},{_f(i, 4, 18, 50)},{_f(i, 5, 0, 2, 3)},{21 + _n(i, 6, 40)},{_n(i, 7, 2)}"), "column 7", C),
    Public("abalone", _file("", lambda i: f"{_pick(i, 1, 'M', 'F', 'I')},{_f(i, 2, 0.1, 0.8, 3)},{_f(i, 3, 0.1, 0.6, 3)},{_f(i, 4, 0, 2, 4)},{3 + _n(i, 5, 20)}"), "column 5", R),
    Public("car evaluation", _file("", lambda i: ",".join((_pick(i, 1, "vhigh", "high", "low"), _pick(i, 2, "2", "3", "4", "5more"), _pick(i, 3, "2", "4", "more"), _pick(i, 4, "small", "big"), _pick(i, 5, "unacc", "acc", "good")))), "column 5", C, (), "'column 2' holds numbers and texts such as"),
    Public("mushroom", _file("", lambda i: ",".join((_pick(i, 1, "p", "e"), _pick(i, 2, "x", "b", "s"), _pick(i, 3, "n", "y", "w"), _pick(i, 4, "?", "b", "c")))), "column 4", C, (), "'?'"),
    Public("heart", _file("", lambda i: f"{29 + _n(i, 1, 45)}.0,{_n(i, 2, 2)}.0,{_f(i, 3, 0, 6)},{'?' if i == 7 else f'{_n(i, 4, 4)}.0'},{_n(i, 5, 5)}"), "column 5", C, (), "'?' (1) in 'column 4'"),
    Public("telco churn", _file("customerID,gender,SeniorCitizen,tenure,MonthlyCharges,TotalCharges,Churn", lambda i: f"{7000 + _n(i, 1, 2999)}-X{i:03d},{_pick(i, 2, 'Female', 'Male')},{_n(i, 3, 2)},{_n(i, 4, 72)},{_f(i, 5, 18, 118, 2)},{' ' if i == 9 else _f(i, 6, 18, 8000, 2)},{_pick(i, 7, 'No', 'Yes')}"), "Churn", C, ("customerID",), "1 in 'TotalCharges'"),
    Public("house prices", _file("Id,MSSubClass,LotFrontage,Alley,YearBuilt,GarageType,SalePrice", lambda i: f"{i + 1},{20 + 10 * _n(i, 1, 5)},{'NA' if i % 6 == 0 else 40 + _n(i, 2, 80)},{_pick(i, 3, 'NA', 'NA', 'Grvl', 'Pave')},{1900 + _n(i, 4, 110)},{_pick(i, 5, 'Attchd', 'NA', 'Detchd')},{80_000 + 500 * _n(i, 6, 400)}"), "SalePrice", R, ("Id",), "'NA' (10) in 'LotFrontage'"),
    Public("loans", _file("Loan_ID,Gender,Dependents,ApplicantIncome,LoanAmount,Loan_Status", lambda i: f"LP{1002 + i:06d},{_pick(i, 1, 'Male', 'Female', '')},{_pick(i, 2, '0', '1', '2', '3+', '')},{1000 + _n(i, 3, 9000)},{'' if i % 9 == 2 else 50 + _n(i, 4, 400)},{_pick(i, 5, 'Y', 'N')}"), "Loan_Status", C, ("Loan_ID",), "'Dependents' holds numbers and texts such as '3+'"),
    Public("bank marketing", _file('"age";"job";"default";"balance";"y"', lambda i: f'{18 + _n(i, 1, 70)};"{_pick(i, 2, "admin.", "unknown", "services")}";"{_pick(i, 3, "no", "yes")}";{_n(i, 4, 5000) - 900};"{_pick(i, 5, "no", "yes")}"'), "y", C, (), "'unknown'"),
    Public("student performance", _file("school;sex;age;Mjob;absences;G1;G2;G3", lambda i: f'"GP";"{_pick(i, 1, "F", "M")}";{15 + _n(i, 2, 8)};"{_pick(i, 3, "at_home", "health")}";{_n(i, 4, 30)};"{_n(i, 5, 20)}";"{_n(i, 6, 20)}";{_n(i, 7, 20)}'), "G3", R, ("school",)),
    Public("insurance", _file("age,sex,bmi,children,smoker,region,charges", lambda i: f"{18 + _n(i, 1, 46)},{_pick(i, 2, 'male', 'female')},{_f(i, 3, 16, 53, 3)},{_n(i, 4, 5)},{_pick(i, 5, 'yes', 'no')},{_pick(i, 6, 'southwest', 'northeast')},{_f(i, 7, 1100, 60_000, 5)}"), "charges", R),
    Public("penguins", _file("species,island,bill_length_mm,body_mass_g,sex", lambda i: f"{_pick(i, 1, 'Adelie', 'Gentoo')},{_pick(i, 2, 'Biscoe', 'Dream')},{'NA' if i == 3 else _f(i, 3, 32, 60)},{'NA' if i == 3 else 2700 + 25 * _n(i, 4, 140)},{_pick(i, 5, 'male', 'female', 'NA')}"), "sex", C, (), "'NA' (1) in 'body_mass_g'"),
    Public("mtcars by write.csv", _file('"","mpg","cyl","hp","am"', lambda i: f'"Car {i}",{_f(i, 1, 10, 34)},{4 + 2 * _n(i, 2, 3)},{52 + _n(i, 3, 280)},{_n(i, 4, 2)}', 32), "am", C, ("column 1",), rows=32),
    Public("mtcars by write.table", _file('"mpg","cyl","hp","am"', lambda i: f'"Car {i}",{_f(i, 1, 10, 34)},{4 + 2 * _n(i, 2, 3)},{52 + _n(i, 3, 280)},{_n(i, 4, 2)}', 32), "am", C, ("row name",), "as R writes them", rows=32),
    Public("diamonds", _file('"","carat","cut","depth","price"', lambda i: f'"{i + 1}",{_f(i, 1, 0.2, 3, 2)},"{_pick(i, 2, "Ideal", "Good")}",{_f(i, 3, 55, 67)},{326 + _n(i, 4, 15_000)}'), "price", R, ("column 1",), "counts the rows"),
    Public("california housing", _file("longitude,latitude,total_bedrooms,median_income,median_house_value,ocean_proximity", lambda i: f"-{_f(i, 1, 114, 124, 2)},{_f(i, 2, 32, 42, 2)},{'' if i % 8 == 1 else f'{_n(i, 3, 900)}.0'},{_f(i, 4, 0.5, 15, 4)},{15_000 + 100 * _n(i, 5, 900)}.0,{_pick(i, 6, 'NEAR BAY', '<1H OCEAN', 'INLAND')}"), "ocean_proximity", C),
    Public("forest fires", _file("X,Y,month,day,FFMC,temp,rain,area", lambda i: f"{1 + _n(i, 1, 9)},{2 + _n(i, 2, 8)},{_pick(i, 3, 'mar', 'oct', 'aug')},{_pick(i, 4, 'fri', 'sat')},{_f(i, 5, 18, 97)},{_f(i, 6, 2, 34)},{_pick(i, 7, '0', '0', '0.2')},{_f(i, 8, 0, 100, 2)}"), "area", R),
    Public("card fraud", _file('"Time","V1","V2","Amount","Class"', lambda i: f'{i // 2},{_f(i, 1, -3, 3, 12)},{_f(i, 2, -3, 3, 12)},{_f(i, 3, 0, 300, 2)},"{int(i % 12 == 5)}"'), "Class", C),
    Public("mnist", _file("label," + ",".join(f"pixel{i}" for i in range(16)), lambda i: f"{i % 10}," + ",".join("0" if j < 4 else str(_n(i, j, 256)) for j in range(16))), "label", C, ("pixel0", "pixel1", "pixel2", "pixel3")),
    Public("air quality", _file("Date;Time;CO(GT);T;RH;;", lambda i: f"{1 + i:02d}/03/2004;{i % 24:02d}.00.00;{_f(i, 1, 0, 5).replace('.', ',')};{_f(i, 2, -2, 44).replace('.', ',')};{_f(i, 3, 9, 88).replace('.', ',')};;", end="\r\n"), "RH", R, ("Date",), "2 columns without name"),
    Public("years in columns", _file("country,1952,1957,1962", lambda i: f"Country {i},{_f(i, 1, 28, 73, 3)},{_f(i, 2, 30, 74, 3)},{_f(i, 3, 31, 75, 3)}"), "1962", R, ("country",)),
    Public("stocks", _file("Date,Open,Close,Volume", lambda i: f'2020-{1 + i // 28:02d}-{1 + i % 28:02d},"{1000 + _n(i, 1, 900)}.5","1,{100 + _n(i, 2, 800)}.25","{1 + _n(i, 3, 90)},{100 + _n(i, 4, 899)},{100 + _n(i, 5, 899)}"'), "Volume", R, ("Date",)),
    Public("used cars", _file("Name,Mileage,Engine,Power,Price", lambda i: f"Car {i},{_f(i, 1, 10, 30, 2)} kmpl,{800 + _n(i, 2, 2000)} CC,{_f(i, 3, 40, 200, 2)} bhp,{_f(i, 4, 1, 60, 2)}"), "Price", R, ("Name",), "kmpl' was read as"),
    Public("lending", _file("loan_amnt,term,int_rate,emp_length,loan_status", lambda i: f"{1000 + 25 * _n(i, 1, 999)}, {_pick(i, 2, '36', '60')} months,{_f(i, 3, 5, 25, 2)}%,{_pick(i, 4, '10+ years', '< 1 year', '2 years', '3 years')},{_pick(i, 5, 'Fully Paid', 'Charged Off')}"), "loan_status", C, (), "%' was read as"),
    Public("attrition", _file("Age,Attrition,EmployeeCount,EmployeeNumber,Over18,MonthlyIncome", lambda i: f"{18 + _n(i, 1, 42)},{_pick(i, 2, 'Yes', 'No')},1,{1 + 2 * i + i % 2},Y,{1000 + _n(i, 3, 18_000)}"), "MonthlyIncome", R, ("EmployeeCount", "EmployeeNumber", "Over18"), "in the order of the rows"),
    Public("seoul bikes", _file("Date,Rented Bike Count,Temperature(°C),Wind speed (m/s),Seasons", lambda i: f"{1 + i // 24:02d}/12/2017,{_n(i, 1, 2000)},{_f(i, 2, -17, 39)},{_f(i, 3, 0, 7)},{_pick(i, 4, 'Winter', 'Summer')}").decode().encode("latin-1"), "Seasons", C, (), "Latin-1"),
    Public("world bank", _file("Country Name,Country Code,Life expectancy,GDP", lambda i: f"Country {i},C{i:02d},{'..' if i % 7 == 0 else _f(i, 1, 50, 85, 2)},{'..' if i % 5 == 0 else _f(i, 2, 500, 90_000, 2)}"), "GDP", R, ("Country Name", "Country Code"), "12 rows without a target left out."),
    Public("balance scale", _file("", lambda i: f"{_pick(i, 1, 'B', 'R', 'L')},{1 + _n(i, 2, 5)},{1 + _n(i, 3, 5)},{1 + _n(i, 4, 5)}"), "column 4", C),
    Public("ionosphere", _file("", lambda i: f"1,0,{_f(i, 1, -1, 1, 5)},{_f(i, 2, -1, 1, 5)},{_pick(i, 3, 'g', 'b')}"), "column 5", C, ("column 1", "column 2")),
    Public("glass", _file("", lambda i: f"{i + 1},{_f(i, 1, 1.51, 1.54, 5)},{_f(i, 2, 10, 17, 2)},{1 + i // 20}"), "column 4", C, ("column 1",)),
    Public("zoo", _file("", lambda i: f"animal {i},{_n(i, 1, 2)},{_n(i, 2, 2)},{_n(i, 3, 9)},{1 + i % 4}"), "column 5", C, ("column 1",)),
    Public("watermelons in GBK", _file("编号,色泽,根蒂,密度,好瓜", lambda i: f"{i + 1},{_pick(i, 1, '青绿', '乌黑', '浅白')},{_pick(i, 2, '蜷缩', '硬挺')},{_f(i, 3, 0, 1, 3)},{_pick(i, 4, '是', '否')}").decode().encode("gbk"), "好瓜", C, ("编号",), "GB18030"),
    Public("trading areas in CP949", _file("상가번호,지역,매출,등급", lambda i: f"{i + 1},{_pick(i, 1, '서울', '부산')},{1000 + _n(i, 2, 9000)},{_pick(i, 3, '상', '하')}").decode().encode("cp949"), "등급", C, ("상가번호",), "CP949"),
    Public("weather in Shift-JIS", _file("年月日,平均気温,降水量,天気", lambda i: f"2023/1/{i + 1},{_f(i, 1, -5, 30)},{'--' if i % 3 else _f(i, 2, 0, 40)},{_pick(i, 3, '晴', '雨')}").decode().encode("shift_jis"), "天気", C, ("年月日",), "'--' (40) in '降水量'"),
    Public("election in Windows-1251", _file("регион,явка,голосов,победитель", lambda i: f"Регион {i},{_f(i, 1, 20, 90)}%,{1000 + _n(i, 2, 9000)},{_pick(i, 3, 'да', 'нет')}").decode().encode("cp1251"), "победитель", C, ("регион",), "Windows-1251"),
    Public("German prices", _file("Wohnung;Fläche, m²;Miete;Ort", lambda i: f"W{i};{_f(i, 1, 20, 120).replace('.', ',')};{_f(i, 2, 300, 999, 2).replace('.', ',')} €;{_pick(i, 3, 'Köln', 'Bonn')}").decode().encode("cp1252"), "Ort", C, ("Wohnung",), "€' was read as"),
    Public("Brazilian sales in Latin-1", _file("código;região;preço;situação", lambda i: f"{i + 1:04d};{_pick(i, 1, 'Norte', 'São Paulo')};R$ {1 + _n(i, 2, 9)}.{100 + _n(i, 3, 899)},{_n(i, 4, 90) + 10};{_pick(i, 5, 'pago', 'não pago')}").decode().encode("latin-1"), "situação", C, ("código",), "R$ "),
    Public("apps", _file("App,Category,Rating,Size,Installs,Price,Type", lambda i: f'App {i},{_pick(i, 1, "GAME", "TOOLS")},{"NaN" if i % 9 == 0 else _f(i, 2, 1, 5)},{1 + _n(i, 3, 99)}M,"{_pick(i, 4, "1,000", "10,000", "500,000")}+",{_pick(i, 5, "0", "$0.99", "$4.99")},{_pick(i, 6, "Free", "Paid")}'), "Type", C, ("App",), "$"),
]  # fmt: skip

#: whitespace between cells, or other forms that are refused: name, file, and a part of the message
UNREADABLE: list[tuple[str, bytes, str]] = [
    ("Boston housing as it was", b" 0.00632  18.00   2.310  0  0.5380  24.00\n" * 9, "a single column"),
    ("German credit as it was", b"A11 6 A34 A43 1169 1\n" * 9, "a single column"),
    ("yeast", b"ADT1_YEAST  0.58  0.61  0.47  MIT\n" * 9, "a single column"),
    ("seeds, with doubled tabs", b"15.26\t14.84\t0.871\t1\n14.88\t14.57\t\t0.881\t1\n14.29\t14.09\t0.905\t1\n", "line 2 has 5 cells"),
    ("ARFF", b"@relation iris\n@attribute sepal real\n@attribute class {a,b}\n@data\n5.1,a\n4.9,b\n", "ARFF"),
    ("LIBSVM", b"+1 1:0.7 2:1 3:-0.3\n-1 1:0.5 2:-1 3:0.3\n", "a single column"),
]
