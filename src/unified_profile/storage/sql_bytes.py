"""What a store over SQLAlchemy can do after an erasure: let go of dead copies, and show every column as bytes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from unified_profile.errors import StorageError
from unified_profile.storage.file_bytes import bytes_of
from unified_profile.storage.sql_session import translated
from unified_profile.storage.sqlite_overwriting import UnknownPagesError
from unified_profile.storage.tables import TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection

_PIECE = 1 << 24
_ROWS = 2_000
_OTHER_LOCKS = frozenset({"immutable", "nolock", "vfs"})


def scrub(connection: Connection, prefix: str, /) -> bool:
    """Let go of copies of deleted rows, as far as this database lets anybody; say whether that was possible now.

    SQLite moves its log into the file and empties it. PostgreSQL reclaims dead rows (``VACUUM``), which overwrites them
    as pages are used again; whoever does not own the tables may not, and autovacuum does it later. MariaDB and MySQL
    purge by themselves.
    """
    name = connection.dialect.name
    connection.rollback()
    if name == "sqlite":
        return not outside_transactions(connection, "PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
    if name == "postgresql":
        free = connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in TABLES:
            with suppress(SQLAlchemyError):  # not the owner: autovacuum comes by
                free.execute(text(f"VACUUM {prefix}{table.name}"))
    return True


def overwritable(connection: Connection, /) -> Path | None:
    """Return the file that can be overwritten as ``SqliteStore.overwrite`` does; None if there is none.

    A file is locked by connections of Python's own driver. Another library, or another way to lock, would not see
    their locks, and they not its.

    Raises:
        UnknownPagesError: If there is a file, and it has to be rewritten instead.
    """
    file = file_of(connection)
    if file is None:
        return None
    own = connection.connection.driver_connection
    plain = isinstance(own, sqlite3.Connection) or connection.dialect.driver == "aiosqlite"
    if not plain or _OTHER_LOCKS.intersection(connection.engine.url.query):
        raise UnknownPagesError("the file of this engine is locked in a way of its own; run compact()")
    return file


def file_of(connection: Connection, /) -> Path | None:
    """Return the file of a SQLite database, as SQLite names it; None if it is in memory, or no SQLite."""
    if connection.dialect.name != "sqlite":
        return None
    found = connection.exec_driver_sql("PRAGMA database_list").fetchall()
    file = next((file for _, name, file in found if name == "main"), "")
    return Path(file) if file else None


def compact(connection: Connection, prefix: str, wait_ms: int, /) -> None:
    """Rewrite the tables, so that nothing deleted is left in the files of the database.

    Raises:
        StorageError: If the user may not, or somebody was in the way for too long.
    """
    name = connection.dialect.name
    tables = [f"{prefix}{table.name}" for table in TABLES]
    try:
        connection.rollback()
        if name == "sqlite":
            outside_transactions(connection, "VACUUM")
            if outside_transactions(connection, "PRAGMA wal_checkpoint(TRUNCATE)")[0][0]:
                raise StorageError("a reader keeps the log of SQLite from being emptied; end it first")
            return
        free = connection.execution_options(isolation_level="AUTOCOMMIT")
        if name == "postgresql":
            _rewritten(free, tables, wait_ms)
        else:
            _optimized(free, tables, wait_ms)
    except SQLAlchemyError as error:
        raise translated(error, name) from error


def outside_transactions(connection: Connection, statement: str, /) -> list[Any]:
    """Run *statement* on a SQLite *connection* outside of a transaction, also where an engine begins one by itself."""
    own: Any = connection.connection.dbapi_connection
    cursor = own.cursor()
    try:
        if getattr(connection.connection.driver_connection, "in_transaction", False):
            own.rollback()
        cursor.execute(statement)
        return list(cursor.fetchall())
    finally:
        cursor.close()


def _rewritten(free: Connection, tables: Sequence[str], wait_ms: int) -> None:
    """Run ``VACUUM FULL``. Where the user does not own a table, PostgreSQL warns only, and its file is the old one."""
    free.execute(text(f"SET lock_timeout = {wait_ms:d}"))
    try:
        for table in tables:
            where = text(f"SELECT pg_relation_filenode('{table}')")  # a name of ours
            before = free.execute(where).scalar()
            free.execute(text(f"VACUUM (FULL) {table}"))
            if free.execute(where).scalar() == before:
                raise StorageError(
                    f"PostgreSQL did not rewrite {table}: the user has to own it, or to have MAINTAIN on it"
                )
    finally:
        free.execute(text("RESET lock_timeout"))


def _optimized(free: Connection, tables: Sequence[str], wait_ms: int) -> None:
    """Run ``OPTIMIZE TABLE``, which says in a row what went wrong."""
    free.execute(text(f"SET SESSION lock_wait_timeout = {max(1, wait_ms // 1_000):d}"))
    try:
        for table in tables:
            for _, _, kind, told in free.execute(text(f"OPTIMIZE TABLE {table}")).fetchall():
                if str(kind).casefold() == "error":
                    raise StorageError(f"{free.dialect.name} did not rewrite {table}: {told}")
    finally:
        free.execute(text("SET SESSION lock_wait_timeout = DEFAULT"))


def bytes_kept(connection: Connection, prefix: str, /) -> Sequence[tuple[str, Iterable[bytes]]]:
    """Return every table with all its columns as bytes; of SQLite, the file and its log as well."""
    shown: list[tuple[str, Iterable[bytes]]] = [
        (f"{prefix}{table.name}", list(_rows(connection, prefix + table.name))) for table in TABLES
    ]
    if file := file_of(connection):
        shown += bytes_of(file)
    return shown


def _rows(connection: Connection, table: str) -> Iterator[bytes]:
    found = connection.execute(text(f"SELECT * FROM {table}"))  # a name of ours
    while rows := found.fetchmany(_ROWS):
        yield "\n".join("\x1f".join(map(str, row)) for row in rows).encode("utf-8", "surrogatepass")
