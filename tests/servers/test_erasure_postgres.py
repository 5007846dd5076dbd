"""Erasure on a real PostgreSQL: rows, what lies beside them, and four writers who tell of the same person meanwhile."""

from __future__ import annotations

import asyncio
import itertools
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy
from tests.hub.test_erasure import M1, RULES, at, mine, others, told
from tests.hub.worlds import STORES, hub_over

from unified_profile import Event, Hub, Identifier
from unified_profile.aio import AsyncHub
from unified_profile.errors import StorageError
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


def files_of(prefix: str, dsn: str) -> list[Path]:
    """Return the files of the tables, indexes and long values of a store, when all is written that was done."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        mine = "relname LIKE %s AND relkind = 'r'"
        found = connection.execute(
            f"""WITH own AS (SELECT oid, reltoastrelid FROM pg_class WHERE {mine}),
                     every AS (SELECT oid FROM own UNION SELECT reltoastrelid FROM own),
                     parts AS (SELECT oid FROM every UNION
                               SELECT indexrelid FROM pg_index JOIN every ON indrelid = oid)
                SELECT current_setting('data_directory') || '/' || pg_relation_filepath(oid)
                FROM parts WHERE oid > 0""",
            (prefix.replace("_", r"\_") + "%",),
        )
        return [Path(row[0]) for row in found.fetchall()]


def test_after_compacting_no_file_of_the_server_s_tables_holds_the_person(store, postgres_dsn):
    """A dead row is in the files until its place is taken, though no query shows it."""
    hub = told(store)
    done = hub.erase(hub.plan_erasure(M1))
    before = files_of(store._prefix, postgres_dsn)
    assert len(before) > 60
    assert any(b"canary" in file.read_bytes() for file in before)
    store.compact()
    after = files_of(store._prefix, postgres_dsn)
    assert len(after) == len(before)
    assert not [file for file in after if b"canary" in file.read_bytes()]
    assert not [file for file in before if file.exists() and b"canary" in file.read_bytes()]
    assert hub.verify_erasure(done, values=["canary"]).clean
    assert hub.ingest(mine()).accepted == 0
    assert hub.ingest(others()).accepted == 0, "the others' facts are there still"


def test_who_does_not_own_the_tables_is_told_that_they_were_not_compacted(store, postgres_dsn):
    """PostgreSQL would only warn."""
    store.migrate()
    with psycopg.connect(postgres_dsn, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger")
        connection.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO stranger")
    engine = sqlalchemy.create_engine(store.engine.url, connect_args={"options": "-c role=stranger"})
    try:
        with pytest.raises(StorageError, match="has to own"):
            SqlStore(engine, prefix=store._prefix).compact()
    finally:
        engine.dispose()


def test_compacting_waits_for_others_no_longer_than_it_was_told(postgres_url):
    with SqlStore(postgres_url, prefix="busy_", busy_timeout=timedelta(milliseconds=50)) as store:
        store.migrate()
        with store.engine.connect() as reader:
            reader.execute(sqlalchemy.text("SELECT * FROM busy_meta"))
            with pytest.raises(StorageError):
                store.compact()
        store.compact()


def test_the_asynchronous_hub_erases_and_verifies_too(postgres_url):
    async def main() -> None:
        async with AsyncSqlStore(postgres_url, prefix="aer_") as opened:
            hub = AsyncHub(opened, rules=RULES)
            await hub.ingest([*others(), *mine()])
            done = await hub.erase(await hub.plan_erasure(M1))
            assert done.state == "done"
            assert (await hub.verify_erasure(done, values=["canary"])).clean
            assert (await hub.ingest(mine())).accepted == 0
            await opened.compact()
            assert (await hub.verify_erasure(done, values=["canary"])).clean

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
