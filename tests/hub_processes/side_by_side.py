"""A store on which sessions run side by side, in one thread: others write at the moments that a test chooses.

It does what a database server does at READ COMMITTED: a session reads what is committed at that moment, holds nobody
up until it writes, and is alone from its first write on. An exclusive session is alone from the start, but somebody who
read before it may write after it. Between the reads of one session anything may happen: ``between`` is called there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from unified_profile.storage.commands import Changes, Read
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.protocols import Session


class SideBySideStore:
    """Sessions over *committed*, interrupted by *between*."""

    def __init__(self, committed: MemoryStore, between: Callable[[], None]) -> None:
        self.committed = committed
        self.between = between

    @contextmanager
    def session(self, tenant: str, /, *, exclusive: bool = False) -> Iterator[Session]:
        with ExitStack() as stack:
            yield _Session(self, stack, tenant, exclusive=exclusive)


class _Session:
    def __init__(self, store: SideBySideStore, stack: ExitStack, tenant: str, *, exclusive: bool) -> None:
        self._store, self._stack, self._tenant = store, stack, tenant
        self._mine: Session | None = None
        self.alone = exclusive
        if exclusive:
            self._be_alone()

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        if self._mine is not None:
            return self._mine.read(reads)
        self._store.between()
        with self._store.committed.session(self._tenant) as now:
            return now.read(reads)

    def write(self, changes: Changes, /) -> None:
        if self._mine is None:
            self._store.between()
            self._be_alone()
        assert self._mine is not None
        self._mine.write(changes)

    def _be_alone(self) -> None:
        self._mine = self._stack.enter_context(self._store.committed.session(self._tenant))
