"""Whatever else happens to the file while SQLite's leftovers are overwritten, no row of anybody is lost."""

import asyncio
import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, nullcontext

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.pool import StaticPool
from tests.storage.test_sqlite_overwriting import emptied, filled, gone, marks, opened, rows
from tests.storage.using import T

from unified_profile import SqliteStore
from unified_profile.errors import ForkedError, StorageError
from unified_profile.model.rows import MetaRow
from unified_profile.storage import file_bytes, sqlite_overwriting
from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.storage.commands import Changes, Delete, Put
from unified_profile.storage.file_bytes import kept_open, read_at
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.sqlite_overwriting import UnknownPagesError, overwritten
from unified_profile.storage.tables import META

GONE = set(range(0, 400, 2))


@pytest.fixture
def file(tmp_path):
    """Return a file without a log in which traces of deleted rows are."""
    path = tmp_path / "a.sqlite"
    with closing(filled(path, random.Random(5), 400)) as connection:
        gone(connection, GONE)
        emptied(connection)
        connection.execute("PRAGMA journal_mode = DELETE").fetchall()
    assert marks(path) & GONE
    return path


def sound(file):
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return rows(connection)


@pytest.mark.parametrize("mode", ["DELETE", "TRUNCATE", "PERSIST"])
def test_without_a_log_readers_are_waited_for_and_the_journal_goes(file, mode, monkeypatch):
    """A commit has to come through, so that others read anew; and a journal may keep pages as they were."""
    monkeypatch.setattr(sqlite_overwriting, "_PATIENCE", 0.05)
    with closing(sqlite3.connect(file, isolation_level=None)) as own, closing(sqlite3.connect(file)) as reader:
        own.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        gone(own, {1, 3, 5})
        reader.execute("BEGIN")
        before = rows(reader)
        assert not overwritten(file, turn=nullcontext)
        reader.execute("COMMIT")
        assert overwritten(file, turn=nullcontext)
        assert rows(own) == before
    journal = file.with_name("a.sqlite-journal")
    assert not journal.exists() or b"<" not in journal.read_bytes()
    assert not marks(file) & (GONE | {1, 3, 5})
    sound(file)


def test_a_file_that_takes_the_place_of_the_locked_one_is_left_alone(file, tmp_path, monkeypatch):
    other = tmp_path / "b.sqlite"
    other.write_bytes(file.read_bytes())
    whole = other.read_bytes()
    connected = sqlite_overwriting._connected

    def replaced(path):
        connection = connected(path)
        if other.exists():
            other.replace(path)
        return connection

    monkeypatch.setattr(sqlite_overwriting, "_connected", replaced)
    assert not overwritten(file, turn=nullcontext)
    assert file.read_bytes() == whole


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_what_was_cut_short_before_others_were_told_is_not_brought_back(file, mode, monkeypatch):
    """A process that dies in between tells nobody; pages that others have in memory are old then."""

    class DiedError(Exception):
        """The process died."""

    def died(*_, **__):
        raise DiedError

    with closing(opened(file)) as other:
        other.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        other.execute("PRAGMA cache_size = -64000")
        before = rows(other)
        with monkeypatch.context() as patch:
            patch.setattr(sqlite_overwriting._Gate, "told", died)
            with pytest.raises(DiedError):
                overwritten(file, turn=nullcontext)
        assert overwritten(file, turn=nullcontext)
        other.execute("UPDATE t SET of = of + 0")
        other.execute("UPDATE u SET of = of + 0")
        emptied(other)
        assert rows(other) == before
    assert not marks(file) & GONE
    sound(file)


def test_a_descriptor_that_somebody_closed_is_never_written_to_again(file, tmp_path):
    """Its number may be that of another file by then: a service that goes to the background closes all it has."""
    with kept_open(file, write=True) as descriptor:
        os.close(descriptor)
    others = tmp_path / "others"
    others.write_bytes(b"x" * file.stat().st_size)
    opened_as = os.open(others, os.O_RDWR)
    took = os.dup2(opened_as, descriptor)  # whichever number was free first
    try:
        assert overwritten(file, turn=nullcontext)
        assert set(others.read_bytes()) == {ord("x")}
        assert os.fstat(took).st_ino == others.stat().st_ino
    finally:
        for number in {opened_as, took}:
            os.close(number)
    assert not marks(file) & GONE


def test_who_read_the_file_first_can_write_it_later(file):
    list(file_bytes.bytes_of(file)[-1][1])
    assert overwritten(file, turn=nullcontext)
    assert not marks(file) & GONE


def test_what_is_no_file_of_sqlite_or_not_there_raises_an_error_of_ours(tmp_path):
    for path in (tmp_path / "none.sqlite", tmp_path / "no" / "none.sqlite", tmp_path):
        with pytest.raises(StorageError, match="cannot be overwritten"):
            overwritten(path, turn=nullcontext)
    assert not list(tmp_path.iterdir())


def test_a_page_that_says_less_than_all_of_its_rows_is_left_alone(file):
    """Of a damaged page nobody knows what is a row; SQLite may still find some there."""
    whole = bytearray(file.read_bytes())
    pages = sqlite_overwriting._Pages.of(bytes(whole[:100]), len(whole))
    stretches = list(pages.left(bytes(whole), 0))
    at = stretches[0][0] // 4096 * 4096
    later = int.from_bytes(whole[at + 5 : at + 7]) + 40
    whole[at + 5 : at + 7] = later.to_bytes(2)
    assert list(pages.left(bytes(whole), 0)) == stretches[1:]


def looks(file, monkeypatch, *, between):
    """Return at which bytes pieces were looked at, while *between* is done before each of them."""
    monkeypatch.setattr(sqlite_overwriting, "_PIECE", 1 << 17)
    found, done = [], sqlite_overwriting._piece_overwritten

    def seen(descriptor, runs):
        found.append(runs[0][0])
        return done(descriptor, runs)

    @contextmanager
    def turn():
        between()
        yield

    monkeypatch.setattr(sqlite_overwriting, "_piece_overwritten", seen)
    assert overwritten(file, turn=turn)
    return found


def test_where_others_wrote_between_two_pieces_the_file_is_looked_through_once_more(file, monkeypatch):
    """SQLite may have moved a page with what is left in it to where the pass had been already."""
    once = list(range(0, file.stat().st_size, 1 << 17))
    assert len(once) > 1
    assert looks(file, monkeypatch, between=lambda: None) == once
    with closing(opened(file)) as other:
        numbers = iter(range(1_000))
        found = looks(file, monkeypatch, between=lambda: gone(other, {2 * next(numbers) + 1}))
    assert found[: len(once)] == once
    assert found[len(once) :] == once


def test_a_file_that_grows_all_the_time_is_looked_through_in_the_end(file, monkeypatch):
    with closing(opened(file)) as other:

        def grow():
            other.execute("INSERT INTO u VALUES (-1, zeroblob(300000))")

        found = looks(file, monkeypatch, between=grow)
    assert found.count(0) == 2
    assert max(found) < file.stat().st_size


def test_others_have_as_much_time_between_pieces_as_a_piece_takes(file, monkeypatch):
    """Who waits for the lock asks for it now and then; without a break he might wait for the whole pass."""
    breaks: list[float] = []
    monkeypatch.setattr("time.sleep", breaks.append)
    found = looks(file, monkeypatch, between=lambda: None)
    assert breaks[0] == 0
    assert len(breaks) == len(found)
    assert all(pause > 0 for pause in breaks[1:])


_CHILD = """
import os, sys, threading
from pathlib import Path
from unified_profile.storage import file_bytes
file = Path(sys.argv[1])
with file_bytes.kept_open(file), file_bytes._LOCK:
    child = os.fork()
    if not child:
        with file_bytes.kept_open(file) as descriptor:
            os._exit(not file_bytes.read_at(descriptor, 16, 0).startswith(b"SQLite"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_after_a_fork_nobody_waits_for_a_thread_of_the_parent(file):
    assert (
        subprocess.run([sys.executable, "-W", "ignore", "-c", _CHILD, str(file)], timeout=60, check=False).returncode
        == 0
    )


def test_a_store_that_was_used_before_a_fork_does_not_overwrite(tmp_path, monkeypatch):
    store = SqliteStore(tmp_path / "a.sqlite")
    assert store.overwrite(), "a store that was not used yet has nothing to overwrite"
    process = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: process + 1)
    with pytest.raises(ForkedError):
        store.overwrite()


def test_bytes_that_are_for_locks_only_are_not_read_where_locks_forbid_it(file, monkeypatch):
    monkeypatch.setattr(file_bytes, "_POSIX", False)
    monkeypatch.setattr(file_bytes, "LOCKS_AT", 8192)
    whole = file.read_bytes()
    with kept_open(file) as descriptor:
        found = read_at(descriptor, len(whole) + 9, 0)
        assert read_at(descriptor, 100, 8192 + 500) == bytes(12) + whole[8704:8792]
        assert read_at(descriptor, 9, len(whole)) == b""
    assert found == whole[:8192] + bytes(512) + whole[8704:]


@pytest.mark.parametrize("kind", ["sqlite", "sqlalchemy"])
def test_a_file_whose_pages_cannot_be_told_apart_is_rewritten_instead(tmp_path, kind, monkeypatch):
    path = tmp_path / "a.sqlite"
    with SqliteStore(path) if kind == "sqlite" else SqlStore(f"sqlite:///{path}") as store:
        written(store)
        with closing(filled(path, random.Random(1), 300)) as connection:
            gone(connection, GONE)
            emptied(connection)
            assert marks(path) & GONE
            monkeypatch.setattr(sqlite_overwriting, "_MOST_PAGES", 1)
            with pytest.raises(UnknownPagesError):
                overwritten(path, turn=nullcontext)
            assert store.overwrite()
            assert not marks(path) & GONE


def written(store):
    names = [MetaRow(f"canary-{number}", "canary" * number) for number in range(300)]
    with store.session(T) as session:
        session.write(Changes(puts=[Put(META, names)]))
    with store.session(T) as session:
        session.write(Changes(deletes=[Delete(META, [(row.name,) for row in names])]))


def left(store):
    return [name for name, pieces in store.bytes_kept() if b"canary" in b"".join(pieces)]


@pytest.mark.parametrize("address", ["file:{}?uri=true", "file:{}?mode=rwc&uri=true", "{}"])
def test_a_file_is_found_however_an_engine_names_it(tmp_path, address):
    with SqlStore(f"sqlite:///{address.format(tmp_path / 'a.sqlite')}") as store:
        written(store)
        assert store.scrub()
        assert store.overwrite()
        assert left(store) == []
        assert [name for name, _ in store.bytes_kept()][-1] == "a.sqlite"


@pytest.mark.parametrize("address", ["sqlite:///file:{}?vfs=unix-none&uri=true", "sqlite:///file:{}?nolock=1&uri=true"])
def test_a_file_that_is_locked_in_another_way_is_rewritten(tmp_path, address, monkeypatch):
    monkeypatch.setattr("unified_profile.storage.sql.overwritten", None)
    path = tmp_path / "a.sqlite"
    with SqlStore(address.format(path)) as store:
        written(store)
        assert store.overwrite()
        assert left(store) == []


def test_a_database_in_memory_has_nothing_to_overwrite():
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    store = SqlStore(engine)
    written(store)
    assert store.overwrite()
    assert left(store) == []
    store.compact()
    engine.dispose()


def test_what_goes_through_an_engine_of_the_callers_is_overwritten_as_it_is_deleted(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA secure_delete = OFF"))
    store = SqlStore(engine)
    written(store)
    assert left(store) == []
    engine.dispose()


def test_what_goes_through_a_connection_of_the_callers_is_overwritten_as_it_is_deleted(tmp_path):
    path = tmp_path / "a.sqlite"
    with SqliteStore(path) as store, closing(sqlite3.connect(path)) as crm:
        store.migrate()
        crm.execute("PRAGMA secure_delete = OFF")
        with crm:
            written(store.join(crm))
        assert store.scrub()
        assert left(store) == []
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA secure_delete = OFF"))
    other = SqlStore(engine)
    with engine.begin() as connection:
        written(other.join(connection))
    assert other.scrub()
    assert left(other) == []
    engine.dispose()


@pytest.mark.parametrize("address", ["{}", "file:{}?uri=true", "file:{}?nolock=1&uri=true"])
def test_awaited_it_is_the_same(tmp_path, address):
    async def main():
        names = [MetaRow(f"canary-{number}", "x") for number in range(300)]
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{address.format(tmp_path / 'a.sqlite')}") as store:
            async with store.session(T) as session:
                await session.write(Changes(puts=[Put(META, names)]))
            async with store.session(T) as session:
                await session.write(Changes(deletes=[Delete(META, [(row.name,) for row in names[1:]])]))
            assert await store.scrub()
            assert await store.overwrite()
            await store.compact()
            return {name: b"".join(pieces).count(b"canary-") for name, pieces in await store.bytes_kept()}

    found = asyncio.run(main())
    assert found["a.sqlite"] == found["up_meta"] == 1
