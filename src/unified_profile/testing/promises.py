"""What a promise of a store is, and what is at hand to try it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import attrs

from unified_profile.errors import ConflictError
from unified_profile.storage.capabilities import Closes
from unified_profile.storage.commands import Changes, Delete, Expect, Put, Read
from unified_profile.storage.protocols import Session, Store


class OuterConnection(Protocol):
    """A connection of the caller's own, as drivers and SQLAlchemy have it."""

    def commit(self) -> None:
        """Keep what was done."""
        ...

    def rollback(self) -> None:
        """Take it back."""
        ...

    def close(self) -> None:
        """End."""
        ...


PATIENCE = 30.0
"""How many seconds another thread of a trial may take before the trial is given up."""


class BrokenPromiseError(AssertionError):
    """A store did something else than it has to."""


class NotOfferedError(Exception):
    """The store does not have an optional capability."""


@attrs.frozen
class Trial:
    """A store and a tenant of its own, so that trials do not meet even in one database.

    *make* gives a store. What follows is needed for some optional promises: *again* gives a new store object on the
    same rows as an old one, *restore* one on a backup, *connect* a connection as callers have, to the store's database.
    """

    make: Callable[[], Store]
    again: Callable[[Store], Store] | None = None
    restore: Callable[[Path], Store] | None = None
    connect: Callable[[Store], OuterConnection] | None = None
    store: Store = attrs.field(init=False)
    tenant: str = attrs.field(factory=lambda: f"trial-{uuid4().hex}")
    _opened: list[Store] = attrs.field(factory=list, init=False)

    @store.default
    def _first_store(self) -> Store:
        return self.make()

    def __attrs_post_init__(self) -> None:
        """Remember what has to be closed."""
        self._opened.append(self.store)

    def reopened(self) -> Store:
        """Return another store object on the same rows."""
        if self.again is None:
            raise NotOfferedError("pass reopen=… to try what survives the store object")
        return self._kept(self.again(self.store))

    def restored(self, backup: Path, /) -> Store:
        """Return a store on a backup."""
        if self.restore is None:
            raise NotOfferedError("pass restore=… to try backups")
        return self._kept(self.restore(backup))

    def close(self) -> None:
        """Close what was opened."""
        for store in self._opened:
            if isinstance(store, Closes):
                store.close()

    def _kept(self, store: Store) -> Store:
        self._opened.append(store)
        return store

    def write(
        self,
        *,
        puts: Sequence[Put[Any]] = (),
        deletes: Sequence[Delete[Any]] = (),
        expects: Sequence[Expect[Any]] = (),
        tenant: str | None = None,
    ) -> None:
        """Make changes in a session of their own."""
        with self.store.session(self.tenant if tenant is None else tenant) as session:
            session.write(Changes(puts, deletes, expects))

    def read(self, read: Read, /, *, tenant: str | None = None) -> list[Any]:
        """Answer one read in a session of its own."""
        with self.store.session(self.tenant if tenant is None else tenant) as session:
            return answer(session, read)


@attrs.frozen
class Promise:
    """What a store has to do (*optional*: what it has to do if it offers this at all), and how it is tried."""

    name: str
    says: str
    optional: bool
    check: Callable[[Trial], None]


PROMISES: list[Promise] = []
"""All promises, in the order in which they are tried."""


def promise(name: str, /, *, optional: bool = False) -> Callable[[Callable[[Trial], None]], Callable[[Trial], None]]:
    """Add the decorated function as the promise *name*; its docstring says what is promised."""

    def added(check: Callable[[Trial], None]) -> Callable[[Trial], None]:
        PROMISES.append(Promise(name, (check.__doc__ or "").strip(), optional, check))
        return check

    return added


def answer(session: Session, read: Read, /) -> list[Any]:
    """Answer one read."""
    answers = session.read([read])
    same(len(answers), 1, "lists of rows for one read")
    return list(answers[0])


def same(found: Any, wanted: Any, what: str, /) -> None:
    """Break the promise unless *found* is *wanted*. Kits use made-up values only, so both are shown."""
    if found != wanted:
        raise BrokenPromiseError(f"{what}: wanted {shown(wanted)}, found {shown(found)}")


def same_rows(found: Sequence[Any], wanted: Sequence[Any], what: str, /) -> None:
    """Break the promise unless the rows are the same in any order."""
    same(sorted(map(plain, found), key=repr), sorted(map(plain, wanted), key=repr), what)


def plain(row: Any, /) -> tuple[Any, ...]:
    """Return *row* as a tuple that shows its values."""
    return tuple(row)


@contextmanager
def conflict(what: str, /) -> Iterator[None]:
    """Break the promise unless the block raises ``ConflictError``."""
    try:
        yield
    except ConflictError:
        return
    raise BrokenPromiseError(f"{what}: no ConflictError was raised")


def shown(value: Any, /) -> str:
    """Return *value* for a message: rows with their values, and not too long."""
    if isinstance(value, list):
        text = "[" + ", ".join(repr(plain(item)) if isinstance(item, tuple) else repr(item) for item in value) + "]"
    else:
        text = repr(plain(value)) if isinstance(value, tuple) else repr(value)
    return text if len(text) <= 400 else f"{text[:400]}… ({len(text)} characters)"


class Beside:
    """Work in another thread; what it raised is raised by ``end``."""

    def __init__(self, work: Callable[[], object]) -> None:
        """Start at once."""
        self._error: BaseException | None = None
        self._work = work
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  # raised again by `end`
            self._error = error

    def is_over_within(self, seconds: float, /) -> bool:
        """Say whether the work ended in time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def end(self) -> None:
        """Wait for the end."""
        if not self.is_over_within(PATIENCE):
            raise BrokenPromiseError(
                f"a session in another thread did not end within {PATIENCE:g} seconds: a deadlock?"
            )
        if self._error is not None:
            raise self._error
