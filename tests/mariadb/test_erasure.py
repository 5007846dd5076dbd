"""Erasing somebody on MariaDB: every column of every table, late facts in any order, and writers meanwhile."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy
from tests.hub.test_erasure import M1, M2, mine, others, told
from tests.servers.test_erasure_postgres import erased_among_writers, settled

from unified_profile.errors import ErasedError, StorageError
from unified_profile.storage.sql import SqlStore

_numbers = itertools.count()


@pytest.fixture
def store(mariadb_url: str) -> Iterator[SqlStore]:
    with SqlStore(mariadb_url, prefix=f"er{next(_numbers)}_") as opened:
        yield opened


def test_no_column_of_any_table_holds_the_person_and_verification_says_so(store):
    hub = told(store)
    done = hub.erase(hub.plan_erasure(M1))
    found = hub.verify_erasure(done, values=["canary"])
    assert (done.state, found.clean, len(found.places) > 20) == ("done", True, True)
    with store.engine.connect() as connection:
        for table in sqlalchemy.inspect(connection).get_table_names():
            rows = connection.execute(sqlalchemy.text(f"SELECT * FROM `{table}`")).fetchall()
            assert "canary" not in repr([tuple(row) for row in rows]), table
    assert hub.ingest([*reversed(mine()), *others()]).accepted == 0
    with pytest.raises(ErasedError):
        hub.resolve(M1)
    assert hub.raw(M2, reason="a test").n_facts == 3


def test_compacting_keeps_what_is_there_and_waits_no_longer_than_it_was_told(mariadb_url):
    with SqlStore(mariadb_url, prefix="cp_", busy_timeout=timedelta(seconds=1)) as store:
        hub = told(store)
        hub.erase(hub.plan_erasure(M1))
        with store.engine.connect() as reader:
            reader.execute(sqlalchemy.text("SELECT * FROM cp_meta"))
            with pytest.raises(StorageError):
                store.compact()
        store.compact()
        assert hub.raw(M2, reason="a test").n_facts == 3
        assert hub.ingest([*mine(), *others()]).accepted == 0


def test_an_erasure_among_four_writers_leaves_nothing(store):
    settled(erased_among_writers(store))
