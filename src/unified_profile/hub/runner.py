"""What every side of the hub stands on: a store, a setup, and how plans are run over them."""

from __future__ import annotations

import functools
import inspect
import logging
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Concatenate, Generic, ParamSpec, Self, TypeVar

import attrs

from unified_profile.errors import ForkedError, InvalidInputError, UnifiedProfileError, UnknownNameError
from unified_profile.hub.arguments import called, many
from unified_profile.hub.driver import Plan, run, run_in
from unified_profile.hub.setup import Setup
from unified_profile.model.soundness import fits
from unified_profile.storage.protocols import AsyncStore, Store

T = TypeVar("T")
P = ParamSpec("P")
S = TypeVar("S", bound="Opened[Any]")
Place = TypeVar("Place", bound="Store | AsyncStore")
logger = logging.getLogger("unified_profile")

Hook = Callable[[str, Mapping[str, object]], None]
"""Called after each operation with its name and its measures (never with a personal value); for traces.

What a hook raises is logged and goes no further. The same names and measures are logged at level DEBUG.

Measures are ``seconds`` and ``error`` (the name of the error's type, empty if there was none); ``ingested`` says of
each call of ``ingest`` how many facts were ``accepted`` and ``quarantined``.
"""


def traced(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Let hooks know how long *method* took and whether it failed."""

    @functools.wraps(method)
    def wrapper(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        if not self._hooks and not logger.isEnabledFor(logging.DEBUG):
            return method(self, *args, **kwargs)
        start, error = time.perf_counter(), ""
        try:
            return method(self, *args, **kwargs)
        except Exception as raised:
            error = type(raised).__name__
            raise
        finally:
            self._done(method.__name__, seconds=time.perf_counter() - start, error=error)

    return wrapper


class Opened(Generic[Place]):
    """A store and a setup that fit each other, and who watches what is done with them."""

    _awaited: ClassVar[bool]
    """Whether the store is one to be awaited."""

    def __init__(self, store: Place, setup: Setup | None = None, *, hooks: Iterable[Hook] = (), **fields: Any) -> None:
        """Open a hub; nothing is read or written yet."""
        if setup is not None and fields:
            raise InvalidInputError(field="setup", reason="given whole and by parts", hint="use attrs.evolve")
        if setup is not None and not isinstance(setup, Setup):
            raise InvalidInputError(field="setup", reason="not a Setup", hint="pass its fields by keyword")
        parts = [part.name for part in attrs.fields(Setup)]
        for name in fields:
            if name not in parts:
                raise UnknownNameError(kind="part of a hub's setup", name=name, known=parts)
        _fitting(store, awaited=self._awaited)
        for hook in many(hooks, "hooks"):
            called(hook, "hooks")
        self.store = store
        self.setup = Setup(**fields) if setup is None else setup
        self._hooks = tuple(hooks)
        self._pid = os.getpid()

    def joined(self, connection: Any, /) -> Self:
        """Return a hub whose every call is part of the transaction that is open on *connection*.

        What it does, who is who included, stands or falls with that transaction, and nobody else sees it before the
        commit. A call that fails takes back its own changes only.

        >>> import sqlite3
        >>> from datetime import UTC, datetime
        >>> from tempfile import TemporaryDirectory
        >>> from unified_profile import Hub, Identifier, SourceRecord, SqliteStore
        >>> contact = SourceRecord(
        ...     id="c1",
        ...     source="crm",
        ...     key="1",
        ...     occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
        ...     identifiers=[Identifier("email", "hanako@example.com")],
        ... )
        >>> with TemporaryDirectory() as folder, SqliteStore(f"{folder}/crm.sqlite") as store:
        ...     hub, crm = Hub(store), sqlite3.connect(f"{folder}/crm.sqlite")
        ...     for end in (crm.rollback, crm.commit):
        ...         _ = hub.joined(crm).ingest([contact])
        ...         end()
        ...         print(len(list(hub.ids())))
        ...     crm.close()
        0
        1

        Raises:
            InvalidInputError: If the store cannot join a transaction.
            StorageError: If *connection* is to another database, or its transaction cannot be joined.
        """
        join = getattr(self.store, "join", None)
        if join is None:
            raise InvalidInputError(field="store", reason="joins no transactions", hint="one with join(connection)")
        self._here()
        try:
            joined = join(connection)
        except UnifiedProfileError:
            raise
        except Exception:  # noqa: BLE001  # whatever a stranger's object answers
            reason = f"a {type(connection).__name__} joins nothing"
            raise InvalidInputError(field="connection", reason=reason, hint="pass an open one") from None
        return type(self)(joined, self.setup, hooks=self._hooks)

    def _here(self) -> None:
        if os.getpid() != self._pid:
            raise ForkedError("this hub was made before a fork; make a new store and hub in the child")

    def _done(self, name: str, **measures: object) -> None:
        logger.debug("%s %s", name, measures)
        for hook in self._hooks:
            try:
                hook(name, measures)
            except Exception:
                # What was done is done: who watches must not make a kept batch look like a lost one.
                logger.exception("a hook failed after %s", name)


class Runner(Opened[Store]):
    """Runs plans over a store."""

    _awaited = False

    def _read(self, plan: Callable[[], Plan[T]]) -> T:
        """Run a plan that only reads: where the store offers it, beside writers instead of between them."""
        reader = getattr(self.store, "reader", None)
        if reader is None:
            return self._run(plan)
        self._here()
        with reader(self.setup.tenant) as session:
            return run_in(session, plan())

    def _run(self, plan: Callable[[], Plan[T]]) -> T:
        self._here()
        return run(self.store, self.setup.tenant, plan)


def _fitting(store: object, *, awaited: bool) -> None:
    """Refuse what opens no sessions, or sessions that are used in the other way."""
    if not fits(store, Store):
        hint = "AsyncSqlStore(url) or another AsyncStore" if awaited else "MemoryStore() or another Store"
        raise InvalidInputError(field="store", reason="opens no sessions", hint=hint)
    opens = inspect.unwrap(store.session)  # type: ignore[attr-defined]  # a store by now
    if awaited and inspect.isgeneratorfunction(opens):
        raise InvalidInputError(field="store", reason="is not awaited", hint="use Hub, or an AsyncStore")
    if not awaited and inspect.isasyncgenfunction(opens):
        raise InvalidInputError(field="store", reason="has to be awaited", hint="use unified_profile.aio.AsyncHub")
