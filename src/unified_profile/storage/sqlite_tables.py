"""The SQL that SQLite is asked, for each table once: constant texts, so that every statement is prepared only once.

Lookups of several keys join a list of values with the table instead of asking ``IN (…)``: SQLite guesses without
statistics, and for a second column of an index it sometimes guesses that reading the whole tenant is cheaper.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from operator import itemgetter
from typing import Any, Protocol

from unified_profile.errors import UnknownNameError
from unified_profile.storage.commands import Find, Get, Key, Read
from unified_profile.storage.layout import (
    POSITION,
    PREFIX,
    TENANT,
    Column,
    columns_of,
    identity_of,
    order_of,
    places_of,
    written_columns,
)
from unified_profile.storage.tables import TABLES, Table


class Answer(Protocol):
    """What a statement gives back."""

    def fetchall(self) -> list[Any]:
        """Return all rows."""
        ...


Execute = Callable[[str, Sequence[Any]], Answer]

# How many keys one statement takes. Few sizes, so that few statements are kept prepared; what is left over is filled
# up with NULL, which equals nothing.
_SIZES = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_MOST = _SIZES[-1]
_SORTED_FROM = 64

_TYPES = {str: "TEXT", int: "INTEGER", float: "REAL"}


def quoted(name: str, /) -> str:
    """Return *name* as SQL takes it, keyword or not.

    >>> quoted("left")
    '"left"'
    """
    return f'"{name}"'


def quoted_list(names: Sequence[str], /) -> str:
    """Return *names* with commas between."""
    return ", ".join(map(quoted, names))


def column_definition(column: Column, /, *, added: bool = False) -> str:
    """Return how *column* is declared; an *added* one says what the rows already there get.

    >>> column_definition(Column("judged", int, nullable=False, default=0), added=True)
    '"judged" INTEGER NOT NULL DEFAULT 0'
    """
    words = [quoted(column.name), _TYPES[column.type]]
    if not column.nullable:
        words.append("NOT NULL")
        if added:
            words.append(f"DEFAULT {column.default!r}")
    return " ".join(words)


def index_name(table: Table[Any], column: str, /, prefix: str = PREFIX) -> str:
    """Return what the index of *column* is called."""
    return f"{prefix}{table.name}_{column}"


def definition(table: Table[Any], /, prefix: str = PREFIX) -> str:
    """Return the statement that makes *table*.

    Tables live in their key's tree. A log lives in the order of its positions, which are never given twice
    (AUTOINCREMENT): not even after the newest row was deleted, or a consumer of the log would miss the next one.
    """
    lines = [f"{TENANT} TEXT NOT NULL"]
    if table.positioned:
        lines.insert(0, f"{POSITION} INTEGER PRIMARY KEY AUTOINCREMENT")
    lines += [column_definition(column) for column in columns_of(table) if column.name in written_columns(table)]
    if not table.positioned:
        lines.append(f"PRIMARY KEY ({TENANT}, {quoted_list(table.key)})")
    body = ",\n  ".join(lines)
    return f"CREATE TABLE {prefix}{table.name} (\n  {body}\n)" + ("" if table.positioned else " WITHOUT ROWID")


def index_definitions(table: Table[Any], /, prefix: str = PREFIX) -> dict[str, str]:
    """Return the statements that make the indexes of *table*, by name."""
    place = f"ON {prefix}{table.name} ({TENANT}"
    made = {}
    for column in columns_of(table):
        if column.name not in table.indexes:
            continue
        name = index_name(table, column.name, prefix)
        made[name] = f"CREATE INDEX {name} {place}, {quoted(column.name)})"
        if column.nullable:  # nobody looks for the rows without one: nine in ten nodes, where each visit has a session
            made[name] += f" WHERE {quoted(column.name)} IS NOT NULL"
    if table.positioned:
        name = index_name(table, TENANT, prefix)
        made[name] = f"CREATE INDEX {name} {place})"
        if table.key:
            name = index_name(table, "key", prefix)
            made[name] = f"CREATE UNIQUE INDEX {name} {place}, {quoted_list(table.key)})"
    return made


class Lookup:
    """Rows by the values of some columns: one statement for one key, and one for each number of keys."""

    def __init__(self, table: Table[Any], columns: Sequence[str], index: str | None, prefix: str) -> None:
        """Look into *table* by *columns*, through *index* (None: through the table's own tree)."""
        name = prefix + table.name
        source = f"{name} INDEXED BY {index}" if index else name
        wanted = quoted_list(table.columns)
        same = "".join(f" AND {quoted(column)} = ?" for column in columns)
        self.one = f"SELECT {wanted} FROM {source} WHERE {TENANT} = ?{same}"
        places = [f"k{place}" for place in range(len(columns))]
        self._item = "(" + ", ".join("?" * len(columns)) + ")"
        self._before = f"WITH k({', '.join(places)}) AS (VALUES "
        same = "".join(
            f" AND {name}.{quoted(column)} = k.{place}" for column, place in zip(columns, places, strict=True)
        )
        shown = ", ".join(f"{name}.{quoted(column)}" for column in table.columns)
        self._after = f") SELECT {shown} FROM k CROSS JOIN {source} ON {name}.{TENANT} = ?{same}"
        self._texts: dict[int, str] = {}
        self._width = len(columns)

    def sized(self, size: int, /) -> str:
        """Return the statement for *size* keys."""
        text = self._texts.get(size)
        if text is None:
            text = self._texts[size] = self._before + ", ".join([self._item] * size) + self._after
        return text

    def by_keys(self, execute: Execute, tenant: str, keys: Sequence[Key], /) -> list[Any]:
        """Return the plain rows under *keys*."""
        if len(keys) == 1:
            return execute(self.one, (tenant, *keys[0])).fetchall()
        distinct = list(dict.fromkeys(keys))
        if self._width == 1:
            return self._many(execute, tenant, [key[0] for key in distinct])
        if len(distinct) > _MOST:
            distinct.sort()
        return self._many(execute, tenant, list(chain.from_iterable(distinct)))

    def by_values(self, execute: Execute, tenant: str, values: Sequence[str | int], /) -> list[Any]:
        """Return the plain rows whose only column of this lookup has one of *values*."""
        if len(values) == 1:
            return execute(self.one, (tenant, values[0])).fetchall()
        return self._many(execute, tenant, [value for value in dict.fromkeys(values) if value is not None])

    def _many(self, execute: Execute, tenant: str, flat: list[Any]) -> list[Any]:
        width = self._width
        if width == 1 and len(flat) > _MOST:
            flat.sort()  # neighbors share pages
        rows: list[Any] = []
        for start in range(0, len(flat), _MOST * width):
            part = flat[start : start + _MOST * width]
            size = _SIZES[bisect_left(_SIZES, len(part) // width)]
            part += [None] * (size * width - len(part))
            part.append(tenant)
            rows += execute(self.sized(size), part).fetchall()
        return rows


class Statements:
    """What SQLite is asked about one table."""

    def __init__(self, table: Table[Any], prefix: str = PREFIX) -> None:
        """Write the statements for *table*."""
        name = prefix + table.name
        self.table = table
        self.make = partial(tuple.__new__, table.row)  # a third of what the row's own way takes
        keyed = index_name(table, "key", prefix) if table.positioned and table.key else None
        self.get = Lookup(table, identity_of(table), keyed, prefix)
        self.finds = {
            column: Lookup(table, (column,), index_name(table, column, prefix), prefix) for column in table.indexes
        }
        if table.key:
            alone = self.get if len(table.key) == 1 else Lookup(table, table.key[:1], None, prefix)
            self.finds.setdefault(table.key[0], alone)

        order = order_of(table)
        source = f"{name} INDEXED BY {index_name(table, TENANT, prefix)}" if table.positioned else name
        start = f"SELECT {quoted_list(table.columns)} FROM {source} WHERE {TENANT} = ?"
        end = f" ORDER BY {quoted_list(order)} LIMIT ?"
        marks = ", ".join("?" * len(order))
        beyond = f"{quoted(order[0])} > ?" if len(order) == 1 else f"({quoted_list(order)}) > ({marks})"
        self.scan = start + end
        self.scan_after = f"{start} AND {beyond}{end}"

        written = written_columns(table)
        self.put = (
            f"INSERT INTO {name} ({TENANT}, {quoted_list(written)}) VALUES (?{', ?' * len(written)})"
            + _on_conflict(table, prefix)
        )
        self.delete = f"DELETE FROM {name} WHERE {TENANT} = ?" + "".join(f" AND {quoted(c)} = ?" for c in order)
        self._written = None if len(written) == len(table.columns) else len(written)
        self._sort = None if table.positioned else itemgetter(*(place + 1 for place in places_of(table)))

    def answer(self, execute: Execute, tenant: str, read: Read, /) -> list[Any]:
        """Return the rows that *read* asks for."""
        if isinstance(read, Get):
            rows = self.get.by_keys(execute, tenant, read.keys)
        elif isinstance(read, Find):
            rows = self._find(read.by).by_values(execute, tenant, read.values)
        else:
            limit = max(read.limit, 0)  # a negative limit is none at all to SQLite
            if read.after is None:
                rows = execute(self.scan, (tenant, limit)).fetchall()
            else:
                rows = execute(self.scan_after, (tenant, *read.after, limit)).fetchall()
        return list(map(self.make, rows))

    def _find(self, by: str) -> Lookup:
        lookup = self.finds.get(by)
        if lookup is None:
            raise UnknownNameError(kind=f"index of table {self.table.name!r}", name=by, known=self.finds)
        return lookup

    def bound(self, tenant: str, rows: Sequence[Any], /) -> list[tuple[Any, ...]]:
        """Return *rows* as ``put`` takes them."""
        if self._written is not None:
            end = self._written
            return [(tenant, *row[:end]) for row in rows]
        bound = [(tenant, *row) for row in rows]
        if self._sort is not None and len(bound) >= _SORTED_FROM:
            bound.sort(key=self._sort)  # neighbors share pages; equal keys keep their order, so the last one wins
        return bound


def _on_conflict(table: Table[Any], prefix: str) -> str:
    """Return what happens to a row whose key is there already."""
    if not table.key:
        return ""
    target = f" ON CONFLICT ({TENANT}, {quoted_list(table.key)}) DO "
    rest = [column for column in table.columns if column not in table.key]
    if table.positioned or not rest:
        return target + "NOTHING"
    sets = []
    for column in rest:
        name = quoted(column)
        new = f"excluded.{name}"
        if column in table.merge:
            new = f"{table.merge[column]}({prefix}{table.name}.{name}, {new})"
        sets.append(f"{name} = {new}")
    return f"{target}UPDATE SET {', '.join(sets)}"


def all_statements(prefix: str = PREFIX, /) -> dict[str, Statements]:
    """Return the statements of all tables, by the table's name."""
    return {table.name: Statements(table, prefix) for table in TABLES}
