"""How SQLite is asked through SQLAlchemy: with the statements of ``SqliteStore``, on the same tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from unified_profile.storage.commands import Key, Read
from unified_profile.storage.sqlite_tables import Answer, Statements, all_statements

if TYPE_CHECKING:
    from sqlalchemy import Connection


class SqliteTable:
    """The statements of one table, run by SQLAlchemy."""

    def __init__(self, statements: Statements) -> None:
        """Use *statements*."""
        self.table = statements.table
        self._statements = statements

    def answer(self, connection: Connection, tenant: str, read: Read, /) -> list[Any]:
        """Return the rows that *read* asks for."""
        return self._statements.answer(running(connection), tenant, read)

    def now(self, connection: Connection, tenant: str, keys: Sequence[Key], /) -> list[Any]:
        """Return the rows under *keys*."""
        return self._statements.get.by_keys(running(connection), tenant, keys)

    def put(self, connection: Connection, tenant: str, rows: Sequence[Any], /) -> None:
        """Add or replace *rows*."""
        if rows:
            connection.exec_driver_sql(self._statements.put, self._statements.bound(tenant, rows))

    def delete(self, connection: Connection, tenant: str, keys: Sequence[Key], /) -> None:
        """Take away the rows under *keys*."""
        if keys:
            connection.exec_driver_sql(self._statements.delete, [(tenant, *key) for key in keys])


class Sqlite:
    """What SQLite does its own way."""

    isolation = ""
    copier = None

    def __init__(self, prefix: str) -> None:
        """Write the statements."""
        self.tables = {name: SqliteTable(statements) for name, statements in all_statements(prefix).items()}
        self._nothing = f"DELETE FROM {prefix}meta WHERE tenant IS NULL"
        self._first = f"SELECT 1 FROM {prefix}schema"

    def lock(self, connection: Connection, tenant: str, /, *, joined: bool) -> None:  # noqa: ARG002  # of the whole file
        """Take the file's write lock by a write that changes nothing."""
        connection.exec_driver_sql(self._nothing)

    def begin(self, connection: Connection, /, *, reading: bool) -> None:
        """Begin a transaction: a writer's takes the lock at once, a reader's moment is that of its first read."""
        if not reading:
            _overwrite_what_is_deleted(connection)
        if not begin(connection, "BEGIN" if reading else "BEGIN IMMEDIATE") and not reading:
            connection.exec_driver_sql(self._nothing)
        if reading:
            connection.exec_driver_sql(self._first).close()

    @staticmethod
    def join(connection: Connection, /) -> None:
        """See that a transaction is open: the driver begins one only when something is written."""
        _overwrite_what_is_deleted(connection)
        begin(connection, "BEGIN")


def _overwrite_what_is_deleted(connection: Connection) -> None:
    """Let SQLite write zeros over what this connection deletes, which an engine of the caller's may not ask for."""
    if "up_secure_delete" not in connection.info:
        connection.exec_driver_sql("PRAGMA main.secure_delete = ON").close()
        connection.info["up_secure_delete"] = True


def begin(connection: Connection, statement: str, /) -> bool:
    """Begin a transaction by *statement*, unless the engine or the caller has begun one; say whether it was needed."""
    if not connection.in_transaction():
        connection.begin()
    if getattr(connection.connection.driver_connection, "in_transaction", False):
        return False
    connection.exec_driver_sql(statement)
    return True


def running(connection: Connection, /) -> Callable[[str, Sequence[Any]], Answer]:
    """Return what runs a statement on *connection*."""

    def run(statement: str, values: Sequence[Any]) -> Answer:
        answer: Any = connection.exec_driver_sql(statement, tuple(values))
        return _Fetched(answer)

    return run


class _Fetched:
    """The driver's own rows: SQLAlchemy's would be made into rows of ours again."""

    __slots__ = ("_result",)

    def __init__(self, result: Any) -> None:
        self._result = result

    def fetchall(self) -> list[Any]:
        rows = list(self._result.cursor.fetchall())
        self._result.close()
        return rows
