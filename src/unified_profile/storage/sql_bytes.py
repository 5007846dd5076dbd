"""What a store over SQLAlchemy can do after an erasure: let go of dead copies, and show every column as bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from unified_profile.storage.file_bytes import bytes_of
from unified_profile.storage.sqlite_overwriting import overwritten
from unified_profile.storage.tables import TABLES

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_PIECE = 1 << 24
_ROWS = 2_000


def scrub(connection: Connection, prefix: str, /) -> bool:
    """Let go of copies of deleted rows, as far as this database lets anybody; say whether that was possible now.

    SQLite moves its log into the file and empties it. PostgreSQL reclaims dead rows (``VACUUM``), which overwrites them
    as pages are used again; whoever does not own the tables may not, and autovacuum does it later. MariaDB and MySQL
    purge by themselves.
    """
    name = connection.dialect.name
    connection.rollback()
    if name == "sqlite":
        free = connection.connection.driver_connection
        assert free is not None  # noqa: S101  # an open connection has one
        busy = free.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy[0]
    if name == "postgresql":
        free = connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in TABLES:
            with suppress(SQLAlchemyError):  # not the owner: autovacuum comes by
                free.execute(text(f"VACUUM {prefix}{table.name}"))
    return True


def overwrite(engine: Engine, /) -> bool:
    """Overwrite what SQLite left in parts of its pages that belong to no row; nothing elsewhere.

    It takes a connection of its own, from the library that Python's own drivers share.
    """
    file = engine.url.database
    if engine.dialect.driver not in {"pysqlite", "aiosqlite"} or not file or not Path(file).exists():
        return True
    return overwritten(Path(file), turn=nullcontext)


def bytes_kept(connection: Connection, prefix: str, /) -> Sequence[tuple[str, Iterable[bytes]]]:
    """Return every table with all its columns as bytes; of SQLite, the file and its log as well."""
    shown: list[tuple[str, Iterable[bytes]]] = [
        (f"{prefix}{table.name}", list(_rows(connection, prefix + table.name))) for table in TABLES
    ]
    if connection.dialect.name == "sqlite" and (file := connection.engine.url.database):
        shown += bytes_of(Path(file))
    return shown


def _rows(connection: Connection, table: str) -> Iterator[bytes]:
    found = connection.execute(text(f"SELECT * FROM {table}"))  # a name of ours
    while rows := found.fetchmany(_ROWS):
        yield "\n".join("\x1f".join(map(str, row)) for row in rows).encode("utf-8", "surrogatepass")
