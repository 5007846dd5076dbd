"""Sessions inside a transaction that the caller has open on a connection of his own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from unified_profile.errors import StorageError
from unified_profile.storage.migrations import is_current, migrate
from unified_profile.storage.sqlite_schema import SqliteSchema
from unified_profile.storage.sqlite_session import SqliteSession, translated
from unified_profile.storage.sqlite_tables import Statements


class JoinedSqliteStore:
    """A store over *connection*: its sessions are savepoints in the caller's transaction. See ``SqliteStore.join``."""

    def __init__(self, connection: sqlite3.Connection, path: Path, statements: dict[str, Statements]) -> None:
        """Refuse a connection that could not work."""
        self._connection = connection
        self._statements = statements
        for _, name, file in connection.execute("PRAGMA database_list"):
            if name == "main" and (not file or Path(file).resolve() != path.resolve()):
                raise StorageError("the connection is to another file than the store; make a SqliteStore on that file")
        if connection.text_factory is not str:
            raise StorageError("the connection does not return text as str; join with one that does")
        self._run("PRAGMA main.secure_delete = ON")  # what goes through it is overwritten as it is deleted, too

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[SqliteSession]:
        """See ``Store.session``. *exclusive* takes the file's write lock at once."""
        self._be_in_transaction()
        self._run("SAVEPOINT up_session")
        try:
            self._prepare(exclusive=exclusive)
            yield SqliteSession(self._connection, tenant, self._statements)
        except BaseException:
            if self._connection.in_transaction:  # an error such as a full disk ends the whole transaction
                self._run("ROLLBACK TO up_session")
                self._run("RELEASE up_session")
            raise
        self._run("RELEASE up_session")

    def scrub(self) -> bool:
        """Say that files cannot be cleaned while this transaction is open."""
        return False

    def _run(self, statement: str) -> None:
        try:
            self._connection.execute(statement)
        except sqlite3.Error as error:
            raise translated(error) from error

    def _be_in_transaction(self) -> None:
        """Begin what Python would begin by itself before a statement that writes."""
        if self._connection.in_transaction:
            return
        level = self._connection.isolation_level
        # `autocommit` came with Python 3.12: where it is True, nothing begins by itself, whatever the level.
        if level is None or getattr(self._connection, "autocommit", None) is True:
            raise StorageError("no transaction is open on the connection; run BEGIN on it first")
        self._run(f"BEGIN {level}")

    def _prepare(self, *, exclusive: bool) -> None:
        """See that the tables are there."""
        schema = SqliteSchema.of(self._connection)
        try:
            if not is_current(schema):
                migrate(schema)
            if exclusive:  # a write that changes nothing
                self._connection.execute("DELETE FROM up_meta WHERE tenant IS NULL")
        except sqlite3.Error as error:
            raise translated(error) from error
