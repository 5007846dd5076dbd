"""Nothing of erased people is left in the bytes of files, also where SQLite had moved their rows before."""

import asyncio
import random
import re
import sqlite3
import struct
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from unified_profile import Event, Hub, Identifier, SourceRecord, SqliteStore
from unified_profile.aio import AsyncHub
from unified_profile.errors import InvalidInputError, StorageError
from unified_profile.hub import erasing_done
from unified_profile.model.facts import ErasureOrder
from unified_profile.storage.aio import AsyncSqlStore
from unified_profile.storage.file_bytes import kept_open, read_at, write_at
from unified_profile.storage.sql import SqlStore

_MARK = re.compile(rb"<(\d{4})>")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PEOPLE, GONE = 120, 40


def facts() -> list[SourceRecord | Event]:
    """Return facts of people in any order, each with the mark of the person in ids, identifiers and values."""
    dice = random.Random(4)
    found: list[SourceRecord | Event] = []
    for number in dice.sample(range(PEOPLE), PEOPLE):
        mark = f"<{number:04d}>"
        who = [user(number), Identifier("email", f"{dice.random()}{mark}@example.com")]
        said = {"city": mark * dice.randint(1, 60)}
        id_ = f"{dice.random()}{mark}"
        found.append(SourceRecord(id=id_, source="crm", key=mark, occurred_at=NOON, identifiers=who, attributes=said))
        found += [Event(id=f"{dice.random()}{mark}{visit}", source="web", name="Viewed", occurred_at=NOON,
                        identifiers=who[:1], properties={"page": mark * dice.randint(1, 60)})
                  for visit in range(3)]  # fmt: skip
    dice.shuffle(found)
    return found


def user(number: int) -> Identifier:
    return Identifier("user_id", f"{hash((number, 7)) % 10_000_000}<{number:04d}>")


def traces_left(file: Path) -> None:
    """Leave traces of those who are erased as SQLite does now and then: in the part of a page that has no rows.

    That it does, and how often, is for the tests of the store.
    """
    with kept_open(file, write=True) as descriptor:
        for at in range(4096, file.stat().st_size, 4096):
            kind, cells, first = struct.unpack(">B2x2H", read_at(descriptor, 7, at))
            start, gone = at + 12 + 2 * cells, b"".join(b"<%04d>" % number for number in range(at // 4096, GONE))
            if kind in {5, 10, 13} and first and at + first - start > len(gone):
                write_at(descriptor, gone, start)


def marks(folder: Path) -> set[int]:
    """Return the erased people whose marks are in any file."""
    files = [file for file in folder.iterdir() if not file.name.endswith("-shm")]
    return {int(found) for file in files for found in _MARK.findall(file.read_bytes())} & set(range(GONE))


@pytest.mark.parametrize("kind", ["sqlite", "sqlalchemy"])
def test_erasures_are_done_when_files_hold_nothing_of_the_people(tmp_path, kind):
    """Without the pass over the file some traces stay; an erasure is then not called done before it was made."""
    file = tmp_path / "people.sqlite"
    with SqliteStore(file) if kind == "sqlite" else SqlStore(f"sqlite:///{file}") as store:
        hub = Hub(store)
        for fact in facts():
            hub.ingest([fact])
        quick = [hub.erase(hub.plan_erasure(user(number)), overwrite=False) for number in range(GONE)]
        assert {one.state for one in quick} == {"erased"}
        traces_left(file)
        left = marks(tmp_path)
        assert left
        told = hub.verify_erasure(values=[f"<{number:04d}>" for number in left])
        assert [(one.where, one.values) for one in told.files] == [("people.sqlite", len(left))]
        assert not hub.verify_erasure(quick).clean  # whole values need not be left, but nothing is done yet
        done = hub.resume_erasures()
        assert [one.state for one in done] == ["done"] * GONE
        assert marks(tmp_path) == set()
        assert hub.verify_erasure(done, values=[f"<{number:04d}>" for number in range(GONE)]).clean
        assert hub.resume_erasures() == []
        assert len(list(hub.ids())) == PEOPLE - GONE
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_one_erasure_leaves_nothing_of_the_person_by_itself(tmp_path):
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub = Hub(store)
        for fact in facts():
            hub.ingest([fact])
        traces_left(tmp_path / "people.sqlite")
        for number in range(0, GONE, 8):
            assert hub.erase(hub.plan_erasure(user(number))).state == "done"
            assert number not in marks(tmp_path)


def test_an_order_among_facts_leaves_nothing_of_the_person(tmp_path):
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub = Hub(store)
        for fact in facts():
            hub.ingest([fact])
        traces_left(tmp_path / "people.sqlite")
        hub.ingest([ErasureOrder(id=f"order-{number}", source="desk", occurred_at=NOON, identifiers=[user(number)])
                    for number in range(GONE)])  # fmt: skip
        assert {one.state for one in hub.erasures()} == {"done"}
        assert marks(tmp_path) == set()


def test_the_asynchronous_hub_overwrites_as_well(tmp_path):
    async def erased() -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path / 'people.sqlite'}") as store:
            hub = AsyncHub(store)
            for fact in facts():
                await hub.ingest([fact])
            for number in range(GONE):
                plan = await hub.plan_erasure(user(number))
                assert (await hub.erase(plan, overwrite=False)).state == "erased"
            traces_left(tmp_path / "people.sqlite")
            assert marks(tmp_path)
            assert {one.state for one in await hub.resume_erasures()} == {"done"}
            assert marks(tmp_path) == set()

    asyncio.run(erased())


def test_in_a_transaction_of_the_callers_files_are_cleaned_afterwards(tmp_path):
    file = tmp_path / "crm.sqlite"
    with SqliteStore(file) as store, closing(sqlite3.connect(file)) as crm:
        hub = Hub(store)
        hub.ingest(facts()[:40])
        who = facts()[0].identifiers[0]
        with crm:
            joined = hub.joined(crm)
            assert joined.erase(joined.plan_erasure(who)).state == "erased"
        assert [one.state for one in hub.resume_erasures()] == ["done"]
        assert who.value.encode() not in file.read_bytes()


def test_whether_to_overwrite_is_yes_or_no(tmp_path):
    hub = Hub(SqliteStore(tmp_path / "people.sqlite"))
    hub.ingest(facts()[:10])
    with pytest.raises(InvalidInputError, match="overwrite"):
        hub.erase(hub.plan_erasure(facts()[0].identifiers[0]), overwrite="no")  # type: ignore[arg-type]


def test_an_order_that_cannot_be_carried_out_keeps_no_file_from_being_cleaned(tmp_path, monkeypatch):
    with SqliteStore(tmp_path / "people.sqlite") as store:
        hub = Hub(store)
        hub.ingest(facts())
        hub.erase(hub.plan_erasure(user(1)), overwrite=False)
        plan, carried_out = hub.plan_erasure(user(2)), erasing_done.carried_out

        def failing(id_, *setup, **options):
            if id_ == plan.id:
                raise StorageError("the disk is full")
            return carried_out(id_, *setup, **options)

        with monkeypatch.context() as patched:
            patched.setattr(erasing_done, "carried_out", failing)
            for call in (lambda: hub.erase(plan), hub.resume_erasures):
                with pytest.raises(StorageError):
                    call()
        assert [one.state for one in hub.erasures()] == ["done", "ordered"]
        assert [one.state for one in hub.resume_erasures()] == ["done"]
