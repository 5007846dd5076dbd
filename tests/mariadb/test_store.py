"""The store over SQLAlchemy keeps every promise on MariaDB, and what is its own way there."""

import threading

import pytest
from sqlalchemy import create_engine, text
from tests.storage.using import T, names, put

from unified_profile.errors import ConflictError, InvalidInputError, SchemaVersionError, StorageError
from unified_profile.model.rows import AnchorRow, FactRow, MetaRow, NodeRow
from unified_profile.storage.commands import Changes, Expect, Find, Get, Put, Scan
from unified_profile.storage.migrations import MIGRATIONS
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import ANCHORS, EDGES, FACTS, META, NODES, TABLE_VERSION, TABLES
from unified_profile.testing.conformance import StoreConformance
from unified_profile.testing.conformance_rows import sample_row


@pytest.fixture(scope="module")
def engine(mariadb_url):
    made = create_engine(mariadb_url)
    yield made
    made.dispose()


class TestSqlStoreOnMariadb(StoreConformance):
    """With an engine of the caller's own, which is at REPEATABLE READ, as the server is."""

    @pytest.fixture(autouse=True)
    def _database(self, engine):
        self.engine = engine

    def make_store(self):
        return SqlStore(self.engine)

    def reopen_store(self, store):
        return SqlStore(store.engine.url)

    def connect_to(self, store):
        return store.engine.connect()


@pytest.fixture
def store(engine):
    """Give a store on emptied tables."""
    made = SqlStore(engine)
    made.migrate()
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"DELETE FROM up_{table.name}"))
    return made


def test_a_joined_session_checks_expectations_against_what_was_committed_last(engine, store):
    """Though the caller's transaction sees an older moment."""
    put(store, AnchorRow("sum", None, 0), table=ANCHORS)
    with engine.connect() as connection:
        unit = store.join(connection).session(T)
        session = unit.__enter__()
        [[row]] = session.read([Get(ANCHORS, [("sum",)])])
        put(store, AnchorRow("sum", None, 1), AnchorRow("new", None, 1), table=ANCHORS)
        assert session.read([Get(ANCHORS, [("sum",)])]) == [[row]]
        for expect in (Expect(ANCHORS, ("sum",), row), Expect(ANCHORS, ("new",), None)):
            with pytest.raises(ConflictError):
                session.write(Changes([Put(META, [MetaRow("a", "1")])], expects=[expect]))
        unit.__exit__(None, None, None)
        connection.rollback()
    assert names(store) == []


def test_a_deadlock_is_a_conflict(engine, store):
    """Two transactions of callers that write for two tenants in opposite order: one of them has to begin again."""
    met = threading.Barrier(2)
    outcomes = []

    def work(first, second):
        with engine.connect() as connection:
            joined = store.join(connection)
            try:
                with joined.session(first) as session:
                    session.write(Changes(puts=[Put(META, [MetaRow("a", "1")])]))
                met.wait()
                with joined.session(second) as session:
                    session.write(Changes(puts=[Put(META, [MetaRow("a", "1")])]))
                connection.commit()
                outcomes.append("kept")
            except ConflictError as error:
                outcomes.append("conflict" if "1213" in str(error) else str(error))

    for tenant in "xy":
        with store.session(tenant) as session:
            session.write(Changes())
    threads = [threading.Thread(target=work, args=order) for order in (("x", "y"), ("y", "x"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "kept"]


def test_a_writer_that_waits_too_long_is_told_of(engine, store):
    with store.session(T, exclusive=True), engine.connect() as connection:
        connection.execute(text("SET SESSION innodb_lock_wait_timeout = 1"))
        with pytest.raises(StorageError, match=r"1205\): another writer did not end in time") as caught:
            store.join(connection).session(T, exclusive=True).__enter__()
        assert not isinstance(caught.value, ConflictError)


def test_a_server_that_would_cut_long_text_is_refused(mariadb_url):
    loose = create_engine(mariadb_url, connect_args={"init_command": "SET SESSION sql_mode = ''"})
    with pytest.raises(StorageError, match="add STRICT_ALL_TABLES"):
        names(SqlStore(loose))
    loose.dispose()


def test_what_cannot_be_kept_is_named_by_its_column_and_never_shown(store):
    with pytest.raises(InvalidInputError, match=r"fact\.body: holds a lone surrogate") as caught:
        put(store, FactRow("f", "event", "web", "b", 1, 1, "secret\ud83d"), table=FACTS)
    assert "secret" not in str(caught.value)
    with pytest.raises(InvalidInputError, match=r"anchor\.seq: does not fit into 64 bits"):
        put(store, AnchorRow("a", None, 2**63), table=ANCHORS)
    with pytest.raises(InvalidInputError, match="tenant: longer than 120 characters"):
        store.session("t" * 121).__enter__()


def test_lookups_go_through_the_index_on_all_they_ask_for(engine, store):
    """For several keys of two columns too, which MariaDB does not do for every way of asking."""
    with store.session(T) as session:
        for table in (NODES, EDGES, FACTS):
            session.write(Changes(puts=[Put(table, [sample_row(table, number) for number in range(2_000)])]))
    with engine.connect() as connection:
        for table, columns, index, kind in (
            (EDGES, ("node", "centre"), "PRIMARY", "range"),
            (NODES, ("node",), "PRIMARY", "range"),
            (NODES, ("profile",), "up_node_profile", "range"),
            (FACTS, ("id",), "up_fact_key", "range"),
            (FACTS, ("bundle",), "up_fact_bundle", "range"),
        ):
            asked = store._work._database.tables[table.name]
            values = {"tenant": T} | {f"k{n}_{p}": f"{c}-{n}" for n in range(4) for p, c in enumerate(columns)}
            statement = asked._statement(columns, 4, "read")
            plan = connection.exec_driver_sql(f"EXPLAIN {statement.text}", statement._bound(values)).mappings().one()
            assert (plan["key"], plan["type"], int(plan["rows"]) < 10) == (index, kind, True), (table.name, dict(plan))


def test_older_tables_are_migrated_when_asked_with_all_that_is_in_them(engine, store):
    put(store, NodeRow("n", "p", None, 5, "b", 1, 1), table=NODES)
    put(store, FactRow("f", "event", "web", "b", 1, 1, "{}"), table=FACTS)
    with engine.begin() as connection:
        for change in ("DROP TABLE up_schema", "DROP TABLE up_access", "DROP INDEX up_fact_bundle ON up_fact"):
            connection.execute(text(change))
        connection.execute(text("ALTER TABLE up_node DROP COLUMN judged, DROP COLUMN profile_long"))
        connection.execute(text("ALTER TABLE up_fact DROP COLUMN source"))
    old = SqlStore(engine)
    with pytest.raises(SchemaVersionError, match=r"call migrate\(\)"):
        names(old)
    assert old.migrate() == [step.title for step in MIGRATIONS]
    with old.session(T) as session:
        [node], [fact] = session.read([Get(NODES, [("n",)]), Find(FACTS, "bundle", ["b"])])
        assert (node.profile, node.first_us, node.beside, node.judged) == ("p", 5, "b", 0)
        assert (fact.id, fact.source, fact.body) == ("f", "", "{}")
        for table in TABLES:
            session.read([Scan(table)])
    assert old.migrate() == []


def test_whoever_comes_while_somebody_else_makes_the_tables_waits_for_them(mariadb_url):
    """Tables are made outside of transactions there: some stand before all do."""
    with SqlStore(mariadb_url, prefix="early_") as first, SqlStore(mariadb_url, prefix="early_") as second:
        first.migrate()
        met: list[object] = []

        def come() -> None:
            try:
                put(second, MetaRow("color", "blue"), table=META)
            except StorageError as error:
                met.append(error)
            met.append("kept")

        with first.engine.connect() as connection:
            connection.execute(text("SELECT GET_LOCK('early_migration', 10)"))
            connection.execute(text("DELETE FROM early_schema"))
            connection.commit()
            comer = threading.Thread(target=come)
            comer.start()
            comer.join(0.5)
            waited = comer.is_alive()
            connection.execute(text(f"INSERT INTO early_schema VALUES ('version', '{TABLE_VERSION}')"))
            connection.commit()
            connection.execute(text("SELECT RELEASE_LOCK('early_migration')"))
        comer.join(20)
        assert (waited, met) == (True, ["kept"])


def test_tables_without_a_version_that_nobody_is_at_are_still_refused(mariadb_url):
    with SqlStore(mariadb_url, prefix="left_") as store:
        store.migrate()
        with store.engine.begin() as connection:
            connection.execute(text("DELETE FROM left_schema"))
    with SqlStore(mariadb_url, prefix="left_") as other, pytest.raises(SchemaVersionError), other.session(T):
        pass
