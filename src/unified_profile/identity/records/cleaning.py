"""The form in which values are compared: without case, accents, width, titles, and other ways to write the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol

from unified_profile.identity import addresses
from unified_profile.identity.records import japanese, wholesale

LONGEST = 300
"""Characters of a value that are compared; what follows is left out."""

_PLACEHOLDER = frozenset(
    {
        "", "-", "--", ".", "?", "0", "n/a", "na", "n.a.", "none", "null", "nil", "nan", "unknown", "unbekannt",
        "inconnu", "test", "tbd", "xxx", "xx", "x", "anonymous", "anonym", "missing", "not given", "no name", "noname",
        "noemail", "no-email", "nomail", "noreply", "no-reply", "guest", "yes", "no", "true", "false", "なし", "不明",
        "無し", "未登録", "0000-00-00", "1900-01-01", "1970-01-01", "9999-12-31", "1111-11-11",
    }
)  # fmt: skip
_TITLE = frozenset(
    {
        "mr",
        "mrs",
        "ms",
        "miss",
        "dr",
        "prof",
        "sr",
        "jr",
        "ii",
        "iii",
        "iv",
        "phd",
        "md",
        "herr",
        "frau",
        "mme",
        "様",
        "さん",
    }
)
_SHORT = {
    "street": "st", "str": "st", "strasse": "st", "avenue": "ave", "av": "ave", "road": "rd", "drive": "dr",
    "lane": "ln", "court": "ct", "place": "pl", "boulevard": "blvd", "terrace": "ter", "crescent": "cres",
    "circle": "cir",
    "highway": "hwy", "parkway": "pkwy", "square": "sq", "close": "cl", "circuit": "cct", "north": "n", "south": "s",
    "east": "e", "west": "w", "apartment": "apt", "suite": "ste", "floor": "fl", "building": "bldg", "saint": "st",
}  # fmt: skip
_ORDINAL = re.compile(r"(\d)(st|nd|rd|th)\b")
_MARK = re.compile(r"[^\w\s]|_")
_JAPANESE_NUMBER = re.compile(r"丁目|番地|番|号室|号|の(?=\d)|(?<=\d)[ー−‐–—―-](?=\d)")
_YEAR_FIRST = re.compile(r"(\d{4})\D{0,2}(\d{1,2})\D{0,2}(\d{1,2})\D?(?:[T ].*)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})(?:[T ].*)?")
_SHORT_YEAR = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{2})")
_THIS_CENTURY = 25
"""The last year of two digits that is one of this century."""
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-. ]{0,2}(?:of |de )?([^\W\d_]{3,12})[-., ]{0,2}(?:de )?(\d{4})")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12})[-. ]{0,2}(\d{1,2})(?:st|nd|rd|th)?[-., ]{1,2}(\d{4})")
_MONTHS = {
    short: number
    for number, shorts in enumerate(
        (
            "jan ene gen", "feb fev", "mar mrt", "apr avr abr", "may mai mei mag", "jun juin giu", "jul juil lug",
            "aug aou ago", "sep set", "oct okt ott out", "nov", "dec dez dic",
        ), 1,
    )
    for short in shorts.split()
}  # fmt: skip
"""Months by the first letters of their names in English, German, French, Spanish, Italian, Dutch and Portuguese."""
_ERA = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])\.?(元|\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?")
_ERAS = {
    "明治": 1867, "M": 1867, "大正": 1911, "T": 1911, "昭和": 1925, "S": 1925, "平成": 1988, "H": 1988, "令和": 2018,
    "R": 2018,
}  # fmt: skip
"""The year before the first of each Japanese era."""
_PLUS_FOUR = re.compile(r"(\d{5})-?\d{4}")
_COMMON_EMAIL = re.compile(r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,63}")
_NO_LETTER, _NO_WORD = re.compile(r"[\d_]"), re.compile(r"[^\w\s]")
_ASCII = [chr(number) for number in range(128)]
_ONLY_DIGITS = {ord(character): None for character in _ASCII if not character.isdigit()}
_MARKS_APART = {
    ord(character): None if character == "'" else " "
    for character in _ASCII
    if not character.isalnum() and not character.isspace()
}

Cleaner = Callable[[str], str | None]


class RecordNormalizer(Protocol):
    """Brings the values of one column into the form in which they are compared."""

    def normalize(self, role: str, values: Sequence[str], /) -> Sequence[str | None]:
        """Return the normal form of each of *values*, None for what says nothing (``unknown``, ``n/a``)."""
        ...


def folded(text: str) -> str:
    """Return *text* in NFKC without case and without accents; the voicing marks of kana stay.

    >>> folded("ＭÜLLER")
    'muller'
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKC", text).casefold()
    if plain.isascii():
        return plain
    apart = unicodedata.normalize("NFKD", plain)
    bare = "".join(c for c in apart if not unicodedata.combining(c) or c in "\u3099\u309a")
    return unicodedata.normalize("NFC", bare)


def says_nothing(text: str, /) -> bool:
    """Say whether a value is written where there is none.

    >>> says_nothing("N/A"), says_nothing("Nathan")
    (True, False)
    """
    return folded(text).strip() in _PLACEHOLDER


def without_titles(words: Sequence[str], /) -> list[str]:
    """Return the words of a name that are no titles; all of them if nothing else is there.

    >>> without_titles(["Dr.", "Anna", "Wolf"])
    ['Anna', 'Wolf']
    """
    return [word for word in words if folded(word).rstrip(".") not in _TITLE] or list(words)


def name(text: str) -> str | None:
    """Return a part of a name: letters only, without titles.

    >>> name("Dr. O'Brien"), name("Anne-Marie")
    ('obrien', 'annemarie')
    """
    plain = folded(text)
    if plain.isascii() and plain.isalpha():  # as most are: one word
        return plain
    words = _NO_LETTER.sub("", _NO_WORD.sub(" ", plain.replace("'", ""))).split()
    kept = [word for word in words if word not in _TITLE] or words
    return "".join(kept) or None


def words(text: str) -> str | None:
    """Return the words of *text*, common ones of addresses in their short form.

    >>> words("12 North 3rd Street, Apt. 4")
    '12 n 3 st apt 4'
    """
    plain = folded(text)
    if plain.isascii():
        plain = plain.translate(_MARKS_APART)
    else:
        plain = plain.replace("'", "")
        if japanese.written_in_japanese(plain):
            plain = _JAPANESE_NUMBER.sub(" ", plain)
        plain = _MARK.sub(" ", plain)
    found = _ORDINAL.sub(r"\1", plain).split()
    return " ".join(_SHORT.get(word, word) for word in found) or None


def code(text: str) -> str | None:
    """Return letters and digits only."""
    plain = folded(text)
    return plain if plain.isascii() and plain.isalnum() else re.sub(r"[\W_]", "", plain) or None


def digits(text: str) -> str | None:
    """Return the last nine digits: what a number has with and without the code of its country.

    >>> digits("+1 (351) 396-2981"), digits("351.396.2981"), digits("999999999")
    ('513962981', '513962981', None)
    """
    if text.isascii():
        found = text.translate(_ONLY_DIGITS)[-9:]
    else:
        found = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))[-9:]
    return found if len(found) > 4 and len(set(found)) > 1 else None


def email(text: str) -> str | None:
    """Return an address without case; None for what has no ``@``, or only says that there is none.

    What does not look like a common one goes through `unified_profile.identity.addresses`, and so through the library
    ``email-validator``; one that no library takes stays as it is, because a slip in it must not hide the rest.

    >>> email("Taro@Example.com"), email("noemail@example.com")
    ('taro@example.com', None)
    >>> email("Taro Abe <taro@bücher.example>"), email("taro@examplecom")
    ('taro@xn--bcher-kva.example', 'taro@examplecom')
    """
    plain = (text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()).strip()
    if "@" not in plain:
        return None
    if not _COMMON_EMAIL.fullmatch(plain):
        known = addresses.email(text)
        plain = folded(plain if known is None else known)
    local = plain.partition("@")[0]
    return plain if local and local not in _PLACEHOLDER else None


def date(text: str) -> str | None:
    """Return a date as eight digits.

    If it ends in a year, the month comes first if it can; with points between the numbers it is the day.

    >>> date("1963年6月30日"), date("12/11/1978"), date("25.12.1978"), date("5.12.78"), date("soon")
    ('19630630', '19781211', '19781225', '19781205', None)
    >>> date("5 March 1978"), date("Mar 5, 1978"), date("5. März 1978"), date("昭和53年3月5日")
    ('19780305', '19780305', '19780305', '19780305')
    """
    if len(text) == 10 and text[4] == text[7] == "-" and text.isascii():
        plain = text[:4] + text[5:7] + text[8:]
        if plain.isdigit():
            return None if plain[4:6] == "00" or plain[6:] == "00" else plain
    plain = unicodedata.normalize("NFKC", text).strip()
    year, month, day = _year_month_day(plain) or _in_words(plain) or (0, 0, 0)
    return f"{year:04d}{month:02d}{day:02d}" if month and day else None


def _year_month_day(plain: str) -> tuple[int, int, int] | None:
    """Read a date in digits."""
    found = _YEAR_FIRST.fullmatch(plain)
    if found:
        year, month, day = (int(part) for part in found.groups())
        if 1850 <= year <= 2100 or not (plain.isdecimal() and len(plain) == 8 and 1850 <= int(plain[4:]) <= 2100):
            return year, month, day
        month, day, year = int(plain[:2]), int(plain[2:4]), int(plain[4:])
    elif found := _YEAR_LAST.fullmatch(plain):
        month, day, year = (int(part) for part in found.groups())
        if "." in plain[:3]:  # with points the day comes first
            month, day = day, month
    elif found := _SHORT_YEAR.fullmatch(plain):
        day, month, year = (int(part) for part in found.groups())
        year += 2000 if year <= _THIS_CENTURY else 1900
        return year, month, day
    else:
        return None
    return (year, day, month) if month > 12 >= day else (year, month, day)


def _in_words(plain: str) -> tuple[int, int, int] | None:
    """Read a date whose month is a word, or whose year is one of a Japanese era."""
    era = _ERA.fullmatch(plain)
    if era:
        name, year, month, day = era.groups()
        return _ERAS[name] + (1 if year == "元" else int(year)), int(month), int(day)
    for pattern, (at_day, at_month) in ((_DAY_MONTH, (1, 2)), (_MONTH_DAY, (2, 1))):
        found = pattern.fullmatch(folded(plain))
        if found:
            word = found.group(at_month)
            month = _MONTHS.get(word[:4]) or _MONTHS.get(word[:3]) or 0
            return int(found.group(3)), month, int(found.group(at_day))
    return None


def postcode(text: str) -> str | None:
    """Return a postcode; of an American one the first five digits."""
    plain = folded(text).strip()
    longer = _PLUS_FOUR.fullmatch(plain)
    return longer.group(1) if longer else code(plain)


_SEXES = {"f": "f", "female": "f", "woman": "f", "w": "f", "女": "f", "女性": "f", "m": "m", "male": "m", "man": "m",
          "男": "m", "男性": "m"}  # fmt: skip


def sex(text: str) -> str | None:
    """Return ``f`` or ``m``, or what else it says."""
    plain = folded(text).strip()
    return _SEXES.get(plain, plain) or None


CLEANERS: Mapping[str, Cleaner] = {
    "given_name": name, "family_name": name, "full_name": words, "organization": words, "birth_date": date,
    "email": email, "phone": digits, "street": words, "address": words, "street_number": code, "city": name,
    "postcode": postcode, "state": code, "country": code, "sex": sex, "identifier": code, "text": words,
    "birth_year": code,
}  # fmt: skip
"""How each role is cleaned."""


_MANY = 200
"""Values from which on they are cleaned together."""
_WHOLESALE: Mapping[Cleaner, wholesale.Many] = {
    words: partial(wholesale.words, nothing=_PLACEHOLDER, marks=_MARKS_APART, ordinal=_ORDINAL, short=_SHORT),
    digits: partial(wholesale.digits, nothing=_PLACEHOLDER, others=_ONLY_DIGITS),
    email: partial(wholesale.emails, nothing=_PLACEHOLDER, common=_COMMON_EMAIL, one=email),
}
"""The cleaners that cost most, for many values at once."""


class Cleaning:
    """The normalizer that is used unless another is passed.

    >>> Cleaning().normalize("family_name", ["Müller", "unknown"])
    ['muller', None]
    """

    def normalize(self, role: str, values: Sequence[str], /) -> list[str | None]:
        """Return the normal form of each of *values*."""
        clean = CLEANERS[role]
        several = [value[:LONGEST] for value in values]

        def one(value: str) -> str | None:
            return None if folded(value).strip() in _PLACEHOLDER else clean(value)

        if len(several) < _MANY or clean not in _WHOLESALE:
            return [one(value) for value in several]
        return wholesale.normal_forms(several, one=one, many=_WHOLESALE[clean])


class Exact:
    """A normalizer that takes values as they are: for data that is clean already.

    >>> Exact().normalize("family_name", [" Müller "])
    ['Müller']
    """

    def normalize(self, role: str, values: Sequence[str], /) -> list[str | None]:  # noqa: ARG002 - the same for all
        """Return each of *values* without the white space around it."""
        return [value.strip()[:LONGEST] or None for value in values]
