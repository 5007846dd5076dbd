"""Parts of values under which records may meet: from the whole value to a few letters of it.

A part depends on its value alone, so that a record has the same keys whenever and beside whomever it comes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import attrs

_NUMBERS, _LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_VOWELS = {ord(letter): None for letter in "aeiouyhw"}


@attrs.frozen
class Part:
    """A way to cut a part out of a value. *of* are the parts that determine it: the whole value always does."""

    name: str
    cut: Callable[[str], str | None]
    of: frozenset[str] = frozenset()


def _whole(value: str) -> str | None:
    return value


def _first(size: int) -> Callable[[str], str | None]:
    return lambda value: value[:size] if len(value) >= size else None


def _skeleton(value: str) -> str | None:
    """Return the first letter and the next consonants: what misspellings mostly leave alone."""
    found, last = value[:1], ""
    for letter in value[1:].translate(_VOWELS):
        if letter != last:
            found += letter
            last = letter
            if len(found) == 4:
                break
    return found


def long_local(value: str) -> str | None:
    """Return what stands before the ``@``, if it is long enough to say who it is."""
    local = value.split("@", maxsplit=1)[0]
    return local if len(local) > 4 else None


def _house(value: str) -> str | None:
    numbers = _NUMBERS.findall(value)
    return " ".join(numbers) + "".join(_LETTERS.findall(value))[:4] if numbers else None


def _numbers(value: str) -> str | None:
    return " ".join(_NUMBERS.findall(value)) or None


def _street(value: str) -> str | None:
    return "".join(_WORDS.findall(value))[:6] or None


def _half(value: str) -> str | None:
    return value[: len(value) // 2] if len(value) >= 6 else None


def _other_half(value: str) -> str | None:
    return value[len(value) // 2 :] if len(value) >= 6 else None


def _longest(value: str) -> str | None:
    return max(value.split(), key=len, default=None)


def _two_words(value: str) -> str | None:
    return " ".join(sorted(value.split())[:2])


_WHOLE = Part("whole", _whole)
_NAME = (_WHOLE, Part("3", _first(3)), Part("sound", _skeleton))
_STREET = (_WHOLE, Part("house", _house), Part("numbers", _numbers), Part("street", _street))
_TEXT = (
    _WHOLE,
    Part("two words", _two_words),
    Part("6", lambda value: value.replace(" ", "")[:6]),
    Part("longest", _longest),
)

PARTS: Mapping[str, tuple[Part, ...]] = {
    "given_name": _NAME, "family_name": _NAME, "city": _NAME, "full_name": _TEXT, "organization": _TEXT,
    "text": _TEXT, "birth_year": (_WHOLE,),
    "birth_date": (
        _WHOLE, Part("year, month", _first(6)), Part("year, day", lambda value: value[:4] + value[6:]),
        Part("month, day", lambda value: value[4:]), Part("year", _first(4), frozenset({"year, month", "year, day"})),
    ),
    "email": (_WHOLE, Part("local", long_local), Part("5", _first(5))),
    "phone": (
        _WHOLE, Part("7", lambda value: value[-7:]), Part("4", lambda value: value[-4:], frozenset({"7"})),
        Part("area", lambda value: value[:-4] if len(value) > 6 else None),
    ),
    "street": _STREET, "address": _STREET, "street_number": (_WHOLE,), "postcode": (_WHOLE, Part("3", _first(3))),
    "identifier": (_WHOLE, Part("half", _half), Part("other half", _other_half)),
}  # fmt: skip
"""The parts of the values of each role; roles that are not here say too little to meet by."""
