"""A session can be part of a transaction that the caller has open on his own connection."""

import sqlite3
from contextlib import suppress

import pytest
from tests.storage.using import T, names, put

from unified_profile.errors import (
    ConflictError,
    StorageError,
)
from unified_profile.model.rows import MetaRow
from unified_profile.storage.commands import Changes, Get, Put, Scan
from unified_profile.storage.tables import META


@pytest.fixture
def crm(store):
    put(store, MetaRow("a", "1"))
    connection = sqlite3.connect(store.path, timeout=0)
    connection.execute("CREATE TABLE contacts (name TEXT)")
    yield connection
    connection.close()


def test_the_caller_s_rows_and_ours_are_kept_together_or_not_at_all(store, crm):
    for end, wanted in ((crm.rollback, ([], ["a"])), (crm.commit, ([("Taro",)], ["a", "b"]))):
        crm.execute("INSERT INTO contacts VALUES ('Taro')")
        with store.join(crm).session(T) as session:
            session.write(Changes(puts=[Put(META, [MetaRow("b", "1")])]))
        assert crm.in_transaction
        end()
        assert (crm.execute("SELECT name FROM contacts").fetchall(), names(store)) == wanted


def test_an_error_in_a_joined_session_leaves_the_caller_s_rows_alone(store, crm):
    crm.execute("INSERT INTO contacts VALUES ('Taro')")
    with suppress(LookupError), store.join(crm).session(T) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("b", "1")])]))
        raise LookupError
    crm.commit()
    assert (crm.execute("SELECT name FROM contacts").fetchall(), names(store)) == ([("Taro",)], ["a"])


def test_a_joined_session_reads_what_its_transaction_saw_and_conflicts_when_it_is_stale(store, crm):
    """Somebody wrote after the caller's transaction began to read: it cannot be kept, and says how to avoid that."""
    crm.execute("BEGIN")
    with store.join(crm).session(T) as session:
        [before] = session.read([Scan(META)])
        put(store, MetaRow("meanwhile", "1"))
        assert session.read([Scan(META)]) == [before]
        with pytest.raises(ConflictError, match="BEGIN IMMEDIATE"):
            session.write(Changes(puts=[Put(META, [MetaRow("b", "1")])]))
    crm.rollback()
    crm.execute("BEGIN IMMEDIATE")
    with store.join(crm).session(T) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("b", "1")])]))
    crm.commit()
    assert names(store) == ["a", "b", "meanwhile"]


def test_an_exclusive_joined_session_holds_the_file_s_lock_from_its_start(store, crm):
    with store.join(crm).session(T, exclusive=True):
        other = sqlite3.connect(store.path, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.close()
    crm.rollback()


def test_a_connection_that_could_not_work_is_refused(store, crm, tmp_path):
    elsewhere = sqlite3.connect(tmp_path / "other.sqlite")
    with pytest.raises(StorageError, match="another file"):
        store.join(elsewhere)
    elsewhere.close()
    crm.text_factory = bytes
    with pytest.raises(StorageError, match="text as str"):
        store.join(crm)
    crm.text_factory = str
    crm.isolation_level = None
    with pytest.raises(StorageError, match="run BEGIN"):
        store.join(crm).session(T).__enter__()


def test_the_caller_s_way_of_showing_rows_changes_nothing(store, crm):
    crm.row_factory = sqlite3.Row
    with store.join(crm).session(T) as session:
        assert session.read([Get(META, [("a",)])]) == [[MetaRow("a", "1")]]
    crm.commit()
