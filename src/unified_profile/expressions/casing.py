"""When two strings count as equal: exactly, without regard to case, or without accents and width as well."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

Case: TypeAlias = Literal["exact", "ci", "fold"]
"""``exact`` by code point, ``ci`` ignores case (NFKC and case folding), ``fold`` ignores accents and width too."""

CASES: tuple[str, ...] = get_args(Case)

# Marks of these combining classes are accents of the alphabets (grave, cedilla, dot below …). Lower classes carry the
# word itself: the voicing of kana, vowel signs, viramas, points.
_ACCENTS_FROM = 200


def exact(text: str, /) -> str:
    """Return *text* as it is."""
    return text


def ignoring_case(text: str, /) -> str:
    """Return *text* without differences of case and compatibility form (Unicode's compatibility caseless matching).

    >>> ignoring_case("ＳＴＲＡẞＥ")
    'strasse'
    """
    if text.isascii():
        return text.lower()
    once = unicodedata.normalize("NFKD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", once.casefold()))


def folded(text: str, /) -> str:
    """Return *text* without differences of case, width and accents; the voicing of kana stays.

    >>> folded("Café"), folded("ｶﾞﾗｽ") == folded("ガラス"), folded("ハ") == folded("バ")
    ('cafe', True, False)
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFD", ignoring_case(text))
    bare = "".join(mark for mark in apart if unicodedata.combining(mark) < _ACCENTS_FROM)
    return unicodedata.normalize("NFC", bare)


FOLDERS: dict[str, Callable[[str], str]] = {"exact": exact, "ci": ignoring_case, "fold": folded}
