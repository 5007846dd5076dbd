"""What a column means when it is looked at alone: by its header, confirmed or overruled by what stands in it."""

from __future__ import annotations

from typing import Any, Final

from unified_profile.wire.doubts import SHORT_HINT, has_short_years
from unified_profile.wire.headers import BY_HEADER, MEANINGS, Meaning, folded, is_unnamed, near, trait_name
from unified_profile.wire.looks import (
    READS,
    counts_rows,
    is_coded,
    is_dated,
    is_dialed,
    is_email,
    is_phone,
    is_plain_number,
    share,
)

ALL_DATES: Final = "all values are dates"
ALL_NUMBERS: Final = "all values are numbers"


def alone(column: str, values: list[Any], rows: int, /) -> tuple[Meaning, str]:
    """Return what *column* means by its header and what stands in it, in so many *rows*, and why.

    >>> alone("Kd.-Nr.", ["K1"], 1)[0].name, alone("", ["0", "1"], 2)[1]
    ('customer_number', 'it has no name, and counts the rows')
    """
    meaning = BY_HEADER.get(folded(column))
    because = f"the header {column[:40]!r} is known"
    if meaning is None:
        if is_unnamed(column):
            return _unnamed(values, rows)
        almost = near(column)
        if almost is None:
            return _by_values(column, values)
        meaning, known = almost
        because = f"the header is nearly {known!r}"
    return _confirmed(column, values, meaning, because) if values or meaning.name == "date" else (meaning, because)


def _confirmed(column: str, values: list[Any], meaning: Meaning, because: str) -> tuple[Meaning, str]:
    """Return what a known header means beside its values."""
    if not values:
        return _by_values(column, values)  # "date", or "data", says too little alone
    if meaning.name == "name":
        if share(values, is_email) >= 0.8:
            return MEANINGS["email"], "the values look like e-mail addresses"
        if share(values, is_coded) >= 0.8:
            return MEANINGS["customer_number"], f"{because}, and the values look like numbers of customers"
    test = {"email": is_email, "phone": is_phone}.get(meaning.name)
    if test is not None and share(values, test) < 0.5:
        return Meaning(trait_name(column), "attribute"), f"{because}, but the values do not look like it"
    if meaning.kind != "text" and share(values, READS[meaning.kind]) < 0.5:
        short = meaning.kind in {"date", "time"} and has_short_years(values)
        name = trait_name(column) if meaning.name == "date" or meaning.kind == "flag" else meaning.name
        why = SHORT_HINT if short else f"but most values do not read as {meaning.kind}"
        return Meaning(name, meaning.role), f"{because}{';' if short else ','} {why}"
    return meaning, because


def _unnamed(values: list[Any], rows: int) -> tuple[Meaning, str]:
    """Return what a column without a name is: nothing, unless there is something in it."""
    if not values:
        return Meaning("ignore", "ignore"), "it has no name, and nothing in it"
    if counts_rows(values, rows):
        return Meaning("ignore", "ignore"), "it has no name, and counts the rows"
    return Meaning("unnamed", "attribute"), "it has no name; give it one in the file"


def _by_values(column: str, values: list[Any]) -> tuple[Meaning, str]:
    own = trait_name(column)
    if values and share(values, is_email) >= 0.8:
        return MEANINGS["email"], "the values look like e-mail addresses"
    if len(values) >= 2 and share(values, is_dialed) >= 0.8:
        return MEANINGS["phone"], "the values look like phone numbers"
    if len(values) >= 3 and share(values, is_dated) == 1.0:
        return Meaning(own, "attribute", "time"), f"the header is not known; {ALL_DATES}"
    if len(values) >= 3 and share(values, is_plain_number) == 1.0:
        return Meaning(own, "attribute", "number"), f"the header is not known; {ALL_NUMBERS}"
    return Meaning(own, "attribute"), "the header is not known; kept under its own name"
