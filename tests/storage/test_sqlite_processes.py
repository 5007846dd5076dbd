"""Threads and processes share an SQLite file: they wait, do not lose updates, and are told what to do after a fork."""

import os
import threading
import warnings
from datetime import timedelta

import pytest
from tests.storage.using import T, names, put

from unified_profile.errors import (
    ForkedError,
    StorageError,
)
from unified_profile.model.rows import AnchorRow, MetaRow
from unified_profile.storage.commands import Changes, Get, Put, Scan
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.storage.tables import ANCHORS, META


def test_threads_share_one_store(store):
    """Eight threads write through one object, and everything is there."""

    def work(number):
        for turn in range(20):
            put(store, MetaRow(f"{number}-{turn}", "1"))
            names(store)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names(store)) == 160


def test_processes_that_race_lose_no_update(tmp_path):
    """Four processes count to the same sum; each waits for the others."""
    path = tmp_path / "x.sqlite"
    with SqliteStore(path) as store:
        put(store, AnchorRow("sum", None, 0), table=ANCHORS)
    children = []
    for _ in range(4):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pytest may have threads; the child touches none
            child = os.fork()
        if not child:
            with SqliteStore(path) as store:
                for _ in range(50):
                    with store.session(T) as session:
                        [[row]] = session.read([Get(ANCHORS, [("sum",)])])
                        session.write(Changes([Put(ANCHORS, [row._replace(seq=row.seq + 1)])]))
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    with SqliteStore(path) as store, store.session(T) as session:
        assert session.read([Scan(ANCHORS)])[0][0].seq == 200


def test_a_writer_that_takes_too_long_is_told_of(tmp_path):
    path = tmp_path / "x.sqlite"
    put(SqliteStore(path), MetaRow("a", "1"))
    with SqliteStore(path) as one, SqliteStore(path, busy_timeout=timedelta(seconds=0.05)) as other:
        with one.session(T), pytest.raises(StorageError, match=r"held .*x\.sqlite for more than 0\.05 s.*busy_timeout"):
            other.session(T).__enter__()
        with one.session(T), other.reader(T) as reader:
            assert len(reader.read([Scan(META)])[0]) == 1
        assert names(other) == ["a"]


def test_a_second_session_in_one_thread_is_refused_at_once(store):
    """It would wait for itself."""
    with store.session(T), pytest.raises(StorageError, match="open in this thread already"):
        store.session(T).__enter__()
    put(store, MetaRow("a", "1"))


def test_a_store_used_before_a_fork_says_what_to_do_after_it(store):
    put(store, MetaRow("a", "1"))
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        told = []
        for use in (lambda: names(store), lambda: store.reader(T).__enter__(), store.migrate):
            try:
                use()
            except ForkedError as error:
                told.append(str(error))
        store.close()
        put(SqliteStore(store.path), MetaRow("of the child", "1"))
        os.write(writing, "\n".join(told).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert (
            pipe.read().splitlines()
            == ["this store was used before the fork; make a new SqliteStore in the child process"] * 3
        )
    assert names(store) == ["a", "of the child"]


def test_a_store_made_but_not_used_before_a_fork_works_in_the_child(tmp_path):
    store = SqliteStore(tmp_path / "x.sqlite")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        put(store, MetaRow("of the child", "1"))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert names(store) == ["of the child"]
