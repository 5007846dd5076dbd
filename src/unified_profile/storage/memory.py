"""The store that is the reference for all others: rows in dictionaries, in this process, gone with it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from heapq import nsmallest
from operator import itemgetter
from typing import Any, TypeAlias

from unified_profile.errors import ConflictError
from unified_profile.storage.commands import Changes, Find, Get, Key, Read
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
        self.tables: dict[str, _Kept | _Log] = {
            table.name: _Log(table) if table.positioned else _Kept(table) for table in TABLES
        }


class _Kept:
    """One keyed table: rows by key, keys by index. An index holds a bare key, or a dict of keys when there are more."""

    def __init__(self, table: Table[Any]) -> None:
        columns = table.columns
        self.table = table
        self.rows: dict[Any, Any] = {}
        key = [columns.index(name) for name in table.key]
        self.whole = key[0] if len(key) == 1 else None
        self.key_of: Callable[[Any], Any] = itemgetter(*key) if len(key) < len(columns) else _itself
        self.merge = [(columns.index(name), _MERGE[how]) for name, how in table.merge.items()]
        names = [*table.indexes, *(table.key[:1] if len(key) > 1 else ())]
        self.indexes: dict[str, tuple[int, dict[Any, Any]]] = {name: (columns.index(name), {}) for name in names}

    def row_under(self, key: Key) -> Any:
        return self.rows.get(key[0] if self.whole is not None else key)

    def get(self, keys: Iterable[Key]) -> list[Any]:
        rows = self.rows
        if self.whole is not None:
            return [rows[key[0]] for key in keys if key[0] in rows]
        return [rows[key] for key in keys if key in rows]

    def find(self, by: str, values: Iterable[Any]) -> list[Any]:
        rows = self.rows
        if by not in self.indexes:
            return [rows[value] for value in values if value in rows]
        index = self.indexes[by][1]
        found: list[Any] = []
        for value in values:
            held = index.get(value)
            if held is not None:
                found += [rows[key] for key in held] if type(held) is dict else [rows[held]]
        return found

    def scan(self, after: Key | None, limit: int) -> list[Any]:
        start = None if after is None else after[0] if self.whole is not None else after
        keys = self.rows if start is None else [key for key in self.rows if start < key]
        return [self.rows[key] for key in nsmallest(limit, keys)]

    def put(self, rows: Iterable[Any], undo: list[Undo]) -> None:
        kept, key_of, merge = self.rows, self.key_of, self.merge
        for row in rows:
            key = key_of(row)
            before = kept.get(key)
            if before is not None and merge:
                values = list(row)
                for place, how in merge:
                    values[place] = how(before[place], values[place])
                row = self.table.row._make(values)  # noqa: PLW2901  # the merged row takes the place of the given one
            undo.append((self, key, before))
            self.set(key, before, row)

    def delete(self, keys: Iterable[Key], undo: list[Undo]) -> None:
        for key in keys:
            plain = key[0] if self.whole is not None else key
            before = self.rows.get(plain)
            if before is not None:
                undo.append((self, plain, before))
                self.set(plain, before, None)

    def set(self, key: Any, before: Any, row: Any) -> None:
        for place, index in self.indexes.values():
            was = None if before is None else before[place]
            now = None if row is None else row[place]
            if was != now:
                if was is not None:
                    _drop(index, was, key)
                if now is not None:
                    _add(index, now, key)
        if row is None:
            del self.rows[key]
        else:
            self.rows[key] = row

    def restore(self, key: Any, before: Any) -> None:
        self.set(key, self.rows.get(key), before)


class _Log:
    """One log: rows by position (its place, counted from one), positions by key and index."""

    def __init__(self, table: Table[Any]) -> None:
        columns = table.columns
        self.table = table
        self.rows: list[Any] = []
        self.key = columns.index(table.key[0]) if table.key else -1
        self.ids: dict[Any, int] = {}
        self.indexes: dict[str, tuple[int, dict[Any, Any]]] = {
            name: (columns.index(name), {}) for name in table.indexes
        }

    def row_under(self, key: Key) -> Any:
        position = self.ids.get(key[0])
        return None if position is None else self.rows[position - 1]

    def get(self, keys: Iterable[Key]) -> list[Any]:
        ids = self.ids
        return [self.rows[ids[key[0]] - 1] for key in keys if key[0] in ids]

    def find(self, by: str, values: Iterable[Any]) -> list[Any]:
        if by not in self.indexes:
            return self.get([(value,) for value in values])
        index = self.indexes[by][1]
        found: list[Any] = []
        for value in values:
            held = index.get(value)
            if held is not None:
                found += [self.rows[p - 1] for p in held] if type(held) is dict else [self.rows[held - 1]]
        return found

    def scan(self, after: Key | None, limit: int) -> list[Any]:
        start = 0 if after is None else max(0, int(after[0]))
        found: list[Any] = []
        while len(found) < limit and start < len(self.rows):
            found += [row for row in self.rows[start : start + limit] if row is not None]
            start += limit
        return found[:limit]

    def put(self, rows: Iterable[Any], undo: list[Undo]) -> None:
        kept, ids, key = self.rows, self.ids, self.key
        first = len(kept)
        for row in rows:
            position = len(kept) + 1
            if key >= 0:
                if row[key] in ids:
                    continue
                ids[row[key]] = position
            for place, index in self.indexes.values():
                if row[place] is not None:
                    _add(index, row[place], position)
            # The last column of a log's row is its position.
            kept.append(self.table.row._make((*row[:-1], position)))
        undo.append((self, first, _APPENDED))

    def delete(self, keys: Iterable[Key], undo: list[Undo]) -> None:
        for key in keys:
            position = int(key[0])
            if 0 < position <= len(self.rows) and self.rows[position - 1] is not None:
                undo.append((self, position, self.rows[position - 1]))
                self._forget(position)

    def restore(self, key: Any, before: Any) -> None:
        if before is _APPENDED:
            for position in range(len(self.rows), key, -1):
                if self.rows[position - 1] is not None:
                    self._forget(position)
                self.rows.pop()
            return
        self.rows[key - 1] = before
        if self.key >= 0:
            self.ids[before[self.key]] = key
        for place, index in self.indexes.values():
            if before[place] is not None:
                _add(index, before[place], key)

    def _forget(self, position: int) -> None:
        row = self.rows[position - 1]
        if self.key >= 0:
            del self.ids[row[self.key]]
        for place, index in self.indexes.values():
            if row[place] is not None:
                _drop(index, row[place], position)
        self.rows[position - 1] = None


Undo: TypeAlias = "tuple[_Kept | _Log, Any, Any]"
_APPENDED = object()


class MemorySession:
    """A unit of work on one tenant; remembers how to undo itself."""

    alone = True

    def __init__(self, rows: _Rows) -> None:
        """Work on *rows* under its lock."""
        self._rows = rows
        self._undo: list[Undo] = []

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        return [self._answer(read) for read in reads]

    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        tables = self._rows.tables
        for expect in changes.expects:
            if tables[expect.table.name].row_under(expect.key) != expect.row:
                raise ConflictError(f"a row of {expect.table.name!r} was changed by another writer")
        for delete in changes.deletes:
            tables[delete.table.name].delete(delete.keys, self._undo)
        for put in changes.puts:
            tables[put.table.name].put(put.rows, self._undo)

    def undo(self) -> None:
        """Take back everything written in this session."""
        while self._undo:
            kept, key, before = self._undo.pop()
            kept.restore(key, before)

    def _answer(self, read: Read) -> list[Any]:
        kept = self._rows.tables[read.table.name]
        if isinstance(read, Get):
            return kept.get(dict.fromkeys(read.keys))
        if isinstance(read, Find):
            return kept.find(read.by, dict.fromkeys(read.values))
        return kept.scan(read.after, read.limit)


def _itself(row: Any) -> Any:
    """Return the row as its own key: it has no other columns."""
    return row


def _add(index: dict[Any, Any], value: Any, key: Any) -> None:
    held = index.get(value)
    if held is None:
        index[value] = key
    elif type(held) is dict:
        held[key] = None
    elif held != key:
        index[value] = {held: None, key: None}


def _drop(index: dict[Any, Any], value: Any, key: Any) -> None:
    held = index[value]
    if type(held) is dict:
        del held[key]
        if len(held) == 1:
            index[value] = next(iter(held))
    else:
        del index[value]
