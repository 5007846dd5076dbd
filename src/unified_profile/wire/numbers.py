"""Numbers as the world writes them: which sign is the decimal one, where that can be known; else it is asked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from unified_profile.errors import InvalidPayloadError

DecimalSign: TypeAlias = Literal[".", ","]

_LONGEST = 64
_PLAIN = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,2})?\Z", re.ASCII)
_OTHER_SIGNS = str.maketrans(
    dict.fromkeys("'’‘ʼ`´′٬", "'") | {"٫": "⎖"} | dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff")
)
"""Apostrophes are one; the Arabic decimal sign has a mark of its own; what takes no room is left out."""
_COMMA = re.compile(r"-?(?:0|[1-9]\d{0,2}(?:\.\d{3})*|[1-9]\d{3,17}),\d{1,2}\Z", re.ASCII)
"""The two ways that need no second look."""
_CODES = (
    "AED|ARS|AUD|BGN|BHD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EGP|EUR|GBP|HKD|HUF|IDR|ILS|INR|ISK|JOD|JPY|KRW|KWD|MAD|MXN|"
    "MYR|NGN|NOK|NZD|OMR|PEN|PHP|PKR|PLN|QAR|RMB|RON|RUB|SAR|SEK|SGD|THB|TND|TRY|TWD|UAH|USD|VND|ZAR"
)
_SIGNS = "(?:US|CA|CAN|AU|A|C|NZ|HK|NT|MX|R|S)?[$]|[€£¥₩₹฿₫₺₽₴₦₱₪₡₲₵]"
_WORDS = "円|元|원|圓|yen|euros?|sfr[.]?|fr[.]|rs[.]?|kr[.]?|zł|kč"
_MONEY = f"(?:{_CODES}|{_SIGNS}|{_WORDS})"
_BEFORE = re.compile(rf"({_MONEY})\s*(?=[^A-Za-z])", re.IGNORECASE)
_AFTER = re.compile(rf"\s*({_MONEY})\Z", re.IGNORECASE)
_TAXED = re.compile(r"\(?税込み?\)?")
# Currencies whose amounts have no decimals: a sign before three digits groups thousands.
_WHOLE = re.compile(r"JPY|KRW|[¥₩]|円|원|yen", re.IGNORECASE)
_MINUS = "-−–△▲"
_NO_CENTS = re.compile(r"([.,])[-−–—]{1,2}\Z")
_BODY = re.compile(r"(?P<digits>\d*(?:[.,'\s⎖]\d+)*[.,]?)(?P<exponent>[eE][+-]?\d{1,2})?\Z")
_SEPARATOR = re.compile(r"[.,'\s⎖]")
_EAST_ASIA = re.compile(r"[぀-ヿ㐀-鿿가-힣]")
_POINT: Final = "."
_DECIMAL: Final = frozenset({".", ",", "⎖"})
_OTHER: Final = {".": ",", ",": "."}

TWO_MEANINGS: Final = "a number with two meanings"
"""The reason for which 1.234 and 1,234 are refused where nothing says which sign is the decimal one."""


def lenient_number(value: object, /, *, field: str, decimal: DecimalSign | None = None) -> int | float:
    """Return the number that *value* tells; the signs of groups, currencies and minus of most countries are understood.

    Groups may be set off by spaces of any width, apostrophes, commas or points, in threes, or as in India
    (1,23,456). A minus may stand before or behind, be a triangle, or be brackets. ``12,-`` has no cents. Of two kinds
    of separators the last one is the decimal one, and one that repeats groups thousands.

    What is left has two meanings: a single comma or point before three digits. *decimal* says which sign is the
    decimal one there; without it such a number is refused, except where it is an amount of a currency without cents.

    >>> lenient_number("¥38,500", field="amount"), lenient_number("1.234,50 €", field="amount")
    (38500, 1234.5)
    >>> lenient_number("△１２０", field="amount"), lenient_number("CHF 1’234.–", field="amount")
    (-120, 1234)
    >>> lenient_number("1.234", field="amount", decimal=","), lenient_number("1.234", field="amount", decimal=".")
    (1234, 1.234)

    Raises:
        InvalidPayloadError: If it tells no finite number, or could tell two.
    """
    if type(value) is int and abs(value) < 2**64:
        return value
    if type(value) is str:
        if _PLAIN.match(value):
            return float(value) if "." in value else int(value)
        if _COMMA.match(value):
            return float(value.replace(".", "").replace(",", "."))
    if isinstance(value, (float, Decimal)):
        number: int | float = float("nan") if isinstance(value, Decimal) and value.is_snan() else float(value)
        if abs(number) < 2.0**63:
            return number
        raise _no_number(field)
    told = _told(value)
    if told is None:
        raise _no_number(field)
    text, minus, signs = told
    if len(signs) > 1 and decimal is None:
        raise InvalidPayloadError(field=field, reason=TWO_MEANINGS, hint='say decimal="," or decimal="."')
    sign = decimal if len(signs) > 1 else "".join(signs)
    plain = "".join(_POINT if one == sign else "" if _SEPARATOR.match(one) else one for one in text)
    try:
        number = int(plain) if plain.isdecimal() else float(plain)
    except (ValueError, OverflowError):
        raise _no_number(field) from None
    if not abs(number) < 2.0**63:
        raise _no_number(field)
    return -number if minus else number


def decimal_sign(values: Iterable[Any], /) -> DecimalSign | Literal["?", ""]:
    """Return which sign is the decimal one in a column of numbers: the one that every number of it that tells shows.

    ``?`` if some number has two meanings and none, or not all alike, tells; empty if there is nothing to decide.

    >>> decimal_sign(["1.234", "12,5"]), decimal_sign(["1.234", "950"]), decimal_sign(["7", "1.234", "1,234.5"])
    (',', '?', '.')
    """
    shown: set[str] = set()
    doubt = False
    for value in values:
        told = _told(value) if isinstance(value, str) else None
        if told is None:
            continue
        signs = told[2]
        if len(signs) == 1 and signs[0] in {".", ","}:
            shown.add(signs[0])
        doubt = doubt or len(signs) > 1
    if len(shown) == 1:
        return "," if shown == {","} else "."
    return "?" if doubt else ""


def decimal_signs(columns: Mapping[str, Iterable[Any]], /) -> dict[str, DecimalSign | Literal["?"]]:
    """Return the decimal sign of each of the *columns* of a table that has one, by its header.

    A column that does not tell goes by the others, if they agree, and by a header in Japanese, Chinese or Korean:
    no country that writes so has a decimal comma.

    >>> decimal_signs({"price": ["1.234"], "postage": ["4,90"], "count": ["3"]})
    {'price': ',', 'postage': ','}
    """
    found = {column: decimal_sign(values) for column, values in columns.items()}
    known = {sign for sign in found.values() if sign in {".", ","}}
    usual = next(iter(known)) if len(known) == 1 else "?"
    return {
        column: (_POINT if usual == "?" and _EAST_ASIA.search(column) else usual) if sign == "?" else sign
        for column, sign in found.items()
        if sign
    }


def _no_number(field: str) -> InvalidPayloadError:
    return InvalidPayloadError(field=field, reason="not a number", hint="for example 1234.50")


def _told(value: object) -> tuple[str, bool, tuple[str, ...]] | None:
    """Return the digits and separators of a number, whether it is below 0, and its decimal sign.

    No sign: nothing tells one. Two signs: it has two meanings. None: it is no number.
    """
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    text = unicodedata.normalize("NFKC", value.translate(_OTHER_SIGNS)).strip()
    text, below = _unsigned(_TAXED.sub("", text).strip())
    text, money = _without_money(text)
    text, again = _unsigned(text)
    whole = _NO_CENTS.search(text)
    if whole:
        text = text[: whole.start()]
    elif text[-1:] in {"-", "−"}:
        if below or again:
            return None
        text, again = text[:-1].rstrip(), True
    found = _BODY.match(text)
    if found is None or not any(sign.isdecimal() for sign in found["digits"]) or (below and again):
        return None
    signs = _decimal_signs(found["digits"], exponent=bool(found["exponent"]), whole=whole, money=money)
    return None if signs is None else (text, below or again, signs)


def _unsigned(text: str) -> tuple[str, bool]:
    """Return *text* without the sign before it or the brackets around it, and whether that says minus."""
    if text[:1] == "(" and text[-1:] == ")":
        return text[1:-1].strip(), True
    if text[:1] and text[0] in _MINUS:
        return text[1:].lstrip(), True
    return (text[1:] if text[:1] == "+" and text[1:2].isdecimal() else text), False


def _without_money(text: str) -> tuple[str, str]:
    """Return *text* without the currency before or behind it, and that."""
    found = _BEFORE.match(text)
    if found:
        return text[found.end() :], found[1]
    found = _AFTER.search(text)
    return (text[: found.start()], found[1]) if found and found.start() else (text, "")


def _decimal_signs(digits: str, *, exponent: bool, whole: re.Match[str] | None, money: str) -> tuple[str, ...] | None:
    """Return which separator of *digits* is the decimal one, both if it could be either, None if none fits."""
    marks = _SEPARATOR.findall(digits)
    parts = _SEPARATOR.split(digits)
    last = marks[-1] if marks else ""
    if whole:  # nothing but groups can stand before a sign that says there are no cents
        return (whole[1],) if len(set(marks)) < 2 and _grouped(parts, marks) and whole[1] not in marks else None
    if len(marks) == 1 and last in _DECIMAL:
        return _sign_alone(last, *parts, exponent=exponent, money=money)
    if len(set(marks)) == 2:
        fits = last in _DECIMAL and marks.count(last) == 1 and _grouped(parts[:-1], marks[:-1])
        return (last,) if fits else None
    # A sign that repeats groups; then the other one is left to be the decimal one.
    fits = len(set(marks)) < 2 and _grouped(parts, marks)
    return ((_OTHER.get(last, ""),) if marks else ()) if fits else None


def _sign_alone(sign: str, head: str, tail: str, *, exponent: bool, money: str) -> tuple[str, ...]:
    """Return the decimal sign of a number with a single *sign* in it, and both where it could group as well."""
    if sign not in _OTHER:
        return (sign,)
    if exponent or len(tail) != 3 or not 0 < len(head) <= 3 or head[0] == "0":
        return (sign,)
    return (_OTHER[sign],) if _WHOLE.fullmatch(money) else (".", ",")


def _grouped(parts: list[str], marks: list[str]) -> bool:
    """Say whether digits stand in groups of three, or as in India: the last three, then twos."""
    if not marks:
        return True
    first, *middle, last = parts
    if len(last) != 3 or not first or first[0] == "0":
        return False
    threes = len(first) <= 3 and all(len(part) == 3 for part in middle)
    return threes or (marks[0] == "," and len(first) <= 2 and bool(middle) and all(len(part) == 2 for part in middle))
