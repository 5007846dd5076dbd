"""A hub that is part of the caller's transaction: everything it did stands or falls with it, who is who included."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.hub.worlds import contents
from tests.hub_processes.crowd import crowd, reading_hub, serially, writing, writing_hub

from unified_profile.errors import InvalidInputError
from unified_profile.hub import Hub
from unified_profile.model import Event, Identifier, Judgement, Severance, SourceRecord, Verdict
from unified_profile.storage.commands import Scan
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.storage.tables import TABLES
from unified_profile.testing.identity_programs import moment

FACTS = crowd("transactions", size=120, people=10)
KEPT, NEW = FACTS[:60], FACTS[60:]


@attrs.frozen
class Caller:
    """Somebody with a connection, a table and transactions of his own."""

    hub: Hub
    connection: Any
    run: Callable[[str], Any]

    def names(self) -> list[str]:
        found = [name for (name,) in self.run("SELECT name FROM contacts ORDER BY name").fetchall()]
        self.connection.rollback()
        return found


@contextmanager
def with_sqlite3(path: Path) -> Iterator[Caller]:
    with SqliteStore(path) as store, closing(sqlite3.connect(path)) as connection:
        yield Caller(writing_hub(store), connection, connection.execute)


@contextmanager
def with_sqlalchemy(url: str) -> Iterator[Caller]:
    from sqlalchemy import create_engine

    engine = create_engine(url)
    with SqlStore(url) as store, engine.connect() as connection:
        yield Caller(writing_hub(store), connection, connection.exec_driver_sql)
    engine.dispose()


@pytest.fixture(params=["sqlite3", "sqlalchemy on sqlite", "sqlalchemy on postgres"])
def caller(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Caller]:
    """Give a caller whose hub was told half of the facts."""
    path = tmp_path / "crm.sqlite"
    if request.param == "sqlite3":
        block = with_sqlite3(path)
    else:
        postgres = request.param == "sqlalchemy on postgres"
        block = with_sqlalchemy(request.getfixturevalue("postgres_url") if postgres else f"sqlite:///{path}")
    with block as found:
        hub = Hub(found.hub.store, writing(request.node.name))  # all tests of this module share one server
        made = attrs.evolve(found, hub=hub)
        made.run("DROP TABLE IF EXISTS contacts")
        made.run("CREATE TABLE contacts (name VARCHAR(20))")
        made.connection.commit()
        tell(made.hub, KEPT)
        yield made


def tell(hub: Hub, facts: Any) -> Any:
    return hub.ingest([attrs.evolve(fact, tenant=hub.setup.tenant) for fact in facts], batch_size=7)


def said(hub: Hub) -> Any:
    return contents(reading_hub(hub.store, hub.setup.tenant))


def rows(hub: Hub) -> list[Any]:
    """Return every row of every table."""
    with hub.store.session(hub.setup.tenant) as session:
        return session.read([Scan(table, None, 10**6) for table in TABLES])


def test_a_rollback_undoes_everything_and_a_commit_keeps_it(caller):
    before = rows(caller.hub)
    for end, names in ((caller.connection.rollback, []), (caller.connection.commit, ["Hanako"])):
        caller.run("INSERT INTO contacts VALUES ('Hanako')")
        inside = caller.hub.joined(caller.connection)
        report = tell(inside, NEW)
        assert (report.accepted, report.duplicates) == (60, 0)
        assert said(inside) == contents(serially(FACTS))
        end()
        assert caller.names() == names
        if not names:
            assert rows(caller.hub) == before
            assert said(caller.hub) == contents(serially(KEPT))
    assert said(caller.hub) == contents(serially(FACTS))


def test_what_a_clerk_says_inside_a_transaction_goes_with_it(caller):
    """Judgements and severances need the tenant for themselves; they get it, and give it back."""
    hub, tenant = caller.hub, caller.hub.setup.tenant
    one, other = (
        SourceRecord(id=name, tenant=tenant, source="crm", key=name, occurred_at=moment(1), identifiers=[who])
        for name, who in (("a", Identifier("user", "ua")), ("b", Identifier("user", "ub")))
    )
    both = Event(id="c", tenant=tenant, source="web", occurred_at=moment(2),
                 identifiers=[Identifier("user", "ua"), Identifier("mail", "m@x.example")])  # fmt: skip
    hub.ingest([one, other, both])
    ids = {hub.resolve(one.node), hub.resolve(other.node)}
    assert len(ids) == 2
    statements = [
        Judgement(id="d", tenant=tenant, source="desk", occurred_at=moment(3), left=one.node, right=other.node,
                  verdict=Verdict.SAME),
        Severance(id="e", tenant=tenant, source="desk", occurred_at=moment(3), fact_id="c",
                  identifier=Identifier("mail", "m@x.example")),
    ]  # fmt: skip
    for end in (caller.connection.rollback, caller.connection.commit):
        inside = hub.joined(caller.connection)
        assert inside.ingest(statements).merged == 1
        assert len({inside.resolve(one.node), inside.resolve(other.node)}) == 1
        assert len(inside.raw(one.node, reason="a law is tried").identifiers) == 4
        end()
        still = {hub.resolve(one.node), hub.resolve(other.node)}
        assert still == ids if end == caller.connection.rollback else len(still) == 1


def test_a_call_that_fails_takes_back_its_own_changes_only(caller):
    def facts() -> Iterator[Any]:
        yield from NEW[:10]
        raise LookupError("the source broke off")

    caller.run("INSERT INTO contacts VALUES ('Hanako')")
    inside = caller.hub.joined(caller.connection)
    tell(inside, NEW[:5])
    with pytest.raises(LookupError):
        inside.ingest(attrs.evolve(fact, tenant=inside.setup.tenant) for fact in facts())
    caller.connection.commit()
    assert caller.names() == ["Hanako"]
    assert said(caller.hub) == contents(serially([*KEPT, *NEW[:5]]))


def test_a_transaction_that_began_before_somebody_else_wrote_keeps_what_both_said(postgres_url):
    """It read before the other one wrote, and decides on what is there when it writes."""
    with with_sqlalchemy(postgres_url) as caller:
        hub = Hub(caller.hub.store, attrs.evolve(caller.hub.setup, tenant="faster"))
        tell(hub, KEPT)
        inside = hub.joined(caller.connection)
        assert len(list(inside.ids())) == len(list(hub.ids()))  # begins the transaction
        tell(hub, NEW[:30])
        tell(inside, NEW[20:])
        caller.connection.commit()
        assert said(hub) == contents(serially(FACTS))


def test_a_store_without_transactions_says_so():
    with pytest.raises(InvalidInputError, match="joins no transactions"):
        Hub(MemoryStore()).joined(object())
