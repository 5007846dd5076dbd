"""A store as simple as can be: it copies everything for each session. Slow, and easy to see through.

It keeps every promise, so it is a second opinion on what the promises mean; ``broken_stores`` breaks it in one place
each.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from unified_profile.errors import ConflictError
from unified_profile.storage.commands import Changes, Expect, Find, Get, Read, Scan
from unified_profile.storage.layout import identity_of, order_of
from unified_profile.storage.tables import Table

Rows: TypeAlias = "dict[tuple[Any, ...], Any]"
"""The rows of a table by what ``Scan`` goes by: the key, or the position of a log."""


class NaiveStore:
    """Rows in dictionaries that are copied when a session opens, and take the place of the old ones when it ends well.

    >>> from unified_profile.testing.conformance import check_store
    >>> check_store(NaiveStore, only=["an error in the block undoes everything"]).conforms
    True
    """

    def __init__(self) -> None:
        """Start empty."""
        self.kept: dict[tuple[str, str], Rows] = {}
        self.last = 0
        self.lock = threading.RLock()

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[NaiveSession]:  # noqa: ARG002  # always
        """See ``Store.session``."""
        with self.lock:
            session = self.opened(tenant)
            yield session
            self.kept = session.tables

    def opened(self, tenant: str, /) -> NaiveSession:
        """Return a session on a copy of everything."""
        return NaiveSession(self, {name: dict(rows) for name, rows in self.kept.items()}, tenant)


class NaiveSession:
    """A unit of work on a copy. The methods beyond ``Session`` are what broken stores get wrong."""

    def __init__(self, store: NaiveStore, tables: dict[tuple[str, str], Rows], tenant: str) -> None:
        """Work on *tables*."""
        self.store, self.tables, self.tenant = store, tables, tenant

    def rows(self, table: Table[Any], /) -> Rows:
        """Return the rows of *table* of this tenant."""
        return self.tables.setdefault((self.tenant, table.name), {})

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        return [self.answer(read) for read in reads]

    def answer(self, read: Read, /) -> list[Any]:
        """Answer one read."""
        rows = self.rows(read.table)
        if isinstance(read, Get):
            keys = set(map(tuple, read.keys))
            if not read.table.positioned:
                return [rows[key] for key in keys if key in rows]
            return [row for row in rows.values() if values(row, identity_of(read.table)) in keys]
        if isinstance(read, Find):
            return [row for row in rows.values() if self.found(getattr(row, read.by), read.values)]
        return self.page(rows, read)

    def found(self, value: Any, wanted: Sequence[Any], /) -> bool:
        """Say whether *value* is one of *wanted*."""
        return value is not None and value in wanted

    def page(self, rows: Rows, read: Scan[Any], /) -> list[Any]:
        """Return the rows after a key, in order."""
        return [rows[key] for key in sorted(rows) if read.after is None or key > tuple(read.after)][: read.limit]

    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        for expect in changes.expects:
            self.check(expect)
        self.delete(changes)
        self.put(changes)

    def check(self, expect: Expect[Any], /) -> None:
        """Raise unless a row is as expected."""
        found = self.answer(Get(expect.table, [expect.key]))
        if (found[0] if found else None) != expect.row:
            raise ConflictError(f"a row of {expect.table.name!r} is not as expected")

    def delete(self, changes: Changes, /) -> None:
        """Take rows away."""
        for delete in changes.deletes:
            for key in delete.keys:
                self.rows(delete.table).pop(tuple(key), None)

    def put(self, changes: Changes, /) -> None:
        """Add and replace rows."""
        for put in changes.puts:
            if put.table.positioned:
                self.append(put.table, put.rows)
                continue
            rows = self.rows(put.table)
            for row in put.rows:
                key = values(row, order_of(put.table))
                rows[key] = self.merged(put.table, rows.get(key), row)

    def merged(self, table: Table[Any], old: Any, new: Any, /) -> Any:
        """Return the row that is kept when *new* is put where *old* (or nothing) is."""
        if old is None:
            return new
        least = {"min": min, "max": max}
        return new._replace(**{c: least[how](getattr(old, c), getattr(new, c)) for c, how in table.merge.items()})

    def append(self, table: Table[Any], new: Sequence[Any], /) -> None:
        """Add rows to a log."""
        known = {values(row, table.key) for row in self.rows(table).values()} if table.key else set()
        for row in new:
            if table.key and values(row, table.key) in known:
                continue
            position = self.next_position(table)
            self.rows(table)[(position,)] = row._replace(position=position)
            known.add(values(row, table.key))

    def next_position(self, table: Table[Any], /) -> int:  # noqa: ARG002  # a broken one looks at the table
        """Return a position that was never given."""
        self.store.last += 1
        return self.store.last


def values(row: Any, columns: Sequence[str], /) -> tuple[Any, ...]:
    """Return what *row* has in *columns*."""
    return tuple(getattr(row, column) for column in columns)
