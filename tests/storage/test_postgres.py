"""On PostgreSQL: writers of a tenant in line, tenants side by side, conflicts told apart, plans through indexes."""

import os
import random
import threading
import warnings
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine
from tests.storage.crashing import Crasher, check_batches
from tests.storage.using import T, names, put

from unified_profile.errors import ConflictError, ForkedError, InvalidInputError, SchemaVersionError, StorageError
from unified_profile.model.rows import AnchorRow, FactRow, MetaRow, NodeRow
from unified_profile.storage.commands import Changes, Expect, Find, Get, Put, Scan
from unified_profile.storage.migrations import MIGRATIONS
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import ANCHORS, FACTS, META, NODES, TABLE_VERSION, TABLES
from unified_profile.testing.conformance import check_store
from unified_profile.testing.conformance_rows import sample_row


@pytest.fixture(scope="module")
def engine(postgres_url):
    made = create_engine(postgres_url)
    yield made
    made.dispose()


@pytest.fixture
def store(engine):
    """Give a store on emptied tables."""
    made = SqlStore(engine)
    made.migrate()
    with engine.begin() as connection:
        connection.exec_driver_sql("TRUNCATE " + ", ".join(f"up_{table.name}" for table in TABLES))
    return made


def plus_one(session):
    [[row]] = session.read([Get(ANCHORS, [("sum",)])])
    expects = [Expect(ANCHORS, ("sum",), row)]
    session.write(Changes([Put(ANCHORS, [row._replace(seq=row.seq + 1)])], expects=expects))


def test_tenants_write_side_by_side(store):
    """Only writers of one tenant wait for each other."""
    with store.session("one") as one, store.session("other") as other:
        for session in (one, other):
            session.write(Changes(puts=[Put(META, [MetaRow("a", "1")])]))
    with store.session("one") as session:
        assert len(session.read([Scan(META)])[0]) == 1


def test_sessions_of_a_tenant_read_side_by_side_and_the_slower_writer_conflicts(store):
    put(store, AnchorRow("sum", None, 0), table=ANCHORS)
    with store.session(T) as slow, store.session(T) as fast:
        [[row]] = slow.read([Get(ANCHORS, [("sum",)])])
        plus_one(fast)
        fast._connection.commit()
        with pytest.raises(ConflictError, match="'anchor' is not as expected"):
            slow.write(Changes([Put(ANCHORS, [row._replace(seq=9)])], expects=[Expect(ANCHORS, ("sum",), row)]))
    with store.session(T) as session:
        assert session.read([Scan(ANCHORS)])[0][0].seq == 1


def test_an_exclusive_session_is_alone_and_others_are_not(store):
    """What it read needs no second look, for nobody else could write since."""
    with store.session(T, exclusive=True) as session:
        assert session.alone
    with store.session(T) as session:
        assert not session.alone
        session.write(Changes())
        assert not session.alone


def test_a_writer_that_waits_too_long_is_told_of(engine, store):
    impatient = SqlStore(engine, busy_timeout=timedelta(seconds=0.05))
    with store.session(T, exclusive=True), pytest.raises(StorageError, match="raise busy_timeout") as caught:
        put(impatient, MetaRow("a", "1"))
    assert not isinstance(caught.value, ConflictError)


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
                outcomes.append("conflict" if "40P01" in str(error) else str(error))

    threads = [threading.Thread(target=work, args=order) for order in (("x", "y"), ("y", "x"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "kept"]


@pytest.mark.parametrize("level", ("READ COMMITTED", "SERIALIZABLE"))
def test_the_caller_s_rows_and_ours_are_kept_together_or_not_at_all(engine, store, level):
    with engine.connect().execution_options(isolation_level=level) as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS contacts (name TEXT)")
        connection.exec_driver_sql("DELETE FROM contacts")
        connection.commit()
        for end, kept in ((connection.rollback, 0), (connection.commit, 1)):
            connection.exec_driver_sql("INSERT INTO contacts VALUES ('Taro')")
            with store.join(connection).session(T) as session:
                session.write(Changes(puts=[Put(META, [MetaRow("a", "1")])]))
            end()
            assert connection.exec_driver_sql("SELECT count(*) FROM contacts").scalar() == len(names(store)) == kept
            connection.rollback()


def test_a_transaction_that_sees_one_moment_only_cannot_be_joined(engine, store):
    """It would not notice what others wrote since."""
    with (
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
        pytest.raises(StorageError, match="READ COMMITTED or SERIALIZABLE"),
    ):
        store.join(connection).session(T).__enter__()


def test_a_serializable_transaction_that_others_overtook_is_a_conflict(engine, store):
    put(store, AnchorRow("sum", None, 0), table=ANCHORS)
    with engine.connect().execution_options(isolation_level="SERIALIZABLE") as connection:
        unit = store.join(connection).session(T)
        session = unit.__enter__()
        [[row]] = session.read([Get(ANCHORS, [("sum",)])])
        with store.session(T) as other:
            plus_one(other)
        with pytest.raises(ConflictError, match="40001"):
            session.write(Changes([Put(ANCHORS, [row._replace(seq=9)])], expects=[Expect(ANCHORS, ("sum",), row)]))
        with pytest.raises(StorageError, match="nothing of it was kept"):
            unit.__exit__(None, None, None)
        connection.rollback()


def test_a_nul_character_is_named_by_its_column_and_never_shown(store):
    facts = [FactRow("f", "event", "web", "b", 1, 1, body) for body in ("fine", "secret\0")]
    with pytest.raises(InvalidInputError, match=r"fact\.body: holds a NUL character") as caught:
        put(store, *facts, table=FACTS)
    assert "secret" not in str(caught.value)
    with pytest.raises(InvalidInputError, match=r"node\.profile: holds a NUL character"):
        put(store, NodeRow("n", None, None, 1), NodeRow("m", "a\0b", None, 1), table=NODES)
    with pytest.raises(InvalidInputError, match=r"anchor\.seq: does not fit into 64 bits"):
        put(store, AnchorRow("a", None, 2**63), table=ANCHORS)


def test_a_long_key_gives_way_to_a_short_one_and_the_other_way_round(store):
    """What stood for a long text does not outlive it."""
    for profile in ("p" * 500, "q", "q" * 301, None, "p" * 500):
        put(store, NodeRow("n", profile, None, 1), NodeRow("m" * 700, profile, None, 1), table=NODES)
        with store.session(T) as session:
            [rows, found] = session.read([Scan(NODES), Find(NODES, "profile", [profile or "p" * 500])])
        assert [(row.node, row.profile) for row in rows] == [("m" * 700, profile), ("n", profile)]
        assert len(found) == (2 if profile else 0)


def test_a_tenant_s_name_has_a_length(store):
    with pytest.raises(InvalidInputError, match="tenant: longer than 120 characters"):
        store.session("t" * 121).__enter__()
    with store.session("店" * 120) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("a", "1")])]))


def test_every_lookup_goes_through_an_index_on_more_than_the_tenant(engine, store):
    """Also for a tenant that came since statistics were made: its rows are as many as those of another."""
    rows = {table.name: [sample_row(table, number) for number in range(1_500)] for table in TABLES}
    for tenant in ("old", "new"):
        with store.session(tenant) as session:
            session.write(Changes(puts=[Put(table, rows[table.name]) for table in TABLES]))
        if tenant == "old":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("ANALYZE")
    with engine.connect() as connection:
        for table in TABLES:
            asked = store._work._database.tables[table.name]
            keys = [key for key in (table.key or ("position",)) if key != "position" or not table.key]
            for columns, statement in [(keys, asked._get)] + [([by], find) for by, find in asked._finds.items()]:
                values = {"tenant": "new"} | {f"k{number}": "{1,2}" for number in range(len(columns))}
                plan = connection.exec_driver_sql(f"EXPLAIN {statement.text}", values).scalars().all()
                condition = next(line.replace('"', "") for line in plan if "Index Cond" in line)
                assert "tenant = " in condition, (table.name, columns, plan)
                assert any(f"{column} = " in condition for column in columns), (table.name, columns, plan)


@pytest.mark.slow
def test_what_was_acknowledged_survives_kill_9_at_random_moments(store, postgres_url):
    """The client dies, fifteen times; every acknowledged batch is there, none is there in part."""
    chance = random.Random("postgres")
    kept = 0
    with Crasher("tests.storage.crashing:write_batches") as crasher:
        for _ in range(15):
            arguments = ("sql", postgres_url, T)
            acknowledged = crasher.kill_during(*arguments, after=chance.randrange(3), delay=chance.uniform(0, 0.02))
            before, kept = kept, check_batches(store, T, acknowledged)
            assert kept >= before
    assert kept > 10


def test_processes_that_race_lose_no_update(store, postgres_url):
    put(store, AnchorRow("sum", None, 0), table=ANCHORS)
    children = []
    for _ in range(4):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pytest may have threads; the child touches none
            child = os.fork()
        if not child:
            mine = SqlStore(postgres_url)
            for _ in range(25):
                while True:
                    try:
                        with mine.session(T) as session:
                            plus_one(session)
                        break
                    except ConflictError:
                        continue
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    with store.session(T) as session:
        assert session.read([Scan(ANCHORS)])[0][0].seq == 100


def test_a_store_used_before_a_fork_says_what_to_do_after_it(store):
    put(store, MetaRow("a", "1"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        try:
            names(store)
        except ForkedError as error:
            os._exit(7 if "make a new one, with a new engine" in str(error) else 1)
        os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert names(store) == ["a"]


def test_older_tables_are_migrated_when_asked_with_all_that_is_in_them(engine, store):
    """As they were before versions were written down: a table less, a column less, an index less."""
    put(store, NodeRow("n", "p", None, 5, None, 1, 1), table=NODES)
    put(store, FactRow("f", "event", "web", "b", 1, 1, "{}"), table=FACTS)
    with engine.begin() as connection:
        for change in ("TABLE up_schema", "TABLE up_access", "INDEX up_fact_bundle"):
            connection.exec_driver_sql(f"DROP {change}")
        connection.exec_driver_sql("ALTER TABLE up_node DROP COLUMN judged, DROP COLUMN profile_long")
    old = SqlStore(engine)
    with pytest.raises(
        SchemaVersionError, match=rf"table version 0, this library writes {TABLE_VERSION}; call migrate\(\)"
    ):
        names(old)
    assert old.migrate() == [step.title for step in MIGRATIONS]
    with old.session(T) as session:
        [node], [fact] = session.read([Get(NODES, [("n",)]), Find(FACTS, "bundle", ["b"])])
        assert (node.profile, node.first_us, node.shared, node.judged, fact.id) == ("p", 5, 1, 0, "f")
        for table in TABLES:
            session.read([Scan(table)])
    put(old, NodeRow("n", "p" * 500, None, 5), table=NODES)
    assert old.migrate() == []


def test_newer_tables_are_left_alone(engine, store):
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE up_schema SET value = '99'")
    newer = SqlStore(engine)
    for use in (lambda: names(newer), newer.migrate):
        with pytest.raises(SchemaVersionError, match="upgrade the library"):
            use()
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE up_schema SET value = '1'")


def test_stores_that_meet_an_empty_database_make_its_tables_once(engine):
    stores = [SqlStore(engine, prefix="many_") for _ in range(5)]
    errors = []

    def work(number):
        try:
            put(stores[number], MetaRow(f"m{number}", "1"))
        except StorageError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(names(stores[0])) == 5


def test_without_the_lock_of_writers_the_store_would_be_rejected(engine):
    """That lock is what the promises about racing writers and about followers of a log rest on."""

    class Unlocked(SqlStore):
        def session(self, tenant, /, *, exclusive=False):
            self.migrate()
            database: Any = self._work._database
            database.lock = lambda connection, tenant, *, joined: None
            return super().session(tenant, exclusive=exclusive)

    wanted = ["racing writers lose no update", "a follower of a log misses nothing"]
    assert check_store(lambda: Unlocked(engine), only=wanted).names("broken") == wanted
