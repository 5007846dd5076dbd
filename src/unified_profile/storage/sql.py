"""The store over SQLAlchemy: PostgreSQL, MariaDB, MySQL, or SQLite through an engine the caller has already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from unified_profile.errors import InvalidInputError, MissingExtraError
from unified_profile.storage.layout import PREFIX

try:
    from sqlalchemy import URL, Engine, create_engine
    from sqlalchemy.exc import SQLAlchemyError
except ImportError:
    raise MissingExtraError(extra="sql", package="sqlalchemy") from None

from unified_profile.storage.protocols import Session, Store
from unified_profile.storage.side_by_side import side_by_side
from unified_profile.storage.sql_bytes import bytes_kept, overwritable, scrub
from unified_profile.storage.sql_session import SqlSession, translated
from unified_profile.storage.sql_work import SqlWork, missing_driver, read_url, set_up_sqlite
from unified_profile.storage.sqlite_overwriting import UnknownPagesError, overwritten

if TYPE_CHECKING:
    from sqlalchemy import Connection

S = TypeVar("S")
T = TypeVar("T")
_PATIENCE = timedelta(seconds=30)


class SqlStore:
    """Rows in the tables of a database that SQLAlchemy speaks to.

    *engine* is the caller's own engine, or a URL (``postgresql+psycopg://…``, ``mariadb+pymysql://…``,
    ``sqlite:///…``) for which one is made. *prefix* begins the names of all tables. *busy_timeout* is how long to wait
    for another writer (MariaDB and MySQL: ``innodb_lock_wait_timeout`` of the server).

    Tables are made when first needed. Sessions of a tenant read side by side and write one after the other, so that
    positions follow the order of commits. One store serves all threads; after a fork make a new one, with a new
    engine. A SQLite file is the same as that of ``SqliteStore``, which is faster, most of all in small sessions.

    >>> from tempfile import TemporaryDirectory
    >>> from unified_profile.model.rows import MetaRow
    >>> from unified_profile.storage.commands import Changes, Get, Put
    >>> from unified_profile.storage.tables import META
    >>> with TemporaryDirectory() as folder, SqlStore(f"sqlite:///{folder}/profiles.sqlite") as store:
    ...     with store.session("default") as session:
    ...         session.write(Changes(puts=[Put(META, [MetaRow("color", "blue")])]))
    ...         session.read([Get(META, [("color",)])])
    [[MetaRow(name='color', value='blue')]]

    Raises:
        InvalidInputError: If the URL or the prefix cannot be used.
        MissingExtraError: If the driver that the URL names is not installed.
    """

    def __init__(
        self, engine: Engine | URL | str, *, prefix: str = PREFIX, busy_timeout: timedelta = _PATIENCE
    ) -> None:
        """Connect to nothing yet."""
        if not isinstance(engine, (str, URL)) and not isinstance(engine, Engine):
            raise InvalidInputError(field="engine", reason=f"a {type(engine).__name__}", hint="a URL, or an Engine")
        if not isinstance(busy_timeout, timedelta):
            raise InvalidInputError(field="busy_timeout", reason="not a timedelta", hint="timedelta(seconds=30)")
        self._owned = not isinstance(engine, Engine)
        self.engine: Engine = made_engine(engine, busy_timeout) if self._owned else engine  # type: ignore[arg-type, assignment]  # told apart by `connect`
        self._prefix = prefix
        self._work = SqlWork(prefix=prefix, busy_timeout=busy_timeout, levels=not self._owned)

    def __repr__(self) -> str:
        """Show the kind of database."""
        return f"SqlStore({self.engine.dialect.name!r})"

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[SqlSession]:
        """See ``Store.session``.

        Raises:
            StorageError: If the database fails, or another writer does not end in time.
            ConflictError: If the database chose this session to give way (deadlock, serialization).
            SchemaVersionError: If the tables are of another version; see ``migrate``.
            ForkedError: If this store was used in the parent process already.
        """
        with self._connected() as connection:
            session = self._work.begin(connection, tenant, exclusive=exclusive)
            yield session
            self._work.keep(connection, session)

    @contextmanager
    def reader(self, tenant: str, /) -> Iterator[Session]:
        """Open a session that sees one moment of the rows of *tenant*, whoever writes meanwhile."""
        with self._connected() as connection:
            yield self._work.begin_reading(connection, tenant)

    def join(self, connection: Connection, /) -> Store:
        """Return a store whose sessions are savepoints in the transaction of *connection*.

        Nothing here commits or rolls back that transaction; the lock that a write takes is held until it ends.

        Raises:
            StorageError: When a session is opened, if it could not keep its promises there (PostgreSQL at
                ``REPEATABLE READ``), or if the tables are not made yet.
        """
        return _JoinedSqlStore(self._work, connection)

    def beside(self, work: Callable[[], T], meanwhile: Callable[[], S], /) -> tuple[T, S]:
        """Do *work*, which asks this store, and *meanwhile*, which does not; return what both return.

        Where the database is a server, *work* is done in a thread, in the caller's context, and *meanwhile* here.
        """
        if self.engine.dialect.name == "sqlite":  # works in this process, so there is no time to be won
            return work(), meanwhile()
        return side_by_side(work, meanwhile)

    def migrate(self) -> list[str]:
        """Bring the tables to the version of this library; return the titles of the steps that were needed.

        Raises:
            SchemaVersionError: If the tables were written by a newer library.
        """
        with self._connected() as connection:
            return [step.title for step in self._work.migrate(connection)]

    def scrub(self) -> bool:
        """Let go of copies of what was deleted, as far as the database lets; say whether that was possible now.

        SQLite empties its log; PostgreSQL runs ``VACUUM`` on the tables, if the user owns them; others purge by
        themselves. What stays in a server's own logs and backups is the server's: see the page on erasure.
        """
        with self._connected() as connection:
            return scrub(connection, self._prefix)

    def overwrite(self) -> bool:
        """Overwrite what SQLite left of rows where no row is any more; see ``SqliteStore.overwrite``.

        Where it cannot be done beside the engine's driver, the file is rewritten (``compact``). Other databases keep
        their files to themselves, so there is nothing that could be done but ``scrub``.

        Raises:
            StorageError: If the file cannot be written.
        """
        try:
            with self._connected() as connection:
                file = overwritable(connection)
            return self.scrub() if file is None else overwritten(file, turn=nullcontext)
        except UnknownPagesError:
            self.compact()
            return True

    def compact(self) -> None:
        """Rewrite the tables, so that deleted rows cannot be found in the files of the database any more.

        SQLite and PostgreSQL (``VACUUM``, ``VACUUM FULL``), MariaDB and MySQL (``OPTIMIZE TABLE``) write what is kept
        anew, one table after the other, which takes its time and room for a second copy; whoever uses a table waits.
        A server's own logs keep what they hold until it lets go of them.

        Raises:
            StorageError: If the user may not (PostgreSQL: does not own the tables), or somebody is in the way longer
                than *busy_timeout*.
        """
        with self._connected() as connection:
            self._work.compact(connection)

    def bytes_kept(self) -> Sequence[tuple[str, Iterable[bytes]]]:
        """Return every table with all its columns as bytes, of all tenants; of SQLite, its files as well."""
        with self._connected() as connection:
            return bytes_kept(connection, self._prefix)

    def close(self) -> None:
        """Close the connections of an engine that was made here; the caller's own engine is his to close."""
        if self._owned:
            self.engine.dispose()

    def __enter__(self) -> SqlStore:  # noqa: PYI034  # one class, no children
        """Return this store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        """Give a connection; what was not committed is rolled back when it goes."""
        self._work.check_process()
        try:
            connection = self.engine.connect()
        except SQLAlchemyError as error:
            raise translated(error, self.engine.dialect.name) from error
        with connection:
            yield connection


class _JoinedSqlStore:
    """Sessions inside a transaction that belongs to somebody else."""

    def __init__(self, work: SqlWork, connection: Connection) -> None:
        self._work, self._connection = work, connection

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[SqlSession]:
        """See ``Store.session``."""
        session, savepoint = self._work.begin_joined(self._connection, tenant, exclusive=exclusive)
        try:
            yield session
            self._work.keep_joined(session, savepoint)
        except BaseException:
            self._work.undo_joined(savepoint)
            raise

    def scrub(self) -> bool:
        """Say that files cannot be cleaned while this transaction is open."""
        return False


def made_engine(url: URL | str, busy_timeout: timedelta, /) -> Engine:
    """Return an engine of our own for *url*."""
    parsed, options = read_url(url, busy_timeout)
    try:
        engine = create_engine(parsed, **options)
    except ModuleNotFoundError as error:
        raise missing_driver(parsed, error) from error
    if engine.dialect.name == "sqlite":
        set_up_sqlite(engine)
    return engine
