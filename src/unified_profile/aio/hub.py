"""The asynchronous hub: what ``Hub`` does, over an ``AsyncStore``."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Self, TypeVar

from unified_profile.aio.driver import run
from unified_profile.consent.view import PurposeView
from unified_profile.engagement.context import Context
from unified_profile.errors import InvalidInputError
from unified_profile.hub import contexts, explaining, feed, golden, quarantine, reading, rebuilding, records
from unified_profile.hub.door import PayloadReader
from unified_profile.hub.driver import Plan
from unified_profile.hub.reports import (
    Access,
    GoldenChange,
    IdentityConflict,
    IngestReport,
    ProfileMerged,
    ProfileSplit,
    Quarantined,
    ReviewItem,
    Step,
)
from unified_profile.hub.setup import Setup
from unified_profile.hub.taking import reader_of, taking
from unified_profile.hub.whose import Who
from unified_profile.model.times import to_micros
from unified_profile.model.values import Identifier
from unified_profile.model.views import Link, Permission, Profile
from unified_profile.storage.protocols import AsyncStore

T = TypeVar("T")


class AsyncHub:
    """Turns facts into profiles over an asynchronous store; each method means what it means on ``Hub``.

    >>> import asyncio
    >>> from datetime import UTC, datetime
    >>> from tempfile import TemporaryDirectory
    >>> from unified_profile import Event, Identifier, Purpose
    >>> from unified_profile.storage.aio import AsyncSqlStore
    >>> async def main(folder):
    ...     async with AsyncSqlStore(f"sqlite+aiosqlite:///{folder}/people.sqlite") as store:
    ...         hub = AsyncHub(store, purposes=[Purpose("service", traits={"plan"}, basis="contract")])
    ...         who = Identifier("user_id", "7")
    ...         told = Event(
    ...             id="e1",
    ...             source="app",
    ...             type="identify",
    ...             occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    ...             identifiers=[who],
    ...             traits={"plan": "pro"},
    ...         )
    ...         await hub.ingest([told])
    ...         return (await hub.profile(who, purpose="service"))["plan"]
    >>> with TemporaryDirectory() as folder:
    ...     asyncio.run(main(folder))
    'pro'
    """

    def __init__(self, store: AsyncStore, setup: Setup | None = None, **fields: Any) -> None:
        """Open a hub; nothing is read or written yet. *fields* are those of ``Setup``."""
        if setup is not None and fields:
            raise InvalidInputError(field="setup", reason="given whole and by parts", hint="use attrs.evolve")
        self.store = store
        self.setup = Setup(**fields) if setup is None else setup

    def joined(self, connection: Any, /) -> Self:
        """Return a hub whose every call is part of the transaction open on *connection*; see ``Hub.joined``."""
        join = getattr(self.store, "join", None)
        if join is None:
            raise InvalidInputError(field="store", reason="joins no transactions", hint="one with join(connection)")
        return type(self)(join(connection), self.setup)

    async def ingest(
        self,
        items: Iterable[object] | AsyncIterable[object],
        /,
        *,
        source: str = "",
        reader: PayloadReader | None = None,
        batch_size: int = 1_000,
        progress: Callable[[IngestReport], None] | None = None,
    ) -> IngestReport:
        """Take facts or payloads in, from any iterable or asynchronous iterable; see ``Hub.ingest``."""
        if isinstance(items, (str, bytes, Mapping)):
            raise InvalidInputError(field="items", reason="a single payload", hint="pass a list: [payload]")
        reader = reader_of(source, reader, self.setup)
        report = IngestReport()
        async for batch in _batches(items, batch_size):
            report += await self._run(taking(batch, self.setup, reader))
            if progress is not None:
                progress(report)
        return report

    async def quarantined(self, *, limit: int = 1_000) -> list[Quarantined]:
        """Return what waits for a fix; see ``Hub.quarantined``."""
        return await self._run(lambda: quarantine.waiting(limit))

    async def replay(
        self, *, reader: PayloadReader | None = None, source: str = "", limit: int = 10_000
    ) -> IngestReport:
        """Try everything in the quarantine again; see ``Hub.replay``."""
        reader = reader_of(source, reader, self.setup)
        report = IngestReport()
        for one in await self._run(lambda: quarantine.held(limit)):
            report += await self._run(taking([one.item], self.setup, reader, held=one.row))
        return report

    async def profile(
        self,
        who: Who,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        as_of: datetime | None = None,
        known_at: datetime | None = None,
    ) -> PurposeView:
        """Return *who* as *purpose* may see them on *channel*; see ``Hub.profile``."""
        when = reading.moment(self.setup, as_of, known_at)
        found = await self._run(
            lambda: reading.views([who], self.setup, when, purpose=purpose, channel=channel, brand=brand)
        )
        return found[0]

    async def profiles(
        self, who: Sequence[Who], /, *, purpose: str, channel: str = "any", brand: str = ""
    ) -> list[PurposeView]:
        """Return many people at once; see ``Hub.profiles``."""
        when = reading.moment(self.setup, None, None)
        return await self._run(
            lambda: reading.views(who, self.setup, when, purpose=purpose, channel=channel, brand=brand)
        )

    async def raw(self, who: Who, /, *, reason: str, known_at: datetime | None = None) -> Profile:
        """Return *who* whole, and record why; see ``Hub.raw``."""
        when = reading.moment(self.setup, None, known_at)
        return (await self._run(lambda: reading.raw(who, self.setup, when, reason=reason))).profile

    async def permission(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "", at: datetime | None = None
    ) -> Permission:
        """Return whether *who* may be met for *purpose* on *channel*; see ``Hub.permission``."""
        when = reading.moment(self.setup, at, None)

        def plan() -> Plan[Permission]:
            (person,) = yield from reading.people([who], self.setup, when)
            return reading.permission_of(person, self.setup, when, purpose=purpose, channel=channel, brand=brand)

        return await self._run(plan)

    async def context(
        self, who: Who, /, *, purpose: str, channel: str, brand: str = "", now: datetime | None = None
    ) -> Context:
        """Return what *purpose* may have at hand when *who* turns up on *channel*; see ``Hub.context``."""
        when = reading.moment(self.setup, now, None)
        return await self._run(
            lambda: contexts.context_of(who, self.setup, when, purpose=purpose, channel=channel, brand=brand)
        )

    async def ids(self, *, page: int = 1_000) -> AsyncIterator[str]:
        """Yield the ids of all live profiles, in order."""
        after = ""
        while True:
            found = await self._run(lambda after=after: rebuilding.live_ids(after, page))  # type: ignore[misc]  # bound at once
            for one in found:
                yield one
            if len(found) < page:
                return
            after = found[-1]

    async def resolve(self, who: Who, /) -> str:
        """Return the live id of *who*; see ``Hub.resolve``."""
        return await self._run(lambda: reading.resolved(who, self.setup))

    async def refresh(self) -> int:
        """Bring the golden values up to date; see ``Hub.refresh``."""
        total = 0
        when = reading.moment(self.setup, None, None)
        while found := await self._run(lambda: golden.refresh(self.setup, when)):
            total += found
        return total

    async def golden_changes(
        self, *, purpose: str, channel: str = "any", brand: str = "", after: int = 0, limit: int = 1_000
    ) -> list[GoldenChange]:
        """Return whose golden values changed; see ``Hub.golden_changes``."""
        await self.refresh()
        when = reading.moment(self.setup, None, None)
        return await self._run(
            lambda: golden.golden_changes(after, limit, self.setup, when, purpose=purpose, channel=channel, brand=brand)
        )

    async def changes(self, *, after: int = 0, limit: int = 1_000) -> list[ProfileMerged | ProfileSplit]:
        """Return merges and splits after position *after*; see ``Hub.changes``."""
        return await self._run(lambda: feed.changes(after, limit))

    async def search(
        self,
        trait: str,
        value: str | float,
        /,
        *,
        purpose: str,
        channel: str = "any",
        brand: str = "",
        after: str = "",
        limit: int = 100,
    ) -> list[PurposeView]:
        """Return people whose *trait* is *value* and who permit *purpose*; see ``Hub.search``."""
        if not self.setup.purposes[purpose].allows_trait(trait):
            return []
        await self.refresh()
        found: list[PurposeView] = []
        while len(found) < limit:
            ids = await self._run(lambda after=after: golden.holders(trait, value, after, limit))  # type: ignore[misc]  # bound at once
            if not ids:
                break
            after = ids[-1]
            views = await self.profiles(ids, purpose=purpose, channel=channel, brand=brand)
            found += [view for view in views if view.permission.granted]
        return found[:limit]

    async def link(self, links: Iterable[Link], /) -> IngestReport:
        """Take machine links; see ``Hub.link``."""
        found = tuple(links)
        return await self._run(lambda: records.linked_report(found, self.setup, to_micros(self.setup.clock())))

    async def accesses(self, *, after: int = 0, limit: int = 1_000) -> list[Access]:
        """Return who was read whole, when and why; see ``Hub.accesses``."""
        return await self._run(lambda: feed.accesses(after, limit))

    async def conflicts(self, *, limit: int = 1_000) -> list[IdentityConflict]:
        """Return the identifiers that lie apart from people whose facts speak of them; see ``Hub.conflicts``."""
        return await self._run(lambda: explaining.conflicts(limit))

    async def explain_identity(
        self, who: Who, /, *, between: tuple[Identifier, Identifier] | None = None
    ) -> list[Step]:
        """Return the facts that hold *who* together; see ``Hub.explain_identity``."""
        return await self._run(lambda: explaining.explained(who, self.setup, between))

    async def review(self, *, limit: int = 100) -> list[ReviewItem]:
        """Return what a clerk should judge; see ``Hub.review``."""
        return await self._run(lambda: explaining.review(limit))

    async def _run(self, plan: Callable[[], Plan[T]]) -> T:
        return await run(self.store, self.setup.tenant, plan)


async def _batches(items: Iterable[object] | AsyncIterable[object], size: int) -> AsyncIterator[list[object]]:
    """Yield *items* in lists of at most *size*, reading no further ahead."""
    if isinstance(items, AsyncIterable):
        batch: list[object] = []
        async for item in items:
            batch.append(item)
            if len(batch) == size:
                yield batch
                batch = []
        if batch:
            yield batch
        return
    iterator = iter(items)
    while found := list(islice(iterator, size)):
        yield found
