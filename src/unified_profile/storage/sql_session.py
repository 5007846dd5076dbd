"""One unit of work on a SQLAlchemy connection, whatever database is behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import attrs
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError, SQLAlchemyError

from unified_profile.errors import ConflictError, InvalidInputError, StorageError
from unified_profile.storage.commands import Changes, Expect, Key, Put, Read
from unified_profile.storage.layout import places_of, unstorable
from unified_profile.storage.quiet import without_values
from unified_profile.storage.sessions import CheckedSession
from unified_profile.storage.sql_copy import Copier, NoCopyError
from unified_profile.storage.tables import Table

if TYPE_CHECKING:
    from sqlalchemy import Connection

_Way: TypeAlias = "Callable[[Connection, str, Put[Any]], None]"

# What SQLAlchemy raises, and what drivers raise of Python's own while values are bound.
FAILURES = (SQLAlchemyError, UnicodeError, OverflowError)

_OF_TRIGGERS = ("P0", "1644")
"""What PL/pgSQL raises and MariaDB signals: its words are those of whoever wrote the trigger."""

# Codes of PostgreSQL (SQLSTATE), of MariaDB and MySQL, of SQLite.
_CONFLICTS = {"40001", "40P01", "1213", "1020", "517"}
_STALE = 517
_WAITED = {"55P03", "1205", "5", "6"}


class AskedTable(Protocol):
    """How a database is asked about one table."""

    def answer(self, connection: Connection, tenant: str, read: Read, /) -> list[Any]:
        """Return the rows that *read* asks for."""
        ...

    def now(self, connection: Connection, tenant: str, keys: Sequence[Key], /) -> list[Any]:
        """Return the rows under *keys* as last committed."""
        ...

    def put(self, connection: Connection, tenant: str, rows: Sequence[Any], /) -> None:
        """Add or replace *rows*."""
        ...

    def delete(self, connection: Connection, tenant: str, keys: Sequence[Key], /) -> None:
        """Take away the rows under *keys*."""
        ...


class Database(Protocol):
    """What a kind of database does its own way."""

    isolation: str

    @property
    def copier(self) -> Copier | None:
        """What puts many new rows in a faster way, where there is one."""
        ...

    @property
    def tables(self) -> Mapping[str, AskedTable]:
        """How each table is asked, by its name."""
        ...

    def lock(self, connection: Connection, tenant: str, /, *, joined: bool) -> None:
        """Keep other writers of *tenant* out until the transaction ends."""
        ...

    def begin(self, connection: Connection, /, *, reading: bool) -> None:
        """Begin a transaction."""
        ...

    def join(self, connection: Connection, /) -> None:
        """Refuse a transaction of the caller's in which sessions could not keep their promises."""
        ...


class SqlSession(CheckedSession):
    """Reads and writes of one tenant on a connection. Made by a store; ends with the store's ``with`` block.

    Writers of a tenant follow each other: the lock is taken before the first write, and before the first read of an
    exclusive session. Positions are given under the lock, so they follow the order of commits.
    """

    failures = FAILURES

    def __init__(self, connection: Connection, tenant: str, database: Database, *, joined: bool = False) -> None:
        """Work on *connection*; *joined* if its transaction is the caller's."""
        super().__init__()
        self._connection = connection
        self._tenant = tenant
        self._database = database
        self._joined = joined
        self._locked = False
        self.failed = False

    @property
    def dialect(self) -> str:
        """The kind of database."""
        return self._connection.dialect.name

    def lock(self) -> None:
        """Be the only writer of the tenant from now on; before the first read this makes the session alone."""
        try:
            self._database.lock(self._connection, self._tenant, joined=self._joined)
        except FAILURES as error:
            raise self._translated(error) from error
        self._locked = True

    def alone_from_the_start(self) -> None:
        """Remember that the lock was taken before anything was read."""
        self._locked = self.alone = True

    def _sure(self) -> bool:
        # A caller's transaction may see one moment only, from before the lock.
        return self._locked and not self._joined

    def _answer(self, read: Read) -> list[Any]:
        self._be_usable()
        return self._database.tables[read.table.name].answer(self._connection, self._tenant, read)

    def _now(self, table: Table[Any], keys: Sequence[Key]) -> Sequence[Any]:
        return self._database.tables[table.name].now(self._connection, self._tenant, keys)

    def _begin_to_write(self) -> None:
        self._be_usable()
        if not self._locked:
            self.lock()

    def _checked(self, changes: Changes) -> Changes:
        """Copy what is new where that is faster: that it went through says what else would have to be asked."""
        copier = self._database.copier
        new = [] if copier is None else [put for put in changes.puts if put.new and copier.takes(put)]
        if copier is None or not new:
            return super()._checked(changes)
        told, asked = _told(changes.expects, new)
        super()._checked(attrs.evolve(changes, expects=asked))
        if self._copied(copier, new):
            return attrs.evolve(changes, puts=[put for put in changes.puts if put not in new])
        self._check(told)
        return changes

    def _copied(self, copier: Copier, puts: Sequence[Put[Any]]) -> bool:
        """Put the rows of *puts* as only new rows can be; say whether they were."""
        connection = self._connection
        connection.exec_driver_sql("SAVEPOINT up_write")
        try:
            for put in puts:
                self._put(put, copier.copy)
        except NoCopyError:
            connection.exec_driver_sql("ROLLBACK TO SAVEPOINT up_write")
            return False
        except BaseException:
            self.failed = True  # the transaction is broken, and must not be taken for one that can be kept
            raise
        connection.exec_driver_sql("RELEASE SAVEPOINT up_write")
        return True

    def _apply(self, changes: Changes) -> None:
        try:
            for delete in changes.deletes:
                self._database.tables[delete.table.name].delete(self._connection, self._tenant, delete.keys)
            for put in changes.puts:
                self._put(put, self._inserted)
        except BaseException:
            self.failed = True  # what was done of this write is undone with the whole session
            raise

    def _inserted(self, connection: Connection, tenant: str, put: Put[Any]) -> None:
        self._database.tables[put.table.name].put(connection, tenant, put.rows)

    def _put(self, put: Put[Any], how: _Way) -> None:
        try:
            how(self._connection, self._tenant, put)
        except (*FAILURES, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, InvalidInputError):
                raise
            holds_nul = self.dialect != "postgresql"
            unfit = None if isinstance(error, OperationalError) else unstorable(put.table, put.rows, nul=holds_nul)
            told = self._translated(error)
            raise unfit or told from error

    def _be_usable(self) -> None:
        if self.failed:
            raise StorageError("this session failed before, and nothing of it is kept; open a new one")

    def _translated(self, error: Exception) -> StorageError:
        self.failed = True
        return translated(error, self.dialect)


class SqlReadingSession(SqlSession):
    """A session that only reads."""

    def write(self, changes: Changes, /) -> None:  # noqa: ARG002  # refused whatever they are
        """Refuse."""
        raise StorageError("a reader only reads; open a session to write")


def _told(expects: Sequence[Expect[Any]], new: Sequence[Put[Any]]) -> tuple[list[Expect[Any]], list[Expect[Any]]]:
    """Return those of *expects* that hold if *new* rows can be put as such, and those that have to be asked for."""
    keys: dict[str, set[Key]] = {}
    for put in new:
        places = places_of(put.table)
        keys.setdefault(put.table.name, set()).update(tuple([row[place] for place in places]) for row in put.rows)
    told: list[Expect[Any]] = []
    asked: list[Expect[Any]] = []
    for expect in expects:
        known = expect.row is None and expect.key in keys.get(expect.table.name, ())
        (told if known else asked).append(expect)
    return told, asked


def translated(error: Exception, dialect: str, /) -> StorageError:
    """Return the error of ours that says what *error* of SQLAlchemy or of a driver means; take its values from that.

    >>> translated(ValueError("not to be shown"), "postgresql")
    StorageError('postgresql: ValueError')
    """
    code = _code(error.orig) if isinstance(error, DBAPIError) else ""
    found = _translated(error, dialect, code)
    without_values(error, code)  # they may be personal, and the cause is printed with our error
    return found


def _translated(error: Exception, dialect: str, code: str) -> StorageError:
    if not isinstance(error, SQLAlchemyError):
        return StorageError(f"{dialect}: {type(error).__name__}")
    if not isinstance(error, DBAPIError):
        return StorageError(f"{dialect}: {error}")
    error.hide_parameters = True
    driver = error.orig
    if code in _CONFLICTS:
        return ConflictError(f"{dialect}: {type(driver).__name__} ({code}): another writer was faster")
    if code in _WAITED:
        said = "another writer did not end in time; keep sessions short, or raise busy_timeout"
        return StorageError(f"{dialect}: {type(driver).__name__} ({code}): {said}")
    # Errors of these kinds speak of servers, tables and columns; those about data, or of triggers, may show a value.
    shows = isinstance(error, (OperationalError, ProgrammingError)) and not code.startswith(_OF_TRIGGERS)
    said = str(driver).strip().split("\n", 1)[0] if shows else "a value was refused"
    return StorageError(f"{dialect}: {type(driver).__name__} ({code}): {said}")


def _code(driver: BaseException | None) -> str:
    """Return the driver's code of an error: SQLSTATE, number, or SQLite's primary result code."""
    arguments = getattr(driver, "args", ())
    if arguments and isinstance(arguments[0], int):  # more exact than SQLSTATE, where there are both
        return str(arguments[0])
    code = getattr(driver, "sqlite_errorcode", None)
    if code is not None:
        return str(code if code == _STALE else code & 0xFF)
    return str(getattr(driver, "sqlstate", None) or getattr(driver, "pgcode", None) or "?")
