"""What a store has to do: open a session, and in it read and write. Bring your own database by these two."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, Protocol, runtime_checkable

from unified_profile.storage.commands import Changes, Read


class Session(Protocol):
    """One unit of work for one tenant.

    A session may have an attribute ``alone``: True when no other session of the tenant can write between its first read
    and its end (an embedded store with a single writer; a session that was opened as exclusive).
    """

    def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """Answer each read with its rows (of ``read.table.row``), the list of lists in the order of *reads*."""
        ...

    def write(self, changes: Changes, /) -> None:
        """Keep all *changes* or none. Deletes come first, then puts.

        Raises:
            ConflictError: If an expected row is not as expected; nothing was changed.
            StorageError: If the database failed; nothing was changed.
        """
        ...


@runtime_checkable
class Store(Protocol):
    """Somewhere to keep rows."""

    def session(self, tenant: str, /, *, exclusive: bool = False) -> AbstractContextManager[Session]:
        """Open a unit of work on the rows of *tenant*.

        When the block ends without an error everything written in it is kept, else nothing is. With *exclusive* no
        other session of the tenant writes until this one ends (asked for after a conflict, so that a busy person is
        not decided again and again); a store that cannot do this may ignore it.
        """
        ...


class AsyncSession(Protocol):
    """``Session``, awaited."""

    async def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        ...

    async def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        ...


@runtime_checkable
class AsyncStore(Protocol):
    """``Store``, awaited."""

    def session(self, tenant: str, /, *, exclusive: bool = False) -> AbstractAsyncContextManager[AsyncSession]:
        """See ``Store.session``."""
        ...
