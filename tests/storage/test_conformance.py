"""The conformance kit accepts the stores that keep their promises and rejects each one that breaks one."""

import sqlite3
from uuid import uuid4

import pytest

from unified_profile.errors import UnknownNameError
from unified_profile.storage.memory import MemoryStore
from unified_profile.storage.sqlite import SqliteStore
from unified_profile.testing.broken_stores import BROKEN_STORES
from unified_profile.testing.conformance import StoreConformance, check_store, test_name as name_of_test
from unified_profile.testing.naive_store import NaiveStore
from unified_profile.testing.promises import PROMISES

PROMISES_OF_BYTES = [one.name for one in PROMISES if one.name.endswith("gone from the bytes that are kept")]


class TestMemoryStore(StoreConformance):
    def make_store(self):
        return MemoryStore()


class TestNaiveStore(StoreConformance):
    def make_store(self):
        return NaiveStore()


class TestSqliteStore(StoreConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path

    def make_store(self):
        return SqliteStore(self.folder / f"{uuid4().hex}.sqlite")

    def reopen_store(self, store):
        return SqliteStore(store.path)

    def restore_store(self, backup):
        return SqliteStore(backup)

    def connect_to(self, store):
        return sqlite3.connect(store.path)


class TestDurableSqliteStore(TestSqliteStore):
    def make_store(self):
        return SqliteStore(self.folder / f"{uuid4().hex}.sqlite", durability="power")


def test_one_file_serves_every_trial(tmp_path):
    """A factory may give the same database each time: trials have tenants of their own."""
    path = tmp_path / "all.sqlite"
    report = check_store(lambda: SqliteStore(path), reopen=lambda store: SqliteStore(store.path), restore=SqliteStore)
    assert report.conforms, str(report)
    assert report.names("not offered") == ["a joined session belongs to its transaction"]


@pytest.mark.parametrize(
    ("broken", "promise"), BROKEN_STORES.items(), ids=lambda value: getattr(value, "__name__", None)
)
def test_each_broken_store_is_rejected_by_the_promise_it_breaks(broken, promise):
    report = check_store(broken, only=[promise])
    assert report.names("broken") == [promise]
    told = str(report)
    assert f"broken: {promise}" in told
    assert f"check_store(factory, only=[{promise!r}])" in told
    assert "conformance_" in report.findings[0].where


def test_a_broken_store_keeps_the_promises_that_its_fault_does_not_touch():
    """What is found points at the fault."""
    for broken in BROKEN_STORES:
        report = check_store(broken, only=["an empty table answers with nothing"])
        assert report.conforms, f"{broken.__name__}: {report}"


def test_a_store_over_sqlite_that_leaves_what_rows_were_is_seen_by_many_people_only(tmp_path):
    """``secure_delete`` alone leaves something of few; one person is among them by luck."""

    class Leaves(SqliteStore):
        overwrite = None  # type: ignore[assignment]  # as if it had none

    one, many = PROMISES_OF_BYTES
    report = check_store(lambda: Leaves(tmp_path / "a.sqlite"), only=[one, many])
    assert (report.names("kept"), report.names("broken")) == ([one], [many])
    report = check_store(lambda: SqliteStore(tmp_path / "b.sqlite"), only=[one, many])
    assert report.names("kept") == [one, many]


def test_what_a_store_raises_of_its_own_is_a_finding():
    class Fails(MemoryStore):
        def session(self, tenant, /, *, exclusive=False):
            raise OSError("the database is on holiday")

    report = check_store(Fails, only=["what is written is read"])
    assert report.findings[0].because == "OSError: the database is on holiday"


def test_a_promise_that_there_is_not_is_told_with_the_ones_there_are():
    with pytest.raises(UnknownNameError, match="did you mean 'a put replaces the whole row'"):
        check_store(MemoryStore, only=["a put replaces the hole row"])


def test_every_promise_is_a_test_of_the_class():
    """Names and explanations are what a developer of a store sees first."""
    assert len({promise.name for promise in PROMISES}) == len(PROMISES) >= 38
    for promise in PROMISES:
        assert getattr(StoreConformance, name_of_test(promise)).__doc__ == promise.says
        assert promise.says.endswith(".")


def test_a_report_says_what_was_not_offered_and_why():
    report = check_store(MemoryStore, only=["a reader sees one moment", "migrating what is current changes nothing"])
    assert report.conforms
    assert str(report).splitlines() == [
        "0 promises kept, 0 broken, 2 not offered",
        "not offered: a reader sees one moment (no reader())",
        "not offered: migrating what is current changes nothing (no migrate())",
    ]
