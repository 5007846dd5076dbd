"""Sealed values reach no database in the clear, work as others do, and are gone with their key, backups included."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.hub.worlds import Clock, some

from unified_profile import Event, Hub, Identifier, MemoryStore, Purpose, SourceRecord, SqliteStore
from unified_profile.errors import InvalidInputError, MissingExtraError, StorageError
from unified_profile.hub.sealing import SealedStore, shred
from unified_profile.model.rows import FactRow
from unified_profile.rights.sealing import EnvelopeKeys, FileKeys, LocalWrapper, MemoryKeys, SealKeys
from unified_profile.rights.sealing.ciphers import decrypted, encrypted
from unified_profile.rights.sealing.sealer import MARK, Sealer
from unified_profile.storage.commands import Changes, Expect, Get, Put, Scan
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import FACTS, TRAITS, VIEWS
from unified_profile.testing.conformance import StoreConformance
from unified_profile.testing.identity_programs import moment

CANARY = "canary7f3a"
WHO, OTHER = Identifier("email", "who@x.example"), Identifier("email", "other@x.example")
FIELDS = {"income", "diagnosis", "given_name"}
PURPOSES = [Purpose("care", traits={"*"}, basis="contract", events={"*"}, derives={"*"})]


def hub_over(store: Any) -> Hub:
    return Hub(store, purposes=PURPOSES, clock=Clock())


def told(number: int, who: Identifier, **attributes: Any) -> SourceRecord:
    return SourceRecord(id=f"r{number}", source="crm", key=str(number), occurred_at=moment(number), identifiers=[who],
                        attributes=attributes)  # fmt: skip


FACTS_TOLD = [
    told(1, WHO, income=f"{CANARY} 100", city="Osaka", firstName=f"{CANARY} Hanako"),
    told(2, OTHER, income=f"{CANARY} 200", city="Kyoto"),
    Event(id="e1", source="web", name="Visited", occurred_at=moment(3), identifiers=[WHO],
          properties={"diagnosis": CANARY, "page": "p1"}, traits={"income": f"{CANARY} 150"}),
]  # fmt: skip


def filled(store: Any) -> Hub:
    hub = hub_over(store)
    hub.ingest(FACTS_TOLD)
    hub.ingest([{"type": "nonsense", "income": CANARY}], source="web")
    hub.refresh()
    return hub


def bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.iterdir()) if file.is_file())


KEYRINGS: dict[str, Any] = {
    "memory": lambda folder: MemoryKeys(),
    "file": lambda folder: FileKeys(folder / "keys"),
    "envelope": lambda folder: EnvelopeKeys(folder / "keys", LocalWrapper("k1", b"k" * 32)),
}


class TestSealedMemoryStore(StoreConformance):
    """What the kit asks of a store it asks of a sealed one."""

    def make_store(self) -> Any:
        return SealedStore(MemoryStore(), MemoryKeys(), fields=FIELDS)


class TestSealedSqliteStore(StoreConformance):
    """The same, with readers aside, backups and joined transactions."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path):
        self.folder = tmp_path
        self.keys = MemoryKeys()

    def make_store(self) -> Any:
        return SealedStore(SqliteStore(self.folder / f"{os.urandom(4).hex()}.sqlite"), self.keys, fields=FIELDS)

    def reopen_store(self, store: Any) -> Any:
        return SealedStore(SqliteStore(store.below.path), self.keys, fields=FIELDS)

    def restore_store(self, backup: Path) -> Any:
        return SealedStore(SqliteStore(backup), self.keys, fields=FIELDS)

    def connect_to(self, store: Any) -> Any:
        return sqlite3.connect(store.below.path)


@pytest.mark.parametrize("keys", KEYRINGS)
def test_nothing_sealed_is_in_the_files_and_everything_works_as_without(keys, tmp_path):
    (tmp_path / "db").mkdir()
    ring = KEYRINGS[keys](tmp_path)
    with SqliteStore(tmp_path / "db" / "facts.sqlite") as below:
        hub, plain = filled(SealedStore(below, ring, fields=FIELDS)), filled(MemoryStore())
        for who in (WHO, OTHER):
            assert dict(hub.profile(who, purpose="care")) == dict(plain.profile(who, purpose="care"))
        assert hub.profile(WHO, purpose="care")["income"] == f"{CANARY} 150"
        assert len(hub.quarantined()) == 1
        found = bytes_of(tmp_path / "db")
        assert b"Osaka" in found
        assert CANARY.encode() not in found
        assert CANARY.upper().encode() not in found.upper()
    assert CANARY.encode() not in bytes_of(tmp_path / "db")


def test_nothing_sealed_is_in_any_table_of_postgresql(postgres_url):
    import sqlalchemy

    with SqlStore(postgres_url) as below:
        hub = filled(SealedStore(below, MemoryKeys(), fields=FIELDS))
        assert hub.profile(WHO, purpose="care")["income"] == f"{CANARY} 150"
    engine = sqlalchemy.create_engine(postgres_url)
    with engine.connect() as connection:
        tables = sqlalchemy.inspect(connection).get_table_names()
        assert len(tables) > 10
        for table in tables:
            rows = connection.execute(sqlalchemy.text(f'SELECT * FROM "{table}"')).fetchall()  # names of ours
            assert CANARY not in repr([tuple(row) for row in rows]), table
    engine.dispose()


def test_a_search_by_a_sealed_trait_is_answered_in_memory_as_it_would_be_below():
    sealed, plain = filled(SealedStore(MemoryStore(), MemoryKeys(), fields=FIELDS)), filled(MemoryStore())
    for trait, value in (("income", f"{CANARY} 150"), ("income", f"{CANARY} 200"), ("income", "nobody's"),
                         ("city", "Osaka")):  # fmt: skip
        both = [[one["city"] for one in hub.search(trait, value, purpose="care")] for hub in (sealed, plain)]
        assert both[0] == both[1]
    with sealed.store.below.session("default") as session:  # type: ignore[attr-defined]  # a sealed store
        ((*rows,),) = session.read([Scan(TRAITS)])
        assert {row.term.partition("=")[0] for row in rows} >= {"city"}
        assert not {row.term.partition("=")[0] for row in rows} & FIELDS


def test_an_erased_key_takes_the_values_with_it_in_every_copy(tmp_path):
    ring = MemoryKeys()
    with SqliteStore(tmp_path / "facts.sqlite") as below:
        store = SealedStore(below, ring, fields=FIELDS)
        hub = filled(store)
        below.backup(tmp_path / "backup.sqlite")
        done = shred(store, hub.setup, WHO)
        assert (done.destroyed, done.shared) == (3, 0), "two sets of identifiers, and the golden values"
        assert "income" not in hub.profile(WHO, purpose="care")
        assert hub.profile(WHO, purpose="care")["city"] == "Osaka"
        assert hub.profile(OTHER, purpose="care")["income"] == f"{CANARY} 200"
    with SqliteStore(tmp_path / "backup.sqlite") as below:
        restored = hub_over(SealedStore(below, ring, fields=FIELDS))
        assert "income" not in restored.profile(WHO, purpose="care")
        assert restored.profile(OTHER, purpose="care")["income"] == f"{CANARY} 200"


def test_what_is_told_after_a_key_is_gone_is_sealed_under_a_new_one():
    store = SealedStore(MemoryStore(), MemoryKeys(), fields=FIELDS)
    hub = filled(store)
    shred(store, hub.setup, WHO)
    hub.ingest([told(9, WHO, income="new")])
    assert hub.profile(WHO, purpose="care")["income"] == "new"
    hub.ingest([Event(id="e9", source="web", name="Visited", occurred_at=moment(59), identifiers=[WHO],
                      traits={"income": "newer"})])  # fmt: skip
    assert hub.profile(WHO, purpose="care")["income"] == "newer", "though what the same names meant before stays shut"


def test_a_key_under_which_somebody_else_is_sealed_too_is_kept():
    """Two people use one device, one after the other: what was seen on it is one bundle, and belongs to both."""
    store = SealedStore(MemoryStore(), MemoryKeys(), fields=FIELDS)
    hub = hub_over(store)
    device = Identifier("shared_device", "d1", "shop 3")
    for at, who in ((1, WHO), (4, OTHER)):
        hub.ingest([
            Event(id=f"in{at}", source="web", name="Signed In", occurred_at=moment(at), identifiers=[device, who]),
            Event(id=f"seen{at}", source="web", name="Visited", occurred_at=moment(at + 1), identifiers=[device],
                  properties={"diagnosis": f"d{at}"}),
            Event(id=f"out{at}", source="web", name="Signed Out", occurred_at=moment(at + 2),
                  identifiers=[device, who]),
        ])  # fmt: skip
    done = shred(store, hub.setup, WHO)
    with store.session("default") as session:
        ((*rows,),) = session.read([Get(FACTS, [("seen4",)])])
    assert done.shared == 1
    assert "d4" in rows[0].body


# --- what a value is bound to ----------------------------------------------------------------------------------------


def row(name: str = "f1", bundle: str = "b", **body: Any) -> FactRow:
    return FactRow(name, "record", "crm", bundle, 1, 2, json.dumps({"key": "1", "attributes": body}), 3)


def test_a_value_opens_only_where_it_was_sealed():
    """Not in another row, another field, under another tenant or key."""
    sealer = Sealer(MemoryKeys(), FIELDS)
    (one, two) = sealer.sealed("fact", [row(income="1", diagnosis="2"), row("f2", income="3")], "t")
    assert json.loads(sealer.opened("fact", [one], "t")[0][6])["attributes"] == {"income": "1", "diagnosis": "2"}
    values = json.loads(one[6])["attributes"]
    moved = [
        row("f2", **values),
        row(income=values["diagnosis"], diagnosis=values["income"]),
        row("f1", "other", **values),
        row("f1", **json.loads(two[6])["attributes"]),
    ]
    sealer.keys.make(["t/bundle/other", "u/bundle/b"])
    for changed in moved:
        with pytest.raises(StorageError):
            sealer.opened("fact", [changed], "t")
    with pytest.raises(StorageError):
        sealer.opened("fact", [one], "u")


def test_any_changed_byte_is_seen():
    sealed = encrypted(b"k" * 32, b"value", b"here")
    assert decrypted(b"k" * 32, sealed, b"here") == b"value"
    for at in range(len(sealed)):
        with pytest.raises(StorageError):
            decrypted(b"k" * 32, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], b"here")
    for cut in (b"", sealed[:5], sealed[:-1], sealed + b"x"):
        with pytest.raises(StorageError):
            decrypted(b"k" * 32, cut, b"here")
    with pytest.raises(StorageError):
        decrypted(b"j" * 32, sealed, b"here")


def test_a_nonce_is_never_used_twice():
    seen = {encrypted(b"k" * 32, b"same", b"here")[:12] for _ in range(20_000)}
    assert len(seen) == 20_000


def test_the_same_value_looks_different_each_time():
    sealer = Sealer(MemoryKeys(), FIELDS)
    one, two = (sealer.sealed("fact", [row(income="same")], "t")[0][6] for _ in range(2))
    assert one != two


def test_the_error_about_a_changed_value_tells_no_value():
    import traceback

    sealer = Sealer(MemoryKeys(), FIELDS)
    (one,) = sealer.sealed("fact", [row(income=CANARY)], "t")
    broken = row("f9", **json.loads(one[6])["attributes"])
    with pytest.raises(StorageError) as caught:
        sealer.opened("fact", [broken], "t")
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    assert CANARY not in shown


def test_what_only_looks_sealed_comes_back_as_it_was():
    feigned = {MARK: "1.AAAA"}
    store = SealedStore(MemoryStore(), MemoryKeys(), fields=FIELDS)
    hub = hub_over(store)
    hub.ingest([told(1, WHO, city=feigned, income=feigned, note={MARK: 7}, deep={"a": feigned})])
    view = hub.profile(WHO, purpose="care")
    assert (view["city"], view["income"], view["note"], view["deep"]) == (feigned, feigned, {MARK: 7}, {"a": feigned})


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", MARK, "b"]), inner, max_size=2),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*sorted(FIELDS), "city", "firstName", MARK]), bodies, max_size=4))
def test_a_row_comes_back_to_the_letter(attributes):
    from unified_profile.model.texts import compact

    sealer = Sealer(MemoryKeys(), FIELDS)
    before = row()._replace(body=compact({"key": "1", "attributes": attributes, "channel": "web"}))
    (below,) = sealer.sealed("fact", [before], "t")
    assert sealer.opened("fact", [below], "t") == [before]
    kept = json.loads(below[6])["attributes"]
    for name in attributes:
        if name in sealer.fields:
            assert set(kept[name]) == {MARK}


@given(st.dictionaries(st.sampled_from([*sorted(FIELDS), "city"]), bodies, max_size=4))
def test_golden_values_come_back_to_the_letter(values):
    from unified_profile.model.rows import ViewRow
    from unified_profile.rights.sealing.sealer import view_text

    sealer = Sealer(MemoryKeys(), FIELDS)
    before = ViewRow("p", 1, view_text(values))
    (below,) = sealer.sealed("view", [before], "t")
    assert sealer.opened("view", [below], "t") == [before]


def test_a_decision_can_rest_on_a_sealed_row():
    """An expectation is of the row as it was told, whatever it is below."""
    from unified_profile.errors import ConflictError
    from unified_profile.model.rows import ViewRow

    store = SealedStore(MemoryStore(), MemoryKeys(), fields=FIELDS)
    first, second = ViewRow("p", 1, '{"income":1}'), ViewRow("p", 2, '{"income":2}')
    with store.session("default") as session:
        session.write(Changes(puts=[Put(VIEWS, [first])]))
        session.write(Changes(puts=[Put(VIEWS, [second])], expects=[Expect(VIEWS, ("p",), first)]))
    with pytest.raises(ConflictError), store.session("default") as session:
        session.write(Changes(expects=[Expect(VIEWS, ("p",), first)]))


# --- keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KEYRINGS)
def test_keys_are_made_once_found_again_and_destroyed_for_good(kind, tmp_path):
    ring = KEYRINGS[kind](tmp_path)
    assert isinstance(ring, SealKeys)
    made = dict(ring.make(["a", "b"]))
    assert dict(ring.make(["b", "a"])) == made
    assert dict(ring.get(["a", "c"])) == {"a": made["a"]}
    assert all(len(key) == 32 for key in made.values())
    assert made["a"] != made["b"]
    ring.erase(["a", "c"])
    assert dict(ring.get(["a"])) == {}
    assert ring.make(["a"])["a"] != made["a"]
    assert made["b"].hex() not in repr(ring)


@pytest.mark.parametrize("kind", ["file", "envelope"])
def test_keys_in_files_are_there_after_a_restart_for_their_owner_alone(kind, tmp_path):
    made = dict(KEYRINGS[kind](tmp_path).make(["a"]))
    assert dict(KEYRINGS[kind](tmp_path).get(["a"])) == made
    (file,) = (tmp_path / "keys").glob("*/*.key")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in (tmp_path / "keys").glob("*/*")] == [file.name], "nothing half written is left"
    if kind == "envelope":
        assert made["a"] not in file.read_bytes()
    file.chmod(0o644)
    with pytest.raises(InvalidInputError, match="others may read it"):
        KEYRINGS[kind](tmp_path).get(["a"])


@pytest.mark.parametrize("kind", KEYRINGS)
def test_of_many_who_make_a_key_at_once_all_get_the_same(kind, tmp_path):
    ring = KEYRINGS[kind](tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda n: ring.make(["a"])["a"], range(32)))
    assert len(set(found)) == 1


def test_rotation_locks_up_every_key_anew_and_touches_no_value(tmp_path):
    old, new = LocalWrapper("k1", b"1" * 32), LocalWrapper("k2", b"2" * 32)
    ring = EnvelopeKeys(tmp_path / "keys", old)
    store = SealedStore(MemoryStore(), ring, fields=FIELDS)
    hub = filled(store)
    both = EnvelopeKeys(tmp_path / "keys", old, new)
    n = len(list((tmp_path / "keys").glob("*/*.key")))
    assert (both.rotate(), both.rotate()) == (n, 0)
    after = SealedStore(store.below, EnvelopeKeys(tmp_path / "keys", new), fields=FIELDS)
    assert hub_over(after).profile(WHO, purpose="care")["income"] == f"{CANARY} 150"
    with pytest.raises(StorageError, match="not among the wrappers"):
        hub.profile(WHO, purpose="care")


@pytest.mark.parametrize("make", [
    lambda folder: SealedStore(MemoryStore(), {}, fields=FIELDS),  # type: ignore[arg-type]  # junk
    lambda folder: SealedStore(MemoryStore(), MemoryKeys(), fields="income"),
    lambda folder: SealedStore(MemoryStore(), MemoryKeys(), fields=[7]),  # type: ignore[list-item]  # junk
    lambda folder: SealedStore(7, MemoryKeys(), fields=FIELDS),  # type: ignore[arg-type]  # junk
    EnvelopeKeys, lambda folder: EnvelopeKeys(folder, 7),  # type: ignore[arg-type]  # junk
    lambda folder: LocalWrapper("k", b"short"), lambda folder: LocalWrapper("", b"k" * 32),
    lambda folder: FileKeys(None),  # type: ignore[arg-type]  # junk
    lambda folder: FileKeys("\0"), lambda folder: shred(MemoryStore(), filled(MemoryStore()).setup, WHO),  # type: ignore[arg-type]  # junk
], ids=range(11))  # fmt: skip
def test_junk_is_refused_by_a_typed_error(make, tmp_path):
    with pytest.raises(InvalidInputError):
        make(tmp_path)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    with pytest.raises(MissingExtraError, match="crypto"):
        encrypted(b"k" * 32, b"x", b"")


def test_a_sealed_store_is_awaited_as_well(tmp_path):
    import asyncio

    from unified_profile.aio import AsyncHub
    from unified_profile.aio.sealing import AsyncSealedStore, shred as shredded
    from unified_profile.storage.aio import AsyncSqlStore

    async def used() -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/a.sqlite") as below:
            store = AsyncSealedStore(below, MemoryKeys(), fields=FIELDS)
            hub = AsyncHub(store, purposes=PURPOSES, clock=Clock())
            await hub.ingest(FACTS_TOLD)
            await hub.refresh()
            assert (await hub.profile(WHO, purpose="care"))["income"] == f"{CANARY} 150"
            assert len(await hub.search("income", f"{CANARY} 200", purpose="care")) == 1
            assert (await shredded(store, hub.setup, WHO)).destroyed == 3
            assert "income" not in await hub.profile(WHO, purpose="care")

    asyncio.run(used())
    assert CANARY.encode() not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


def test_sealed_or_not_a_hub_says_the_same():
    @some(0.15)
    @given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([WHO, OTHER]),
                              st.sampled_from([*sorted(FIELDS), "city"]), st.integers(0, 3)), max_size=6))  # fmt: skip
    def law(told_of):
        hubs = [hub_over(store) for store in (MemoryStore(), SealedStore(MemoryStore(), MemoryKeys(), fields=FIELDS))]
        for hub in hubs:
            hub.ingest([
                SourceRecord(id=f"f{at}", source="crm", key=str(at), occurred_at=moment(when), identifiers=[who],
                             attributes={name: value})
                for at, (when, who, name, value) in enumerate(told_of)
            ])  # fmt: skip
            hub.refresh()
        said = [
            [dict(view) for view in hub.profiles(purpose="care")] + hub.search("income", 2, purpose="care")
            for hub in hubs
        ]
        views = [
            sorted(json.dumps(one if isinstance(one, dict) else dict(one), default=str) for one in each)
            for each in said
        ]
        assert views[0] == views[1]

    law()
