"""Erasure on a real PostgreSQL: rows, what lies beside them, and four writers who tell of the same person meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from tests.hub.test_erasure import M1, RULES, at, mine, others, told
from tests.hub.worlds import STORES, hub_over

from unified_profile import Event, Hub, Identifier
from unified_profile.aio import AsyncHub
from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.storage.sql import SqlStore

WRITERS = int(os.environ.get("UNIFIED_PROFILE_ERASURE_WRITERS", "4"))
_numbers = itertools.count()
FACTS = int(os.environ.get("UNIFIED_PROFILE_ERASURE_FACTS", "15"))


@pytest.fixture
def store(postgres_url: str) -> Iterator[SqlStore]:
    with SqlStore(postgres_url, prefix=f"er{next(_numbers)}_") as opened:
        yield opened


def test_no_column_of_any_table_holds_the_person_and_no_dead_row_is_left(store, postgres_dsn):
    hub = told(store)
    done = hub.erase(hub.plan_erasure(M1))
    found = hub.verify_erasure(done, values=["canary"])
    assert found.clean, found
    assert len(found.places) > 20
    with psycopg.connect(postgres_dsn) as connection:
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        for table in tables:
            for (row,) in connection.execute(f"SELECT t::text FROM {table} t").fetchall():
                assert "canary" not in row, table


def test_what_lay_outside_of_the_rows_is_gone_too(store, postgres_dsn):
    """Long values are cut into chunks in tables of PostgreSQL's own. After an erasure none is left."""
    hub = hub_over(store, RULES)
    long = "".join(f"canary-{number * 7919 % 100_003:x}" for number in range(4_000))
    hub.ingest([Event(id=f"canary-{n}", source="web", name="Viewed", occurred_at=at(n), identifiers=[M1],
                      properties={"page": f"{n}{long}"}) for n in range(5)])  # fmt: skip
    chunks = """SELECT reltoastrelid::regclass::text FROM pg_class
                WHERE relname LIKE 'er%_fact' AND relkind = 'r' ORDER BY oid DESC LIMIT 1"""
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        count = f"SELECT count(*) FROM {connection.execute(chunks).fetchall()[0][0]}"
        assert connection.execute(count).fetchone() != (0,)
        done = hub.erase(hub.plan_erasure(M1))
        assert hub.verify_erasure(done, values=["canary"]).clean
        assert connection.execute(count).fetchone() == (0,)


def test_the_asynchronous_hub_erases_and_verifies_too(postgres_url):
    async def main() -> None:
        async with AsyncSqlStore(postgres_url, prefix="aer_") as opened:
            hub = AsyncHub(opened, rules=RULES)
            await hub.ingest([*others(), *mine()])
            done = await hub.erase(await hub.plan_erasure(M1))
            assert done.state == "done"
            assert (await hub.verify_erasure(done, values=["canary"])).clean
            assert (await hub.ingest(mine())).accepted == 0

    asyncio.run(main())


def history(writer: int) -> list[Event]:
    """Return what one writer tells of the person: on each device first who it is, then visits without a name."""
    found = []
    for number in range(FACTS):
        device = Identifier("cookie", f"canary-device-{writer}-{number % 5}")
        names = [M1, device] if number < 5 else [device]
        found.append(Event(
            id=f"w{writer}-{number}", source="web", name="Viewed", occurred_at=at(number), identifiers=names,
            properties={"page": f"canary-page-{number}"},
        ))  # fmt: skip
    return found


def erased_among_writers(store: Any) -> Hub:
    """Erase the person in the middle of what *WRITERS* threads tell of them."""
    hub = hub_over(store, RULES)
    hub.ingest([*others(), *mine()])
    failed: list[BaseException] = []
    started = threading.Barrier(WRITERS + 1)

    def write(number: int) -> None:
        try:
            started.wait()
            hub_over(store, RULES).ingest(history(number), batch_size=2)
        except BaseException as error:  # noqa: BLE001  # raised below
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    started.wait()
    hub.erase(hub.plan_erasure(M1))
    for thread in threads:
        thread.join()
    assert not failed
    return hub


def settled(hub: Hub) -> None:
    """Look that nothing of the person is left, once whoever was left to a person is erased too."""
    for _ in range(50):
        loose = hub.verify_erasure(values=["canary"], scan=False).unfinished
        if not loose:
            break
        hub.erase(hub.plan_erasure(loose[0]))
    assert hub.verify_erasure(values=["canary"]).clean
    assert [hub.resolve(one) for one in (Identifier("member", "other-M2"),)] == list(hub.ids())


def test_an_erasure_among_four_writers_leaves_nothing_on_postgresql(store):
    settled(erased_among_writers(store))


@pytest.mark.parametrize("kind", ["sqlite", "sqlalchemy"])
def test_an_erasure_among_four_writers_leaves_nothing_on_sqlite(kind):
    with STORES[kind]() as opened:
        settled(erased_among_writers(opened))
