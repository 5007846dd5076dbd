"""Tables of any kind, read into columns of texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import attrs

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.frames import Backend, backend_of, column_names, columns

_KINDS = (str, int, float, Decimal, date)
_ONLY_TEXT = frozenset({str, type(None)})


@attrs.frozen
class Table:
    """The records to resolve: their ids as they came, and every other column as texts (None: missing)."""

    ids: tuple[Any, ...]
    columns: Mapping[str, list[str | None]] = attrs.field(repr=False)
    backend: Backend | None = None


def read(records: object, /, *, record_id: str) -> Table:
    """Return *records* as columns of texts: a frame, a mapping of columns, or an iterable of mappings.

    Raises:
        InvalidInputError: If it is no table, ids are missing or twice there, or a column holds lists or objects.
        UnknownNameError: If there is no column *record_id*.
        MissingExtraError: If it is a frame and narwhals is not installed.
    """
    found, backend = _raw(records)
    if not found:
        return Table((), {})
    if record_id not in found:
        raise UnknownNameError(kind="column", name=str(record_id), known=found)
    ids = found[record_id]
    if len(kinds := set(map(type, ids))) > 1 or not kinds <= {str, int}:  # else nothing can be wrong with one of them
        ids = [_id(value, row, record_id) for row, value in enumerate(ids)]
    if len(set(ids)) < len(ids):
        raise InvalidInputError(
            field=record_id,
            reason=f"{len(ids) - len(set(ids))} ids stand there twice",
            hint="give every record its own",
        )
    texts = {name: _texts(name, values) for name, values in found.items() if name != record_id}
    return Table(tuple(ids), texts, backend)


def _raw(records: object) -> tuple[dict[str, list[Any]], Backend | None]:
    """Return the columns as they came, and the library of the frame."""
    if isinstance(records, Iterable) and not isinstance(records, (str, bytes, Mapping)) and backend_of(records) is None:
        rows = list(records)
        if all(isinstance(row, Mapping) for row in rows):
            return _turned(rows), None
        if isinstance(records, (list, tuple)) or not hasattr(records, "__dataframe__"):
            raise InvalidInputError(field="records", reason="not all are mappings", hint="pass a frame or mappings")
    if isinstance(records, Mapping):
        for name, values in records.items():
            if not isinstance(name, str) or isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
                raise InvalidInputError(field="records", reason="not columns by their names", hint="names and lists")
    names = column_names(records, field="records")
    if len(set(names)) < len(names):
        raise InvalidInputError(field="records", reason="two columns have one name", hint="rename one")
    arrays = columns(records, names, field="records")
    lists = {name: array.tolist() for name, array in arrays.items()}
    if len({len(values) for values in lists.values()}) > 1:
        raise InvalidInputError(field="records", reason="columns of different lengths", hint="make them the same")
    return lists, backend_of(records)


def _turned(rows: list[Mapping[Any, Any]]) -> dict[str, list[Any]]:
    """Return rows as columns; what a row lacks is missing there."""
    names = dict.fromkeys(name for row in rows for name in row)
    if not all(isinstance(name, str) for name in names):
        raise InvalidInputError(field="records", reason="a name of a column that is no text", hint="use text")
    return {name: [row.get(name) for row in rows] for name in names}


def _id(value: object, row: int, name: str) -> Any:
    if (
        value is None
        or (isinstance(value, float) and not value.is_integer())
        or not isinstance(value, (str, int, float))
    ):
        raise InvalidInputError(field=f"{name}, row {row}", reason="missing, or no text or number", hint="give it one")
    return value


def _texts(name: str, values: list[Any]) -> list[str | None]:
    """Return values as texts; numbers as they are written, dates in ISO form, NaN and NaT as missing."""
    if _ONLY_TEXT.issuperset(map(type, values)) and "" not in values:
        return values
    found: list[str | None] = []
    for row, value in enumerate(values):
        if isinstance(value, str):
            found.append(value or None)
        elif value is None or type(value).__name__ == "NAType" or value != value:  # noqa: PLR0124 - NaN, NaT; pandas.NA
            found.append(None)
        elif isinstance(value, datetime):
            found.append(value.date().isoformat())
        elif isinstance(value, float):
            found.append(str(int(value)) if value.is_integer() else repr(value) if math.isfinite(value) else None)
        elif isinstance(value, _KINDS) or hasattr(value, "isoformat") or isinstance(value, bool):
            found.append(str(value))
        else:
            raise InvalidInputError(
                field=f"{name}, row {row}",
                reason=f"a {type(value).__name__}",
                hint="texts, numbers or dates; leave it out",
            )
    return found
