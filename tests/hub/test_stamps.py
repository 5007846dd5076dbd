"""When something was learned: stamps follow the order of commits, so that what was known at a time stays known then."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.hub.worlds import STORES, Clock, hub_over, said, who_is_who

from unified_profile import Event, Hub, Identifier, Judgement, Link, MemoryStore, Severance, SourceRecord, Verdict
from unified_profile.aio import AsyncHub
from unified_profile.errors import UnknownProfileError
from unified_profile.hub import driver
from unified_profile.identity.namespaces import IdentityRules, Namespace
from unified_profile.model.rows import FactRow
from unified_profile.model.times import from_micros, to_micros
from unified_profile.storage.commands import Scan
from unified_profile.storage.protocols import Store
from unified_profile.storage.tables import CHANGES, FACTS, REDIRECTS, STATEMENTS
from unified_profile.testing.identity_programs import moment

RULES = IdentityRules([
    Namespace(name="user", priority=0, limit=1, normalizer="exact"),
    Namespace(name="mail", priority=1, normalizer="exact"),
    Namespace(name="device", priority=2, normalizer="exact"),
])  # fmt: skip


@pytest.fixture(params=["memory", "sqlite", "sqlalchemy", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    with opened(request.param, request) as found:
        yield found


@contextmanager
def opened(kind: str, request: pytest.FixtureRequest) -> Iterator[Store]:
    if kind != "postgres":
        with STORES[kind]() as found:
            yield found
        return
    from unified_profile.storage.sql import SqlStore

    # The database is the module's: each test has a corner of its own.
    with SqlStore(request.getfixturevalue("postgres_url"), prefix=f"t{abs(hash(request.node.name)) % 10**8}_") as sql:
        yield sql


class Jumping:
    """A clock that goes on by chance, and back just as well."""

    def __init__(self, seed: int) -> None:
        self.rnd = random.Random(seed)
        self.at = moment(60)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=self.rnd.choice((-3_600, -1, 0, 1, 1, 2, 90)))
        return self.at


def seen(name: str, *who: str, **fields: Any) -> Event:
    known = [Identifier(*one.split("=")) for one in who]
    return Event(id=name, source="web", occurred_at=moment(0), name="Viewed", identifiers=known, **fields)


def log(hub: Hub) -> list[FactRow]:
    """Return the facts in the order of their commits, but for the rules that the first of them adopted."""
    with hub.store.session(hub.setup.tenant) as session:
        (rows,) = session.read([Scan(FACTS, None, 10**6)])
    return [row for row in rows if row.kind != "model"]


def stamps(hub: Hub) -> list[int]:
    return [row.recorded_us for row in log(hub)]


def hub_at(store: Store, clock: Callable[[], datetime]) -> Hub:
    return hub_over(store, RULES, clock)


def test_the_stamps_of_two_writers_whose_clocks_jump_follow_the_order_of_their_commits(store):
    hubs = [hub_at(store, Jumping(seed)) for seed in range(2)]
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for place in range(20):
                name = f"{number}-{place}"
                hubs[number].ingest([seen(name, f"user=u{place % 3}", f"device=d{number}")])
        except BaseException as error:  # noqa: BLE001  # told in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    found = stamps(hubs[0])
    assert len(found) == 40
    assert found == sorted(found)


def test_what_was_known_at_a_stamp_is_the_same_whatever_is_learned_later_and_whoever_learns_it(store):
    """Merges, splits and severances by a hub whose clock is behind once changed what had been known before."""
    clocks = [Clock(moment(100)), Clock(moment(40))]
    hubs = [hub_at(store, clock) for clock in clocks]
    left, right, both = Identifier("user", "1"), Identifier("device", "d"), Identifier("mail", "m")
    story: list[Any] = [
        seen("a", "user=1", "device=d"),
        seen("b", "mail=m"),
        seen("c", "user=1", "mail=m"),
        Severance(id="d", source="desk", occurred_at=moment(0), fact_id="c", identifier=both),
        Judgement(id="e", source="desk", occurred_at=moment(0), left=left, right=both, verdict=Verdict.SAME),
        seen("f", "user=2", "device=d"),
        SourceRecord(id="g", source="crm", key="7", occurred_at=moment(0), identifiers=[both], attributes={"a": 1}),
    ]  # fmt: skip
    answers = []
    for place, one in enumerate(story):
        hubs[place % 2].ingest([one])
        at = from_micros(stamps(hubs[0])[-1])
        clocks[0].at = clocks[1].at = at  # what is asked is asked as of then
        answers.append((at, [known(hubs[0], who, at) for who in (left, right, both)]))
        clocks[0].at, clocks[1].at = moment(101 + place), moment(39 - place)
    assert len({at for at, _ in answers}) == len(story)
    assert len({repr(answer) for _, answer in answers}) > 4, "it is a story in which much changes"
    for at, answer in answers:
        clocks[0].at = at
        assert [known(hubs[0], who, at) for who in (left, right, both)] == answer


def known(hub: Hub, who: Identifier, at: datetime) -> Any:
    try:
        return said(hub, who, known_at=at), hub.raw(who, reason="a law is tried", known_at=at).id
    except UnknownProfileError as error:
        return error.because


def test_a_writer_that_waited_is_stamped_when_it_writes_and_not_when_it_came(store):
    """It was once stamped at the door."""
    clock = Clock(moment(1))
    slow, fast = hub_at(store, clock), hub_at(store, clock)

    def ask() -> datetime:
        now = clock()
        if not done:  # at the door
            done.append(True)
            fast.ingest([seen("fast", "user=1")])
            clock.tick(5)
        return now

    done: list[bool] = []
    late = hub_at(store, ask)
    late.ingest([seen("late", "user=2")])
    assert [row.id for row in log(slow)] == ["fast", "late"]
    assert stamps(slow) == [to_micros(moment(1)), to_micros(moment(6))]


@pytest.mark.parametrize("kind", ["postgres"])
def test_a_plan_that_was_overtaken_by_a_later_stamp_is_decided_again(kind, request, monkeypatch):
    """Where writers decide side by side, the one that asked the clock first may write last."""
    with opened(kind, request) as store:
        clocks = {"first": Clock(moment(1)), "second": Clock(moment(2))}
        first, second = (hub_at(store, clocks[name]) for name in clocks)
        first.ingest([seen("rules", "user=0")])
        runs: list[bool] = []
        plain = driver.run_in

        def overtaken(session: Any, plan: Any, /, *, exclusive: bool = True) -> Any:
            runs.append(exclusive)
            return plain(session, later(plan) if len(runs) == 1 else plan, exclusive=exclusive)

        def later(plan: Any) -> Any:
            answer = None
            while True:
                try:
                    command = plan.send(answer)
                except StopIteration as stop:
                    return stop.value
                if type(command).__name__ == "Hold":
                    monkeypatch.setattr(driver, "run_in", plain)
                    second.ingest([seen("second", "user=2")])
                    monkeypatch.setattr(driver, "run_in", overtaken)
                answer = yield command

        monkeypatch.setattr(driver, "run_in", overtaken)
        assert first.ingest([seen("first", "user=1")]).accepted == 1
        assert runs == [False, True]
        assert [row.id for row in log(first)] == ["rules", "second", "first"]
        assert stamps(first) == [to_micros(moment(1)), to_micros(moment(2)), to_micros(moment(2)) + 1]


def test_facts_that_say_when_they_were_learned_are_believed_and_date_nothing_else(store):
    hub = hub_at(store, Clock(moment(5)))
    hub.ingest([seen("a", "user=1", recorded_at=moment(1)), seen("b", "user=2", recorded_at=moment(9_000_000))])
    hub.ingest([seen("c", "user=3")])
    assert stamps(hub) == [to_micros(moment(minute)) for minute in (1, 9_000_000, 5)]


def test_links_rebuilds_replays_and_redirects_are_dated_in_order_too(store):
    clock = Clock(moment(100))
    hub = hub_at(store, clock)
    hub.ingest([seen("a", "user=1", "mail=m"), seen("b", "user=2", "mail=n"), {"odd": 1}])
    clock.at = moment(1)
    hub.link([Link(Identifier("mail", "m"), Identifier("device", "d"), 2.0, "m1")])
    hub.rebuild(IdentityRules([*RULES.namespaces, Namespace(name="card", priority=3, normalizer="exact")]))

    class Reading:
        def read(self, payload: Any, /, *, received_at: datetime) -> Event:
            return seen("odd", "mail=m", "card=c")

    assert hub.replay(reader=Reading()).accepted == 1
    hub.ingest([Judgement(id="j", source="desk", occurred_at=moment(0), left=Identifier("user", "1"),
                          right=Identifier("user", "2"), verdict=Verdict.SAME)])  # fmt: skip
    with store.session(hub.setup.tenant) as session:
        facts, links, changes, redirects = session.read([
            Scan(table, None, 1_000) for table in (FACTS, STATEMENTS, CHANGES, REDIRECTS)
        ])  # fmt: skip
    start = to_micros(moment(100))
    assert {row.kind for row in changes} >= {"profile_merged"}
    assert [row.at_us for row in changes] == sorted(row.at_us for row in changes)
    learned = [row.recorded_us for row in facts if row.recorded_us]
    assert learned == sorted(learned)
    later = [row.recorded_us for row in links] + [row.since_us for row in redirects] + learned[2:]
    assert len(later) > 4
    assert min(later) > start


def test_batches_at_one_instant_share_a_stamp_so_that_the_instant_knows_them_all():
    hub = hub_at(MemoryStore(), Clock(moment(3)))
    for name in "abc":
        hub.ingest([seen(name, "user=1")])
    assert stamps(hub) == [to_micros(moment(3))] * 3
    assert hub.raw(Identifier("user", "1"), reason="a law is tried", known_at=moment(3)).n_facts == 3


def test_who_is_who_does_not_depend_on_clocks(store):
    facts = [seen(f"e{n}", f"user=u{n % 4}", f"device=d{n % 5}") for n in range(20)]
    jumping = hub_at(store, Jumping(5))
    with STORES["memory"]() as other:
        steady = hub_at(other, Clock())
        for hub in (jumping, steady):
            hub.ingest(facts, batch_size=3)
        assert who_is_who(jumping) == who_is_who(steady)


def test_an_awaited_hub_dates_in_order_too(tmp_path):
    from unified_profile.storage.aio import AsyncSqlStore
    from unified_profile.storage.sqlite import SqliteStore

    async def main() -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/facts.sqlite") as awaited:
            hub = AsyncHub(awaited, rules=RULES, clock=Jumping(3))
            for place in range(12):
                await hub.ingest([seen(f"e{place}", "user=1")])

    asyncio.run(main())
    with SqliteStore(tmp_path / "facts.sqlite") as plain:
        found = stamps(Hub(plain, rules=RULES))
    assert len(found) == 12
    assert found == sorted(found)


def test_a_clock_that_is_far_behind_is_told_of_once(caplog, monkeypatch):
    from unified_profile.hub import stamps as module

    monkeypatch.setattr(module, "_told", [-1e9])
    clock = Clock(moment(100))
    hub = hub_at(MemoryStore(), clock)
    for minute in (100, 1, 1):
        clock.at = moment(minute)
        hub.ingest([seen(f"at-{minute}-{clock.at}", "user=1"), seen(f"{random.random()}", "user=2")])
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told == ["the clock is 5940 s behind the last stamp; set it right"]
