"""One unit of work on an SQLite connection, wherever the transaction around it came from."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from unified_profile.errors import ConflictError, StorageError
from unified_profile.storage.commands import Changes, Expect, Find, Get, Key, Read, Scan
from unified_profile.storage.layout import unstorable
from unified_profile.storage.sqlite_tables import Statements

# What sqlite3 raises of its own, and what Python raises while values are bound.
FAILURES = (sqlite3.Error, UnicodeError, OverflowError)

_STALE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_REMEMBERED = 100_000


def translated(error: Exception, /) -> StorageError:
    """Return the error of ours that says what *error* of the driver means.

    >>> translated(sqlite3.ProgrammingError("Cannot operate on a closed database."))
    StorageError('SQLite: Cannot operate on a closed database.')
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _STALE:
        return ConflictError(
            "SQLite: another connection wrote since this transaction began to read; roll it back and do it again"
            " (BEGIN IMMEDIATE avoids this)"
        )
    # The driver's messages name tables and columns, never values; Python's own, while binding, may show the value.
    return StorageError(f"SQLite: {error if isinstance(error, sqlite3.Error) else type(error).__name__}")


class SqliteSession:
    """Reads and writes of one tenant on an open transaction. Made by a store; ends with the store's ``with`` block."""

    # One writer at a time; a transaction that read before another one wrote cannot write any more.
    alone = True

    def __init__(self, connection: sqlite3.Connection, tenant: str, statements: dict[str, Statements]) -> None:
        """Work on *connection*, in which a transaction is open."""
        cursor = connection.cursor()
        cursor.row_factory = None  # the caller's connection may have one
        self._connection = connection
        self._run = cursor.execute
        self._run_many = cursor.executemany
        self._tenant = tenant
        self._statements = statements
        # Nobody writes between what this session reads and what it writes, so what was read is what is there.
        self._answered: list[tuple[Read, list[Any]]] = []
        self._remembered = 0

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        try:
            answers = [self._answer(read) for read in reads]
        except FAILURES as error:
            raise translated(error) from error
        for read, rows in zip(reads, answers, strict=True):
            if not isinstance(read, Scan):
                self._answered.append((read, rows))
                self._remembered += len(rows)
        if self._remembered > _REMEMBERED:
            self._forget()
        return answers

    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        try:
            if changes.expects:
                self._check(changes.expects)
            self._forget()
            self._run("SAVEPOINT up_write")
            try:
                self._apply(changes)
            except BaseException:
                if self._connection.in_transaction:  # a full disk, for one, ends the whole transaction
                    self._run("ROLLBACK TO up_write")
                    self._run("RELEASE up_write")
                raise
            self._run("RELEASE up_write")
        except FAILURES as error:
            raise translated(error) from error

    def _answer(self, read: Read) -> list[Any]:
        statements = self._statements[read.table.name]
        if isinstance(read, Get):
            rows = statements.get.by_keys(self._run, self._tenant, read.keys)
        elif isinstance(read, Find):
            rows = statements.find(read.by).by_values(self._run, self._tenant, read.values)
        else:
            rows = self._scan(statements, read)
        return list(map(statements.make, rows))

    def _scan(self, statements: Statements, read: Scan[Any]) -> list[Any]:
        limit = max(read.limit, 0)  # a negative limit is none at all to SQLite
        if read.after is None:
            return self._run(statements.scan, (self._tenant, limit)).fetchall()
        return self._run(statements.scan_after, (self._tenant, *read.after, limit)).fetchall()

    def _apply(self, changes: Changes) -> None:
        """Delete, then put."""
        tenant = self._tenant
        for delete in changes.deletes:
            self._run_many(self._statements[delete.table.name].delete, [(tenant, *key) for key in delete.keys])
        for put in changes.puts:
            statements = self._statements[put.table.name]
            try:
                self._run_many(statements.put, statements.bound(tenant, put.rows))
            except FAILURES as error:
                unfit = None if isinstance(error, sqlite3.OperationalError) else unstorable(put.table, put.rows)
                raise unfit or translated(error) from error

    def _check(self, expects: Sequence[Expect[Any]]) -> None:
        """Raise ``ConflictError`` unless all expected rows are there."""
        by_table: dict[str, list[Expect[Any]]] = {}
        for expect in expects:
            by_table.setdefault(expect.table.name, []).append(expect)
        for name, wanted in by_table.items():
            known = self._known(name)
            unknown = [expect.key for expect in wanted if expect.key not in known]
            if unknown:
                statements = self._statements[name]
                known.update(dict.fromkeys(unknown))
                for row in statements.get.by_keys(self._run, self._tenant, unknown):
                    known[statements.key_of(row)] = row
            for expect in wanted:
                if known[expect.key] != expect.row:
                    raise ConflictError(f"a row of {name!r} is not as expected; read again and decide again")

    def _known(self, name: str) -> dict[Key, Any]:
        """Return what this session has read of a table since its last write: rows, or None where nothing was."""
        known: dict[Key, Any] = {}
        key_of = self._statements[name].key_of
        for read, rows in self._answered:
            if read.table.name == name:
                if isinstance(read, Get):
                    known.update(dict.fromkeys(read.keys))
                known.update((key_of(row), row) for row in rows)
        return known

    def _forget(self) -> None:
        self._answered.clear()
        self._remembered = 0


class ReadingSession(SqliteSession):
    """A session that only reads."""

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        try:
            return [self._answer(read) for read in reads]
        except FAILURES as error:
            raise translated(error) from error

    def write(self, changes: Changes, /) -> None:  # noqa: ARG002  # refused whatever they are
        """Refuse."""
        raise StorageError("a reader only reads; open a session to write")
