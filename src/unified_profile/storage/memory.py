"""The store that is the reference for all others: rows in dictionaries, in this process, gone with it."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from unified_profile.errors import ConflictError
from unified_profile.storage.commands import Changes, Find, Get, Read
from unified_profile.storage.memory_rows import KeyedRows, LogRows, Undo
from unified_profile.storage.tables import TABLES


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
        self.tables: dict[str, KeyedRows | LogRows] = {
            table.name: LogRows(table) if table.positioned else KeyedRows(table) for table in TABLES
        }


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
