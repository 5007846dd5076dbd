"""What a store may offer beyond sessions. Nothing is declared: a store that has the method has the capability.

>>> from unified_profile.storage.memory import MemoryStore
>>> isinstance(MemoryStore(), BacksUp)
False
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar, runtime_checkable

from unified_profile.storage.protocols import Session, Store

S = TypeVar("S")
T = TypeVar("T")


@runtime_checkable
class ReadsAside(Protocol):
    """A store whose readers neither wait for writers nor hold them up."""

    def reader(self, tenant: str, /) -> AbstractContextManager[Session]:
        """Open a session that sees one moment of the rows of *tenant*; its ``write`` raises ``StorageError``."""
        ...


@runtime_checkable
class Joins(Protocol):
    """A store over a database in which the caller has transactions of his own."""

    def join(self, connection: Any, /) -> Store:
        """Return a store whose sessions are part of the transaction that is open on *connection*.

        A session that fails takes back its own changes only. Whether anything is kept is decided by whoever opened
        the transaction: sessions neither commit it nor roll it back.
        """
        ...


@runtime_checkable
class WorksBeside(Protocol):
    """A store that waits for a server most of the time, so that the caller can do something else meanwhile."""

    def beside(self, work: Callable[[], T], meanwhile: Callable[[], S], /) -> tuple[T, S]:
        """Do *work*, which asks this store, and *meanwhile*, which does not; return what both return.

        *work* may be done in another thread. Nothing is returned or raised before it has ended.
        """
        ...


@runtime_checkable
class BacksUp(Protocol):
    """A store that can be copied while it is written to."""

    def backup(self, target: str | os.PathLike[str], /) -> None:
        """Write a copy of one moment to the new file *target*."""
        ...


@runtime_checkable
class Compacts(Protocol):
    """A store that can make sure that nothing deleted is left in its files."""

    def compact(self) -> None:
        """Rewrite what is kept, so that deleted rows cannot be found in the files any more; takes its time."""
        ...


@runtime_checkable
class Scrubs(Protocol):
    """A store that keeps copies of rows beside them (a log, dead versions), and can let go of those it can reach."""

    def scrub(self) -> bool:
        """Let go of copies of what was deleted; say whether that was possible now.

        Called after each erasure, unless ``overwrite`` is.
        """
        ...


@runtime_checkable
class Overwrites(Protocol):
    """A store whose files may hold bytes of rows in places where no row is any more, and can overwrite them."""

    def overwrite(self) -> bool:
        """Do what ``scrub`` does, and overwrite them; say whether that was possible now.

        It may read everything that is kept.
        """
        ...


@runtime_checkable
class ShowsBytes(Protocol):
    """A store that can show all that it keeps as bytes, so that somebody can look for what should be gone."""

    def bytes_kept(self) -> Sequence[tuple[str, Iterable[bytes]]]:
        """Return each file or table by name, with its bytes in pieces."""
        ...


@runtime_checkable
class Migrates(Protocol):
    """A store whose tables have versions."""

    def migrate(self) -> list[str]:
        """Bring the tables to the version of this library; return the titles of the steps that were needed."""
        ...


@runtime_checkable
class Closes(Protocol):
    """A store that holds connections or files open."""

    def close(self) -> None:
        """Let go of them."""
        ...
