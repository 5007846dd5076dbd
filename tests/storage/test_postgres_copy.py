"""Many new rows go into PostgreSQL by COPY: what is there already ends it, and then they go in as they always do."""

import pytest
from sqlalchemy import create_engine, event
from tests.storage.using import T

from unified_profile.errors import ConflictError, InvalidInputError, StorageError
from unified_profile.model.rows import FactRow, MetaRow, NodeRow
from unified_profile.storage.commands import Changes, Expect, Get, Put, Scan
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import FACTS, META, NODES, TABLES

MANY = 150


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


@pytest.fixture
def said(engine):
    """Give the statements that go through SQLAlchemy, which COPY does not."""
    told = []

    def listen(_connection, _cursor, statement, *_):
        told.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    yield told
    event.remove(engine, "before_cursor_execute", listen)


def facts(start=0, stop=MANY, body='{"name":"a\\tb\\\\n"}'):
    return [FactRow(f"e{n}", "event", "web", f"b{n % 7}", n, n, body) for n in range(start, stop)]


def nothing_there(rows):
    return [Expect(FACTS, (row.id,), None) for row in rows]


def kept(store):
    with store.session(T) as session:
        return session.read([Scan(FACTS)])[0]


def test_new_rows_are_kept_as_given_in_their_order_and_nothing_is_asked_about_them(store, said):
    rows = facts(body='tab \t, newline \n, "\\N", 大阪')
    with store.session(T) as session:
        session.write(Changes([Put(FACTS, rows, new=True)], expects=nothing_there(rows)))
    assert not [one for one in said if "up_fact" in one]
    found = kept(store)
    assert [row[:7] for row in found] == [row[:7] for row in rows]
    assert [row.position for row in found] == sorted({row.position for row in found})


@pytest.mark.parametrize("exclusive", [False, True])
def test_an_expected_absence_that_does_not_hold_is_a_conflict_and_changes_nothing(store, exclusive):
    with store.session(T) as session:
        session.write(Changes([Put(FACTS, facts(5, 6))]))
    before, rows = kept(store), facts()
    with store.session(T, exclusive=exclusive) as session:
        puts = [Put(NODES, nodes(), new=True), Put(FACTS, rows, new=True), Put(META, [MetaRow("a", "b")])]
        with pytest.raises(ConflictError):
            session.write(Changes(puts, expects=nothing_there(rows)))
        assert session.read([Scan(NODES), Scan(META), Scan(FACTS)]) == [[], [], before]
        session.write(Changes([Put(META, [MetaRow("c", "d")])]))
    assert kept(store) == before


def nodes(first_us=9):
    return [NodeRow(f"email:{n}", None, None, first_us) for n in range(MANY)]


def test_new_rows_that_came_meanwhile_are_put_as_ever(store):
    """A log leaves alone what it has, and times are merged; that rows are new is no expectation."""
    with store.session(T) as session:
        session.write(Changes([Put(FACTS, facts(5, 6, body="first")), Put(NODES, nodes(first_us=3)[:1])]))
    with store.session(T) as session:
        session.write(Changes([Put(FACTS, facts(), new=True), Put(NODES, nodes(), new=True)]))
    assert len(kept(store)) == MANY
    assert kept(store)[0].body == "first"
    with store.session(T) as session:
        [found] = session.read([Scan(NODES)])
    assert {row.first_us for row in found if row.node == "email:0"} == {3}
    assert len(found) == MANY


def test_a_row_twice_among_new_ones_is_put_as_ever(store):
    with store.session(T) as session:
        session.write(Changes([Put(FACTS, [*facts(), *facts(0, 1)], new=True)]))
    assert len(kept(store)) == MANY


def test_long_identifiers_are_found_by_their_whole_text(store):
    rows = [row._replace(id=f"{'x' * 400}{n}") for n, row in enumerate(facts())]
    with store.session(T) as session:
        session.write(Changes([Put(FACTS, rows, new=True)], expects=nothing_there(rows)))
        [found] = session.read([Get(FACTS, [(rows[3].id,)])])
    assert [row.id for row in found] == [rows[3].id]


@pytest.mark.parametrize(
    ("body", "reason"), [("canary\0", "NUL"), ("canary\ud800", "surrogate"), (b"canary", "a bytes")]
)
def test_a_text_that_cannot_be_kept_is_named_by_its_field_only(store, body, reason):
    rows = facts()
    rows[77] = rows[77]._replace(body=body)
    with pytest.raises(InvalidInputError, match=reason) as caught, store.session(T) as session:
        session.write(Changes([Put(FACTS, rows, new=True)], expects=nothing_there(rows)))
    assert caught.value.field == "fact.body"
    assert "canary" not in str(caught.value) + str(caught.value.__cause__)
    assert kept(store) == []


def test_a_connection_that_is_lost_meanwhile_is_told_of_and_another_one_taken(engine, store):
    def interrupted():
        with store.session(T) as session:
            session.read([Scan(META)])
            pid = session._connection.connection.driver_connection.info.backend_pid
            with engine.connect() as other:
                other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
            session.write(Changes([Put(FACTS, facts(), new=True)]))

    with pytest.raises(StorageError) as caught:
        interrupted()
    assert not isinstance(caught.value, ConflictError)
    assert kept(store) == []


def test_a_failure_inside_the_copy_takes_the_whole_session_back_and_shows_no_row(engine, store):
    """A trigger of the caller's, whose words may be anything."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION refused() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN RAISE EXCEPTION USING MESSAGE = NEW.body; END$$"
        )
        connection.exec_driver_sql(
            "CREATE TRIGGER refusing BEFORE INSERT ON up_fact FOR ROW EXECUTE FUNCTION refused()"
        )
    try:
        with pytest.raises(StorageError) as caught, store.session(T) as session:
            session.write(Changes([Put(META, [MetaRow("a", "b")]), Put(FACTS, facts(body="canary"), new=True)]))
        assert "canary" not in str(caught.value) + str(caught.value.__cause__)
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER refusing ON up_fact")
            connection.exec_driver_sql("DROP FUNCTION refused")
    with store.session(T) as session:
        assert session.read([Scan(FACTS), Scan(META)]) == [[], []]


def test_tables_with_policies_for_rows_take_inserts_instead(engine, store, postgres_url):
    """COPY is refused there; whoever owns the tables may have good reasons for policies."""
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE ROLE clerk LOGIN")
        connection.exec_driver_sql("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk")
        connection.exec_driver_sql("ALTER TABLE up_fact ENABLE ROW LEVEL SECURITY")
        connection.exec_driver_sql("CREATE POLICY own ON up_fact USING (tenant = 'default')")
    clerks = create_engine(postgres_url, connect_args={"options": "-c role=clerk"})
    try:
        of_clerk = SqlStore(clerks)
        for start in (0, MANY):
            rows = facts(start, start + MANY)
            with of_clerk.session("default") as session:
                session.write(Changes([Put(FACTS, rows, new=True)], expects=nothing_there(rows)))
        with of_clerk.session("default") as session:
            assert len(session.read([Scan(FACTS)])[0]) == 2 * MANY
    finally:
        clerks.dispose()
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP POLICY own ON up_fact")
            connection.exec_driver_sql("ALTER TABLE up_fact DISABLE ROW LEVEL SECURITY")
            connection.exec_driver_sql("DROP OWNED BY clerk")
            connection.exec_driver_sql("DROP ROLE clerk")
