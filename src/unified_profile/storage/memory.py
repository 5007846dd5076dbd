"""The store that is the reference for all others: rows in dictionaries, in this process, gone with it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from unified_profile.errors import ConflictError
from unified_profile.storage.commands import Changes, Find, Get, Read
from unified_profile.storage.tables import TABLES, Table

_MERGE = {"min": min, "max": max}


class MemoryStore:
    """Rows in dictionaries. Safe to share between threads; sessions of one tenant follow each other.

    >>> from unified_profile.storage.commands import Changes, Get, Put
    >>> from unified_profile.storage.tables import META
    >>> from unified_profile.model.rows import MetaRow
    >>> store = MemoryStore()
    >>> with store.session("default") as session:
    ...     session.write(Changes(puts=[Put(META, [MetaRow("color", "blue")])]))
    ...     session.read([Get(META, [("color",)])])
    [[MetaRow(name='color', value='blue')]]
    """

    def __init__(self) -> None:
        """Start empty."""
        self._tenants: dict[str, _Rows] = defaultdict(_Rows)
        self._guard = threading.Lock()

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[MemorySession]:  # noqa: ARG002  # always
        """See ``Store.session``: every session is exclusive here."""
        with self._guard:
            rows = self._tenants[tenant]
        with rows.lock:
            session = MemorySession(rows)
            try:
                yield session
            except BaseException:
                session.undo()
                raise


class _Rows:
    """The tables of one tenant."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.tables = {table.name: _Kept(table) for table in TABLES}


class _Kept:
    """One table: rows by key, keys by index."""

    def __init__(self, table: Table[Any]) -> None:
        columns = table.columns
        self.table = table
        self.rows: dict[Any, Any] = {}
        self.last = 0
        self.key = [columns.index(name) for name in table.key]
        self.whole = self.key[0] if len(self.key) == 1 else None
        self.merge = [(columns.index(name), _MERGE[how]) for name, how in table.merge.items()]
        self.position = columns.index("position") if table.positioned else -1
        # A log is kept by position; its key, if it has one, is an index of its own.
        self.ids: dict[Any, int] = {}
        names = list(table.indexes)
        if table.key and (len(table.key) > 1):
            names.append(table.key[0])
        self.indexes: dict[str, tuple[int, dict[Any, dict[Any, None]]]] = {
            name: (columns.index(name), {}) for name in names
        }

    def key_of(self, row: Any) -> Any:
        return row[self.whole] if self.whole is not None else tuple([row[i] for i in self.key])


class MemorySession:
    """A unit of work on one tenant; remembers how to undo itself."""

    def __init__(self, rows: _Rows) -> None:
        """Work on *rows* under its lock."""
        self._rows = rows
        self._undo: list[tuple[_Kept, Any, Any]] = []

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        return [self._answer(read) for read in reads]

    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        for expect in changes.expects:
            kept = self._rows.tables[expect.table.name]
            key = expect.key[0] if kept.whole is not None else expect.key
            if kept.rows.get(key) != expect.row:
                raise ConflictError(f"a row of {expect.table.name!r} was changed by another writer")
        for delete in changes.deletes:
            kept = self._rows.tables[delete.table.name]
            plain = kept.whole is not None or kept.position >= 0
            for key in delete.keys:
                self._set(kept, key[0] if plain else key, None)
        for put in changes.puts:
            kept = self._rows.tables[put.table.name]
            if kept.position >= 0:
                self._append(kept, put.rows)
            else:
                self._replace(kept, put.rows)

    def undo(self) -> None:
        """Take back everything written in this session."""
        while self._undo:
            kept, key, before = self._undo.pop()
            self._store(kept, key, before)

    def _answer(self, read: Read) -> list[Any]:
        kept = self._rows.tables[read.table.name]
        rows = kept.rows
        if isinstance(read, Get):
            if kept.position >= 0:
                ids = kept.ids
                return [rows[ids[key[0]]] for key in read.keys if key[0] in ids]
            if kept.whole is not None:
                return [rows[key[0]] for key in read.keys if key[0] in rows]
            return [rows[key] for key in read.keys if key in rows]
        if isinstance(read, Find):
            if read.by in kept.indexes:
                index = kept.indexes[read.by][1]
                return [rows[key] for value in dict.fromkeys(read.values) for key in index.get(value, ())]
            return [row for value in dict.fromkeys(read.values) for row in self._by_key(kept, value)]
        return self._scan(kept, read.after, read.limit)

    @staticmethod
    def _by_key(kept: _Kept, value: Any) -> list[Any]:
        if kept.position >= 0:
            return [kept.rows[kept.ids[value]]] if value in kept.ids else []
        return [kept.rows[value]] if value in kept.rows else []

    @staticmethod
    def _scan(kept: _Kept, after: Any, limit: int) -> list[Any]:
        if kept.position >= 0:
            start = 0 if after is None else after[0]
            if len(kept.rows) == kept.last:  # nothing was ever deleted: positions are places
                return list(islice(kept.rows.values(), start, start + limit))
            return [row for position, row in kept.rows.items() if position > start][:limit]
        keys = sorted(kept.rows) if after is None else sorted(k for k in kept.rows if _plain(kept, after) < k)
        return [kept.rows[key] for key in keys[:limit]]

    def _append(self, kept: _Kept, rows: Sequence[Any]) -> None:
        place = kept.position
        for row in rows:
            known = kept.key_of(row) if kept.key else None
            if known is not None and known in kept.ids:
                continue
            position = kept.last + 1
            # The last column of a log's row is its position.
            self._set(kept, position, row[:place] + (position,) if place == len(row) - 1 else row)

    def _replace(self, kept: _Kept, rows: Sequence[Any]) -> None:
        for row in rows:
            key = kept.key_of(row)
            before = kept.rows.get(key) if kept.merge else None
            if before is not None:
                values = list(row)
                for place, how in kept.merge:
                    values[place] = how(before[place], values[place])
                row = tuple(values)  # noqa: PLW2901  # the merged row takes the place of the given one
            self._set(kept, key, row)

    def _set(self, kept: _Kept, key: Any, row: Any) -> None:
        self._undo.append((kept, key, kept.rows.get(key)))
        self._store(kept, key, row)

    @staticmethod
    def _store(kept: _Kept, key: Any, row: Any) -> None:
        before = kept.rows.pop(key, None) if row is None else kept.rows.get(key)
        for place, index in kept.indexes.values():
            was = None if before is None else before[place]
            now = None if row is None else row[place]
            if was != now or before is None or row is None:
                if was is not None:
                    bucket = index[was]
                    del bucket[key]
                    if not bucket:
                        del index[was]
                if now is not None:
                    index.setdefault(now, {})[key] = None
        if kept.position >= 0 and kept.key:
            if before is not None:
                kept.ids.pop(kept.key_of(before), None)
            if row is not None:
                kept.ids[kept.key_of(row)] = key
        if row is not None:
            kept.rows[key] = row if type(row) is kept.table.row else kept.table.row._make(row)
            if kept.position >= 0:
                kept.last = max(kept.last, key)


def _plain(kept: _Kept, after: Any) -> Any:
    """Return the key as this table keeps it."""
    return after[0] if kept.whole is not None else after
