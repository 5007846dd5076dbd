"""What the stores over SQLAlchemy do on an open connection, the same for one that blocks and one that is awaited."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, Text, bindparam, func, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from unified_profile.errors import ForkedError, InvalidInputError, MissingExtraError, SchemaVersionError, StorageError
from unified_profile.storage.layout import PREFIX
from unified_profile.storage.migrations import Migration, Schema, is_current, migrate
from unified_profile.storage.quiet import LOGGING_NAME, quiet_loggers
from unified_profile.storage.sql_bytes import compact
from unified_profile.storage.sql_mysql import Mysql, MysqlTable, check_mode, lock_table
from unified_profile.storage.sql_postgres import Postgres, PostgresTable
from unified_profile.storage.sql_schema import SqlSchema
from unified_profile.storage.sql_session import Database, SqlReadingSession, SqlSession, translated
from unified_profile.storage.sql_sqlite import Sqlite, begin, running
from unified_profile.storage.sql_statements import LONGEST_TENANT, Statement, metadata
from unified_profile.storage.sqlite_schema import SqliteSchema
from unified_profile.storage.tables import TABLES, Table

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import Dialect

_log = logging.getLogger("unified_profile.storage")
_OUTSIDE_TRANSACTIONS = frozenset({"mysql", "mariadb"})  # where tables are made outside of them
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,20}\Z")


class SqlWork:
    """Opens, ends and prepares: everything but the connecting. *levels* if connections have to be told a level."""

    def __init__(self, *, prefix: str = PREFIX, busy_timeout: timedelta, levels: bool) -> None:
        """Refuse a prefix that is no name; the rest waits for the first connection."""
        if not isinstance(prefix, str) or not _PREFIX.match(prefix):
            raise InvalidInputError(field="prefix", reason="not a short name of letters, digits and _", hint="e.g. up_")
        self._prefix = prefix
        self._wait_ms = int(busy_timeout.total_seconds() * 1_000)
        self._levels = levels
        self._process = 0  # that of the first use: made before a fork is no harm, used before it is
        self._database: Database | None = None
        self._schema: Callable[[Connection], Schema] | None = None

    def check_process(self) -> None:
        """Raise ``ForkedError`` in a child of the process that used the store first."""
        here = os.getpid()
        if self._process not in {0, here}:
            raise ForkedError("this store was used before the fork; make a new one, with a new engine, in the child")
        self._process = here

    def begin(self, connection: Connection, tenant: str, *, exclusive: bool) -> SqlSession:
        """Open a session for writing on a fresh *connection*."""
        database = self._ready(connection)
        _check_tenant(tenant, connection)
        self._set_level(connection, database.isolation)
        session = SqlSession(connection, tenant, database)
        try:
            database.begin(connection, reading=False)
        except SQLAlchemyError as error:
            raise translated(error, connection.dialect.name) from error
        if connection.dialect.name == "sqlite":
            session.alone_from_the_start()
        elif exclusive:
            session.lock()
            session.alone_from_the_start()
        return session

    def begin_reading(self, connection: Connection, tenant: str) -> SqlReadingSession:
        """Open a session that sees one moment, on a fresh *connection*."""
        database = self._ready(connection)
        _check_tenant(tenant, connection)
        self._set_level(connection, "REPEATABLE READ" if database.isolation else "")
        try:
            database.begin(connection, reading=True)
        except SQLAlchemyError as error:
            raise translated(error, connection.dialect.name) from error
        return SqlReadingSession(connection, tenant, database)

    def begin_joined(self, connection: Connection, tenant: str, *, exclusive: bool) -> tuple[SqlSession, Any]:
        """Open a session in the caller's transaction; return it with its savepoint."""
        try:
            database = self._ready(connection, joined=True)
            _check_tenant(tenant, connection)
            database.join(connection)
            savepoint = connection.begin_nested()
        except SQLAlchemyError as error:
            raise translated(error, connection.dialect.name) from error
        session = SqlSession(connection, tenant, database, joined=True)
        if connection.dialect.name == "sqlite":
            session.alone = True  # or its transaction is stale and cannot be written in
        if exclusive:
            session.lock()
            session.alone = True
        return session, savepoint

    def keep(self, connection: Connection, session: SqlSession) -> None:
        """Commit what *session* did."""
        if session.failed:
            connection.rollback()
            raise StorageError("the session failed before it ended; nothing of it was kept")
        try:
            connection.commit()
        except SQLAlchemyError as error:
            raise translated(error, connection.dialect.name) from error

    @staticmethod
    def keep_joined(session: SqlSession, savepoint: Any) -> None:
        """Release the savepoint of a joined *session*."""
        if session.failed:
            raise StorageError("the session failed before it ended; nothing of it was kept")
        try:
            savepoint.commit()
        except SQLAlchemyError as error:
            raise translated(error, session.dialect) from error

    @staticmethod
    def undo_joined(savepoint: Any) -> None:
        """Take back what was done since *savepoint*, unless the whole transaction is gone."""
        if savepoint.is_active:
            with suppress(SQLAlchemyError):  # the error that led here is the one to tell of
                savepoint.rollback()

    def migrate(self, connection: Connection) -> list[Migration]:
        """Bring the tables to the newest version, on a fresh *connection*; others that would do the same wait."""
        self._know(connection)
        try:
            with _migrating(connection, self._prefix):
                steps = migrate(self._schema_of(connection))
        except SQLAlchemyError as error:
            raise translated(error, connection.dialect.name) from error
        self._checked = True
        return steps

    def compact(self, connection: Connection) -> None:
        """Rewrite the tables, on a fresh *connection*."""
        self._ready(connection)
        compact(connection, self._prefix, self._wait_ms)

    _checked = False

    def _ready(self, connection: Connection, *, joined: bool = False) -> Database:
        """Return the database, with tables that can be used."""
        database = self._know(connection)
        if self._checked:
            return database
        try:
            current = self._is_current(connection, joined=joined)
            if not current and joined:
                raise StorageError("the store has no tables yet; open a session of its own first, or call migrate()")
            if connection.dialect.name in _OUTSIDE_TRANSACTIONS:
                check_mode(connection)
            if not joined:
                connection.rollback()  # looking began a transaction
        except SQLAlchemyError as error:
            raise translated(error, connection.dialect.name) from error
        if not current:
            self.migrate(connection)
        self._checked = True
        return database

    def _is_current(self, connection: Connection, *, joined: bool) -> bool:
        """Say whether the tables can be used; where tables are made one by one, wait for whoever is at it."""
        try:
            return is_current(self._schema_of(connection))
        except SchemaVersionError:
            if joined or connection.dialect.name not in _OUTSIDE_TRANSACTIONS:
                raise
            connection.rollback()
            with _migrating(connection, self._prefix):
                return is_current(self._schema_of(connection))

    def _schema_of(self, connection: Connection) -> Schema:
        assert self._schema is not None  # noqa: S101  # set together with the database
        return self._schema(connection)

    def _know(self, connection: Connection) -> Database:
        """Write the statements, once the first connection has told which server it is."""
        if self._database is None:
            self._database, self._schema = _database(connection.dialect, self._prefix, self._wait_ms)
        return self._database

    def _set_level(self, connection: Connection, level: str) -> None:
        if level and (self._levels or level != "READ COMMITTED"):
            connection.execution_options(isolation_level=level)


def _database(dialect: Dialect, prefix: str, wait_ms: int) -> tuple[Database, Callable[[Connection], Schema]]:
    """Return how *dialect* is asked, and how its tables are seen."""
    if dialect.name == "sqlite":
        return Sqlite(prefix), lambda connection: SqliteSchema(running(connection), prefix)
    if dialect.name == "postgresql":
        physical = metadata(prefix, dialect)
        asked = _Asked(lambda t: PostgresTable(t, physical.tables[prefix + t.name], dialect))
        return Postgres(asked, prefix, dialect, wait_ms), lambda connection: SqlSchema(connection, physical, prefix)
    if dialect.name in _OUTSIDE_TRANSACTIONS:
        physical = metadata(prefix, dialect)
        kept = _Asked(lambda t: MysqlTable(t, physical.tables[prefix + t.name], dialect))
        lock = lock_table(physical, prefix, dialect)
        return Mysql(kept, lock, dialect), lambda connection: SqlSchema(connection, physical, prefix)
    raise InvalidInputError(
        field="engine", reason=f"dialect {dialect.name!r}", hint="one of sqlite, postgresql, mariadb, mysql"
    )


class _Asked(dict[str, Any]):
    """Tables by name, with statements that are written when a table is first asked: it takes some milliseconds each."""

    def __init__(self, make: Callable[[Table[Any]], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, name: str) -> Any:
        made = self[name] = self._make(next(table for table in TABLES if table.name == name))
        return made


class _migrating:  # noqa: N801  # used as a block
    """One migration at a time, in a transaction where the database has them for tables."""

    def __init__(self, connection: Connection, prefix: str) -> None:
        self._connection, self._name = connection, f"{prefix}migration"

    def __enter__(self) -> None:
        connection, dialect = self._connection, self._connection.dialect
        if dialect.name == "sqlite":
            begin(connection, "BEGIN IMMEDIATE")
        elif dialect.name == "postgresql":
            name = bindparam("name", type_=Text)
            Statement(select(func.pg_advisory_xact_lock(func.hashtext(name))), dialect).rows(
                connection, {"name": self._name}
            )
        else:
            connection.execute(select(func.get_lock(self._name, 60)))

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._connection.commit()
        else:
            self._connection.rollback()
        if self._connection.dialect.name in _OUTSIDE_TRANSACTIONS:
            self._connection.execute(select(func.release_lock(self._name)))
            self._connection.rollback()


def _check_tenant(tenant: str, connection: Connection) -> None:
    if len(tenant) > LONGEST_TENANT and connection.dialect.name != "sqlite":
        hint = "give the tenant a shorter name"
        raise InvalidInputError(field="tenant", reason=f"longer than {LONGEST_TENANT} characters", hint=hint)


def owned_options(dialect: str, busy_timeout: timedelta, /) -> dict[str, Any]:
    """Return what an engine of our own is made with."""
    options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": True, "logging_name": LOGGING_NAME}
    if dialect == "sqlite":
        options["connect_args"] = {"timeout": busy_timeout.total_seconds()}
    else:
        options["isolation_level"] = "READ COMMITTED"
    return options


def set_up_sqlite(engine: Engine, /) -> None:
    """Let each new connection of an engine of our own work as ``SqliteStore`` does."""
    from sqlalchemy import event

    def settings(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for setting in ("journal_mode = WAL", "synchronous = NORMAL", "cache_size = -32000", "secure_delete = ON"):
            cursor.execute(f"PRAGMA {setting}")
        cursor.close()

    event.listen(engine, "connect", settings)


_SCHEMES = "begin it with postgresql+psycopg:, mysql+pymysql: or sqlite:"


def read_url(url: URL | str, busy_timeout: timedelta, /) -> tuple[URL, dict[str, Any]]:
    """Return *url* with the options of an engine of our own.

    Raises:
        InvalidInputError: If it is no URL, or one of a database in memory.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:  # its message shows the URL, and so a password
        raise InvalidInputError(field="engine", reason="not a database URL", hint="e.g. sqlite:///file") from None
    try:
        parsed.get_dialect()
    except NoSuchModuleError:
        raise InvalidInputError(field="engine", reason="names no known database", hint=_SCHEMES) from None
    backend = parsed.get_backend_name()
    quiet_loggers(parsed.drivername.partition("+")[2])
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise InvalidInputError(field="engine", reason="not a file", hint="use MemoryStore() for a store in memory")
    return parsed, owned_options(backend, busy_timeout)


def missing_driver(url: URL, error: ModuleNotFoundError, /) -> MissingExtraError:
    """Return the error that says which extra brings the driver of *url*."""
    extras = {"postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql", "sqlite": "async"}
    return MissingExtraError(extra=extras.get(url.get_backend_name(), "sql"), package=error.name or "the driver")
