"""The SQLite store asks through indexes, is as durable as it says, refuses what it cannot hold, and is fast."""

import random
import sqlite3
import time
from typing import Any

import pytest
from tests.storage.crashing import Crasher, check_batches
from tests.storage.using import T, names, put

from unified_profile.errors import (
    ConflictError,
    InvalidInputError,
    StorageError,
    UnknownNameError,
)
from unified_profile.model.rows import AnchorRow, FactRow, MetaRow
from unified_profile.storage.commands import Changes, Expect, Find, Get, Put
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.storage.sqlite_tables import all_statements
from unified_profile.storage.tables import ANCHORS, FACTS, META, NODES


def test_every_statement_goes_through_an_index_on_all_it_asks_for(store):
    """SQLite guesses without statistics: what it plans is looked at, statement by statement."""
    put(store, MetaRow("a", "1"))
    connection = sqlite3.connect(store.path)

    def plan(text):
        return " | ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", [None] * text.count("?")))

    for name, statements in all_statements().items():
        table = statements.table
        for text in (statements.get.one, statements.get.sized(8)):
            for column in table.key or ("rowid",):
                assert f"{column}=?" in plan(text), (name, plan(text))
        for by, lookup in statements.finds.items():
            for text in (lookup.one, lookup.sized(8)):
                assert f"tenant=? AND {by}=?" in plan(text), (name, by, plan(text))
        for column in ("rowid",) if table.positioned else table.key:
            assert f"{column}=?" in plan(statements.delete), (name, plan(statements.delete))
        for text in (statements.scan, statements.scan_after):
            assert "TEMP B-TREE" not in plan(text), (name, plan(text))
            assert "SEARCH" in plan(text), (name, plan(text))
    connection.close()


def test_an_index_that_there_is_not_is_told_with_the_ones_there_are(store):
    with store.session(T) as session, pytest.raises(UnknownNameError, match="Known: node, profile"):
        session.read([Find(NODES, "first_us", [1])])


@pytest.mark.parametrize(("durability", "synchronous"), (("process", 1), ("power", 2)))
def test_durability_is_what_sqlite_is_told(tmp_path, durability, synchronous):
    """NORMAL keeps commits in the log for the kernel to write; FULL waits for the disk at each commit."""
    with SqliteStore(tmp_path / "x.sqlite", durability=durability) as store:
        assert durability in repr(store)
        with store.session(T) as session, store.reader(T) as reader:
            used: list[Any] = [session, reader]
            for one in used:
                ask = one._connection.execute
                assert ask("PRAGMA journal_mode").fetchone() == ("wal",)
                assert ask("PRAGMA synchronous").fetchone() == (synchronous,)
                assert ask("PRAGMA fullfsync").fetchone() == (synchronous - 1,)


@pytest.mark.parametrize("kind", ("sqlite", "sqlite-power"))
def test_what_was_acknowledged_survives_kill_9_at_random_moments(tmp_path, kind):
    """Thirty times on one file: every acknowledged batch is there, none is there in part, and the file opens."""
    chance = random.Random(kind)
    path = str(tmp_path / "x.sqlite")
    kept = 0
    with Crasher("tests.storage.crashing:write_batches") as crasher:
        for _ in range(30):
            acknowledged = crasher.kill_during(kind, path, T, after=chance.randrange(4), delay=chance.uniform(0, 0.01))
            with SqliteStore(path) as store:
                before, kept = kept, check_batches(store, T, acknowledged)
            assert kept >= before
    assert kept > 30
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.parametrize("path", ("", ":memory:"))
def test_a_store_in_memory_is_another_one(path):
    with pytest.raises(InvalidInputError, match="MemoryStore"):
        SqliteStore(path)


def test_an_unknown_durability_is_told_with_the_known(tmp_path):
    with pytest.raises(InvalidInputError, match="one of process, power"):
        SqliteStore(tmp_path / "x", durability="eternal")  # type: ignore[arg-type]  # the mistake


def test_what_sqlite_cannot_hold_is_named_by_column_and_never_shown(store):
    unfit: list[tuple[Any, str]] = [
        (("k", "secret\ud83d"), "meta.value: holds a lone surrogate"),
        (("k", 2**80), "meta.value: a int; pass str"),
        (("k", object()), "meta.value: a object; pass str"),
        ((None, "secret"), "meta.name: a NoneType; pass str"),
        (("only one",), "SQLite: Incorrect number of bindings"),
    ]
    for row, said in unfit:
        with store.session(T) as session:
            with pytest.raises((InvalidInputError, StorageError), match=said) as caught:
                session.write(Changes(puts=[Put(META, [MetaRow("beside", "1")]), Put(META, [row])]))
            assert "secret" not in str(caught.value)
            assert session.read([Get(META, [("beside",)])]) == [[]]
            session.write(Changes(puts=[Put(META, [MetaRow("after", "1")])]))
        assert names(store) == ["after"]


def test_a_lone_surrogate_in_a_question_is_a_typed_error(store):
    with store.session(T) as session, pytest.raises(StorageError, match="UnicodeEncodeError") as caught:
        session.read([Get(META, [("secret\ud83d",)])])
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_told_of(tmp_path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(StorageError, match="file is not a database"):
        names(SqliteStore(path))
    with pytest.raises(StorageError, match="unable to open"):
        names(SqliteStore(tmp_path / "no" / "such" / "folder" / "x.sqlite"))


def test_a_full_disk_takes_back_the_whole_session_and_says_so(store):
    """SQLite may end the transaction by itself; what was written before in the same session is gone then, too."""
    put(store, MetaRow("before", "1"))

    def write_too_much() -> None:
        with store.session(T) as session:
            session.write(Changes(puts=[Put(META, [MetaRow("kept?", "1")])]))
            session._connection.execute("PRAGMA max_page_count = 1")
            session.write(Changes(puts=[Put(META, [MetaRow(str(n), "x" * 5_000) for n in range(500)])]))

    with pytest.raises(StorageError, match="full"):
        write_too_much()
    assert names(SqliteStore(store.path)) == ["before"]


def test_an_expectation_is_checked_though_nobody_else_can_write(store):
    """What the session itself has written since counts."""
    put(store, AnchorRow("a", None, 1), table=ANCHORS)
    with store.session(T) as session:
        [[row]] = session.read([Get(ANCHORS, [("a",)])])
        session.write(Changes([Put(ANCHORS, [row._replace(seq=2)])], expects=[Expect(ANCHORS, ("a",), row)]))
        with pytest.raises(ConflictError):
            session.write(Changes([Put(ANCHORS, [row._replace(seq=3)])], expects=[Expect(ANCHORS, ("a",), row)]))


def test_batches_are_written_about_as_fast_as_plain_sqlite3_writes_them(store, tmp_path):
    """The library aims at a third of plain sqlite3, so its store has to be near it; half allows for noise.

    The quickest batch of each counts, in CPU time: what else the machine does makes some slower, on either side.
    """
    facts = [FactRow(f"{n * 7919 % 100_003:x}", "event", "web", f"b{n % 997}", n, n, "x" * 200) for n in range(20_000)]
    plain = sqlite3.connect(tmp_path / "plain.sqlite", isolation_level=None)
    plain.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        "CREATE TABLE fact (id TEXT PRIMARY KEY, kind TEXT, source TEXT, bundle TEXT, occurred INT, recorded INT,"
        " body TEXT);"
        "CREATE INDEX by_bundle ON fact (bundle)"
    )
    names(store)
    ours, theirs = [], []
    for start in range(0, len(facts), 2_000):
        batch = facts[start : start + 2_000]
        begin = time.process_time()
        plain.execute("BEGIN IMMEDIATE")
        plain.executemany("INSERT INTO fact VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING", [row[:7] for row in batch])
        plain.execute("COMMIT")
        middle = time.process_time()
        put(store, *batch, table=FACTS)
        theirs.append(middle - begin)
        ours.append(time.process_time() - middle)
    plain.close()
    assert min(theirs) / min(ours) > 0.5
