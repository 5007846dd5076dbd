"""What a table leaves open, seen by its cells: which number of a date is the day, which sign the decimal one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from unified_profile.errors import InvalidInputError
from unified_profile.wire.lenient import SHORT_YEAR, lenient_date
from unified_profile.wire.numbers import DecimalSign, decimal_signs

_SLASHED = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2\d{4}(?!\d)")
DATE_HINT: Final = "dates like 3/4/2025 have two meanings: say dayfirst="
NUMBER_HINT: Final = "numbers like 1.234 have two meanings: say decimal="
SHORT_HINT: Final = "years of two digits may be of two centuries: write four"


def day_first(columns: Mapping[str, Iterable[Any]], /) -> bool | None:
    """Return whether 3/4/2025 is in April, as far as the dates of a table that leave no doubt say so with one voice.

    Dates with points say nothing of those with slashes: their day comes first everywhere.

    >>> day_first({"born": ["3/4/1980", "31/12/1980"]}), day_first({"born": ["31/12/1980", "12/31/1980"]})
    (True, None)
    """
    told = set()
    for values in columns.values():
        for value in values:
            found = _SLASHED.match(value) if isinstance(value, str) else None
            if found and max(int(found[1]), int(found[3])) > 12:
                told.add(int(found[1]) > 12)
    return told.pop() if len(told) == 1 else None


def has_two_dates(values: Iterable[Any], /) -> bool:
    """Say whether a date among *values* has two meanings."""
    found = (_SLASHED.match(value) for value in values if isinstance(value, str))
    return any(one and int(one[1]) != int(one[3]) and max(int(one[1]), int(one[3])) <= 12 for one in found)


def has_short_years(values: Iterable[Any], /) -> bool:
    """Say whether a date among *values* has a year of two digits."""
    return any(_refusal(value) == SHORT_YEAR for value in values)


def _refusal(value: object) -> str:
    try:
        lenient_date(value, field="", dayfirst=True)
    except InvalidInputError as error:
        return error.reason
    return ""


def signs_of(
    columns: Mapping[str, Iterable[Any]], said: DecimalSign | None, /
) -> tuple[dict[str, DecimalSign], set[str]]:
    """Return the decimal signs of columns of numbers, and the columns that leave it open; *said* decides those.

    >>> signs_of({"total": ["1.234"], "postage": ["4.90"]}, None), signs_of({"total": ["1.234"]}, ",")
    (({'total': '.', 'postage': '.'}, set()), ({'total': ','}, set()))
    """
    found: dict[str, DecimalSign | Literal["?"]] = decimal_signs(columns)
    known: dict[str, DecimalSign] = {column: sign for column, sign in found.items() if sign != "?"}
    open_ = {column for column, sign in found.items() if sign == "?"}
    if said is not None:
        return {**dict.fromkeys(columns, said), **known}, set()
    return known, open_
