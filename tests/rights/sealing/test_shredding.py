"""An erasure over a store that seals destroys the keys as well, so that no backup can be opened; whatever cuts it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.hub.worlds import NOW, Clock
from tests.rights.sealing.test_sealing import CANARY, FIELDS, OTHER, PURPOSES, WHO, filled, hub_over, told

from unified_profile import Event, Hub, MemoryStore, SqliteStore
from unified_profile.errors import ErasedError, StorageError
from unified_profile.hub.sealing import SealedStore
from unified_profile.hub.shredding import TO_SHRED
from unified_profile.model import ErasureOrder
from unified_profile.rights import ErasureTerms, LegalHold, RetentionRule, RetentionSchedule
from unified_profile.rights.sealing import MemoryKeys
from unified_profile.rights.sealing.ciphers import decrypted
from unified_profile.storage.commands import Get, Scan
from unified_profile.storage.sql import SqlStore
from unified_profile.storage.tables import FACTS, HELD, META, QUARANTINE, TABLES, VIEWS
from unified_profile.testing.identity_programs import moment


class Keys(MemoryKeys):
    """Keys that can be told to fail, or to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.before: Callable[[], object] = lambda: None

    def erase(self, names: Any, /) -> None:
        self.before()
        super().erase(names)

    @property
    def names(self) -> set[str]:
        return set(self._keys)


def everything(below: Any) -> str:
    with below.session("default") as session:
        return "\n".join(repr(tuple(row)) for table in TABLES for row in session.read([Scan(table)])[0])


def opens(keys: Keys, copy: Any) -> bool:
    """Say whether a key that is left opens any sealed value of the person in *copy*, a store without its seal."""
    hub = hub_over(SealedStore(copy, keys, fields=FIELDS))
    seen = [dict(hub.profile(WHO, purpose="care")), *(one for one in hub.held_facts("tax", reason="a test"))]
    with SealedStore(copy, keys, fields=FIELDS).session("default") as session:
        rows = session.read([Scan(FACTS), Scan(VIEWS), Scan(QUARANTINE), Scan(HELD)])
    return f"{CANARY} 1" in repr([tuple(row) for found in rows for row in found]) + repr(seen)


def test_an_erasure_takes_the_keys_along_so_that_no_backup_can_be_opened(tmp_path):
    keys = Keys()
    with SqliteStore(tmp_path / "facts.sqlite") as below:
        hub = filled(SealedStore(below, keys, fields=FIELDS))
        hub.ingest([{"type": "nonsense", "email": WHO.value, "income": f"{CANARY} 1"}], source="web")
        before = keys.names
        below.backup(tmp_path / "backup.sqlite")
        with SqliteStore(tmp_path / "backup.sqlite") as copy:
            assert opens(keys, copy)
        done = hub.erase(hub.plan_erasure(WHO))
        assert (done.state, done.counts["keys"]) == ("done", 4), "two sets of names, golden values, what waited"
        assert hub.verify_erasure(done, values=[f"{CANARY} 1"]).clean
        assert len(before - keys.names) == 4
        assert hub.profile(OTHER, purpose="care")["income"] == f"{CANARY} 200"
    with SqliteStore(tmp_path / "backup.sqlite") as copy:
        assert not opens(keys, copy)
        restored = hub_over(SealedStore(copy, keys, fields=FIELDS))
        assert restored.profile(OTHER, purpose="care")["income"] == f"{CANARY} 200"


class Cut:
    """A sealed store that fails at the *left*-th thing that is asked of it, keys included."""

    def __init__(self, below: Any, keys: Keys) -> None:
        self.inner, self.left = SealedStore(below, keys, fields=FIELDS), -1
        keys.before = self.work

    def work(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise StorageError("the machine went away")

    def session(self, tenant: str, /, *, exclusive: bool = False) -> Any:
        return _CutSession(self, self.inner.session(tenant, exclusive=exclusive))

    def seals(self) -> bool:
        return True

    def shred(self, tenant: str, now_us: int) -> bool:
        outer = self

        class Through(SealedStore):
            def session(self, tenant: str, /, *, exclusive: bool = False) -> Any:
                return outer.session(tenant, exclusive=exclusive)

        return Through(self.inner.below, self.inner.sealer.keys, fields=FIELDS).shred(tenant, now_us)

    def scrub(self) -> bool:
        self.work()
        return True


class _CutSession:
    def __init__(self, store: Cut, block: Any) -> None:
        self.store, self.block = store, block

    def __enter__(self) -> Any:
        self.session = self.block.__enter__()
        self.alone = getattr(self.session, "alone", False)
        return self

    def __exit__(self, *error: object) -> Any:
        if error[0] is None:
            try:
                self.store.work()
            except StorageError as raised:
                self.block.__exit__(type(raised), raised, None)
                raise
        return self.block.__exit__(*error)

    def read(self, reads: Any, /) -> Any:
        self.store.work()
        return self.session.read(reads)

    def write(self, changes: Any, /) -> None:
        self.store.work()
        self.session.write(changes)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_cut_short_anywhere_it_is_completed_on_resume_keys_included(kind, tmp_path):
    between = number = 0
    while True:
        number += 1 if kind == "memory" else 5
        keys = Keys()
        below = MemoryStore() if kind == "memory" else SqliteStore(tmp_path / f"{number}.sqlite")
        filled(SealedStore(below, keys, fields=FIELDS))
        names = keys.names
        store = Cut(below, keys)
        hub = hub_over(store)
        plan = hub.plan_erasure(WHO)
        store.left = number
        try:
            hub.erase(plan)
        except StorageError:
            store.left = -1
            after = hub_over(SealedStore(below, keys, fields=FIELDS))
            noted = TO_SHRED in everything(below)
            between += noted
            if noted:
                assert [one.state for one in after.erasures()] == ["erased"]
                assert after.verify_erasure(values=[CANARY + " 1"]).unfinished == (plan.id,)
            elif not after.erasures() or after.erasures()[0].state == "ordered":
                assert keys.names == names, "no key goes before the facts do"
                assert after.profile(WHO, purpose="care")["income"] == f"{CANARY} 150"
            after.resume_erasures()
            if not after.erasures():
                after.erase(plan)
            assert [one.state for one in after.erasures()] == ["done"]
            assert len(names - keys.names) == 3
            assert TO_SHRED not in everything(below)
            assert after.verify_erasure(values=[CANARY + " 1"]).clean
            with pytest.raises(ErasedError):
                after.resolve(WHO)
            assert after.profile(OTHER, purpose="care")["income"] == f"{CANARY} 200"
        else:
            break
    assert between >= 2, "it was cut between the facts and the keys"


def test_a_hub_that_does_not_seal_leaves_the_keys_to_one_that_does():
    keys, below = Keys(), MemoryStore()
    hub = filled(SealedStore(below, keys, fields=FIELDS))
    keys.before = fail
    with pytest.raises(StorageError):
        hub.erase(hub.plan_erasure(WHO))
    keys.before = lambda: None
    assert [one.state for one in hub_over(below).resume_erasures()] == ["erased"]
    assert [one.state for one in hub.resume_erasures()] == ["done"]


def fail() -> None:
    raise StorageError("the key service is away")


def test_whoever_signs_up_again_before_the_keys_are_gone_keeps_what_they_say():
    """The same names mean the same key: it is not destroyed while something new is sealed under it."""
    keys, below, clock = Keys(), MemoryStore(), Clock()
    filled(SealedStore(below, keys, fields=FIELDS))
    hub = Hub(SealedStore(below, keys, fields=FIELDS), purposes=PURPOSES, clock=clock)
    keys.before = fail
    with pytest.raises(StorageError):
        hub.erase(hub.plan_erasure(WHO))
    keys.before = lambda: None
    new = Event(id="new", source="web", name="Signed Up", occurred_at=clock.tick(60), identifiers=[WHO],
                traits={"income": "new"})  # fmt: skip
    hub.ingest([new])
    hub.resume_erasures()
    assert hub.profile(WHO, purpose="care")["income"] == "new"


def test_nothing_is_kept_under_a_key_that_was_destroyed_while_it_was_written(postgres_url):
    """A writer seals, waits for its turn, and finds the key gone: it seals again, under a new one."""
    keys = Keys()
    with SqlStore(postgres_url, prefix="shred_") as below:
        store = SealedStore(below, keys, fields=FIELDS)
        hub = filled(store)
        clock = Clock(NOW + timedelta(days=1))
        late = Hub(store, purposes=PURPOSES, clock=clock)
        new = Event(id="new", source="web", name="Signed Up", occurred_at=clock(), identifiers=[WHO],
                    traits={"income": "new"})  # fmt: skip
        plan = hub.plan_erasure(WHO)
        hub.erase(plan)
        for made in (1, 2):
            late.ingest([new, *(attributed(f"n{made}-{n}", clock) for n in range(3))])
            before = keys.names
            sealed, destroyed = threading.Event(), threading.Event()
            make = keys.make

            def slow(names: Any, /, make: Any = make, sealed: Any = sealed, destroyed: Any = destroyed) -> Any:
                found = make(names)
                sealed.set()
                destroyed.wait(20)
                return found

            keys.make = slow  # type: ignore[method-assign]  # a key service that takes its time
            writer = threading.Thread(target=lambda made=made: late.ingest([attributed(f"late{made}", clock)]))
            writer.start()
            assert sealed.wait(20)
            keys.make = make  # type: ignore[method-assign]
            MemoryKeys.erase(keys, before)
            destroyed.set()
            writer.join()
            assert "late" in str(late.profile(WHO, purpose="care")["income"])


def attributed(name: str, clock: Clock) -> Event:
    return Event(id=name, source="web", name="Said", occurred_at=clock.tick(1), identifiers=[WHO],
                 traits={"income": f"late {name}"})  # fmt: skip


def test_of_a_narrower_erasure_only_keys_go_under_which_nothing_stays():
    keys = Keys()
    store = SealedStore(MemoryStore(), keys, fields=FIELDS)
    hub = filled(store)
    done = hub.erase(hub.plan_erasure(WHO, scope="source:crm"))
    assert (done.counts["keys"], done.counts.get("keys_shared", 0)) == (2, 0), "the record's, and the golden values'"
    hub.refresh()
    view = hub.profile(WHO, purpose="care")
    assert view["income"] == f"{CANARY} 150"
    assert len(hub.search("income", f"{CANARY} 150", purpose="care")) == 1, "folded, and sealed, anew"


def test_what_a_legal_hold_keeps_stays_sealed_until_its_end_and_its_key_goes_with_it():
    keys, clock, below = Keys(), Clock(), MemoryStore()
    hold = LegalHold("tax", since=moment(0), until=NOW + timedelta(days=1), categories={"contact"}, profiles={"*"})
    schedule = RetentionSchedule(
        rules=[RetentionRule("x", "care", timedelta(days=9_999))], traits={"income": "contact"}
    )
    store = SealedStore(below, keys, fields=FIELDS)
    hub = Hub(store, purposes=PURPOSES, clock=clock, erasure=ErasureTerms(holds=[hold], schedule=schedule))
    hub.ingest([told(1, WHO, income=f"{CANARY} 100", city="Osaka"), told(2, OTHER, income=f"{CANARY} 200")])
    done = hub.erase(hub.plan_erasure(WHO))
    assert (done.state, done.counts["held"]) == ("done", 1)
    assert CANARY not in everything(below)
    (held,) = hub.held_facts("tax", reason="an audit")
    assert held.fact.attributes["income"] == f"{CANARY} 100"  # type: ignore[union-attr]  # a record
    with below.session("default") as session:
        ((row,),) = session.read([Scan(HELD)])
    (name,) = (one for one in keys.names if "/held/" in one)
    key = keys.get([name])[name]
    clock.tick(60 * 48)
    hub.sweep(hub.retention_plan(schedule), schedule)
    assert name not in keys.names
    sealed = json.loads(row.body)["attributes"]["income"]["~sealed"]
    assert key not in keys.get(keys.names).values()
    with pytest.raises((StorageError, ValueError)):
        decrypted(next(iter(keys.get(keys.names).values())), sealed.encode(), b"")


def test_an_order_at_the_door_takes_the_keys_along_too_and_a_sweep_as_well():
    keys = Keys()
    hub = filled(SealedStore(MemoryStore(), keys, fields=FIELDS))
    before = keys.names
    hub.ingest([ErasureOrder(id="o", source="desk", occurred_at=moment(50), identifiers=[WHO])])
    assert len(before - keys.names) == 3
    schedule = RetentionSchedule(rules=[RetentionRule("old", "care", timedelta(days=1))], others="old")
    clock = Clock(NOW + timedelta(days=400))
    later = Hub(hub.store, purposes=PURPOSES, clock=clock)
    before = keys.names
    plan = later.retention_plan(schedule)
    assert len(later.sweep(plan, schedule).removed) == 1
    assert len(before - keys.names) == 2


def test_keys_that_a_sweep_leaves_are_destroyed_on_resume():
    keys = Keys()
    hub = filled(SealedStore(MemoryStore(), keys, fields=FIELDS))
    schedule = RetentionSchedule(rules=[RetentionRule("old", "care", timedelta(days=1))], others="old")
    later = Hub(hub.store, purposes=PURPOSES, clock=Clock(NOW + timedelta(days=400)))
    plan, before = later.retention_plan(schedule), keys.names
    keys.before = fail
    with pytest.raises(StorageError):
        later.sweep(plan, schedule)
    keys.before = lambda: None
    assert keys.names == before
    assert later.verify_erasure(values=[f"{CANARY} 1"], scan=False).unfinished == (TO_SHRED,)
    later.resume_erasures()
    assert len(before - keys.names) > 2
    assert later.verify_erasure(values=[f"{CANARY} 1"]).clean


def test_in_a_transaction_of_the_callers_keys_wait_for_its_end(tmp_path):
    keys = Keys()
    with SqliteStore(tmp_path / "facts.sqlite") as below:
        hub = filled(SealedStore(below, keys, fields=FIELDS))
        names, crm = keys.names, sqlite3.connect(tmp_path / "facts.sqlite")
        joined = hub.joined(crm)
        assert joined.erase(joined.plan_erasure(WHO)).state == "erased"
        crm.rollback()
        assert keys.names == names
        assert hub.profile(WHO, purpose="care")["income"] == f"{CANARY} 150"
        joined.erase(joined.plan_erasure(WHO))
        crm.commit()
        assert [one.state for one in hub.resume_erasures()] == ["done"]
        assert len(names - keys.names) == 3
        crm.close()


def test_awaited_it_is_the_same(tmp_path):
    from unified_profile.aio import AsyncHub
    from unified_profile.aio.sealing import AsyncSealedStore
    from unified_profile.storage.aio import AsyncSqlStore

    async def used() -> None:
        keys = Keys()
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{tmp_path}/a.sqlite") as below:
            hub = AsyncHub(AsyncSealedStore(below, keys, fields=FIELDS), purposes=PURPOSES, clock=Clock())
            await hub.ingest([told(1, WHO, income=f"{CANARY} 100"), told(2, OTHER, income=f"{CANARY} 200")])
            names = keys.names
            done = await hub.erase(await hub.plan_erasure(WHO))
            assert done.state == "done"
            assert len(names - keys.names) == done.counts["keys"] - 1 == 1, "golden values were never folded"
            assert (await hub.verify_erasure(done, values=[f"{CANARY} 100"])).clean
            assert (await hub.profile(OTHER, purpose="care"))["income"] == f"{CANARY} 200"

    asyncio.run(used())


def test_the_note_of_keys_is_not_there_where_nothing_is_sealed():
    below = MemoryStore()
    hub = filled(below)
    done = hub.erase(hub.plan_erasure(WHO))
    assert "keys" not in done.counts
    with below.session("default") as session:
        assert session.read([Get(META, [(TO_SHRED,)])]) == [[]]
