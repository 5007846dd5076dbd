"""What SQLite leaves of rows in its pages is overwritten; rows, and whoever works beside, notice nothing."""

import random
import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, nullcontext
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from unified_profile.errors import StorageError
from unified_profile.storage import file_bytes, sqlite_overwriting
from unified_profile.storage.sqlite_overwriting import overwritten

_MARK = re.compile(rb"<(\d{6})>")


def opened(file: Path, *settings: str) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)
    for setting in (*settings, "journal_mode = WAL", "secure_delete = ON"):
        connection.execute(f"PRAGMA {setting}").fetchall()
    return connection


def filled(file: Path, dice: random.Random, people: int, *settings: str, longest: int = 30) -> sqlite3.Connection:
    """Return a connection to a file in which *people* were written in any order, each with a mark in all values."""
    connection = opened(file, *settings)
    connection.execute("CREATE TABLE t (of INT, k TEXT, v TEXT, PRIMARY KEY (k)) WITHOUT ROWID")
    connection.execute("CREATE TABLE u (of INT, v TEXT)")
    connection.execute("CREATE INDEX by_v ON t (v, of)")
    connection.execute("BEGIN")
    for number in range(people):
        mark = f"<{number:06d}>"
        for place in range(dice.randint(1, 4)):
            row = (number, f"{dice.random()}{mark}{place}", mark * dice.randint(1, longest))
            connection.execute("INSERT INTO t VALUES (?, ?, ?)", row)
            connection.execute("INSERT INTO u VALUES (?, ?)", row[::2])
    connection.execute("COMMIT")
    return connection


def gone(connection: sqlite3.Connection, people: set[int]) -> None:
    for one in people:
        connection.execute("DELETE FROM t WHERE of = ?", (one,))
        connection.execute("DELETE FROM u WHERE of = ?", (one,))


def emptied(connection: sqlite3.Connection) -> None:
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0


def marks(file: Path) -> set[int]:
    """Return the people whose marks are in the bytes of *file*, or of its log."""
    log = file.with_name(file.name + "-wal")
    data = file.read_bytes() + (log.read_bytes() if log.exists() else b"")
    return {int(found) for found in _MARK.findall(data)}


def rows(connection: sqlite3.Connection) -> list[object]:
    return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in "tu"]


@pytest.mark.parametrize("setting", ["page_size = 4096", "page_size = 512", "page_size = 65536", "auto_vacuum = FULL"])
def test_sqlite_leaves_traces_of_deleted_rows_and_they_are_overwritten(tmp_path, setting):
    file, dice = tmp_path / "a.sqlite", random.Random(7)
    with closing(filled(file, dice, 800, setting)) as connection:
        people = set(dice.sample(range(800), 400))
        gone(connection, people)
        emptied(connection)
        assert marks(file) & people, "SQLite leaves nothing any more: this is not needed then"
        before = rows(connection)
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & people
        assert rows(connection) == before
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        log = file.with_name("a.sqlite-wal")
        whole, kept = file.read_bytes(), log.read_bytes()
        assert overwritten(file, turn=nullcontext)
        assert (file.read_bytes(), log.read_bytes()) == (whole, kept), "nothing to do, so nothing was written"


@given(st.randoms(use_true_random=False), st.sampled_from([512, 1024, 4096]), st.sampled_from([0, 1, 2]))
@settings(deadline=None, max_examples=15)
def test_any_history_keeps_its_rows_and_loses_its_traces(tmp_path_factory, dice, page, vacuum):
    file = tmp_path_factory.mktemp("history") / "a.sqlite"
    left: set[int] = set()
    options = (f"page_size = {page}", f"auto_vacuum = {vacuum}")
    with closing(filled(file, dice, 60, *options, longest=300)) as connection:
        for _ in range(dice.randint(1, 4)):
            people = set(dice.sample(range(60), 10))
            gone(connection, people)
            left |= people
            for one in dice.sample(sorted(set(range(60)) - left), 5):
                long = f"<{one:06d}>" * dice.randint(1, 300)
                connection.execute("UPDATE t SET v = ? WHERE of = ?", (long, one))
            before = rows(connection)
            assert overwritten(file, turn=nullcontext)
            assert rows(connection) == before
            assert not marks(file) & left
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.parametrize("when", ["before", "in between"])
def test_a_connection_that_keeps_old_pages_does_not_write_them_back(tmp_path, when, monkeypatch):
    """Each connection has pages in memory; what it reads anew after the change is what was overwritten."""
    done = sqlite_overwriting._piece_overwritten
    file, dice = tmp_path / "a.sqlite", random.Random(3)
    with closing(filled(file, dice, 600)) as connection, closing(opened(file, "cache_size = -64000")) as other:
        people = set(dice.sample(range(600), 300))
        gone(connection, people)
        emptied(connection)
        assert marks(file) & people

        def read_in_between(descriptor, runs):
            rows(other)
            return done(descriptor, runs)

        if when == "before":
            rows(other)  # it has all pages now
        else:
            monkeypatch.setattr(sqlite_overwriting, "_piece_overwritten", read_in_between)
        assert overwritten(file, turn=nullcontext)
        other.execute("UPDATE t SET of = of + 0.5")
        other.execute("UPDATE u SET of = of + 0.5")
        emptied(other)
        assert not marks(file) & people


def test_who_reads_the_log_is_waited_for_and_then_left_alone(tmp_path, monkeypatch):
    file = tmp_path / "a.sqlite"
    monkeypatch.setattr(sqlite_overwriting, "_PATIENCE", 0.05)
    with closing(filled(file, random.Random(1), 50)) as connection, closing(opened(file)) as reader:
        reader.execute("BEGIN")
        seen = rows(reader)
        gone(connection, {1, 2, 3})
        assert not overwritten(file, turn=nullcontext)
        assert rows(reader) == seen
        reader.execute("COMMIT")
        assert overwritten(file, turn=nullcontext)


def test_a_writer_is_waited_for_and_keeps_what_it_writes(tmp_path, monkeypatch):
    file = tmp_path / "a.sqlite"
    monkeypatch.setattr(sqlite_overwriting, "_PATIENCE", 0.05)
    with closing(filled(file, random.Random(1), 50)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        gone(connection, {1, 2, 3})
        assert not overwritten(file, turn=nullcontext)
        connection.execute("COMMIT")
        assert overwritten(file, turn=nullcontext)
        assert not marks(file) & {1, 2, 3}


@pytest.mark.parametrize("change", [b"\x08", b"no"], ids=["checksums at the end of pages", "not a database"])
def test_pages_of_another_kind_are_left_as_they_are(tmp_path, change):
    file = tmp_path / "a.sqlite"
    with closing(filled(file, random.Random(1), 50)) as connection:
        emptied(connection)
    whole = bytearray(file.read_bytes())
    at = 20 if len(change) == 1 else 0
    whole[at : at + len(change)] = change
    file.write_bytes(whole)
    with pytest.raises(StorageError):
        overwritten(file, turn=nullcontext)
    assert file.read_bytes() == whole


_OTHER_PROCESS = """
import random, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
connection.execute("PRAGMA secure_delete = ON")
connection.execute("PRAGMA wal_autocheckpoint = 20")
dice = random.Random(5)
print("ready", flush=True)
for number in range(150):
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO t VALUES (?, ?, ?)", (-1, f"{dice.random()}p{number}", "p" * dice.randint(1, 900)))
    connection.execute("DELETE FROM t WHERE of = ?", (dice.randint(0, 3_000),))
    connection.execute("COMMIT")
print(connection.execute("SELECT count(*) FROM t WHERE of = -1").fetchone()[0], flush=True)
"""


def test_threads_and_another_process_write_meanwhile(tmp_path, monkeypatch):
    """Pieces of the file are looked at while others write between them; every row of theirs is there afterwards."""
    monkeypatch.setattr(sqlite_overwriting, "_PIECE", 1 << 18)
    monkeypatch.setattr(sqlite_overwriting, "_PATIENCE", 30.0)
    monkeypatch.setattr(sqlite_overwriting, "_LOOKS", 1)
    file = tmp_path / "a.sqlite"
    connection = filled(file, random.Random(2), 1_000)
    gone(connection, set(range(100)))
    with subprocess.Popen(
        [sys.executable, "-c", _OTHER_PROCESS, str(file)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"

        enough, told = threading.Event(), []

        def write(name: str) -> None:
            with closing(opened(file, "wal_autocheckpoint = 10")) as own:
                dice = random.Random(name)
                while not enough.wait(0.001):
                    row = (-2, f"{dice.random()}{name}", name * dice.randint(1, 900))
                    own.execute("INSERT INTO t VALUES (?, ?, ?)", row)
                    told.append(row)

        threads = [threading.Thread(target=write, args=(name,)) for name in "xy"]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                assert overwritten(file, turn=nullcontext)
            while other.poll() is None or not told:  # whoever waits for the lock may be the last to get it
                assert overwritten(file, turn=nullcontext)
        finally:
            enough.set()
        for thread in threads:
            thread.join()
        assert other.stdout.readline() == "150\n"
    assert told
    assert sorted(connection.execute("SELECT * FROM t WHERE of = -2").fetchall()) == sorted(told)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert overwritten(file, turn=nullcontext)
    assert not marks(file) & set(range(100))
    connection.close()


class _Overtaken(sqlite3.Connection):
    """A connection that somebody else is always faster than, a few times."""

    times = 3

    def execute(self, statement, *values):
        if statement == "BEGIN EXCLUSIVE" and self.times:
            self.times -= 1
            (_, _, file) = super().execute("PRAGMA database_list").fetchone()
            with closing(sqlite3.connect(file, isolation_level=None)) as other:
                changed = other.execute("DELETE FROM u WHERE of = ?", (100 + self.times,))
                assert changed.rowcount, "nothing was written, so nobody was overtaken"
        return super().execute(statement, *values)


def test_pages_are_changed_only_while_the_log_is_empty(tmp_path, monkeypatch):
    """Else somebody could move a page out of the log over the one that was looked at."""
    file = tmp_path / "a.sqlite"
    overtaken = sqlite3.connect
    monkeypatch.setattr(
        sqlite_overwriting, "_connected", lambda path: overtaken(path, isolation_level=None, factory=_Overtaken)
    )
    written = file_bytes.write_at
    logs = []

    def watched(descriptor, data, at):
        logs.append(file.with_name("a.sqlite-wal").stat().st_size)
        written(descriptor, data, at)

    monkeypatch.setattr(sqlite_overwriting, "write_at", watched)
    with closing(filled(file, random.Random(2), 200)) as connection:
        gone(connection, set(range(50)))
        assert overwritten(file, turn=nullcontext)
        assert logs
        assert not any(logs)
        assert not marks(file) & set(range(50))


def page(size: int, *, cells: int, first: int, kind: int = 13) -> bytes:
    """Return a page of rows, all of it written on."""
    head = bytes([kind, 0, 0]) + cells.to_bytes(2) + first.to_bytes(2)
    return head + b"x" * (size - len(head))


@pytest.mark.parametrize(
    ("size", "cells", "first", "found"),
    [
        (4096, 10, 3000, [(4096 + 8 + 20, 3000 - 28)]),
        (4096, 0, 4096, [(4096 + 8, 4088)]),
        (65536, 0, 0, [(65536 + 8, 65528)]),  # two bytes cannot say 65,536
        (4096, 10, 28, []),
        (4096, 10, 20, []),  # not a page of rows after all
        (4096, 10, 5000, []),
    ],
)
def test_what_belongs_to_no_row_lies_between_the_list_of_cells_and_the_first_cell(size, cells, first, found):
    pages = sqlite_overwriting._Pages(size, maps_every=0)
    assert list(pages.left(page(size, cells=cells, first=first), size)) == found


def test_pages_that_hold_no_rows_are_never_written():
    """Locks lie in the page at 1 GB; where a file shrinks by itself, every so many pages is one of pointers."""
    pages, plain = sqlite_overwriting._Pages(4096, maps_every=820), sqlite_overwriting._Pages(4096, maps_every=0)
    inside = page(4096, cells=0, first=4096, kind=5)
    number = {name: (count - 1) * 4096 for name, count in
              {"names": 1, "pointers": 2, "more pointers": 822, "rows": 823, "locks": 262_145}.items()}  # fmt: skip
    assert [name for name, at in number.items() if list(pages.left(inside, at))] == ["rows"]
    assert [name for name, at in number.items() if list(plain.left(inside, at))] == [
        "pointers",
        "more pointers",
        "rows",
    ]
    beside = sqlite_overwriting._Pages(4096, maps_every=262_143)  # pointers would come where the locks are: one later
    assert not list(beside.left(inside, 262_145 * 4096))
