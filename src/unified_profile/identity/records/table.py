"""Tables of any kind, read into columns of texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import attrs
import numpy as np

from unified_profile.errors import InvalidInputError, UnknownNameError
from unified_profile.frames import Backend, backend_of, cells, column_names, columns, distinct_texts
from unified_profile.identity.records.columns import Column
from unified_profile.identity.records.cores import ahead

_KINDS = (int, date, UUID)
_ONLY_TEXT = frozenset({str, type(None)})
_FEW = 200
"""Rows of which plain lists are made sooner than of a frame's own arrays."""
_LONGEST_NUMBER = 1000
"""Digits beyond which a whole number is none: Python itself refuses to write very long ones."""


@attrs.frozen
class Table:
    """The records to resolve: their ids as they came, and every other column as texts (None: missing)."""

    ids: tuple[Any, ...]
    columns: Mapping[str, Sequence[str | None]] = attrs.field(repr=False)
    backend: Backend | None = None


def read(records: object, /, *, record_id: str) -> Table:
    """Return *records* as columns of texts: a frame, a mapping of columns, or an iterable of mappings.

    Raises:
        InvalidInputError: If it is no table, ids are missing or twice there, or a column holds lists or objects.
        UnknownNameError: If there is no column *record_id*.
        MissingExtraError: If it is a frame and narwhals is not installed.
    """
    found, backend = _raw(records, record_id)
    if not found:
        return Table((), {})
    if record_id not in found:
        raise UnknownNameError(kind="column", name=str(record_id), known=found)
    ids = [value.item() if isinstance(value, np.generic) else value for value in found[record_id]]
    if len(kinds := set(map(type, ids))) > 1 or not kinds <= {str, int}:  # else nothing can be wrong with one of them
        ids = [_id(value, row, record_id) for row, value in enumerate(ids)]
    if len(set(ids)) < len(ids):
        raise InvalidInputError(
            field=record_id,
            reason=f"{len(ids) - len(set(ids))} ids stand there twice",
            hint="give every record its own",
        )
    texts = {
        name: values if isinstance(values, Column) else _texts(name, values)
        for name, values in found.items()
        if name != record_id
    }
    return Table(tuple(ids), texts, backend)


def _raw(records: object, record_id: str) -> tuple[dict[str, list[Any] | Column], Backend | None]:
    """Return the columns as they came, and the library of the frame; columns of texts as it knows them, but for ids."""
    if isinstance(records, Iterable) and not isinstance(records, (str, bytes, Mapping)) and backend_of(records) is None:
        rows = list(records)
        if all(isinstance(row, Mapping) for row in rows):
            return {**_turned(rows)}, None
        if isinstance(records, (list, tuple)) or not hasattr(records, "__dataframe__"):
            raise InvalidInputError(field="records", reason="not all are mappings", hint="pass a frame or mappings")
    if isinstance(records, Mapping):
        for name, values in records.items():
            if not isinstance(name, str) or isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
                raise InvalidInputError(field="records", reason="not columns by their names", hint="names and lists")
    if backend_of(records) in {"pandas", "pyarrow"}:  # others know no such names
        _named(getattr(records, "column_names", getattr(records, "columns", ())))
    names = column_names(records, field="records")
    known = _known(records, [name for name in names if name != record_id])
    arrays = columns(records, [name for name in names if name not in known], field="records")
    lists = {
        name: known[name]
        if name in known
        else _listed(arrays[name])
        if arrays[name].dtype.kind != "M" or _bare(records, name)
        else list(cells(records, name))
        for name in names
    }
    if len({len(values) for values in lists.values()}) > 1:
        raise InvalidInputError(field="records", reason="columns of different lengths", hint="make them the same")
    return lists, backend_of(records)


def _known(records: object, names: Sequence[str]) -> dict[str, Column]:
    """Return the columns of which a large frame can tell the distinct texts by itself, on all cores."""
    if backend_of(records) is None or not hasattr(records, "__len__") or len(records) < _FEW:
        return {}
    found = zip(names, ahead(partial(distinct_texts, records), names), strict=True)
    return {name: Column(*texts) for name, texts in found if texts is not None}


def _turned(rows: list[Mapping[Any, Any]]) -> dict[str, list[Any]]:
    """Return rows as columns; what a row lacks is missing there."""
    names = dict.fromkeys(name for row in rows for name in row)
    _named(names)
    return {name: [row.get(name) for row in rows] for name in names}


def _named(names: object) -> None:
    """Refuse names of columns that are no texts, or the same; a library of frames may have said nothing of that."""
    known = list(names) if isinstance(names, Iterable) else []
    if not all(isinstance(name, str) for name in known):
        raise InvalidInputError(field="records", reason="a name of a column that is no text", hint="use text")
    if len(set(known)) < len(known):
        raise InvalidInputError(field="records", reason="two columns have one name", hint="rename one")


def _bare(records: object, name: str) -> bool:
    """Say whether a column is an array of numpy: other times may have a zone, and mean a day there."""
    return isinstance(records, Mapping) and isinstance(records[name], np.ndarray)


def _listed(array: Any) -> list[Any]:
    """Return an array as a list; times as days, which numpy would give as numbers if they count nanoseconds."""
    if array.dtype.kind == "M":
        return [None if day == "NaT" else day for day in np.datetime_as_string(array, unit="D").tolist()]
    found: list[Any] = array.tolist() if array.dtype.kind != "m" else array.astype("timedelta64[us]").tolist()
    return found


def _id(value: object, row: int, name: str) -> Any:
    if isinstance(value, float) and not value.is_integer():
        value = None
    if not isinstance(value, (str, int, float)):
        missing = value is None or type(value).__name__ in {"NAType", "NaTType"}
        reason = "missing" if missing else f"a {type(value).__name__}"
        raise InvalidInputError(field=f"{name}, row {row}", reason=reason, hint="a text or whole number of its own")
    return value


def _texts(name: str, values: list[Any]) -> list[str | None]:
    """Return values as texts; numbers as they are written, dates in ISO form, NaN and NaT as missing."""
    if _ONLY_TEXT.issuperset(map(type, values)) and "" not in values:
        return values
    found: list[str | None] = []
    for row, one in enumerate(values):
        value = _listed(np.array([one]))[0] if isinstance(one, np.generic) else one
        if isinstance(value, str):
            found.append(value or None)
        elif value is None or type(value).__name__ in {"NAType", "NaTType"}:
            found.append(None)
        elif isinstance(value, datetime):
            found.append(value.date().isoformat())
        elif isinstance(value, Decimal):
            found.append(str(value) if value.is_finite() else None)
        elif isinstance(value, float):
            found.append(str(int(value)) if value.is_integer() else repr(value) if math.isfinite(value) else None)
        elif hasattr(value, "isoformat") or (isinstance(value, _KINDS) and not _endless(value)):
            found.append(str(value))
        else:
            raise InvalidInputError(
                field=f"{name}, row {row}",
                reason=f"a {type(value).__name__}" + (" of very many digits" if _endless(value) else ""),
                hint="texts, numbers or dates; leave it out",
            )
    return found


def _endless(value: object) -> bool:
    return isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER * 3
