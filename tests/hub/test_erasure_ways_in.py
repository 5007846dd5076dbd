"""Every way in passes the gate: under keys that were changed since, within the scope alone, and until the end alone."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest
from tests.hub.test_erasure import COOKIE, LINK, M1, M2, MAIL, RULES, at, mine, others, rows
from tests.hub.worlds import PURPOSES, Clock, hub_over

from unified_profile import Event, Hub, Identifier, Purpose, Segment, SourceRecord, SqliteStore, events
from unified_profile.aio import AsyncHub
from unified_profile.consent import Policy
from unified_profile.consent.purposes import PurposeRegistry
from unified_profile.rights import ErasureTerms, ExternalRow, KeyRing, ThirdParty
from unified_profile.storage.aio import AsyncSqlStore

OLD, NEW = b"o" * 32, b"n" * 32
POLICY = Policy(
    purposes=PurposeRegistry(
        [*PURPOSES, Purpose("study", basis="contract", events={"*"}), Purpose("join", basis="contract")]
    )
)
BEFORE = ErasureTerms(keys=KeyRing({"2026": OLD}), period=timedelta(days=100))
AFTER = ErasureTerms(keys=KeyRing({"2026": OLD, "2027": NEW}), period=timedelta(days=100))


def hub_at(store: Any, clock: Clock, terms: ErasureTerms = AFTER) -> Hub:
    return hub_over(store, RULES, clock, policy=POLICY, erasure=terms,
                    third_parties=[ThirdParty("broker", "B", "join")])  # fmt: skip


def again() -> list[Any]:
    """Return what is old and comes again under other ids, which no tombstone knows."""
    return [attrs.evolve(one, id=f"x-{one.id}") for one in mine() if M1 in getattr(one, "identifiers", ())]


PAYLOADS = [
    {"type": kind, "messageId": f"canary-{kind}", "userId": "canary-M1", "event": "Viewed", "groupId": "canary-group",
     "previousId": "canary-cookie-77", "timestamp": "2025-06-20T00:00:00Z", "traits": {"city": "canary-late"}}
    for kind in ("track", "identify", "alias", "group", "page")
]  # fmt: skip


class Mended:
    """A reader that was broken, and can read the calls of a member now."""

    def __init__(self, *, broken: bool) -> None:
        self.broken = broken

    def read(self, item: Any, /, *, received_at: Any) -> Any:
        from unified_profile.errors import InvalidInputError

        if self.broken:
            raise InvalidInputError(field="payload", reason="not understood", hint="mend the reader")
        return Event(id=str(item["n"]), source="web", name="Viewed", occurred_at=at(1),
                     identifiers=[Identifier("member", "canary-M1".swapcase().swapcase())])  # fmt: skip


def awaited(path: Path, clock: Clock) -> None:
    async def work() -> None:
        async with AsyncSqlStore(f"sqlite+aiosqlite:///{path}") as store:
            hub = AsyncHub(store, rules=RULES, clock=clock, policy=POLICY, erasure=AFTER)
            await hub.ingest(again())

    asyncio.run(work())


def joined(hub: Hub, path: Path) -> None:
    with sqlite3.connect(path) as connection:
        hub.joined(connection).ingest(again())
        connection.commit()
    connection.close()


WAYS: dict[str, Callable[[Hub, Path], object]] = {
    "facts": lambda hub, path: hub.ingest(again()),
    "the same facts": lambda hub, path: hub.ingest(mine()),
    "records of another source": lambda hub, path: hub.ingest([
        SourceRecord(id="x-r", source="shop", key="canary-k", occurred_at=at(3), identifiers=[MAIL])
    ]),
    "an alias": lambda hub, path: hub.ingest([
        Event(id="x-a", source="web", type="alias", occurred_at=at(3), identifiers=[Identifier("cookie", "canary-c9")],
              previous=[COOKIE])
    ]),
    "a transaction of the caller's": joined,
    "awaited": lambda hub, path: awaited(path, hub.setup.clock),  # type: ignore[arg-type]  # a clock
    "a third party": lambda hub, path: hub.link_external([
        ExternalRow(SourceRecord(id="x-b", source="broker", key="canary-b", occurred_at=at(3), identifiers=[MAIL]),
                    "contract", confirmed=True, evidence_ref="x")
    ], party="broker"),
    "links": lambda hub, path: hub.link([LINK]),
    "a rebuild, new rules and all": lambda hub, path: hub.rebuild(RULES),
    "a segment over history": lambda hub, path: hub.define_segment(
        Segment("viewers", events("Viewed").count() >= 1, purpose="study")),
    "the quarantine": lambda hub, path: hub.replay(),
}  # fmt: skip


def erased(path: Path, scope: str = "all") -> Clock:
    """Erase the person in a file, under the old key."""
    clock = Clock()
    with SqliteStore(path) as store:
        hub = hub_at(store, clock, BEFORE)
        hub.ingest([*others(), *mine()])
        hub.ingest(["canary-M1 in a text that nobody reads"])
        hub.erase(hub.plan_erasure(M1, scope=scope))
    return clock


@pytest.mark.parametrize("way", WAYS)
def test_no_way_in_brings_the_erased_back_though_keys_were_changed_since(way, tmp_path):
    path = tmp_path / "people.sqlite"
    clock = erased(path)
    with SqliteStore(path) as store:
        hub = hub_at(store, clock)
        before = list(hub.ids())
        WAYS[way](hub, path)
        assert list(hub.ids()) == before == [hub.resolve(M2)]
        assert "canary" not in rows(hub)
        assert hub.verify_erasure(values=["canary"]).clean


def test_payloads_of_every_type_are_kept_out_and_what_was_mended_in_the_quarantine_too(tmp_path):
    path = tmp_path / "people.sqlite"
    clock = erased(path)
    mapped = [{**one, "member": "canary-M1"} for one in PAYLOADS]
    with SqliteStore(path) as store:
        hub = hub_at(store, clock)
        before = list(hub.ids())
        hub.ingest([{"n": number} for number in range(3)], reader=Mended(broken=True))
        assert len(hub.quarantined()) == 3
        report = hub.replay(reader=Mended(broken=False))
        assert (report.accepted, report.erased) == (0, 3)
        assert hub.quarantined() == []
        hub.ingest(mapped)
        assert list(hub.ids()) == before
        assert "canary" not in rows(hub)


def test_each_way_is_open_again_outside_of_the_scope(tmp_path):
    path = tmp_path / "people.sqlite"
    clock = erased(path, scope="source:crm")
    with SqliteStore(path) as store:
        hub = hub_at(store, clock)
        assert hub.ingest(again()).erased == 1
        assert "canary-osaka" not in rows(hub)
        assert hub.raw(M1, reason="a test").n_facts > 5


def test_each_way_is_open_again_after_the_end(tmp_path):
    path = tmp_path / "people.sqlite"
    clock = erased(path)
    with SqliteStore(path) as store:
        hub = hub_at(store, clock)
        clock.tick(60 * 24 * 99)
        assert hub.ingest(again()).accepted == 0
        clock.tick(60 * 24 * 2)
        assert hub.ingest(again()).accepted == len(again())
        assert hub.ingest(mine()).accepted == len(mine())
