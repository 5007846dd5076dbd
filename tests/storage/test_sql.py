"""What the store over SQLAlchemy does on every database: engines, files, errors, prefixes."""

import re

import pytest
from sqlalchemy import create_engine, event
from tests.storage.using import T, names, put

from unified_profile.errors import ConflictError, InvalidInputError, MissingExtraError, StorageError
from unified_profile.model.rows import FactRow, MetaRow, NodeRow
from unified_profile.storage.commands import Changes, Expect, Find, Get, Put, Scan
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.storage.tables import FACTS, META, NODES


def test_an_sqlite_file_is_the_same_for_both_stores(tmp_path):
    """A service may begin with one and go on with the other, or use both at once."""
    path = tmp_path / "both.sqlite"
    with SqliteStore(path) as plain, SqlStore(f"sqlite:///{path}") as ours:
        put(plain, FactRow("a", "event", "web", "b", 1, 1, "{}"), table=FACTS)
        put(ours, FactRow("b", "event", "web", "b", 1, 1, "{}"), table=FACTS)
        put(plain, NodeRow("n", "p", None, 5), table=NODES)
        put(ours, NodeRow("n", "q", None, 7), table=NODES)
        for store in (plain, ours):
            with store.session(T) as session:
                facts, nodes = session.read([Find(FACTS, "bundle", ["b"]), Scan(NODES)])
            assert [(fact.id, fact.position) for fact in facts] == [("a", 1), ("b", 2)]
            assert [(node.profile, node.first_us) for node in nodes] == [("q", 5)]
        assert ours.migrate() == plain.migrate() == []


def test_a_file_made_over_sqlalchemy_is_one_for_the_plain_store(tmp_path):
    path = tmp_path / "both.sqlite"
    with SqlStore(f"sqlite:///{path}") as ours:
        put(ours, MetaRow("a", "1"))
    with SqliteStore(path) as plain:
        assert names(plain) == ["a"]


def test_prefixes_keep_stores_apart_in_one_database(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/x.sqlite")
    one, other = SqlStore(engine), SqlStore(engine, prefix="other_")
    put(one, MetaRow("a", "1"))
    put(other, MetaRow("b", "1"))
    assert (names(one), names(other)) == (["a"], ["b"])
    engine.dispose()


def test_the_caller_s_engine_is_his_to_close(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/x.sqlite")
    with SqlStore(engine) as store:
        put(store, MetaRow("a", "1"))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT name FROM up_meta").scalars().all() == ["a"]
    engine.dispose()


def test_an_engine_that_begins_transactions_itself_works_too(tmp_path):
    """SQLAlchemy's manual shows how to make SQLite begin early; then our own BEGIN would be one too many."""
    engine = create_engine(f"sqlite:///{tmp_path}/x.sqlite")

    @event.listens_for(engine, "connect")
    def _no_implicit_begin(connection, _):
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection):
        connection.exec_driver_sql("BEGIN")

    store = SqlStore(engine)
    put(store, MetaRow("a", "1"))
    with store.reader(T) as reader:
        assert len(reader.read([Scan(META)])[0]) == 1
    with engine.begin() as connection, store.join(connection).session(T) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("b", "1")])]))
    assert names(store) == ["a", "b"]
    engine.dispose()


def test_a_session_that_failed_is_over_and_nothing_of_it_is_kept(tmp_path):
    """Even when the caller goes on after the error."""
    store = SqlStore(f"sqlite:///{tmp_path}/x.sqlite")

    def go_on() -> None:
        with store.session(T) as session:
            session.write(Changes(puts=[Put(META, [MetaRow("before", "1")])]))
            with pytest.raises(InvalidInputError, match=r"meta\.value: holds a lone surrogate"):
                session.write(Changes(puts=[Put(META, [MetaRow("k", "secret\ud83d")])]))
            for use in (lambda: session.read([Scan(META)]), lambda: session.write(Changes())):
                with pytest.raises(StorageError, match="failed before"):
                    use()

    with pytest.raises(StorageError, match="nothing of it was kept"):
        go_on()
    assert names(store) == []
    store.close()


def test_a_conflict_leaves_the_session_usable(tmp_path):
    store = SqlStore(f"sqlite:///{tmp_path}/x.sqlite")
    with store.session(T) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("before", "1")])]))
        with pytest.raises(ConflictError):
            session.write(Changes(expects=[Expect(META, ("before",), None)]))
        session.write(Changes(puts=[Put(META, [MetaRow("after", "1")])]))
    assert names(store) == ["after", "before"]
    store.close()


def test_nothing_personal_is_in_an_error_or_its_cause(tmp_path):
    """The driver's error is the cause, and a traceback prints it."""
    engine = create_engine(f"sqlite:///{tmp_path}/x.sqlite")
    store = SqlStore(engine)
    put(store, MetaRow("a", "1"))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TRIGGER t BEFORE INSERT ON up_meta BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StorageError, match="sqlite: IntegrityError") as caught:
        put(store, MetaRow("b", "secret"))
    assert caught.value.__cause__ is not None
    assert "secret" not in f"{caught.value} {caught.value.__cause__}"
    engine.dispose()


@pytest.mark.parametrize(
    ("engine", "said"),
    (
        ("sqlite://", "use MemoryStore()"),
        ("sqlite:///:memory:", "use MemoryStore()"),
        ("no url with a p4ssword", "engine: not a database URL"),
        ("postgres://shop:p4ssword@db.example/shop", "names no known database; begin it with postgresql+psycopg:"),
    ),
)
def test_a_url_that_cannot_be_used_is_refused_without_being_shown(engine, said):
    with pytest.raises(InvalidInputError, match=re.escape(said)) as caught:
        SqlStore(engine)
    assert "p4ssword" not in str(caught.value)


def test_a_driver_that_is_not_installed_is_named_with_the_extra_that_brings_it():
    with pytest.raises(MissingExtraError, match=r"the extra 'mysql'"):
        SqlStore("mysql+mysqldb://localhost/x")


@pytest.mark.parametrize("prefix", ("", "1up", "up-", "up_; DROP TABLE", "x" * 40))
def test_a_prefix_has_to_be_a_short_name(prefix):
    with pytest.raises(InvalidInputError, match="prefix: not a short name"):
        SqlStore("sqlite:///x.sqlite", prefix=prefix)


def test_a_database_that_cannot_be_reached_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError, match="sqlite: OperationalError"):
        names(SqlStore(f"sqlite:///{tmp_path}/no/such/folder/x.sqlite"))


def test_a_store_without_tables_cannot_be_joined(tmp_path):
    """Making tables is not part of anybody's transaction."""
    engine = create_engine(f"sqlite:///{tmp_path}/x.sqlite")
    store = SqlStore(engine)
    with engine.connect() as connection, pytest.raises(StorageError, match=r"call migrate\(\)"):
        store.join(connection).session(T).__enter__()
    store.migrate()
    with engine.begin() as connection, store.join(connection).session(T) as session:
        assert session.read([Get(META, [("a",)])]) == [[]]
    engine.dispose()
