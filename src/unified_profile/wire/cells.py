"""Cells of a table: what is missing, and how text becomes a number, a date or a yes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any, Final, Literal, TypeAlias, get_args

from unified_profile.errors import InvalidPayloadError
from unified_profile.model import Json
from unified_profile.wire.json_values import checked, storable
from unified_profile.wire.lenient import lenient_date, lenient_flag, lenient_instant
from unified_profile.wire.moments import iso
from unified_profile.wire.numbers import DecimalSign, lenient_number

CellType: TypeAlias = Literal["text", "number", "date", "time", "flag"]
TYPES: Final[tuple[str, ...]] = get_args(CellType)


def column_name(column: str, /) -> str:
    """Return *column* as it may stand in a message; a header that is none may be somebody's data."""
    return column if column.isprintable() and len(column) <= 64 and "@" not in column else "a column"


def cell_of(row: Mapping[str, Any], column: str, /, *, blanks: frozenset[str] = frozenset()) -> Any:
    """Return what *row* holds in *column*, without the white space around it; None if that is nothing.

    A column that the row does not have may be a path into its objects.

    >>> cell_of({"customer": {"email": " taro@example.com "}}, "customer.email")
    'taro@example.com'
    >>> cell_of({"phone": "N/A"}, "phone", blanks=frozenset({"n/a"})) is None
    True
    """
    value: Any = row.get(column)
    if value is None and "." in column and column not in row:
        value = row
        for part in column.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, str):
        value = value.strip()
        if not value or (blanks and value.casefold() in blanks):
            return None
    return value


def read_cell(
    value: Any,
    kind: str,
    /,
    *,
    column: str,
    zone: tzinfo | None = None,
    dayfirst: bool | None = None,
    decimal: DecimalSign | None = None,
) -> Json:
    """Return a cell that is not missing as JSON: dates and times in ISO 8601.

    >>> read_cell("1,200.00", "number", column="amount"), read_cell("2025/3/4", "date", column="born")
    (1200.0, '2025-03-04')

    Raises:
        InvalidPayloadError: If it cannot be read as *kind*.
    """
    if kind == "text" and type(value) is str and storable(value):
        return value
    field = column_name(column)
    if kind == "text":
        return checked(value, field=field)
    if kind == "number":
        return lenient_number(value, field=field, decimal=decimal)
    if kind == "flag":
        return value if isinstance(value, bool) else lenient_flag(value, field=field)
    if kind == "date":
        return lenient_date(value, field=field, dayfirst=dayfirst).isoformat()
    return iso(lenient_instant(value, field=field, tz=zone, dayfirst=dayfirst))


def read_text(value: Any, /, *, column: str, longest: int) -> str:
    """Return a cell that names something, as text.

    Raises:
        InvalidPayloadError: If it is neither text nor an integer, or too long.
    """
    if type(value) is str and len(value) <= longest and storable(value):
        return value
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and len(text) <= longest:
        return str(checked(text, field=column_name(column)))
    raise InvalidPayloadError(
        field=column_name(column), reason=f"not text of up to {longest} characters", hint="map another column"
    )
