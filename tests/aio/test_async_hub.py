"""The asynchronous hub says what the hub says: side by side, cut short, and inside a caller's transaction."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.hub.worlds import PURPOSES, contents, permissions, plain
from tests.hub_processes.crowd import (
    RULES,
    batches_of,
    crowd,
    links,
    reading,
    reading_hub,
    serially,
    writing,
    writing_hub,
)

from unified_profile import Hub, IdentityRules
from unified_profile.aio import AsyncHub
from unified_profile.errors import InvalidInputError, InvalidPayloadError, StorageError, UnknownProfileError
from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.storage.commands import Scan
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import FACTS
from unified_profile.testing.identity_programs import moment
from unified_profile.wire import Rejected

CROWD = crowd("aio", size=150, people=12)
LINKS = links("aio", people=12)


@attrs.frozen
class Place:
    """A database, seen by both kinds of hubs, and a tenant in it."""

    url: str
    tenant: str

    def facts(self, facts: Any = CROWD) -> list[Any]:
        return [attrs.evolve(fact, tenant=self.tenant) for fact in facts]

    def run(self, work: Callable[[AsyncHub], Awaitable[Any]], *, standing: bool = False) -> Any:
        """Await *work* with an asynchronous hub, in an event loop of its own."""

        async def main() -> Any:
            async with AsyncSqlStore(self.url) as store:
                return await work(AsyncHub(store, (reading if standing else writing)(self.tenant)))

        return asyncio.run(main())

    def contents(self) -> Any:
        """Return what the synchronous hub says of everybody."""
        with SqlStore(self.url.replace("+aiosqlite", "")) as store:
            return contents(reading_hub(store, self.tenant))

    def log(self) -> list[str]:
        """Return the ids of the facts that are there, at once: nobody may hold the write lock now."""
        store = SqlStore(self.url.replace("+aiosqlite", ""), busy_timeout=timedelta(seconds=0.5))
        with store, store.session(self.tenant) as session:
            ids = [row.id for row in session.read([Scan(FACTS, None, 10**6)])[0]]
        return [name for name in ids if not name.startswith("rules:")]


@pytest.fixture(params=["sqlite+aiosqlite", "postgresql+psycopg"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "sqlite+aiosqlite":
        return Place(f"sqlite+aiosqlite:///{tmp_path}/facts.sqlite", "default")
    return Place(request.getfixturevalue("postgres_url"), request.node.name)


def test_both_hubs_say_the_same_of_the_same_facts(place):
    """Reports, everybody's profiles and permissions, the feed and what led to it."""

    async def tell(hub: AsyncHub) -> list[Any]:
        reports = [await hub.ingest(batch) for batch in batches_of(place.facts(), "aio")]
        reports.append(await hub.link(LINKS))
        reports.append(await hub.ingest(place.facts()[:20]))
        return reports

    with_memory = writing_hub(MemoryStore(), place.tenant)
    expected = [with_memory.ingest(batch) for batch in batches_of(place.facts(), "aio")]
    expected += [with_memory.link(LINKS), with_memory.ingest(place.facts()[:20])]
    assert place.run(tell) == expected
    assert place.contents() == contents(serially([*place.facts(), *LINKS], place.tenant))

    async def said(hub: AsyncHub) -> Any:
        ids = [name async for name in hub.ids(page=7)]
        purposes = [(purpose.name, channel) for purpose in PURPOSES for channel in ("any", "email")]
        everybody = [
            (
                plain(await hub.raw(name, reason="a law is tried")),
                tuple([
                    attrs.astuple(await hub.permission(name, purpose=p, channel=c)) for p, c in purposes
                ]),
                dict(await hub.profile(name, purpose="service")),
                await hub.resolve(name),
                await hub.explain_identity(name, reason="a test"),
            )
            for name in ids
        ]  # fmt: skip
        found = await hub.search("city", "Osaka", purpose="service"), await hub.review(reason="a test", by="one")
        feeds = await hub.changes(limit=10_000), await hub.conflicts(reason="a test", by="one")
        return ids, everybody, feeds, *found, await hub.accesses(limit=10_000)

    answers = place.run(said, standing=True)
    with SqlStore(place.url.replace("+aiosqlite", "")) as store:
        hub = reading_hub(store, place.tenant)
        assert answers[5] == hub.accesses(limit=10_000)
        assert answers[2] == (hub.changes(limit=10_000), hub.conflicts(reason="a test", by="one"))
        assert answers[0] == list(hub.ids())
        for name, (raw, permitted, view, resolved, steps) in zip(*answers[:2], strict=True):
            assert raw == plain(hub.raw(name, reason="a law is tried"))
            assert permitted == permissions(hub, name)
            assert (view, resolved) == (dict(hub.profile(name, purpose="service")), name)
            assert steps == hub.explain_identity(name, reason="a test")
        assert answers[3] == hub.search("city", "Osaka", purpose="service")
        assert answers[4] == hub.review(reason="a test", by="one")


def test_tasks_that_share_a_hub_end_where_one_would(place):
    """Eight tasks tell overlapping parts in orders of their own."""

    async def tell(hub: AsyncHub) -> int:
        async def one(number: int) -> int:
            rnd = random.Random(number)
            mine = [fact for at, fact in enumerate(place.facts()) if at % 8 == number or rnd.random() < 0.1]
            rnd.shuffle(mine)
            reports = [await hub.ingest(batch) for batch in batches_of(mine, str(number))]
            return sum(report.accepted for report in reports)

        return sum(await asyncio.gather(*(one(number) for number in range(8))))

    assert place.run(tell) == len(CROWD)
    assert place.contents() == contents(serially(place.facts(), place.tenant))


def test_an_ingest_that_is_cancelled_leaves_whole_batches_and_goes_on(place):
    """Cancelled at thirty moments, the store holds whole batches each time; the end is that of one writer."""
    rnd = random.Random(5)
    facts = place.facts()
    batches = batches_of(facts, "cancelled", largest=8)
    ends = [sum(map(len, batches[:number])) for number in range(len(batches) + 1)]

    async def cut_short(hub: AsyncHub) -> list[int]:
        started = asyncio.get_running_loop().time()
        await hub.ingest(batches[0])
        await hub.ingest(batches[1])
        usual = (asyncio.get_running_loop().time() - started) / 2
        seen = [ends[2]]

        async def tell(start: int) -> None:
            for batch in batches[start:]:
                await hub.ingest(batch)

        for _ in range(30):
            task = asyncio.create_task(tell(ends.index(seen[-1])))
            await asyncio.sleep(rnd.uniform(0, 3 * usual))
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            found = len(place.log())
            assert found in ends
            seen.append(found)
        return seen

    seen = place.run(cut_short)
    assert seen == sorted(seen)
    assert len(set(seen)) > 1
    assert place.contents() == contents(serially(facts[: seen[-1]], place.tenant))
    report = place.run(lambda hub: hub.ingest(facts))
    assert (report.accepted, report.duplicates) == (len(facts) - seen[-1], seen[-1])
    assert place.contents() == contents(serially(facts, place.tenant))


def test_a_stream_that_breaks_off_keeps_what_was_told_before(place):
    async def stream() -> AsyncIterator[Any]:
        for fact in place.facts()[:25]:
            yield fact
        raise LookupError("the source broke off")

    async def tell(hub: AsyncHub) -> None:
        with pytest.raises(LookupError):
            await hub.ingest(stream(), batch_size=10)

    place.run(tell)
    assert place.log() == [fact.id for fact in CROWD[:20]]


def test_a_rollback_undoes_everything_and_a_commit_keeps_it(place):
    """What a hub does in the transaction of an asynchronous connection stands or falls with it."""

    async def tell(hub: AsyncHub) -> list[int]:
        found = []
        await hub.ingest(place.facts()[:60])
        for end in ("rollback", "commit"):
            async with hub.store.engine.connect() as connection:  # type: ignore[attr-defined]  # of this store
                await hub.joined(connection).ingest(place.facts()[60:], batch_size=9)
                await getattr(connection, end)()
            found.append(len(place.log()))
        return found

    assert place.run(tell) == [60, len(CROWD)]
    assert place.contents() == contents(serially(place.facts(), place.tenant))


def test_what_was_known_at_a_moment_is_told_by_both_alike(place):
    early, late = place.facts()[:50], place.facts()[50:]
    early = [attrs.evolve(fact, recorded_at=moment(100)) for fact in early]
    late = [attrs.evolve(fact, recorded_at=moment(200)) for fact in late]
    then = moment(100) + timedelta(minutes=1)

    async def tell(hub: AsyncHub) -> dict[str, Any]:
        await hub.ingest([*early, *late])
        found: dict[str, Any] = {}
        async for name in hub.ids():
            with suppress(UnknownProfileError):
                found[name] = plain(await hub.raw(name, reason="a law is tried", known_at=then))
        return found

    answers = place.run(tell, standing=True)
    with SqlStore(place.url.replace("+aiosqlite", "")) as store:
        hub = reading_hub(store, place.tenant)
        for name, known in answers.items():
            assert known == plain(hub.raw(name, reason="a law is tried", known_at=then))


def test_a_single_payload_and_a_store_that_cannot_join_are_refused():
    class Bare:
        def session(self, tenant: str, /, *, exclusive: bool = False) -> Any:
            raise StorageError("never opened")

    hub = AsyncHub(Bare())
    with pytest.raises(InvalidInputError, match="a single payload"):
        asyncio.run(hub.ingest({"type": "track"}))
    with pytest.raises(InvalidInputError, match="joins no transactions"):
        hub.joined(object())


def test_what_is_asked_of_everybody_is_told_by_both_alike(place):
    """Frames, features, coverage, subjects, accounts, the quarantine and simulations; and hooks hear of it."""
    other = IdentityRules(attrs.evolve(one, limit=1) for one in RULES.namespaces)
    bad = Rejected(3, "nobody reads this", InvalidPayloadError(field="line 3: row", reason="not CSV"))
    heard: list[str] = []

    async def tell(hub: AsyncHub) -> Any:
        watched = AsyncHub(hub.store, hub.setup, hooks=[lambda name, _: heard.append(name)])
        facts = [
            attrs.evolve(fact, recorded_at=fact.occurred_at) for fact in place.facts()
        ]  # so that features find some
        report = await watched.ingest([*facts, bad])
        rows = [(name, moment(30)) async for name in watched.ids(page=5)][:9]
        frame = await watched.to_frame(purpose="service", backend="polars")
        made = await watched.features(rows, purpose="service", backend="polars")
        return rows, [
            list(report.quarantined),
            (await watched.replay()).quarantined,
            frame.to_dicts(),
            made.to_dicts(),
            await watched.coverage(channels=["email"], page=7),
            [repr(one) async for one in watched.subjects(purpose="news", page=7)],
            [dict(one) async for one in watched.profiles(purpose="service", known_at=moment(40))],
            [dict(one) async for one in watched.profiles(rows[0][:1], purpose="service")],
            await watched.accounts(purpose="service"),
            [(one.profile, one.position) for one in await watched.golden_changes(purpose="service", recipient="crm")],
            repr(await watched.context(rows[0][0], purpose="service", channel="chat")),
            await watched.simulate(other),
        ]

    rows, answers = place.run(tell, standing=True)
    assert {"ingest", "ingested", "to_frame", "coverage", "simulate"} <= set(heard)
    with SqlStore(place.url.replace("+aiosqlite", "")) as store:
        hub = reading_hub(store, place.tenant)
        assert answers == [
            hub.quarantined(),
            hub.replay().quarantined,
            hub.to_frame(purpose="service", backend="polars").to_dicts(),
            hub.features(rows, purpose="service", backend="polars").to_dicts(),
            hub.coverage(channels=["email"]),
            [repr(one) for one in hub.subjects(purpose="news")],
            [dict(one) for one in hub.profiles(purpose="service", known_at=moment(40))],
            [dict(one) for one in hub.profiles(rows[0][:1], purpose="service")],
            hub.accounts(purpose="service"),
            [(one.profile, one.position) for one in hub.golden_changes(purpose="service", recipient="crm")],
            repr(hub.context(rows[0][0], purpose="service", channel="chat")),
            hub.simulate(other),
        ]
    assert len(answers[0]) == 1
    assert answers[-1].splits


def test_rules_are_adopted_by_a_rebuild_that_is_awaited(place):
    other = IdentityRules(attrs.evolve(one, limit=1) for one in RULES.namespaces)
    pages: list[tuple[int, int]] = []

    async def adopt(hub: AsyncHub) -> Any:
        await hub.ingest(place.facts())
        await hub.rebuild(other, progress=lambda *page: pages.append(page))
        return hub.setup.rules.fingerprint

    assert place.run(adopt, standing=True) == other.fingerprint
    assert pages
    setup = attrs.evolve(reading(place.tenant), rules=other)
    expected = Hub(MemoryStore(), setup)
    expected.ingest(place.facts())
    with SqlStore(place.url.replace("+aiosqlite", "")) as store:
        assert contents(Hub(store, setup)) == contents(expected)


def test_a_store_of_the_other_kind_is_refused_by_name(tmp_path):
    with pytest.raises(InvalidInputError, match="store: has to be awaited"):
        Hub(AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/a.sqlite"))  # type: ignore[arg-type]  # the slip that is tested
    with pytest.raises(InvalidInputError, match="store: is not awaited"):
        AsyncHub(MemoryStore())  # type: ignore[arg-type]  # as above
    with pytest.raises(InvalidInputError, match="store: opens no sessions"):
        AsyncHub("sqlite+aiosqlite:///people.sqlite")  # type: ignore[arg-type]  # as above
