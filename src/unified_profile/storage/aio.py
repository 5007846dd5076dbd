"""The store over SQLAlchemy, awaited: for services on an event loop. The work is that of ``SqlStore``.

SQLAlchemy runs blocking code on an asynchronous connection without a thread, so nothing is written twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import timedelta
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from unified_profile.errors import InvalidInputError, MissingExtraError
from unified_profile.storage.layout import PREFIX

try:
    from sqlalchemy.exc import InvalidRequestError, SQLAlchemyError
    from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
except ImportError as error:
    raise MissingExtraError(extra="async", package=error.name or "sqlalchemy") from None
if find_spec("greenlet") is None:  # SQLAlchemy needs it for this, and says so only when it is late
    raise MissingExtraError(extra="async", package="greenlet")

from unified_profile.storage.commands import Changes, Read
from unified_profile.storage.protocols import AsyncSession, AsyncStore
from unified_profile.storage.sql_bytes import bytes_kept, overwritable, scrub
from unified_profile.storage.sql_session import SqlSession, translated
from unified_profile.storage.sql_work import SqlWork, missing_driver, read_url, set_up_sqlite
from unified_profile.storage.sqlite_overwriting import UnknownPagesError, overwritten

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
_PATIENCE = timedelta(seconds=30)


class AsyncSqlStore:
    """Rows in the tables of a database that SQLAlchemy speaks to asynchronously. See ``SqlStore``.

    *engine* is the caller's own ``AsyncEngine``, or a URL (``postgresql+psycopg://…``, ``sqlite+aiosqlite:///…``).

    >>> import asyncio
    >>> from tempfile import TemporaryDirectory
    >>> from unified_profile.model.rows import MetaRow
    >>> from unified_profile.storage.commands import Get, Put
    >>> from unified_profile.storage.tables import META
    >>> async def main(folder):
    ...     async with AsyncSqlStore(f"sqlite+aiosqlite:///{folder}/profiles.sqlite") as store:
    ...         async with store.session("default") as session:
    ...             await session.write(Changes(puts=[Put(META, [MetaRow("color", "blue")])]))
    ...             return await session.read([Get(META, [("color",)])])
    >>> with TemporaryDirectory() as folder:
    ...     asyncio.run(main(folder))
    [[MetaRow(name='color', value='blue')]]

    Raises:
        InvalidInputError: If the URL or the prefix cannot be used.
        MissingExtraError: If the driver that the URL names is not installed.
    """

    def __init__(
        self, engine: AsyncEngine | URL | str, *, prefix: str = PREFIX, busy_timeout: timedelta = _PATIENCE
    ) -> None:
        """Connect to nothing yet."""
        if isinstance(engine, AsyncEngine):
            self._owned, self.engine = False, engine
        else:
            self._owned, self.engine = True, _made_engine(engine, busy_timeout)
        self._prefix = prefix
        self._work = SqlWork(prefix=prefix, busy_timeout=busy_timeout, levels=not self._owned)

    def __repr__(self) -> str:
        """Show the kind of database."""
        return f"AsyncSqlStore({self.engine.dialect.name!r})"

    @asynccontextmanager
    async def session(self, tenant: str, /, *, exclusive: bool = False) -> AsyncIterator[AsyncSqlSession]:
        """See ``SqlStore.session``."""
        async with self._connected() as connection:
            session = await _done(connection, lambda c: self._work.begin(c, tenant, exclusive=exclusive))
            yield AsyncSqlSession(connection, session)
            await _done(connection, lambda c: self._work.keep(c, session))

    @asynccontextmanager
    async def reader(self, tenant: str, /) -> AsyncIterator[AsyncSession]:
        """See ``SqlStore.reader``."""
        async with self._connected() as connection:
            session = await _done(connection, lambda c: self._work.begin_reading(c, tenant))
            yield AsyncSqlSession(connection, session)

    def join(self, connection: AsyncConnection, /) -> AsyncStore:
        """See ``SqlStore.join``."""
        return _JoinedAsyncStore(self._work, connection)

    async def migrate(self) -> list[str]:
        """See ``SqlStore.migrate``."""
        async with self._connected() as connection:
            steps = await _done(connection, self._work.migrate)
            return [step.title for step in steps]

    async def scrub(self) -> bool:
        """See ``SqlStore.scrub``."""
        async with self._connected() as connection:
            if connection.dialect.name != "sqlite":
                await connection.execution_options(isolation_level="AUTOCOMMIT")
            return await _done(connection, lambda c: scrub(c, self._prefix))

    async def overwrite(self) -> bool:
        """See ``SqlStore.overwrite``."""
        try:
            async with self._connected() as connection:
                file = await _done(connection, overwritable)
            if file is None:
                return await self.scrub()
            return await asyncio.to_thread(overwritten, file, turn=nullcontext)
        except UnknownPagesError:
            await self.compact()
            return True

    async def compact(self) -> None:
        """See ``SqlStore.compact``."""
        async with self._connected() as connection:
            await _done(connection, self._work.compact)

    async def bytes_kept(self) -> Sequence[tuple[str, Iterable[bytes]]]:
        """See ``SqlStore.bytes_kept``."""
        async with self._connected() as connection:
            return await _done(connection, lambda c: bytes_kept(c, self._prefix))

    async def close(self) -> None:
        """Close the connections of an engine that was made here; the caller's own engine is his to close."""
        if self._owned:
            await self.engine.dispose()

    async def __aenter__(self) -> AsyncSqlStore:  # noqa: PYI034  # one class, no children
        """Return this store."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection; what was not committed is rolled back when it goes."""
        self._work.check_process()
        connection = self.engine.connect()
        try:
            try:
                await _ended(connection, connection.start())
            except SQLAlchemyError as error:
                raise translated(error, self.engine.dialect.name) from error
            yield connection
        finally:
            if connection.sync_connection is not None:
                await _to_the_end(connection.close())  # half a rollback would keep the writers' lock


class AsyncSqlSession:
    """``SqlSession``, awaited."""

    def __init__(self, connection: AsyncConnection, session: SqlSession) -> None:
        """Do on *connection* what *session* does."""
        self._connection = connection
        self._session = session

    @property
    def alone(self) -> bool:
        """Whether nobody else could write since before the first read of this session."""
        return self._session.alone

    async def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        return await _done(self._connection, lambda _: self._session.read(reads))

    async def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        await _done(self._connection, lambda _: self._session.write(changes))


class _JoinedAsyncStore:
    """Sessions inside a transaction that belongs to somebody else."""

    def __init__(self, work: SqlWork, connection: AsyncConnection) -> None:
        self._work, self._connection = work, connection

    @asynccontextmanager
    async def session(self, tenant: str, /, *, exclusive: bool = False) -> AsyncIterator[AsyncSqlSession]:
        """See ``Store.session``."""

        def begin(connection: Connection) -> tuple[SqlSession, Any]:
            return self._work.begin_joined(connection, tenant, exclusive=exclusive)

        session, savepoint = await _done(self._connection, begin)
        try:
            yield AsyncSqlSession(self._connection, session)
            await _done(self._connection, lambda _: self._work.keep_joined(session, savepoint))
        except BaseException:
            await _done(self._connection, lambda _: self._work.undo_joined(savepoint))
            raise

    async def scrub(self) -> bool:
        """Say that files cannot be cleaned while this transaction is open."""
        return False


async def _done(connection: AsyncConnection, work: Callable[[Connection], T]) -> T:
    """Do *work* on *connection*."""
    return await _ended(connection, connection.run_sync(work))


async def _ended(connection: AsyncConnection, work: Awaitable[T]) -> T:
    """Await *work* on *connection*.

    On SQLite to its end, though the task be cancelled meanwhile: what its thread has begun goes on by itself, and would
    hold the file's write lock until somebody collected the garbage. Servers are told to stop.
    """
    return await (_to_the_end(work) if connection.engine.dialect.name == "sqlite" else work)


async def _to_the_end(work: Awaitable[T]) -> T:
    """Await *work*; if the task is cancelled meanwhile, it is so afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    task.exception()  # seen; the cancellation says more
    raise cancelled


def _made_engine(url: URL | str, busy_timeout: timedelta) -> AsyncEngine:
    parsed, options = read_url(url, busy_timeout)
    try:
        engine = create_async_engine(parsed, **options)
    except ModuleNotFoundError as error:
        raise missing_driver(parsed, error) from error
    except InvalidRequestError:
        hint = "e.g. postgresql+psycopg:// or sqlite+aiosqlite://"
        raise InvalidInputError(field="engine", reason="the driver is not asynchronous", hint=hint) from None
    if engine.dialect.name == "sqlite":
        set_up_sqlite(engine.sync_engine)
    return engine
