"""Tries awaited stores by the promises of blocking ones: an event loop in a thread of its own does the waiting."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from unified_profile.storage.commands import Changes, Read
from unified_profile.storage.protocols import AsyncSession, AsyncStore, Session

T = TypeVar("T")


class BlockingStore:
    """A ``Store`` over the ``AsyncStore`` that *make* gives, so that ``check_store`` can try it.

    >>> import os, tempfile
    >>> from unified_profile.storage.aio import AsyncSqlStore
    >>> from unified_profile.testing.conformance import check_store
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     url = f"sqlite+aiosqlite:///{folder}/profiles.sqlite"
    ...     check_store(lambda: BlockingStore(lambda: AsyncSqlStore(url)), only=["None is kept"]).conforms
    True
    """

    def __init__(self, make: Callable[[], AsyncStore]) -> None:
        """Start the loop, and make the store on it."""
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.store = self.done(_made(make))

    def done(self, work: Coroutine[Any, Any, T], /) -> T:
        """Wait for *work* on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[Session]:
        """See ``Store.session``."""
        with self._entered(self.store.session(tenant, exclusive=exclusive)) as session:
            yield session

    @contextmanager
    def reader(self, tenant: str, /) -> Iterator[Session]:
        """See ``ReadsAside.reader``; a store that has none raises ``AttributeError``."""
        store: Any = self.store
        with self._entered(store.reader(tenant)) as session:
            yield session

    def close(self) -> None:
        """Close the store, if it can be closed, and end the loop."""
        close = getattr(self.store, "close", None)
        if close is not None:
            self.done(close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    @contextmanager
    def _entered(self, block: Any) -> Iterator[Session]:
        session = _BlockingSession(self, self.done(_enter(block)))
        try:
            yield session
        except BaseException as error:
            self.done(_exit(block, error))
            raise
        self.done(_exit(block, None))


class _BlockingSession:
    """A ``Session`` over an ``AsyncSession``."""

    def __init__(self, store: BlockingStore, session: AsyncSession) -> None:
        self._store, self._session = store, session

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        return self._store.done(self._session.read(reads))

    def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        self._store.done(self._session.write(changes))


async def _made(make: Callable[[], AsyncStore]) -> AsyncStore:
    return make()


async def _enter(block: Any) -> AsyncSession:
    session: AsyncSession = await block.__aenter__()
    return session


async def _exit(block: Any, error: BaseException | None) -> None:
    # An interrupt must not stop the loop; the block only has to know that something went wrong.
    seen = error if error is None or isinstance(error, Exception) else RuntimeError("interrupted")
    try:
        await block.__aexit__(None if seen is None else type(seen), seen, None)
    except RuntimeError as raised:
        if raised is not seen:
            raise
