"""The embedded store: everything in one SQLite file, through the standard library alone."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self, get_args

from unified_profile.errors import InvalidInputError, StorageError
from unified_profile.storage.file_bytes import bytes_of
from unified_profile.storage.protocols import Session, Store
from unified_profile.storage.sqlite_connections import Connections
from unified_profile.storage.sqlite_join import JoinedSqliteStore
from unified_profile.storage.sqlite_overwriting import UnknownPagesError, overwritten
from unified_profile.storage.sqlite_session import ReadingSession, SqliteSession, translated
from unified_profile.storage.sqlite_tables import Statements, all_statements

Durability = Literal["process", "power"]


class SqliteStore:
    """Rows in one SQLite file.

    *durability* says what an acknowledged write survives: ``"process"`` the death of this process at any moment
    (a power cut may take back the last moments, never half of one), ``"power"`` a power cut too, at the price of one
    wait for the disk per write. *busy_timeout* is how long to wait for another writer before ``StorageError``.

    The file and its tables are made when first needed. One store serves all threads of a process; sessions write one
    after the other, ``reader`` neither waits for them nor holds them up. After a fork make a new store in the child.

    >>> from tempfile import TemporaryDirectory
    >>> from unified_profile.model.rows import MetaRow
    >>> from unified_profile.storage.commands import Changes, Get, Put
    >>> from unified_profile.storage.tables import META
    >>> with TemporaryDirectory() as folder, SqliteStore(f"{folder}/profiles.sqlite") as store:
    ...     with store.session("default") as session:
    ...         session.write(Changes(puts=[Put(META, [MetaRow("color", "blue")])]))
    ...     with store.reader("default") as session:
    ...         print(session.read([Get(META, [("color",)])]))
    [[MetaRow(name='color', value='blue')]]

    Raises:
        InvalidInputError: If *path* is ``":memory:"`` (``MemoryStore`` is for that) or an option is unknown.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durability: Durability = "process",
        busy_timeout: timedelta = timedelta(seconds=30),
    ) -> None:
        """Remember where the file is; nothing is opened yet."""
        if not isinstance(path, (str, os.PathLike)) or os.fspath(path) in {"", ":memory:"}:
            raise InvalidInputError(field="path", reason="not a file", hint="use MemoryStore() for a store in memory")
        if durability not in get_args(Durability):
            known = ", ".join(get_args(Durability))
            raise InvalidInputError(field="durability", reason="unknown", hint=f"one of {known}")
        if not isinstance(busy_timeout, timedelta):
            raise InvalidInputError(field="busy_timeout", reason="not a timedelta", hint="timedelta(seconds=30)")
        self.path = Path(path).absolute()
        self.durability: Durability = durability
        self._statements = all_statements()
        self._connections = Connections(self.path, durable=durability == "power", patience=busy_timeout.total_seconds())

    def __repr__(self) -> str:
        """Show the file's name."""
        return f"SqliteStore({self.path.name!r}, durability={self.durability!r})"

    def session(
        self,
        tenant: str,
        /,
        *,
        exclusive: bool = False,  # noqa: ARG002  # an SQLite file has one writer at a time: every session is exclusive
    ) -> AbstractContextManager[SqliteSession]:
        """See ``Store.session``.

        Raises:
            StorageError: If another writer does not end in time, or a session of this thread is open already.
            SchemaVersionError: If the file was written by another version of the library; see ``migrate``.
            ForkedError: If this store was used in the parent process already.
        """
        return _Unit(self._connections, tenant, self._statements)

    @contextmanager
    def reader(self, tenant: str, /) -> Iterator[Session]:
        """Open a session that sees one moment of the rows of *tenant*, whoever writes meanwhile.

        Raises:
            SchemaVersionError: If the file was written by another version of the library; see ``migrate``.
            ForkedError: If this store was used in the parent process already.
        """
        connection = self._connections.take()
        try:
            connection.execute("BEGIN")
            # The moment is that of the first read, which is also the only one that may have to wait.
            self._connections.patiently(connection, "SELECT 1 FROM up_schema").fetchall()
            yield ReadingSession(connection, tenant, self._statements)
        finally:
            self._connections.give_back(connection)

    def join(self, connection: sqlite3.Connection, /) -> Store:
        """Return a store whose sessions are part of the transaction open on *connection*, to the same file.

        Nothing here commits or rolls back that transaction. On a connection with Python's implicit transactions one
        is begun if need be, as for any other statement that writes.

        >>> from tempfile import TemporaryDirectory
        >>> from unified_profile.model.rows import MetaRow
        >>> from unified_profile.storage.commands import Changes, Get, Put
        >>> from unified_profile.storage.tables import META
        >>> with TemporaryDirectory() as folder, SqliteStore(f"{folder}/crm.sqlite") as store:
        ...     crm = sqlite3.connect(f"{folder}/crm.sqlite")
        ...     with store.join(crm).session("default") as session:
        ...         session.write(Changes(puts=[Put(META, [MetaRow("color", "blue")])]))
        ...     crm.rollback()
        ...     crm.close()
        ...     with store.session("default") as session:
        ...         print(session.read([Get(META, [("color",)])]))
        [[]]

        Raises:
            StorageError: If *connection* is to another file, or no transaction is open and none begins by itself.
        """
        return JoinedSqliteStore(connection, self.path, self._statements)

    def migrate(self) -> list[str]:
        """Bring the tables to the version of this library; return the titles of the steps that were needed.

        Raises:
            SchemaVersionError: If the file was written by a newer library.
        """
        return [step.title for step in self._connections.migrate()]

    def backup(self, target: str | os.PathLike[str], /) -> None:
        """Write a copy of one moment to the new file *target*, while others read and write.

        The copy appears under its name only when it is whole.

        Raises:
            StorageError: If *target* is there already, or cannot be written.
        """
        goal = Path(target)
        if goal.exists():
            raise StorageError(f"{goal} is there already; name a new file")
        part = goal.with_name(f"{goal.name}.part-{os.getpid()}-{threading.get_ident()}")
        connection = self._connections.take()
        try:
            copy = sqlite3.connect(part)
            try:
                connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, and nothing beside it
            finally:
                copy.close()
            part.replace(goal)
        except sqlite3.Error as error:
            raise translated(error, goal) from error
        finally:
            part.unlink(missing_ok=True)
            self._connections.give_back(connection)

    def compact(self) -> None:
        """Rewrite the file, so that nothing deleted can be found in its bytes or in the log beside it.

        Takes a while, and room for a second copy; writers wait. A reader that stays open keeps the log from being
        emptied.

        Raises:
            StorageError: If a reader or writer did not end in time.
        """
        connection = self._connections.take()
        try:
            with self._connections.exclusively():
                self._connections.patiently(connection, "VACUUM")
                self._connections.empty_log(connection)
        finally:
            self._connections.give_back(connection)

    def scrub(self) -> bool:
        """Move the log into the file and empty it, so that it holds no copy of what was deleted.

        In the file, rows are overwritten as they are deleted (``secure_delete``); what is left of where they stood
        earlier is for ``overwrite``. Return whether the log could be emptied: a reader that stays open keeps it.
        """
        connection = self._connections.take()
        try:
            with self._connections.exclusively():
                return self._connections.log_emptied(connection)
        finally:
            self._connections.give_back(connection)

    def overwrite(self) -> bool:
        """Empty the log, and overwrite what is left of rows in parts of the file where no row is any more.

        Goes through what was written since this process did it last, or through the whole file, if the log does not
        say that any more; 16 MB at a time, between which others write. Rows stay where they are. Return whether that
        was possible now: a reader of what is in the log is in the way for more than two seconds. A file that holds
        checksums, or has more than 33 million pages, is rewritten instead (``compact``).

        Raises:
            StorageError: If the file cannot be written, or a writer did not end in time.
        """
        self._connections.give_back(self._connections.take())  # it is there, and of this process
        try:
            return overwritten(self.path, turn=self._connections.exclusively)
        except UnknownPagesError:
            self.compact()
            return True

    def bytes_kept(self) -> Sequence[tuple[str, Iterable[bytes]]]:
        """Return the logs beside the file, and the file, in pieces of 16 MB."""
        return bytes_of(self.path)

    def close(self) -> None:
        """Close the connections that are not in use; a later session opens new ones."""
        self._connections.close()

    def __enter__(self) -> Self:
        """Return this store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


class _Unit:
    """The ``with`` block around a session that writes: the file's write lock, kept or rolled back at its end.

    The lock is taken before the first read: a transaction that began to read without it may find, when it wants to
    write, that another one wrote in between, and would have to be done again.
    """

    __slots__ = ("_connection", "_connections", "_statements", "_tenant")

    def __init__(self, connections: Connections, tenant: str, statements: dict[str, Statements]) -> None:
        self._connections, self._tenant, self._statements = connections, tenant, statements

    def __enter__(self) -> SqliteSession:
        connections = self._connections
        connection = connections.take()
        try:
            connections.hold()
            try:
                connections.patiently(connection, "BEGIN IMMEDIATE")
            except BaseException:
                connections.let_go()
                raise
        except BaseException:
            connections.give_back(connection)
            raise
        self._connection = connection
        return SqliteSession(connection, self._tenant, self._statements)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        connections, connection = self._connections, self._connection
        try:
            if kind is None:
                if not connection.in_transaction:
                    raise StorageError("SQLite gave the transaction up after an error; nothing of it was kept")
                connections.patiently(connection, "COMMIT")
        finally:
            connections.give_back(connection)  # rolls back what was not committed
            connections.let_go()
