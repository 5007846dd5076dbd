"""An SQLite file can be backed up, compacted, closed and brought to the next version of its tables."""

import os
import sqlite3
import warnings
from datetime import timedelta

import pytest
from tests.storage.using import T, names, put

from unified_profile.errors import (
    SchemaVersionError,
    StorageError,
)
from unified_profile.model.rows import FactRow, MetaRow, NodeRow
from unified_profile.storage.commands import Changes, Delete, Find, Get, Put, Scan
from unified_profile.storage.migrations import MIGRATIONS, Migration, migrate
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.storage.sqlite_schema import SqliteSchema
from unified_profile.storage.tables import FACTS, META, NODES, TABLE_VERSION, TABLES


def test_a_backup_of_a_file_in_use_is_one_file_that_opens(store, tmp_path):
    put(store, *[MetaRow(f"m{number}", "x" * 500) for number in range(1_000)])
    with store.session(T) as session:
        session.write(Changes(puts=[Put(META, [MetaRow("not kept yet", "1")])]))
        store.backup(tmp_path / "copy.sqlite")
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.sqlite"]
    with SqliteStore(tmp_path / "copy.sqlite") as copy:
        assert len(names(copy)) == 1_000
    with pytest.raises(StorageError, match="is there already"):
        store.backup(tmp_path / "copy.sqlite")
    with pytest.raises(StorageError, match="unable to open"):
        store.backup(tmp_path / "no" / "such" / "folder.sqlite")


def test_after_compacting_nothing_deleted_is_in_any_file(store, tmp_path):
    """Not in the pages, not in the log beside the file."""
    told = [FactRow(f"f{n}", "event", "web", f"bundle-of-taro-{n}", 1, 1, f"taro-says-{n} " * 50) for n in range(300)]
    put(store, *told, table=FACTS)
    put(store, *[NodeRow(f"login:taro-{n}", f"taro-{n}", None, 1) for n in range(300)], table=NODES)
    with store.session(T) as session:
        [facts, nodes] = session.read([Scan(FACTS), Scan(NODES)])
        assert b"taro" in b"".join(path.read_bytes() for path in tmp_path.iterdir())
        session.write(Changes(deletes=[Delete(FACTS, [(row.position,) for row in facts])]))
        session.write(Changes(deletes=[Delete(NODES, [(row.node,) for row in nodes])]))
    store.compact()
    assert b"taro" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"up_fact" in store.path.read_bytes()


def test_compacting_says_who_is_in_the_way(tmp_path):
    with SqliteStore(tmp_path / "x.sqlite", busy_timeout=timedelta(seconds=0.05)) as store:
        put(store, MetaRow("a", "1"))
        with store.reader(T), pytest.raises(StorageError, match="a reader keeps the log"):
            store.compact()
        store.compact()


def test_a_closed_store_opens_again_when_used(store):
    put(store, MetaRow("a", "1"))
    store.close()
    assert names(store) == ["a"]


NEXT = TABLE_VERSION + 1


def version_0(path):
    """Make a file as it was before versions were written down: a table less, a column less, an index less."""
    with SqliteStore(path) as store:
        put(store, NodeRow("n", "p", None, 5, None, 1, 1), table=NODES)
        put(store, FactRow("f", "event", "web", "b", 1, 1, "{}"), table=FACTS)
    connection = sqlite3.connect(path)
    connection.executescript(
        "DROP TABLE up_schema; DROP TABLE up_access; ALTER TABLE up_node DROP COLUMN judged; DROP INDEX up_fact_bundle"
    )
    connection.close()


def test_an_older_file_is_migrated_when_asked_with_all_that_is_in_it(tmp_path):
    path = tmp_path / "old.sqlite"
    version_0(path)
    with SqliteStore(path) as store:
        with pytest.raises(
            SchemaVersionError, match=rf"table version 0, this library writes {TABLE_VERSION}; call migrate\(\)"
        ):
            names(store)
        assert store.migrate() == [step.title for step in MIGRATIONS]
        with store.session(T) as session:
            [node], [fact] = session.read([Get(NODES, [("n",)]), Find(FACTS, "bundle", ["b"])])
            assert (node.profile, node.first_us, node.shared, node.judged, fact.id) == ("p", 5, 1, 0, "f")
            for table in TABLES:
                session.read([Scan(table)])
        assert store.migrate() == []
    with SqliteStore(path) as again:
        assert names(again) == []


def test_a_newer_file_is_left_alone(tmp_path):
    path = tmp_path / "new.sqlite"
    with SqliteStore(path) as store:
        put(store, MetaRow("a", "1"))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE up_schema SET value = '99'")
    connection.commit()
    connection.close()
    store = SqliteStore(path)
    for use in (lambda: names(store), store.migrate):
        with pytest.raises(SchemaVersionError, match=r"table version 99.*upgrade the library"):
            use()


def test_the_steps_lead_to_the_version_that_the_tables_have():
    assert [step.version for step in MIGRATIONS] == list(range(1, TABLE_VERSION + 1))


def test_later_steps_run_once_each_in_order(tmp_path):
    """A file at any version is brought to the newest; a step that fails leaves the file as it was."""
    with SqliteStore(tmp_path / "x.sqlite") as store:
        put(store, MetaRow("a", "1"))
    connection = sqlite3.connect(store.path, isolation_level=None)
    ran = []

    def fails(schema):
        connection.execute("CREATE TABLE up_half (x)")
        raise LookupError

    later = [Migration(number, str(number), lambda _, number=number: ran.append(number)) for number in (NEXT, NEXT + 1)]  # type: ignore[misc]
    steps = [*MIGRATIONS, *later]
    assert [step.version for step in migrate(SqliteSchema.of(connection), steps=steps)] == [NEXT, NEXT + 1]
    assert migrate(SqliteSchema.of(connection), steps=steps) == []
    assert ran == [NEXT, NEXT + 1]
    connection.execute("BEGIN")
    with pytest.raises(LookupError):
        migrate(SqliteSchema.of(connection), steps=[*steps, Migration(NEXT + 2, "more", fails)])
    connection.execute("ROLLBACK")
    assert SqliteSchema.of(connection).version() == NEXT + 1
    assert SqliteSchema.of(connection).columns("half") == set()
    connection.close()


def test_processes_that_open_a_new_file_at_once_make_its_tables_once(tmp_path):
    path = tmp_path / "new.sqlite"
    children = []
    for number in range(6):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            put(SqliteStore(path), MetaRow(f"m{number}", "1"))
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 6
    assert len(names(SqliteStore(path))) == 6


def test_an_error_names_the_file_that_it_is_about(tmp_path):
    """Whoever has several stores must know which one it was."""
    nowhere, text = tmp_path / "missing" / "people.sqlite", tmp_path / "notes.txt"
    text.write_text("This is not a database, and longer than a header of one would be." * 10)
    for path in (nowhere, text):
        with SqliteStore(path) as store, pytest.raises(StorageError) as caught, store.session("default"):
            pass
        assert str(path) in str(caught.value)
