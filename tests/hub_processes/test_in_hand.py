"""What is in hand is made ready while a server keeps the batch before: as if each had followed the other."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from tests.hub.worlds import contents
from tests.hub_processes.crowd import crowd, reading, reading_hub, serially, writing_hub
from tests.storage.crashing import Crasher

from unified_profile.errors import StorageError
from unified_profile.hub import Hub
from unified_profile.model import Event, Fact, Identifier
from unified_profile.storage.commands import Scan
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import FACTS
from unified_profile.testing.identity_programs import moment

BATCH = 120  # so many rows at once that they are copied


def log(hub: Hub) -> list[str]:
    with hub.store.session(hub.setup.tenant) as session:
        return [row.id for row in session.read([Scan(FACTS, None, 10**6)])[0] if not row.id.startswith("rules:")]


class Reader:
    """Makes facts of numbers, and remembers where and when."""

    def __init__(self, tenant: str) -> None:
        self.tenant = tenant
        self.threads: set[int] = set()
        self.read_: list[int] = []

    def read(self, payload: Any, /, *, received_at: Any) -> Fact:
        self.threads.add(threading.get_ident())
        self.read_.append(payload["n"])
        who = [Identifier("user", f"u{payload['n'] % 9}")]
        at = moment(payload["n"])
        return Event(id=f"n{payload['n']}", source="web", occurred_at=at, identifiers=who, tenant=self.tenant)


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Any]:
    made = create_engine(postgres_url)
    yield made
    made.dispose()


def told(engine: Any, tenant: str, items: Any) -> tuple[Reader, set[int], list[tuple[int, int]]]:
    """Ingest *items*; return the reader, the threads that asked the server, what was kept and read at each report."""
    asked: set[int] = set()
    event.listen(engine, "before_cursor_execute", lambda *_: asked.add(threading.get_ident()))
    hub = Hub(SqlStore(engine), reading(tenant))
    hub.ingest([])
    reader, seen = Reader(tenant), list[tuple[int, int]]()
    hub.ingest(items, reader=reader, batch_size=BATCH, progress=lambda r: seen.append((r.accepted, len(reader.read_))))
    return reader, asked, seen


def test_of_a_list_the_next_batch_is_made_ready_while_the_server_keeps_the_one_before(engine: Any) -> None:
    """Readers are called where the caller is; the server is waited for elsewhere."""
    items = tuple({"n": n} for n in range(3 * BATCH))
    reader, asked, seen = told(engine, "list", items)
    assert reader.threads == {threading.get_ident()}
    assert asked - reader.threads
    assert seen == [(BATCH, 2 * BATCH), (2 * BATCH, 3 * BATCH), (3 * BATCH, 3 * BATCH)]
    assert reader.read_ == list(range(3 * BATCH))


def test_a_generator_is_asked_for_the_next_batch_when_the_one_before_is_kept(engine: Any) -> None:
    """What it makes may stand for what somebody else may forget then."""
    _, asked, seen = told(engine, "generator", ({"n": n} for n in range(3 * BATCH)))
    assert asked == {threading.get_ident()}
    assert seen == [(BATCH, BATCH), (2 * BATCH, 2 * BATCH), (3 * BATCH, 3 * BATCH)]


def test_a_batch_that_fails_ends_the_call_with_what_was_reported_kept(engine: Any) -> None:
    facts = crowd("failing", size=4 * BATCH, tenant="failing")
    hub = reading_hub(SqlStore(engine), "failing")
    hub.ingest([])
    refused = facts[2 * BATCH + 5].id
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE up_fact ADD CONSTRAINT no CHECK (id <> '{refused}')")
    reports: list[int] = []
    with pytest.raises(StorageError, match="a value was refused"):
        hub.ingest(facts, batch_size=BATCH, progress=lambda report: reports.append(report.accepted))
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE up_fact DROP CONSTRAINT no")
    assert reports == [BATCH, 2 * BATCH]
    assert log(hub) == [fact.id for fact in facts[: 2 * BATCH]]
    assert hub.ingest(facts, batch_size=BATCH).accepted == 2 * BATCH
    assert contents(hub) == contents(serially(facts, "failing"))


def test_who_is_interrupted_meanwhile_finds_the_batch_before_kept_whole(engine: Any) -> None:
    class Interrupted(Reader):
        def read(self, payload: Any, /, *, received_at: Any) -> Fact:
            if payload["n"] == BATCH + 3:
                raise KeyboardInterrupt
            return super().read(payload, received_at=received_at)

    hub = Hub(SqlStore(engine), reading("interrupted"))
    items = [{"n": n} for n in range(3 * BATCH)]
    with pytest.raises(KeyboardInterrupt):
        hub.ingest(items, reader=Interrupted("interrupted"), batch_size=BATCH)
    assert log(hub) == [f"n{n}" for n in range(BATCH)]
    assert hub.ingest(items, reader=Reader("interrupted"), batch_size=BATCH).accepted == 2 * BATCH


def test_threads_that_hand_in_overlapping_lists_end_as_one_writer_would(postgres_url: str) -> None:
    """Whole batches are copied; whoever finds that others were faster decides again."""
    facts, shares = crowd("threads", size=3 * BATCH), list[list[Fact]]()
    rnd = random.Random(5)
    for n in range(3):
        mine = facts[n * BATCH : (n + 1) * BATCH] + rnd.sample(facts, BATCH)
        rnd.shuffle(mine)
        shares.append(mine)
    with SqlStore(postgres_url) as store, ThreadPoolExecutor(3) as pool:
        hub = writing_hub(store, "default")
        hub.ingest([])
        reports = list(pool.map(lambda share: hub.ingest(share, batch_size=BATCH), shares))
        assert sum(report.accepted for report in reports) == len(facts)
        assert sum(report.duplicates for report in reports) == sum(map(len, shares)) - len(facts)
        assert sorted(log(hub)) == sorted(fact.id for fact in facts)
        assert contents(reading_hub(store)) == contents(serially(facts))


@pytest.mark.slow
def test_who_is_killed_between_two_batches_finds_each_kept_whole_or_not_at_all(postgres_url: str) -> None:
    """The server is told of one batch while the next is made ready; one more than acknowledged may be kept."""
    with Crasher("tests.hub_processes.dying:ingest_in_hand") as crasher, SqlStore(postgres_url) as store:
        for number, (after, delay) in enumerate([(0, 0.08), (1, 0.0), (1, 0.05), (2, 0.02)]):
            life, size = f"life{number}", 3 * BATCH
            facts = crowd(life, size=size, tenant=life)
            said = crasher.kill_during(postgres_url, life, size, BATCH, after=after, delay=delay)
            with store.session(life, exclusive=True):
                pass  # the server has noticed by then that the writer is gone
            hub = reading_hub(store, life)
            kept = log(hub)
            assert kept == [fact.id for fact in facts[: len(kept)]]
            assert len(kept) % BATCH == 0
            assert 0 <= len(kept) - max([0, *said]) <= BATCH
            assert hub.ingest(facts[: len(kept)], batch_size=BATCH).duplicates == len(kept)
            assert contents(hub) == contents(serially(facts[: len(kept)], life))
