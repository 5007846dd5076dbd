"""One unit of work on an SQLite connection, wherever the transaction around it came from."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unified_profile.errors import ConflictError, StorageError
from unified_profile.storage.commands import Changes, Key, Read
from unified_profile.storage.layout import unstorable
from unified_profile.storage.quiet import without_values
from unified_profile.storage.sessions import CheckedSession
from unified_profile.storage.sqlite_tables import Statements
from unified_profile.storage.tables import Table

# What sqlite3 raises of its own, and what Python raises while values are bound.
FAILURES = (sqlite3.Error, UnicodeError, OverflowError)

_STALE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def translated(error: Exception, /, path: Path | None = None) -> StorageError:
    """Return the error of ours that says what *error* of the driver means, and of which file, if that is known.

    >>> translated(sqlite3.ProgrammingError("Cannot operate on a closed database."))
    StorageError('SQLite: Cannot operate on a closed database.')
    """
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _STALE:
        without_values(error)
        return ConflictError(
            "SQLite: another connection wrote since this transaction began to read; roll it back and do it again"
            " (BEGIN IMMEDIATE avoids this)"
        )
    # The driver's messages name tables and columns, never values; Python's own, while binding, may show the value.
    told = f"SQLite: {error if isinstance(error, sqlite3.Error) else type(error).__name__}"
    without_values(error)
    return StorageError(told if path is None else f"{told} ({path})")


class SqliteSession(CheckedSession):
    """Reads and writes of one tenant on an open transaction. Made by a store; ends with the store's ``with`` block.

    It is always alone: it holds the file's write lock, or its transaction could not be kept if somebody else wrote.
    """

    alone = True
    failures = FAILURES

    def __init__(self, connection: sqlite3.Connection, tenant: str, statements: Mapping[str, Statements]) -> None:
        """Work on *connection*, in which a transaction is open."""
        super().__init__()
        cursor = connection.cursor()
        cursor.row_factory = None  # the caller's connection may have one
        self._connection = connection
        self._run = cursor.execute
        self._run_many = cursor.executemany
        self._tenant = tenant
        self._statements = statements

    def _answer(self, read: Read) -> list[Any]:
        return self._statements[read.table.name].answer(self._run, self._tenant, read)

    def _now(self, table: Table[Any], keys: Sequence[Key]) -> Sequence[Any]:
        return self._statements[table.name].get.by_keys(self._run, self._tenant, keys)

    def _apply(self, changes: Changes) -> None:
        self._run("SAVEPOINT up_write")
        try:
            self._delete_and_put(changes)
        except BaseException:
            if self._connection.in_transaction:  # a full disk, for one, may end the whole transaction
                self._run("ROLLBACK TO up_write")
                self._run("RELEASE up_write")
            raise
        self._run("RELEASE up_write")

    def _delete_and_put(self, changes: Changes) -> None:
        tenant = self._tenant
        for delete in changes.deletes:
            self._run_many(self._statements[delete.table.name].delete, [(tenant, *key) for key in delete.keys])
        for put in changes.puts:
            statements = self._statements[put.table.name]
            try:
                self._run_many(statements.put, statements.bound(tenant, put.rows))
            except FAILURES as error:
                unfit = None if isinstance(error, sqlite3.OperationalError) else unstorable(put.table, put.rows)
                told = translated(error)
                raise unfit or told from error

    def _translated(self, error: Exception) -> StorageError:
        return translated(error)


class ReadingSession(SqliteSession):
    """A session that only reads."""

    alone = False

    def write(self, changes: Changes, /) -> None:  # noqa: ARG002  # refused whatever they are
        """Refuse."""
        raise StorageError("a reader only reads; open a session to write")
