"""How a table lies in a database: the types of its columns, read off the row, the same for every kind of database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from types import NoneType
from typing import Any, get_args, get_type_hints

import attrs

from unified_profile.errors import InvalidInputError, StorageError
from unified_profile.storage.commands import Key
from unified_profile.storage.tables import Table

PREFIX = "up_"
"""What the names of all tables and indexes begin with, so that they can live beside a caller's own."""

TENANT = "tenant"
POSITION = "position"

_LARGEST = 2**63


@attrs.frozen
class Column:
    """A column: its name, the type of its values (``str``, ``int`` or ``float``), what an older row gets in it.

    >>> from unified_profile.storage.tables import NODES
    >>> [column.name for column in columns_of(NODES) if column.nullable]
    ['profile', 'leaf_of', 'beside']
    """

    name: str
    type: type[str | int | float]
    nullable: bool
    default: str | int | float | None = None


@cache
def columns_of(table: Table[Any], /) -> tuple[Column, ...]:
    """Return the columns of *table* in row order, without the tenant."""
    hints = get_type_hints(table.row)
    defaults: dict[str, Any] = table.row._field_defaults
    found = []
    for name in table.columns:
        kinds = [kind for kind in (get_args(hints[name]) or (hints[name],)) if kind is not NoneType]
        nullable = NoneType in get_args(hints[name])
        zero = None if nullable else kinds[0]()
        found.append(Column(name, kinds[0], nullable, defaults.get(name, zero)))
    return tuple(found)


@cache
def written_columns(table: Table[Any], /) -> tuple[str, ...]:
    """Return the columns that a put brings: all, or for a log all but the position, which stands last.

    >>> from unified_profile.storage.tables import CHANGES
    >>> written_columns(CHANGES)
    ('kind', 'profile', 'at_us', 'body')
    """
    if not table.positioned:
        return table.columns
    if table.columns[-1] != POSITION:
        raise StorageError(f"table {table.name!r} is a log, so its last column has to be {POSITION!r}")
    return table.columns[:-1]


@cache
def identity_of(table: Table[Any], /) -> tuple[str, ...]:
    """Return the columns that a row is found by in ``Get``: the key, or for a log without one the position."""
    return table.key or (POSITION,)


@cache
def order_of(table: Table[Any], /) -> tuple[str, ...]:
    """Return the columns that ``Scan`` goes by and ``Delete`` names: the position of a log, else the key."""
    return (POSITION,) if table.positioned else table.key


@cache
def places_of(table: Table[Any], /) -> tuple[int, ...]:
    """Return where in a row the columns of ``identity_of`` stand."""
    return tuple(table.columns.index(name) for name in identity_of(table))


def key_of(table: Table[Any], row: Sequence[Any], /) -> Key:
    """Return the key that ``Get`` and ``Expect`` name *row* by."""
    return tuple([row[place] for place in places_of(table)])


def unstorable(table: Table[Any], rows: Iterable[Sequence[Any]], /, *, nul: bool = True) -> InvalidInputError | None:
    r"""Say which value no database of this kind can hold, once a driver has refused some of *rows*.

    *nul* is whether NUL characters can be held. Return None when the reason is another one.

    >>> from unified_profile.storage.tables import META
    >>> print(unstorable(META, [("half", "a pair: \ud83d")]))
    meta.value: holds a lone surrogate, which is no text; replace it, for example by U+FFFD
    """
    for row in rows:
        for column, value in zip(columns_of(table), row, strict=False):
            field = f"{table.name}.{column.name}"
            if value is None and column.nullable:
                continue
            if column.type is str and isinstance(value, str):
                if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
                    hint = "replace it, for example by U+FFFD"
                    return InvalidInputError(field=field, reason="holds a lone surrogate, which is no text", hint=hint)
                if not nul and "\0" in value:
                    reason, hint = "holds a NUL character, which this database cannot store", "leave it out"
                    return InvalidInputError(field=field, reason=reason, hint=hint)
            elif column.type is not str and isinstance(value, (int, float)):
                if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
                    return InvalidInputError(field=field, reason="does not fit into 64 bits", hint="store it as text")
            else:
                kind = type(value).__name__
                return InvalidInputError(field=field, reason=f"a {kind}", hint=f"pass {column.type.__name__}")
    return None
