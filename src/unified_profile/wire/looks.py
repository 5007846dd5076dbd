"""What cells look like, whatever stands above them: an address, a number to dial, a date."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from unified_profile.errors import InvalidInputError
from unified_profile.wire.lenient import lenient_date, lenient_flag, lenient_instant
from unified_profile.wire.moments import zone_of
from unified_profile.wire.numbers import lenient_number

_EMAIL = re.compile(r"[^@\s]+[@＠][^@\s]+\.[^@\s]+\Z")
_PHONE = re.compile(r"[\d０-９()（）+＋ ./ー−－-]{7,25}\Z")
_DIALED = re.compile(r"(?=(?:\D*\d){9,15}\D*\Z)(?:[+＋]\d|[(（]?[0０]\d*[)）]?[-－ー ./(（]).*[\d０-９]\Z")
DAY_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}")
_CODED = re.compile(r"(?=\D*\d)[^\s@]{1,40}\Z")
_LEADING_ZERO = re.compile(r"[+-]?0\d")


def share(values: Sequence[Any], test: Callable[[Any], bool]) -> float:
    """Return the share of *values* that pass *test*; there must be some."""
    return sum(map(test, values)) / len(values)


def is_email(value: Any) -> bool:
    """Say whether a value has the shape of an e-mail address."""
    return isinstance(value, str) and bool(_EMAIL.match(value))


def is_phone(value: Any) -> bool:
    """Say whether a value could be a phone number, where a header says so."""
    return type(value) is int or (isinstance(value, str) and bool(_PHONE.match(value)))


def is_dialed(value: Any) -> bool:
    """Say whether a value is written as phone numbers are, and not as a date or a mere number."""
    return isinstance(value, str) and bool(_DIALED.match(value)) and DAY_LAST.match(value) is None


def is_dated(value: Any) -> bool:
    """Say whether a value is a date or time that is written as one."""
    text = value if isinstance(value, str) else ""
    return any(sign in text for sign in "-/.年") and not reads_as_number(text) and READS["time"](value)


def is_plain_number(value: Any) -> bool:
    """Say whether a value is a number that loses nothing as one: codes begin with zeros."""
    return reads_as_number(value) and not _LEADING_ZERO.match(str(value))


def is_coded(value: Any) -> bool:
    """Say whether a value is a code with digits in it, as numbers of customers are, and names are not."""
    return type(value) is int or (isinstance(value, str) and _CODED.match(value) is not None)


def counts_rows(values: Sequence[Any], rows: int) -> bool:
    """Say whether *values* number the rows one after the other, as the index of an exported frame does."""
    numbers = [int(text) for value in values if (text := str(value)).isdecimal() and len(text) < 19]
    return len(numbers) == rows and all(after == before + 1 for before, after in pairwise(numbers))


def reads_as_number(value: Any) -> bool:
    """Say whether a value can be read as a number."""
    return _reads(lambda: lenient_number(value, field="", decimal="."))


def _reads(reading: Callable[[], object]) -> bool:
    try:
        reading()
    except InvalidInputError:
        return False
    return True


READS: dict[str, Callable[[Any], bool]] = {
    "number": reads_as_number,
    "flag": lambda value: isinstance(value, bool) or _reads(lambda: lenient_flag(value, field="")),
    "date": lambda value: (
        _reads(lambda: lenient_date(value, field="", dayfirst=True))
        or _reads(lambda: lenient_date(value, field="", dayfirst=False))
    ),
    "time": lambda value: (
        _reads(lambda: lenient_instant(value, field="", tz=zone_of("UTC"), dayfirst=True))
        or _reads(lambda: lenient_instant(value, field="", tz=zone_of("UTC"), dayfirst=False))
    ),
}
