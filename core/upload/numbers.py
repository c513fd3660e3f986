"""Numbers as people write them: decimal marks, groups of three digits, signs, percent, currencies and units."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

#: the texts that stand for a missing value where the other cells are numbers, in lower case; the case of a cell does not matter
MISSING = frozenset(
    {
        "", "na", "n/a", "#n/a", "nan", "null", "?", "-", "--", "---", ".", "..", "...", "…", "*", "**", ":", "/", "none", "nil", "\\n", "<na>", "n.a.", "n.a",
        "#n/a n/a", "-nan", "nat", "#value!", "#div/0!", "#ref!", "#name?", "#num!", "#null!", "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan", "<null>", "(null)",
        "missing", "unknown", "undefined", "n.d.", "nd", "k.a.", "k. a.", "无", "空", "缺失", "不详",
    }
)  # fmt: skip
_INFINITE = frozenset({"inf", "infinity", "∞"})
#: characters, besides the other decimal mark, that may separate thousands
_SPACES = " '’"
#: for each decimal mark the other one, which may then separate thousands
OTHER = {".": ",", ",": "."}
#: groups of two digits before the last one, of three, as India writes them: 1,23,456
_LAKHS = r"[1-9]\d?(?:,\d{2})+,\d{3}"
_IN_LAKHS = re.compile(rf"{_LAKHS}(?:\.\d*)?")
#: for each decimal mark the pattern of a number
_FORMS = {
    mark: re.compile(rf"[+-]?(?:(?:\d+|[1-9]\d{{0,2}}(?:[{other}{_SPACES}]\d{{3}})+{lakhs})(?:[{mark}]\d*)?|[{mark}]\d+)(?:[eE][+-]?\d+)?")
    for mark, other, lakhs in ((".", ",", rf"|{_LAKHS}"), (",", ".", ""))
}
#: for each decimal mark the translation that removes the separators of thousands and turns the mark into a point
_PLAIN = {mark: str.maketrans(mark, ".", other + _SPACES) for mark, other in OTHER.items()}
#: minus signs, dashes that stand for one, and the marks of Arabic numbers
_SIGNS = str.maketrans("\u2212\u2012\u2013\u2014\ufe63\uff0d\u2010\u2011\u066b\u066c", "--------.,")
#: square and cubic meters and feet without superscripts
_AREA = r"[^\W\d_]{1,2}[23]"
_CURRENCY = (
    r"(?:US|CA|AU|NZ|HK|R|A|C|NT|S)?\$|[€£¥₹₽₩₺₴₪฿₫¢元円원]|Fr\.|Rs\.?|kr\.?|zł|Kč|Ft|lei|"
    r"TL|руб\.?|грн\.?|₸|₦|₲|RM|Rp\.?|"
    "EUR|USD|GBP|CHF|JPY|CNY|RMB|INR|RUB|KRW|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|BRL|MXN|ZAR|SGD|HKD|TWD|THB|IDR|MYR|ILS|SAR|AED|EGP"
)
#: letters for powers of ten behind a number. They may also be units, such as meters and bytes: `scaled` decides.
_SCALES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "bn": 1e9, "mn": 1e6, "Mio": 1e6, "Mio.": 1e6, "Mrd": 1e9, "Mrd.": 1e9, "Tsd.": 1e3}
#: words for powers of ten behind a number
_WORDS = {"千": 1e3, "万": 1e4, "萬": 1e4, "만": 1e4, "亿": 1e8, "億": 1e8, "억": 1e8}
_POWERS = _WORDS | _SCALES
#: a number with signs and what stands before and behind it
_DRESSED = re.compile(
    rf"(?P<open>\()? ?(?P<sign>[+-]?) ?(?P<before>{_CURRENCY})? ?(?P<sign2>[+-]?)(?P<core>(?:\d[\d.,{_SPACES}]*|[.,]\d+)(?:[eE][+-]?\d+)?)"
    rf" ?(?P<power>[{''.join(_WORDS)}]?) ?(?P<after>%|‰|{_CURRENCY}|[^\W\d_](?:[^\W\d_]|[/²³°%·.\- ]){{0,14}}|{_AREA}|°[^\W\d_]?)?(?P<back>-)?(?P<close>\))?"
)
_IS_CURRENCY = re.compile(_CURRENCY)
#: how a text begins that is a number: what stands before its first digit is short
_BEGINS = re.compile(r"[^\d\n]{0,6}\d")
_LONGEST, _LONGEST_NUMBER = 60, 1_000


@dataclass(frozen=True)
class Written:
    """A text taken apart: its number as digits and marks (`core`), its sign, power of ten and unit, and whether brackets or a minus behind it are its sign.

    `unit`: `%`, `‰`, a currency, another unit, or nothing.
    """

    core: str
    negative: bool = False
    power: str = ""
    unit: str = ""
    accounting: bool = False

    @property
    def currency(self) -> bool:
        """Whether the unit is one of money, which may also be absent."""
        return bool(_IS_CURRENCY.fullmatch(self.unit))

    @property
    def plain(self) -> bool:
        """Whether there is nothing but a number, in groups of three digits if in any."""
        return not (self.unit or self.power or self.accounting or self.lakhs)

    @property
    def lakhs(self) -> bool:
        """Whether its digits are grouped as India does it."""
        return bool(_IN_LAKHS.fullmatch(self.core))


def forms(texts: Iterable[str], parts: Iterable[Written | None]) -> dict[str, tuple[str, Written]]:
    """Return for each form that is more than a number its first text, and this text taken apart."""
    found: dict[str, tuple[str, Written]] = {}
    for text, part in zip(texts, parts, strict=True):
        if part and not part.plain:
            found.setdefault(part.unit or part.power or ("lakhs" if part.lakhs else "sign"), (text, part))
    return found


def plain(text: str) -> str:
    """Return a text with ASCII digits and signs, where it has full-width or typographic ones, or those of another script."""
    return text if text.isascii() else "".join(map(_ascii, text)).translate(_SIGNS)


def _ascii(letter: str) -> str:
    if letter.isdecimal():
        return str(unicodedata.decimal(letter))
    return unicodedata.normalize("NFKC", letter) if "\uff01" <= letter <= "\uff5e" else letter


def taken_apart(text: str) -> Written | None:
    """Return the parts of a text that is a number, perhaps with signs and a unit; None for another text. The text is tidy and `plain`."""
    if not _BEGINS.match(text) or len(text) > _LONGEST_NUMBER:
        return None
    if _FORMS["."].fullmatch(text) or _FORMS[","].fullmatch(text):
        return Written(text.lstrip("+-"), text[0] == "-")
    if len(text) > _LONGEST or not (match := _DRESSED.fullmatch(text)):
        return None
    signs = match["sign"] + match["sign2"]
    if len(signs) + bool(match["open"]) + bool(match["back"]) > 1 or bool(match["open"]) != bool(match["close"]):
        return None
    if match["before"] and match["after"] not in (None, *_SCALES):
        return None
    accounting = bool(match["open"] or match["back"])
    core = match["core"].strip(_SPACES)
    if not (_FORMS["."].fullmatch(core) or _FORMS[","].fullmatch(core)):
        return None
    power, unit = match["power"] or "", (match["before"] or match["after"] or "").strip()
    if match["before"] and match["after"]:
        power = match["after"]
    return Written(core, "-" in signs or accounting, power, unit, accounting)


def scaled(parts: list[Written | None]) -> list[Written | None]:
    """Return the parts of a column with letters such as K and M as powers of ten, if they can be nothing else.

    There are several of them, K among them, as M and B alone may be sizes; or one, and numbers without it are 0 or as large as would need it.
    """
    units = {part.unit for part in parts if part} - {""}
    bare = [part.core for part in parts if part and not part.unit]
    if not units or not units <= set(_SCALES) or not (len(units) > 1 or bare):
        return parts
    if not units & {"k", "K"} and not (bare and all(core == "0" or (core.isdecimal() and len(core) > 3) for core in bare)):
        return parts
    return [replace(part, power=part.unit, unit="") if part and part.unit else part for part in parts]


def infinite(text: str) -> float | None:
    """Return infinity with its sign if a text says so, else None."""
    return (-math.inf if text[0] == "-" else math.inf) if text.lstrip("+-").casefold() in _INFINITE else None


def value(written: Written, mark: str) -> float | None:
    """Return the value of a number written with this decimal mark; None if it is none. It is infinite if it is too large for a float."""
    if not _FORMS[mark].fullmatch(written.core):
        return None
    size = float(written.core.translate(_PLAIN[mark])) * _POWERS.get(written.power, 1)
    return -size if written.negative else size


def vote(core: str) -> str:
    """Return the decimal mark that a number requires, `either` if it is one with both, nothing if it has none."""
    if "." not in core and "," not in core:
        return ""
    # A number without its decimal mark contains the other mark, as a separator of thousands, three digits before its end.
    point, comma = ((mark in core or core[-4:-3] == OTHER[mark]) and form.fullmatch(core) is not None for mark, form in _FORMS.items())
    return "either" if point and comma else "." if point else "," if comma else ""


_GROUPS = {mark: re.compile(rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}})+") for mark in OTHER}
_TWO_GROUPS = {mark: re.compile(rf"[1-9]\d{{0,2}}(?:{re.escape(mark)}\d{{3}}){{2,}}") for mark in OTHER}


def grouped(cores: Iterable[str], mark: str, money: bool = False) -> bool:
    """Return whether a mark separates thousands in these numbers.

    Each number with the mark has groups of three digits behind it and begins with no 0, all others are whole and below 1,000, and there is one of these, or
    a number with two groups: nobody writes decimals so. Nor has `money` three decimals.
    """
    proof = money
    for core in cores:
        if mark in core:
            if not _GROUPS[mark].fullmatch(core):
                return False
            proof = proof or bool(_TWO_GROUPS[mark].fullmatch(core))
        elif not core.isdecimal() or len(core) > 3:
            return False
        else:
            proof = True
    return proof


_QUADS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


def addresses(cores: Iterable[str]) -> bool:
    """Return whether all numbers are of four parts up to 255, as addresses of the Internet are."""
    return all(_QUADS.fullmatch(core) and all(int(part) <= 255 for part in core.split(".")) for core in cores)


_DAYS = re.compile(r"(?:0[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])")


def days(cores: Iterable[str]) -> bool:
    """Return whether all numbers are days and months of two digits, such as 01.12, and one of them begins with 0."""
    first = True
    zero = False
    for core in cores:
        if not _DAYS.fullmatch(core):
            return False
        first, zero = False, zero or core[0] == "0"
    return not first and zero


_WHOLE = re.compile(r"\d+(?:[eE]\+?\d{1,3})?")


def as_codes(texts: Iterable[str]) -> tuple[str, str] | None:
    """Return two whole numbers that lose what tells them apart, or one twice that loses its digits, if numbers are made of them; None if nothing is lost.

    Leading zeros are lost, different texts of one value, and digits beyond those of a double. None also if a number is not whole.
    """
    of_value: dict[float, str] = {}
    same = loses = None
    for text in texts:
        if not _WHOLE.fullmatch(digits := text.lstrip("+-")):
            return None
        number = float(digits)
        if math.isinf(number):
            return None
        other = of_value.setdefault(-number if text[0] == "-" else number, digits)
        if other != digits:
            same = same or (other, digits)
        elif (digits[0] == "0" and digits.strip("0")) or (len(digits) > 15 and digits.isdecimal() and int(digits) != int(number)):
            loses = loses or (digits, digits)
    return same or loses
