"""The store that seals declared values, awaited: the twin of ``hub.sealing``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from unified_profile.aio.driver import run
from unified_profile.errors import InvalidInputError
from unified_profile.hub.sealing import (
    Shredded,
    answer,
    as_kept,
    hidden_search,
    hits,
    opened,
    sealed_changes,
    usable,
)
from unified_profile.hub.setup import Setup
from unified_profile.hub.shredding import shredded, shredded_now
from unified_profile.hub.whose import Who
from unified_profile.model.rows import TraitRow
from unified_profile.model.soundness import fits
from unified_profile.rights.sealing.keys import SealKeys
from unified_profile.rights.sealing.sealer import Sealer
from unified_profile.storage.commands import Changes, Expect, Get, Read, Scan
from unified_profile.storage.protocols import AsyncSession, AsyncStore
from unified_profile.storage.tables import VIEWS

_PAGE = 500


class AsyncSealedStore:
    """A store that keeps its rows in another one, with the values of *fields* sealed; see ``SealedStore``.

    .. versionadded:: 0.1
    """

    def __init__(self, store: AsyncStore, keys: SealKeys, /, *, fields: Iterable[str]) -> None:
        """Wrap *store*; see ``SealedStore``."""
        if not fits(store, AsyncStore):
            raise InvalidInputError(field="store", reason="opens no sessions", hint="AsyncSqlStore(url)")
        self.below = store
        self.sealer = Sealer(keys, fields)

    @asynccontextmanager
    async def session(self, tenant: str, /, *, exclusive: bool = False) -> AsyncIterator[AsyncSession]:
        """See ``Store.session``."""
        async with self.below.session(tenant, exclusive=exclusive) as session:
            yield AsyncSealedSession(session, self.sealer, tenant)

    def __getattr__(self, name: str) -> Any:
        """Offer what the store below offers; readers are sealed as well."""
        if name not in {"bytes_kept", "close", "compact", "migrate", "overwrite", "reader", "scrub"}:
            raise AttributeError(name)
        found = getattr(self.below, name)
        return self._reader if name == "reader" else found

    async def seals(self) -> bool:
        """Say that keys have to go with whom they were for."""
        return True

    async def shred(self, tenant: str, now_us: int, /) -> bool:
        """Destroy the keys that erasures left to be destroyed."""
        await run(self, tenant, lambda: shredded(tenant, now_us, self.sealer.keys.erase))
        return True

    @asynccontextmanager
    async def _reader(self, tenant: str, /) -> AsyncIterator[AsyncSession]:
        async with self.below.reader(tenant) as session:  # type: ignore[attr-defined]  # asked for only where it is
            yield AsyncSealedSession(session, self.sealer, tenant)


class AsyncSealedSession:
    """A session that seals what is written and opens what is read."""

    def __init__(self, session: AsyncSession, sealer: Sealer, tenant: str) -> None:
        """Work through *session*."""
        self._session, self._sealer, self._tenant = session, sealer, tenant
        self.alone = getattr(session, "alone", False)

    async def read(self, reads: Sequence[Read], /) -> list[list[Any]]:
        """See ``Session.read``."""
        asked = [None if hidden_search(read, self._sealer) else read for read in reads]
        rows = iter(await self._session.read([read for read in asked if read is not None]))
        return [
            await self._searched(wanted) if read is None else opened(read, next(rows), self._sealer, self._tenant)
            for wanted, read in zip(reads, asked, strict=True)
        ]

    async def write(self, changes: Changes, /) -> None:
        """See ``Session.write``."""
        expects = [await self._below(one) for one in changes.expects]
        under: dict[str, bytes] = {}
        await self._session.write(sealed_changes(changes, expects, self._sealer, self._tenant, under))
        usable(under, self._sealer)

    async def _below(self, expect: Expect[Any]) -> Expect[Any]:
        if expect.row is None or not self._sealer.seals(expect.table.name):
            return expect
        ((*rows,),) = await self._session.read([Get(expect.table, [expect.key])])
        return as_kept(expect, rows, self._sealer, self._tenant)

    async def _searched(self, read: Read) -> list[TraitRow]:
        found: list[TraitRow] = []
        after: tuple[str, ...] | None = None
        while True:
            (rows,) = await self._session.read([Scan(VIEWS, after, _PAGE)])
            found += hits(self._sealer.opened(VIEWS.name, rows, self._tenant))
            if len(rows) < _PAGE:
                return answer(read, found)
            after = (rows[-1].profile,)


async def shred(store: AsyncSealedStore, setup: Setup, who: Who, /) -> Shredded:
    """Destroy the keys of *who*; see ``hub.sealing.shred``."""
    if not isinstance(store, AsyncSealedStore):
        raise InvalidInputError(field="store", reason="not sealed", hint="see AsyncSealedStore")
    done = await run(store.below, setup.tenant, lambda: shredded_now(who, setup, store.sealer.keys.erase))
    return Shredded(*done)
