"""The guess of an encoding that is not UTF-8, and what a file's first names are in each that a person may choose."""

from __future__ import annotations

import codecs
import re

from core.datasets.own import ENCODINGS, GUESS

#: the number of bytes, of lines with letters beyond ASCII, from which an encoding is guessed
_SAMPLE = 8_192
_LINES = re.compile(rb"[^\r\n\x80-\xff]*[\x80-\xff][^\r\n]*")
_BEYOND = re.compile(r"[^\x00-\x7f]")
#: The bytes of an everyday character in GB18030: punctuation, a full-width letter, or a character of GB 2312's first level, which holds nearly all of
#: everyday Chinese. Characters of four bytes count, too: they are rare, but nothing else looks like them.
_EVERYDAY = re.compile(rb"[\xa1\xa3\xb0-\xd7][\xa1-\xfe]|.{4}")
#: the same in Big5: punctuation and the first level; and in CP949: punctuation and the syllables of KS X 1001
_EVERYDAY_BIG5, _EVERYDAY_KOREAN = re.compile(rb"[\xa1-\xc6]."), re.compile(rb"[\xa1-\xa3\xb0-\xc8][\xa1-\xfe]")
#: syllables that make up most of every Korean text; Chinese and Japanese bytes become others
_KOREAN = frozenset(
    "이다는을의에가고하지사기자로시대인정도스나라수리원부일전상아제서장주어보구성해간공유동관용조들여선그미신비학화치안경과식차소국물위실연개방남생"
    "년발후영명통적분오민계우마양중무회단세모체역격별군산울름키몸게번호점등급품종길너출값은입금품질종류온습압속"
)
#: what Japanese is written in: punctuation, kana and kanji, but no half-width kana, as which single bytes of other encodings are read
_JAPANESE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\uff01-\uff60°±×÷]")
#: the smallest share of everyday characters among those beyond ASCII
_COMMON = 0.6
#: the same for `_KOREAN`: real names have 0.5 and more of them, misread ones up to 0.2
_KOREAN_SHARE = 0.35
#: so few characters do not tell Chinese from Japanese; Chinese is the likelier
_SHORT = 4
#: what no word of these languages has: signs within it, a capital behind a small letter, two alphabets
_ODD = re.compile(
    r"(?<=[^\W\d_])[^\w\s\x00-\x7f’´–—°²³ªº”“‘«»›…•€™®©]|(?<=[a-zà-öø-ÿа-яё])[A-ZÀ-ÖØ-ÞŽŠŒŸŘČĎĚŇŤŮŁŚŹŻĄĆĘŃŐŰА-ЯЁ]|[a-z][α-ωа-я]|[α-ωа-я][a-z]"
    r"|(?<!\w)ß(?=\w)|§(?=[^\W\d_])|(?<=[b-df-hj-np-tv-z])ï|[ªº¥¼¾²³¹](?=[^\W\d_])|(?<=[^\W\d_])[¿¡£](?=[^\W\d_])"
)
#: several bytes a character
_WIDE = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
_WESTERN = ("cp1252", "cp850", "mac_roman", "cp1254", "cp1250", "cp852")
#: what is written beyond ASCII in Western languages and Turkish, and in Central European ones
_WESTERN_LETTERS = re.compile(r"[àáâãäåæçèéêëìíîïñòóôõöøùúûüýßœğışİþð°²³µ€£§±–—’‘“”«»…]*", re.IGNORECASE)
_CENTRAL_LETTERS = re.compile(r"[áčďéěíňóřšťúůýžąćęłńśźżôľĺŕäöüőűßđăâîşţ°§„”–]*", re.IGNORECASE)
#: four letters beyond ASCII in a row, which hardly ever occur in Western languages
_NOT_WESTERN = re.compile(r"[^\W\x00-\x7f]{4,}")
#: Letters of Windows-1252 that Turkish has others for, and those of Icelandic, which has them, too
_TURKISH, _ICELANDIC = re.compile(r"[þðýÞÐÝ]"), re.compile(r"[áéíóúæÁÉÍÓÚÆ]")
#: letters of Windows-1252 that no Western language has in one text: those of Slavic languages in Windows-1250
_SLAVIC = re.compile(r"(?=.*[šžŠŽ])(?=.*[ìøèòùïæðÈØÌ])|(?=.*ø)(?=.*[ìèù])", re.DOTALL)
#: a letter of Hungarian in Windows-1250, where Portuguese has none
_HUNGARIAN = re.compile(r"ő(?!e)")
_THAI = re.compile(r"[\u0e00-\u0e7f]")
#: words of Thai: a vowel in front, a consonant, a vowel and a tone above or below, vowels behind; and all that is no consonant
_THAI_WORDS = re.compile(r"(?:(?:[เแโใไ]?[ก-ฮ][ัิ-ฺ็]?[่-๎]?[ะาำๅๆฯ]?|[๐-๙])+|[^\u0e00-\u0e7f]+)*")
_THAI_VOWELS = re.compile(r"[ะ-ฺเ-๎]")
#: Hebrew, where letters with a final form have it at the end of a word and nowhere else; what has words so by chance has more vowels in Cyrillic
_HEBREW = re.compile(r"[\u0590-\u05ff\u200e\u200f\u20aa]")
_NO_HEBREW = re.compile(r"[ךםןףץ](?=[א-ת])|(?<=[א-ת])[כמנצ](?![א-ת'\"׳״])")
_VOWELS, _FEW_VOWELS = re.compile(r"[аеёиоуыэюя]", re.IGNORECASE), 0.32
#: Latin letters within a word of others
_MIXED = re.compile(r"[A-Za-z][\u0590-\u06ff\u200c-\u200f]|[\u0590-\u06ff][A-Za-z]")
_ARABIC = re.compile(r"[\u0600-\u06ff\u200c\u200d\u200e\u200f]")
#: the encodings of Cyrillic, and the letters that make up three quarters of what is written in it: bytes of one are other letters in another
_CYRILLIC, _OFTEN = ("cp1251", "koi8_r", "cp866"), re.compile(r"[оеаинтсрвлкмдпу]", re.IGNORECASE)


def sample(raw: bytes) -> bytes:
    """Return the first lines with letters beyond ASCII, `_SAMPLE` bytes at most."""
    lines: list[bytes] = []
    size = 0
    for line in _LINES.finditer(raw):
        lines.append(line[0][: _SAMPLE - size])
        size += len(lines[-1]) + 1
        if size >= _SAMPLE:
            break
    return b"\n".join(lines)


def guessed(raw: bytes) -> str | None:
    """Return the likeliest of `ENCODINGS` for bytes that are not UTF-8; None if none fits.

    charset-normalizer ranks the encodings. It has few words to go by in a table, so what a language never writes rules an encoding out first, and of those
    for Western letters the one with the fewest oddities is taken.
    """
    import charset_normalizer

    part = sample(raw)
    fitting = {name: text for name in ENCODINGS if name not in (GUESS, "utf_8") and (text := _text(part, name)) is not None}
    ranked = [name for match in charset_normalizer.from_bytes(part, cp_isolation=list(fitting)) for name in [match.encoding, *match.could_be_from_charset]]
    ranked = [name for name in dict.fromkeys(_alias(name) for name in ranked) if name in fitting]
    foreign = [name for name in ranked if name not in _WESTERN and _plausible(fitting[name], name)]
    chinese = fitting.get("gb18030", "")
    if 0 < len(_BEYOND.findall(chinese)) <= _SHORT and "cp949" not in foreign and _plausible(chinese, "gb18030"):
        return "gb18030"
    western = sorted((name for name in _WESTERN if name in fitting), key=lambda name: _oddities(fitting[name]))
    if western and not _oddities(fitting[western[0]]) and not _NOT_WESTERN.search(fitting[western[0]]):
        foreign = [name for name in foreign[:1] if name in _WIDE]
    if other := _other_letters(fitting):
        return other
    if foreign:
        return max((name for name in _CYRILLIC if name in foreign), key=lambda name: _often(fitting[name])) if foreign[0] in _CYRILLIC else foreign[0]
    thai = _BEYOND.findall(fitting.get("cp874", ""))
    if thai and all(map(_THAI.fullmatch, thai)) and all(_oddities(fitting[name]) for name in western):
        return "cp874"
    if not western:
        return next(iter(ranked), None)
    found = _western([name for name in western if name != "cp852"] or western, fitting)
    return found if _good(fitting[found], found) else next((name for name in _WESTERN if name in fitting and _good(fitting[name], name)), found)


def _good(text: str, name: str) -> bool:
    """Return whether a text in one of the encodings for Western letters has the letters of languages that are written in it alone."""
    letters = _CENTRAL_LETTERS if name in ("cp1250", "cp852") else _WESTERN_LETTERS
    return letters.fullmatch("".join(_BEYOND.findall(text))) is not None and not _oddities(text)


def _other_letters(fitting: dict[str, str]) -> str | None:
    """Return the encoding of Hebrew, Arabic or Thai text; None if the bytes are none. As other letters such text is odd, but not always seen to be."""
    arabic, thai = (_BEYOND.findall(fitting.get(name, "")) for name in ("cp1256", "cp874"))
    for name, least, cyrillic in (("cp1255", 1, fitting.get("cp1251", "").swapcase()), ("cp862", _SHORT, fitting.get("cp866", ""))):
        hebrew = _BEYOND.findall(fitting.get(name, ""))
        if len(hebrew) >= least and all(map(_HEBREW.fullmatch, hebrew)) and not (_NO_HEBREW.search(fitting[name]) or _MIXED.search(fitting[name])):
            letters = [letter for letter in cyrillic if letter.isalpha() and not letter.isascii()]
            if all(map(str.isupper, letters)) and len(_VOWELS.findall(cyrillic)) < _FEW_VOWELS * len(letters):
                return name
    odd_otherwise = all(_oddities(fitting[name]) for name in ("cp1251", "cp1253") if name in fitting)
    if odd_otherwise and arabic and all(map(_ARABIC.fullmatch, arabic)) and not _MIXED.search(fitting["cp1256"]):
        return "cp1256"
    if len(thai) >= _SHORT and all(map(_THAI.fullmatch, thai)) and _THAI_WORDS.fullmatch(fitting["cp874"]):
        vowels = sum(map(bool, map(_THAI_VOWELS.fullmatch, thai)))
        return "cp874" if len(thai) >= 2 * _SHORT and vowels >= 0.25 * len(thai) else None
    return None


def _often(text: str) -> float:
    """Return the share of frequent letters among those of a Cyrillic text; one in capitals alone is less likely than one in small letters."""
    letters = [letter for letter in text if letter.isalpha() and not letter.isascii()]
    return len(_OFTEN.findall(text)) / max(len(letters), 1) - 0.1 * (text == text.upper())


def _western(names: list[str], fitting: dict[str, str]) -> str:
    """Return the likeliest of the encodings for Western letters, of which the first has the fewest oddities."""
    text = fitting[names[0]]
    central = fitting.get("cp1250", "")
    slavic = "cp1252" not in names or (names[0] == "cp1252" and _SLAVIC.search(text))
    if central and not _oddities(central) and (slavic or _HUNGARIAN.search(central)):
        return "cp1250"
    if names[0] == "cp1252" and "cp1254" in names and _TURKISH.search(text) and not _ICELANDIC.search(text):
        return "cp1254"
    return names[0]


def _alias(name: str) -> str:
    return {"big5": "big5hkscs", "gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949"}.get(name, name)


def _text(part: bytes, name: str) -> str | None:
    """Return the bytes as text; None if they are none in this encoding. A character that the end of the sample cuts counts for nothing."""
    try:
        return part.decode(name)
    except UnicodeDecodeError as error:
        if len(part) >= _SAMPLE - 1 and error.start >= len(part) - 4:
            return part[: error.start].decode(name)
        return None


def _plausible(text: str, name: str) -> bool:
    """Return whether a language that is written in this encoding has such characters."""
    characters = _BEYOND.findall(text)
    if name in ("gb18030", "big5hkscs", "cp949"):
        pattern = {"gb18030": _EVERYDAY, "big5hkscs": _EVERYDAY_BIG5, "cp949": _EVERYDAY_KOREAN}[name]
        share = 1.0 if name == "cp949" else _COMMON
        if name == "cp949" and sum(letter in _KOREAN for letter in characters) < _KOREAN_SHARE * len(characters):
            return False
        return sum(pattern.fullmatch(letter.encode(name)) is not None for letter in characters) >= share * len(characters)
    if name in ("cp932", "euc_jp"):
        return sum(_JAPANESE.fullmatch(letter) is not None for letter in characters) >= 0.9 * len(characters)
    return not _oddities(text)


def _oddities(text: str) -> int:
    """Return how many characters no word has at their place."""
    return len(_ODD.findall(text))


def names_in(raw: bytes, longest: int = 40) -> dict[str, str]:
    """Return for each encoding in which a file can be read the start of its first line with letters beyond ASCII. An ASCII file has none."""
    part = b"" if b"\x00" in raw[:4096] else sample(raw[: 2**20].removeprefix(codecs.BOM_UTF8))
    texts = {name: _text(part, name) for name in ENCODINGS if name != GUESS} if part else {}
    return {name: " ".join(text.split("\n")[0].split())[:longest] for name, text in texts.items() if text is not None}
