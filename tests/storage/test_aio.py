"""The awaited store serves many tasks of one event loop, and lets go when a task is canceled."""

import asyncio
from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import create_async_engine
from tests.storage.using import T

from unified_profile.errors import ConflictError, InvalidInputError, StorageError
from unified_profile.model.rows import AnchorRow, MetaRow
from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.storage.commands import Changes, Expect, Get, Put, Scan
from unified_profile.storage.migrations import MIGRATIONS
from unified_profile.storage.protocols import AsyncStore
from unified_profile.storage.tables import ANCHORS, META


@pytest.fixture(params=("sqlite", "postgresql"))
def url(request, tmp_path):
    """Give a URL to a database of its own, or to tables of their own."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/x.sqlite"
    return request.getfixturevalue("postgres_url")


def used(url, work):
    """Run *work* on a store, on a loop of its own."""

    async def main():
        async with AsyncSqlStore(url, prefix=f"t{uuid4().hex[:12]}_") as store:
            assert isinstance(store, AsyncStore)
            return await work(store)

    return asyncio.run(main())


async def kept(store, table=META):
    async with store.session(T) as session:
        return (await session.read([Scan(table)]))[0]


def test_tasks_that_race_lose_no_update(url):
    async def add(store):
        for attempt in range(100):
            try:
                async with store.session(T, exclusive=attempt > 1) as session:
                    [[row]] = await session.read([Get(ANCHORS, [("sum",)])])
                    expects = [Expect(ANCHORS, ("sum",), row)]
                    await session.write(Changes([Put(ANCHORS, [row._replace(seq=row.seq + 1)])], expects=expects))
                    return
            except ConflictError:
                await asyncio.sleep(0.001)

    async def work(store):
        async with store.session(T) as session:
            await session.write(Changes(puts=[Put(ANCHORS, [AnchorRow("sum", None, 0)])]))
        await asyncio.gather(*[add(store) for _ in range(12)])
        return await kept(store, ANCHORS)

    assert used(url, work)[0].seq == 12


def test_a_canceled_task_leaves_nothing_and_holds_nothing(url):
    async def work(store):
        wrote = asyncio.Event()

        async def hang():
            async with store.session(T, exclusive=True) as session:
                await session.write(Changes(puts=[Put(META, [MetaRow("canceled", "1")])]))
                wrote.set()
                await asyncio.sleep(60)

        task = asyncio.create_task(hang())
        await wrote.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with store.session(T, exclusive=True) as session:
            await session.write(Changes(puts=[Put(META, [MetaRow("later", "1")])]))
        return await kept(store)

    assert [row.name for row in used(url, work)] == ["later"]


def test_a_reader_does_not_wait_and_does_not_write(url):
    async def work(store):
        assert await store.migrate() == [step.title for step in MIGRATIONS]
        assert await store.migrate() == []
        async with store.session(T) as session:
            await session.write(Changes(puts=[Put(META, [MetaRow("a", "1")])]))
            async with store.reader(T) as reader:
                assert await reader.read([Scan(META)]) == [[]]
                with pytest.raises(StorageError, match="only reads"):
                    await reader.write(Changes())
        return await kept(store)

    assert len(used(url, work)) == 1


def test_the_caller_s_rows_and_ours_are_kept_together_or_not_at_all(url):
    async def main():
        engine = create_async_engine(url)
        store = AsyncSqlStore(engine, prefix=f"t{uuid4().hex[:12]}_")
        await store.migrate()
        async with engine.connect() as connection:
            for end in (connection.rollback, connection.commit):
                joined = store.join(connection)
                async with joined.session(T) as session:
                    await session.write(Changes(puts=[Put(META, [MetaRow("a", "1")])]))
                with suppress(LookupError):
                    async with joined.session(T, exclusive=True) as session:
                        await session.write(Changes(puts=[Put(META, [MetaRow("b", "1")])]))
                        raise LookupError
                await end()
                yield [row.name for row in await kept(store)]
        await store.close()
        await engine.dispose()

    async def results():
        return [rows async for rows in main()]

    assert asyncio.run(results()) == [[], ["a"]]


def test_a_blocking_url_is_refused_by_name():
    with pytest.raises(InvalidInputError, match="not asynchronous"):
        AsyncSqlStore("sqlite:///x.sqlite")


def test_a_database_that_cannot_be_reached_is_a_storage_error():
    with pytest.raises(StorageError, match="postgresql: OperationalError"):
        used("postgresql+psycopg://someone@127.0.0.1:1/nowhere", kept)
