"""Canaries on MariaDB: its errors repeat the value that was too much, and the driver hands on what it says."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator

import pytest
import sqlalchemy
from tests.consent.holders import CANARY
from tests.consent.test_leaks import WHO, told
from tests.consent.test_leaks_of_databases import MORE, PURPOSES, TENANT, everything, heard

from unified_profile import Hub
from unified_profile.errors import InvalidInputError, StorageError
from unified_profile.model.rows import ViewRow
from unified_profile.storage.commands import Changes, Expect, Put
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import VIEWS

__all__ = ["heard"]
PREFIX = "lk_"


@pytest.fixture(scope="module")
def kept(mariadb_url: str) -> Iterator[SqlStore]:
    with SqlStore(mariadb_url, prefix=PREFIX) as opened:
        Hub(opened, purposes=PURPOSES).ingest(told())
        yield opened


@pytest.fixture
def store(kept: SqlStore) -> Iterator[SqlStore]:
    """Give the store, and mend afterwards what a test breaks of it."""
    sql(kept, *(f"CREATE TABLE {PREFIX}whole_{name} LIKE {PREFIX}{name}" for name in ("view", "fact")))
    sql(kept, *(f"INSERT INTO {PREFIX}whole_{name} SELECT * FROM {PREFIX}{name}" for name in ("view", "fact")))
    yield kept
    for name in ("view", "fact"):
        sql(kept, f"DROP TABLE {PREFIX}{name}", f"RENAME TABLE {PREFIX}whole_{name} TO {PREFIX}{name}")


def sql(store: SqlStore, *statements: str) -> None:
    """Run statements as an administrator would."""
    with store.engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        connection.commit()


def put(store: SqlStore, *rows: ViewRow) -> None:
    with store.session(TENANT) as session:
        session.write(Changes(puts=[Put(VIEWS, list(rows))]))


REFUSALS = {
    "a value that is no number": "ALTER TABLE {0}view MODIFY body INT",
    "a column that is too narrow": "ALTER TABLE {0}view MODIFY body VARCHAR(5)",
    "a trigger that repeats the row": "CREATE TRIGGER {0}t BEFORE INSERT ON {0}view FOR EACH ROW BEGIN"
    " DECLARE said VARCHAR(120); SET said = LEFT(NEW.body, 120);"
    " SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = said; END",
    "a check": "ALTER TABLE {0}view ADD CONSTRAINT short CHECK (length(body) < 3)",
}
REPEATED = {"a value that is no number", "a trigger that repeats the row"}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_mariadb_says_of_a_refused_row_repeats_no_value(case, store, heard, capfd):  # a fixture
    sql(store, f"DELETE FROM {PREFIX}view", REFUSALS[case].format(PREFIX))
    with pytest.raises((StorageError, InvalidInputError)) as caught:
        put(store, ViewRow("x", 1, CANARY))
    assert CANARY not in everything(caught.value)
    said = capfd.readouterr()
    assert CANARY not in heard.text.getvalue() + said.out + said.err
    row = f"'t', 'x', 1, '{CANARY}'"
    with pytest.raises(sqlalchemy.exc.DBAPIError) as driver:
        sql(store, f"INSERT INTO {PREFIX}view (tenant, profile, position, body) VALUES ({row})")
    assert (CANARY in str(driver.value.orig)) is (case in REPEATED), "else the above would say nothing"


def test_the_hub_repeats_nothing_of_a_fact_that_mariadb_refuses(store, heard, capfd):  # a fixture
    hub = Hub(store, purposes=PURPOSES)
    sql(store, REFUSALS["a trigger that repeats the row"].format(PREFIX).replace(f"{PREFIX}view", f"{PREFIX}fact"))
    with pytest.raises(StorageError) as caught:
        hub.ingest([MORE])
    assert CANARY not in everything(caught.value)
    with pytest.raises(StorageError) as conflict, store.session(TENANT) as session:
        session.write(Changes(expects=[Expect(VIEWS, ("x",), ViewRow("x", 1, CANARY))]))
    assert CANARY not in everything(conflict.value)
    said = capfd.readouterr()
    assert CANARY not in heard.text.getvalue() + said.out + said.err


def test_a_day_of_work_on_mariadb_is_logged_without_a_value(store, heard, capfd):  # a fixture
    hub = Hub(store, purposes=PURPOSES)
    logging.getLogger("pymysql").setLevel(logging.DEBUG)
    for ask in (
        lambda: hub.profile(WHO, purpose="p"), lambda: hub.search("email", CANARY, purpose="p"),
        lambda: list(hub.subjects(purpose="p")), lambda: hub.raw(WHO, reason="a test"), hub.rebuild,
    ):  # fmt: skip
        ask()
    with contextlib.suppress(InvalidInputError, StorageError):
        put(store, ViewRow("x", 1, f"{CANARY}\ud800"))
    said = capfd.readouterr()
    assert CANARY not in heard.text.getvalue() + said.out + said.err
    assert any(name.startswith("sqlalchemy.engine") for name in heard.names)
