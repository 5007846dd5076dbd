"""Canaries on the routes of databases: what a server, its driver and SQLAlchemy say and log when a value is refused.

PostgreSQL puts whole rows into the DETAIL of its errors, and the text that it could not read into the message itself;
SQLAlchemy logs statements and rows. Every way in which a value can be refused is provoked on real stores.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import pickle
import sqlite3
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import attrs
import pytest
import sqlalchemy
from tests.consent.holders import CANARY
from tests.consent.test_leaks import WHO, chain, told

from unified_profile import Hub, Identifier, Purpose, SqliteStore, SqlStore
from unified_profile.aio import AsyncHub
from unified_profile.errors import InvalidInputError, StorageError, UnifiedProfileError
from unified_profile.model.rows import ViewRow
from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.storage.commands import Changes, Expect, Put
from unified_profile.storage.tables import VIEWS

PURPOSES = [Purpose("p", traits={"*"}, basis="contract")]
TENANT = "default"


@pytest.fixture(params=["sqlite", "sqlalchemy over sqlite", "postgresql"])
def place(request, tmp_path):
    """Give the URL of an empty database, and a way to run SQL in it."""
    if request.param != "postgresql":
        return request.param, f"sqlite:///{tmp_path}/people.sqlite"
    return request.param, request.getfixturevalue("fresh_postgres")


@pytest.fixture(scope="module")
def told_postgres(postgres_dsn: str, postgres_url: str) -> str:
    """Give the name of a database in which somebody is known, to be copied."""
    with contextlib.closing(SqlStore(postgres_url)) as store:
        Hub(store, purposes=PURPOSES).ingest(told())
    return sqlalchemy.make_url(postgres_dsn).database or ""


@pytest.fixture
def fresh_postgres(postgres_server: str, told_postgres: str) -> Iterator[str]:
    """Give the URL of a database of this test alone, so that what it breaks stays broken for nobody else."""
    import psycopg

    name = f"up_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {told_postgres}")
    yield postgres_server.replace("/postgres?", f"/{name}?").replace("postgresql://", "postgresql+psycopg://", 1)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def opened(place: tuple[str, str]) -> Any:
    kind, url = place
    return SqliteStore(url.removeprefix("sqlite:///")) if kind == "sqlite" else SqlStore(url)


def sql(place: tuple[str, str], *statements: str) -> None:
    """Run statements as an administrator would, beside the store."""
    kind, url = place
    if kind != "postgresql":
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


def everything(error: BaseException) -> str:
    """Return all that can be got out of an error without asking a frame: texts, locals of ours, and pickles."""
    found, current = chain(error), error
    while current is not None:
        shown = traceback.TracebackException.from_exception(current, capture_locals=True)
        ours = [
            frame for frame in shown.stack if "unified_profile" in frame.filename and "/tests/" not in frame.filename
        ]
        found += "".join(f"{name}={text}" for frame in ours for name, text in (frame.locals or {}).items())
        found += repr(current.args) + repr(getattr(current, "__notes__", ""))
        with contextlib.suppress(Exception):
            found += pickle.dumps(current).decode("latin-1")
        for name in ("detail", "orig", "params", "diag", "statement"):
            part = getattr(current, name, "")
            found += str(part) + repr(part)
            found += str(getattr(part, "message_detail", "")) + str(getattr(part, "message_primary", ""))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)  # type: ignore[assignment]  # None ends it
    return found


class Heard(logging.Handler):
    """Keeps what every logger says, formatted as handlers do."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.text, self.names = io.StringIO(), set[str]()
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.names.add(record.name)
        self.text.write(self.format(record) + repr(record.args) + "\n")


@pytest.fixture
def heard() -> Iterator[Heard]:
    """Listen to all loggers at their most talkative."""
    handler, root = Heard(), logging.getLogger()
    names = ["sqlalchemy", "sqlalchemy.engine", "sqlalchemy.pool", "psycopg", "psycopg.pool", "aiosqlite", "asyncio",
             "unified_profile"]  # fmt: skip
    loud = [root, *map(logging.getLogger, names)]
    levels = [one.level for one in loud]
    root.addHandler(handler)
    for one in loud:
        one.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    for one, level in zip(loud, levels, strict=True):
        one.setLevel(level)


MORE = attrs.evolve(told()[0], id="r2", key=f"{CANARY}2", identifiers=[Identifier("user_id", f"{CANARY}2")])
REFUSALS = {
    "postgresql": {
        # DETAIL:  Failing row contains (default, r2, ..., canary...).
        "a row that breaks a check": "ALTER TABLE up_fact ADD CONSTRAINT short CHECK (length(body) < 3) NOT VALID",
        # DETAIL:  Key (md5(body))=(...) / (tenant, left(body, 9))=(...) already exists.
        "a row that is there already": "CREATE UNIQUE INDEX once ON up_fact (source)",
        # ERROR:  invalid input syntax for type integer: "canary..."
        "a value that becomes no number": "CREATE INDEX n ON up_fact ((body::int)) WHERE id = 'r2'",
        "a trigger that repeats the row": """
            CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'refused: %%', NEW.body USING DETAIL = NEW.body, HINT = NEW.body;
            END $$;
            CREATE TRIGGER t BEFORE INSERT ON up_fact FOR EACH ROW EXECUTE FUNCTION shout()""",
        "a column that is too narrow": "ALTER TABLE up_node ALTER COLUMN node TYPE varchar(20)",
        "a reference to nobody": "CREATE TABLE known (body text PRIMARY KEY);"
        " ALTER TABLE up_fact ADD CONSTRAINT f FOREIGN KEY (body) REFERENCES known NOT VALID",
    },
    "sqlite": {
        "a row that is there already": "CREATE UNIQUE INDEX once ON up_fact (source)",
        "a trigger that repeats the row": "CREATE TRIGGER t BEFORE INSERT ON up_fact"
        " BEGIN SELECT RAISE(ABORT, 'refused'); END",
    },
}
CASES = [
    *((kind, name) for kind, some in REFUSALS.items() for name in some),
    ("sqlalchemy over sqlite", "a row that is there already"),
]


@pytest.mark.parametrize(("kind", "case"), CASES)
def test_what_a_database_says_of_a_refused_row_repeats_no_value(kind, case, tmp_path, request, heard, capfd):
    where = (kind, request.getfixturevalue("fresh_postgres") if kind == "postgresql" else f"sqlite:///{tmp_path}/p.db")
    store = opened(where)
    hub = Hub(store, purposes=PURPOSES)
    hub.ingest(told())
    if case == "a column that is too narrow":
        sql(where, "DELETE FROM up_node")
    sql(where, REFUSALS["postgresql" if kind == "postgresql" else "sqlite"][case])
    with pytest.raises(StorageError) as caught:
        hub.ingest([MORE])
    assert CANARY not in everything(caught.value)
    store.close()
    said = capfd.readouterr()
    assert CANARY not in heard.text.getvalue() + said.out + said.err


def test_the_driver_itself_would_have_told(fresh_postgres):
    """Else the tests above would say nothing."""
    where = ("postgresql", fresh_postgres)
    store = opened(where)
    Hub(store, purposes=PURPOSES).ingest(told())
    sql(where, "ALTER TABLE up_view ADD CONSTRAINT short CHECK (length(body) < 3) NOT VALID")
    with pytest.raises(sqlalchemy.exc.IntegrityError) as caught:
        sql(where, f"INSERT INTO up_view (tenant, profile, position, body) VALUES ('default', 'x', 1, '{CANARY}')")
    assert CANARY in str(caught.value.orig)
    with pytest.raises(StorageError) as ours, store.session(TENANT) as session:
        session.write(Changes(puts=[Put(VIEWS, [ViewRow("x", 1, CANARY)])]))
    assert CANARY not in everything(ours.value)
    store.close()


def test_a_value_that_no_database_can_hold_is_not_repeated(place, heard):
    with contextlib.closing(opened(place)) as store:
        hub, refused = Hub(store, purposes=PURPOSES), list[str]()
        for text in (f"{CANARY}\ud800", f"{CANARY}\0", f"{CANARY}" * 100_000):
            fact = attrs.evolve(told()[0], id=f"r{len(text)}", attributes={"note": text})
            with contextlib.suppress(UnifiedProfileError):
                report = hub.ingest([fact])
                assert CANARY not in repr(report)
            try:
                with store.session(TENANT) as session:
                    session.write(Changes(puts=[Put(VIEWS, [ViewRow("x", 1, text)])]))
            except (StorageError, InvalidInputError) as error:
                refused.append(everything(error))
        with pytest.raises((StorageError, InvalidInputError)) as caught, store.session(TENANT) as session:
            session.write(Changes(puts=[Put(VIEWS, [ViewRow("x", 1, [CANARY])])]))  # type: ignore[arg-type]  # what is tried
        assert CANARY not in everything(caught.value) + "".join(refused)
        assert refused, "no database holds half a character"
    assert CANARY not in heard.text.getvalue()


def test_a_conflict_between_writers_does_not_show_what_they_wrote(place, heard):
    with contextlib.closing(opened(place)) as store:
        Hub(store, purposes=PURPOSES).ingest(told())
        with pytest.raises(StorageError) as caught, store.session(TENANT) as session:
            session.write(Changes(expects=[Expect(VIEWS, ("x",), ViewRow("x", 1, CANARY))]))
        assert CANARY not in everything(caught.value)
    assert CANARY not in heard.text.getvalue()


def test_a_day_of_work_is_logged_without_a_value_however_talkative_the_loggers_are(place, heard, capfd):
    """SQLAlchemy logs rows at DEBUG, whatever becomes of parameters."""
    with contextlib.closing(opened(place)) as store, warnings.catch_warnings():
        warnings.simplefilter("error")
        hub = Hub(store, purposes=PURPOSES)
        hub.ingest(told())
        asked: list[Callable[[], Any]] = [
            lambda: hub.profile(WHO, purpose="p"), lambda: hub.search("email", CANARY, purpose="p"),
            lambda: list(hub.subjects(purpose="p")), lambda: hub.raw(WHO, reason="a test"), hub.rebuild,
        ]  # fmt: skip
        for ask in asked:
            ask()
    said = capfd.readouterr()
    assert CANARY not in heard.text.getvalue() + said.out + said.err
    if place[0] != "sqlite":
        assert any(name.startswith("sqlalchemy.engine") for name in heard.names), "statements were logged"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_asynchronous_hub_tells_no_more(kind, tmp_path, request, heard):
    url = f"sqlite+aiosqlite:///{tmp_path}/p.db"
    where = ("sqlite", f"sqlite:///{tmp_path}/p.db")
    if kind == "postgresql":
        where = ("postgresql", request.getfixturevalue("fresh_postgres"))
        url = where[1]

    async def main() -> None:
        async with AsyncSqlStore(url) as store:
            hub = AsyncHub(store, purposes=PURPOSES)
            await hub.ingest(told())
            await hub.profile(WHO, purpose="p")
            sql(where, REFUSALS[kind]["a row that is there already"])
            with pytest.raises(StorageError) as caught:
                await hub.ingest([MORE])
            assert CANARY not in everything(caught.value)

    asyncio.run(main())
    assert CANARY not in heard.text.getvalue()


def test_a_connection_that_ends_in_the_middle_does_not_show_what_was_sent(fresh_postgres, heard):
    store = SqlStore(fresh_postgres)
    hub = Hub(store, purposes=PURPOSES)
    hub.ingest(told())
    with pytest.raises(StorageError) as caught, store.session(TENANT) as session:  # noqa: PT012  # one story
        session.write(Changes(puts=[Put(VIEWS, [ViewRow("x", 1, CANARY)])]))
        sql(("postgresql", fresh_postgres), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip
        session.write(Changes(puts=[Put(VIEWS, [ViewRow("y", 1, CANARY)])]))
    assert CANARY not in everything(caught.value)
    store.close()
    assert CANARY not in heard.text.getvalue()
    assert sys.exc_info() == (None, None, None)
